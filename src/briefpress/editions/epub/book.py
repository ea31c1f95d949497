"""A collection as one EPUB: spine in reading order, navigation, metadata, files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from html import escape
from itertools import count

from briefpress.document.images import inspect_picture
from briefpress.editions.epub.content_document import DECLARATION, STYLESHEET
from briefpress.editions.epub.cover import font_face_rules
from briefpress.editions.epub.model import (
    Book,
    BookFont,
    Chapter,
    EpubEdition,
    EpubInputs,
    Resource,
)
from briefpress.editions.epub.package import NCX, XHTML, Item, pack, package_metadata
from briefpress.editions.epub.pages import COVER_FILE, BookPage, book_pages
from briefpress.languages import text_direction
from briefpress.problems import Problem
from briefpress.theme.styles import css_for, with_fallback_families, with_image_folder

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
    items = [
        *_book_items(inputs, pages),
        *map(_page_item, pages),
        *map(_chapter_item, book.chapters),
        *_resource_items(_resources(inputs, pages)),
    ]
    epub = pack(
        package_metadata(book),
        items,
        _spine(book, pages),
        book.lang,
        inputs.epoch,
    )
    problems = list(_name_conflicts(book.chapters))
    for page in pages:
        problems += page.document.problems
    return EpubEdition(epub, tuple(problems))


def _book_items(inputs: EpubInputs, pages: Sequence[BookPage]) -> list[Item]:
    """Return what every book has: navigation, style sheet and cover."""
    book = inputs.book
    navigation = make_navigation(book, pages)
    nav = Item(
        "nav",
        "nav.xhtml",
        XHTML,
        render_nav(book, navigation),
        properties=("nav",),
    )
    ncx = Item(
        "ncx",
        "toc.ncx",
        NCX,
        render_ncx(book, navigation),
    )
    css = Item(
        "css",
        STYLESHEET,
        "text/css",
        _stylesheet(book, inputs.fonts),
    )
    cover = Item(
        "cover-image",
        COVER_FILE,
        "image/png",
        inputs.cover,
        properties=("cover-image",),
    )
    return [nav, ncx, css, cover]


def _resources(inputs: EpubInputs, pages: Iterable[BookPage]) -> Iterator[Resource]:
    """Yield fonts and pictures, some of them several times."""
    book = inputs.book
    for font in inputs.fonts:
        yield font.file
    yield from _stylesheet_pictures(book)
    for page in pages:
        yield from page.document.pictures
    for chapter in book.chapters:
        yield from chapter.pictures


def number_pages(chapters: Iterable[Chapter]) -> tuple[Chapter, ...]:
    """Return the chapters with the page numbers of the collection's print edition.

    Its briefs follow one another, and each begins on a recto (an odd page). So the
    numbers are sums of page counts, and nothing has to be laid out.
    """
    numbered = []
    first = 1
    for chapter in chapters:
        end = first + len(chapter.pages)
        folios = [str(folio) for folio in range(first, end)]
        numbered.append(with_folios(chapter, folios))
        first = end if end % 2 else end + 1
    return tuple(numbered)


def with_folios(chapter: Chapter, folios: Sequence[str]) -> Chapter:
    """Return the chapter with other folios on its page marks, in the same order."""
    new_folios = dict(zip(chapter.pages, folios, strict=True))

    def renumbered(mark: re.Match[bytes]) -> bytes:
        old_folio = mark[1].decode()
        new_folio = new_folios[old_folio]
        return _page_mark(new_folio.encode())

    data = PAGE_MARK.sub(renumbered, chapter.data)
    return replace(chapter, data=data, pages=tuple(folios))


def _page_mark(folio: bytes) -> bytes:
    """Return the attributes of a page mark."""
    return b'id="page-%b" role="doc-pagebreak" aria-label="%b"' % (folio, folio)


def _spine(book: Book, pages: Sequence[BookPage]) -> list[str]:
    """Return the manifest ids of all pages in reading order."""
    before = [page.name for page in pages if not page.after_chapters]
    chapters = map(_chapter_id, book.chapters)
    after = [page.name for page in pages if page.after_chapters]
    return [*before, *chapters, *after]


def _page_item(page: BookPage) -> Item:
    """Return a page around the chapters as an item of the manifest."""
    document = page.document
    return Item(
        page.name,
        page.href,
        XHTML,
        document.data,
        document.properties,
    )


def _chapter_item(chapter: Chapter) -> Item:
    """Return a chapter as an item of the manifest."""
    return Item(
        _chapter_id(chapter),
        chapter.href,
        XHTML,
        chapter.data,
        chapter.properties,
    )


def _chapter_id(chapter: Chapter) -> str:
    """Return the id of a chapter in the manifest."""
    return f"brief-{chapter.slug}"


def _resource_items(resources: Iterable[Resource]) -> Iterator[Item]:
    """Yield fonts and pictures as items of the manifest, each file once."""
    files = {file.href: file for file in resources}
    for number, file in enumerate(files.values(), 1):
        yield Item(f"file-{number}", file.href, file.media, file.data)


def _stylesheet(book: Book, fonts: Iterable[BookFont]) -> bytes:
    """Return the book's style sheet: fonts, base rules, and the theme's rules."""
    fallbacks = [font.face.family for font in fonts if font.face.fallback]
    tokens = with_fallback_families(book.theme, book.tokens, fallbacks)
    theme_css = css_for(book.theme, "epub", tokens)
    theme_css = with_image_folder(theme_css, book.theme, f"../{STYLESHEET_PICTURES}")
    allowed_css = REMOVED_CSS.sub("", theme_css)
    return f"{font_face_rules(fonts)}{BASE_CSS}{allowed_css}".encode()


def _stylesheet_pictures(book: Book) -> Iterator[Resource]:
    """Yield the pictures that the book's style sheet names."""
    theme = book.theme
    css = theme.styles["epub"]
    pictures = theme.images_named_in(css)
    for name, data in pictures.items():
        path = STYLESHEET_PICTURES + name
        picture = inspect_picture(data)
        yield Resource(path, picture.media, data)


def _name_conflicts(chapters: Iterable[Chapter]) -> Iterator[Problem]:
    """Yield a problem for each chapter whose file name is taken.

    On some disks `Water` and `water` are the same file.
    """
    seen: set[str] = set()
    for chapter in chapters:
        name = chapter.href.casefold()
        if name in seen:
            message = f"two chapters have the file name `{chapter.slug}`"
            yield Problem("E07", message, brief=chapter.slug)
        seen.add(name)


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
    before = [page for page in pages if page.landmark == "copyright-page"]
    after = [page for page in pages if page.after_chapters]
    contents = [_page_entry(page, book.lang) for page in before]
    contents += map(_chapter_entry, book.chapters)
    contents += [_page_entry(page, book.lang) for page in after]
    landmarks = [Landmark(page.landmark, page.href, page.title) for page in pages]
    if book.chapters:
        first = book.chapters[0]
        body = Landmark("bodymatter", first.href, first.title)
        landmarks.append(body)
    return Navigation(
        contents=tuple(contents),
        pages=tuple(_page_targets(book.chapters)),
        landmarks=tuple(landmarks),
    )


def _page_entry(page: BookPage, lang: str) -> Entry:
    """Return the line of a page around the chapters."""
    return Entry(page.href, page.title, lang)


def _page_targets(chapters: Iterable[Chapter]) -> Iterator[PageTarget]:
    """Yield the marked pages of all chapters."""
    for chapter in chapters:
        for folio in chapter.pages:
            href = f"{chapter.href}#page-{folio}"
            yield PageTarget(folio, href)


def render_nav(book: Book, navigation: Navigation) -> bytes:
    """Return the navigation document (EPUB 3.3, section 7)."""
    lang = book.lang
    words = book.words
    direction = text_direction(lang)
    title = escape(book.collection.title)
    contents = "".join(_nav_items(navigation.contents, lang))
    page_items = "".join(map(_page_list_item, navigation.pages))
    landmark_items = "".join(map(_landmark_item, navigation.landmarks))
    html = (
        f'{DECLARATION} xmlns:epub="http://www.idpf.org/2007/ops"'
        f' lang="{lang}" xml:lang="{lang}" dir="{direction}">\n'
        f"<head><title>{title}</title>"
        f'<link rel="stylesheet" type="text/css" href="{STYLESHEET}"/></head>\n<body>\n'
    )
    html += _nav_element(
        "toc",
        words["contents"],
        contents,
        attributes='role="doc-toc"',
    )
    if navigation.pages:
        html += _nav_element(
            "page-list",
            words["pages"],
            page_items,
            attributes='role="doc-pagelist" hidden="hidden"',
        )
    html += _nav_element(
        "landmarks",
        words["landmarks"],
        landmark_items,
        attributes='hidden="hidden"',
    )
    return f"{html}</body>\n</html>\n".encode()


def render_ncx(book: Book, navigation: Navigation) -> bytes:
    """Return the NCX for readers of EPUB 2 (OPF 2.0.1, section 2.4.1).

    Pages have no `playOrder`: the DTD requires it only if pages and contents form one
    sequence.
    """
    pages = navigation.pages
    has_two_levels = any(entry.children for entry in navigation.contents)
    numbered = [page.folio for page in pages if page.folio.isdecimal()]
    properties = {
        "dtb:uid": book.identifier,
        "dtb:depth": 2 if has_two_levels else 1,
        "dtb:totalPageCount": len(pages),
        "dtb:maxPageNumber": max(map(int, numbered), default=0),
    }
    metadata = ""
    for name, value in properties.items():
        content = escape(str(value))
        metadata += f'<meta name="{name}" content="{content}"/>\n'
    title = escape(book.collection.title)
    points = "".join(_nav_points(navigation.contents, count(1)))
    page_list = _ncx_page_list(pages, book.words["pages"])
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<ncx xmlns="{NCX_NAMESPACE}" version="2005-1" xml:lang="{book.lang}">\n'
        f"<head>\n{metadata}</head>\n"
        f"<docTitle><text>{title}</text></docTitle>\n"
        f"<navMap>\n{points}</navMap>\n{page_list}</ncx>\n"
    ).encode()


def _chapter_entry(chapter: Chapter) -> Entry:
    """Return a chapter's line, with its headings of level 2 (the title is level 1)."""
    children = []
    for heading in chapter.headings:
        if heading.level == 2:
            href = f"{chapter.href}#{heading.id}"
            entry = Entry(href, heading.text, chapter.lang)
            children.append(entry)
    return Entry(
        href=chapter.href,
        title=chapter.title,
        lang=chapter.lang,
        children=tuple(children),
    )


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
            direction = text_direction(entry.lang)
            language = f' lang="{entry.lang}" xml:lang="{entry.lang}" dir="{direction}"'
        children = ""
        if entry.children:
            items = "".join(_nav_items(entry.children, book_lang))
            children = f"\n<ol>\n{items}</ol>\n"
        href = escape(entry.href)
        title = escape(entry.title)
        yield f'<li><a href="{href}"{language}>{title}</a>{children}</li>\n'


def _page_list_item(page: PageTarget) -> str:
    """Return a line of the page list."""
    href = escape(page.href)
    folio = escape(page.folio)
    return f'<li><a href="{href}">{folio}</a></li>\n'


def _landmark_item(landmark: Landmark) -> str:
    """Return a line of the landmarks."""
    kind = landmark.epub_type
    href = escape(landmark.href)
    title = escape(landmark.title)
    return f'<li><a epub:type="{kind}" href="{href}">{title}</a></li>\n'


def _nav_points(entries: Sequence[Entry], numbers: Iterator[int]) -> Iterator[str]:
    """Yield the contents of the NCX, each entry with its place in reading order."""
    for entry in entries:
        number = next(numbers)
        children = "".join(_nav_points(entry.children, numbers))
        title = escape(entry.title)
        href = escape(entry.href)
        yield (
            f'<navPoint id="point-{number}" playOrder="{number}">'
            f"<navLabel><text>{title}</text></navLabel>"
            f'<content src="{href}"/>{children}</navPoint>\n'
        )


def _ncx_page_list(pages: Sequence[PageTarget], title: str) -> str:
    """Return the page list of the NCX; empty if no page is marked."""
    if not pages:
        return ""
    targets = "".join(map(_ncx_page_target, count(1), pages))
    return (
        f"<pageList>\n<navLabel><text>{escape(title)}</text></navLabel>\n"
        f"{targets}</pageList>\n"
    )


def _ncx_page_target(number: int, page: PageTarget) -> str:
    """Return a page of the NCX. Only front matter has folios in roman numerals."""
    attributes = 'type="front"'
    if page.folio.isdecimal():
        value = int(page.folio)
        attributes = f'type="normal" value="{value}"'
    folio = escape(page.folio)
    href = escape(page.href)
    return (
        f'<pageTarget id="target-{number}" {attributes}>'
        f"<navLabel><text>{folio}</text></navLabel>"
        f'<content src="{href}"/></pageTarget>\n'
    )
