"""The values of a PDF: what it is made from, the edition itself, and its audit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from briefpress.editions.inputs import AssetFile, BriefContext
from briefpress.model import Document, PageMap
from briefpress.problems import Problem
from briefpress.theme import Theme


@dataclass(frozen=True, slots=True)
class PdfInputs:
    """All that a brief's PDF depends on. Equal values give the same bytes."""

    context: BriefContext  # its `links["html"]` is the brief's canonical web address
    document: Document
    theme: Theme
    tokens: Mapping[str, str]  # the program's own; they override those of the theme
    assets: Mapping[str, AssetFile]  # pictures and logos, by their address in the page


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
    """A brief's PDF. `pdf` is empty if one of the problems is an error."""

    pdf: bytes
    page_map: PageMap
    audit: Audit
    problems: tuple[Problem, ...] = ()
