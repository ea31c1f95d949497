"""An OPDS 2.0 catalogue of the books, to which reading apps and libraries subscribe."""

from __future__ import annotations

import json
from typing import Any

from briefpress.editions.epub.model import COVER_HEIGHT, COVER_WIDTH
from briefpress.shelf.model import CatalogueEntry, ShelfInputs

CATALOGUE_TYPE = "application/opds+json"
EPUB_TYPE = "application/epub+zip"
OPEN_ACCESS = "http://opds-spec.org/acquisition/open-access"


def render_opds(inputs: ShelfInputs) -> bytes:
    """Return the catalogue as JSON."""
    entries = [entry for entry in inputs.collections if entry.epub]
    site = inputs.press.organisation.url.rstrip("/")
    base = f"{site}/" if site else ""
    catalogue = {
        "metadata": {
            "title": inputs.press.organisation.name,
            "numberOfItems": len(entries),
        },
        "links": [{"rel": "self", "href": f"{base}opds.json", "type": CATALOGUE_TYPE}],
        "publications": [_publication(entry, base) for entry in entries],
    }
    return json.dumps(catalogue, ensure_ascii=False, indent=1).encode() + b"\n"


def _publication(entry: CatalogueEntry, base: str) -> dict[str, Any]:
    """Return a book: its metadata, where to download it, and its cover."""
    date = entry.date.isoformat()
    metadata = {
        "@type": "http://schema.org/Book",
        "title": entry.title,
        "identifier": entry.identifier,
        "language": entry.language,
        "author": [
            {"name": author.name, "sortAs": author.sort} for author in entry.authors
        ],
        "publisher": entry.publisher,
        "published": date,
        "modified": f"{date}T00:00:00Z",
    }
    if entry.description:
        metadata["description"] = entry.description
    download = {"rel": OPEN_ACCESS, "href": f"{base}{entry.epub}", "type": EPUB_TYPE}
    publication: dict[str, Any] = {"metadata": metadata, "links": [download]}
    if entry.cover:
        cover = {
            "href": f"{base}{entry.cover}",
            "type": "image/png",
            "width": COVER_WIDTH,
            "height": COVER_HEIGHT,
        }
        publication["images"] = [cover]
    return publication
