"""An Atom feed of the briefs (RFC 4287), newest first."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace
from xml.etree.ElementTree import Element, SubElement, tostring

from briefpress.document import parse_document
from briefpress.document.files import UnreadableFile
from briefpress.editions.inputs import PublishedBrief
from briefpress.model import Brief, Press
from briefpress.shelf.model import ShelfInputs
from briefpress.xhtml import text_of

ATOM_NAMESPACE = "http://www.w3.org/2005/Atom"
MAX_ENTRIES = 50  # what a reader who returns after a year still wants to see
NO_BRIEFS = dt.date(1970, 1, 1)


def render_atom(inputs: ShelfInputs) -> bytes:
    """Return the feed. Its dates are those of briefs and corrections, not the clock's."""
    press = inputs.press
    site = press.organisation.url.rstrip("/")
    feed = Element("feed", {"xmlns": ATOM_NAMESPACE, "xml:lang": press.language})
    updates = [_last_update(published.brief) for published in inputs.briefs]
    _add_text(feed, "title", press.organisation.name)
    _add_text(feed, "id", _identifier(press, ""))
    _add_text(feed, "updated", _timestamp(max(updates, default=NO_BRIEFS)))
    _add_author(feed, press.organisation.name)
    if site:
        _add_link(feed, "self", "application/atom+xml", f"{site}/feed.xml")
        _add_link(feed, "alternate", "text/html", f"{site}/")
    for published in inputs.briefs[:MAX_ENTRIES]:
        feed.append(_entry(press, published, f"{site}/" if site else ""))
    xml: bytes = tostring(feed, encoding="utf-8", xml_declaration=True)
    return xml + b"\n"


def _entry(press: Press, published: PublishedBrief, base: str) -> Element:
    """Return a brief's entry, with its PDF as enclosure."""
    brief = published.brief
    entry = Element("entry", {"xml:lang": brief.lang})
    title, summary = _title_and_summary(brief)
    _add_text(entry, "title", title)
    _add_text(entry, "id", _identifier(press, brief.slug))
    _add_text(entry, "published", _timestamp(brief.date))
    _add_text(entry, "updated", _timestamp(_last_update(brief)))
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


def _identifier(press: Press, slug: str) -> str:
    """Return an id that stays the same when the site changes its addresses."""
    site = press.organisation.url.rstrip("/")
    namespace = site or f"urn:briefpress:{press.organisation.name}"
    name = f"{namespace}/html/{slug}/" if slug else f"{namespace}/"
    return uuid.uuid5(uuid.NAMESPACE_URL, name).urn


def _last_update(brief: Brief) -> dt.date:
    """Return the date of the last correction, or of the brief."""
    return max([brief.date, *(correction.date for correction in brief.corrections)])


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
