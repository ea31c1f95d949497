"""What Markdown would take minutes over, or overflow its stack on, is refused before it begins."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from briefpress.document.desk import Desk
from briefpress.document.script import Line
from briefpress.problems import Span

PARAGRAPH = 20_000  # characters; some patterns take time by its square
PIECES = (
    30_000  # lines, table cells and tags: each takes a tenth of a millisecond or more
)
BRACKETS = 3_000_000  # characters between all brackets and their ends: the library reads on from each for its partner
_BRACKET = re.compile(r"[\[\]]|(?<=\])\(")


class LimitError(Exception):
    """A limit is broken, and the problem that says so has been told."""


def check_size(desk: Desk) -> None:
    """Refuse a brief that would take too long. Raises `LimitError`."""
    if any(problem.code == "D05" for problem in desk.problems):
        raise LimitError
    left = BRACKETS
    if (pieces := _pieces(desk)) > PIECES:
        message = f"the brief has {pieces:,} lines, cells and tags, and {PIECES:,} is the limit"
        desk.error("D06", message, Span(desk.brief.file), "part it into several briefs")
        raise LimitError
    for lines in (desk.script.flow, *(note.lines for note in desk.script.notes)):
        for paragraph in _paragraphs(lines):
            where = desk.script.span(paragraph[0].number)
            text = "\n".join(line.text for line in paragraph)
            if len(text) > PARAGRAPH:
                desk.error(
                    "D06",
                    f"a paragraph of more than {PARAGRAPH:,} characters",
                    where,
                    "part it with blank lines",
                )
                raise LimitError
            left -= _reach(text) if "[" in text else 0
            if left < 0:
                desk.error(
                    "D06",
                    "brackets that are not closed, too many to follow",
                    where,
                    r"write \[ for a bracket",
                )
                raise LimitError


def _pieces(desk: Desk) -> int:
    """Return how many lines, cells of tables and tags there are to look at."""
    chunks = (desk.script.flow, *(note.lines for note in desk.script.notes))
    rows = [line.text for lines in chunks for line in lines if line.text.strip()]
    return (
        len(rows)
        + sum(row.count("|") + row.count("<") for row in rows)
        + len(desk.script.abbreviations)
    )


def _paragraphs(lines: Iterable[Line]) -> Iterator[list[Line]]:
    """Yield the lines between blank lines."""
    paragraph: list[Line] = []
    for line in lines:
        if line.text.strip(" >"):
            paragraph.append(line)
        elif paragraph:
            yield paragraph
            paragraph = []
    if paragraph:
        yield paragraph


def _reach(text: str) -> int:
    """Return the sum of the distances from each opening bracket to its end, or to the end of the text."""
    opened: list[int] = []
    reach = 0
    for match in _BRACKET.finditer(text):
        if match[0] == "]":
            reach += match.start() - opened.pop() if opened else 0
        elif match[0] == "[":
            opened.append(match.start())
        else:
            end = text.find(")", match.end())
            reach += (end if end >= 0 else len(text)) - match.start()
    return reach + sum(len(text) - at for at in opened)
