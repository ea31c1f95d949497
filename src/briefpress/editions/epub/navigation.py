"""The navigation document and the NCX: contents in two levels, page list, landmarks.

The NCX serves reading systems that know only EPUB 2 (EPUB 3.3, section 5.9). It has no
`playOrder` on pages: its DTD requires one only if pages and contents are one sequence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import count

from briefpress.editions.epub.content_document import DECLARATION, STYLESHEET
from briefpress.editions.epub.model import Book, Chapter
from briefpress.editions.epub.pages import BookPage
from briefpress.languages import text_direction

NCX_NAMESPACE = "http://www.daisy.org/z3986/2005/ncx/"


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the contents."""

    href: str
    title: str
    lang: str
    children: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class Landmark:
    """A place that readers jump to."""

    epub_type: str
    href: str
    title: str


@dataclass(frozen=True, slots=True)
class PageTarget:
    """A page of the print edition: its folio, and the address of its mark."""

    folio: str
    href: str


@dataclass(frozen=True, slots=True)
class Navigation:
    """All that nav and NCX list."""

    contents: tuple[Entry, ...]
    pages: tuple[PageTarget, ...]
    landmarks: tuple[Landmark, ...]


def make_navigation(book: Book, pages: Sequence[BookPage]) -> Navigation:
    """Return what nav and NCX of a book list, in reading order."""
    contents = [
        Entry(page.href, page.title, book.lang)
        for page in pages
        if page.landmark == "copyright-page"
    ]
    contents += [_chapter_entry(chapter) for chapter in book.chapters]
    contents += [
        Entry(page.href, page.title, book.lang) for page in pages if page.after_chapters
    ]
    page_targets = [
        PageTarget(folio, f"{chapter.href}#page-{folio}")
        for chapter in book.chapters
        for folio in chapter.pages
    ]
    landmarks = [Landmark(page.landmark, page.href, page.title) for page in pages]
    if book.chapters:
        first = book.chapters[0]
        landmarks.append(Landmark("bodymatter", first.href, first.title))
    return Navigation(tuple(contents), tuple(page_targets), tuple(landmarks))


def render_nav(book: Book, navigation: Navigation) -> bytes:
    """Return the navigation document (EPUB 3.3, section 7)."""
    words = book.words
    contents = "".join(_nav_items(navigation.contents, book.lang))
    page_items = "".join(map(_page_item, navigation.pages))
    landmark_items = "".join(map(_landmark_item, navigation.landmarks))
    html = (
        f'{DECLARATION} xmlns:epub="http://www.idpf.org/2007/ops"'
        f' lang="{book.lang}" xml:lang="{book.lang}" dir="{text_direction(book.lang)}">\n'
        f"<head><title>{escape(book.collection.title)}</title>"
        f'<link rel="stylesheet" type="text/css" href="{STYLESHEET}"/></head>\n<body>\n'
    )
    html += _nav_element("toc", words["contents"], contents, 'role="doc-toc"')
    if navigation.pages:
        attributes = 'role="doc-pagelist" hidden="hidden"'
        html += _nav_element("page-list", words["pages"], page_items, attributes)
    html += _nav_element(
        "landmarks", words["landmarks"], landmark_items, 'hidden="hidden"'
    )
    return f"{html}</body>\n</html>\n".encode()


def render_ncx(book: Book, navigation: Navigation) -> bytes:
    """Return the NCX (OPF 2.0.1, section 2.4.1)."""
    has_two_levels = any(entry.children for entry in navigation.contents)
    numbered = [page.folio for page in navigation.pages if page.folio.isdecimal()]
    properties = {
        "dtb:uid": book.identifier,
        "dtb:depth": 2 if has_two_levels else 1,
        "dtb:totalPageCount": len(navigation.pages),
        "dtb:maxPageNumber": max(map(int, numbered), default=0),
    }
    metadata = "".join(
        f'<meta name="{name}" content="{escape(str(value))}"/>\n'
        for name, value in properties.items()
    )
    points = "".join(_nav_points(navigation.contents, count(1)))
    page_list = _ncx_page_list(navigation.pages, book.words["pages"])
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<ncx xmlns="{NCX_NAMESPACE}" version="2005-1" xml:lang="{book.lang}">\n'
        f"<head>\n{metadata}</head>\n"
        f"<docTitle><text>{escape(book.collection.title)}</text></docTitle>\n"
        f"<navMap>\n{points}</navMap>\n{page_list}</ncx>\n"
    ).encode()


def _chapter_entry(chapter: Chapter) -> Entry:
    """Return a chapter's line, with its headings of level 2 (the title is level 1)."""
    children = tuple(
        Entry(f"{chapter.href}#{heading.id}", heading.text, chapter.lang)
        for heading in chapter.headings
        if heading.level == 2
    )
    return Entry(chapter.href, chapter.title, chapter.lang, children)


def _nav_element(epub_type: str, title: str, items: str, attributes: str) -> str:
    """Return one `<nav>`."""
    heading_id = f"nav-{epub_type}"
    return (
        f'<nav epub:type="{epub_type}" id="{epub_type}"'
        f' aria-labelledby="{heading_id}" {attributes}>\n'
        f'<h1 id="{heading_id}">{escape(title)}</h1>\n<ol>\n{items}</ol>\n</nav>\n'
    )


def _nav_items(entries: Sequence[Entry], book_lang: str) -> Iterator[str]:
    """Yield the lines of the contents, with the language of those in another."""
    for entry in entries:
        language = ""
        if entry.lang != book_lang:
            language = (
                f' lang="{entry.lang}" xml:lang="{entry.lang}"'
                f' dir="{text_direction(entry.lang)}"'
            )
        children = ""
        if entry.children:
            items = "".join(_nav_items(entry.children, book_lang))
            children = f"\n<ol>\n{items}</ol>\n"
        link = f'<a href="{escape(entry.href)}"{language}>{escape(entry.title)}</a>'
        yield f"<li>{link}{children}</li>\n"


def _page_item(page: PageTarget) -> str:
    """Return a line of the page list."""
    return f'<li><a href="{escape(page.href)}">{escape(page.folio)}</a></li>\n'


def _landmark_item(landmark: Landmark) -> str:
    """Return a line of the landmarks."""
    return (
        f'<li><a epub:type="{landmark.epub_type}" href="{escape(landmark.href)}">'
        f"{escape(landmark.title)}</a></li>\n"
    )


def _nav_points(entries: Sequence[Entry], numbers: Iterator[int]) -> Iterator[str]:
    """Yield the contents of the NCX, each entry with its place in reading order."""
    for entry in entries:
        number = next(numbers)
        children = "".join(_nav_points(entry.children, numbers))
        yield (
            f'<navPoint id="point-{number}" playOrder="{number}">'
            f"<navLabel><text>{escape(entry.title)}</text></navLabel>"
            f'<content src="{escape(entry.href)}"/>{children}</navPoint>\n'
        )


def _ncx_page_list(pages: Sequence[PageTarget], title: str) -> str:
    """Return the page list of the NCX; empty if no page is marked."""
    if not pages:
        return ""
    targets = "".join(
        _ncx_page_target(number, page) for number, page in enumerate(pages, 1)
    )
    return (
        f"<pageList>\n<navLabel><text>{escape(title)}</text></navLabel>\n"
        f"{targets}</pageList>\n"
    )


def _ncx_page_target(number: int, page: PageTarget) -> str:
    """Return a page of the NCX. Only front matter has folios in roman numerals."""
    attributes = 'type="front"'
    if page.folio.isdecimal():
        attributes = f'type="normal" value="{int(page.folio)}"'
    return (
        f'<pageTarget id="target-{number}" {attributes}>'
        f"<navLabel><text>{escape(page.folio)}</text></navLabel>"
        f'<content src="{escape(page.href)}"/></pageTarget>\n'
    )
