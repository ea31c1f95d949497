"""The guard is handed layouts broken on purpose, one for each way in which a page can fail, and refuses each."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import pytest

sys.path.insert(0, str(Path(__file__).with_name("fuzz")))

from deal import Dealer
from press_room import FONTS, PAGE

from briefpress.editions.pdf.audit import audit_pages
from briefpress.editions.pdf.print_tree import PrintTree, build_print_tree
from briefpress.editions.pdf.weasyprint.pages import LaidOut, lay_out, parse_page
from briefpress.model import Document

CSS = (
    '@page{size:A5;margin:15mm;@footnote{border-top:1pt solid}} html{font:10pt/1.4 "Source Serif 4"} body{margin:0}'
    "p{margin:0;orphans:2;widows:2} .fn{font-size:8pt} pre{white-space:pre-wrap}"
)


def brief(notes: int = 14, length: int = 30) -> Document:
    """Return a brief of plain paragraphs with one note each."""
    dealer = Dealer(random.Random(7), notes, nested=False)  # noqa: S311 - to be the same again
    dealer.length = lambda: length
    body = Element("div")
    while len(dealer.notes) < notes:
        dealer.prose(_add(body, dealer.id()), 60, 1, dealer.body)
    return Document(
        "T",
        "",
        "en",
        body,
        None,
        (),
        (),
        tuple(n for n in dealer.notes if n),
        (),
        (),
        dealer.words,
    )


def _add(body: Element, name: str) -> Element:
    paragraph = Element("p", id=name)
    body.append(paragraph)
    return paragraph


@pytest.fixture
def laid() -> tuple[LaidOut, PrintTree]:
    """A layout that the guard accepts."""
    tree = build_print_tree(brief())
    layout = lay_out(parse_page(PAGE, tree, {}, "en"), tree, CSS, FONTS)
    return layout, tree


def page(layout: LaidOut, number: int) -> Any:
    return layout.pages[number - 1]._page_box  # noqa: SLF001 - the only way to the boxes


def foot(layout: LaidOut, number: int) -> Any:
    return next(
        box
        for box in page(layout, number).children
        if type(box).__name__ == "FootnoteAreaBox"
    )


def kinds(layout: LaidOut, tree: PrintTree) -> set[str]:
    return {
        error.kind for error in audit_pages(layout.pages, tree, layout.is_hidden).errors
    }


def lines(box: Any) -> list[Any]:
    """Return the boxes that hold lines, deepest first."""
    inner = (
        [each for child in box.children for each in lines(child)]
        if not hasattr(box, "text")
        else []
    )
    return inner + (
        [box]
        if any(
            type(child).__name__ == "LineBox" for child in getattr(box, "children", ())
        )
        else []
    )


def paragraph(layout: LaidOut) -> Any:
    """Return the first paragraph of the body on the first page."""
    return next(
        box for box in lines(page(layout, 1).children[0]) if box.element_tag == "p"
    )


def lose(layout: LaidOut) -> None:
    del foot(layout, 1).children[0]


def cut(layout: LaidOut) -> None:
    holder = lines(foot(layout, 1).children[0])[0]
    holder.children = holder.children[:-1]


def double(layout: LaidOut) -> None:
    foot(layout, 2).children.append(foot(layout, 1).children[0])


def sink(layout: LaidOut) -> None:
    foot(layout, 1).children[-1].translate(dy=60)


def raise_foot(layout: LaidOut) -> None:
    foot(layout, 1).translate(dy=-160)


def pile(layout: LaidOut) -> None:
    first, second = foot(layout, 1).children[:2]
    second.translate(dy=first.position_y - second.position_y)


def early(layout: LaidOut) -> None:
    move(foot(layout, 2), 0, foot(layout, 1))


def late(layout: LaidOut) -> None:
    move(foot(layout, 1), -1, foot(layout, 2), 0)


def move(source: Any, index: int, goal: Any, at: int | None = None) -> None:
    note = source.children.pop(index)
    note.translate(dy=goal.content_box_y() - note.position_y)
    goal.children.insert(len(goal.children) if at is None else at, note)


def swap(layout: LaidOut) -> None:
    notes = foot(layout, 1).children
    notes[0], notes[1] = notes[1], notes[0]


def drop_line(layout: LaidOut) -> None:
    holder = paragraph(layout)
    holder.children = holder.children[1:]


def repeat_line(layout: LaidOut) -> None:
    holder = paragraph(layout)
    holder.children = [holder.children[0], *holder.children]


def shut_in(layout: LaidOut) -> None:
    holder = paragraph(layout)
    holder.style = holder.style.copy()
    holder.style["overflow"], holder.height = "hidden", 20


def hide(layout: LaidOut) -> None:
    text = lines(foot(layout, 1).children[0])[0].children[0].children[-1]
    text.style = text.style.copy()
    text.style["visibility"] = "hidden"


def push_out(layout: LaidOut) -> None:
    paragraph(layout).translate(dx=300)


def test_a_sound_layout_passes(laid: tuple[LaidOut, PrintTree]) -> None:
    assert kinds(*laid) == set()


@pytest.mark.parametrize(
    ("harm", "kind"),
    [
        (lose, "lost"), (cut, "missing"), (double, "twice"), (sink, "clipped"), (raise_foot, "overlap"),
        (pile, "overlap"),
        (early, "before"), (late, "late"), (swap, "order"), (drop_line, "missing"), (repeat_line, "twice"),
        (shut_in, "clipped"), (hide, "missing"), (push_out, "clipped"),
    ],
)  # fmt: skip
def test_a_broken_layout_is_refused(
    laid: tuple[LaidOut, PrintTree], harm: Callable[[LaidOut], None], kind: str
) -> None:
    harm(laid[0])
    assert kind in kinds(*laid)


def test_a_gap_in_a_long_note_is_refused() -> None:
    tree = build_print_tree(brief(notes=1, length=1500))
    layout = lay_out(parse_page(PAGE, tree, {}, "en"), tree, CSS, FONTS)
    assert kinds(layout, tree) == set()
    del foot(layout, 2).children[0]
    assert kinds(layout, tree) >= {"missing", "twice"}


def test_the_guard_costs_less_than_five_milliseconds_a_page(
    laid: tuple[LaidOut, PrintTree],
) -> None:
    import time

    before = time.process_time()
    audit_pages(laid[0].pages, laid[1], laid[0].is_hidden)
    assert (time.process_time() - before) / len(laid[0].pages) < 0.005
