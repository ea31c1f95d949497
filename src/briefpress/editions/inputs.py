"""What the editions of a brief are made from: values that every edition shares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from briefpress.model import Brief, Press


@dataclass(frozen=True, slots=True)
class BriefContext:
    """What the templates of one edition of a brief know besides its document."""

    press: Press  # `logos` has the addresses that this edition uses
    brief: Brief
    related: tuple[Brief, ...] = ()
    # "css", "root", "html", "pdf", "epub": addresses, as seen from this edition
    links: Mapping[str, str] | None = None
    # Slugs of other briefs to the addresses that this edition links to.
    addresses: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class AssetFile:
    """A file that an edition carries: a picture, a logo, data."""

    data: bytes
    media_type: str  # "image/svg+xml", "image/png", "image/jpeg", "text/csv"
