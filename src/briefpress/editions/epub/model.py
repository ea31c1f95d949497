"""The values of e-books: what goes in, what comes out, and the chapters between."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from briefpress.editions.inputs import AssetFile, BriefContext
from briefpress.model import (
    Author,
    Brief,
    Collection,
    Document,
    Heading,
    PageMap,
    Press,
)
from briefpress.problems import Problem
from briefpress.theme.fonts import FontFace
from briefpress.theme.model import Theme

COVER_WIDTH, COVER_HEIGHT = 1600, 2400  # pixels


@dataclass(frozen=True, slots=True)
class Resource:
    """A file of the book that is not a page: a picture, a font, a style sheet."""

    href: str  # within the book's folder
    media: str
    data: bytes


@dataclass(frozen=True, slots=True)
class BookFont:
    """A face of the theme at one weight, and its file in the book."""

    face: FontFace
    file: Resource


@dataclass(frozen=True, slots=True)
class ChapterInputs:
    """All that a chapter depends on. Two equal values give the same bytes."""

    context: BriefContext
    document: Document
    theme: Theme
    page_map: PageMap | None = None
    assets: Mapping[str, AssetFile] = field(default_factory=dict)  # by `src`
    picture_pixels: int = 60_000_000  # pictures with more pixels are refused


@dataclass(frozen=True, slots=True)
class Chapter:
    """A finished chapter, with all that the package and the contents say about it."""

    slug: str
    href: str  # within the book's folder: "briefs/rent-limits.xhtml"
    title: str
    date: dt.date
    subtitle: str = ""
    lang: str = ""
    dir: str = ""
    authors: tuple[Author, ...] = ()
    program: str = ""
    tags: tuple[str, ...] = ()
    series: str = ""
    doi: str = ""
    summary: str = ""  # plain text
    data: bytes = b""
    properties: tuple[str, ...] = ()  # in the manifest: "mathml", "svg"
    # What the accessibility metadata is computed from: "pictures", "unnamed", "table".
    features: tuple[str, ...] = ()
    headings: tuple[Heading, ...] = ()
    # Folios in order. The mark of each has the id "page-<folio>".
    pages: tuple[str, ...] = ()
    pictures: tuple[Resource, ...] = ()
    characters: str = ""  # each once, sorted: the fonts must contain them

    def as_brief(self) -> Brief:
        """Return the brief as lists show it, for the templates of a book."""
        return Brief(
            slug=self.slug,
            file="",
            title=self.title,
            date=self.date,
            lang=self.lang,
            text="",
            line=0,
            subtitle=self.subtitle,
            authors=self.authors,
            program=self.program,
            tags=self.tags,
            series=self.series,
            doi=self.doi,
        )


@dataclass(frozen=True, slots=True)
class ChapterEdition:
    """A chapter and its problems. A chapter with an error must not be published."""

    chapter: Chapter
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Book:
    """What an EPUB is made of: chapters in reading order, with the book's folios."""

    press: Press
    collection: Collection
    chapters: tuple[Chapter, ...]
    theme: Theme
    tokens: Mapping[str, str] = field(default_factory=dict)  # the program's own
    # Pictures of the book's own pages besides those of the theme: the logos, by `src`.
    pictures: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def lang(self) -> str:
        """The language of the pages around the chapters."""
        return self.collection.language or self.press.language

    @property
    def site(self) -> str:
        """The address of the site; empty if the press has none."""
        return self.press.organisation.url.rstrip("/")

    @property
    def identifier(self) -> str:
        """The identifier of the publication, which never changes."""
        return book_identifier(self.press, self.collection)

    @property
    def newest(self) -> dt.date | None:
        """The date of the newest brief."""
        return max((chapter.date for chapter in self.chapters), default=None)

    @property
    def authors(self) -> tuple[Author, ...]:
        """The authors of all briefs, each once, in the order of the book."""
        return distinct_authors(chapter.authors for chapter in self.chapters)

    @property
    def subjects(self) -> tuple[str, ...]:
        """The tags of all briefs, the most frequent first."""
        return most_frequent(chapter.tags for chapter in self.chapters)

    @property
    def description(self) -> str:
        """The description of the collection, or else of its program."""
        return collection_description(self.press, self.collection)

    @property
    def has_pages(self) -> bool:
        """Whether pages of the PDFs are marked."""
        return any(chapter.pages for chapter in self.chapters)

    @property
    def words(self) -> Mapping[str, str]:
        """The theme's words in the language of the book."""
        return self.theme.labels(self.lang)


@dataclass(frozen=True, slots=True)
class EpubInputs:
    """All that an EPUB depends on. Two equal values give the same bytes."""

    book: Book
    fonts: tuple[BookFont, ...]
    cover: bytes  # PNG
    epoch: int  # the only date in the archive, in seconds since 1970


@dataclass(frozen=True, slots=True)
class EpubEdition:
    """An EPUB and its problems. An EPUB with an error must not be published."""

    epub: bytes
    problems: tuple[Problem, ...]


def make_book(
    press: Press,
    collection: Collection,
    chapters: Iterable[Chapter],
    theme: Theme,
    tokens: Mapping[str, str] | None = None,
    pictures: Mapping[str, bytes] | None = None,
) -> Book:
    """Return the book of a collection.

    A single-brief book has the title and the summary of its chapter, because those are
    typeset and plain text; the collection has them as Markdown.
    """
    chapters = tuple(chapters)
    is_single_brief = [collection.key] == [chapter.slug for chapter in chapters]
    if is_single_brief:
        (only,) = chapters
        collection = replace(collection, title=only.title, description=only.summary)
    return Book(press, collection, chapters, theme, tokens or {}, pictures or {})


def book_identifier(press: Press, collection: Collection) -> str:
    """Return the identifier of a collection's EPUB, the same whatever it contains.

    It is the one with which the collection was released.
    """
    if collection.identifier:
        return collection.identifier
    key = collection.key
    site = press.organisation.url.rstrip("/")
    namespace = site or f"urn:briefpress:{press.organisation.name}"
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{namespace}/epub/{key}.epub')}"


def book_modified(collection: Collection, briefs: Iterable[Brief]) -> dt.date:
    """Return when a book last changed: one of its briefs, or which of them it has."""
    dates = [brief.modified for brief in briefs]
    return max([*dates, collection.changed] if collection.changed else dates)


def collection_description(press: Press, collection: Collection) -> str:
    """Return the description of a collection, or else of its program."""
    program = press.programs.get(collection.program)
    program_description = program.description if program else ""
    return collection.description or program_description


def distinct_authors(groups: Iterable[Iterable[Author]]) -> tuple[Author, ...]:
    """Return the authors of several briefs, each once, in order of appearance."""
    by_name = {author.name: author for group in groups for author in group}
    return tuple(by_name.values())


def most_frequent(groups: Iterable[Iterable[str]]) -> tuple[str, ...]:
    """Return the tags of several briefs, the most frequent first, then by name."""
    counts = Counter(tag for group in groups for tag in group)
    return tuple(sorted(counts, key=lambda tag: (-counts[tag], tag)))
