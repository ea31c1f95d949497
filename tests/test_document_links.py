"""Links between briefs, ids of documents, and several documents in one tree."""

from __future__ import annotations

import datetime as dt
from urllib.parse import unquote
from xml.etree.ElementTree import Element

import pytest

from briefpress.document.files import briefs_named_in, mapping_reader
from briefpress.document.links import (
    BriefLink,
    brief_links,
    check_links,
    document_ids,
    prefix_ids,
)
from briefpress.document.parser import parse_document
from briefpress.model import Brief, Document, ParsedDocument
from briefpress.xhtml import is_call

NO_FILES = mapping_reader({})
TEXT = """\
## Water

Rents rose.[^a] See [the part](#water), [](#table-1) and [the map](other.md#map).[^a]

Table: Freight
{: .wide }

| Year | Rail |
|------|-----:|
| 2022 |  1.2 |

> [!case] A ferry
> It stopped.[^b]

[^a]: A note.[^b]
[^b]: See [another](third.md#none).
"""


def document_of(text: str = TEXT) -> Document:
    """Return the document of a brief with this text."""
    brief = Brief("a", "briefs/a.md", "A", dt.date(2024, 5, 31), "en", text, 5)
    document = parse_document(brief, NO_FILES).document
    assert document is not None
    return document


def trees_of(document: Document) -> list[Element]:
    """Return the body and the bodies of the notes."""
    return [document.body, *(note.body for note in document.notes)]


def test_two_documents_in_one_tree_have_different_ids_and_notes() -> None:
    first, second = (prefix_ids(document_of(), prefix) for prefix in ("a-", "b-"))
    book = Element("div")
    for document in (first, second):
        for note in document.notes:
            note.body.set("id", note.id)
        book.extend(trees_of(document))
    elements = [element for element in book.iter() if "id" in element.attrib]
    ids = [element.get("id", "") for element in elements]
    assert len(ids) == len(set(ids))
    targets = [link.get("href", "") for link in book.iter("a")]
    inner = {target[1:] for target in targets if target.startswith("#")}
    labels = {element.get("aria-labelledby", "") for element in book.iter()}
    assert inner | (labels - {""}) <= set(ids)
    for document, prefix in ((first, "a-"), (second, "b-")):
        calls = [each for tree in trees_of(document) for each in tree.iter("a")]
        calls = [call for call in calls if is_call(call)]
        assert [call.get("href") for call in calls] == [
            f"#{prefix}note-{number}" for number in (1, 1, 2, 2)
        ]
        assert {call.get("id") for call in calls} == {
            call for note in document.notes for call in note.calls
        }


def test_a_prefix_changes_no_text_and_not_the_document_itself() -> None:
    document, original = document_of(), document_of()
    copy = prefix_ids(document, "x-")
    assert document_ids(document) == document_ids(original)
    assert {f"x-{name}" for name in document_ids(document)} == document_ids(copy)
    assert copy.outline[0].id == "x-water"
    assert copy.figures[0].id == "x-table-1"
    for before, after in zip(trees_of(document), trees_of(copy), strict=True):
        assert "".join(before.itertext()) == "".join(after.itertext())


def test_links_to_other_briefs_are_listed_with_their_blocks() -> None:
    assert list(brief_links(document_of())) == [
        BriefLink("other", "map", "b1"),
        BriefLink("third", "none", "note-2-b1"),
    ]


@pytest.mark.parametrize(
    ("ids", "fix"),
    [
        ({"other": {"map"}}, None),
        ({"other": {"maps", "b1"}}, "write `other.md#maps`"),
        ({"other": {"b1"}}, "link to `other.md`"),
        ({}, None),
    ],
)
def test_a_link_to_a_missing_part_of_another_brief_is_a_warning(
    ids: dict[str, set[str]], fix: str | None
) -> None:
    problems = check_links(brief_links(document_of()), ids)
    assert [problem.fix for problem in problems] == ([] if fix is None else [fix])
    for problem in problems:
        assert (problem.code, problem.is_error, problem.about) == ("L06", False, "b1")
        message = (
            "the brief `other` has no part with the id `map`; the link is plain text"
        )
        assert problem.message == message


def test_a_percent_encoded_part_is_decoded() -> None:
    document = document_of("See [this](other.md#m%61p).\n")
    assert check_links(brief_links(document), {"other": {"map"}}) == ()


@pytest.mark.parametrize(
    ("text", "slugs"),
    [
        ("[a](one.md) [b](../two/index.md) [c](../briefs/three.md)", "one two three"),
        ("[a](on%65.md#part)\n\n[b]: two.md", "one two"),
        ("<a href=one.md>x</a> <a href='two.md'>y</a>", "one two"),
        ("[a](file-of-four.md)", "four"),
        ("[a](index.md) and README.md", ""),
        ("[a](onee.md)", "one"),
    ],
)
def test_briefs_that_a_text_may_link_to_are_found(text: str, slugs: str) -> None:
    files = {f"briefs/{slug}.md": slug for slug in ("one", "three")}
    files |= {"briefs/two/index.md": "two", "briefs/file-of-four.md": "four"}
    assert sorted(briefs_named_in(text, files).values()) == sorted(slugs.split())


@pytest.mark.parametrize(
    "name", ["annex.pdf", "Data 2.XLSX", "all.zip", "map.geojson", "a.tsv"]
)
def test_a_file_that_a_text_links_to_is_published(name: str) -> None:
    parsed = parsed_with_file(f"See [it]({name.replace(' ', '%20')}).", name)
    assert parsed.document is not None
    assert [asset.path for asset in parsed.document.assets] == [f"briefs/{name}"]
    link = next(parsed.document.body.iter("a"))
    assert unquote(link.get("download", "")) == name


@pytest.mark.parametrize("name", ["page.html", "run.js", "run.exe", "draw.svg"])
def test_a_file_that_could_run_is_not(name: str) -> None:
    parsed = parsed_with_file(f"See [it]({name}).", name)
    assert parsed.document is not None
    assert parsed.document.assets == ()


def parsed_with_file(text: str, name: str) -> ParsedDocument:
    """Return the document of a brief beside which there is a file."""
    brief = Brief("a", "briefs/a.md", "A", dt.date(2024, 5, 31), "en", text, 5)
    return parse_document(brief, mapping_reader({f"briefs/{name}": b"x"}))


@pytest.mark.parametrize("target", ["#", "#top", "#rents-up-again", "#Rents-up-again-"])
def test_a_link_to_the_title_or_the_top_leads_to_the_title(target: str) -> None:
    text = f"Back to [the top]({target}).\n"
    title = "Rents: up again"
    brief = Brief("a", "briefs/a.md", title, dt.date(2024, 5, 31), "en", text, 1)
    parsed = parse_document(brief, NO_FILES)
    assert parsed.document is not None
    (link,) = parsed.document.body.iter("a")
    assert link.get("href") == "#title"
    assert parsed.problems == ()


@pytest.mark.parametrize(
    ("heading", "target"),
    [
        ("Über Rents", "#ÜBER-rents"),
        ("Rents模板", "#Rents模板"),
        ("Rents ![badge](https://example.org/a.svg)", "#rents-"),
        ("Rents {#heading=h.1x2y}", "#heading=h.1x2y"),
    ],
)
def test_a_heading_is_found_by_the_name_that_another_program_gives_it(
    heading: str, target: str
) -> None:
    *_, link = document_of(f"## {heading}\n\n[Rents]({target})\n").body.iter("a")
    (found,) = document_of(f"## {heading}\n").outline
    assert link.get("href") == f"#{found.id}"
    assert found.text == heading.partition(" ![")[0].partition(" {")[0]


def test_an_anchor_of_a_word_processor_is_found() -> None:
    document = document_of(
        "[]{#bookmark=id.1x .anchor}Rents [rose](#bookmark=id.1x).\n"
    )
    anchor = next(document.body.iter("span"))
    link = next(document.body.iter("a"))
    assert link.get("href") == f"#{anchor.get('id')}"
