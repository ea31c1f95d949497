"""Documents rendered for tests: fonts, a page, a theme of a style sheet, checks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

from pdf_words import check_page_map, check_pdf
from random_briefs import RandomBrief

from briefpress.editions.inputs import AssetFile, BriefContext
from briefpress.editions.pdf.model import PdfEdition, PdfInputs
from briefpress.editions.pdf.render import render_pdf
from briefpress.model import Author, Brief, Document, Organisation, Press
from briefpress.theme.fonts import FontFace, font_digest
from briefpress.theme.model import Theme
from briefpress.theme.read import read_theme

PAGE = (
    '<html lang="en"><head><title>Title</title></head><body data-continued="goes on">'
    '<article><h1>Title</h1><div class="body" data-slot="body"></div></article></body>'
    "</html>"
)
BRIEF = Brief(
    slug="title",
    file="briefs/title.md",
    title="Title",
    date=dt.date(2024, 1, 2),
    lang="en",
    text="",
    line=1,
    authors=(Author("A. Author"),),
)
CONTEXT = BriefContext(Press(Organisation("Institute")), BRIEF, (), {"html": ""}, {})
SERIF = "fontpkg-source-serif-4"


def font_face(file: str, style: str) -> FontFace:
    """Return a face of the only family of the tests."""
    digest = font_digest(SERIF, file)
    return FontFace("Source Serif 4", "200 900", style, SERIF, file, digest)


FONTS = (
    font_face("SourceSerif4[opsz,wght].ttf", "normal"),
    font_face("SourceSerif4-Italic[opsz,wght].ttf", "italic"),
)


def theme_of(css: str, page: str = PAGE) -> Theme:
    """Return a theme of one style sheet, one page and the fonts of the tests."""
    return Theme(
        name="test",
        chain=("test",),
        tokens={},
        styles={"print": css},
        templates={"test:print.html.j2": page},
        strings={},
        fonts=FONTS,
    )


@cache
def repository_theme(name: str) -> Theme:
    """Return a theme of the repository, with the page of the tests.

    A reader of the PDF must know every word on its pages.
    """
    theme, _ = read_theme(name, [Path(__file__).parents[2] / "themes"])
    return replace(theme, templates={f"{name}:print.html.j2": PAGE})


def render(
    document: Document,
    theme: Theme,
    assets: Mapping[str, AssetFile] | None = None,
    context: BriefContext = CONTEXT,
) -> PdfEdition:
    """Return the PDF of a document in a theme."""
    return render_pdf(PdfInputs(context, document, theme, {}, assets or {}))


def render_random(brief: RandomBrief) -> PdfEdition:
    """Return the PDF of a random brief."""
    theme = repository_theme(brief.theme) if brief.theme else theme_of(brief.css)
    return render(brief.document, theme)


def render_and_check(brief: RandomBrief) -> tuple[PdfEdition, list[str]]:
    """Return the PDF of a random brief, and what is wrong with it."""
    edition = render_random(brief)
    if not edition.pdf:
        return edition, [str(problem) for problem in edition.problems]
    wrong = check_pdf(edition.pdf, brief)
    return edition, wrong + check_page_map(edition.pdf, brief, edition.page_map)
