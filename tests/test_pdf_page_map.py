"""Page map, audit and repair of pages that are written down here, without a layout."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree.ElementTree import Element, fromstring

import pytest

from briefpress.editions.pdf.audit import (
    AuditedPages,
    Defect,
    Kind,
    audit_pages,
    defect_problems,
)
from briefpress.editions.pdf.model import (
    PlacedArea,
    PlacedNote,
    PlacedPage,
    PlacedText,
    Rectangle,
)
from briefpress.editions.pdf.page_map import page_map
from briefpress.editions.pdf.print_tree import PrintTree, build_print_tree
from briefpress.editions.pdf.render import repair
from briefpress.model import Document, Note

SIZE = 400.0  # px: width and height of a page
CALL = '<a class="call" id="call-1" href="#note-1" role="doc-noteref">1</a>'
PAPER = Rectangle(0, 0, SIZE, SIZE)


def document(body: str, note: str = "", calls: tuple[str, ...] = ()) -> Document:
    """Return a document with one note, if any."""
    root = fromstring(f"<div>{body}</div>")
    notes = [Note("lbl", 1, fromstring(f"<div>{note}</div>"), calls)] if note else []
    return Document("T", "", "en", root, None, (), (), tuple(notes), (), (), 0)


def element(tree: PrintTree, name: str) -> Element:
    """Return the element with an id."""
    return next(each for each in tree.root.iter() if each.get("id") == name)


def placed(element: Element, text: str, baseline: float = 20) -> PlacedText:
    """Return a line of text."""
    return PlacedText(element, text, "", 10, 90, baseline, 10, True, PAPER)  # noqa: FBT003 - a tuple


def page(
    number: int,
    texts: Sequence[PlacedText] = (),
    notes: Sequence[PlacedNote] = (),
    calls: Sequence[Element] = (),
) -> PlacedPage:
    """Return a page whose notes begin at half its height."""
    area = PlacedArea(0, SIZE, 200, 200, tuple(notes)) if notes else None
    return PlacedPage(number, SIZE, SIZE, SIZE, tuple(texts), area, tuple(calls))


def starts(tree: PrintTree, *pages: PlacedPage) -> list[tuple[str, int]]:
    """Return id and offset at which each page begins."""
    return [(start.id, start.offset) for start in page_map(pages, tree).starts]


def audited(tree: PrintTree, *pages: PlacedPage) -> AuditedPages:
    """Return the audit of pages of which the theme hides nothing."""
    return audit_pages(pages, tree, lambda _: False)


def test_a_page_begins_at_its_first_word_and_not_at_a_space_before() -> None:
    tree = build_print_tree(document('<p id="b1">One two</p>'))
    text = element(tree, "b1")
    second = page(2, [placed(text, "\u200b"), placed(text, "two")])
    assert starts(tree, page(1, [placed(text, "One")]), second) == [
        ("b1", 0),
        ("b1", 4),
    ]


def test_words_in_emphasis_count_for_the_beginning_of_a_page() -> None:
    tree = build_print_tree(document('<p id="b1">One <em>two</em> three four</p>'))
    text = element(tree, "b1")
    lines = [placed(text, "One"), placed(text[0], "two"), placed(text, "three")]
    assert starts(tree, page(1, lines), page(2, [placed(text, "four")])) == [
        ("b1", 0),
        ("b1", len("One two three ")),
    ]


def test_the_number_of_a_note_links_to_its_first_call() -> None:
    called = document(f'<p id="b1">One{CALL}</p>', "<p>Said.</p>", ("call-1",))
    uncalled = document('<p id="b1">One</p>', "<p>Said.</p>")
    for made, target in ((called, "#call-1"), (uncalled, "#")):
        (link,) = build_print_tree(made).store.iter("a")
        assert link.get("href") == target


def tree_with_note() -> tuple[PrintTree, Document]:
    """Return a paragraph with a note, as a tree and as a document."""
    made = document(f'<p id="b1">One{CALL}</p>', "<p>Said so.</p>", ("call-1",))
    return build_print_tree(made), made


def note_of(tree: PrintTree, *words: str) -> PlacedNote:
    """Return a fragment of the note: its number, if "1" is among the words, and text."""
    (note,) = tree.notes.values()
    (link,) = note.iter("a")
    paragraph = note[0]
    texts = [placed(link if each == "1" else paragraph, each, 220) for each in words]
    return PlacedNote(note, 200, 240, tuple(texts))


def first_page(tree: PrintTree, *note_words: str) -> PlacedPage:
    """Return a page with the whole paragraph, its call, and words of the note."""
    paragraph = element(tree, "b1")
    (call,) = tree.notes
    texts = [placed(paragraph, "One")]
    texts += [placed(call, "1")]
    return page(1, texts, [note_of(tree, *note_words)], [call])


def test_complete_pages_have_no_defect() -> None:
    tree, _ = tree_with_note()
    assert audited(tree, first_page(tree, "1", "Said so.")) == AuditedPages((), 0)


def test_a_note_on_two_pages_is_counted_as_split() -> None:
    tree, _ = tree_with_note()
    pages = [first_page(tree, "1", "Said"), page(2, [], [note_of(tree, "so.")])]
    assert audited(tree, *pages) == AuditedPages((), 1)


def test_a_note_that_is_printed_again_on_the_next_page_is_a_defect() -> None:
    tree, _ = tree_with_note()
    again = page(2, [], [note_of(tree, "1", "Said so.")])
    defects = audited(tree, first_page(tree, "1", "Said so."), again).defects
    assert {defect.kind for defect in defects} == {Kind.REPEATED}


def test_lost_words_of_the_text_are_not_reported_as_those_of_a_note() -> None:
    made = document('<p id="b1">One two</p>')
    tree = build_print_tree(made)
    defects = audited(tree, page(1, [placed(element(tree, "b1"), "One")])).defects
    problems = defect_problems(defects, tree, made)
    message = "text is incomplete: some words of it are on no page"
    found = [(problem.code, problem.about, problem.message) for problem in problems]
    assert found == [("P04", "b1", message)]


@pytest.mark.parametrize(("attempt", "begins_a_page"), [(1, False), (2, True)])
def test_only_the_second_repair_begins_a_page_before_the_passage(
    attempt: int, *, begins_a_page: bool
) -> None:
    tree = build_print_tree(document('<div id="o"><p id="b1">One</p></div>Loose'))
    inside = Defect(Kind.CLIPPED, element(tree, "b1"), 1, is_note=False)
    assert repair(tree, [inside], attempt) == 1
    style = element(tree, "o").get("style", "")
    assert "overflow:visible" in style
    assert ("break-before:page" in style) is begins_a_page
    assert "break-before" not in element(tree, "b1").get("style", "")
    outside = Defect(Kind.CLIPPED, tree.body, 1, is_note=False)
    assert repair(tree, [outside], attempt) == 0
