from __future__ import annotations

from xml.etree.ElementTree import Element, fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

import books
from briefpress.editions.epub.book import with_folios
from briefpress.editions.epub.chapter import chapter_from_html, render_chapter
from briefpress.editions.epub.model import (
    Chapter,
    ChapterEdition,
)
from briefpress.engine.codec import decode, encode
from briefpress.model import Document, PageMap, PageStart
from briefpress.xhtml import text_of

X, OPS = "{http://www.w3.org/1999/xhtml}", "{http://www.idpf.org/2007/ops}"
CALL = '<a class="call" id="call-1" href="#note-1" role="doc-noteref">1</a>'


def made(
    body: str | Element,
    notes: tuple[str, ...] = (),
    html: str = "",
) -> ChapterEdition:
    """Return a chapter and its problems."""
    front = books.brief("river", "en", "Rivers")
    inputs = books.chapter_inputs(front, books.document(body, "en", "Rivers", notes))
    return chapter_from_html(html, inputs) if html else render_chapter(inputs)


def tree(chapter: Chapter) -> Element:
    """Return a chapter as a reading system parses it."""
    return fromstring(chapter.data)


def test_a_chapter_is_a_section_with_a_title_and_its_language() -> None:
    root = tree(books.three()[2])
    assert root.findtext(f"{X}head/{X}title") == "آب و رود"
    assert (root.get("lang"), root.get("dir")) == ("fa", "rtl")
    assert root.get("{http://www.w3.org/XML/1998/namespace}lang") == "fa"
    section = root.find(f"{X}body/{X}section")
    assert section is not None
    assert (section.get(f"{OPS}type"), section.get("role")) == (
        "chapter",
        "doc-chapter",
    )


def test_every_word_of_body_and_notes_is_in_the_chapter() -> None:
    text = text_of(tree(books.three()[0]))
    said = fromstring(f"<div>{books.ENGLISH}</div>").itertext()
    assert set("".join(said).split()) <= set(text.split())
    assert "Basin office, Yearbook, p. 4." in text


def test_calls_and_notes_link_to_each_other() -> None:
    root = tree(books.three()[0])
    calls = {
        a.get("id"): a for a in root.iter(f"{X}a") if a.get(f"{OPS}type") == "noteref"
    }
    notes = {
        div.get("id"): div
        for div in root.iter(f"{X}div")
        if div.get(f"{OPS}type") == "footnote"
    }
    assert set(calls) == {"call-1", "call-1-2", "call-2"}
    assert set(notes) == {"note-1", "note-2"}
    assert {note.get("role") for note in notes.values()} == {"doc-footnote"}
    ways = {
        a.get("href")
        for a in notes["note-1"].iter(f"{X}a")
        if a.get("role") == "doc-backlink"
    }
    assert ways == {"#call-1", "#call-1-2"}


def test_a_note_that_the_template_leaves_out_is_added_at_the_end() -> None:
    html = "<html><body><section><h1>T</h1><div data-slot='body'></div></section></body></html>"
    edition = made(
        f"<p id='b1'>A{CALL}</p>", notes=("<p>What is said.</p>",), html=html
    )
    assert not edition.problems
    note = next(e for e in tree(edition.chapter).iter() if e.get("id") == "note-1")
    assert text_of(note) == "1What is said."


def test_notes_in_a_list_become_divs() -> None:
    # A <li> may not be a doc-footnote, and a list may hold nothing else.
    html = (
        "<html><body><section><h1>T</h1><div data-slot='body'></div>"
        "<ol><li id='note-1'><p>What is said.</p></li></ol></section></body></html>"
    )
    chapter = made(
        f"<p id='b1'>A{CALL}</p>", notes=("<p>What is said.</p>",), html=html
    ).chapter
    assert b"<ol>" not in chapter.data
    assert (
        next(e for e in tree(chapter).iter() if e.get("id") == "note-1").tag
        == f"{X}div"
    )


def test_links_lead_to_chapters_or_to_the_web_or_become_text() -> None:
    body = (
        "<p id='b1'><a href='brief:port#quay'>a</a><a href='brief:lost' hreflang='fa' rel='x'>b</a>"
        "<a href='data.csv' download='d'>c</a><a href='#nowhere'>d</a><a href='https://example.org/ä b'>e</a></p>"
    )
    edition = made(body)
    paragraph = next(e for e in tree(edition.chapter).iter() if e.get("id") == "b1")
    assert [(e.tag.removeprefix(X), e.get("href")) for e in paragraph] == [
        ("a", "port.xhtml#quay"),
        ("span", None),
        ("a", "https://example.org/html/river/data.csv"),
        ("span", None),
        ("a", "https://example.org/%C3%A4%20b"),
    ]
    assert [e.attrib for e in paragraph if e.tag == f"{X}span"] == [
        {},
        {},
    ]  # attributes of links are allowed on links only
    assert [(p.code, p.is_error, p.brief) for p in edition.problems] == [
        ("E04", False, "river")
    ] * 2


def test_svg_and_mathml_keep_their_names_and_are_declared() -> None:
    chapter = books.three()[0]
    assert chapter.properties == ("mathml", "svg")
    for name in (
        b"linearGradient",
        b'viewBox="0 0 100 40"',
        b'gradientUnits="userSpaceOnUse"',
    ):
        assert name in chapter.data


def test_white_space_in_code_is_kept() -> None:
    assert b"<code>  two\n    lines</code>" in books.three()[0].data


def test_pages_are_marked_where_they_begin() -> None:
    root = tree(books.three()[0])
    marks = [e for e in root.iter() if e.get(f"{OPS}type") == "pagebreak"]
    assert [(m.get("id"), m.get("aria-label"), m.get("role")) for m in marks] == [
        (f"page-{n}", str(n), "doc-pagebreak") for n in (1, 2, 3, 4)
    ]
    assert (marks[1].tail or "").startswith("ten years"), (
        "inside the paragraph, before the word"
    )
    assert (marks[2].tail or "") == "31.5", "in a cell of the table"


def test_new_folios_change_only_the_page_marks() -> None:
    chapter = books.three()[0]
    moved = with_folios(chapter, ["vii", "8", "9", "10"])
    assert moved.pages == ("vii", "8", "9", "10")
    assert b'id="page-vii" role="doc-pagebreak" aria-label="vii"' in moved.data
    assert with_folios(moved, chapter.pages) == chapter


def test_a_chapter_can_be_written_and_read_again() -> None:
    for chapter in books.three():
        assert decode(Chapter, encode(chapter)) == chapter


def test_the_same_brief_gives_the_same_bytes_and_its_document_is_unchanged() -> None:
    assert encode(books.three()[0]) == encode(books.three()[0])
    body = fromstring(f"<div><p id='b1'>A{CALL}</p></div>")
    before = text_of(body), len(list(body.iter())), sorted(body[0][0].attrib)
    made(body, notes=("<p>x</p>",))
    assert (text_of(body), len(list(body.iter())), sorted(body[0][0].attrib)) == before


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        ("<p id='b1'>a\x0bb</p>", "E01", "U+000B"),
        ("<p id='b1'><img src='lost.png' alt='x'/></p>", "E02", "lost.png"),
        ("<p id='b1'>a</p><p id='b1'>b</p>", "E06", "'b1'"),
        ("<p id='title'>a</p>", "E06", "'title'"),
    ],
)
def test_content_that_breaks_a_book_is_an_error_of_its_brief(
    body: str, code: str, words: str
) -> None:
    tree_ = Element("div")
    for child in fromstring(f"<div>{body.replace(chr(11), 'VT')}</div>"):
        child.text = child.text.replace("VT", "\x0b") if child.text else None
        tree_.append(child)
    problem = made(tree_).problems[0]
    assert (problem.code, problem.brief, problem.is_error) == (code, "river", True)
    assert words in problem.message


def test_a_template_without_a_slot_is_an_error() -> None:
    problems = made("<p id='b1'>a</p>", html="<p>nothing here</p>").problems
    assert [problem.code for problem in problems] == ["E05"]


def test_an_empty_chapter_is_an_error() -> None:
    html = "<section><div data-slot='body'></div></section>"
    problems = made("", html=html).problems
    assert [problem.code for problem in problems] == ["E03"]


@given(st.text(max_size=60), st.text(max_size=20))
def test_any_text_makes_a_well_formed_chapter_or_a_problem(
    text: str, attribute: str
) -> None:
    paragraph = Element("p", {"id": "b1", "title": attribute})
    paragraph.text = text
    body = Element("div")
    body.append(paragraph)
    doc = Document("T", "", "en", body, None, (), (), (), (), (), 0)
    html = "<section><h1>T</h1><div data-slot='body'></div></section>"
    pagemap = PageMap((PageStart("1", "", 0), PageStart("2", "b1", 3)))
    front = books.brief("river", "en", "T")
    edition = chapter_from_html(
        html, books.chapter_inputs(front, doc, page_map=pagemap)
    )
    if not edition.problems:
        found = next(e for e in tree(edition.chapter).iter() if e.get("id") == "b1")
        assert "".join(found.itertext()) == text.replace("\r\n", "\n").replace(
            "\r", "\n"
        ), "XML normalises line ends"
        assert found.get("title") == attribute
