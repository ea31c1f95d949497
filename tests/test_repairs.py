"""What is wrong in a text and is repaired, with a warning that says what was assumed."""

from __future__ import annotations

import datetime as dt
from xml.etree.ElementTree import Element

import pytest

from briefpress.document.files import UnreadableFile, mapping_reader
from briefpress.document.parser import parse_document
from briefpress.model import Brief, Document
from briefpress.problems import Problem
from briefpress.xhtml import text_of

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 3"><path d="M0 3 4 0"/></svg>'
FILES = {
    "briefs/map.svg": SVG,
    "briefs/cut.png": b"\x89PNG\r\n\x1a\n",
    "briefs/index.html": SVG,
    "briefs/rents.csv": b"\xff\xfe1",
}
SITE = "https://example.org/press/"


def repaired(text: str, site: str = SITE) -> tuple[Document, tuple[Problem, ...]]:
    """Return the document of a text, and its problems, which are warnings."""
    brief = Brief("a", "briefs/a.md", "A", dt.date(2024, 5, 31), "en", text, 5)
    parsed = parse_document(
        brief, mapping_reader(FILES), linkable={"briefs/b.md": "b"}, site=site
    )
    assert parsed.document is not None
    errors = [problem for problem in parsed.problems if problem.is_error]
    assert errors == []
    return parsed.document, parsed.problems


def only_code(text: str, site: str = SITE) -> tuple[Element, str]:
    """Return the body of a text with one warning, and the code of the warning."""
    document, problems = repaired(text, site)
    assert len(problems) == 1, problems
    return document.body, problems[0].code


BOXES = {
    "missing": ("![A line](gone.png)", "F01", "A line gone.png", ""),
    "without words": ("![](in/gone.png)", "F01", "gone.png in/gone.png", ""),
    "without words or folder": ("![](gone.png)", "F01", "gone.png", ""),
    "outside": ("![A line](../../x.png)", "F01", "A line ../../x.png", ""),
    "absolute": ("![A](/x.png)", "F01", "A https://example.org/x.png", "x.png"),
    "damaged": ("![A line](cut.png)", "F05", "A line cut.png", ""),
    "remote": (
        "![A line](https://example.com/x.png)",
        "F14",
        "A line https://example.com/x.png",
        "https://example.com/x.png",
    ),
    "remote, of any scheme": (
        "![A line](//example.com/x.png)",
        "F14",
        "A line https://example.com/x.png",
        "https://example.com/x.png",
    ),
    "within the text": ("![A line](data:image/png,AAAA)", "F14", "A line", ""),
    "of the machine": ('<img alt="A line" src="file:///etc/x">', "F14", "A line", ""),
    "no file": ('<img alt="A line">', "F01", "A line", ""),
}


@pytest.mark.parametrize("name", BOXES)
@pytest.mark.parametrize(
    "place", ["{}", "Words {} words.", "| a |\n|---|\n| {} |", "> {}", "- {}", "## {}"]
)
def test_a_picture_that_cannot_be_shown_is_a_box_with_its_words_and_address(
    name: str, place: str
) -> None:
    markup, code, words, address = BOXES[name]
    body, found = only_code(place.format(markup) + "\n")
    assert found == code
    assert not list(body.iter("img"))
    [box] = [each for each in body.iter("span") if each.get("class") == "unshown"]
    assert text_of(box) == words
    links = [link.get("href", "") for link in box.iter("a")]
    assert [link.endswith(address) for link in links] == [True] * bool(address)


def test_a_box_keeps_its_caption_and_its_number() -> None:
    document, _ = repaired('![A line](gone.png "Rents rose")\n')
    [figure] = document.body.iter("figure")
    box, caption = figure
    assert text_of(box) == "A line gone.png"
    assert text_of(caption) == "Figure 1 Rents rose"
    assert [figure.kind for figure in document.figures] == ["figure"]


def test_a_box_within_a_link_of_a_headline_has_no_link_in_a_link() -> None:
    headline = "[![A](https://example.com/a.png)](https://example.com)"
    document, _ = repaired(f'![A line](gone.png "{headline}")\n')
    for link in document.body.iter("a"):
        assert list(link.iter("a")) == [link]


def test_a_picture_without_alternative_text_is_described_by_its_caption() -> None:
    body, code = only_code('![](map.svg "Rents rose")\nIndex[^1]\n\n[^1]: Note.\n')
    [picture] = body.iter("img")
    assert (code, picture.get("alt")) == ("F03", "Rents rose Index")


@pytest.mark.parametrize("text", ["![](map.svg)\n", "A ![](map.svg) map.\n"])
def test_a_picture_without_caption_is_marked_as_not_described(text: str) -> None:
    body, code = only_code(text)
    [picture] = body.iter("img")
    assert (code, picture.get("class")) == ("F03", "undescribed")
    assert picture.get("alt") == "Picture without a description"


LINKS_TO_NOTHING = {
    "a brief that is missing": ("[the chair](chair.md)", "L02"),
    "a folder": ("[the chair](../2022/chair/)", "L05"),
    "a file that is missing": ("[the chair](chair.csv)", "F01"),
    "a file outside": ("[the chair](../../x.csv)", "F01"),
    "a place that is missing": ("[the chair](#chair)", "L01"),
    "a script": ("[the chair](javascript:alert)", "L03"),
    "a script in HTML": ('<a href="javascript:alert">the chair</a>', "L03"),
}


@pytest.mark.parametrize("name", LINKS_TO_NOTHING)
@pytest.mark.parametrize("place", ["See {}.\n", "A.[^1]\n\n[^1]: See {}.\n"])
def test_a_link_to_nothing_becomes_its_words(name: str, place: str) -> None:
    markup, code = LINKS_TO_NOTHING[name]
    document, problems = repaired(place.format(markup))
    assert [problem.code for problem in problems] == [code]
    trees = [document.body, *(note.body for note in document.notes)]
    assert "See the chair." in [text_of(tree).removeprefix("A.1 ") for tree in trees]
    addresses = [link.get("href", "") for tree in trees for link in tree.iter("a")]
    assert all(address.startswith("#") for address in addresses), addresses


def test_an_address_from_the_sites_root_leads_there() -> None:
    body, code = only_code("See [us](/about/).\n")
    [link] = body.iter("a")
    assert (code, link.get("href")) == ("L07", "https://example.org/about/")


def test_an_address_from_the_root_of_no_site_becomes_its_words() -> None:
    body, code = only_code("See [us](/about/).\n", site="")
    assert (code, text_of(body)) == ("L05", "See us.")
    assert not list(body.iter("a"))


def test_an_address_of_any_scheme_is_on_the_web() -> None:
    document, problems = repaired("See [us](//example.com/a).\n")
    [link] = document.body.iter("a")
    assert (problems, link.get("href")) == ((), "https://example.com/a")


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("[](https://example.org/a--b)", "https://example.org/a--b"),
        ("[](mailto:a@example.org)", "a@example.org"),
        ("[](b.md)", "b.md"),
    ],
)
def test_a_link_without_text_has_its_address_as_text(markup: str, words: str) -> None:
    body, code = only_code(f"See {markup}.\n")
    assert (code, text_of(body)) == ("L04", f"See {words}.")
    assert len(list(body.iter("a"))) == 1


def test_code_that_is_never_closed_ends_with_the_text() -> None:
    body, code = only_code("A\n\n```\none\n\ntwo\n")
    assert (code, text_of(body)) == ("D03", "A one two")


def test_data_that_cannot_be_read_is_left_out() -> None:
    body, code = only_code("![A](map.svg){: data=rents.csv }\n")
    assert code == "F09"
    assert not list(body.iter("details"))


def test_a_picture_never_replaces_the_page() -> None:
    document, problems = repaired("![A](index.html)\n")
    assert [problem.code for problem in problems] == ["F06"]
    assert [asset.src for asset in document.assets] == ["index.html.svg"]


@pytest.mark.parametrize("reason", ["outside", "special", "large"])
def test_a_file_that_is_unsafe_or_too_large_is_an_error(reason: str) -> None:
    text = "![A](a.png)\n"
    brief = Brief("a", "briefs/a.md", "A", dt.date(2024, 5, 31), "en", text, 5)
    parsed = parse_document(brief, lambda _: UnreadableFile(reason))
    assert [problem.is_error for problem in parsed.problems] == [True]
