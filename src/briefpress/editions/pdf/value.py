"""The values of a printed edition: the PDF, what the title page says of it, and what the guard counted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from briefpress.model import PageMap
from briefpress.problems import Problem

Assets = Mapping[
    str, tuple[bytes, str]
]  # the name that stands in tree or style sheet, to bytes and media type


class Face(Protocol):
    """A face of the theme's fonts; `theme.FontFace` is one."""

    @property
    def family(self) -> str:
        """The family as the style sheets name it."""

    @property
    def weight(self) -> str:
        """One weight ("400"), or the range of a variable file ("200 900")."""

    @property
    def style(self) -> str:
        """`normal` or `italic`."""

    @property
    def opsz(self) -> str:
        """The optical size that a variable file is held at, in points; empty: that of text."""

    @property
    def digest(self) -> str:
        """The digest of the file, which names it under the virtual base."""

    def data(self) -> bytes:
        """Return the file's bytes."""


@dataclass(frozen=True, slots=True)
class Particulars:
    """What a PDF says of itself: nothing in it comes from the clock or the machine."""

    title: str
    lang: str
    date: dt.date
    authors: tuple[str, ...] = ()
    description: str = ""
    keywords: tuple[str, ...] = ()
    identifier: str = ""  # of the work: DOI or canonical address


@dataclass(frozen=True, slots=True)
class Audit:
    """What the guard counted in one PDF."""

    pages: int = 0
    words: int = 0  # of body and notes, each found once in its place
    notes: int = 0
    split: int = 0  # notes that continue on a later page
    repaired: int = 0  # what a second layout had to mend
    faults: int = 0  # what no layout could mend: the brief is refused

    def to_json(self) -> dict[str, Any]:
        """Return plain data, for `--json` and for the store."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Pdf:
    """A printed edition. `data` is empty when a problem is an error."""

    data: bytes
    pagemap: PageMap
    audit: Audit
    problems: tuple[Problem, ...] = ()
