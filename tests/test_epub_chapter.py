from __future__ import annotations

from dataclasses import replace
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
    Resource,
)
from briefpress.engine.codec import decode, encode
from briefpress.model import Document, Heading, PageMap, PageStart
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


PAGE = """\
<!DOCTYPE html><html lang="fa"><head><meta charset="utf-8"><title>Theme</title></head>
<body class="epub"><article><header role="doc-subtitle"><h1 id="title">Rivers</h1>
</header><div data-slot="body"></div><div data-slot="notes"></div>
<footer role="doc-colophon"><p lang="ru">Конец</p></footer></article></body></html>"""
BODY = """\
<p id="b1">Rivers fell<a class="call" id="call-1" href="#note-1" role="doc-noteref">1</a>
by a third<a class="call" id="call-1-2" href="#note-1" role="doc-noteref">1</a>.</p>
<p id="b2"><img src="map.png" loading="lazy"/><a href="brief:port#quay" target="_blank">
Port</a><a href="a b.csv" download="">Data</a></p>"""
CHAPTER = """\
<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" \
lang="fa" dir="rtl" xml:lang="fa"><head><title>Rivers</title>\
<link rel="stylesheet" type="text/css" href="../css/book.css"/></head>
<body class="epub"><section epub:type="chapter" role="doc-chapter" \
aria-labelledby="title"><span class="page" id="page-1" role="doc-pagebreak" \
aria-label="1" epub:type="pagebreak"></span><section role="doc-subtitle">\
<h1 id="title">Rivers</h1>
</section><div><p id="b1">Rivers fell<a class="call" id="call-1" href="#note-1" \
role="doc-noteref" epub:type="noteref">1</a>
<span class="page" id="page-2" role="doc-pagebreak" aria-label="2" \
epub:type="pagebreak"></span>by a third<a class="call" id="call-1-2" href="#note-1" \
role="doc-noteref" epub:type="noteref">1</a>.</p>
<p id="b2"><img src="../pictures/river/map.png" alt=""/><a href="port.xhtml#quay">
Port</a><a href="https://example.org/html/river/a%20b.csv">Data</a></p></div>\
<div><div id="note-1" class="note" role="doc-footnote" epub:type="footnote">\
<p class="back"><a href="#call-1" role="doc-backlink">1</a></p>\
<p>Yearbook, p. 4.\u00a0<a class="again" href="#call-1-2" role="doc-backlink" \
aria-label="Back to the text (1.2)">1.2</a></p></div>
</div>
<section role="doc-colophon"><span class="page" id="page-3" role="doc-pagebreak" \
aria-label="3" epub:type="pagebreak"></span><p lang="ru" xml:lang="ru">Конец</p>\
</section></section></body></html>
"""


def tree(chapter: Chapter) -> Element:
    """Return a chapter as a reading system parses it."""
    return fromstring(chapter.data)


def test_a_chapter_is_written_exactly_so() -> None:
    front = books.brief("river", "en", "Rivers")
    doc = books.document(BODY, "en", "Rivers", ["<p>Yearbook, p. 4.</p>"])
    starts = (PageStart("1", "", 0), PageStart("2", "b1", 12), PageStart("3", "", 0))
    inputs = books.chapter_inputs(
        front, doc, page_map=PageMap(starts), pictures=("map.png",)
    )
    edition = chapter_from_html(PAGE, inputs)
    assert edition.problems == ()
    assert edition.chapter.data.decode() == CHAPTER
    (picture,) = edition.chapter.pictures
    assert picture == Resource("pictures/river/map.png", "image/png", books.png())
    assert replace(edition.chapter, data=b"", pictures=()) == Chapter(
        slug="river",
        href="briefs/river.xhtml",
        title="Rivers",
        date=front.date,
        lang="fa",
        dir="rtl",
        authors=books.AUTHORS,
        program="ewp",
        tags=("water",),
        features=("pictures", "unnamed"),
        pages=("1", "2", "3"),
        characters="".join(sorted(set(text_of(tree(edition.chapter)) + "\n\u00a0"))),
    )


def test_a_chapter_has_subtitle_series_doi_summary_and_headings() -> None:
    front = replace(
        books.brief("river", "en", "Rivers"), series="Briefing", doi="10.1234/x"
    )
    doc = replace(
        books.document("<h2 id='flow'>Flow</h2><p id='b1'>x</p>", "en", "Rivers"),
        subtitle="Of water",
        summary=fromstring("<div>It <em>fell</em>.</div>"),
    )
    chapter = render_chapter(books.chapter_inputs(front, doc)).chapter
    assert (chapter.subtitle, chapter.summary) == ("Of water", "It fell.")
    assert (chapter.series, chapter.doi) == ("Briefing", "10.1234/x")
    assert chapter.headings == (Heading(2, "flow", "Flow"),)
    assert chapter.pages == ()
    listed = chapter.as_brief()
    assert (listed.slug, listed.title, listed.lang) == ("river", "Rivers", "en")
    assert (listed.subtitle, listed.authors) == ("Of water", front.authors)
    assert (listed.series, listed.doi, listed.tags) == (
        "Briefing",
        "10.1234/x",
        ("water",),
    )
    assert (listed.date, listed.program) == (front.date, "ewp")


@pytest.mark.parametrize(
    ("html", "tag", "attributes"),
    [
        ("<article><h1 id='t'>T</h1>{}</article>", "section", {"aria-labelledby": "t"}),
        ("<section><h1>T</h1>{}</section>", "section", {}),
        ("<div><h1 id='t'>T</h1>{}</div>", "div", None),
    ],
)
def test_the_article_becomes_a_section_labelled_by_its_title(
    html: str, tag: str, attributes: dict[str, str] | None
) -> None:
    page = html.format("<div data-slot='body'></div>")
    body = tree(made("<p id='b1'>x</p>", html=page).chapter).find(f"{X}body")
    assert body is not None
    named = {f"{OPS}type": "chapter", "role": "doc-chapter"}
    expected = {} if attributes is None else named | attributes
    assert (body[0].tag, body[0].attrib) == (f"{X}{tag}", expected)


@pytest.mark.parametrize(
    ("picture", "features"),
    [
        ("<img src='map.png' alt='A map'/>", ("pictures",)),
        ("<img src='map.png' alt=''/>", ("pictures", "unnamed")),
        (f"<div>{books.SVG}</div>", ("pictures",)),
        (books.MATH, ("math",)),
        ("<table><tr><td id='b2'>x</td></tr></table>", ("table",)),
        ("<details><summary id='b2'>x</summary></details>", ("data",)),
        ("<span>x</span>", ()),
    ],
)
def test_accessibility_features_are_found_in_the_page(
    picture: str, features: tuple[str, ...]
) -> None:
    html = "<section><h1>T</h1><div data-slot='body'></div></section>"
    front = books.brief("river", "en", "Rivers")
    doc = books.document(f"<div id='b1'>{picture}</div>", "en", "Rivers")
    inputs = books.chapter_inputs(front, doc, pictures=("map.png",))
    assert chapter_from_html(html, inputs).chapter.features == features


@pytest.mark.parametrize(
    "svg",
    [
        "<svg xmlns='http://www.w3.org/2000/svg' aria-label='Bars'/>",
        "<svg xmlns='http://www.w3.org/2000/svg' aria-labelledby='b1'/>",
        "<svg xmlns='http://www.w3.org/2000/svg' role='presentation'/>",
        "<svg xmlns='http://www.w3.org/2000/svg' role='none'/>",
    ],
)
def test_a_labelled_or_decorative_drawing_has_an_alternative(svg: str) -> None:
    assert made(f"<div id='b1'>{svg}</div>").chapter.features == ("pictures",)


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


@pytest.mark.parametrize("tag", ["ol", "ul"])
def test_notes_in_a_list_become_divs(tag: str) -> None:
    # ARIA allows no `doc-footnote` on <li>, and a list may contain nothing else.
    html = (
        "<section><h1>T</h1><div data-slot='body'></div>"
        f"<{tag}><li id='note-1'><p>What is said.</p></li></{tag}></section>"
    )
    notes = ("<p>What is said.</p>",)
    chapter = made(f"<p id='b1'>A{CALL}</p>", notes=notes, html=html).chapter
    section = tree(chapter).find(f"{X}body/{X}section")
    assert section is not None
    assert [part.tag.removeprefix(X) for part in section] == ["h1", "div", "div"]
    (note,) = section[2]
    assert (note.tag, note.get("id")) == (f"{X}div", "note-1")


def test_a_call_is_marked_by_its_class_or_by_its_role() -> None:
    by_class = '<a class="call" id="call-1" href="#note-1">1</a>'
    by_role = '<a id="call-1" href="#note-1" role="doc-noteref">1</a>'
    html = "<section><h1>T</h1><div data-slot='body'></div></section>"
    for call in (by_class, by_role):
        chapter = made(f"<p id='b1'>A{call}</p>", ("<p>x</p>",), html).chapter
        link = next(e for e in tree(chapter).iter() if e.get("id") == "call-1")
        assert link.get("role") == "doc-noteref"
        assert link.get(f"{OPS}type") == "noteref"


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
    assert [problem.message for problem in edition.problems] == [
        "link to the brief `lost`, which is not published",
        "link to `#nowhere`, but nothing in the chapter has this id",
    ]


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
        ("<p id='b1'>a\x0bb</p>", "E01", "control character U+000B in the text"),
        (
            "<p id='b1'><img src='lost.png' alt='x'/></p>",
            "E02",
            "there is no picture `lost.png`",
        ),
        (
            "<p id='b1'>a</p><p id='b1'>b</p>",
            "E06",
            "the id `b1` occurs twice in the page",
        ),
        ("<p id='title'>a</p>", "E06", "the id `title` occurs twice in the page"),
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
    assert problem.message == words


def test_a_template_without_a_slot_is_an_error() -> None:
    (problem,) = made("<p id='b1'>a</p>", html="<p>nothing here</p>").problems
    slot = '<div data-slot="body"></div>'
    message = f"the template chapter.html.j2 of the theme `plain` has no {slot}"
    assert (problem.code, problem.message) == ("E05", message)


def test_an_empty_chapter_is_an_error() -> None:
    html = "<section><div data-slot='body'></div></section>"
    (problem,) = made("", html=html).problems
    assert (problem.code, problem.message) == ("E03", "the page is empty")
    picture = "<section><div data-slot='body'></div><img role='doc-cover'/></section>"
    assert made("", html=picture).problems == ()


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
