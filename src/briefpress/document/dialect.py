"""The dialect of Markdown for briefs: its extensions as one table, and its limits.

`docs/markup.md` is the same table for authors. Notes, fenced code and abbreviations are
not here: `scanner` finds them line by line. Quotations, callouts, figures and tables
are made from the tree that Markdown returns.
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

__all__ = [
    "CALLOUTS",
    "OUR_CLASSES",
    "PULL_QUOTE",
    "LimitError",
    "Markdown",
    "check_size",
    "make_markdown",
]

# What may follow `> [!`. `pull` makes a pull quote, the others a callout.
CALLOUTS = (
    "note",
    "definition",
    "case",
    "question",
    "recommendation",
    "warning",
    "method",
)
PULL_QUOTE = "pull"

# Classes that we set. The classes of authors are for the theme.
_CLASSES_IN_FIGURES = """call label headline measure source picture data download scroll
figure table plain callout callout-title number left center right"""
OUR_CLASSES = frozenset((*_CLASSES_IN_FIGURES.split(), PULL_QUOTE, *CALLOUTS))

# Limits that keep Markdown from taking minutes.
MAX_PARAGRAPH = 20_000  # characters: some patterns take time by their square
MAX_PIECES = 30_000  # lines, table cells and tags, each of at least 0.1 ms
# Characters between brackets and their ends, in all: Markdown looks for each end anew.
MAX_BRACKET_REACH = 3_000_000
_BRACKET = re.compile(r"[\[\]]|(?<=\])\(")


class LimitError(Exception):
    """The brief exceeds a limit. The problem has been added before."""


def make_markdown() -> Markdown:
    """Return a Markdown parser for one brief: it remembers link definitions."""
    extensions = [make_extension() for make_extension in EXTENSIONS]
    markdown = Markdown(extensions=extensions, output_format="html")
    markdown.ESCAPED_CHARS += ['"', "'"]  # a headline may contain quotation marks
    return markdown


class TablesWithAllCells(TableExtension):
    """Tables that keep the cells beyond the head, so that they can be reported."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - the library's name
        """Register our processor instead of the library's."""
        super().extendMarkdown(md)
        processor = _TableWithAllCells(md.parser, self.getConfigs())
        md.parser.blockprocessors.register(processor, "table", 75)


class _TableWithAllCells(TableProcessor):
    def _build_row(
        self, row: str, parent: Element, align: Sequence[str | None]
    ) -> None:
        super()._build_row(row, parent, align)  # type: ignore[misc]  # not in the stubs
        cells: list[str] = self._split_row(row)  # type: ignore[attr-defined]  # likewise
        for text in cells[len(align) :]:
            SubElement(parent[-1], "td").text = text.strip(" ")


class Spans(Extension):
    """`[words]{: lang=fa }` is a span."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - the library's name
        """Register the pattern: its priority is below that of all links."""
        md.inlinePatterns.register(_Span(r"(?<!!)\[", md), "span", 122)


class _Span(LinkInlineProcessor):
    """Brackets with a list of attributes directly after them."""

    def handleMatch(  # type: ignore[override]  # noqa: N802 - the library's name
        self, m: Match[str], data: str
    ) -> tuple[Element | None, int | None, int | None]:
        """Return the span, up to the brace: `attr_list` reads the attributes."""
        text, end, is_closed = self.getText(data, m.end(0))
        if not is_closed or not data.startswith("{", end):
            return None, None, None
        span = Element("span")
        span.text = text
        return span, m.start(0), end


class BackslashBreaks(Extension):
    """A backslash at the end of a line breaks it."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - the library's name
        """Register the pattern: its priority is above that of escapes."""
        pattern = SubstituteTagInlineProcessor(r"\\\n", "br")
        md.inlinePatterns.register(pattern, "backslash_break", 185)


# The extensions, in the order in which Markdown registers them. They are classes, not
# names: a name would be looked up among the entry points of every installed package.
EXTENSIONS: tuple[Callable[[], Extension], ...] = (
    # The other way to align would be a `style` attribute.
    lambda: TablesWithAllCells(use_align_attribute=True),
    DefListExtension,
    AttrListExtension,
    SaneListExtension,  # `1.` and `-` are two lists; a list keeps its first number
    Spans,
    BackslashBreaks,
)


def check_size(context: ParseContext) -> None:
    """Refuse a brief that would take too long. Raises `LimitError`."""
    source = context.source
    if any(problem.code == "D05" for problem in source.problems):
        raise LimitError
    chunks = [source.flow, *(note.lines for note in source.notes)]
    pieces = len(source.abbreviations) + sum(_count_pieces(chunk) for chunk in chunks)
    if pieces > MAX_PIECES:
        message = (
            f"the brief has {pieces:,} lines, cells and tags, and the limit is"
            f" {MAX_PIECES:,}"
        )
        fix = "divide it into several briefs"
        context.error("D06", message, context.file_span(), fix=fix)
        raise LimitError
    reach = 0
    for chunk in chunks:
        for paragraph in _paragraphs(chunk):
            reach += _check_paragraph(paragraph, MAX_BRACKET_REACH - reach, context)


def _check_paragraph(
    paragraph: Sequence[SourceLine], max_reach: int, context: ParseContext
) -> int:
    """Return the reach of a paragraph's brackets. Raises `LimitError`."""
    span = context.source.span(paragraph[0].number)
    text = "\n".join([line.text for line in paragraph])
    if len(text) > MAX_PARAGRAPH:
        message = f"the paragraph has more than {MAX_PARAGRAPH:,} characters"
        context.error("D06", message, span, fix="divide it with blank lines")
        raise LimitError
    reach = _bracket_reach(text)
    if reach > max_reach:
        message = "too many brackets are never closed"
        fix = r"write `\[` for a bracket that is text"
        context.error("D06", message, span, fix=fix)
        raise LimitError
    return reach


def _count_pieces(lines: Iterable[SourceLine]) -> int:
    """Return the number of lines, table cells and tags."""
    count = 0
    for line in lines:
        if not line.is_blank:
            count += 1 + line.text.count("|") + line.text.count("<")
    return count


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


def _bracket_reach(text: str) -> int:
    """Return the distances from opening brackets to their ends, added up.

    A bracket that is never closed reaches to the end of the text.
    """
    if "[" not in text:
        return 0
    open_brackets: list[int] = []
    reach = 0
    for match in _BRACKET.finditer(text):
        if match[0] == "[":
            open_brackets.append(match.start())
        elif match[0] == "]":
            reach += match.start() - open_brackets.pop() if open_brackets else 0
        else:
            end = text.find(")", match.end())
            reach += (end if end >= 0 else len(text)) - match.start()
    return reach + sum(len(text) - start for start in open_brackets)
