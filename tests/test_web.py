"""The web page: complete, linked in both directions, and loading nothing from elsewhere."""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from xml.etree.ElementTree import Element, fromstring

import pytest

from briefpress.editions.inputs import BriefContext
from briefpress.editions.links import with_addresses
from briefpress.editions.web import WebInputs, render_web
from briefpress.model import Document, PageMap
from briefpress.theme.folder import theme_folders
from briefpress.theme.model import Theme
from briefpress.theme.read import read_theme
from briefpress.theme.styles import css_for
from briefpress.xhtml import parse_page, text_of
from webpages import ADDRESSES, BRIEF, DOCUMENT, LINKS, OTHER, PAGES, PRESS

PROJECT = Path(__file__).parent.parent
THEMES = ("plain", "civic")


@cache
def theme(name: str) -> Theme:
    """Return a bundled theme, which has no problems."""
    found, problems = read_theme(name, theme_folders(PROJECT))
    assert problems == ()
    return found


def page(name: str = "plain", pagemap: PageMap | None = None) -> str:
    """Return the brief's page in a theme."""
    context = BriefContext(PRESS, BRIEF, (OTHER,), LINKS, ADDRESSES)
    return rendered(context, DOCUMENT, name, pagemap)


def rendered(
    context: BriefContext,
    document: Document,
    name: str = "plain",
    pagemap: PageMap | None = None,
) -> str:
    """Return a page in a theme."""
    return render_web(WebInputs(context, document, theme(name), pagemap)).decode()


def classed(root: Element, name: str) -> list[Element]:
    """Return the elements of a class."""
    return [
        element for element in root.iter() if name in element.get("class", "").split()
    ]


def metas(root: Element) -> dict[str, list[str]]:
    """Return the metadata of the page, by name or property."""
    out: dict[str, list[str]] = {}
    for meta in root.iter("meta"):
        out.setdefault(meta.get("name") or meta.get("property") or "", []).append(
            meta.get("content", "")
        )
    return out


@pytest.mark.parametrize("name", THEMES)
def test_the_page_contains_everything_that_readers_look_for(name: str) -> None:
    root = parse_page(page(name))
    text = text_of(root)
    for words in (
        "Institute of Rivers & Seas",
        "Water Program (WP)",
        "Briefing No. 7",
        "March 12, 2024",
        "Why the sea <falls>",
        "Ann Lee, University of Delta",
        "Ben Öz",
        "The sea falls by seven centimetres.",
        "What? Less water.",
        "Build lower quays.",
        "Tide tables, passim.",
        "April 2, 2024: A unit was wrong.",
        "studies deltas.",
        "On water.",
        "CC BY 4.0",
        "ISSN 1234-5679",
        "press@rivers.example",
    ):
        assert words in text, words
    assert [text_of(h) for h in root.iter("h1")] == ["Low Water"]


@pytest.mark.parametrize("name", THEMES)
def test_related_briefs_are_listed_with_program_and_acronym(name: str) -> None:
    root = parse_page(page(name))
    (related,) = classed(root, "related")
    assert "Ports on the Move" in text_of(related)
    assert "Water Program (WP)" in text_of(related)
    assert [a.get("href") for a in related.iter("a")] == ["../ports/index.html"]


@pytest.mark.parametrize("name", THEMES)
def test_calls_and_notes_link_to_each_other(name: str) -> None:
    root = parse_page(page(name))
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids)), "no id occurs twice"
    links = [a.get("href", "") for a in root.iter("a")]
    assert all(href[1:] in ids for href in links if href.startswith("#"))
    for note in DOCUMENT.notes:
        (element,) = (e for e in root.iter() if e.get("id") == note.id)
        back = [
            a.get("href") for a in element.iter("a") if a.get("role") == "doc-backlink"
        ]
        assert back == [f"#{call}" for call in note.calls]
        assert links.count(f"#{note.id}") == len(note.calls)


def test_wide_pages_can_place_each_note_beside_its_call() -> None:
    style = next(parse_page(page()).iter("style")).text or ""
    assert (
        "#call-1{anchor-name:--c1}#note-1{anchor-name:--n1;--call:anchor(--c1 top);}"
        in style
    )
    assert "--above:anchor(--n1 bottom)" in style, "a note is below the one before it"


def test_links_to_briefs_are_resolved_in_notes_too() -> None:
    html = page()
    assert '<a href="../ports/index.html#quays">Ports</a>' in html
    assert 'See <a href="../ports/index.html">Ports</a>.' in html
    assert "<a>a draft</a>" in html, "a brief without a page is not linked"
    assert "brief:" not in html


@pytest.mark.parametrize(
    ("web_page", "href"),
    [
        (None, "data.csv"),
        ("https://a.example/html/x/", "https://a.example/html/x/data.csv"),
        ("", None),
    ],
)
def test_files_for_download_are_linked_on_the_web_page(
    web_page: str | None, href: str | None
) -> None:
    body = fromstring("<div><a href='data.csv' download='data.csv'>Data</a></div>")
    linked = with_addresses(replace(DOCUMENT, body=body), {}, web_page)
    link = linked.body[0]
    assert link.get("href") == href
    assert body[0].get("href") == "data.csv"


def test_links_in_summary_takeaways_and_notes_are_resolved() -> None:
    def text(target: str) -> Element:
        return fromstring(f"<div><a href='brief:{target}'>x</a></div>")

    document = replace(
        DOCUMENT,
        body=text("ports"),
        summary=text("ports#quays"),
        takeaways=(text("gone"),),
        notes=(replace(DOCUMENT.notes[0], body=text("ports")),),
    )
    linked = with_addresses(document, {"ports": "../ports/"})
    assert linked.body[0].get("href") == "../ports/"
    assert linked.summary is not None
    assert linked.summary[0].get("href") == "../ports/#quays"
    assert linked.takeaways[0][0].attrib == {}
    assert linked.notes[0].body[0].get("href") == "../ports/"
    without_summary = with_addresses(replace(document, summary=None), {})
    assert without_summary.summary is None


def test_the_document_is_not_changed() -> None:
    before = deepcopy(DOCUMENT.body)
    page(pagemap=PAGES)
    assert [(e.tag, e.attrib, e.text, e.tail) for e in before.iter()] == [
        (e.tag, e.attrib, e.text, e.tail) for e in DOCUMENT.body.iter()
    ]


def test_pages_of_the_pdf_are_anchors() -> None:
    root = parse_page(page(pagemap=PAGES))
    marks = [e for e in root.iter() if e.get("role") == "doc-pagebreak"]
    assert [(m.get("id"), m.get("aria-label")) for m in marks] == [
        ("page-1", "1"),
        ("page-2", "2"),
    ]
    assert not any(e.get("role") == "doc-pagebreak" for e in parse_page(page()).iter())


def test_the_page_has_metadata_for_reference_managers() -> None:
    found = metas(parse_page(page()))
    assert found["citation_title"] == ["Low Water: Why the sea <falls>"]
    assert found["citation_author"] == ["Ann Lee", "Ben Öz"]
    assert found["citation_publication_date"] == ["2024/03/12"]
    assert found["citation_technical_report_number"] == ["7"]
    assert found["citation_doi"] == ["10.1234/low"]
    assert found["citation_pdf_url"] == [
        "https://rivers.example/press/pdf/low-water.pdf"
    ]
    assert found["og:url"] == ["https://rivers.example/press/html/low-water/"]
    assert found["description"] == ["The sea falls by seven centimetres."]


def test_a_press_without_an_address_has_no_canonical_links() -> None:
    press = replace(PRESS, organisation=replace(PRESS.organisation, url=""))
    context = BriefContext(press, replace(BRIEF, doi=""), links=LINKS)
    html = rendered(context, DOCUMENT)
    assert "citation_pdf_url" not in html
    assert 'rel="canonical"' not in html


@pytest.mark.parametrize("name", THEMES)
def test_no_script_runs_and_nothing_is_loaded_from_elsewhere(name: str) -> None:
    root = parse_page(page(name))
    assert not list(root.iter("script"))
    fetched = [e.get("src", "") for e in root.iter() if e.get("src")]
    fetched += [
        e.get("href", "") for e in root.iter("link") if e.get("rel") == "stylesheet"
    ]
    assert fetched == [LINKS["css"]]
    assert not re.search(
        r"@import|url\(\s*['\"]?(https?:)?//", css_for(theme(name), "screen")
    )


@pytest.mark.parametrize("name", THEMES)
def test_the_page_can_be_navigated_by_landmarks_and_headings(name: str) -> None:
    root = parse_page(page(name))
    body = root.find("body")
    assert body is not None
    first = body[0]
    assert first.get("class") == "skip"
    assert first.get("href") == "#title"
    assert root.get("lang") == "en"
    assert [e.tag for e in body if e.tag in {"header", "main"}] == ["header", "main"]
    levels = [int(e.tag[1]) for e in root.iter() if re.fullmatch("h[1-6]", e.tag)]
    assert levels[0] == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))
    ids = {e.get("id") for e in root.iter()}
    assert all(
        e.get("aria-labelledby") in ids for e in root.iter() if e.get("aria-labelledby")
    )


@pytest.mark.parametrize("name", THEMES)
def test_editions_and_briefs_without_an_address_are_not_linked(name: str) -> None:
    # issue 10, fault 4
    context = BriefContext(PRESS, BRIEF, (OTHER,), {"css": "a.css", "pdf": ""})
    root = parse_page(rendered(context, DOCUMENT, name))
    hrefs = [link.get("href") for link in root.iter("a") if "href" in link.attrib]
    assert all(href and href.startswith(("#", "https://")) for href in hrefs)
    assert {link.get("rel") for link in root.iter("link")} == {
        "canonical",
        "stylesheet",
    }
    assert "citation_pdf_url" not in metas(root)
    (related,) = classed(root, "related")
    assert "Ports on the Move" in text_of(related)


@pytest.mark.parametrize("name", THEMES)
def test_a_title_cannot_insert_markup(name: str) -> None:
    evil = replace(DOCUMENT, title='"><script>alert(1)</script>', subtitle="</style>")
    html = rendered(BriefContext(PRESS, BRIEF, links=LINKS), evil, name)
    assert "<script" not in html


@pytest.mark.parametrize("name", THEMES)
def test_a_brief_with_only_text_has_no_empty_elements(name: str) -> None:
    bare = replace(
        BRIEF,
        subtitle="",
        authors=(),
        program="",
        tags=(),
        series="",
        number="",
        doi="",
        corrections=(),
    )
    document = replace(
        DOCUMENT,
        subtitle="",
        summary=None,
        takeaways=(),
        notes=(),
        outline=(),
        figures=(),
    )
    context = BriefContext(PRESS, bare, links=LINKS)
    root = parse_page(rendered(context, document, name))
    for element in root.iter():
        if element.tag in {"p", "ul", "section", "h2", "li", "a"}:
            assert text_of(element), (
                f"<{element.tag} class={element.get('class')}> is empty"
            )


@pytest.mark.parametrize(
    ("lang", "words"),
    [("ru", "12 марта 2024"), ("kk", "2024"), ("fa", "۲۰۲۴"), ("zu", "2024")],
)
def test_every_language_has_its_date_and_direction(lang: str, words: str) -> None:
    context = BriefContext(PRESS, replace(BRIEF, lang=lang), links=LINKS)
    html = rendered(context, DOCUMENT, "civic")
    assert words in html
    assert (' dir="rtl"' in html) == (lang == "fa")


def luminance(colour: str) -> float:
    """Return a colour's relative luminance, as WCAG 2 counts it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize(
    ("front", "back"),
    [
        ("ink", "paper"),
        ("soft", "paper"),
        ("accent", "paper"),
        ("accent-ink", "accent"),
        ("ink", "tint"),
        ("soft", "tint"),
    ],
)
def test_colours_have_enough_contrast(name: str, front: str, back: str) -> None:
    tokens = theme(name).tokens
    low, high = sorted(luminance(tokens[f"color-{key}"]) for key in (front, back))
    assert (high + 0.05) / (low + 0.05) >= 4.5, "WCAG 2.2 AA"
