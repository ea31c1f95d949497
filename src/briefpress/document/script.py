"""A brief's text divided, as values: lines that know where they stand, notes, code, abbreviations."""

from __future__ import annotations

from dataclasses import dataclass, field

from briefpress.problems import Problem, Span

CODE_OPEN, CODE_CLOSE = (
    "\ue000",
    "\ue001",
)  # around the number of a piece of fenced code
APART = "\ue005"  # a paragraph between two quotations, which Markdown would otherwise make one


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the brief: `offset` characters of it were taken away before `text`."""

    number: int  # in the file
    text: str
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Definition:
    """A note as it is written: what Markdown will make the note's body of."""

    label: str
    span: Span
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """A piece of fenced code."""

    line: int
    language: str
    text: str


@dataclass(slots=True)
class Script:
    """A brief's text divided."""

    file: str
    rows: dict[int, str]  # every line as it stands in the file, by number
    flow: list[Line] = field(default_factory=list)
    notes: list[Definition] = field(default_factory=list)
    codes: list[Code] = field(default_factory=list)
    abbreviations: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def span(self, line: int, index: int = 0, length: int = 1) -> Span:
        """Return the place of a character of a line whose tabs have been expanded."""
        row, column, width = self.rows.get(line, ""), 0, 0
        if "\t" not in row:
            column = width = min(index, len(row))
        while column < len(row) and width < index:
            width += 4 - width % 4 if row[column] == "\t" else 1
            column += 1
        return Span(self.file, line, column + 1, max(1, min(length, len(row) - column)))
