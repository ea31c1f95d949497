"""Values that all editions are made from: the brief's surroundings and its files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from briefpress.model import Brief, Press


@dataclass(frozen=True, slots=True)
class BriefContext:
    """What the templates of one edition of a brief receive besides its document."""

    press: Press  # `logos` has the addresses that this edition uses
    brief: Brief
    related: tuple[Brief, ...] = ()
    # Addresses relative to this edition: "css", "root", "html", "pdf", "epub".
    # An edition that does not exist has no address, or an empty one.
    links: Mapping[str, str] = field(default_factory=dict)
    # Slugs of other briefs to the addresses that this edition links to. That of a part
    # that a brief does not have, `slug#id`, is empty.
    addresses: Mapping[str, str] = field(default_factory=dict)
    translations: tuple[Brief, ...] = ()  # the same brief in other languages


@dataclass(frozen=True, slots=True)
class AssetFile:
    """A file that an edition contains: a picture, a logo, data."""

    data: bytes
    media_type: str  # "image/svg+xml", "image/png", "image/jpeg", "text/csv"


@dataclass(frozen=True, slots=True)
class PublishedBrief:
    """A brief as the index page and the feed list it.

    `html` and `pdf` are addresses relative to the output folder, empty if the edition
    does not exist.
    """

    brief: Brief
    html: str = ""
    pdf: str = ""
