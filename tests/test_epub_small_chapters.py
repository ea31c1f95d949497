"""Page marks and links back in chapters of a few words."""

from __future__ import annotations

from xml.etree.ElementTree import Element, fromstring

import pytest

import books
from briefpress.editions.epub.book import with_folios
from briefpress.editions.epub.chapter import chapter_from_html
from briefpress.editions.epub.model import ChapterEdition
from briefpress.editions.page_breaks import mark_page_breaks
from briefpress.model import PageMap, PageStart

X = "{http://www.w3.org/1999/xhtml}"
SLOT = "<div data-slot='body'></div>"


def chapter(
    html: str, body: str, *starts: PageStart, notes: tuple[str, ...] = ()
) -> ChapterEdition:
    """Return a chapter made from a page of a theme, and its problems."""
    front = books.brief("river", "en", "Rivers")
    document = books.document(body, "en", "Rivers", notes)
    inputs = books.chapter_inputs(front, document, page_map=PageMap(starts))
    return chapter_from_html(html, inputs)


def elements(edition: ChapterEdition, tag: str) -> list[Element]:
    """Return the elements of a name, as a reading system parses the chapter."""
    return list(fromstring(edition.chapter.data).iter(f"{X}{tag}"))


def test_pages_that_begin_nowhere_in_the_body_are_marked_at_its_ends() -> None:
    body = fromstring("<div><p>a</p></div>")
    mark_page_breaks(body, PageMap((PageStart("1", "", 0), PageStart("2", "", 0))))
    assert [part.get("id", part.tag) for part in body] == ["page-1", "p", "page-2"]


def test_a_page_between_body_and_end_is_marked_in_the_body() -> None:
    html = f"<section><h1>T</h1>{SLOT}<p>After.</p></section>"
    starts = (PageStart("1", "b1", 0), PageStart("2", "", 0))
    edition = chapter(html, "<p id='b1'>x</p>", *starts)
    (body,) = elements(edition, "div")
    assert [mark.get("id") for mark in body.iter(f"{X}span")] == ["page-1", "page-2"]


def test_a_chapter_without_a_body_still_has_its_page_marks() -> None:
    starts = (PageStart("1", "", 0), PageStart("2", "b1", 0))
    edition = chapter("<section><h1>T</h1></section>", "<p id='b1'>x</p>", *starts)
    assert [problem.code for problem in edition.problems] == ["E05"]
    marks = [mark.get("id") for mark in elements(edition, "span")]
    assert marks == ["page-1", "page-2"]


def test_a_chapter_cannot_have_more_folios_than_pages() -> None:
    edition = chapter(SLOT, "<p id='b1'>x</p>", PageStart("1", "", 0))
    assert with_folios(edition.chapter, ["7"]).pages == ("7",)
    with pytest.raises(ValueError, match="longer"):
        with_folios(edition.chapter, ["7", "8"])


def test_links_back_are_at_the_end_of_the_only_paragraph_of_a_note() -> None:
    call = '<a class="call" id="call-1{}" href="#note-1" role="doc-noteref">1</a>'
    body = f"<p id='b1'>A{call.format('')} b{call.format('-2')}</p>"
    html = f"<section><h1>T</h1>{SLOT}<div id='note-1'><p>Said.</p></div></section>"
    edition = chapter(html, body, notes=("<p>Said.</p>",))
    (note,) = (div for div in elements(edition, "div") if div.get("id") == "note-1")
    assert [part.tag for part in note] == [f"{X}p"]
    assert [link.get("href") for link in note[0]] == ["#call-1", "#call-1-2"]
