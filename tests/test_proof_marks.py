"""Marks in a document: each problem at its place, and what may stand around a mark."""

from __future__ import annotations

import datetime as dt
import re
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given
from hypothesis import strategies as st

from briefpress.document.files import mapping_reader
from briefpress.document.parser import parse_document
from briefpress.editions.marks import (
    MarkedDocument,
    TypedText,
    is_mark,
    label_gaps,
    line_element,
    list_lines,
    mark_document,
)
from briefpress.model import Brief, Document, Places
from briefpress.problems import Problem, Severity, Span
from briefpress.xhtml import parents_of, to_html

FRONT_MATTER = ("---", "title: T", "date: 2024-05-31", "---")
FILE = "briefs/b.md"


PICTURE = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'


def parsed(text: str) -> tuple[Document, Places]:
    """Return the document of a text, and where its ids are."""
    brief = Brief("b", FILE, "T", dt.date(2024, 5, 31), "en", text, 5)
    made = parse_document(brief, mapping_reader({"briefs/p.svg": PICTURE}))
    assert made.document is not None
    return made.document, made.positions


def marked(text: str, *problems: Problem) -> MarkedDocument:
    """Return the document of a text with marks for problems."""
    document, places = parsed(text)
    typed = TypedText((*FRONT_MATTER, *text.split("\n")), 5)
    return mark_document(document, places, typed, problems)


def shown(marked: MarkedDocument) -> str:
    """Return the body and the notes with each mark as `{number}`, without other tags."""
    trees = [marked.document.body, *(note.body for note in marked.document.notes)]
    html = " ".join(map(to_html, trees))
    html = re.sub(r'<a class="proof-mark[^>]*>(\d+)</a>', r"{\1}", html)
    return " ".join(re.sub(r"<[^>]+>", "", html).split())


def at(line: int, column: int = 0, length: int = 1, about: str = "") -> Problem:
    """Return a problem at a place of the file."""
    return Problem("D10", "wrong", Span(FILE, line, column, length), about=about)


PLACES = {
    "behind the words that are typed there": (
        "One two three.",
        at(5, 5, 3),
        "One two{1} three.",
    ),
    "at the same one of several": (
        "a is, b is, c is",
        at(5, 9, 2),
        "a is, b is{1}, c is",
    ),
    "behind the words before it, if it is not printed": (
        "See [some *costs*](#no) here.",
        at(5, 20, 3),
        "See some costs{1} here.",
    ),
    "in a later line of a paragraph": (
        "One\ntwo three.",
        at(6, 5, 5),
        "One two three{1}.",
    ),
    "at the beginning of its block": ("One.\n\nTwo.", at(7), "One. {1}Two."),
    "in an item": ("- One\n- two", at(6, 3, 3), "One two{1}"),
    "in a cell": ("| a | b |\n|---|---|\n| c | d |", at(7, 7, 1), "a b c {1}d"),
    "in a note": ("One.[^n]\n\n[^n]: Two three.", at(7, 11, 5), "One.1 Two three{1}."),
    "with typographic signs": ('The "old" one.', at(5, 5, 5), "The “old”{1} one."),
}


@pytest.mark.parametrize(
    ("text", "problem", "expected"), PLACES.values(), ids=PLACES.keys()
)
def test_a_mark_stands_where_the_problem_is(
    text: str, problem: Problem, expected: str
) -> None:
    assert shown(marked(text, problem)) == expected


def test_a_problem_of_an_edition_is_marked_at_the_element_that_it_is_about() -> None:
    problem = Problem("P03", "cut off", about="note-1")
    assert shown(marked("One.[^n]\n\n[^n]: Two.", problem)) == "One.1 {1}Two."


@pytest.mark.parametrize(
    "problem",
    [
        at(0),
        at(2, 1),
        at(7, 1, 4),
        Problem("B02", "took long"),
        Problem("P01", "lost", about="gone"),
    ],
)
def test_a_problem_without_a_place_in_the_document_has_a_number_and_no_mark(
    problem: Problem,
) -> None:
    made = marked("One.\n\n[^never]: Two.", problem)
    assert shown(made) == "One."
    assert [(mark.number, mark.is_placed) for mark in made.marks] == [(1, False)]


def test_marks_are_numbered_in_the_order_of_reading_notes_behind_their_calls() -> None:
    text = "One.[^n] Two.\n\n[^n]: Three.\n\nFour."
    made = marked(text, at(9, 1, 4), at(7, 7, 5), at(5, 10, 3), at(0), at(5, 1, 3))
    assert shown(made) == "One{1}.1 Two{2}. Four{4}. Three{3}."
    assert [mark.is_placed for mark in made.marks] == [True] * 4 + [False]


def test_the_mark_of_a_picture_without_words_is_before_it() -> None:
    text = "One.\n\n![](p.svg)\n\nTwo."
    made = marked(text, at(7, 1, 4))
    mark = next(each for each in made.document.body.iter("a") if is_mark(each))
    parents = parents_of(made.document.body)
    beside = list(parents[mark])
    assert beside[beside.index(mark) + 1].tag == "img"


def test_a_mark_is_never_within_a_link() -> None:
    made = marked("See [a page](https://example.org/) here.", at(5, 8, 4))
    assert shown(made) == "See a page{1} here."
    for link in made.document.body.iter("a"):
        assert not any(map(is_mark, list(link.iter())[1:]))


def test_lines_of_the_front_matter_are_marked_where_they_are_listed() -> None:
    document, _ = parsed("One.")
    lines = [line_element(number, row) for number, row in enumerate(FRONT_MATTER, 1)]
    typed = TypedText((*FRONT_MATTER, "One."), 5)
    problems = [at(2, 8, 1), at(3)]
    made = mark_document(document, {}, typed, problems, list_lines(lines))
    assert made.listing is not None
    html = re.sub(r"<a [^>]*>(\d)</a>", r"{\1}", to_html(made.listing))
    assert ">title: T{1}</p>" in html
    assert ">{2}date: 2024-05-31</p>" in html


def test_a_sign_stands_for_the_lines_between_those_that_are_listed() -> None:
    listing = list_lines([line_element(1, "a"), line_element(9, "b")])
    assert listing is not None
    assert [line.text for line in listing] == ["a", "…", "b"]


def test_notes_that_are_missing_are_boxes_with_a_label() -> None:
    document, _ = parsed("One.[^gone] Two.[^empty]\n\n[^empty]:\n")
    document = label_gaps(document, "no note")
    boxes = [
        each
        for tree in (document.body, *(note.body for note in document.notes))
        for each in tree.iter("span")
        if each.get("class") == "missing-note"
    ]
    assert [(box.text, box.get("data-label")) for box in boxes] == [
        ("[^gone]", "no note"),
        ("[^empty]", "no note"),
    ]


MARKDOWN = st.text("ab *_[](){}<>^:|-#`!\n1.\"'&", max_size=120)


def own_words(tree: Element) -> str:
    return "".join(tree.itertext())


@given(
    text=MARKDOWN, places=st.lists(st.tuples(st.integers(0, 12), st.integers(0, 30)))
)
def test_marks_change_no_word(text: str, places: list[tuple[int, int]]) -> None:
    problems = [at(line, column, 3) for line, column in places]
    bare = marked(text)
    made = marked(text, *problems)
    trees = [made.document.body, *(note.body for note in made.document.notes)]
    for tree in trees:
        for mark in [each for each in tree.iter("a") if is_mark(each)]:
            mark.text = None
    before = [bare.document.body, *(note.body for note in bare.document.notes)]
    assert list(map(own_words, trees)) == list(map(own_words, before))
    numbers = [mark.number for mark in made.marks]
    assert numbers == list(range(1, len(made.marks) + 1))
    assert all(mark.problem.severity is Severity.ERROR for mark in made.marks)
