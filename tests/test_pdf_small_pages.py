"""Notes on tiny pages, laid out in a moment: breaks, signs, nested notes, repair."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from xml.etree.ElementTree import fromstring

sys.path.insert(0, str(Path(__file__).with_name("fuzz")))

from rendering import render, theme_of

from briefpress.editions.pdf.model import PlacedNote, PlacedPage
from briefpress.editions.pdf.print_tree import SIGN, build_print_tree
from briefpress.editions.pdf.weasyprint.boxes import page_boxes, read_pages, walk
from briefpress.editions.pdf.weasyprint.pages import LaidOut, lay_out, parse_page
from briefpress.editions.pdf.weasyprint.tags import mark_artifacts
from briefpress.model import Document, Note
from briefpress.theme.fonts import FontFace

SANS = FontFace(
    "Fira Sans", "400", "normal", "fontpkg-fira-sans", "FiraSans-Regular.ttf", "d1"
)
LINE = 10  # px
PAGE = '<html lang="en"><body><div data-slot="body"></div></body></html>'
CSS = """
@page { size: 100px 100px; margin: 0; @footnote { margin: 0 } }
html { font: 8px/10px "Fira Sans" } body, p { margin: 0; orphans: 1; widows: 1 }
"""


def call(number: int) -> str:
    """Return a call of a note."""
    attributes = f'class="call" id="call-{number}" href="#note-{number}"'
    return f'<a {attributes} role="doc-noteref">{number}</a>'


def lines(first: str, count: int, rest: str = "x") -> str:
    """Return a paragraph of so many lines."""
    return f"<p>{'<br/>'.join([first, *[rest] * (count - 1)])}</p>"


def document(body: str, *notes: str) -> Document:
    """Return a document with notes."""
    made = tuple(
        Note(str(n), n, fromstring(f"<div>{text}</div>"), (f"call-{n}",))
        for n, text in enumerate(notes, 1)
    )
    root = fromstring(f"<div>{body}</div>")
    return Document("T", "", "en", root, None, (), (), made, (), (), 0)


def laid_out(made: Document, css: str = "") -> tuple[LaidOut, list[PlacedPage]]:
    """Return the layout of a document, and its pages."""
    tree = build_print_tree(made)
    layout = lay_out(parse_page(PAGE, tree, {}, "en"), CSS + css, [SANS])
    return layout, read_pages(layout.document, tree.notes)


def notes_on(page: PlacedPage) -> list[PlacedNote]:
    """Return the notes on a page."""
    return list(page.area.notes) if page.area else []


def shown(pages: list[PlacedPage]) -> list[list[tuple[str, int]]]:
    """Return the notes of each page with their heights in lines."""
    return [
        [
            (note.element.get("id", ""), round((note.bottom - note.top) / LINE))
            for note in notes_on(page)
        ]
        for page in pages
    ]


def test_padding_below_a_note_is_kept_between_the_notes() -> None:
    body = lines(f"a{call(1)}{call(2)}", 3)
    made = document(body, lines("n", 2), lines("m", 2))
    _, pages = laid_out(made, ".fn { padding-bottom: 10px }")
    assert shown(pages) == [[("note-1", 3), ("note-2", 3)]]


def test_a_background_behind_a_broken_note_ends_at_its_last_line() -> None:
    made = document(lines(f"a{call(1)}", 3), lines("n", 12))
    layout, _ = laid_out(made, "@page { size: 100px 105px }")
    paragraphs = [
        box
        for box in walk(page_boxes(layout.document)[0])
        if box.element_tag == "p" and type(box).__name__ == "BlockBox"
    ]
    assert [box.height for box in paragraphs] == [3 * LINE, 7 * LINE]


def test_the_sign_above_a_continued_note_is_all_that_screen_readers_leave_out() -> None:
    made = document(lines(f"a{call(1)}", 3), lines("n", 12))
    layout, pages = laid_out(made, "fn-sign { display: block; height: 10px }")
    assert shown(pages) == [[("note-1", 7)], [("", 1), ("note-1", 5)]]
    mark_artifacts(layout.document)
    left_out = {
        box.element_tag
        for page in page_boxes(layout.document)
        for box in walk(page)
        if getattr(box, "is_artifact", False)
    }
    assert left_out == {SIGN}


def test_a_note_called_late_in_a_broken_note_is_on_the_page_of_that_line() -> None:
    outer = f"<p>{'x<br/>' * 5}y{call(2)}<br/>z</p>"
    _, pages = laid_out(document(lines(f"a{call(1)}", 7), outer, lines("m", 3)))
    assert shown(pages) == [[("note-1", 3)], [("note-1", 4), ("note-2", 3)]]


def test_two_lines_at_the_top_of_a_page_stay_together_above_a_note() -> None:
    body = lines(f"a{call(1)}", 8)
    small = "@page { size: 100px 30px } p { orphans: 2; widows: 2 }"
    _, (first, second, *_) = laid_out(document(body, lines("n", 2)), small)
    assert [text.text for text in first.texts] == ["a", "1", "x"]
    assert shown([first, second]) == [[("note-1", 1)], [("note-1", 1)]]


def test_a_note_that_is_cut_off_is_repaired_twice_at_most() -> None:
    css = ".fn p { height: 2px; overflow: hidden }"
    theme = replace(theme_of(CSS + css, PAGE), fonts=(SANS,))
    edition = render(document(lines(f"a{call(1)}", 1), lines("n", 1)), theme)
    assert (edition.pdf, edition.audit.errors) == (b"", 1)
    assert edition.audit.repaired == 2, "once in each of two more layouts"


def test_a_page_without_room_in_either_direction_is_a_problem() -> None:
    css = '@page { size: 1mm 1mm; margin: 10mm } html { font: 8px "Source Serif 4" }'
    edition = render(document("<p>Two words.</p>"), theme_of(css))
    assert edition.pdf == b""
    assert {problem.code for problem in edition.problems} == {"P03"}
