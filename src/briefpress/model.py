"""The values that everything else passes on. Who has read this file can guess the rest of the program.

A `Press` and its `Brief`s are what people wrote, checked. A `Document` is a brief as structure, before
any theme or medium has touched it. A `PageMap` is what the pages add. Nothing here reads or writes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from briefpress.problems import Problem


@dataclass(frozen=True, slots=True)
class Author:
    """Somebody who signs a brief. `sort` is the name as an index files it: "Kawaguchi, Yoriko"."""

    name: str
    sort: str = ""
    key: str = (
        ""  # under `[authors]` of press.toml; empty when only the brief names them
    )
    affiliation: str = ""
    bio: str = ""
    orcid: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Organisation:
    """The institute: whose name stands in every masthead and imprint."""

    name: str
    acronym: str = ""
    url: str = ""  # the address of the site, to which `html/<slug>/` is added for canonical addresses
    logo: str = ""  # relative to the project
    address: str = ""
    contact: str = ""
    issn: str = ""
    rights: str = ""
    certified_by: str = ""  # who answers for it that the e-books meet WCAG 2.1 AA; nobody: no book claims it


@dataclass(frozen=True, slots=True)
class Program:
    """A program of the institute, under which briefs are filed."""

    key: str
    name: str
    acronym: str = ""
    description: str = ""
    editor: str = ""
    logo: str = ""
    theme: str = ""
    tokens: Mapping[str, str] = field(
        default_factory=dict
    )  # "color-accent" to "#8a1c2b"


@dataclass(frozen=True, slots=True)
class Selection:
    """Which briefs a collection takes: those that answer to every condition that is not empty."""

    programs: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    year: int | None = None
    briefs: tuple[str, ...] = ()  # by name, in this order


@dataclass(frozen=True, slots=True)
class Collection:
    """Briefs bound together: every program is one by itself, and press.toml may name more."""

    key: str
    title: str
    select: Selection
    program: str = ""  # the program's key, when this is a program's own collection
    description: str = ""
    theme: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one brief may ask for. Each has a key of the same name under `[limits]`."""

    brief_bytes: int = 1_000_000
    picture_bytes: int = 30_000_000
    picture_pixels: int = 60_000_000
    nesting: int = 60  # how deep elements may stand in one another
    seconds: float = 60.0  # for each step
    memory: int = 1_610_612_736  # bytes, for each step


@dataclass(frozen=True, slots=True)
class Logo:
    """A logo as an edition shows it: its address there, and its own size in pixels."""

    src: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Press:
    """What press.toml says."""

    organisation: Organisation
    theme: str = "plain"
    language: str = "en"
    programs: Mapping[str, Program] = field(default_factory=dict)
    authors: Mapping[str, Author] = field(default_factory=dict)
    collections: Mapping[str, Collection] = field(
        default_factory=dict
    )  # those of the programs first
    limits: Limits = Limits()
    logos: Mapping[str, Logo] = field(
        default_factory=dict
    )  # by its path; those that an edition can show
    # Line and column of every value: "programs.spp.theme". They are no part of what the press is.
    places: Mapping[str, tuple[int, int]] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Correction:
    """What was put right after publication, and when."""

    date: dt.date
    text: str


@dataclass(frozen=True, slots=True)
class Brief:
    """A brief as its author wrote it: front matter checked against the press, text left as written."""

    slug: str
    file: str  # relative to the project: "briefs/rent-limits.md" or "briefs/rent-limits/index.md"
    title: str
    date: dt.date
    lang: str
    text: str  # the Markdown, without the front matter
    line: int  # of the file, at which `text` begins
    subtitle: str = ""
    authors: tuple[Author, ...] = ()
    program: str = ""  # a key of `Press.programs`; empty: in no program
    tags: tuple[str, ...] = ()
    summary: str = ""
    takeaways: tuple[str, ...] = ()
    series: str = ""
    number: str = ""
    doi: str = ""
    related: tuple[str, ...] = ()  # slugs, in the order that the author gave
    theme: str = ""
    draft: bool = False
    corrections: tuple[Correction, ...] = ()
    # Line and column of every value of the front matter: "title", "takeaways.0".
    places: Mapping[str, tuple[int, int]] = field(default_factory=dict, compare=False)

    @property
    def folder(self) -> str:
        """The folder that pictures and data are named from, relative to the project."""
        return self.file.rpartition("/")[0]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the body. The title is the only h1, so levels run from 2."""

    level: int
    id: str
    text: str  # plain, without note calls


@dataclass(frozen=True, slots=True)
class Note:
    """A footnote: written once, called from one or more places."""

    label: str  # as the author wrote it: "hud24"
    number: int  # order of first call, from 1; a note called from a note comes after it
    body: Element  # a <div> of XHTML blocks
    calls: tuple[str, ...]  # ids of the calls, first call first: "call-3", "call-3-2"

    @property
    def id(self) -> str:
        """The id under which every edition sets it."""
        return f"note-{self.number}"


@dataclass(frozen=True, slots=True)
class Figure:
    """A numbered figure or table: `kind` is "figure" or "table"."""

    kind: str
    number: int
    id: str
    title: str  # plain text of its headline


@dataclass(frozen=True, slots=True)
class Asset:
    """A file that the body shows or offers. `src` is what stands in the tree."""

    src: str  # as the tree has it: "rents.svg"
    path: str  # relative to the project: "briefs/rent-limits/rents.svg"
    media: str  # "image/svg+xml", "image/png", "image/jpeg", "text/csv"


@dataclass(frozen=True, slots=True)
class Document:
    """A brief as structure, before any theme or medium has touched it.

    `body` is a <div> that holds one tree of XHTML elements without namespaces. Calls stand in place as
    `<a class="call" id="call-3" href="#note-3" role="doc-noteref">3</a>`; the notes are taken out.
    Every element that holds text of its own has an id (`b7`, or what the author gave).
    It knows no lines, so that a blank line added above changes nothing after it: `Places` knows them.
    """

    title: str  # with the quotation marks and dashes of the language
    subtitle: str
    lang: str
    body: Element
    summary: Element | None  # a <div> of inline content
    takeaways: tuple[Element, ...]
    outline: tuple[Heading, ...]
    notes: tuple[Note, ...]
    figures: tuple[Figure, ...]
    assets: tuple[Asset, ...]
    words: int  # in body and notes


Places = Mapping[
    str, tuple[int, int]
]  # an id of the document to line and column in the brief's file


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
    """Where a printed page begins in the flow of the body.

    `offset` counts the characters of the element's own text, white space collapsed and note calls left
    out, that stand on earlier pages. In a hyphenated word it is where the word begins, and `split` is true.
    `id` is empty for a page that begins before the body (the first) or holds none of it.
    """

    folio: str
    id: str
    offset: int
    split: bool = False


@dataclass(frozen=True, slots=True)
class PageMap:
    """The page breaks of one brief's PDF, in order: what lets EPUB and web page cite the same pages."""

    starts: tuple[PageStart, ...]

    @property
    def pages(self) -> int:
        """How many pages the PDF has."""
        return len(self.starts)
