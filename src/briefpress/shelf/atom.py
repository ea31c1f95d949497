"""An Atom feed of the briefs (RFC 4287), newest first."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import replace
from xml.etree.ElementTree import Element, SubElement, tostring

from briefpress.document import parse_document
from briefpress.document.files import Absent
from briefpress.model import Brief, Press
from briefpress.xhtml import text_of

ATOM = "http://www.w3.org/2005/Atom"
NEWEST = 50  # what a reader who comes back after a year still wants to see


def render_atom(press: Press, briefs: Sequence[Brief]) -> bytes:
    """Return the feed. Its dates are those of the briefs and their corrections, never the clock's."""
    root = press.organisation.url.rstrip("/")
    feed = Element("feed", {"xmlns": ATOM, "xml:lang": press.language})
    SubElement(feed, "title").text = press.organisation.name
    SubElement(feed, "id").text = _identifier(press, "")
    SubElement(feed, "updated").text = _moment(
        max(map(_updated, briefs), default=dt.date(1970, 1, 1))
    )
    SubElement(SubElement(feed, "author"), "name").text = press.organisation.name
    if root:
        SubElement(
            feed,
            "link",
            {"rel": "self", "type": "application/atom+xml", "href": f"{root}/feed.xml"},
        )
        SubElement(
            feed, "link", {"rel": "alternate", "type": "text/html", "href": f"{root}/"}
        )
    for brief in briefs[:NEWEST]:
        feed.append(_entry(press, brief, root))
    text: bytes = tostring(feed, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _entry(press: Press, brief: Brief, root: str) -> Element:
    """Return a brief's entry, with its PDF enclosed."""
    entry = Element("entry", {"xml:lang": brief.lang})
    title, summary = _words(brief)
    SubElement(entry, "title").text = title
    SubElement(entry, "id").text = _identifier(press, brief.slug)
    SubElement(entry, "published").text = _moment(brief.date)
    SubElement(entry, "updated").text = _moment(_updated(brief))
    for author in brief.authors:
        SubElement(SubElement(entry, "author"), "name").text = author.name
    if brief.program in press.programs:
        SubElement(
            entry,
            "category",
            {"term": brief.program, "label": press.programs[brief.program].name},
        )
    for tag in brief.tags:
        SubElement(entry, "category", {"term": tag})
    if summary:
        SubElement(entry, "summary").text = summary
    base = f"{root}/" if root else ""
    SubElement(
        entry,
        "link",
        {"rel": "alternate", "type": "text/html", "href": f"{base}html/{brief.slug}/"},
    )
    pdf = {
        "rel": "enclosure",
        "type": "application/pdf",
        "href": f"{base}pdf/{brief.slug}.pdf",
    }
    SubElement(entry, "link", pdf)
    return entry


def _words(brief: Brief) -> tuple[str, str]:
    """Return title and summary as its editions print them, and as plain text: a feed reader knows no Markdown."""
    made, _, _ = parse_document(replace(brief, text=""), lambda _: Absent("missing"))
    if made is None:
        return brief.title, brief.summary
    return made.title, text_of(made.summary) if made.summary is not None else ""


def _identifier(press: Press, slug: str) -> str:
    """Return an id that stays when the site's design changes: the canonical address made a name."""
    home = (
        press.organisation.url.rstrip("/")
        or f"urn:briefpress:{press.organisation.name}"
    )
    return uuid.uuid5(
        uuid.NAMESPACE_URL, f"{home}/html/{slug}/" if slug else f"{home}/"
    ).urn


def _updated(brief: Brief) -> dt.date:
    return max([brief.date, *(correction.date for correction in brief.corrections)])


def _moment(date: dt.date) -> str:
    return f"{date.isoformat()}T00:00:00Z"
