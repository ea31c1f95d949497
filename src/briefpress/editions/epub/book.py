"""A collection as one EPUB: spine in reading order, navigation, metadata, files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain

from briefpress.document.images import inspect_picture
from briefpress.editions.epub.content_document import STYLESHEET
from briefpress.editions.epub.cover import font_face_rules
from briefpress.editions.epub.metadata import package_metadata
from briefpress.editions.epub.model import (
    Book,
    BookFont,
    Chapter,
    EpubEdition,
    EpubInputs,
    Resource,
)
from briefpress.editions.epub.navigation import (
    make_navigation,
    render_nav,
    render_ncx,
)
from briefpress.editions.epub.package import NCX, XHTML, Item, pack
from briefpress.editions.epub.pages import COVER_FILE, BookPage, book_pages
from briefpress.problems import Problem
from briefpress.theme import css_for, with_image_folder

STYLESHEET_PICTURES = "pictures/theme/"
PAGE_MARK = re.compile(rb'id="page-([^"]*)" role="doc-pagebreak" aria-label="\1"')
# EPUB 3.3 forbids `direction` and `unicode-bidi` in style sheets: pages have `dir`.
# Comments are for designers and are removed as well.
REMOVED_CSS = re.compile(
    r"/\*.*?\*/|(?<![\w-])(?:unicode-bidi|direction)\s*:[^;{}]*;?",
    re.IGNORECASE | re.DOTALL,
)
# Rules that every book needs. The theme's rules follow and may override them.
BASE_CSS = """.cover{margin:0;padding:0;text-align:center}
.cover img{max-width:100%;max-height:100vh}
.contents{list-style-type:none;padding:0}
.scroll{overflow-x:auto}
img{max-width:100%}
"""


def render_epub(inputs: EpubInputs) -> EpubEdition:
    """Return the EPUB of a book, with problems of the theme's pages and of file names.

    Raises `BriefpressError` if a template of the theme cannot be rendered.
    """
    book = inputs.book
    pages = list(book_pages(book, inputs.fonts))
    navigation = make_navigation(book, pages)
    nav, ncx = render_nav(book, navigation), render_ncx(book, navigation)
    cover_properties = ("cover-image",)
    items = [
        Item("nav", "nav.xhtml", XHTML, nav, ("nav",)),
        Item("ncx", "toc.ncx", NCX, ncx),
        Item("css", STYLESHEET, "text/css", _stylesheet(book, inputs.fonts)),
        Item("cover-image", COVER_FILE, "image/png", inputs.cover, cover_properties),
        *map(_page_item, pages),
        *map(_chapter_item, book.chapters),
        *_resource_items(
            [font.file for font in inputs.fonts],
            _stylesheet_pictures(book),
            *(page.document.pictures for page in pages),
            *(chapter.pictures for chapter in book.chapters),
        ),
    ]
    epub = pack(
        package_metadata(book), items, _spine(book, pages), book.lang, inputs.epoch
    )
    page_problems = chain.from_iterable(page.document.problems for page in pages)
    return EpubEdition(epub, (*_name_conflicts(book.chapters), *page_problems))


def number_pages(chapters: Iterable[Chapter]) -> tuple[Chapter, ...]:
    """Return the chapters with the page numbers of the collection's print edition.

    Its briefs follow one another, and each begins on a recto (an odd page). So the
    numbers are sums of page counts, and nothing has to be laid out.
    """
    numbered = []
    first = 1
    for chapter in chapters:
        last = first + len(chapter.pages) - 1
        folios = [str(folio) for folio in range(first, last + 1)]
        numbered.append(with_folios(chapter, folios))
        next_page = last + 1
        first = next_page if next_page % 2 else next_page + 1
    return tuple(numbered)


def with_folios(chapter: Chapter, folios: Sequence[str]) -> Chapter:
    """Return the chapter with other folios on its page marks, in the same order."""
    new_folios = dict(zip(chapter.pages, folios, strict=True))
    data = PAGE_MARK.sub(lambda mark: _renumbered(mark, new_folios), chapter.data)
    return replace(chapter, data=data, pages=tuple(folios))


def _renumbered(mark: re.Match[bytes], new_folios: Mapping[str, str]) -> bytes:
    """Return the attributes of a page mark with its new folio."""
    folio = new_folios[mark[1].decode()].encode()
    return b'id="page-%b" role="doc-pagebreak" aria-label="%b"' % (folio, folio)


def _spine(book: Book, pages: Sequence[BookPage]) -> list[str]:
    """Return the manifest ids of all pages in reading order."""
    before = [page.name for page in pages if not page.after_chapters]
    after = [page.name for page in pages if page.after_chapters]
    return [*before, *map(_chapter_id, book.chapters), *after]


def _page_item(page: BookPage) -> Item:
    """Return a page around the chapters as an item of the manifest."""
    document = page.document
    return Item(page.name, page.href, XHTML, document.data, document.properties)


def _chapter_item(chapter: Chapter) -> Item:
    """Return a chapter as an item of the manifest."""
    return Item(
        _chapter_id(chapter), chapter.href, XHTML, chapter.data, chapter.properties
    )


def _chapter_id(chapter: Chapter) -> str:
    """Return the id of a chapter in the manifest."""
    return f"brief-{chapter.slug}"


def _resource_items(*groups: Iterable[Resource]) -> Iterator[Item]:
    """Yield fonts and pictures as items of the manifest, each file once."""
    files = {file.href: file for file in chain.from_iterable(groups)}
    for number, file in enumerate(files.values(), 1):
        yield Item(f"file-{number}", file.href, file.media, file.data)


def _stylesheet(book: Book, fonts: Iterable[BookFont]) -> bytes:
    """Return the book's style sheet: fonts, base rules, and the theme's rules."""
    theme_css = css_for(book.theme, "epub", book.tokens)
    theme_css = with_image_folder(theme_css, book.theme, f"../{STYLESHEET_PICTURES}")
    allowed_css = REMOVED_CSS.sub("", theme_css)
    return f"{font_face_rules(fonts)}{BASE_CSS}{allowed_css}".encode()


def _stylesheet_pictures(book: Book) -> list[Resource]:
    """Return the pictures that the book's style sheet names."""
    pictures = book.theme.images_named_in(book.theme.styles["epub"])
    return [
        Resource(STYLESHEET_PICTURES + name, inspect_picture(data).media, data)
        for name, data in pictures.items()
    ]


def _name_conflicts(chapters: Iterable[Chapter]) -> Iterator[Problem]:
    """Yield a problem for each chapter whose file name is taken.

    On some disks `Water` and `water` are the same file.
    """
    seen: set[str] = set()
    for chapter in chapters:
        name = chapter.href.casefold()
        if name in seen:
            message = f"two chapters have the file name {chapter.slug!r}"
            yield Problem("E07", message, brief=chapter.slug)
        seen.add(name)
