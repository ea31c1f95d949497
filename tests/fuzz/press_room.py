"""Documents rendered for tests: fonts, a page, a theme for a style sheet, and a judged PDF."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

from deal import Dealt  # noqa: TC002 - ours, beside this file
from judge import judge, misplaced

from briefpress.editions.inputs import AssetFile, BriefContext
from briefpress.editions.pdf import PdfEdition, PdfInputs, render_pdf
from briefpress.model import Author, Brief, Document, Organisation, Press
from briefpress.theme import FontFace, Theme, read_theme
from briefpress.theme.fonts import font_digest

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


def face(file: str, style: str) -> FontFace:
    """Return a face of the tests' only family."""
    return FontFace(
        "Source Serif 4", "200 900", style, SERIF, file, font_digest(SERIF, file)
    )


FONTS = (
    face("SourceSerif4[opsz,wght].ttf", "normal"),
    face("SourceSerif4-Italic[opsz,wght].ttf", "italic"),
)


def theme_of(css: str, page: str = PAGE) -> Theme:
    """Return a theme that consists of one style sheet, one page and the tests' fonts."""
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
def house_theme(name: str) -> Theme:
    """Return a theme of the repository."""
    theme, _ = read_theme(name, [Path(__file__).parents[2] / "themes"])
    # The tests' page instead of the theme's own, so that the judge knows every word.
    return replace(theme, templates={f"{name}:print.html.j2": PAGE})


def printed(
    document: Document,
    theme: Theme,
    assets: Mapping[str, AssetFile] | None = None,
    context: BriefContext = CONTEXT,
) -> PdfEdition:
    """Return the PDF of a document in a theme."""
    return render_pdf(PdfInputs(context, document, theme, {}, assets or {}))


def try_brief(dealt: Dealt) -> tuple[PdfEdition, list[str]]:
    """Return the PDF of a brief and what the judge finds in it."""
    theme = house_theme(dealt.theme) if dealt.theme else theme_of(dealt.css)
    made = printed(dealt.document, theme)
    if not made.pdf:
        return made, [str(problem) for problem in made.problems]
    return made, judge(made.pdf, dealt) + misplaced(made.pdf, dealt, made.page_map)
