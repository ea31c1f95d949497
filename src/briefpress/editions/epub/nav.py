"""The navigation document and, for older readers, the NCX: contents in two levels, pages, landmarks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from briefpress.editions.chapter import Chapter
from briefpress.editions.chapter.page import CSS, DECLARATION
from briefpress.editions.context import direction
from briefpress.editions.epub.value import Book


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the contents."""

    href: str
    title: str
    lang: str
    children: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class Landmark:
    """A place that a reader jumps to: `kind` in the words of EPUB."""

    kind: str
    href: str
    title: str


def chapter_entry(chapter: Chapter) -> Entry:
    """Return a chapter's line, with its headings of the second level below it."""
    inner = tuple(
        Entry(f"{chapter.href}#{heading.id}", heading.text, chapter.lang)
        for heading in chapter.headings
        if heading.level == 2  # the title is the only h1
    )
    return Entry(chapter.href, chapter.title, chapter.lang, inner)


def page_list(chapters: Sequence[Chapter]) -> list[tuple[str, str]]:
    """Return folio and address of every page mark, in reading order."""
    return [
        (folio, f"{chapter.href}#page-{folio}")
        for chapter in chapters
        for folio in chapter.pages
    ]


def render_nav(
    book: Book,
    entries: Sequence[Entry],
    pages: Sequence[tuple[str, str]],
    landmarks: Sequence[Landmark],
) -> bytes:
    """Return the navigation document."""
    words, lang = book.words, book.lang
    listed = "".join(
        f'<li><a href="{escape(href)}">{escape(folio)}</a></li>\n'
        for folio, href in pages
    )
    marks = "".join(
        f'<li><a epub:type="{mark.kind}" href="{escape(mark.href)}">{escape(mark.title)}</a></li>\n'
        for mark in landmarks
    )
    return (
        f'{DECLARATION} xmlns:epub="http://www.idpf.org/2007/ops"{_language(lang)}>\n'
        f"<head><title>{escape(book.collection.title)}</title>"
        f'<link rel="stylesheet" type="text/css" href="{CSS}"/></head>\n<body>\n'
        + _nav(
            "toc", words["contents"], "".join(_lines(entries, lang)), ' role="doc-toc"'
        )
        + (
            _nav(
                "page-list",
                words["pages"],
                listed,
                ' role="doc-pagelist" hidden="hidden"',
            )
            if pages
            else ""
        )
        + _nav("landmarks", words["landmarks"], marks, ' hidden="hidden"')
        + "</body>\n</html>\n"
    ).encode()


def _nav(kind: str, title: str, listed: str, attributes: str) -> str:
    """Return one `<nav>`."""
    return (
        f'<nav epub:type="{kind}" id="{kind}" aria-labelledby="nav-{kind}"{attributes}>\n'
        f'<h1 id="nav-{kind}">{escape(title)}</h1>\n<ol>\n{listed}</ol>\n</nav>\n'
    )


def _language(lang: str) -> str:
    """Return the attributes of a language."""
    return f' lang="{lang}" xml:lang="{lang}" dir="{direction(lang)}"'


def _lines(entries: Sequence[Entry], lang: str) -> Iterator[str]:
    """Yield the lines of the contents; one in another language says so."""
    for entry in entries:
        other = (
            f' lang="{entry.lang}" xml:lang="{entry.lang}" dir="{direction(entry.lang)}"'
            if entry.lang != lang
            else ""
        )
        below = (
            f"\n<ol>\n{''.join(_lines(entry.children, lang))}</ol>\n"
            if entry.children
            else ""
        )
        yield f'<li><a href="{escape(entry.href)}"{other}>{escape(entry.title)}</a>{below}</li>\n'
