"""The values of a PDF: inputs, edition, audit, and the content of its pages.

Lengths are in CSS pixels, and positions are measured from the top left of the page.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element

from briefpress.editions.inputs import AssetFile, BriefContext
from briefpress.editions.proof import Proof
from briefpress.model import Document, PageMap
from briefpress.problems import Problem
from briefpress.theme.model import Theme


@dataclass(frozen=True, slots=True)
class PdfInputs:
    """All that a brief's PDF depends on. Equal values give the same bytes."""

    context: BriefContext  # its `links["html"]` is the brief's canonical web address
    document: Document
    theme: Theme
    tokens: Mapping[str, str]  # the program's own; they override those of the theme
    assets: Mapping[str, AssetFile]  # pictures and logos, by their address in the page
    proof: Proof | None = None  # a proof is never refused, and shows what is wrong


@dataclass(frozen=True, slots=True)
class PdfMetadata:
    """The document information of a PDF. Nothing comes from the clock or the machine.

    Its `repr` is the source of the PDF's identifier: a new field changes every PDF.
    """

    title: str
    lang: str
    date: dt.date
    authors: tuple[str, ...] = ()
    description: str = ""
    keywords: tuple[str, ...] = ()
    identifier: str = ""  # of the work: DOI or canonical address
    modified: dt.date | None = None  # if it is not the date


@dataclass(frozen=True, slots=True)
class WideTable:
    """A table that is wider than its place."""

    element: Element
    width: float
    available: float
    columns: tuple[float, ...]  # their widths


class KeptBlock(NamedTuple):
    """The part on a page of a block that should not be broken."""

    page: int
    top: float
    height: float


@dataclass(frozen=True, slots=True)
class Audit:
    """The counts of one PDF's audit."""

    pages: int = 0
    words: int = 0  # of body and notes
    notes: int = 0
    split: int = 0  # notes that continue on a later page
    repaired: int = 0  # blocks that a second layout set plainly
    errors: int = 0  # that no layout could repair: the brief is refused

    def to_json(self) -> dict[str, Any]:
        """Return plain data, for `--json` and for the store."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class PdfEdition:
    """A brief's PDF. Unless it is a proof, `pdf` is empty if a problem is an error."""

    pdf: bytes
    page_map: PageMap
    audit: Audit
    problems: tuple[Problem, ...] = ()
    # Of a proof, by the id of each block: the number of its first line.
    line_numbers: Mapping[str, int] = field(default_factory=dict)


class Rectangle(NamedTuple):
    """A part of a page."""

    left: float
    top: float
    right: float
    bottom: float

    def intersection(self, other: Rectangle) -> Rectangle:
        """Return the part that both have in common."""
        return Rectangle(
            max(self.left, other.left),
            max(self.top, other.top),
            min(self.right, other.right),
            min(self.bottom, other.bottom),
        )


class PlacedText(NamedTuple):
    """A piece of text on a page: at most one line of one element."""

    element: Element
    text: str
    hyphen: str  # that ends the line if a word is broken there
    left: float
    right: float
    baseline: float
    ascent: float  # from the baseline to the top of the line's text
    is_visible: bool
    clip: Rectangle  # outside of which boxes around the text hide it


class PlacedNote(NamedTuple):
    """A fragment of a footnote body on a page."""

    element: Element
    top: float
    bottom: float
    texts: tuple[PlacedText, ...]


class PlacedArea(NamedTuple):
    """The footnote area of a page."""

    left: float  # the first three are those of its border
    right: float
    top: float
    content_top: float
    notes: tuple[PlacedNote, ...]


class PlacedPage(NamedTuple):
    """The content of a page, without its margin boxes."""

    number: int
    width: float
    height: float
    bottom: float  # of the page area, which is the page without its margins
    texts: tuple[PlacedText, ...]  # above the footnote area
    area: PlacedArea | None  # None: the page has no notes
    calls: tuple[Element, ...]  # the footnote calls on the page, those in notes too
