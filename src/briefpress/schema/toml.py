"""TOML files as nodes: `tomllib` reads the values, a scanner finds their offsets."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from briefpress.schema.source import (
    MAX_DEPTH,
    Node,
    Offsets,
    Source,
    SourceProblems,
)

Path: TypeAlias = tuple[str | int, ...]  # ("programs", "spp", "name")
Token: TypeAlias = re.Match[str]
KeyAndValue: TypeAlias = tuple[Offsets, Offsets]

# `tomllib` decides whether a text is TOML, so this pattern need not be strict.
TOKEN = re.compile(
    r"""(?P<skip>[ \t]+|\#[^\n]*)
      | (?P<string>\"\"\"(?:[^"\\]|\\.|"{1,2}(?!"))*+"{3,5}
                 | '''(?:[^']|'{1,2}(?!'))*+'{3,5}
                 | "(?:[^"\\\n]|\\.)*+"
                 | '[^'\n]*')
      | (?P<mark>[\[\]{}=,.]|\n)
      | (?P<word>[^\s\[\]{}=,.\#"']+)""",
    re.VERBOSE | re.DOTALL,
)
# A whole line: a key and a bare word, which TOML takes for no value.
BARE_WORD = re.compile(r"(\s*[\w.-]+\s*=\s*)([^\s\"'#\[{][^\"'#]*?)\s*(#.*)?")


def parse_toml(source: Source, problems: SourceProblems) -> Node | None:
    """Return the table that a TOML file is, or None and a problem."""
    tokens = [
        token for token in TOKEN.finditer(source.text) if token.lastgroup != "skip"
    ]
    if token := _first_too_deep(tokens):
        message = f"values nested more than {MAX_DEPTH} deep"
        problems.add("R07", token.span(), message)
        return None
    try:
        data = tomllib.loads(source.text)
    except tomllib.TOMLDecodeError as error:
        _report_syntax_error(str(error), source, problems)
        return None
    except ValueError as error:  # an integer of more digits than Python reads
        message, _, _ = str(error).lower().partition(";")
        problems.add("R07", (0, 0), message)
        return None
    return _node(data, (), _OffsetScanner(tokens).scan())


def _node(value: Any, path: Path, offsets: Mapping[Path, KeyAndValue]) -> Node:
    """Return a value of `tomllib` as a node."""
    key_at, at = offsets.get(path, ((0, 0), (0, 0)))
    if isinstance(value, dict):
        table = {key: _node(item, (*path, key), offsets) for key, item in value.items()}
        return Node(table, at, key_at)
    if isinstance(value, list):
        items = [
            _node(item, (*path, index), offsets) for index, item in enumerate(value)
        ]
        return Node(tuple(items), at, key_at)
    is_scalar = isinstance(value, str | bool | int | float | dt.date | dt.time)
    return Node(value if is_scalar else None, at, key_at)


def _first_too_deep(tokens: list[Token]) -> Token | None:
    """Return the first bracket or dot that is too deep, or None.

    `tomllib` calls itself for each bracket and takes quadratic time over the dots.
    """
    brackets = dots = 0
    for token in tokens:
        mark = token.group() if token.lastgroup == "mark" else ""
        if mark in {"[", "{"}:
            brackets += 1
        elif mark in {"]", "}"}:
            brackets -= 1
        if mark == ".":
            dots += 1
        elif mark:
            dots = 0
        if max(brackets, dots) > MAX_DEPTH:
            return token
    return None


def _report_syntax_error(
    description: str, source: Source, problems: SourceProblems
) -> None:
    """Report where TOML breaks off.

    `tomllib` ends its message with "(at line 3, column 5)" or "(at end of document)".
    """
    message, _, where = description.rpartition(" (at ")
    message = message or description
    position = re.match(r"line (\d+), column (\d+)", where)
    offset = len(source.text.rstrip("\n"))
    fix = ""
    if position:
        line, column = int(position[1]), int(position[2])
        line_start = source.line_starts[line - 1]
        offset = line_start + column - 1
        if message == "Invalid value":
            fix = _quote_fix(source.text[line_start:].partition("\n")[0])
    message = message.replace("Cannot overwrite a value", "the key is used twice")
    message = message[:1].lower() + message[1:]
    problems.add("R07", (offset, offset + 1), message, fix)


def _quote_fix(line: str) -> str:
    """Return the fix for a line such as `language = en`."""
    found = BARE_WORD.fullmatch(line) if len(line) < 200 else None
    if found is None:
        return 'put strings in quotes: `"en"`'
    return f'put the value in quotes: `{found[1].strip()} "{found[2]}"`'


class _OffsetScanner:
    """A walk over the tokens of a valid TOML text that finds where everything is."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.index = 0  # of the next token
        self.offsets: dict[Path, KeyAndValue] = {}
        self.table_counts: Counter[Path] = Counter()  # of each `[[array]]` so far

    def scan(self) -> dict[Path, KeyAndValue]:
        """Return for each path the offsets of its key and of its value."""
        table: Path = ()
        self.skip("\n")
        while self.index < len(self.tokens):
            if self.is_at("["):
                table = self.scan_header()
            else:
                self.scan_pair(table)
            self.skip("\n")
        return self.offsets

    def scan_header(self) -> Path:
        """Scan `[a.b]` or `[[a.b]]`, and return the path of the table that begins."""
        self.take()
        is_array = self.is_at("[")
        if is_array:
            self.take()
        path: Path = ()
        keys = list(self.scan_keys())
        for position, (key, at) in enumerate(keys, 1):
            path = (*path, key)
            self.offsets.setdefault(path, (at, at))
            if is_array and position == len(keys):
                self.table_counts[path] += 1
            if self.table_counts[path]:
                path = (*path, self.table_counts[path] - 1)
                self.offsets.setdefault(path, (at, at))
        self.index += 2 if is_array else 1
        return path

    def scan_pair(self, table: Path) -> None:
        """Scan a key and its value, both in a table."""
        path = table
        at = (0, 0)
        for key, at in self.scan_keys():
            path = (*path, key)
            self.offsets.setdefault(path, (at, at))
        self.take()  # the equals sign
        self.offsets[path] = (at, self.scan_value(path))

    def scan_keys(self) -> Iterator[tuple[str, Offsets]]:
        """Yield the parts of a dotted key."""
        while True:
            token = self.take()
            key = token.group()
            if token.lastgroup == "string":
                key = tomllib.loads(f"x={key}")["x"]
            yield key, token.span()
            if not self.is_at("."):
                return
            self.take()

    def scan_value(self, path: Path) -> Offsets:
        """Scan a value and what is in it, and return its offsets."""
        first = self.take()
        if first.group() == "[":
            return first.start(), self.scan_array(path)
        if first.group() == "{":
            return first.start(), self.scan_inline_table(path)
        last = first
        while self.index < len(self.tokens) and not self.is_at(",]}\n"):
            last = self.take()
        return first.start(), last.end()

    def scan_array(self, path: Path) -> int:
        """Scan the rest of an array, and return where it ends."""
        for index in range(len(self.tokens)):
            self.skip("\n,")
            if self.is_at("]"):
                break
            at = self.scan_value((*path, index))
            self.offsets[*path, index] = (at, at)
        return self.take().end()

    def scan_inline_table(self, path: Path) -> int:
        """Scan the rest of an inline table, and return where it ends."""
        while not self.is_at("}"):
            self.scan_pair(path)
            self.skip("\n,")
        return self.take().end()

    def skip(self, marks: str) -> None:
        """Skip all tokens that are one of some marks."""
        while self.is_at(marks):
            self.take()

    def is_at(self, marks: str) -> bool:
        """Return whether the next token is one of some marks."""
        if self.index >= len(self.tokens):
            return False
        token = self.tokens[self.index]
        return token.lastgroup == "mark" and token.group() in marks

    def take(self) -> Token:
        """Return the next token and move on."""
        self.index += 1
        return self.tokens[self.index - 1]
