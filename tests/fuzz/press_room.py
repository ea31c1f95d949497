"""Where the tests print: the fonts, the page around the body, and a brief tried before the judge."""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path

from deal import Dealt  # noqa: TC002 - ours, beside this file
from judge import judge, misplaced

from briefpress.editions.pdf import Particulars, Pdf, render_pdf
from briefpress.theme import FontFace, css_for, read_theme
from briefpress.theme.fonts import font_digest

PAGE = (
    '<html lang="en"><head><title>Title</title></head><body data-continued="goes on"><article><h1>Title</h1>'
    '<div class="body" data-slot="body"></div></article></body></html>'
)
PARTICULARS = Particulars("Title", "en", dt.date(2024, 1, 2), ("A. Author",))
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


@cache
def themed(name: str) -> tuple[str, tuple[FontFace, ...]]:
    """Return the style sheet and the fonts of a theme of the house."""
    theme, _ = read_theme(name, [Path(__file__).parents[2] / "themes"])
    return css_for(theme, "print", {}), theme.fonts


def try_brief(dealt: Dealt) -> tuple[Pdf, list[str]]:
    """Return the PDF of a brief and what the judge finds in it."""
    css, fonts = themed(dealt.theme) if dealt.theme else (dealt.css, FONTS)
    made = render_pdf(PAGE, dealt.document, css, fonts, {}, PARTICULARS)
    if not made.data:
        return made, [str(problem) for problem in made.problems]
    return made, judge(made.data, dealt) + misplaced(made.data, dealt, made.pagemap)
