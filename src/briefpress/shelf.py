"""Where readers find the editions: index page, Atom feed of briefs, OPDS catalogue."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from briefpress.document.files import UnreadableFile
from briefpress.document.parser import parse_document
from briefpress.editions.epub.model import (
    COVER_HEIGHT,
    COVER_WIDTH,
    book_identifier,
    book_modified,
    collection_description,
    distinct_authors,
    most_frequent,
)
from briefpress.editions.inputs import PublishedBrief
from briefpress.editions.localisation import date_in_words, fill_phrase
from briefpress.editions.template_context import index_context
from briefpress.model import Author, Brief, Collection, Press
from briefpress.theme.model import Theme
from briefpress.theme.templates import render_template
from briefpress.xhtml import text_of


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
    modified: dt.date
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
        identifier=book_identifier(press, collection),
        language=collection.language or press.language,
        description=collection_description(press, collection),
        authors=distinct_authors(brief.authors for brief in briefs),
        editor=program.editor if program else "",
        publisher=press.organisation.name,
        date=max(brief.date for brief in briefs),
        modified=book_modified(collection, briefs),
        subjects=most_frequent(brief.tags for brief in briefs),
        rights=press.organisation.rights,
        epub=epub,
        cover=cover,
    )


def render_index(inputs: ShelfInputs) -> bytes:
    """Return the page as HTML."""
    press, theme = inputs.press, inputs.theme
    links = {
        "css": inputs.css,
        "root": "index.html",
        "feed": "feed.xml",
        "opds": "opds.json",
    }
    epubs = {entry.key: entry.epub for entry in inputs.collections}
    words = theme.labels(press.language)
    data = index_context(press, inputs.briefs, epubs, words, links)
    return render_template(theme, "index.html.j2", data).encode()


ATOM_NAMESPACE = "http://www.w3.org/2005/Atom"
MAX_ENTRIES = 50  # about a year of briefs
NO_BRIEFS = dt.date(1970, 1, 1)


def render_atom(inputs: ShelfInputs) -> bytes:
    """Return the feed. Its dates are those of briefs and corrections, not the clock's."""
    press = inputs.press
    site = press.organisation.url.rstrip("/")
    feed = Element("feed", {"xmlns": ATOM_NAMESPACE, "xml:lang": press.language})
    updates = [published.brief.modified for published in inputs.briefs]
    _add_text(feed, "title", press.organisation.name)
    _add_text(feed, "id", _identifier(press, ""))
    _add_text(feed, "updated", _timestamp(max(updates, default=NO_BRIEFS)))
    _add_author(feed, press.organisation.name)
    if site:
        _add_link(feed, "self", "application/atom+xml", f"{site}/feed.xml")
        _add_link(feed, "alternate", "text/html", f"{site}/")
    for published in inputs.briefs[:MAX_ENTRIES]:
        words = inputs.theme.labels(published.brief.lang)
        feed.append(_entry(press, published, f"{site}/" if site else "", words))
    xml: bytes = tostring(feed, encoding="utf-8", xml_declaration=True)
    return xml + b"\n"


def _entry(
    press: Press, published: PublishedBrief, base: str, words: Mapping[str, str]
) -> Element:
    """Return a brief's entry, with its PDF as enclosure."""
    brief = published.brief
    entry = Element("entry", {"xml:lang": brief.lang})
    title, summary = _title_and_summary(brief)
    if brief.withdrawn is not None:
        date = date_in_words(brief.withdrawn.date, brief.lang)
        notice = fill_phrase(words, "withdrawn", date)
        summary = f"{notice}: {brief.withdrawn.reason}"
    _add_text(entry, "title", title)
    _add_text(entry, "id", brief_identifier(press, brief))
    _add_text(entry, "published", _timestamp(brief.date))
    _add_text(entry, "updated", _timestamp(brief.modified))
    for author in brief.authors:
        _add_author(entry, author.name)
    program = press.programs.get(brief.program)
    if program:
        category = {"term": program.key, "label": program.name}
        SubElement(entry, "category", category)
    for tag in brief.tags:
        SubElement(entry, "category", {"term": tag})
    if summary:
        _add_text(entry, "summary", summary)
    if published.html:
        page = published.html.removesuffix("index.html")
        _add_link(entry, "alternate", "text/html", base + page)
    if published.pdf:
        _add_link(entry, "enclosure", "application/pdf", base + published.pdf)
    return entry


def _title_and_summary(brief: Brief) -> tuple[str, str]:
    """Return title and summary, typeset and as plain text without Markdown."""
    parsed = parse_document(
        replace(brief, text=""), lambda _: UnreadableFile("missing")
    )
    document = parsed.document
    if document is None:
        return brief.title, brief.summary
    summary = text_of(document.summary) if document.summary is not None else ""
    return document.title, summary


def brief_identifier(press: Press, brief: Brief) -> str:
    """Return the URN of a brief: that with which it was released, if it was."""
    return brief.identifier or _identifier(press, f"html/{brief.slug}/")


def _identifier(press: Press, path: str) -> str:
    """Return the URN of something at this path of the site."""
    site = press.organisation.url.rstrip("/")
    namespace = site or f"urn:briefpress:{press.organisation.name}"
    return uuid.uuid5(uuid.NAMESPACE_URL, f"{namespace}/{path}").urn


def _timestamp(date: dt.date) -> str:
    """Return a date as Atom writes it."""
    return f"{date.isoformat()}T00:00:00Z"


def _add_text(parent: Element, tag: str, text: str) -> None:
    """Add an element that contains a text."""
    SubElement(parent, tag).text = text


def _add_author(parent: Element, name: str) -> None:
    """Add an author."""
    SubElement(SubElement(parent, "author"), "name").text = name


def _add_link(parent: Element, rel: str, media_type: str, href: str) -> None:
    """Add a link."""
    SubElement(parent, "link", {"rel": rel, "type": media_type, "href": href})


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
        "modified": _timestamp(entry.modified),
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
