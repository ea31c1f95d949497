"""What a proof has beside and behind its pages: numbers of lines, messages, a stamp.

The pages are laid out as for print. The overlay is a document of its own, with a page for
each of theirs, whose boxes are then drawn on these. It is laid out twice: once for the
sizes of its items, and once with each in its place. All of it is an artifact: screen
readers find the messages in the report.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element

from weasyprint.formatting_structure import boxes

from briefpress.editions.marks import is_mark, message_element
from briefpress.editions.pdf.audit import lineage
from briefpress.editions.pdf.model import PlacedPage, PlacedText
from briefpress.editions.pdf.print_tree import PrintTree, build_print_tree
from briefpress.editions.pdf.weasyprint.boxes import page_boxes, walk
from briefpress.editions.pdf.weasyprint.pages import LaidOut, lay_out, parse_page
from briefpress.editions.proof import REPORT
from briefpress.model import Document
from briefpress.theme.fonts import FontFace
from briefpress.xhtml import parents_of, to_html

SAME_LINE = 6.0  # px between the baselines of texts in one line
EVERY = 5  # lines, of which one shows its number
GAP = 5.0  # px between two messages
ITEM = "data-item"  # the position of an item in its list
NUMBER_ROOM = 44.0  # px that the number of a line takes, with the space behind it
ROOM = 20.0  # px at the top and at the foot of a page, without messages


class Line(NamedTuple):
    """A line of text on a page. Numbers count on from page to page."""

    number: int
    page: int
    baseline: float
    texts: tuple[PlacedText, ...]


@dataclass(slots=True)
class _Item:
    """A thing to draw on a page."""

    page: int
    element: Element
    left: float
    top: float = 0.0
    baseline: float | None = None  # where its first line should stand


class _Size(NamedTuple):
    """The size of an item."""

    height: float
    baseline: float  # of its first line, from its top


@dataclass(frozen=True, slots=True)
class _Studio:
    """What the overlay is laid out with."""

    css: str
    fonts: Sequence[FontFace]
    lang: str

    def lay_out(self, body: Iterable[Element]) -> Any:
        """Return a document with these elements, as WeasyPrint has laid it out."""
        content = "".join(map(to_html, body))
        html = f'<body class="proof-sheet">{content}<div data-slot="body"></div></body>'
        nothing = Document(
            "", "", self.lang, Element("div"), None, (), (), (), (), (), 0
        )
        page = parse_page(html, build_print_tree(nothing), {}, self.lang)
        return lay_out(page, self.css, self.fonts).document

    def sizes(self, items: Sequence[_Item]) -> list[_Size]:
        """Return the sizes of items."""
        if not items:
            return []
        for number, item in enumerate(items):
            item.element.set(ITEM, str(number))
        sizes: dict[str, _Size] = {}
        document = self.lay_out(item.element for item in items)
        for page in page_boxes(document):
            for box in walk(page):
                name = _name_of(box)
                if name:
                    sizes.setdefault(name, _size_of(box))
        return [sizes[str(number)] for number in range(len(items))]


def add_overlay(
    laid_out: LaidOut,
    pages: Sequence[PlacedPage],
    tree: PrintTree,
    css: str,
    fonts: Sequence[FontFace],
) -> dict[str, int]:
    """Draw the overlay of a proof, and return the first line of each block by its id."""
    studio = _Studio(css, fonts, tree.root.get("lang", "en"))
    parents = parents_of(tree.root)
    lines = list(_lines(pages, laid_out, parents))
    sheets = page_boxes(laid_out.document)
    above = [*_strips(sheets), *_line_numbers(lines, sheets)]
    for item, size in zip(above, studio.sizes(above), strict=True):
        if item.baseline is not None:
            item.top = item.baseline - size.baseline
    above += _messages(pages, tree.root, studio)
    below = _stamps(pages, tree.root)
    _graft(sheets, studio.lay_out(_pages_of(above, len(sheets))), above=True)
    _graft(sheets, studio.lay_out(_pages_of(below, len(sheets))), above=False)
    return _first_lines(lines, parents)


# Lines


def _lines(
    pages: Iterable[PlacedPage], laid_out: LaidOut, parents: Mapping[Element, Element]
) -> Iterator[Line]:
    """Yield the lines of text on all pages, without the report and what floats."""
    known: dict[Element, bool] = {}
    number = 0
    for page in pages:
        texts = [
            text
            for text in _texts_of(page)
            if _is_numbered(text.element, laid_out, parents, known)
        ]
        for line in _in_lines(texts):
            number += 1
            longest = max(line, key=lambda text: len(text.text))
            yield Line(number, page.number, longest.baseline, tuple(line))


def _texts_of(page: PlacedPage) -> list[PlacedText]:
    """Return the visible texts of a page and of its notes, from top to bottom."""
    notes = page.area.notes if page.area else ()
    texts = [*page.texts, *(text for note in notes for text in note.texts)]
    visible = [text for text in texts if text.is_visible and text.text.strip()]
    return sorted(visible, key=lambda text: text.baseline)


def _is_numbered(
    element: Element,
    laid_out: LaidOut,
    parents: Mapping[Element, Element],
    known: dict[Element, bool],
) -> bool:
    """Return whether the lines of an element get numbers."""
    if element not in known:
        parent = parents.get(element)
        is_outside = element.get("id") == REPORT or not laid_out.is_in_flow(element)
        known[element] = not is_outside and (
            parent is None or _is_numbered(parent, laid_out, parents, known)
        )
    return known[element]


def _in_lines(texts: Iterable[PlacedText]) -> Iterator[list[PlacedText]]:
    """Yield texts, sorted by their baselines, line by line."""
    line: list[PlacedText] = []
    for text in texts:
        if line and text.baseline > line[0].baseline + SAME_LINE:
            yield line
            line = []
        line.append(text)
    if line:
        yield line


def _first_lines(
    lines: Iterable[Line], parents: Mapping[Element, Element]
) -> dict[str, int]:
    """Return the number of the first line of each element that has an id."""
    numbers: dict[str, int] = {}
    for line in lines:
        for text in line.texts:
            for element in lineage(text.element, parents):
                if name := element.get("id"):
                    numbers.setdefault(name, line.number)
    return numbers


# Items


def _line_numbers(lines: Iterable[Line], sheets: Sequence[Any]) -> list[_Item]:
    """Return the numbers of every fifth line.

    They stand beside the text, or at the left of the page if something else is there.
    """
    items = []
    for line in lines:
        if line.number % EVERY:
            continue
        sheet = sheets[line.page - 1]
        text_left = sheet.content_box_x()
        number = Element("p", {"class": "proof-line"})
        number.text = str(line.number)
        left = -sheet.bleed["left"]
        if min(text.left for text in line.texts) > text_left - SAME_LINE:
            left = text_left - NUMBER_ROOM
        item = _Item(line.page, number, left, baseline=line.baseline)
        items.append(item)
    return items


def _strips(sheets: Sequence[Any]) -> list[_Item]:
    """Return the empty ground of numbers and messages, at both sides of each page."""
    items = []
    for page, sheet in enumerate(sheets, 1):
        height = f"height:{sheet.margin_height()}px"
        for left, width, name in (
            (-sheet.bleed["left"], sheet.bleed["left"], "proof-numbers"),
            (sheet.margin_width(), sheet.bleed["right"], "proof-messages"),
        ):
            strip = Element(
                "div", {"class": name, "style": f"{height};width:{width}px"}
            )
            items.append(_Item(page, strip, left))
    return items


def _messages(
    pages: Iterable[PlacedPage], root: Element, studio: _Studio
) -> list[_Item]:
    """Return the messages of the marks on each page, beside their lines.

    Those that have no room are in the report only.
    """
    items: list[_Item] = []
    heights: dict[int, float] = {}
    slip = _copy_of("proof-slip", root)
    for page in pages:
        heights[page.number] = page.height
        if slip is not None and page.number == 1:
            items.append(_Item(1, slip, page.width))
        for text in _marks_on(page):
            message = message_element(text.element, "p")
            item = _Item(page.number, message, page.width, baseline=text.baseline)
            items.append(item)
    measured = list(zip(items, studio.sizes(items), strict=True))
    placed = []
    for number, height in heights.items():
        on_page = [pair for pair in measured if pair[0].page == number]
        placed += _stacked(on_page, height)
    return placed


def _marks_on(page: PlacedPage) -> list[PlacedText]:
    """Return the marks of a page, each once: line by line, from left to right."""
    marks = [text for text in _texts_of(page) if is_mark(text.element)]
    found: dict[Element, PlacedText] = {}
    for line in _in_lines(marks):
        for text in sorted(line, key=lambda text: text.left):
            found.setdefault(text.element, text)
    return list(found.values())


def _stacked(measured: Iterable[tuple[_Item, _Size]], height: float) -> list[_Item]:
    """Return the items that have room on a page, each below the one before.

    They are in the order of their lines.
    """
    placed: list[tuple[_Item, _Size]] = []
    bottom = ROOM
    used = 2 * ROOM
    for item, size in measured:
        used += size.height + GAP
        if used > height:
            break
        wanted = (item.baseline or 0.0) - size.baseline
        item.top = max(wanted, bottom)
        bottom = item.top + size.height + GAP
        placed.append((item, size))
    limit = height - ROOM
    for item, size in reversed(placed):
        item.top = min(item.top, limit - size.height)
        limit = item.top - GAP
    return [item for item, _ in placed]


def _stamps(pages: Iterable[PlacedPage], root: Element) -> list[_Item]:
    """Return the stamp of each page, behind its text."""
    items = []
    for page in pages:
        stamp = _copy_of("proof-stamp", root)
        if stamp is not None:
            stamp.set("style", f"width:{2 * page.width}px")
            item = _Item(page.number, stamp, -page.width / 2, page.height / 2)
            items.append(item)
    return items


def _copy_of(name: str, root: Element) -> Element | None:
    """Return a copy of the element of a class, or None."""
    for element in root.iter():
        if element.get("class") == name:
            copy = deepcopy(element)
            copy.tail = None
            return copy
    return None


# Boxes


def _pages_of(items: Iterable[_Item], count: int) -> list[Element]:
    """Return an element for each page, with the items of the page in their places."""
    pages = [Element("div", {"class": "proof-page"}) for _ in range(count)]
    for item in items:
        style = item.element.get("style", "")
        place = f"position:absolute;left:{item.left}px;top:{item.top}px;{style}"
        item.element.set("style", place)
        pages[item.page - 1].append(item.element)
    return pages


def _graft(sheets: Sequence[Any], overlay: Any, *, above: bool) -> None:
    """Draw the pages of an overlay above those of a document, or below their text."""
    for sheet, page in zip(sheets, page_boxes(overlay), strict=True):
        root = page.children[0]
        for box in walk(root):
            box.is_artifact = True
        children = [*sheet.children, root] if above else [root, *sheet.children]
        sheet.children = children


def _name_of(box: Any) -> str:
    """Return the number of the item whose box this is, or ""."""
    if box.element is None or not isinstance(box, boxes.BlockLevelBox):
        return ""
    return str(box.element.get(ITEM, ""))


def _size_of(box: Any) -> _Size:
    """Return the size of an item's box."""
    height = float(box.margin_height())
    for inner in walk(box):
        if isinstance(inner, boxes.TextBox):
            baseline = inner.position_y + inner.baseline - box.position_y
            return _Size(height, float(baseline))
    return _Size(height, 0.0)
