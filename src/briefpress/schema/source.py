"""The text of one file: its characters, their lines and columns, and what is wrong."""

from __future__ import annotations

import datetime as dt
import re
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

from briefpress.problems import Problem, Severity, Span

# XML 1.0 allows no control characters except tab and line feed, and neither U+FFFE
# nor U+FFFF. In HTML, U+0080 to U+009F are errors; most of them are Windows-1252 text
# that was read as Latin-1. U+FEFF is a byte order mark in the wrong place.
FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")

# Unicode Bidirectional Algorithm (UAX 9): PDF closes the first four, PDI the others.
EMBEDDINGS = frozenset("\u202a\u202b\u202d\u202e")  # LRE, RLE, LRO, RLO
ISOLATES = frozenset("\u2066\u2067\u2068")  # LRI, RLI, FSI
POP_EMBEDDING = "\u202c"
POP_ISOLATE = "\u2069"

MAX_DEPTH = 20  # nested values: nothing that briefpress reads has more than five
MAX_PER_CODE = 50  # problems of one code in one file: more have one cause
MAX_MESSAGE = 300  # characters: a message quotes the file, which may be a book

Offsets: TypeAlias = tuple[int, int]  # of the first character, and after the last
Scalar: TypeAlias = str | bool | int | float | dt.date | dt.time
Value: TypeAlias = "Scalar | tuple[Node, ...] | dict[str, Node] | None"


@dataclass(frozen=True, slots=True)
class Node:
    """A value of a TOML or YAML file, with its offsets and those of its key.

    A value of None could not be read and was reported already. A node without a key,
    such as an item of a list, has its own offsets as `key_at`.
    """

    value: Value
    at: Offsets
    key_at: Offsets


@dataclass(frozen=True)
class Source:
    """The text of a file. `file` is relative to the project."""

    file: str
    text: str

    @cached_property
    def line_starts(self) -> list[int]:
        """Return the offset of the first character of each line."""
        return [0, *(match.end() for match in re.finditer("\n", self.text))]

    def place(self, offset: int) -> tuple[int, int]:
        """Return line and column of a character, from 1."""
        line = bisect_right(self.line_starts, offset)
        return line, offset - self.line_starts[line - 1] + 1

    def span(self, start: int, end: int) -> Span:
        """Return the span of some characters, without those after the first line."""
        start = max(0, min(start, len(self.text)))
        line_end = self.text.find("\n", start)
        if line_end < 0:
            line_end = len(self.text)
        line, column = self.place(start)
        length = max(1, min(end, line_end) - start)
        return Span(self.file, line, column, length)


@dataclass(frozen=True, slots=True)
class SourceProblems:
    """The problems of one file, collected while it is parsed."""

    source: Source
    found: list[Problem] = field(default_factory=list)

    def add(
        self,
        code: str,
        at: Offsets | None,
        message: str,
        fix: str = "",
        severity: Severity = Severity.ERROR,
    ) -> None:
        """Report the characters between two offsets, or the file as a whole."""
        count = sum(problem.code == code for problem in self.found)
        if count > MAX_PER_CODE:
            return
        if count == MAX_PER_CODE:
            message, fix, at = "more problems of this kind are not listed", "", None
        span = self.source.span(*at) if at else Span(self.source.file)
        problem = Problem(code, shorten(message), span, shorten(fix), severity)
        self.found.append(problem)

    def error_count(self) -> int:
        """Return how many of the problems are errors."""
        return sum(problem.is_error for problem in self.found)

    def warn(self, code: str, at: Offsets | None, message: str, fix: str = "") -> None:
        """Report what does not keep the file from being used."""
        self.add(code, at, message, fix, Severity.WARNING)


def decode(
    data: bytes, file: str, limit: int
) -> tuple[Source | None, tuple[Problem, ...]]:
    """Return the text of a UTF-8 file, or None and the reason.

    A byte order mark is dropped and CRLF becomes LF, so that the same words give the
    same editions on every machine. Forbidden characters are reported and kept.
    """
    if len(data) > limit:
        message = f"the file has more than {limit:,} bytes"
        return None, (Problem("R03", message, Span(file)),)
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        return None, (_not_utf8(data, file, error.start),)
    source = Source(file, text)
    return source, tuple(_check_characters(source))


def unclosed_bidi_control(text: str) -> str:
    """Return the first character that changes the direction and is not closed, or "".

    The end of an isolate also closes the embeddings and overrides inside it.
    """
    if EMBEDDINGS.isdisjoint(text) and ISOLATES.isdisjoint(text):
        return ""
    open_controls: list[str] = []
    for character in text:
        if character in EMBEDDINGS or character in ISOLATES:
            open_controls.append(character)
        elif character == POP_EMBEDDING:
            if open_controls and open_controls[-1] in EMBEDDINGS:
                open_controls.pop()
        elif character == POP_ISOLATE and not ISOLATES.isdisjoint(open_controls):
            while open_controls.pop() not in ISOLATES:
                continue
    return open_controls[0] if open_controls else ""


def code_point(character: str) -> str:
    """Return a character as Unicode writes it: "U+0007"."""
    return f"U+{ord(character):04X}"


def shorten(text: str, limit: int = MAX_MESSAGE) -> str:
    """Return a text, cut at `limit` characters with an ellipsis."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def _not_utf8(data: bytes, file: str, offset: int) -> Problem:
    """Return the problem of the first byte that is not UTF-8."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        place = Span(file, 1, 1)
        return Problem("R01", "the file is UTF-16", place, "save the file as UTF-8")
    text_before = data[:offset].decode("utf-8-sig").replace("\r\n", "\n")
    line, column = Source(file, text_before).place(len(text_before))
    message = f"the byte 0x{data[offset]:02X} is not UTF-8"
    fix = "save the file as UTF-8"
    windows_character = data[offset : offset + 1].decode("cp1252", "ignore")
    if windows_character:
        fix += f"; in Windows-1252 this byte is `{windows_character}`"
    return Problem("R01", message, Span(file, line, column), fix)


def _check_characters(source: Source) -> list[Problem]:
    """Return one problem for each forbidden character, at its first place."""
    problems: list[Problem] = []
    counts = Counter(FORBIDDEN.findall(source.text))
    for character, count in counts.items():
        offset = source.text.index(character)
        message = f"control character {code_point(character)}"
        if count > 1:
            message += f", {count} times in this file"
        span = source.span(offset, offset + 1)
        problems.append(Problem("R02", message, span, "delete it"))
    return problems
