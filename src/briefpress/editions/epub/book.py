"""A collection bound into one EPUB: spine in reading order, nav, landmarks, page list, metadata."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from briefpress.document.pictures import inspect
from briefpress.editions.chapter import Chapter, Resource
from briefpress.editions.chapter.page import CSS, finish_page
from briefpress.editions.context import collection_context
from briefpress.editions.epub.cover import render_cover
from briefpress.editions.epub.fonts import Fonts, font_css
from briefpress.editions.epub.metadata import metadata
from briefpress.editions.epub.nav import (
    Entry,
    Landmark,
    chapter_entry,
    page_list,
    render_nav,
)
from briefpress.editions.epub.ncx import render_ncx
from briefpress.editions.epub.package import XHTML, Item, pack
from briefpress.editions.epub.pages import (
    about_page,
    contents_page,
    cover_page,
    font_credits,
)
from briefpress.editions.epub.value import Book
from briefpress.problems import BriefpressError, Problem
from briefpress.theme import css_for, render_template, with_image_folder

OWN = "pictures/theme/"  # where the pictures of the style sheet lie
# EPUB forbids these two in style sheets: direction is the mark-up's affair, and every page of ours says it.
# Comments are for designers.
UNFIT = re.compile(
    r"/\*.*?\*/|(?<![\w-])(?:unicode-bidi|direction)\s*:[^;{}]*;?",
    re.IGNORECASE | re.DOTALL,
)
# What a book needs whatever its theme; the theme's rules come after it and may say otherwise.
FRAME = """.cover{margin:0;padding:0;text-align:center}
.cover img{max-width:100%;max-height:100vh}
.contents{list-style-type:none;padding:0}
.scroll{overflow-x:auto}
img{max-width:100%}
"""


def book_letters(book: Book) -> frozenset[str]:
    """Return the characters that the fonts of a book need: also those that style sheets make or print."""
    house = book.press.organisation
    said = (
        house.name,
        house.address,
        house.contact,
        house.rights,
        book.collection.title,
        book.description,
    )
    texts = (
        *said,
        *book.words.values(),
        *(chapter.characters for chapter in book.chapters),
    )
    used = "".join((*texts, css_for(book.theme, "epub", book.tokens)))
    return frozenset(used + used.upper())


def book_cover(book: Book, fonts: Fonts) -> bytes:
    """Return the cover as PNG: the theme's `cover.svg.j2`, drawn."""
    return render_cover(
        render_template(book.theme, "cover.svg.j2", _context(book)),
        fonts,
        book.theme.name,
    )


def render_epub(book: Book, fonts: Fonts, cover: bytes, epoch: int) -> bytes:
    """Return the book as EPUB. The same values give the same bytes.

    `epoch` is the one date written into it, in seconds. Raises `BriefpressError` where two chapters would have
    one file name, for the second would take the place of the first, and where a page of the theme's is at fault.
    """
    _refuse_twins(book.chapters)
    pages = list(_pages(book, fonts))
    entries = _entries(book, pages)
    folios = page_list(book.chapters)
    items = [
        Item(
            "nav",
            "nav.xhtml",
            XHTML,
            render_nav(book, entries, folios, _landmarks(book, pages)),
            ("nav",),
        ),
        Item(
            "ncx",
            "toc.ncx",
            "application/x-dtbncx+xml",
            render_ncx(book, entries, folios),
        ),
        Item("css", CSS, "text/css", _css(book, fonts)),
        Item("cover-image", "pictures/cover.png", "image/png", cover, ("cover-image",)),
        *(page.item for page in pages),
        *(
            Item(f"brief-{c.slug}", c.href, XHTML, c.data, c.properties)
            for c in book.chapters
        ),
        *_resources(
            [file for _, file in fonts],
            _images(book),
            *(p.pictures for p in pages),
            *(c.pictures for c in book.chapters),
        ),
    ]
    front = [page.item.id for page in pages if not page.back]
    back = [page.item.id for page in pages if page.back]
    spine = [*front, *(f"brief-{chapter.slug}" for chapter in book.chapters), *back]
    return pack(metadata(book), items, spine, book.lang, epoch)


@dataclass(frozen=True, slots=True)
class _Page:
    """A page around the chapters; `back` when it stands behind them."""

    item: Item
    title: str
    landmark: str
    pictures: tuple[Resource, ...]
    back: bool = False


def _pages(book: Book, fonts: Fonts) -> Iterator[_Page]:
    """Yield cover, title page, imprint, contents (of more than one brief), and the page about who made it."""
    context, words, title = _context(book), book.words, book.collection.title
    # HTML's parser takes what follows the end of a body into it.
    imprint = render_template(book.theme, "imprint.html.j2", context) + font_credits(
        [f for f, _ in fonts], words
    )
    yield _page(
        book,
        "cover",
        f"{words['cover']}: {title}",
        cover_page(f"{words['cover']}: {title}"),
        "cover",
    )
    yield _page(
        book,
        "titlepage",
        title,
        render_template(book.theme, "titlepage.html.j2", context),
        "titlepage",
    )
    yield _page(book, "imprint", words["imprint"], imprint, "copyright-page")
    if len(book.chapters) > 1:
        yield _page(
            book,
            "contents",
            words["contents"],
            contents_page(book.chapters, book.lang, words),
            "toc",
        )
    if html := about_page(book, words):
        yield _page(
            book, "about", words["about_program"], html, "backmatter", back=True
        )


def _page(
    book: Book, name: str, title: str, html: str, kind: str, *, back: bool = False
) -> _Page:
    """Return a page of the book's folder."""
    pictures = {**book.theme.images, **book.pictures}
    page = finish_page(html, title, book.lang, kind if kind != "toc" else "", pictures)
    if faults := [fault for fault in page.problems if fault.is_error]:
        raise BriefpressError(*faults)
    return _Page(
        Item(name, f"{name}.xhtml", XHTML, page.data, page.properties),
        title,
        kind,
        page.pictures,
        back,
    )


def _context(book: Book) -> dict[str, Any]:
    """Return what the theme's templates of a book are handed."""
    briefs = [(chapter.as_brief(), chapter.href) for chapter in book.chapters]
    tokens = {**book.theme.tokens, **book.tokens}
    return collection_context(
        book.press, book.collection, briefs, book.lang, book.words, tokens
    )


def _css(book: Book, fonts: Fonts) -> bytes:
    """Return the book's style sheet: its fonts, what every book needs, and the theme's rules."""
    css = with_image_folder(
        css_for(book.theme, "epub", book.tokens), book.theme, f"../{OWN}"
    )
    return (font_css(fonts) + FRAME + UNFIT.sub("", css)).encode()


def _images(book: Book) -> list[Resource]:
    """Return the pictures of the book's style sheet."""
    found = book.theme.images_named_in(book.theme.styles["epub"])
    return [
        Resource(OWN + name, inspect(data).media, data) for name, data in found.items()
    ]


def _entries(book: Book, pages: Sequence[_Page]) -> list[Entry]:
    """Return the lines of the contents: the briefs with their headings, and the pages that one looks up."""
    before = [
        Entry(page.item.href, page.title, book.lang)
        for page in pages
        if page.landmark == "copyright-page"
    ]
    after = [
        Entry(page.item.href, page.title, book.lang) for page in pages if page.back
    ]
    return [*before, *(chapter_entry(chapter) for chapter in book.chapters), *after]


def _landmarks(book: Book, pages: Sequence[_Page]) -> list[Landmark]:
    """Return the places that readers jump to; reading starts at the first brief."""
    marks = [Landmark(page.landmark, page.item.href, page.title) for page in pages]
    return [
        *marks,
        *(
            Landmark("bodymatter", chapter.href, chapter.title)
            for chapter in book.chapters[:1]
        ),
    ]


def _resources(*groups: Sequence[Resource]) -> Iterator[Item]:
    """Yield fonts and pictures, each once."""
    files = {file.href: file for group in groups for file in group}
    for number, file in enumerate(files.values(), 1):
        yield Item(f"file-{number}", file.href, file.media, file.data)


def _refuse_twins(chapters: Sequence[Chapter]) -> None:
    """Raise where two chapters have one name: on some disks `Water` and `water` are one file."""
    seen: set[str] = set()
    twins = []
    for chapter in chapters:
        if (name := chapter.href.casefold()) in seen:
            twins.append(
                Problem(
                    "E07",
                    f"there are two chapters of the name {chapter.slug!r}",
                    brief=chapter.slug,
                )
            )
        seen.add(name)
    if twins:
        raise BriefpressError(*twins)
