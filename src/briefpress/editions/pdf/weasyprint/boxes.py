"""WeasyPrint's boxes after the layout: how to walk them, and the content of pages.

The attributes of boxes are private to WeasyPrint, so audit and page map get plain
values instead (`PlacedPage`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from math import inf
from typing import Any
from xml.etree.ElementTree import Element

from weasyprint.formatting_structure import boxes
from weasyprint.layout.absolute import AbsolutePlaceholder

from briefpress.editions.pdf.model import (
    KeptBlock,
    PlacedArea,
    PlacedNote,
    PlacedPage,
    PlacedText,
    Rectangle,
    WideTable,
)

WIDTH_TOLERANCE = 0.5  # px
EVERYWHERE = Rectangle(-inf, -inf, inf, inf)
GENERATED = ("::before", "::after", "::marker")  # what style sheets add is not audited
PAGE_ELEMENTS = ("html", "body")  # their `overflow` is that of the page
WITH_CONTENT = boxes.LineBox | boxes.ReplacedBox | boxes.TableCellBox


def page_boxes(document: Any) -> list[Any]:
    """Return the boxes of the pages of a laid-out document."""
    return [page._page_box for page in document.pages]  # noqa: SLF001 - the only way


def walk(box: Any) -> Iterator[Any]:
    """Yield a box and all that it contains, absolutely positioned boxes too."""
    box = getattr(box, "_box", box)  # a placeholder has the box that it stands for
    yield box
    for child in getattr(box, "children", ()):
        yield from walk(child)


def walk_in_flow(box: Any) -> Iterator[Any]:
    """Yield a box and what it contains, without absolutely positioned boxes.

    While a page is laid out these have no place yet.
    """
    if not isinstance(box, AbsolutePlaceholder):
        yield box
        for child in getattr(box, "children", ()):
            yield from walk_in_flow(child)


def content_bottom(box: Any) -> float:
    """Return the bottom of the last line or picture in a box, in px.

    A block that is broken at the end of a page is itself as tall as the page.
    """
    bottoms = [
        each.position_y + each.margin_height()
        for each in walk_in_flow(box)
        if isinstance(each, WITH_CONTENT)
    ]
    return float(max(bottoms, default=box.position_y))


def read_pages(document: Any, calls: Collection[Element]) -> list[PlacedPage]:
    """Return the content of the pages of a laid-out document, without margin boxes.

    `calls` are the elements of footnote calls to look for.
    """
    boxes_of_pages = enumerate(page_boxes(document), 1)
    return [_read_page(box, number, calls) for number, box in boxes_of_pages]


def _read_page(box: Any, number: int, calls: Collection[Element]) -> PlacedPage:
    """Return the content of a page."""
    root, *others = box.children
    reader = _Reader(calls)
    reader.read(root, EVERYWHERE)
    area = None
    for other in others:
        if isinstance(other, boxes.FootnoteAreaBox):
            area = _read_area(other, reader)
    return PlacedPage(
        number=number,
        width=box.margin_width(),
        height=box.margin_height(),
        bottom=box.content_box_y() + box.height,
        texts=tuple(reader.texts),
        area=area,
        calls=tuple(reader.calls),
    )


def _read_area(area: Any, page: _Reader) -> PlacedArea:
    """Return the content of the footnote area of a page."""
    notes = []
    for box in area.children:
        reader = _Reader(page.wanted, page.calls)
        reader.read(box, EVERYWHERE)
        bottom = box.position_y + box.margin_height()
        note = PlacedNote(box.element, box.position_y, bottom, tuple(reader.texts))
        notes.append(note)
    left = area.border_box_x()
    return PlacedArea(
        left=left,
        right=left + area.border_width(),
        top=area.border_box_y(),
        content_top=area.content_box_y(),
        notes=tuple(notes),
    )


class _Reader:
    """Collects the texts of boxes, and the footnote calls among them."""

    def __init__(
        self, wanted: Collection[Element], calls: list[Element] | None = None
    ) -> None:
        """Look for the `wanted` elements; add those that are found to `calls`."""
        self.wanted = wanted
        self.calls: list[Element] = [] if calls is None else calls
        self.texts: list[PlacedText] = []

    def read(self, box: Any, clip: Rectangle) -> None:
        """Collect the texts in a box, outside of which `clip` shows nothing."""
        box = getattr(box, "_box", box)
        if isinstance(box, boxes.TextBox):
            if box.element is not None and not box.element_tag.endswith(GENERATED):
                self.texts.append(_placed_text(box, clip))
            return
        if box.element in self.wanted:
            self.calls.append(box.element)
        if box.style["overflow"] != "visible" and box.element_tag not in PAGE_ELEMENTS:
            clip = clip.intersection(_padding_box(box))
        for child in getattr(box, "children", ()):
            self.read(child, clip)


def _placed_text(box: Any, clip: Rectangle) -> PlacedText:
    """Return the text of a box and its place on the page."""
    return PlacedText(
        element=box.element,
        text=box.text,
        hyphen=box.style["hyphenate_character"],
        left=box.position_x,
        right=box.position_x + box.width,
        baseline=box.position_y + box.baseline,
        ascent=box.baseline,
        is_visible=box.style["visibility"] == "visible",
        clip=clip,
    )


def _padding_box(box: Any) -> Rectangle:
    """Return the part of the page within the border of a box."""
    left, top = box.padding_box_x(), box.padding_box_y()
    return Rectangle(left, top, left + box.padding_width(), top + box.padding_height())


def wide_tables(document: Any) -> list[WideTable]:
    """Return the tables that are wider than their place, in order."""
    found: dict[Element, WideTable] = {}

    def visit(box: Any, available: float) -> None:
        box = getattr(box, "_box", box)
        if isinstance(box, boxes.TableBox) and box.element is not None:
            width = box.border_width()
            if width > available + WIDTH_TOLERANCE:
                columns = tuple(float(each) for each in box.column_widths)
                table = WideTable(box.element, float(width), float(available), columns)
                found.setdefault(box.element, table)
        inner = available if getattr(box, "is_table_wrapper", False) else box.width
        for child in getattr(box, "children", ()):
            visit(child, inner)

    for page in page_boxes(document):
        for child in page.children:
            visit(child, page.width)
    return list(found.values())


def enlarged_pictures(document: Any) -> list[tuple[Element, int]]:
    """Return the raster pictures drawn larger than they are, with their dots per inch."""
    found = []
    for page in page_boxes(document):
        for box in walk(page):
            pixels = getattr(getattr(box, "replacement", None), "width", None)
            is_picture = box.element is not None and box.element.tag == "img"
            if is_picture and pixels and box.width > pixels + WIDTH_TOLERANCE:
                found.append((box.element, round(pixels / box.width * 96)))
    return found


def kept_blocks(document: Any) -> dict[Element, list[KeptBlock]]:
    """Return the blocks that must not be broken, with their part on each page."""
    found: dict[Element, list[KeptBlock]] = {}
    for number, page in enumerate(page_boxes(document), 1):
        root = page.children[0]
        for box in walk(root):
            if box.element is None or box.element_tag.endswith(GENERATED):
                continue
            if box.style["break_inside"] not in ("avoid", "avoid-page"):
                continue
            if isinstance(box, boxes.BlockLevelBox | boxes.TableRowBox):
                block = KeptBlock(number, box.position_y, box.margin_height())
                parts = found.setdefault(box.element, [])
                if not parts or parts[-1].page != number:
                    parts.append(block)
    return found


def page_gaps(document: Any) -> list[float]:
    """Return how much of each page's text area stays empty at its foot, from 0 to 1."""
    gaps = []
    for page in page_boxes(document):
        root, *others = page.children
        bottom = page.content_box_y() + page.height
        for other in others:
            if isinstance(other, boxes.FootnoteAreaBox) and other.children:
                bottom = other.border_box_y()
        empty = bottom - content_bottom(root)
        gaps.append(empty / page.height if page.height else 0.0)
    return gaps


def missing_characters(document: Any) -> frozenset[str]:
    """Return the characters that no font of a written document has."""
    fonts = document.fonts.values()
    return frozenset(chr(code) for font in fonts for code in font.missing)
