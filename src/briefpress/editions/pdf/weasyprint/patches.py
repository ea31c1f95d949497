"""What we mend in WeasyPrint 70.0, all of it, and only while one of our pages is made.

Nothing is rewritten in its source. Seven of its names are bound to ours for the time of a layout, and given back:

- `document.LayoutContext` is `Foot`, which decides what stands at the foot of a page. It mends: a note lost on the
  line that breaks a page (`_linebox_layout`, its `report` branch), notes pushed to the next page, notes that never
  split, notes taller than the page, and a foot laid out again for each note.
- `document.build_formatting_structure` takes the notes out of the flow and hangs each on the box of its call.
- `layout.make_all_pages` makes every page again when pages are made again: those taken as up to date forget what
  was carried over from them.
- `page.make_page` and `page.block_level_layout` begin and end a page, and fill the foot.
- `boxes.ParentBox.content_text` leaves calls out of outline, running heads and tables of contents.
- `block.columns_layout` is given its room for notes from outside: it guesses, and drops what its balancing moves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from threading import RLock
from typing import Any
from xml.etree.ElementTree import Element

from tinycss2.color5 import parse_color
from weasyprint import document, layout
from weasyprint.formatting_structure import boxes
from weasyprint.layout import block, page

from briefpress.editions.pdf.weasyprint.caches import quick
from briefpress.editions.pdf.weasyprint.columns import columns_layout
from briefpress.editions.pdf.weasyprint.footnote_area import Foot
from briefpress.editions.pdf.weasyprint.footnote_layout import unique, walk

LOCK = RLock()  # the names are the process's, not the layout's


@contextmanager
def bound(ours: Mapping[tuple[Any, str], Any]) -> Iterator[None]:
    """Bind names, each with the module or class that it stands in, to what stands for them here."""
    with LOCK:
        theirs = {(place, name): getattr(place, name) for place, name in ours}
        try:
            _bind(ours)
            yield
        finally:
            _bind(theirs)


def _bind(names: Mapping[tuple[Any, str], Any]) -> None:
    for (place, name), value in names.items():
        setattr(place, name, value)


@contextmanager
def mended(
    notes: Mapping[Element, Element], sign: Element | None = None
) -> Iterator[list[Foot]]:
    """Let WeasyPrint set notes as we do; yield a list that holds the layout's `Foot` once there is one.

    `notes` is the element of each first call to the element of its note; `sign` the element with which a foot begins
    that goes on with a note, where the theme shows it.
    """
    feet: list[Foot] = []

    def context(*args: Any) -> Foot:
        feet.append(Foot(*args))
        return feet[-1]

    ours = {
        (document, "LayoutContext"): context,
        (document, "build_formatting_structure"): partial(
            _build,
            document.build_formatting_structure,
            notes=notes,
            sign=sign,
            feet=feet,
        ),
        (layout, "make_all_pages"): partial(_make_all_pages, layout.make_all_pages),
        (page, "make_page"): partial(_make_page, page.make_page),
        (page, "block_level_layout"): partial(
            _block_level_layout, page.block_level_layout
        ),
        (boxes.ParentBox, "content_text"): property(_content_text),
        (block, "columns_layout"): partial(columns_layout, block.columns_layout),
    }
    with bound({**quick(), **ours}):
        yield feet


def _build(
    original: Any,
    *args: Any,
    notes: Mapping[Element, Element],
    sign: Element | None,
    feet: list[Foot],
) -> Any:
    """Make the boxes; take those of the notes out of the flow, and hang each on the box of its first call."""
    root = original(*args)
    bodies = _take_out(root, {*notes.values(), sign})
    foot = feet[-1]
    foot.sign_box = bodies.pop(sign, None)
    foot.order = {
        bodies[element]: number for number, element in enumerate(notes.values())
    }
    for holder in (root, *foot.order):
        calls = [
            box
            for box in walk(holder)
            if isinstance(box, boxes.InlineBox | boxes.AtomicInlineLevelBox)
        ]
        for box in calls:
            if box.element in notes and "::" not in box.element_tag:
                box.footnote = bodies[notes[box.element]]
        if holder is not root and any(box.footnote is not None for box in calls):
            foot.nested[holder] = unique(
                box.footnote for box in calls if box.footnote is not None
            )
    return root


def _take_out(box: Any, elements: set[Element | None]) -> dict[Element | None, Any]:
    """Take the boxes of `elements` out of a tree and return them by their elements."""
    found: dict[Element | None, Any] = {}
    kept = []
    for child in getattr(box, "children", ()):
        if (
            child.element is not None
            and child.element in elements
            and isinstance(child, boxes.BlockLevelBox)
        ):
            found[child.element] = child
            continue
        inner = _take_out(child, elements)
        found |= inner
        if not (
            inner
            and child.element is not None
            and child.element.get("class") == "notes"
        ):
            kept.append(child)
    if found:
        box.children = kept
    return found


def _content_text(box: Any) -> str:
    """Return the text of a box for outline, running heads and tables of contents: without calls."""
    copy = box.deepcopy()
    copy.process_whitespace()
    texts = (each for each in copy.descendants() if isinstance(each, boxes.TextBox))
    return "".join(
        each.text
        for each in texts
        if not each.element_tag.endswith(("::before", "::after", "::marker"))
        and each.element.get("class") != "call"
    ).strip()


def _make_all_pages(
    original: Any, context: Any, root_box: Any, html: Any, pages: list[Any]
) -> Any:
    """Make all pages again, when the document has notes: a page's foot depends on the pages before it."""
    context.reported_footnotes.clear()
    return original(context, root_box, html, [] if context.footnotes else pages)


def _make_page(
    original: Any, context: Any, root_box: Any, page_type: Any, *args: Any
) -> Any:
    """Make a page between the opening and the closing of its foot."""
    context.open_page(args[1])
    made = original(context, root_box, page_type, *args)
    context.close_page()
    return made


def _block_level_layout(
    original: Any, context: Any, box: Any, *args: Any, **kwargs: Any
) -> Any:
    """Lay out what a page is made of: its flow, and its foot, which we fill."""
    result = original(context, box, *args, **kwargs)
    if isinstance(box, boxes.FootnoteAreaBox):
        _fill(context, result[0], kwargs["absolute_boxes"])
    elif box.is_for_root_element:
        context.root = result[0]
    return result


def _fill(context: Any, area: Any, placeholders: list[Any]) -> None:
    """Set the notes of the page into its foot."""
    y = area.content_box_y()
    area.children = []
    pieces = context.settle()
    if context.is_signed(pieces):
        pieces = [context.sign, *pieces]
        area.style = _without_rule(area.style)
    for piece in pieces:
        piece.box.translate(
            area.content_box_x() - piece.box.position_x, y - piece.box.position_y
        )
        y += piece.height
        area.children.append(piece.box)
        placeholders.extend(piece.placeholders)
    area.height = max(y - area.content_box_y(), area.min_height)


def _without_rule(style: Any) -> Any:
    """Return the style of a foot that begins with the sign: of two rules, its own is not shown."""
    style = style.copy()
    style["border_top_color"], style["background_image"] = (
        parse_color("transparent"),
        (("none", None),),
    )
    return style
