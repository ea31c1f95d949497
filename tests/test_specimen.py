"""The specimen has every element, and both themes render it without problems."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from briefpress.document.parser import parse_document
from briefpress.editions.inputs import AssetFile, BriefContext
from briefpress.editions.pdf.model import PdfInputs
from briefpress.editions.pdf.render import render_pdf
from briefpress.editions.web import WebInputs, render_web
from briefpress.manuscript.briefs import parse_brief
from briefpress.model import Brief, Document, Organisation, Press
from briefpress.xhtml import parse_page, text_of
from test_web import THEMES, theme
from vera import validate

FOLDER = Path(__file__).parent.parent / "themes" / "plain"
PRESS = Press(Organisation(name="Example Policy Center", url="https://example.org"))
MARKUP = (FOLDER.parent.parent / "docs" / "markup.md").read_text("utf-8")
WORDS = """p h2 h3 h4 em strong code a abbr sub sup hr ul ol li dl dt dd pre blockquote footer figure figcaption img
details table thead tbody th td span"""
TAGS = frozenset(WORDS.split())


@cache
def specimen() -> tuple[Brief, Document]:
    """Return the specimen, read and parsed without problems."""
    brief, problems = parse_brief(
        (FOLDER / "specimen.md").read_bytes(), "briefs/specimen/index.md", PRESS
    )
    assert problems == ()
    assert brief is not None
    parsed = parse_document(brief, lambda path: (FOLDER / Path(path).name).read_bytes())
    assert parsed.problems == ()
    document = parsed.document
    assert document is not None
    return brief, document


def test_the_specimen_has_every_element() -> None:
    _, document = specimen()
    found = {element.tag for element in document.body.iter()}
    assert found >= TAGS, TAGS - found
    assert {span.get("lang") for span in document.body.iter("span")} >= {
        "ru",
        "kk",
        "fa",
    }
    assert any(len(note.calls) > 1 for note in document.notes), "a note is called twice"
    assert any(len(note.body) > 1 for note in document.notes), (
        "a note has two paragraphs"
    )


def test_the_specimen_has_every_class_of_markup_md() -> None:
    _, document = specimen()
    listed = (
        MARKUP.partition("## Reserved classes")[2]
        .partition("\n\n")[2]
        .partition(", and the kinds")[0]
    )
    ours = set(re.findall(r"`([a-z-]+)`", listed))
    trees = [document.body, *(note.body for note in document.notes)]
    used = {
        name
        for tree in trees
        for element in tree.iter()
        for name in element.get("class", "").split()
    }
    assert ours
    assert ours <= used, ours - used


@pytest.mark.slow
@pytest.mark.parametrize("name", THEMES)
def test_the_pdf_of_the_specimen_is_complete(name: str, tmp_path: Path) -> None:
    brief, document = specimen()
    picture = (FOLDER / "specimen.svg").read_bytes()
    assets = {"specimen.svg": AssetFile(picture, "image/svg+xml")}
    context = BriefContext(PRESS, brief, links={"html": ""})
    pdf = render_pdf(PdfInputs(context, document, theme(name), {}, assets))
    assert pdf.problems == ()
    assert pdf.pdf.startswith(b"%PDF-")
    assert pdf.audit.notes == len(document.notes)
    assert 4 <= pdf.page_map.pages <= 8
    (tmp_path / "specimen.pdf").write_bytes(pdf.pdf)
    verdict = validate([tmp_path / "specimen.pdf"])
    assert verdict.split()[0] == "good", verdict


@pytest.mark.parametrize("name", THEMES)
def test_the_web_page_of_the_specimen_is_complete(name: str) -> None:
    brief, document = specimen()
    links = {"css": "a.css", "root": "../../index.html"}
    page = " ".join(
        text_of(
            parse_page(
                render_web(
                    WebInputs(
                        BriefContext(PRESS, brief, links=links), document, theme(name)
                    )
                ).decode()
            )
        ).split()
    )
    for element in document.body:
        assert text_of(element) in page
