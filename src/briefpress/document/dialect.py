"""The dialect of Markdown that briefs are written in, as one table.

`docs/markup.md` is the same table for people. Notes, fenced code, abbreviations, quotations, callouts and figures are
not here: lines are enough to find the first three (`scan`), and a tree is the better place for the rest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from re import Match
from xml.etree.ElementTree import Element, SubElement

from markdown import Markdown
from markdown.extensions import Extension
from markdown.extensions.attr_list import AttrListExtension
from markdown.extensions.def_list import DefListExtension
from markdown.extensions.sane_lists import SaneListExtension
from markdown.extensions.tables import TableExtension, TableProcessor
from markdown.inlinepatterns import LinkInlineProcessor, SubstituteTagInlineProcessor

from briefpress.document.context import ParseContext
from briefpress.document.scanner import SourceLine
from briefpress.problems import Span

# Classes, not names: a name is looked up among the entry points of everything that is installed.
EXTENSIONS: tuple[Callable[[], Extension], ...] = (
    lambda: Tables(use_align_attribute=True),  # the alternative is a style attribute
    DefListExtension,
    AttrListExtension,
    SaneListExtension,  # `1.` and `-` do not mix in one list; a list keeps its first number
    lambda: Phrases(),  # noqa: PLW0108 - the class is below
)

__all__ = ["CALLOUTS", "OUR_CLASSES", "PULL", "Markdown", "dialect"]

# What may stand after `> [!` and what comes of it; `pull` is a quotation, the rest are callouts.
CALLOUTS = (
    "note",
    "definition",
    "case",
    "question",
    "recommendation",
    "warning",
    "method",
)
PULL = "pull"

# Classes that we give. An author's own are for the theme.
OUR_CLASSES = frozenset(
    (
        "call",
        "label",
        "headline",
        "measure",
        "source",
        "picture",
        "data",
        "download",
        "scroll",
        "figure",
        "table",
    )
) | {
    "plain",
    "callout",
    "callout-title",
    "number",
    "left",
    "center",
    "right",
    PULL,
    *CALLOUTS,
}


def dialect() -> Markdown:
    """Return a reader of the dialect. It remembers link definitions, so each brief needs one of its own."""
    md = Markdown(extensions=[make() for make in EXTENSIONS], output_format="html")
    md.ESCAPED_CHARS += [
        '"',
        "'",
    ]  # a headline may quote: ![…](rents.svg "What \\"pay\\" means")
    return md


class Tables(TableExtension):
    """Tables that lose no cell: the library drops what a row has beyond its head, and we want to say so."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - the library's name
        """Register our processor in the library's place."""
        super().extendMarkdown(md)
        md.parser.blockprocessors.register(
            _Table(md.parser, self.getConfigs()), "table", 75
        )


class _Table(TableProcessor):
    """The library's tables, with all cells of a row."""

    def _build_row(
        self, row: str, parent: Element, align: Sequence[str | None]
    ) -> None:
        super()._build_row(row, parent, align)  # type: ignore[misc]  # the stubs leave it out
        for text in self._split_row(row)[len(align) :]:  # type: ignore[attr-defined]  # likewise
            SubElement(parent[-1], "td").text = text.strip(" ")


class Phrases(Extension):
    """`[words]{: lang=fa }` is a span, and a backslash at the end of a line breaks it."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - the library's name
        """Register the two patterns: below all links, and above escapes."""
        md.inlinePatterns.register(_Phrase(r"(?<!!)\[", md), "phrase", 122)
        md.inlinePatterns.register(
            SubstituteTagInlineProcessor(r"\\\n", "br"), "backslash_break", 185
        )


class _Phrase(LinkInlineProcessor):
    """Brackets with a list of attributes right behind them; `attr_list` then reads the attributes."""

    def handleMatch(  # type: ignore[override]  # noqa: N802 - the library's name
        self, m: Match[str], data: str
    ) -> tuple[Element | None, int | None, int | None]:
        """Return the span, up to the brace."""
        text, index, closed = self.getText(data, m.end(0))
        if not closed or not data.startswith("{", index):
            return None, None, None
        span = Element("span")
        span.text = text
        return span, m.start(0), index


PARAGRAPH = 20_000  # characters; some patterns take time by its square
PIECES = (
    30_000  # lines, table cells and tags: each takes a tenth of a millisecond or more
)
BRACKETS = 3_000_000  # characters between all brackets and their ends: the library reads on from each for its partner
_BRACKET = re.compile(r"[\[\]]|(?<=\])\(")


class LimitError(Exception):
    """A limit is broken, and the problem that says so has been told."""


def check_size(context: ParseContext) -> None:
    """Refuse a brief that would take too long. Raises `LimitError`."""
    if any(problem.code == "D05" for problem in context.problems):
        raise LimitError
    left = BRACKETS
    if (pieces := _pieces(context)) > PIECES:
        message = f"the brief has {pieces:,} lines, cells and tags, and {PIECES:,} is the limit"
        context.error(
            "D06", message, Span(context.brief.file), "part it into several briefs"
        )
        raise LimitError
    for lines in (context.source.flow, *(note.lines for note in context.source.notes)):
        for paragraph in _paragraphs(lines):
            where = context.source.span(paragraph[0].number)
            text = "\n".join(line.text for line in paragraph)
            if len(text) > PARAGRAPH:
                context.error(
                    "D06",
                    f"a paragraph of more than {PARAGRAPH:,} characters",
                    where,
                    "part it with blank lines",
                )
                raise LimitError
            left -= _reach(text) if "[" in text else 0
            if left < 0:
                context.error(
                    "D06",
                    "brackets that are not closed, too many to follow",
                    where,
                    r"write \[ for a bracket",
                )
                raise LimitError


def _pieces(context: ParseContext) -> int:
    """Return how many lines, cells of tables and tags there are to look at."""
    chunks = (context.source.flow, *(note.lines for note in context.source.notes))
    rows = [line.text for lines in chunks for line in lines if line.text.strip()]
    return (
        len(rows)
        + sum(row.count("|") + row.count("<") for row in rows)
        + len(context.source.abbreviations)
    )


def _paragraphs(lines: Iterable[SourceLine]) -> Iterator[list[SourceLine]]:
    """Yield the lines between blank lines."""
    paragraph: list[SourceLine] = []
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
