"""The navigation document and the NCX: contents, page list, landmarks."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import cache
from xml.etree.ElementTree import Element, fromstring

import books
from briefpress.editions.epub.book import (
    Entry,
    Landmark,
    PageTarget,
    make_navigation,
    render_nav,
    render_ncx,
)
from briefpress.editions.epub.content_document import ContentDocument
from briefpress.editions.epub.model import Book, Chapter
from briefpress.editions.epub.pages import BookPage
from briefpress.model import Heading

XHTML = "{http://www.w3.org/1999/xhtml}"
OPS = "{http://www.idpf.org/2007/ops}"
NCX = "{http://www.daisy.org/z3986/2005/ncx/}"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
DATE = dt.date(2024, 3, 12)
RIVERS = Chapter(
    "rivers",
    "briefs/rivers.xhtml",
    "Rivers & ratios",
    DATE,
    lang="en",
    headings=(Heading(2, "flow", "Flow"), Heading(3, "spring", "In spring")),
    pages=("i", "9", "10"),
)
PORT = Chapter(
    "port",
    "briefs/port.xhtml",
    "آب",
    DATE,
    lang="fa",
    headings=(Heading(2, "quay", "Quay"),),
    pages=("11",),
)
PAGES = tuple(
    BookPage(name, title, landmark, ContentDocument(b"", (), (), ()), after_chapters)
    for name, title, landmark, after_chapters in (
        ("cover", "Cover: Water", "cover", False),
        ("imprint", "Imprint", "copyright-page", False),
        ("contents", "Contents", "toc", False),
        ("about", "About", "backmatter", True),
    )
)


def book(*chapters: Chapter) -> Book:
    """Return a book whose title needs escaping."""
    collection = replace(books.collection(), title="Water & more")
    return Book(books.press(), collection, chapters, books.theme())


@cache
def nav(*chapters: Chapter) -> dict[str, Element]:
    """Return the lists of a book's navigation document by their type."""
    root = nav_document(*chapters)
    return {part.get(f"{OPS}type", ""): part for part in root.iter(f"{XHTML}nav")}


def nav_document(*chapters: Chapter) -> Element:
    """Return a book's navigation document."""
    made = book(*chapters)
    return fromstring(render_nav(made, make_navigation(made, PAGES)))


@cache
def ncx(*chapters: Chapter) -> Element:
    """Return a book's NCX."""
    made = book(*chapters)
    return fromstring(render_ncx(made, make_navigation(made, PAGES)))


def properties(root: Element) -> dict[str, str]:
    """Return the metadata of an NCX."""
    metas = root.iter(f"{NCX}meta")
    return {meta.get("name", ""): meta.get("content", "") for meta in metas}


def links(part: Element) -> list[tuple[str, str]]:
    """Return text and address of the links in a list."""
    found = part.iter(f"{XHTML}a")
    return [("".join(link.itertext()), link.get("href", "")) for link in found]


def test_navigation_lists_pages_and_chapters_in_reading_order() -> None:
    navigation = make_navigation(book(RIVERS, PORT), PAGES)
    flow = Entry("briefs/rivers.xhtml#flow", "Flow", "en")
    quay = Entry("briefs/port.xhtml#quay", "Quay", "fa")
    assert navigation.contents == (
        Entry("imprint.xhtml", "Imprint", "en"),
        Entry("briefs/rivers.xhtml", "Rivers & ratios", "en", (flow,)),
        Entry("briefs/port.xhtml", "آب", "fa", (quay,)),
        Entry("about.xhtml", "About", "en"),
    )
    assert navigation.pages == (
        PageTarget("i", "briefs/rivers.xhtml#page-i"),
        PageTarget("9", "briefs/rivers.xhtml#page-9"),
        PageTarget("10", "briefs/rivers.xhtml#page-10"),
        PageTarget("11", "briefs/port.xhtml#page-11"),
    )
    assert navigation.landmarks == (
        Landmark("cover", "cover.xhtml", "Cover: Water"),
        Landmark("copyright-page", "imprint.xhtml", "Imprint"),
        Landmark("toc", "contents.xhtml", "Contents"),
        Landmark("backmatter", "about.xhtml", "About"),
        Landmark("bodymatter", "briefs/rivers.xhtml", "Rivers & ratios"),
    )


def test_nav_contains_the_three_lists_with_headings() -> None:
    parts = nav(RIVERS, PORT)
    headings = {kind: part.findtext(f"{XHTML}h1") for kind, part in parts.items()}
    labels = books.theme().labels("en")
    assert headings == {
        "toc": labels["contents"],
        "page-list": labels["pages"],
        "landmarks": labels["landmarks"],
    }
    assert {kind: part.get("hidden") for kind, part in parts.items()} == {
        "toc": None,
        "page-list": "hidden",
        "landmarks": "hidden",
    }
    assert {kind: part.get("role") for kind, part in parts.items()} == {
        "toc": "doc-toc",
        "page-list": "doc-pagelist",
        "landmarks": None,
    }


def test_nav_has_the_title_and_the_language_of_the_book() -> None:
    root = nav_document(RIVERS)
    assert root.findtext(f"{XHTML}head/{XHTML}title") == "Water & more"
    assert (root.get("lang"), root.get(XML_LANG), root.get("dir")) == (
        "en",
        "en",
        "ltr",
    )


def test_nav_contents_have_two_levels() -> None:
    toc = nav(RIVERS, PORT)["toc"]
    assert links(toc) == [
        ("Imprint", "imprint.xhtml"),
        ("Rivers & ratios", "briefs/rivers.xhtml"),
        ("Flow", "briefs/rivers.xhtml#flow"),
        ("آب", "briefs/port.xhtml"),
        ("Quay", "briefs/port.xhtml#quay"),
        ("About", "about.xhtml"),
    ]
    top_items = toc.findall(f"{XHTML}ol/{XHTML}li")
    assert [len(item.findall(f"{XHTML}ol/{XHTML}li")) for item in top_items] == [
        0,
        1,
        1,
        0,
    ]


def test_nav_names_the_language_of_entries_in_another() -> None:
    found = {
        link.get("href"): (link.get("lang"), link.get(XML_LANG), link.get("dir"))
        for link in nav(RIVERS, PORT)["toc"].iter(f"{XHTML}a")
    }
    assert found["briefs/port.xhtml"] == ("fa", "fa", "rtl")
    assert found["briefs/port.xhtml#quay"] == ("fa", "fa", "rtl")
    assert found["briefs/rivers.xhtml"] == (None, None, None)


def test_nav_lists_every_page_and_the_landmarks() -> None:
    parts = nav(RIVERS, PORT)
    assert links(parts["page-list"]) == [
        ("i", "briefs/rivers.xhtml#page-i"),
        ("9", "briefs/rivers.xhtml#page-9"),
        ("10", "briefs/rivers.xhtml#page-10"),
        ("11", "briefs/port.xhtml#page-11"),
    ]
    kinds = [link.get(f"{OPS}type") for link in parts["landmarks"].iter(f"{XHTML}a")]
    assert kinds == ["cover", "copyright-page", "toc", "backmatter", "bodymatter"]
    assert links(parts["landmarks"])[-1] == ("Rivers & ratios", "briefs/rivers.xhtml")


def test_a_book_without_page_marks_has_no_page_list() -> None:
    without_pages = replace(RIVERS, pages=())
    assert set(nav(without_pages)) == {"toc", "landmarks"}
    assert ncx(without_pages).find(f"{NCX}pageList") is None
    found = properties(ncx(without_pages))
    assert (found["dtb:totalPageCount"], found["dtb:maxPageNumber"]) == ("0", "0")


def test_the_ncx_has_the_identifier_and_counts_of_the_book() -> None:
    assert properties(ncx(RIVERS, PORT)) == {
        "dtb:uid": book(RIVERS).identifier,
        "dtb:depth": "2",
        "dtb:totalPageCount": "4",
        "dtb:maxPageNumber": "11",
    }
    without_headings = replace(RIVERS, headings=())
    assert properties(ncx(without_headings))["dtb:depth"] == "1"
    assert ncx(RIVERS).get(XML_LANG) == "en"
    assert ncx(RIVERS).findtext(f"{NCX}docTitle/{NCX}text") == "Water & more"


def test_the_largest_page_number_is_compared_as_a_number() -> None:
    found = properties(ncx(replace(RIVERS, pages=("9", "10"))))
    assert found["dtb:maxPageNumber"] == "10"


def test_the_ncx_has_the_contents_of_the_nav_in_playing_order() -> None:
    points = [
        (
            point.get("id"),
            point.get("playOrder"),
            point.findtext(f"{NCX}navLabel/{NCX}text"),
            content.get("src"),
        )
        for point in ncx(RIVERS, PORT).iter(f"{NCX}navPoint")
        if (content := point.find(f"{NCX}content")) is not None
    ]
    toc = links(nav(RIVERS, PORT)["toc"])
    assert points == [
        (f"point-{number}", str(number), title, href)
        for number, (title, href) in enumerate(toc, 1)
    ]


def test_the_ncx_lists_pages_by_type_and_value() -> None:
    page_list = ncx(RIVERS, PORT).find(f"{NCX}pageList")
    assert page_list is not None
    label = page_list.findtext(f"{NCX}navLabel/{NCX}text")
    assert label == books.theme().labels("en")["pages"]
    targets = page_list.findall(f"{NCX}pageTarget")
    found = [
        (
            target.get("id"),
            target.get("type"),
            target.get("value"),
            target.findtext(f"{NCX}navLabel/{NCX}text"),
        )
        for target in targets
    ]
    assert found == [
        ("target-1", "front", None, "i"),
        ("target-2", "normal", "9", "9"),
        ("target-3", "normal", "10", "10"),
        ("target-4", "normal", "11", "11"),
    ]
    sources = [content.get("src") for content in page_list.iter(f"{NCX}content")]
    assert sources == [href for _, href in links(nav(RIVERS, PORT)["page-list"])]
