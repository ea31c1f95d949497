"""The names of WeasyPrint that are replaced while a PDF is rendered: one table.

`README.md` explains why each is replaced and which test fails without it. The names
belong to the process, so only one thread renders at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import RLock
from typing import Any

import weasyprint.layout
from cssselect2 import ElementWrapper
from weasyprint import document, layout, svg
from weasyprint.css import ComputedStyle
from weasyprint.formatting_structure import boxes
from weasyprint.layout import block, page, percent
from weasyprint.pdf import stream
from weasyprint.pdf import tags as pdf_tags
from weasyprint.text import line_break

from briefpress.editions.pdf.weasyprint import caches, drawings, footnotes, tags
from briefpress.editions.pdf.weasyprint.footnotes import columns_layout


@dataclass(frozen=True, slots=True)
class Patch:
    """A name in a module or class of WeasyPrint, and what replaces its value."""

    owner: Any
    name: str
    replace: Callable[[Any], Any]  # from the original value to the replacement

    @property
    def target(self) -> str:
        """The full name: "weasyprint.layout.page.make_page"."""
        owner = self.owner.__name__
        if isinstance(self.owner, type):
            owner = f"{self.owner.__module__}.{self.owner.__qualname__}"
        return f"{owner}.{self.name}"


def _replaced_by(value: Any) -> Callable[[Any], Any]:
    """Return a replacement that does not need the original."""
    return lambda _: value


def _importers(function: Callable[..., Any]) -> list[Any]:
    """Return the layout modules that have imported a function by its name."""
    name = function.__name__
    modules = vars(weasyprint.layout).values()
    return [each for each in modules if getattr(each, name, None) is function]


def _text_tags(draw_text: drawings.DrawText) -> dict[str, Any]:
    """Return WeasyPrint's table of SVG elements, with another function for text."""
    return {
        tag: draw_text if draw is svg.text else draw for tag, draw in svg.TAGS.items()
    }


FOOTNOTES = (
    Patch(document, "LayoutContext", _replaced_by(footnotes.FootnoteContext)),
    Patch(layout, "make_all_pages", footnotes.make_all_pages),
    Patch(page, "make_page", footnotes.make_page),
    Patch(page, "block_level_layout", footnotes.page_block_layout),
    Patch(block, "columns_layout", columns_layout),
    Patch(boxes.ParentBox, "content_text", footnotes.content_text),
)
TAGS = (
    Patch(pdf_tags, "_get_pdf_tag", tags.tag_name),
    Patch(pdf_tags, "_build_box_tree", tags.box_tags),
    Patch(stream.Stream, "marked", tags.marked_content),
    Patch(tags.pydyf.Stream, "show_text", tags.shown_text),
)
draw_text = drawings.drawn_text(svg.text)
DRAWINGS = (
    Patch(svg, "text", _replaced_by(draw_text)),
    Patch(svg, "TAGS", _replaced_by(_text_tags(draw_text))),
)
resolve_percentages = caches.used_lengths(percent.resolve_percentages)
CACHES = (
    Patch(ComputedStyle, "__missing__", caches.missing_property),
    Patch(ElementWrapper, "iter_next_siblings", caches.next_siblings),
    Patch(line_break.Layout, "setup", caches.text_layout_setup),
    Patch(line_break, "_font_style_cache_key", caches.font_key),
    Patch(tags.pydyf.PDF, "page_references", tags.page_references),
    *(
        Patch(module, "resolve_percentages", _replaced_by(resolve_percentages))
        for module in _importers(percent.resolve_percentages)
    ),
)
PATCHES = FOOTNOTES + TAGS + DRAWINGS + CACHES

LOCK = RLock()


def _value(owner: Any, name: str) -> Any:
    """Return the value of a name in its owner; a property is not called."""
    return vars(owner)[name]


_ORIGINALS = {patch: _value(patch.owner, patch.name) for patch in PATCHES}
_REPLACEMENTS = {patch: patch.replace(_ORIGINALS[patch]) for patch in PATCHES}


@contextmanager
def patched(without: frozenset[Patch] = frozenset()) -> Iterator[None]:
    """Replace the names while this context lasts; tests may leave some out."""
    with LOCK:
        try:
            for patch, replacement in _REPLACEMENTS.items():
                if patch not in without:
                    setattr(patch.owner, patch.name, replacement)
            yield
        finally:
            for patch, original in _ORIGINALS.items():
                setattr(patch.owner, patch.name, original)
