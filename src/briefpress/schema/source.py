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

UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")

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
        line_ends = re.finditer("\n", self.text)
        return [0, *(line_end.end() for line_end in line_ends)]

    def place(self, offset: int) -> tuple[int, int]:
        """Return line and column of a character, from 1."""
        line = bisect_right(self.line_starts, offset)
        line_start = self.line_starts[line - 1]
        column = offset - line_start + 1
        return line, column

    def span(self, start: int, end: int) -> Span:
        """Return the span of some characters, without those after the first line."""
        text_end = len(self.text)
        start = min(start, text_end)
        start = max(0, start)
        line_end = self.text.find("\n", start)
        if line_end < 0:
            line_end = text_end
        end = min(end, line_end)
        line, column = self.place(start)
        length = max(1, end - start)
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
            message = "more problems of this kind are not listed"
            fix = ""
            at = None
        span = Span(self.source.file)
        if at is not None:
            start, end = at
            span = self.source.span(start, end)
        problem = Problem(
            code=code,
            message=shorten(message),
            span=span,
            fix=shorten(fix),
            severity=severity,
        )
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

    A byte order mark is dropped, and CRLF and CR become LF, so that the same words give
    the same editions on every machine. Forbidden characters are reported and kept.
    """
    if len(data) > limit:
        message = f"the file has more than {limit:,} bytes"
        problem = Problem("R03", message, Span(file))
        return None, (problem,)
    try:
        text = _decode_utf8(data)
    except UnicodeDecodeError as error:
        problem = _not_utf8(data, file, error.start)
        return None, (problem,)
    source = Source(file, text)
    problems = _check_characters(source)
    return source, tuple(problems)


def _decode_utf8(data: bytes) -> str:
    """Return text without a byte order mark, its lines ended by LF."""
    text = data.decode("utf-8-sig")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def replace_forbidden(text: str) -> str:
    """Return a text with spaces in place of forbidden characters.

    A byte order mark has no width: it is removed.
    """
    return FORBIDDEN.sub(" ", text.replace("\ufeff", ""))


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
            _close_embedding(open_controls)
        elif character == POP_ISOLATE:
            _close_isolate(open_controls)
    return open_controls[0] if open_controls else ""


def _close_embedding(open_controls: list[str]) -> None:
    """Remove the last open control if it is an embedding or override."""
    if not open_controls:
        return
    last = open_controls[-1]
    if last in EMBEDDINGS:
        open_controls.pop()


def _close_isolate(open_controls: list[str]) -> None:
    """Remove the last open isolate, and all that was opened inside it."""
    if ISOLATES.isdisjoint(open_controls):
        return
    last = ""
    while last not in ISOLATES:
        last = open_controls.pop()


def code_point(character: str) -> str:
    """Return a character as Unicode writes it: "U+0007"."""
    return f"U+{ord(character):04X}"


def shorten(text: str, limit: int = MAX_MESSAGE) -> str:
    """Return a text, cut at `limit` characters with an ellipsis."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    return f"{cut}…"


def _not_utf8(data: bytes, file: str, offset: int) -> Problem:
    """Return the problem of the first byte that is not UTF-8."""
    fix = "save the file as UTF-8"
    if data.startswith(UTF_16_MARKS):
        start = Span(file, 1, 1)
        return Problem("R01", "the file is UTF-16", start, fix)
    text_before = _decode_utf8(data[:offset])
    source_before = Source(file, text_before)
    line, column = source_before.place(len(text_before))
    wrong_byte = data[offset : offset + 1]
    windows_character = wrong_byte.decode("cp1252", "ignore")
    if windows_character:
        fix += f"; in Windows-1252 this byte is `{windows_character}`"
    return Problem(
        code="R01",
        message=f"the byte 0x{data[offset]:02X} is not UTF-8",
        span=Span(file, line, column),
        fix=fix,
    )


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
        problem = Problem("R02", message, span, "delete it")
        problems.append(problem)
    return problems
