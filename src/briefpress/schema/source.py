"""Bytes to text: UTF-8, lines that end in one way, and no character that an edition cannot carry."""

from __future__ import annotations

import datetime as dt
import re
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

from briefpress.problems import Problem, Span

# XML 1.0 has no other control characters than tab and line feed, and no U+FFFE or U+FFFF; HTML calls U+0080 to
# U+009F errors (they are most often Windows-1252 read as Latin-1); U+FEFF is a byte order mark gone astray.
FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")


@dataclass(frozen=True)
class Source:
    """The text of a file of the project, and where in it an offset stands."""

    file: str
    text: str

    @cached_property
    def starts(self) -> list[int]:
        """Return where each line begins."""
        return [0, *(match.end() for match in re.finditer("\n", self.text))]

    def place(self, offset: int) -> tuple[int, int]:
        """Return line and column of a character, from 1."""
        line = bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1

    def span(self, start: int, end: int) -> Span:
        """Return the span of some characters, cut at the end of their first line."""
        start = max(0, min(start, len(self.text)))
        stop = self.text.find("\n", start)
        stop = len(self.text) if stop < 0 else stop
        line, column = self.place(start)
        return Span(self.file, line, column, max(1, min(end, stop) - start))


def decode(
    data: bytes, file: str, limit: int
) -> tuple[Source | None, tuple[Problem, ...]]:
    """Return the text of a file, or the reason why it is none.

    A byte order mark is dropped and CRLF read as LF: the same words give the same editions on every machine.
    """
    if len(data) > limit:
        return None, (
            Problem("R03", f"the file is longer than {limit:,} bytes", Span(file)),
        )
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        return None, (_not_utf8(data, file, error.start),)
    source = Source(file, text)
    return source, tuple(_forbidden(source)) if FORBIDDEN.search(text) else ()


def name_of(character: str) -> str:
    """Return a character as a message can show it: "U+0007"."""
    return f"U+{ord(character):04X}"


def _not_utf8(data: bytes, file: str, offset: int) -> Problem:
    """Return where the first byte stands that is not UTF-8, and what the file may be instead."""
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return Problem(
            "R01", "the file is UTF-16", Span(file, 1, 1), "save it as UTF-8"
        )
    head = data[:offset].decode("utf-8-sig").replace("\r\n", "\n")
    line, column = Source(file, head).place(len(head))
    byte = data[offset]
    guess = bytes([byte]).decode("cp1252", "ignore")
    fix = (
        f"save the file as UTF-8; in Windows-1252 the byte is `{guess}`"
        if guess
        else "save the file as UTF-8"
    )
    return Problem(
        "R01", f"the byte 0x{byte:02X} is not UTF-8", Span(file, line, column), fix
    )


def _forbidden(source: Source) -> list[Problem]:
    """Return each forbidden character once, where it stands first."""
    found: list[Problem] = []
    for character, times in Counter(FORBIDDEN.findall(source.text)).items():
        span = source.span(at := source.text.index(character), at + 1)
        often = f", {times} times in this file" if times > 1 else ""
        found.append(
            Problem(
                "R02",
                f"control character {name_of(character)}{often}",
                span,
                "delete it",
            )
        )
    return found


Offsets: TypeAlias = tuple[
    int, int
]  # offsets in the text: of the first character, and after the last
Scalar: TypeAlias = str | bool | int | float | dt.date | dt.time
Value: TypeAlias = "Scalar | tuple[Node, ...] | dict[str, Node] | None"  # None: told already, and not read
DEPTH = 20  # nothing that briefpress reads is nested deeper than five


@dataclass(frozen=True, slots=True)
class Node:
    """A value, where it stands, and where the key stands that names it (the value itself when none does)."""

    value: Value
    at: Offsets
    key_at: Offsets


MANY = 50  # problems of one code; who has more has one cause


@dataclass(frozen=True, slots=True)
class SourceProblems:
    """Problems of one source: offsets become lines only for what is wrong."""

    source: Source
    found: list[Problem] = field(default_factory=list)

    def add(self, code: str, at: Offsets | None, message: str, fix: str = "") -> None:
        """Note what is wrong with the characters at `at`, or with the file as a whole."""
        alike = sum(problem.code == code for problem in self.found)
        if alike > MANY:
            return
        if alike == MANY:
            message, fix, at = "there are more of this kind", "", None
        span = self.source.span(*at) if at else Span(self.source.file)
        self.found.append(Problem(code, shorten(message), span, shorten(fix)))


def shorten(text: str, most: int = 300) -> str:
    """Return a text cut where it is too long to be read: it quotes what somebody wrote, which may be a book."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
