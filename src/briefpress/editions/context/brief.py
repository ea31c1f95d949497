"""What the templates of a brief are handed: the brief and its document as plain data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from xml.etree.ElementTree import Element

from briefpress.document.typography import set_text
from briefpress.editions.context.base import (
    Data,
    Words,
    base_context,
    entry,
    program_data,
)
from briefpress.editions.context.wording import (
    bare,
    date_in_words,
    lines,
    list_in_words,
    phrase,
    short_title,
)
from briefpress.model import Author, Brief, Document, Note, PageMap, Press
from briefpress.xhtml import inner, text_of, to_html

TITLE = (
    24,
    28,
    30,
    32,
    36,
    40,
    48,
)  # letters a line, for each of which a title block may ask
SUBTITLE = (48, 56, 64, 72, 80)
SLOT = '<div class="body" data-slot="body"></div>'  # print and EPUB graft the body here, as a tree


def brief_context(  # noqa: PLR0913 - a template sees all of it at once
    press: Press,
    brief: Brief,
    document: Document,
    words: Words,
    *,
    medium: str,
    body: str = "",
    links: Mapping[str, str] | None = None,
    related: Sequence[tuple[Brief, str]] = (),
    pagemap: PageMap | None = None,
) -> Data:
    """Return what `brief.html.j2` and the templates that extend it are handed.

    `body` is HTML for the screen; print and EPUB are handed the slot. `related` pairs each brief with its address in
    this edition.
    """
    program = press.programs.get(brief.program)
    return {
        **base_context(press, brief.lang, words, links),
        "medium": medium,
        "program": program_data(press, program) if program else None,
        "brief": _brief(press, brief, document, words),
        "body": body if medium == "screen" else SLOT,
        "notes": [_note(note) for note in document.notes] if medium != "print" else [],
        "outline": [
            {"level": h.level, "id": h.id, "text": h.text} for h in document.outline
        ],
        "figures": [
            {"kind": f.kind, "number": f.number, "id": f.id, "title": f.title}
            for f in document.figures
        ],
        "related": [entry(press, other, url) for other, url in related],
        "pages": [
            {"folio": start.folio, "id": f"page-{start.folio}"}
            for start in (pagemap.starts if pagemap else ())
        ],
    }


def _brief(press: Press, brief: Brief, document: Document, words: Words) -> Data:
    """Return the brief itself, with the title as the document sets it."""
    root = press.organisation.url.rstrip("/")
    url = f"{root}/html/{brief.slug}/" if root else ""
    issue = " ".join(
        filter(
            None, (brief.series, brief.number and phrase(words, "number", brief.number))
        )
    )
    authors = [_author(author, brief.lang) for author in brief.authors]
    data: Data = {
        "slug": brief.slug,
        "title": document.title,
        "short_title": short_title(document.title),
        "title_lines": {str(width): lines(document.title, width) for width in TITLE},
        "subtitle": document.subtitle,
        "subtitle_lines": {
            str(width): lines(document.subtitle, width) for width in SUBTITLE
        },
        "date": brief.date.isoformat(),
        "date_slashes": brief.date.strftime("%Y/%m/%d"),
        "date_text": date_in_words(brief.date, brief.lang),
        "year": brief.date.year,
        "authors": authors,
        "byline": list_in_words([author["name"] for author in authors], brief.lang),
        "tags": list(brief.tags),
        "series": brief.series,
        "number": brief.number,
        "issue": issue,
        "doi": brief.doi,
        "doi_url": f"https://doi.org/{brief.doi}" if brief.doi else "",
        "url": url,
        "url_text": bare(url),
        "pdf_url": f"{root}/pdf/{brief.slug}.pdf" if root else "",
        "og_locale": brief.lang.replace("-", "_"),
        "summary": _html(document.summary),
        "summary_text": text_of(document.summary)
        if document.summary is not None
        else "",
        "takeaways": [_html(takeaway) for takeaway in document.takeaways],
        "corrections": [
            _correction(c.date, c.text, brief.lang) for c in brief.corrections
        ],
    }
    return data | {"citation": _citation(press, data, words)}


def _author(author: Author, lang: str) -> Data:
    """Return somebody who signs the brief."""
    words = {
        name: set_text(getattr(author, name), lang)
        for name in ("name", "affiliation", "bio")
    }
    rest = {name: getattr(author, name) for name in ("sort", "orcid", "email")}
    return (
        words
        | rest
        | {"orcid_url": f"https://orcid.org/{author.orcid}" if author.orcid else ""}
    )


def _correction(date: dt.date, text: str, lang: str) -> Data:
    """Return a correction with its date in words."""
    return {
        "date": date.isoformat(),
        "date_text": date_in_words(date, lang),
        "text": set_text(text, lang),
    }


def _citation(press: Press, brief: Data, words: Words) -> str:
    """Return how the brief asks to be cited: who, what, where, when, and the address that lasts longest."""
    title = words.get("subtitle_separator", ": ").join(
        filter(None, (brief["title"], brief["subtitle"]))
    )
    house = set_text(press.organisation.name, press.language)
    parts = [brief["byline"], title, brief["issue"], f"{house}, {brief['date_text']}"]
    ended = [
        part if part.endswith((".", "?", "!", "…")) else f"{part}."
        for part in parts
        if part
    ]
    return " ".join(filter(None, (*ended, brief["doi_url"] or brief["url"])))


def _note(note: Note) -> Data:
    """Return a note with what it says, as HTML blocks."""
    return {
        "number": note.number,
        "id": note.id,
        "label": note.label,
        "html": _html(note.body),
        "calls": list(note.calls),
    }


def _html(element: Element | None) -> str:
    """Return what stands in an element, as HTML."""
    return inner(element, to_html) if element is not None else ""
