"""The audit finds each kind of defect in a layout that was damaged on purpose."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement

import pytest

sys.path.insert(0, str(Path(__file__).with_name("fuzz")))

from random_briefs import BriefWriter
from rendering import FONTS, PAGE

from briefpress.editions.pdf.audit import audit_pages
from briefpress.editions.pdf.print_tree import PrintTree, build_print_tree
from briefpress.editions.pdf.weasyprint.boxes import page_boxes, read_pages
from briefpress.editions.pdf.weasyprint.pages import LaidOut, lay_out, parse_page
from briefpress.model import Document

CSS = """
@page { size: A5; margin: 15mm; @footnote { border-top: 1pt solid } }
html { font: 10pt/1.4 "Source Serif 4" } body { margin: 0 }
p { margin: 0; orphans: 2; widows: 2 } .fn { font-size: 8pt }
pre { white-space: pre-wrap }
"""


def brief(notes: int = 14, length: int = 30) -> Document:
    """Return a document of plain paragraphs with one note each."""
    dice = random.Random(7)  # noqa: S311 - to be the same again
    writer = BriefWriter(dice, notes, nested=False)
    writer.length = lambda: length
    body = Element("div")
    while len(writer.notes) < notes:
        paragraph = SubElement(body, "p", id=writer.next_id())
        writer.prose(paragraph, 60, 1, writer.body)
    return writer.document(body)


def laid_out(document: Document) -> tuple[LaidOut, PrintTree]:
    """Return the layout of a document, and its print tree."""
    tree = build_print_tree(document)
    return lay_out(parse_page(PAGE, tree, {}, "en"), CSS, FONTS), tree


@pytest.fixture
def sound() -> tuple[LaidOut, PrintTree]:
    """A layout without defects."""
    return laid_out(brief())


def kinds(layout: LaidOut, tree: PrintTree) -> set[str]:
    """Return the kinds of defects that the audit finds."""
    pages = read_pages(layout.document, tree.notes)
    return {
        defect.kind for defect in audit_pages(pages, tree, layout.is_hidden).defects
    }


def page_box(layout: LaidOut, number: int) -> Any:
    """Return the box of a page."""
    return page_boxes(layout.document)[number - 1]


def area(layout: LaidOut, number: int) -> Any:
    """Return the box of the footnote area of a page."""
    for box in page_box(layout, number).children:
        if type(box).__name__ == "FootnoteAreaBox":
            return box
    raise AssertionError(number)


def boxes_with_lines(box: Any) -> list[Any]:
    """Return the boxes that contain lines, innermost first."""
    children = getattr(box, "children", ())
    found = [each for child in children for each in boxes_with_lines(child)]
    if any(type(child).__name__ == "LineBox" for child in children):
        found.append(box)
    return found


def first_paragraph(layout: LaidOut) -> Any:
    """Return the box of the first paragraph of the body."""
    boxes = boxes_with_lines(page_box(layout, 1).children[0])
    return next(box for box in boxes if box.element_tag == "p")


def move_note(source: Any, index: int, target: Any, at: int) -> None:
    """Move a note to the top of the footnote area of another page."""
    note = source.children.pop(index)
    note.translate(dy=target.content_box_y() - note.position_y)
    target.children.insert(at, note)


def drop_note(layout: LaidOut) -> None:
    del area(layout, 1).children[0]


def drop_line_of_note(layout: LaidOut) -> None:
    box = boxes_with_lines(area(layout, 1).children[0])[0]
    box.children = box.children[:-1]


def print_note_twice(layout: LaidOut) -> None:
    area(layout, 2).children.append(area(layout, 1).children[0])


def move_note_below_page(layout: LaidOut) -> None:
    area(layout, 1).children[-1].translate(dy=60)


def move_area_over_text(layout: LaidOut) -> None:
    area(layout, 1).translate(dy=-160)


def move_note_over_note(layout: LaidOut) -> None:
    first, second = area(layout, 1).children[:2]
    second.translate(dy=first.position_y - second.position_y)


def move_note_to_page_before(layout: LaidOut) -> None:
    target = area(layout, 1)
    move_note(area(layout, 2), 0, target, len(target.children))


def move_note_to_page_after(layout: LaidOut) -> None:
    move_note(area(layout, 1), -1, area(layout, 2), 0)


def swap_notes(layout: LaidOut) -> None:
    notes = area(layout, 1).children
    notes[0], notes[1] = notes[1], notes[0]


def drop_line_of_text(layout: LaidOut) -> None:
    box = first_paragraph(layout)
    box.children = box.children[1:]


def repeat_line_of_text(layout: LaidOut) -> None:
    box = first_paragraph(layout)
    box.children = [box.children[0], *box.children]


def clip_paragraph(layout: LaidOut) -> None:
    box = first_paragraph(layout)
    box.style = box.style.copy()
    box.style["overflow"], box.height = "hidden", 20


def hide_words_of_note(layout: LaidOut) -> None:
    line = boxes_with_lines(area(layout, 1).children[0])[0].children[0]
    text = line.children[-1]
    text.style = text.style.copy()
    text.style["visibility"] = "hidden"


def move_paragraph_off_paper(layout: LaidOut) -> None:
    first_paragraph(layout).translate(dx=300)


DAMAGES = [
    (drop_note, "lost"),
    (drop_line_of_note, "incomplete"),
    (hide_words_of_note, "incomplete"),
    (drop_line_of_text, "incomplete"),
    (print_note_twice, "repeated"),
    (repeat_line_of_text, "repeated"),
    (move_note_below_page, "clipped"),
    (clip_paragraph, "clipped"),
    (move_paragraph_off_paper, "clipped"),
    (move_area_over_text, "overlapping"),
    (move_note_over_note, "overlapping"),
    (move_note_to_page_before, "too early"),
    (move_note_to_page_after, "too late"),
    (swap_notes, "out of order"),
]


def test_sound_layout_has_no_defects(sound: tuple[LaidOut, PrintTree]) -> None:
    assert kinds(*sound) == set()


@pytest.mark.parametrize(("damage", "kind"), DAMAGES)
def test_damaged_layout_has_defect(
    sound: tuple[LaidOut, PrintTree], damage: Callable[[LaidOut], None], kind: str
) -> None:
    damage(sound[0])
    assert kind in kinds(*sound)


def test_gap_in_a_long_note_is_a_defect() -> None:
    layout, tree = laid_out(brief(notes=1, length=1500))
    assert kinds(layout, tree) == set()
    del area(layout, 2).children[0]
    assert kinds(layout, tree) >= {"incomplete", "repeated"}


def test_audit_costs_less_than_five_milliseconds_a_page(
    sound: tuple[LaidOut, PrintTree],
) -> None:
    before = time.process_time()
    kinds(*sound)
    pages = len(sound[0].document.pages)
    assert (time.process_time() - before) / pages < 0.005
