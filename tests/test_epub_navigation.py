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
NAV_TEXT = """\
<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" \
xmlns:epub="http://www.idpf.org/2007/ops" lang="en" xml:lang="en" dir="ltr">
<head><title>Water &amp; more</title><link rel="stylesheet" type="text/css" \
href="css/book.css"/></head>
<body>
<nav epub:type="toc" id="toc" aria-labelledby="nav-toc" role="doc-toc">
<h1 id="nav-toc">Contents</h1>
<ol>
<li><a href="imprint.xhtml">Imprint</a></li>
<li><a href="briefs/rivers.xhtml">Rivers &amp; ratios</a>
<ol>
<li><a href="briefs/rivers.xhtml#flow">Flow</a></li>
</ol>
</li>
<li><a href="briefs/port.xhtml" lang="fa" xml:lang="fa" dir="rtl">آب</a>
<ol>
<li><a href="briefs/port.xhtml#quay" lang="fa" xml:lang="fa" dir="rtl">Quay</a></li>
</ol>
</li>
<li><a href="about.xhtml">About</a></li>
</ol>
</nav>
<nav epub:type="page-list" id="page-list" aria-labelledby="nav-page-list" \
role="doc-pagelist" hidden="hidden">
<h1 id="nav-page-list">Pages</h1>
<ol>
<li><a href="briefs/rivers.xhtml#page-i">i</a></li>
<li><a href="briefs/rivers.xhtml#page-9">9</a></li>
<li><a href="briefs/rivers.xhtml#page-10">10</a></li>
<li><a href="briefs/port.xhtml#page-11">11</a></li>
</ol>
</nav>
<nav epub:type="landmarks" id="landmarks" aria-labelledby="nav-landmarks" \
hidden="hidden">
<h1 id="nav-landmarks">Landmarks</h1>
<ol>
<li><a epub:type="cover" href="cover.xhtml">Cover: Water</a></li>
<li><a epub:type="copyright-page" href="imprint.xhtml">Imprint</a></li>
<li><a epub:type="toc" href="contents.xhtml">Contents</a></li>
<li><a epub:type="backmatter" href="about.xhtml">About</a></li>
<li><a epub:type="bodymatter" href="briefs/rivers.xhtml">Rivers &amp; \
ratios</a></li>
</ol>
</nav>
</body>
</html>
"""
NCX_TEXT = """\
<?xml version="1.0" encoding="utf-8"?>
<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/" version="2005-1" xml:lang="en">
<head>
<meta name="dtb:uid" content="{identifier}"/>
<meta name="dtb:depth" content="2"/>
<meta name="dtb:totalPageCount" content="4"/>
<meta name="dtb:maxPageNumber" content="11"/>
</head>
<docTitle><text>Water &amp; more</text></docTitle>
<navMap>
<navPoint id="point-1" playOrder="1"><navLabel><text>Imprint</text></navLabel>\
<content src="imprint.xhtml"/></navPoint>
<navPoint id="point-2" playOrder="2"><navLabel><text>Rivers &amp; \
ratios</text></navLabel><content src="briefs/rivers.xhtml"/><navPoint id="point-3" \
playOrder="3"><navLabel><text>Flow</text></navLabel><content \
src="briefs/rivers.xhtml#flow"/></navPoint>
</navPoint>
<navPoint id="point-4" playOrder="4"><navLabel><text>آب</text></navLabel><content \
src="briefs/port.xhtml"/><navPoint id="point-5" \
playOrder="5"><navLabel><text>Quay</text></navLabel><content \
src="briefs/port.xhtml#quay"/></navPoint>
</navPoint>
<navPoint id="point-6" playOrder="6"><navLabel><text>About</text></navLabel>\
<content src="about.xhtml"/></navPoint>
</navMap>
<pageList>
<navLabel><text>Pages</text></navLabel>
<pageTarget id="target-1" type="front"><navLabel><text>i</text></navLabel><content \
src="briefs/rivers.xhtml#page-i"/></pageTarget>
<pageTarget id="target-2" type="normal" value="9"><navLabel><text>9</text>\
</navLabel><content src="briefs/rivers.xhtml#page-9"/></pageTarget>
<pageTarget id="target-3" type="normal" value="10"><navLabel><text>10</text>\
</navLabel><content src="briefs/rivers.xhtml#page-10"/></pageTarget>
<pageTarget id="target-4" type="normal" value="11"><navLabel><text>11</text>\
</navLabel><content src="briefs/port.xhtml#page-11"/></pageTarget>
</pageList>
</ncx>
"""


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


def test_the_navigation_document_is_written_exactly_so() -> None:
    made = book(RIVERS, PORT)
    assert render_nav(made, make_navigation(made, PAGES)).decode() == NAV_TEXT


def test_the_ncx_is_written_exactly_so() -> None:
    made = book(RIVERS, PORT)
    found = render_ncx(made, make_navigation(made, PAGES)).decode()
    assert found == NCX_TEXT.format(identifier=made.identifier)


def test_a_book_without_page_marks_has_no_page_list() -> None:
    without_pages = replace(RIVERS, pages=())
    assert set(nav(without_pages)) == {"toc", "landmarks"}
    assert ncx(without_pages).find(f"{NCX}pageList") is None
    found = properties(ncx(without_pages))
    assert (found["dtb:totalPageCount"], found["dtb:maxPageNumber"]) == ("0", "0")


def test_the_ncx_of_chapters_without_headings_has_one_level() -> None:
    assert properties(ncx(replace(RIVERS, headings=())))["dtb:depth"] == "1"


def test_the_largest_page_number_is_compared_as_a_number() -> None:
    found = properties(ncx(replace(RIVERS, pages=("9", "10"))))
    assert found["dtb:maxPageNumber"] == "10"
