"""The pages of a book around its chapters: cover, title page, imprint, contents, about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from typing import Any

from briefpress.editions.epub.content_document import ContentDocument, finish_page
from briefpress.editions.epub.model import Book, BookFont, Chapter
from briefpress.editions.localisation import date_in_words, list_in_words
from briefpress.editions.template_context import Words, collection_context
from briefpress.languages import text_direction
from briefpress.model import Author
from briefpress.theme.fonts import FontFace
from briefpress.theme.templates import render_template

COVER_FILE = "pictures/cover.png"
OPEN_FONT_LICENSE = "SIL Open Font License 1.1"


@dataclass(frozen=True, slots=True)
class BookPage:
    """A page around the chapters."""

    name: str  # the id in the manifest, and the file's name
    title: str
    landmark: str  # its kind in EPUB's vocabulary: "copyright-page"
    document: ContentDocument
    after_chapters: bool = False

    @property
    def href(self) -> str:
        """The file within the book's folder."""
        return f"{self.name}.xhtml"


def book_template_data(book: Book) -> dict[str, Any]:
    """Return what the theme's templates of a book receive."""
    briefs = [(chapter.as_brief(), chapter.href) for chapter in book.chapters]
    tokens = {**book.theme.tokens, **book.tokens}
    return collection_context(
        book.press, book.collection, briefs, book.lang, book.words, tokens
    )


def book_pages(book: Book, fonts: Iterable[BookFont]) -> Iterator[BookPage]:
    """Yield the pages around the chapters. Only books of several briefs have contents."""
    words, title = book.words, book.collection.title
    data = book_template_data(book)
    cover_title = f"{words['cover']}: {title}"
    yield _book_page(book, "cover", cover_title, _cover_html(cover_title), "cover")
    title_page = render_template(book.theme, "titlepage.html.j2", data)
    yield _book_page(book, "titlepage", title, title_page, "titlepage")
    # Credits follow the template's page: HTML's parser adds them to its body.
    imprint = render_template(book.theme, "imprint.html.j2", data)
    imprint += _font_credits_html([font.face for font in fonts], words)
    yield _book_page(book, "imprint", words["imprint"], imprint, "copyright-page")
    if len(book.chapters) > 1:
        contents = _contents_html(book.chapters, book.lang, words)
        yield _book_page(book, "contents", words["contents"], contents, "toc")
    about = _about_html(book)
    if about:
        yield _book_page(
            book,
            "about",
            words["about_program"],
            about,
            "backmatter",
            after_chapters=True,
        )


def _book_page(
    book: Book,
    name: str,
    title: str,
    html: str,
    landmark: str,
    *,
    after_chapters: bool = False,
) -> BookPage:
    """Return a page of the book's top folder."""
    pictures = {**book.theme.images, **book.pictures}
    # The nav is the book's table of contents; a second `toc` would confuse readers.
    epub_type = landmark if landmark != "toc" else ""
    document = finish_page(html, title, book.lang, epub_type, pictures)
    return BookPage(name, title, landmark, document, after_chapters)


def _cover_html(alt: str) -> str:
    """Return the page that shows the cover."""
    return (
        f'<section class="cover"><img src="{COVER_FILE}" role="doc-cover" '
        f'alt="{escape(alt)}"/></section>'
    )


def _contents_html(chapters: Sequence[Chapter], lang: str, words: Words) -> str:
    """Return the contents with bylines and dates, by year if the book is in that order.

    A book that returns to an earlier year has one list without years.
    """
    groups = [
        (f"<h2>{year}</h2>", list(group))
        for year, group in groupby(chapters, lambda chapter: chapter.date.year)
    ]
    years = {chapter.date.year for chapter in chapters}
    is_by_year = len(years) == len(groups) > 1
    if not is_by_year:
        groups = [("", list(chapters))]
    html = [f'<section class="contents-page"><h1>{escape(words["contents"])}</h1>']
    for heading, group in groups:
        items = [_contents_item_html(chapter, lang) for chapter in group]
        html += [heading, '<ul class="contents">', *items, "</ul>"]
    html.append("</section>")
    return "".join(html)


def _contents_item_html(chapter: Chapter, lang: str) -> str:
    """Return a chapter's item: title, subtitle, byline and date."""
    byline = list_in_words([author.name for author in chapter.authors], chapter.lang)
    date = date_in_words(chapter.date, chapter.lang)
    separator = " · " if byline else ""
    attributes = ""
    if chapter.lang != lang:
        attributes = f' lang="{chapter.lang}" dir="{text_direction(chapter.lang)}"'
    subtitle = ""
    if chapter.subtitle:
        subtitle = f'<p class="contents-dek">{escape(chapter.subtitle)}</p>'
    return (
        f'<li{attributes}><p class="contents-title">'
        f'<a href="{chapter.href}">{escape(chapter.title)}</a></p>{subtitle}'
        f'<p class="contents-line">{escape(byline)}{separator}'
        f"<bdi>{escape(date)}</bdi></p></li>"
    )


def _about_html(book: Book) -> str:
    """Return the page about program and authors; empty if there is nothing to say."""
    program = book.press.programs.get(book.collection.program)
    sections = ""
    if program and program.description:
        heading = escape(book.words["about_program"])
        text = escape(program.description)
        sections += f"<section><h1>{heading}</h1><p>{text}</p></section>"
    authors = [author for author in book.authors if author.bio]
    if authors:
        key = "about_author" if len(authors) == 1 else "about_authors"
        heading = escape(book.words[key])
        biographies = "".join(map(_biography_html, authors))
        sections += f"<section><h1>{heading}</h1>{biographies}</section>"
    return f'<section class="about-page">{sections}</section>' if sections else ""


def _biography_html(author: Author) -> str:
    """Return the paragraph about an author."""
    return f"<p><strong>{escape(author.name)}</strong> {escape(author.bio)}</p>"


def _font_credits_html(faces: Iterable[FontFace], words: Words) -> str:
    """Return the copyright notices that the licences of the fonts require."""
    credit_lines: dict[str, str] = {}
    # The shortest family name stands for its package: "Source Serif 4".
    for face in sorted(faces, key=lambda face: (face.package, len(face.family))):
        if face.package not in credit_lines:
            credit_lines[face.package] = _font_credit(face)
    if not credit_lines:
        return ""
    paragraphs = "".join(
        f'<p lang="en" dir="ltr">{escape(line)}</p>' for line in credit_lines.values()
    )
    heading = escape(words["fonts"])
    return f'<section class="font-credits"><h2>{heading}</h2>{paragraphs}</section>'


def _font_credit(face: FontFace) -> str:
    """Return family, copyright holder and licence in one line."""
    lines = [line.strip() for line in face.license_text().splitlines()]
    holder, licence = "", ""
    for line in lines:
        if not holder and line.lower().startswith("copyright"):
            holder = line.rstrip(".")
        if "SIL OPEN FONT LICENSE" in line.upper():
            licence = OPEN_FONT_LICENSE
    parts = [part for part in (face.family, holder, licence) if part]
    return ". ".join(parts) + "."
