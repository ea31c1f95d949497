"""The pages of a book around its chapters: cover, contents by year, and who made it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from itertools import groupby

from briefpress.editions.chapter import Chapter
from briefpress.editions.context import date_in_words, direction, list_in_words
from briefpress.editions.epub.value import Book
from briefpress.theme import FontFace

Words = Mapping[str, str]


def cover_page(alt: str) -> str:
    """Return the page that shows the cover."""
    return f'<section class="cover"><img src="pictures/cover.png" role="doc-cover" alt="{escape(alt)}"/></section>'


def contents_page(chapters: Sequence[Chapter], lang: str, words: Words) -> str:
    """Return the contents, with bylines and dates: by year, as the book has them."""
    groups = [
        (year, list(group))
        for year, group in groupby(chapters, lambda chapter: chapter.date.year)
    ]
    by_year = len({year for year, _ in groups}) == len(groups) > 1
    out = [f'<section class="contents-page"><h1>{escape(words["contents"])}</h1>']
    for year, group in groups if by_year else [(0, list(chapters))]:
        out += [f"<h2>{year}</h2>"] if year else []
        out += [
            '<ul class="contents">',
            *(_line(chapter, lang) for chapter in group),
            "</ul>",
        ]
    return "".join([*out, "</section>"])


def _line(chapter: Chapter, lang: str) -> str:
    """Return a chapter's line: title, subtitle, byline, date."""
    other = (
        f' lang="{chapter.lang}" dir="{direction(chapter.lang)}"'
        if chapter.lang != lang
        else ""
    )
    byline = list_in_words([author.name for author in chapter.authors], chapter.lang)
    date = f"<bdi>{escape(date_in_words(chapter.date, chapter.lang))}</bdi>"
    return (
        f'<li{other}><p class="contents-title"><a href="{chapter.href}">{escape(chapter.title)}</a></p>'
        + (
            f'<p class="contents-dek">{escape(chapter.subtitle)}</p>'
            if chapter.subtitle
            else ""
        )
        + f'<p class="contents-line">{escape(byline)}{" · " if byline else ""}{date}</p></li>'
    )


def about_page(book: Book, words: Words) -> str:
    """Return who made the book: the program and the authors. Empty when nobody says anything of them."""
    program = book.press.programs.get(book.collection.program)
    parts = []
    if program and program.description:
        parts.append(
            f"<section><h1>{escape(words['about_program'])}</h1><p>{escape(program.description)}</p></section>"
        )
    said = [author for author in book.authors if author.bio]
    if said:
        title = words["about_author"] if len(said) == 1 else words["about_authors"]
        lines = "".join(
            f"<p><strong>{escape(author.name)}</strong> {escape(author.bio)}</p>"
            for author in said
        )
        parts.append(f"<section><h1>{escape(title)}</h1>{lines}</section>")
    return f'<section class="about-page">{"".join(parts)}</section>' if parts else ""


def font_credits(fonts: Sequence[FontFace], words: Words) -> str:
    """Return whose the fonts are: what their licences ask a book to say."""
    lines = {}
    for face in sorted(fonts, key=lambda face: (face.package, len(face.family))):
        if face.package in lines:
            continue
        text = [
            line.strip() for line in face.license_text().splitlines() if line.strip()
        ]
        holder = next(
            (line for line in text if line.lower().startswith("copyright")), ""
        )
        kind = (
            "SIL Open Font License 1.1"
            if any("SIL OPEN FONT LICENSE" in line.upper() for line in text)
            else ""
        )
        lines[face.package] = (
            ". ".join(filter(None, (face.family, holder.rstrip("."), kind))) + "."
        )
    if not lines:
        return ""
    listed = "".join(
        f'<p lang="en" dir="ltr">{escape(line)}</p>' for line in lines.values()
    )
    return f'<section class="font-credits"><h2>{escape(words["fonts"])}</h2>{listed}</section>'
