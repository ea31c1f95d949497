"""TOML as nodes. `tomllib` says what a file holds; a scanner of ours says where each key and value stands."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from briefpress.schema.source import DEPTH, Node, Offsets, SourceProblems

Path = tuple[str | int, ...]

# Whether the text is TOML, `tomllib` says; so this may take the short way.
TOKEN = re.compile(
    r"""(?P<skip>[ \t]+|\#[^\n]*)
      | (?P<string>\"\"\"(?:[^"\\]|\\.|"{1,2}(?!"))*+"{3,5} | '''(?:[^']|'{1,2}(?!'))*+'{3,5}
                 | "(?:[^"\\\n]|\\.)*+" | '[^'\n]*')
      | (?P<mark>[\[\]{}=,.]|\n)
      | (?P<word>[^\s\[\]{}=,.\#"']+)""",
    re.VERBOSE | re.DOTALL,
)


def parse_toml(faults: SourceProblems) -> Node | None:
    """Return the table that a file is, or nothing when it is no TOML."""
    text = faults.source.text
    tokens = [match for match in TOKEN.finditer(text) if match.lastgroup != "skip"]
    if deep := _too_deep(tokens):
        faults.add("R07", deep.span(), f"values nested more than {DEPTH} deep")
        return None
    try:
        data = tomllib.loads(text)
        places = _Scanner(tokens).places()
    except tomllib.TOMLDecodeError as error:
        _syntax(faults, str(error))
    except ValueError as error:  # a number of more digits than Python reads
        faults.add("R07", (0, 0), str(error).partition(";")[0].lower())
    else:
        return _node(data, (), places, faults)
    return None


def _node(
    value: Any,
    path: Path,
    places: Mapping[Path, tuple[Offsets, Offsets]],
    faults: SourceProblems,
) -> Node:
    key, at = places.get(path, ((0, 0), (0, 0)))
    if isinstance(value, dict):
        return Node(
            {
                name: _node(item, (*path, name), places, faults)
                for name, item in value.items()
            },
            at,
            key,
        )
    if isinstance(value, list):
        return Node(
            tuple(
                _node(item, (*path, i), places, faults) for i, item in enumerate(value)
            ),
            at,
            key,
        )
    return Node(
        value
        if isinstance(value, str | bool | int | float | dt.date | dt.time)
        else None,
        at,
        key,
    )


def _too_deep(tokens: list[re.Match[str]]) -> re.Match[str] | None:
    """Return the first bracket or dot that goes too deep: `tomllib` recurses at one and is quadratic at the other."""
    brackets = dots = 0
    for token in tokens:
        mark = token.group() if token.lastgroup == "mark" else ""
        brackets += (mark in {"[", "{"}) - (mark in {"]", "}"})
        dots = dots + 1 if mark == "." else 0 if mark else dots
        if max(brackets, dots) > DEPTH:
            return token
    return None


def _syntax(faults: SourceProblems, said: str) -> None:
    """Note where TOML breaks off: `tomllib` ends its message with "(at line 3, column 5)" or "(at end of document)"."""
    message, _, where = said.rpartition(" (at ")
    place = re.match(r"line (\d+), column (\d+)", where)
    offset = len(faults.source.text.rstrip("\n"))
    if place:
        lines = faults.source.text.split("\n")[: int(place[1]) - 1]
        offset = sum(len(line) + 1 for line in lines) + int(place[2]) - 1
    message = (message or said).replace(
        "Cannot overwrite a value", "this key has a value already"
    )
    fix = 'put a string in quotes: `"en"`' if message == "Invalid value" else ""
    faults.add("R07", (offset, offset + 1), message[:1].lower() + message[1:], fix)


class _Scanner:
    """Where keys and values stand: a walk over the tokens, with the table that they are in."""

    def __init__(self, tokens: list[re.Match[str]]) -> None:
        self.tokens = tokens
        self.next = 0
        self.found: dict[Path, tuple[Offsets, Offsets]] = {}
        self.counts: Counter[Path] = (
            Counter()
        )  # how many tables each `[[array]]` has so far

    def places(self) -> dict[Path, tuple[Offsets, Offsets]]:
        """Return for each path the place of its key and of its value."""
        table: Path = ()
        self.skip("\n")
        while self.next < len(self.tokens):
            table = self.header() if self.is_mark("[") else self.pair(table)
            self.skip("\n")
        return self.found

    def header(self) -> Path:
        """Note the keys of `[a.b]` or `[[a.b]]`, and return the table that it begins."""
        self.take()
        array = self.is_mark("[") and bool(self.take())
        path: Path = ()
        names = list(self.names())
        for count, (name, at) in enumerate(names, 1):
            path = (*path, name)
            self.found.setdefault(path, (at, at))
            self.counts[path] += array and count == len(names)
            if self.counts[path]:
                path = (*path, self.counts[path] - 1)
                self.found.setdefault(path, (at, at))
        self.next += 2 if array else 1
        return path

    def pair(self, table: Path) -> Path:
        """Note a key and its value, and return the table that they are in."""
        path = table
        at = (0, 0)
        for name, at in self.names():
            path = (*path, name)
            self.found.setdefault(path, (at, at))
        self.take()
        self.found[path] = (at, self.value(path))
        return table

    def names(self) -> Iterator[tuple[str, Offsets]]:
        """Yield the parts of a dotted key."""
        while True:
            token = self.take()
            text = token.group()
            yield (
                (
                    tomllib.loads(f"x={text}")["x"]
                    if token.lastgroup == "string"
                    else text
                ),
                token.span(),
            )
            if not self.is_mark("."):
                return
            self.take()

    def value(self, path: Path) -> Offsets:
        """Note what stands in a value, and return its place."""
        first = self.take()
        if first.group() == "[":
            return first.start(), self.array(path)
        if first.group() == "{":
            return first.start(), self.table(path)
        last = first
        while self.next < len(self.tokens) and not self.is_mark(",]}\n"):
            last = self.take()
        return first.start(), last.end()

    def array(self, path: Path) -> int:
        for index in range(len(self.tokens)):
            self.skip("\n,")
            if self.is_mark("]"):
                break
            at = self.value((*path, index))
            self.found[*path, index] = (at, at)
        return self.take().end()

    def table(self, path: Path) -> int:
        while not self.is_mark("}"):
            self.pair(path)
            self.skip("\n,")
        return self.take().end()

    def skip(self, marks: str) -> None:
        while self.is_mark(marks):
            self.take()

    def is_mark(self, marks: str) -> bool:
        token = self.tokens[self.next] if self.next < len(self.tokens) else None
        return (
            token is not None and token.lastgroup == "mark" and token.group() in marks
        )

    def take(self) -> re.Match[str]:
        self.next += 1
        return self.tokens[self.next - 1]
