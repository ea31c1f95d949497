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

NOWHERE: Offsets = (0, 0)

# `tomllib` decides whether a text is TOML, so this pattern need not be strict. Python
# before 3.11.5 misreads a possessive group (`(?:…)*+`), so there is none.
TOKEN = re.compile(
    r"""(?P<skip>[ \t]+|\#[^\n]*)
      | (?P<string>\"\"\"[^"\\]*(?:(?:\\.|"{1,2}(?!"))[^"\\]*)*"{3,5}
                 | '''[^']*(?:'{1,2}(?!')[^']*)*'{3,5}
                 | "[^"\\\n]*(?:\\.[^"\\\n]*)*"
                 | '[^'\n]*')
      | (?P<mark>[\[\]{}=,.]|\n)
      | (?P<word>[^\s\[\]{}=,.\#"']+)""",
    re.VERBOSE | re.DOTALL,
)
# A whole line: a key and a bare word, which TOML takes for no value.
BARE_WORD = re.compile(r"(\s*[\w.-]+\s*=\s*)([^\s\"'#\[{][^\"'#]*?)\s*(#.*)?")


def parse_toml(source: Source, problems: SourceProblems) -> Node | None:
    """Return the table that a TOML file is, or None and a problem."""
    all_tokens = TOKEN.finditer(source.text)
    tokens = [token for token in all_tokens if token.lastgroup != "skip"]
    too_deep = _first_too_deep(tokens)
    if too_deep:
        message = f"values nested more than {MAX_DEPTH} deep"
        problems.add("R07", too_deep.span(), message)
        return None
    try:
        data = tomllib.loads(source.text)
    except tomllib.TOMLDecodeError as error:
        _report_syntax_error(str(error), source, problems)
        return None
    except ValueError as error:  # an integer of more digits than Python reads
        message, _, _ = str(error).lower().partition(";")
        problems.add("R07", NOWHERE, message)
        return None
    scanner = _OffsetScanner(tokens)
    offsets = scanner.scan()
    return _node(data, (), offsets)


def _node(value: Any, path: Path, offsets: Mapping[Path, KeyAndValue]) -> Node:
    """Return a value of `tomllib` as a node."""
    key_at, at = offsets.get(path, (NOWHERE, NOWHERE))
    if isinstance(value, dict):
        table = {}
        for key, item in value.items():
            item_path = (*path, key)
            table[key] = _node(item, item_path, offsets)
        return Node(table, at, key_at)
    if isinstance(value, list):
        items = []
        for index, item in enumerate(value):
            item_path = (*path, index)
            items.append(_node(item, item_path, offsets))
        return Node(tuple(items), at, key_at)
    if isinstance(value, str | bool | int | float | dt.date | dt.time):
        return Node(value, at, key_at)
    return Node(None, at, key_at)


def _first_too_deep(tokens: list[Token]) -> Token | None:
    """Return the first bracket or dot that is too deep, or None.

    `tomllib` calls itself for each bracket and takes quadratic time over the dots.
    """
    brackets = 0
    dots = 0
    for token in tokens:
        if token.lastgroup != "mark":
            continue
        mark = token.group()
        dots = dots + 1 if mark == "." else 0
        if mark in {"[", "{"}:
            brackets += 1
        elif mark in {"]", "}"}:
            brackets -= 1
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
        line = int(position[1])
        column = int(position[2])
        line_start = source.line_starts[line - 1]
        offset = line_start + column - 1
        if message == "Invalid value":
            rest = source.text[line_start:]
            line_text, _, _ = rest.partition("\n")
            fix = _quote_fix(line_text)
    message = message.replace("Cannot overwrite a value", "the key is used twice")
    first = message[:1]
    message = first.lower() + message[1:]
    at = (offset, offset + 1)
    problems.add("R07", at, message, fix)


def _quote_fix(line: str) -> str:
    """Return the fix for a line such as `language = en`."""
    found = None
    if len(line) < 200:
        found = BARE_WORD.fullmatch(line)
    if found is None:
        return 'put strings in quotes: `"en"`'
    key_and_equals = found[1].strip()
    value = found[2]
    return f'put the value in quotes: `{key_and_equals} "{value}"`'


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
            place = (at, at)
            self.offsets.setdefault(path, place)
            if is_array and position == len(keys):
                self.table_counts[path] += 1
            count = self.table_counts[path]
            if count > 0:
                path = (*path, count - 1)
                self.offsets.setdefault(path, place)
        self.take()
        if is_array:
            self.take()
        return path

    def scan_pair(self, table: Path) -> None:
        """Scan a key and its value, both in a table."""
        path = table
        key_at = NOWHERE
        for key, key_at in self.scan_keys():
            path = (*path, key)
            self.offsets.setdefault(path, (key_at, key_at))
        self.take()  # the equals sign
        value_at = self.scan_value(path)
        self.offsets[path] = (key_at, value_at)

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
        token = self.take()
        start = token.start()
        if token.group() == "[":
            end = self.scan_array(path)
        elif token.group() == "{":
            end = self.scan_inline_table(path)
        else:
            end = self.scan_scalar(token)
        return start, end

    def scan_scalar(self, token: Token) -> int:
        """Scan the rest of a scalar, and return where it ends."""
        while self.index < len(self.tokens):
            if self.is_at(",]}\n"):
                break
            token = self.take()
        return token.end()

    def scan_array(self, path: Path) -> int:
        """Scan the rest of an array, and return where it ends."""
        for index in range(len(self.tokens)):
            self.skip("\n,")
            if self.is_at("]"):
                break
            item_path = (*path, index)
            at = self.scan_value(item_path)
            self.offsets[item_path] = (at, at)
        bracket = self.take()
        return bracket.end()

    def scan_inline_table(self, path: Path) -> int:
        """Scan the rest of an inline table, and return where it ends."""
        while not self.is_at("}"):
            self.scan_pair(path)
            self.skip("\n,")
        bracket = self.take()
        return bracket.end()

    def skip(self, marks: str) -> None:
        """Skip all tokens that are one of some marks."""
        while self.is_at(marks):
            self.take()

    def is_at(self, marks: str) -> bool:
        """Return whether the next token is one of some marks."""
        if self.index >= len(self.tokens):
            return False
        token = self.tokens[self.index]
        if token.lastgroup != "mark":
            return False
        return token.group() in marks

    def take(self) -> Token:
        """Return the next token and move on."""
        token = self.tokens[self.index]
        self.index += 1
        return token
