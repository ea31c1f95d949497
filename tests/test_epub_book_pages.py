"""The pages of a book around its chapters, its fonts and its cover's parts."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from xml.etree.ElementTree import Element, fromstring

import books
from briefpress.editions.epub.cover import book_characters, font_face_rules
from briefpress.editions.epub.model import Book, BookFont, Chapter, Resource
from briefpress.editions.epub.pages import BookPage, book_pages
from briefpress.model import Author
from briefpress.theme.fonts import FontFace
from briefpress.xhtml import inner, text_of

XHTML = "{http://www.w3.org/1999/xhtml}"
ADA = Author("Ada Quay", "Quay, Ada", bio="Writes on <ports>.")
BEN = Author("Ben Öz", "Öz, Ben")
WATER = Chapter(
    "water",
    "briefs/water.xhtml",
    "Water & power",
    dt.date(2024, 3, 12),
    subtitle="Of rivers",
    lang="en",
    authors=(ADA, BEN),
)
COAL = Chapter("coal", "briefs/coal.xhtml", "آب", dt.date(2023, 1, 5), lang="fa")
LABELS = books.theme().labels("en")


def book(*chapters: Chapter) -> Book:
    """Return a book of these chapters."""
    return Book(books.press(), books.collection(), chapters, books.theme())


def pages(made: Book, *fonts: BookFont) -> dict[str, BookPage]:
    """Return the pages around the chapters by name."""
    return {page.name: page for page in book_pages(made, fonts)}


def body(page: BookPage) -> Element:
    """Return the body of a page, without namespaces."""
    root = fromstring(page.document.data)
    for element in root.iter():
        element.tag = element.tag.removeprefix(XHTML)
    found = root.find("body")
    assert found is not None
    return found


def content(page: BookPage) -> str:
    """Return the content of a page's body as XHTML."""
    return inner(body(page))


def font(family: str, package: str) -> BookFont:
    """Return a font of a book, without its file."""
    face = FontFace(family, "400", "italic", package, "x.ttf")
    return BookFont(face, Resource(f"fonts/{family}.ttf", "font/ttf", b""))


def test_pages_have_names_titles_and_landmarks() -> None:
    found = [
        (page.name, page.title, page.landmark, page.after_chapters)
        for page in pages(book(WATER, COAL)).values()
    ]
    title = "Environment and Water Program"
    assert found == [
        ("cover", f"{LABELS['cover']}: {title}", "cover", False),
        ("titlepage", title, "titlepage", False),
        ("imprint", LABELS["imprint"], "copyright-page", False),
        ("contents", LABELS["contents"], "toc", False),
        ("about", LABELS["about_program"], "backmatter", True),
    ]
    types = [
        body(page).get("{http://www.idpf.org/2007/ops}type")
        for page in pages(book(WATER, COAL)).values()
    ]
    assert types == ["cover", "titlepage", "copyright-page", None, "backmatter"]


def test_a_book_of_one_brief_has_no_contents_page() -> None:
    assert set(pages(book(WATER))) == {"cover", "titlepage", "imprint", "about"}


def test_the_cover_page_shows_the_cover_with_its_title() -> None:
    assert content(pages(book(WATER))["cover"]) == (
        '<section class="cover"><img src="pictures/cover.png" role="doc-cover" '
        'alt="Cover: Environment and Water Program"/></section>'
    )


def test_contents_are_by_year_with_subtitle_byline_and_date() -> None:
    assert content(pages(book(WATER, COAL))["contents"]) == (
        '<section class="contents-page"><h1>Contents</h1>'
        '<h2>2024</h2><ul class="contents"><li><p class="contents-title">'
        '<a href="briefs/water.xhtml">Water &amp; power</a></p>'
        '<p class="contents-dek">Of rivers</p>'
        '<p class="contents-line">Ada Quay and Ben Öz · '
        "<bdi>March 12, 2024</bdi></p></li></ul>"
        '<h2>2023</h2><ul class="contents">'
        '<li lang="fa" dir="rtl" xml:lang="fa"><p class="contents-title">'
        '<a href="briefs/coal.xhtml">آب</a></p>'
        '<p class="contents-line"><bdi>۵ ژانویهٔ ۲۰۲۳</bdi></p></li></ul></section>'
    )


def test_contents_of_one_year_or_in_mixed_order_have_no_years() -> None:
    same_year = replace(COAL, date=WATER.date)
    for chapters in ([WATER, same_year], [WATER, COAL, replace(WATER, slug="b")]):
        page = body(pages(book(*chapters))["contents"])
        assert page.findall(".//h2") == []
        assert len(page.findall(".//ul")) == 1
        assert len(page.findall(".//li")) == len(chapters)


def test_the_about_page_describes_program_and_authors() -> None:
    page = pages(book(WATER))["about"]
    assert content(page) == (
        '<section class="about-page">'
        f"<section><h1>{LABELS['about_program']}</h1><p>What rivers carry.</p></section>"
        f"<section><h1>{LABELS['about_author']}</h1>"
        "<p><strong>Ada Quay</strong> Writes on &lt;ports&gt;.</p></section></section>"
    )
    two = replace(WATER, authors=(ADA, replace(BEN, bio="Digs.")))
    assert LABELS["about_authors"] in text_of(body(pages(book(two))["about"]))


def test_a_book_without_descriptions_has_no_about_page() -> None:
    made = book(replace(WATER, authors=(BEN,)))
    program = replace(made.press.programs["ewp"], description="")
    made = replace(made, press=replace(made.press, programs={"ewp": program}))
    assert "about" not in pages(made)


def test_the_imprint_credits_each_font_package_once() -> None:
    fonts = [
        font("Source Serif 4 Display", "fontpkg-source-serif-4"),
        font("Source Serif 4", "fontpkg-source-serif-4"),
        font("Amiri", "fontpkg-amiri"),
    ]
    imprint = body(pages(book(WATER), *fonts)["imprint"])
    (credits_,) = [
        section
        for section in imprint.iter("section")
        if section.get("class") == "font-credits"
    ]
    assert credits_.findtext("h2") == LABELS["fonts"]
    amiri, serif = [paragraph.text or "" for paragraph in credits_.iter("p")]
    assert amiri.startswith("Amiri. Copyright")
    assert serif.startswith("Source Serif 4. Copyright")
    assert serif.endswith(". SIL Open Font License 1.1.")
    assert {p.get("lang") for p in credits_.iter("p")} == {"en"}
    assert "font-credits" not in content(pages(book(WATER))["imprint"])


def test_fonts_contain_the_characters_of_texts_labels_and_style_sheets() -> None:
    made = book(replace(WATER, characters="ж"))
    organisation = replace(
        made.press.organisation,
        name="Α",
        address="Β",
        contact="Γ",
        rights="Δ",
    )
    made = replace(
        made,
        press=replace(made.press, organisation=organisation),
        collection=replace(made.collection, title="ε", description="ζ"),
    )
    assert set("жЖΑΒΓΔεΕζΖ") <= book_characters(made)
    assert "※" not in book_characters(made)
    styles = {**made.theme.styles, "epub": "p::before{content:'※'}"}
    with_mark = replace(made, theme=replace(made.theme, styles=styles))
    assert "※" in book_characters(with_mark)


def test_font_face_rules_name_family_style_weight_and_file() -> None:
    rules = font_face_rules([font("Amiri", "fontpkg-amiri")])
    assert rules == (
        '@font-face{font-family:"Amiri";font-style:italic;font-weight:400;'
        'src:url("../fonts/Amiri.ttf")}\n'
    )
