"""An OPDS 2.0 catalogue of the books, which reading apps and libraries can subscribe to."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from briefpress.editions.epub.value import Book
from briefpress.model import Brief, Collection, Press
from briefpress.theme import Theme

TYPE = "application/opds+json"
OPEN = "http://opds-spec.org/acquisition/open-access"


@dataclass(frozen=True, slots=True)
class OnShelf:
    """A book that is published: `identifier` is the one in its package, `date` its newest brief's."""

    collection: Collection
    identifier: str
    description: str
    authors: tuple[tuple[str, str], ...]  # name, and the name as an index files it
    date: dt.date

    @classmethod
    def of(
        cls, press: Press, collection: Collection, theme: Theme, briefs: Sequence[Brief]
    ) -> OnShelf:
        """Return what the catalogue says of a collection with these briefs."""
        book = Book(press, collection, (), theme)
        authors = {
            author.name: author.sort for brief in briefs for author in brief.authors
        }
        newest = max(brief.date for brief in briefs)
        return cls(
            collection,
            book.identifier,
            book.description,
            tuple(authors.items()),
            newest,
        )


def render_opds(press: Press, books: Sequence[OnShelf]) -> bytes:
    """Return the catalogue as JSON."""
    root = press.organisation.url.rstrip("/")
    base = f"{root}/" if root else ""
    feed = {
        "metadata": {"title": press.organisation.name, "numberOfItems": len(books)},
        "links": [{"rel": "self", "href": f"{base}opds.json", "type": TYPE}],
        "publications": [_publication(press, book, base) for book in books],
    }
    return json.dumps(feed, ensure_ascii=False, indent=1).encode() + b"\n"


def _publication(press: Press, book: OnShelf, base: str) -> dict[str, Any]:
    """Return a book: what it is, where it is had, and its cover."""
    key = book.collection.key
    metadata = {
        "@type": "http://schema.org/Book",
        "title": book.collection.title,
        "identifier": book.identifier,
        "language": book.collection.language or press.language,
        "author": [{"name": name, "sortAs": sort} for name, sort in book.authors],
        "publisher": press.organisation.name,
        "published": book.date.isoformat(),
        "modified": f"{book.date.isoformat()}T00:00:00Z",
    }
    if book.description:
        metadata["description"] = book.description
    cover = {
        "href": f"{base}epub/{key}.png",
        "type": "image/png",
        "width": 1600,
        "height": 2400,
    }
    link = {
        "rel": OPEN,
        "href": f"{base}epub/{key}.epub",
        "type": "application/epub+zip",
    }
    return {"metadata": metadata, "links": [link], "images": [cover]}
