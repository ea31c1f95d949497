"""What is published, as the index page, the feed and the catalogue list it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from briefpress.editions.epub.model import (
    book_identifier,
    collection_description,
    distinct_authors,
    most_frequent,
)
from briefpress.editions.inputs import PublishedBrief
from briefpress.model import Author, Brief, Collection, Press
from briefpress.theme import Theme


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """A published collection, as catalogues, shops and libraries describe it."""

    key: str
    title: str
    identifier: str  # the one in the package of its EPUB
    language: str
    description: str
    authors: tuple[Author, ...]
    editor: str
    publisher: str
    date: dt.date  # of its newest brief
    subjects: tuple[str, ...]  # the most frequent first
    rights: str
    # Addresses relative to the output folder, empty if the edition does not exist.
    epub: str
    cover: str


@dataclass(frozen=True, slots=True)
class ShelfInputs:
    """All that index page, feed and catalogue depend on."""

    press: Press
    briefs: tuple[PublishedBrief, ...]  # newest first
    collections: tuple[CatalogueEntry, ...]
    theme: Theme
    css: str  # address of the style sheet, relative to the output folder


def catalogue_entry(
    press: Press, collection: Collection, briefs: Sequence[Brief], epub: str, cover: str
) -> CatalogueEntry:
    """Return a collection with these briefs as catalogues describe it."""
    program = press.programs.get(collection.program)
    return CatalogueEntry(
        key=collection.key,
        title=collection.title,
        identifier=book_identifier(press, collection.key),
        language=collection.language or press.language,
        description=collection_description(press, collection),
        authors=distinct_authors(brief.authors for brief in briefs),
        editor=program.editor if program else "",
        publisher=press.organisation.name,
        date=max(brief.date for brief in briefs),
        subjects=most_frequent(brief.tags for brief in briefs),
        rights=press.organisation.rights,
        epub=epub,
        cover=cover,
    )
