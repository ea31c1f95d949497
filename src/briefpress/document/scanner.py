"""A brief's text as lines that any edition can print, and spans in it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

from briefpress.problems import Problem, Severity, Span

MAX_LISTED = 4  # unprintable characters of a line that a message lists

_PLANES = range(1, 15)
_NONCHARACTERS = "".join(
    f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in _PLANES
)
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef"
    f"\ufeff\ufff9-\ufffc\ufffe\uffff{_NONCHARACTERS}\U000f0000-\U0010ffff]"
)


@dataclass(slots=True)
class SourceText:
    """A brief's text: its lines as they are in the file, and as Markdown reads them."""

    file: str
    first_line: int  # the number of the first line in the file
    rows: list[str]
    lines: list[str]  # the rows without unprintable characters
    problems: list[Problem] = field(default_factory=list)

    @property
    def last_line(self) -> int:
        """The number of the last line."""
        return self.first_line + len(self.rows) - 1

    @property
    def text(self) -> str:
        """The text that Markdown reads."""
        return "\n".join([*self.lines, ""])

    def row(self, number: int) -> str:
        """Return the line with a number as it is in the file; "" if there is none."""
        index = number - self.first_line
        return self.rows[index] if 0 <= index < len(self.rows) else ""

    def span(self, number: int, column: int = 1, length: int = 1) -> Span:
        """Return a span that does not extend beyond its line."""
        rest = len(self.row(number)) - column + 1
        visible_length = max(1, min(length, rest))
        return Span(self.file, number, column, visible_length)


def scan_source(file: str, text: str, first_line: int) -> SourceText:
    """Return the lines of a brief, of which the first has the number `first_line`."""
    rows = split_lines(text)
    source = SourceText(file, first_line, rows, list(rows))
    for index, row in enumerate(rows):
        if _UNPRINTABLE.search(row):
            _report_unprintable(source, first_line + index, row)
            source.lines[index] = strip_unprintable(row)
    return source


def split_lines(text: str) -> list[str]:
    """Return the lines of a text, whatever ends them."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def strip_unprintable(text: str) -> str:
    """Return the text without the characters that no edition can contain."""
    return _UNPRINTABLE.sub("", text)


def _report_unprintable(source: SourceText, number: int, row: str) -> None:
    """Report the unprintable characters of a row."""
    characters = _UNPRINTABLE.findall(row)
    names = sorted({_character_name(character) for character in characters})
    noun = "characters" if len(names) > 1 else "a character"
    listed = ", ".join(names[:MAX_LISTED])
    message = f"{noun} that cannot be printed: {listed}"
    column = row.index(characters[0]) + 1
    span = Span(source.file, number, column)
    problem = Problem("D01", message, span, severity=Severity.WARNING)
    source.problems.append(problem)


def _character_name(character: str) -> str:
    """Return "U+FEFF ZERO WIDTH NO-BREAK SPACE"; control characters have no name."""
    code_point = f"U+{ord(character):04X}"
    name = unicodedata.name(character, "")
    return f"{code_point} {name}" if name else code_point
