"""The values that the stages of the program pass on. Read this file first.

A `Press` and its `Brief`s are what people wrote, checked. A `Document` is the structure
of a brief, without theme and medium. A `PageMap` says where its printed pages begin.
Nothing here reads or writes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from briefpress.problems import Problem


@dataclass(frozen=True, slots=True)
class Translation:
    """How the institute, a program or an author is called in another language."""

    key: str  # the language
    name: str = ""
    acronym: str = ""
    description: str = ""
    affiliation: str = ""
    bio: str = ""
    address: str = ""
    rights: str = ""


Translations = Mapping[str, Translation]  # by language


@dataclass(frozen=True, slots=True)
class Author:
    """An author of a brief.

    `key` is that under `[authors]` in press.toml, or "" if only the brief names them.
    """

    name: str
    sort: str = ""  # the name in an index: "Kawaguchi, Yoriko"
    key: str = ""
    affiliation: str = ""
    bio: str = ""
    orcid: str = ""
    email: str = ""
    translations: Translations = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Organisation:
    """The institute, as mastheads and imprints name it.

    Canonical addresses are `url` and `html/<slug>/`. `certified_by` names who certifies
    that the e-books meet WCAG 2.1 AA; without it, no book makes the claim.
    """

    name: str
    acronym: str = ""
    url: str = ""
    logo: str = ""  # relative to the project
    address: str = ""
    contact: str = ""
    issn: str = ""
    rights: str = ""
    certified_by: str = ""
    timezone: str = "UTC"  # in which a brief is due at midnight: "Asia/Almaty"
    translations: Translations = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Program:
    """A program of the institute, to which briefs belong.

    `tokens` override those of its theme: "color-accent" to "#8a1c2b".
    """

    key: str
    name: str
    acronym: str = ""
    description: str = ""
    editor: str = ""
    logo: str = ""
    theme: str = ""
    formerly: tuple[str, ...] = ()  # earlier keys
    translations: Translations = field(default_factory=dict)
    tokens: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which briefs a collection has: those that fulfil all conditions.

    An empty condition selects every brief. `briefs` are slugs, and give the order.
    """

    programs: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    year: int | None = None
    briefs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Collection:
    """Briefs in one book. Every program is a collection; press.toml can name more.

    `program` is the key of the program whose own collection this is.
    """

    key: str
    title: str
    select: Selection
    program: str = ""
    description: str = ""
    theme: str = ""
    language: str = ""
    formerly: tuple[str, ...] = ()  # earlier keys
    identifier: str = ""  # a URN, as recorded when it was first released
    changed: dt.date | None = None  # when its briefs last changed, as recorded


@dataclass(frozen=True, slots=True)
class Limits:
    """What one brief may use. Each limit has a key of its name under `[limits]`."""

    brief_bytes: int = 1_000_000
    picture_bytes: int = 30_000_000
    picture_pixels: int = 60_000_000
    nesting: int = 60  # levels of elements
    seconds: float = 60.0  # for each step
    memory: int = 1_610_612_736  # bytes, for each step


@dataclass(frozen=True, slots=True)
class Fonts:
    """Which of the project's own fonts are used, by their names in fonts.lock."""

    fallback: tuple[str, ...] = ()  # for what the theme's fonts lack, in this order


@dataclass(frozen=True, slots=True)
class Logo:
    """A logo in an edition: its address there, and its size in pixels."""

    src: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Press:
    """What press.toml says.

    The collections of the programs come first. `logos` has those that an edition can
    show, by path. `places` has line and column of every value: "programs.spp.theme".
    """

    organisation: Organisation
    theme: str = "plain"
    language: str = "en"
    programs: Mapping[str, Program] = field(default_factory=dict)
    authors: Mapping[str, Author] = field(default_factory=dict)
    collections: Mapping[str, Collection] = field(default_factory=dict)
    limits: Limits = Limits()
    checks: Mapping[str, str] = field(default_factory=dict)  # code to severity or "off"
    fonts: Fonts = Fonts()
    logos: Mapping[str, Logo] = field(default_factory=dict)
    # Not compared: a press is the same if a line moves.
    places: Mapping[str, tuple[int, int]] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Correction:
    """What was corrected after publication, and when."""

    date: dt.date
    text: str


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """When a brief was withdrawn, and why. Readers are told both."""

    date: dt.date
    reason: str


@dataclass(frozen=True, slots=True)
class Brief:
    """A brief as its author wrote it, its front matter checked against the press.

    `file` is relative to the project: "briefs/rents.md" or "briefs/rents/index.md".
    `program` is a key of `Press.programs`, or "". `related` are slugs, in the author's
    order. `places` has line and column of every value: "title", "takeaways.0".
    """

    slug: str
    file: str
    title: str
    date: dt.date
    lang: str
    text: str  # the Markdown, without the front matter
    line: int  # the line of the file in which `text` begins
    subtitle: str = ""
    authors: tuple[Author, ...] = ()
    program: str = ""
    tags: tuple[str, ...] = ()
    summary: str = ""
    takeaways: tuple[str, ...] = ()
    series: str = ""
    number: str = ""
    doi: str = ""
    related: tuple[str, ...] = ()
    theme: str = ""
    draft: bool = False
    corrections: tuple[Correction, ...] = ()
    withdrawn: Withdrawal | None = None
    aliases: tuple[str, ...] = ()  # its earlier slugs
    translation_of: str = ""  # the slug of the original
    identifier: str = ""  # a URN, as recorded when it was first released
    # Pictures that are part of the text, by the path at which they are read.
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    # Not compared: a brief is the same if a line moves.
    places: Mapping[str, tuple[int, int]] = field(default_factory=dict, compare=False)

    @property
    def folder(self) -> str:
        """The folder to which paths of pictures and data are relative."""
        return self.file.rpartition("/")[0]

    @property
    def original(self) -> str:
        """The slug that it shares with its translations: that of the original."""
        return self.translation_of or self.slug

    @property
    def is_listed(self) -> bool:
        """Whether books and lists can have it: drafts and withdrawn briefs are in none."""
        return not self.draft and self.withdrawn is None

    @property
    def modified(self) -> dt.date:
        """When readers last got something else: by a correction or a withdrawal."""
        dates = [self.date, *(correction.date for correction in self.corrections)]
        if self.withdrawn is not None:
            dates.append(self.withdrawn.date)
        return max(dates)


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the body. The title is the only h1, so the levels begin at 2."""

    level: int
    id: str
    text: str  # plain, without note calls


@dataclass(frozen=True, slots=True)
class Note:
    """A footnote: written once, called from one or more places.

    Numbers follow the first calls, from 1; a note called from a note comes after it.
    """

    label: str  # as the author wrote it: "hud24"
    number: int
    body: Element  # a <div> of XHTML blocks
    calls: tuple[str, ...]  # the ids of the calls, in order: "call-3", "call-3-2"
    id_prefix: str = ""  # if the document is one of several in a tree

    @property
    def id(self) -> str:
        """The id of the note in every edition."""
        return f"{self.id_prefix}note-{self.number}"


@dataclass(frozen=True, slots=True)
class Figure:
    """A numbered figure or table."""

    kind: str  # "figure" or "table"
    number: int
    id: str
    title: str  # the plain text of its headline


@dataclass(frozen=True, slots=True)
class Asset:
    """A file that the body shows or links to."""

    src: str  # its address in the body: "rents.svg"
    path: str  # relative to the project: "briefs/rent-limits/rents.svg"
    media: str  # "image/svg+xml", "image/png", "image/jpeg", "text/csv"
    converted: bytes = b""  # a picture as it is published, if it was changed


@dataclass(frozen=True, slots=True)
class Document:
    """The structure of a brief, without theme and medium.

    `body` is a <div> with one tree of XHTML elements without namespaces. The calls of
    notes are part of it, as
    `<a class="call" id="call-3" href="#note-3" role="doc-noteref">3</a>`, the notes are
    not. Every element with text of its own has an id: `b7`, or the
    author's. A document has no line numbers, so that a blank line added above changes
    nothing below. `Places` has them.
    """

    title: str  # with the language's quotation marks and dashes
    subtitle: str
    lang: str
    body: Element
    summary: Element | None  # a <div> with inline content
    takeaways: tuple[Element, ...]
    outline: tuple[Heading, ...]
    notes: tuple[Note, ...]
    figures: tuple[Figure, ...]
    assets: tuple[Asset, ...]
    words: int  # of body and notes


# Line and column in the brief's file, by an id of the document.
Places = Mapping[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """What parsing a brief returns: the document, where its ids are, and its problems.

    A brief with errors has a document too, so that a proof can show it. `document` is
    None only if a limit is exceeded. The pipeline decides what is published.
    """

    document: Document | None
    positions: Places
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class PageStart:
    """Where in the body a printed page begins: the element and the character.

    `offset` counts the characters of the element's own text that are on earlier pages,
    with white space collapsed and without note calls. If the page begins within a
    hyphenated word, it is the offset of that word, and `split` is true. `id` is "" for
    the first page, which begins before the body, and for a page without body text.
    """

    folio: str
    id: str
    offset: int
    split: bool = False


@dataclass(frozen=True, slots=True)
class PageMap:
    """The page breaks of a brief's PDF, in order, for EPUB and web page to repeat."""

    starts: tuple[PageStart, ...]

    @property
    def pages(self) -> int:
        """The number of pages of the PDF."""
        return len(self.starts)
