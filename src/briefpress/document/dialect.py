"""The dialect of Markdown that briefs are written in, as one table.

`docs/markup.md` is the same table for people. Notes, fenced code, abbreviations, quotations, callouts and figures are
not here: lines are enough to find the first three (`scan`), and a tree is the better place for the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from re import Match
from xml.etree.ElementTree import Element, SubElement

from markdown import Markdown
from markdown.extensions import Extension
from markdown.extensions.attr_list import AttrListExtension
from markdown.extensions.def_list import DefListExtension
from markdown.extensions.sane_lists import SaneListExtension
from markdown.extensions.tables import TableExtension, TableProcessor
from markdown.inlinepatterns import LinkInlineProcessor, SubstituteTagInlineProcessor

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
