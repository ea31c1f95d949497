"""The data that templates receive: plain values, all documented for designers."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given
from hypothesis import strategies as st

from briefpress.editions.inputs import BriefContext, PublishedBrief
from briefpress.editions.localisation import (
    balanced_lines,
    date_in_words,
    fill_phrase,
    list_in_words,
    short_title,
    text_width,
)
from briefpress.editions.marks import Mark
from briefpress.editions.proof import Proof, report_data
from briefpress.editions.template_context import (
    BODY_SLOT,
    HTML_VALUES,
    Medium,
    base_context,
    brief_context,
    collection_context,
    index_context,
    listed_brief,
    program_data,
)
from briefpress.languages import text_direction
from briefpress.model import Collection, Logo, Program, Selection, Withdrawal
from briefpress.problems import Problem, Span
from briefpress.theme.templates import render_template
from briefpress.xhtml import parse_page, parse_xhtml, text_of
from test_web import THEMES, theme
from webpages import ANN, BRIEF, COLLECTION, DOCUMENT, LINKS, LONE, OTHER, PAGES, PRESS

PAGE = Path(__file__).parent.parent / "docs" / "designer.md"
GOLDEN = Path(__file__).parent / "golden" / "templates"
WORDS = theme("plain").labels("en")
WITHDRAWN = replace(BRIEF, withdrawn=Withdrawal(BRIEF.date, "Its figures were wrong."))
CONTEXT = BriefContext(
    PRESS,
    WITHDRAWN,
    (OTHER,),
    LINKS,
    {"ports": "../ports/index.html"},
    (LONE,),
)


def a_brief() -> dict[str, Any]:
    return brief_context(
        CONTEXT, DOCUMENT, WORDS, medium="screen", body="<p>", page_map=PAGES
    )


def a_book(title: str = COLLECTION.title, name: str = "plain") -> dict[str, Any]:
    collection = replace(COLLECTION, title=title)
    briefs = [(BRIEF, "low-water.xhtml"), (OTHER, "ports.xhtml")]
    return collection_context(
        PRESS, collection, briefs, "en", theme(name).labels("en"), theme(name).tokens
    )


def a_shelf() -> dict[str, Any]:
    briefs = [
        PublishedBrief(brief, f"html/{brief.slug}/") for brief in (BRIEF, OTHER, LONE)
    ]
    epubs = {"water": "epub/water.epub", "all": "epub/all.epub"}
    press = replace(
        PRESS,
        collections={**PRESS.collections, "all": Collection("all", "All", Selection())},
    )
    return index_context(press, briefs, epubs, WORDS, {"css": "a.css"})


def a_proof() -> dict[str, Any]:
    problem = Problem(
        "N02", "call [^x] has no note", Span("briefs/b.md", 5, 2), "add it"
    )
    listing = Element("div")
    marks = (Mark(1, problem, is_placed=True),)
    proof = Proof(dt.date(2024, 3, 12), 4, marks, listing, "HEAD~1")
    return report_data(CONTEXT, DOCUMENT, proof, WORDS, "print")


TABLES = re.compile(
    r"t|tokens|(.*[._])lines|(.*\.)?program|related\[\]|others\[\]|.*\bbriefs\[\]"
)
CONTEXTS = {
    "A brief": a_brief,
    "A book": a_book,
    "The shelf": a_shelf,
    "A proof": a_proof,
}


def names(value: Any, name: str = "") -> Iterator[str]:
    """Yield the dotted name of every value: `notes[].html`.

    A value that has its own table in the documentation is not entered.
    """
    if isinstance(value, dict) and not TABLES.fullmatch(name):
        for key, within in value.items():
            yield from names(within, f"{name}.{key}" if name else key)
    elif isinstance(value, list) and not TABLES.fullmatch(name):
        yield from [each for item in value for each in names(item, f"{name}[]")] or [
            f"{name}[]"
        ]
    else:
        yield name


def listed(heading: str) -> set[str]:
    """Return the names that docs/designer.md has under a heading."""
    section = re.split(
        r"^#",
        PAGE.read_text("utf-8").partition(f"### {heading}\n")[2],
        flags=re.MULTILINE,
    )[0]
    return set(
        re.findall(r"`([a-z_.\[\]]+)`", re.sub(r"(?m)\|[^|\n]*\|$", "|", section))
    )


@pytest.mark.parametrize("heading", CONTEXTS)
def test_the_values_are_those_of_the_golden_file(
    heading: str, golden: Callable[[Path, str], None]
) -> None:
    data = CONTEXTS[heading]() | {"t": {}}
    data.pop("tokens", None)
    text = json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True)
    name = heading.lower().replace(" ", "-")
    golden(GOLDEN / f"{name}.json", f"{text}\n")


@pytest.mark.parametrize("heading", CONTEXTS)
def test_every_name_is_documented(heading: str) -> None:
    common = listed("Every template")
    assert set(names(CONTEXTS[heading]())) == common | listed(heading)


def test_programs_and_listed_briefs_are_documented() -> None:
    assert set(program_data(PRESS, PRESS.programs["water"])) == listed("A program")
    assert set(listed_brief(PRESS, OTHER, "")) == listed("A brief in a list")


def test_titles_and_names_are_typeset_too() -> None:
    other = replace(
        OTHER, title='Ports: "It\'s Theirs"', authors=(replace(ANN, name="Ann O'Lee"),)
    )
    assert listed_brief(PRESS, other, "")["title"] == "Ports: “It’s Theirs”"
    assert listed_brief(PRESS, other, "")["byline"] == "Ann O’Lee"


@pytest.mark.parametrize("heading", CONTEXTS)
def test_templates_receive_plain_data(heading: str) -> None:
    data = CONTEXTS[heading]()
    assert json.loads(json.dumps(data)) == data


def test_values_that_contain_html_are_listed() -> None:
    assert set(HTML_VALUES) <= set(names(a_brief()))
    assert a_brief()["brief"]["subtitle"] == "Why the sea <falls>", (
        "all other values are text, which the template escapes"
    )


@pytest.mark.parametrize("medium", ["print", "epub"])
def test_print_and_epub_receive_the_slot(medium: Medium) -> None:
    data = brief_context(CONTEXT, DOCUMENT, WORDS, medium=medium)
    assert data["body"] == BODY_SLOT
    assert bool(data["notes"]) == (medium == "epub"), (
        "print has its notes at the foot of the page"
    )


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize(
    ("template", "medium"), [("print.html.j2", "print"), ("chapter.html.j2", "epub")]
)
def test_the_outer_templates_contain_the_slot(
    name: str, template: str, medium: Medium
) -> None:
    data = brief_context(CONTEXT, DOCUMENT, WORDS, medium=medium)
    root = parse_page(render_template(theme(name), template, data))
    slots = [e for e in root.iter("div") if e.get("data-slot") == "body"]
    assert [slot.get("class") for slot in slots] == ["body"]
    assert "Low Water" in text_of(root)


def test_the_citation_names_authors_title_series_publisher_and_date() -> None:
    assert a_brief()["brief"]["citation"] == (
        "Ann Lee and Ben Öz. Low Water: Why the sea <falls>. Briefing No. 7. "
        "Institute of Rivers & Seas, March 12, 2024. https://doi.org/10.1234/low"
    )


def test_lists_and_dates_follow_the_language() -> None:
    assert list_in_words(["a", "b", "c"], "en") == "a, b, and c"
    assert list_in_words(["а", "б"], "ru") == "а и б"
    assert list_in_words([], "en") == ""
    assert date_in_words(BRIEF.date, "en-GB") == "12 March 2024"
    assert date_in_words(BRIEF.date, "x-nobody") == "2024-03-12"
    assert [
        text_direction(lang) for lang in ("fa", "ar-EG", "ku-Arab", "uz-Arab", "kk")
    ] == ["rtl"] * 4 + ["ltr"]


def test_a_phrase_gives_a_theme_no_access_to_attributes() -> None:
    assert fill_phrase({"number": "No. {number}"}, "number", "7") == "No. 7"
    assert (
        fill_phrase({"number": "{number.__class__} {}"}, "number", "7")
        == "{number.__class__} {}"
    )
    assert fill_phrase({}, "number", "7") == "7"


@pytest.mark.parametrize(
    ("width", "is_wordmark"), [(22, False), (23, True), (100, True)]
)
def test_a_logo_much_wider_than_high_is_a_wordmark(
    width: int, *, is_wordmark: bool
) -> None:
    press = replace(
        PRESS,
        organisation=replace(PRESS.organisation, logo="art/logo.svg"),
        logos={"art/logo.svg": Logo("logos/logo.svg", width, 10)},
    )
    logo = base_context(press, "en", WORDS)["press"]["logo"]
    assert logo == {
        "src": "logos/logo.svg",
        "width": width,
        "height": 10,
        "wordmark": is_wordmark,
    }


def test_a_collection_without_briefs_has_no_date_and_no_year() -> None:
    made = collection_context(PRESS, COLLECTION, [], "en", WORDS, {})["collection"]
    assert (made["date"], made["date_text"], made["year"]) == ("", "", 0)


def test_a_short_title_fits_the_running_head() -> None:
    assert short_title("a" * 58) == "a" * 58
    assert short_title(f"{'a' * 30} {'b' * 28}") == f"{'a' * 30}…"
    assert short_title("1234567: x" + " y" * 40).startswith("1234567: x y")
    assert short_title("12345678: x" + " y" * 40) == "12345678"
    assert (
        short_title(f"{'word ' * 4}and, and {'x' * 60}")
        == "word word word word and, and…"
    )
    assert short_title("水资源与政策研究：副标题") == "水资源与政策研究"
    assert short_title("Low Water") == "Low Water"
    assert short_title(
        "Five Pillars and a Calendar: Japan and Central Asia in Its Fifteenth Year"
    ) == ("Five Pillars and a Calendar")
    assert short_title("After Aktau: What It Settles") == "After Aktau", (
        "cut at the colon even if the title fits"
    )
    assert short_title("1991: A Year") == "1991: A Year"
    assert len(short_title("word " * 40)) <= 58
    assert short_title("word " * 40).endswith("word…")


@given(st.text(min_size=1), st.integers(4, 60))
def test_lines_contain_every_letter_and_are_not_too_wide(text: str, width: int) -> None:
    made = balanced_lines(text, width)
    assert all(text_width(line) <= width for line in made)
    assert "".join("".join(made).split()) == "".join(text.split())


def test_lines_are_as_even_as_possible() -> None:
    assert balanced_lines("A Sea That Leaves: Planning for a Lower Caspian", 36) == [
        "A Sea That Leaves: Planning",
        "for a Lower Caspian",
    ]


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize(
    "title", ["Sea", "Program & Progress", "Institutional Reform " * 9, "Б" * 90]
)
def test_a_cover_contains_any_title(name: str, title: str) -> None:
    svg = parse_xhtml(render_template(theme(name), "cover.svg.j2", a_book(title, name)))
    rows = [e for e in svg.iter() if e.tag.endswith("}text")]
    texts = "".join("".join(e.itertext()) for e in rows)
    assert "".join(title.split())[:60] in "".join(texts.split())
    assert all(0 < float(e.get("y", "0")) < 2400 for e in rows)


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize("template", ["titlepage.html.j2", "imprint.html.j2"])
def test_title_page_and_imprint_name_institute_and_date(
    name: str, template: str
) -> None:
    text = text_of(
        parse_page(render_template(theme(name), template, a_book("Water, 2024", name)))
    )
    assert "Institute of Rivers & Seas" in text
    assert "March 12, 2024" in text


@pytest.mark.parametrize("name", THEMES)
def test_the_index_page_lists_every_brief_under_its_program(name: str) -> None:
    root = parse_page(render_template(theme(name), "index.html.j2", a_shelf()))
    assert [text_of(h) for h in root.iter("h2")] == [
        "Water Program (WP)",
        "Other briefs",
        "Collections",
    ]
    hrefs = [a.get("href") for a in root.iter("a")]
    assert "epub/water.epub" in hrefs
    assert [h for h in hrefs if h and h.startswith("html/")] == [
        "html/low-water/",
        "html/ports/",
        "html/lone/",
    ]


def test_the_index_page_has_programs_in_their_order_and_collections_by_key() -> None:
    ports, air = Program("ports", "Ports"), Program("air", "Air")
    press = replace(
        PRESS,
        programs={"ports": ports, "air": air},
        collections={
            "z": Collection("z", "Z", Selection()),
            "a": Collection("a", "A", Selection()),
        },
    )
    briefs = [
        PublishedBrief(replace(BRIEF, slug=key, program=key), f"html/{key}/")
        for key in press.programs
    ]
    epubs = {"z": "epub/z.epub", "a": "epub/a.epub"}
    data = index_context(press, briefs, epubs, WORDS, {"css": "a.css"})
    assert [program["key"] for program in data["programs"]] == ["ports", "air"]
    assert [book["key"] for book in data["collections"]] == ["a", "z"]


@pytest.mark.parametrize("name", THEMES)
def test_the_index_page_links_only_to_editions_that_exist(name: str) -> None:
    # issue 10, fault 4
    briefs = [PublishedBrief(BRIEF, html="html/low-water/"), PublishedBrief(OTHER)]
    data = index_context(PRESS, briefs, {}, WORDS, {"css": "a.css"})
    root = parse_page(render_template(theme(name), "index.html.j2", data))
    assert [a.get("href") for a in root.iter("a")] == [
        "#briefs",
        "html/low-water/",
        None,
    ]


def test_every_language_has_all_labels_of_english() -> None:
    strings = theme("plain").strings
    spoken = {lang: set(words) for lang, words in strings.items()}
    for lang in ("ru", "kk", "fa"):
        assert spoken["en"] - spoken[lang] <= {"pdf", "epub"}, lang
        assert spoken[lang] <= spoken["en"], lang


def test_addresses_are_printed_without_scheme() -> None:
    assert a_brief()["brief"]["url_text"] == "rivers.example/press/html/low-water"
