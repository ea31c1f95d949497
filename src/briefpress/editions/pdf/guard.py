"""The proof: every page's boxes are walked before the PDF is written, and held against the document.

Every note once and whole; every word of it within its page, apart from the body and from other notes; begun on the
page of its call; in order; every word of the body once. Never by text extraction: what is clipped off a page is in
the text all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element

from briefpress.editions.pdf.expect import Strand, strands
from briefpress.editions.pdf.setting import Setting

NEAR = 1.0  # px: boxes of text are taller than their glyphs, and sums of lengths are floats

Clip = tuple[float, float, float, float]  # left, top, right, bottom


@dataclass(frozen=True, slots=True)
class Fault:
    """Something on the pages that may not be."""

    kind: str  # lost, missing, twice, clipped, overlap, before, late, order
    element: Element  # the note or the element of the body
    page: int
    note: bool


@dataclass(slots=True)
class Walk:
    """What a walk over the pages has seen."""

    strands: dict[Element, Strand]
    calls: dict[Element, int] = field(
        default_factory=dict
    )  # element of a call to the first page that shows it
    begun: dict[Element, tuple[int, int]] = field(
        default_factory=dict
    )  # note to page, and place at its foot
    pieces: dict[Element, list[int]] = field(
        default_factory=dict
    )  # note to the pages it stands on
    faults: list[Fault] = field(default_factory=list)

    def fault(self, kind: str, strand: Strand, page: int) -> None:
        """Note a fault of a strand, or of the note in which it stands."""
        element = strand.element if strand.note is None else strand.note
        self.faults.append(Fault(kind, element, page, strand.note is not None))


def guard(
    pages: list[Any], setting: Setting, is_hidden: Callable[[Element], bool]
) -> Walk:
    """Walk the boxes of laid-out pages and return what was seen, with every fault.

    `is_hidden` tells what the theme leaves out of print, as it does with the data behind a chart. The words that the
    theme's own page puts around the body are held to the same.
    """
    walk = Walk(strands(setting.root, setting.store))
    for number, page in enumerate(pages, 1):
        _page(walk, page._page_box, number, setting)  # noqa: SLF001 - the only way to the boxes
    _complete(walk, setting, is_hidden)
    _in_place(walk, setting)
    walk.faults = list(dict.fromkeys(walk.faults))
    return walk


def _page(walk: Walk, page: Any, number: int, setting: Setting) -> None:
    """Walk a page: its flow, then its foot."""
    root, *others = page.children
    foot = next(
        (box for box in others if type(box).__name__ == "FootnoteAreaBox"), None
    )
    paper = (0.0, 0.0, page.margin_width(), page.margin_height())
    for text, clip in _texts(walk, root, paper, setting.notes, number):
        strand = walk.strands.get(text.element)
        if strand is None:
            continue
        if not strand.show(text.text, text.style["hyphenate_character"], number):
            walk.fault("twice", strand, number)
        _where(walk, strand, text, clip, number)
        if foot is not None:
            _above(walk, strand, text, foot, number)
    if foot is not None:
        _foot(walk, page, foot, number, setting)


def _foot(walk: Walk, page: Any, foot: Any, number: int, setting: Setting) -> None:
    """Walk the foot of a page: each note within its own strip of it."""
    top = foot.content_box_y()
    bottom = page.content_box_y() + page.height
    for place, box in enumerate(foot.children):
        note = box.element
        if note is setting.sign:
            continue
        walk.begun.setdefault(note, (number, place))
        walk.pieces.setdefault(note, []).append(number)
        strip = (
            0.0,
            max(top, box.position_y),
            page.margin_width(),
            min(bottom, box.position_y + box.margin_height()),
        )
        if box.position_y < top - NEAR:
            walk.faults.append(Fault("overlap", note, number, note=True))
        top = strip[3]
        for text, clip in _texts(walk, box, strip, setting.notes, number):
            strand = walk.strands.get(text.element)
            if strand is None:
                continue
            if strand.note is not note or not strand.show(
                text.text, text.style["hyphenate_character"], number
            ):
                walk.fault("twice", strand, number)
            _where(walk, strand, text, clip, number)


def _where(walk: Walk, strand: Strand, text: Any, clip: Clip, number: int) -> None:
    """See that a text stands where it is seen: its letters, not the leading about them."""
    left, top, right, bottom = clip
    base = text.position_y + text.baseline
    across = (
        left - NEAR <= text.position_x and text.position_x + text.width <= right + NEAR
    )
    if not (
        across and base - text.baseline / 2 >= top - NEAR and base <= bottom + NEAR
    ):
        walk.fault("clipped", strand, number)


def _above(walk: Walk, strand: Strand, text: Any, foot: Any, number: int) -> None:
    """See that a text of the body ends above the foot, or stands beside it."""
    left = foot.border_box_x()
    beside = (
        text.position_x >= left + foot.border_width()
        or text.position_x + text.width <= left
    )
    if text.position_y + text.baseline > foot.border_box_y() + NEAR and not beside:
        walk.fault("overlap", strand, number)


def _texts(
    walk: Walk, box: Any, clip: Clip, notes: dict[Element, Element], number: int
) -> Iterator[tuple[Any, Clip]]:
    """Yield the texts that a box shows, each with what clips it; generated content is nobody's word."""
    box = getattr(box, "_box", box)
    if hasattr(box, "text"):
        if (
            box.element is not None
            and not box.element_tag.endswith(GENERATED)
            and box.style["visibility"] == "visible"
        ):
            yield box, clip
        return
    if box.element in notes:
        walk.calls.setdefault(box.element, number)
    if box.style["overflow"] != "visible" and box.element_tag not in PAGE:
        x, y = box.padding_box_x(), box.padding_box_y()
        right, bottom = x + box.padding_width(), y + box.padding_height()
        clip = (
            max(clip[0], x),
            max(clip[1], y),
            min(clip[2], right),
            min(clip[3], bottom),
        )
    for child in box.children:
        yield from _texts(walk, child, clip, notes, number)


GENERATED = ("::before", "::after", "::marker")
PAGE = ("html", "body")  # their overflow is the page's


def _complete(
    walk: Walk, setting: Setting, is_hidden: Callable[[Element], bool]
) -> None:
    """See that every word was shown: what is not there at all, and is not left out on purpose, is lost."""
    short = [
        strand for strand in walk.strands.values() if strand.shown != len(strand.text)
    ]
    parents = (
        {child: parent for parent in setting.root.iter() for child in parent}
        if short
        else {}
    )
    for strand in short:
        if strand.note is not None:
            kind = "missing" if strand.note in walk.begun else "lost"
            walk.fault(kind, strand, strand.page)
        elif not any(is_hidden(each) for each in lineage(strand.element, parents)):
            walk.fault("missing", strand, strand.page)


def _in_place(walk: Walk, setting: Setting) -> None:
    """See that every note begins on the page of its call, and in order, and goes on without a gap."""
    last = (0, 0)
    for call, note in setting.notes.items():
        if note not in walk.begun or call not in walk.calls:
            if note in walk.begun:
                walk.faults.append(
                    Fault("before", note, walk.begun[note][0], note=True)
                )
            continue
        page, _ = begun = walk.begun[note]
        called = walk.calls[call]
        if page != called:
            walk.faults.append(
                Fault("before" if page < called else "late", note, page, note=True)
            )
        if call not in setting.nested:
            if begun < last:
                walk.faults.append(Fault("order", note, page, note=True))
            last = max(last, begun)
        pages = walk.pieces[note]
        if pages != list(range(pages[0], pages[0] + len(pages))):
            walk.faults.append(Fault("twice", note, page, note=True))


def lineage(
    element: Element | None, parents: dict[Element, Element]
) -> Iterator[Element]:
    """Yield an element and all that hold it."""
    while element is not None:
        yield element
        element = parents.get(element)
