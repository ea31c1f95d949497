"""What templates are handed: a press, a brief and its document as plain data, with dates and lists in words.

Only str, int, bool, list and dict: a template comes from outside, and an object would give it a way in. Values
that hold HTML are named in `HTML`; templates print those with `| safe` and everything else escaped.
`docs/designer.md` lists every name, and a test holds the list against this page.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element

from briefpress.model import Author, Brief, Collection, Document, Note, PageMap, Press, Program
from briefpress.xhtml import inner, text_of, to_html

Words = Mapping[str, str]
Data = dict[str, Any]
RIGHT_TO_LEFT = frozenset({"ar", "arc", "ckb", "dv", "fa", "he", "ku-arab", "ps", "sd", "ug", "ur", "yi"})
HTML = ("body", "brief.summary", "brief.takeaways", "note.html")
WIDTHS = (12, 16, 20, 24, 30, 36, 44)  # characters a line, for each of which a cover may ask
SHORT = 58  # characters of a title that a running head has room for
SLOT = '<div class="body" data-slot="body"></div>'  # print and EPUB graft the body here, as a tree
LINKS = ("css", "root", "html", "pdf", "epub", "feed", "opds")


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

    `body` is HTML for the screen; print and EPUB are handed the slot. `related` pairs each brief with its address in this edition.
    """
    program = press.programs.get(brief.program)
    return {
        **base_context(press, brief.lang, words, links),
        "medium": medium,
        "program": program_data(program) if program else None,
        "brief": _brief(press, brief, document, words),
        "body": body if medium == "screen" else SLOT,
        "notes": [_note(note) for note in document.notes] if medium != "print" else [],
        "outline": [{"level": h.level, "id": h.id, "text": h.text} for h in document.outline],
        "figures": [{"kind": f.kind, "number": f.number, "id": f.id, "title": f.title} for f in document.figures],
        "related": [entry(press, other, url) for other, url in related],
        "pages": [{"folio": start.folio, "id": f"page-{start.folio}"} for start in (pagemap.starts if pagemap else ())],
    }


def base_context(press: Press, lang: str, words: Words, links: Mapping[str, str] | None = None) -> Data:
    """Return what every template is handed: the language, its words, the press and where things are."""
    return {
        "lang": lang,
        "dir": direction(lang),
        "t": dict(words),
        "press": _press(press),
        "links": dict.fromkeys(LINKS, "") | dict(links or {}),
    }


def collection_context(
    press: Press,
    collection: Collection,
    briefs: Sequence[tuple[Brief, str]],
    lang: str,
    words: Words,
    tokens: Mapping[str, str],
) -> Data:
    """Return what `cover.svg.j2`, `titlepage.html.j2` and `imprint.html.j2` are handed.

    `briefs` pairs each brief, in reading order, with its address in the book. The book's date is its newest brief's.
    `tokens` are the theme's with the program's own: the cover is SVG, to which no style sheet speaks.
    """
    program = press.programs.get(collection.program)
    newest = max((brief.date for brief, _ in briefs), default=None)
    return {
        **base_context(press, lang, words),
        "medium": "epub",
        "tokens": dict(tokens),
        "program": program_data(program) if program else None,
        "collection": {
            "key": collection.key,
            "title": collection.title,
            "description": collection.description or (program.description if program else ""),
            "date": newest.isoformat() if newest else "",
            "date_text": date_in_words(newest, lang) if newest else "",
            "year": newest.year if newest else 0,
            "count": len(briefs),
            "count_text": words["count_one" if len(briefs) == 1 else "count_many"].format(count=len(briefs)),
            "briefs": [entry(press, brief, url) for brief, url in briefs],
            "lines": {str(width): lines(collection.title, width) for width in WIDTHS},
        },
        "organisation_lines": {str(width): lines(press.organisation.name, width) for width in WIDTHS},
    }


def shelf_context(
    press: Press,
    briefs: Sequence[tuple[Brief, Mapping[str, str]]],
    books: Mapping[str, Mapping[str, str]],
    lang: str,
    words: Words,
    links: Mapping[str, str] | None = None,
) -> Data:
    """Return what `index.html.j2` is handed: every brief under its program, newest first, and the books.

    `briefs` pairs each brief with its editions (`html`, `pdf`); `books` has those of each collection (`epub`,
    `pdf`) by its key. What is not made has an empty address.
    """
    shown = [entry(press, brief, made.get("html", "")) | {"pdf": made.get("pdf", "")} for brief, made in briefs]
    programs = [
        program_data(program)
        | {"briefs": [item for item in shown if item["program"] and item["program"]["key"] == key]}
        | {name: books.get(key, {}).get(name, "") for name in ("epub", "pdf")}
        for key, program in press.programs.items()
    ]
    collections = [
        {"key": key, "title": collection.title, "description": collection.description}
        | {name: books[key].get(name, "") for name in ("epub", "pdf")}
        for key, collection in press.collections.items()
        if not collection.program and key in books
    ]
    return {
        **base_context(press, lang, words, links),
        "medium": "screen",
        "programs": [program for program in programs if program["briefs"]],
        "others": [item for item in shown if item["program"] is None],
        "collections": collections,
    }


def direction(lang: str) -> str:
    """Return "rtl" for a language that is written from right to left."""
    parts = lang.lower().split("-")
    return "rtl" if parts[0] in RIGHT_TO_LEFT or "arab" in parts or "hebr" in parts else "ltr"


def date_in_words(date: dt.date, lang: str) -> str:
    """Return "March 12, 2019", or as the language has it; the plain ISO date in a language that nobody described."""
    from babel import Locale, UnknownLocaleError  # late: only a brief that is made anew needs the locale data
    from babel.dates import format_date

    for name in (lang, lang.partition("-")[0]):
        try:
            return format_date(date, "long", locale=Locale.parse(name, sep="-"))
        except (UnknownLocaleError, ValueError):
            continue
    return date.isoformat()


def list_in_words(items: Sequence[str], lang: str) -> str:
    """Return "A, B, and C" as the language has it."""
    from babel import Locale, UnknownLocaleError
    from babel.lists import format_list

    try:
        return format_list(list(items), locale=Locale.parse(lang, sep="-")) if items else ""
    except (UnknownLocaleError, ValueError):
        return ", ".join(items)


def entry(press: Press, brief: Brief, url: str) -> Data:
    """Return a brief as a list of briefs shows it: related ones, the contents of a collection, the shelf."""
    program = press.programs.get(brief.program)
    return {
        "slug": brief.slug,
        "title": brief.title,
        "subtitle": brief.subtitle,
        "url": url,
        "lang": brief.lang,
        "dir": direction(brief.lang),
        "date": brief.date.isoformat(),
        "date_text": date_in_words(brief.date, brief.lang),
        "byline": list_in_words([author.name for author in brief.authors], brief.lang),
        "program": program_data(program) if program else None,
    }


def program_data(program: Program) -> Data:
    """Return a program."""
    names = ("key", "name", "acronym", "description", "editor", "logo")
    return {name: getattr(program, name) for name in names} | {"accent": program.tokens.get("color-accent", "")}


def short_title(title: str, limit: int = SHORT) -> str:
    """Return a title for the running head: up to its colon, or as many words as there is room for."""
    if len(title) <= limit:
        return title
    head = title.partition(":")[0].strip()
    if 12 <= len(head) <= limit:
        return head
    return title[: limit - 1].rpartition(" ")[0].rstrip(" ,;:.–—-") + "…"


def lines(text: str, width: int) -> list[str]:
    """Return text in lines of at most `width` characters, as even as may be: for a cover, where SVG wraps nothing.

    A word longer than a line is cut, for on a cover it would run off the edge.
    """
    words = [word[i : i + width] for word in text.split() for i in range(0, len(word), width)]
    count = len(_filled(words, width))
    for narrower in range(max(map(len, words), default=1), width):
        if len(_filled(words, narrower)) == count:
            return _filled(words, narrower)
    return _filled(words, width)


def _filled(words: Sequence[str], width: int) -> list[str]:
    """Return words filled into lines from the first on."""
    out: list[str] = []
    for word in words:
        if out and len(out[-1]) + 1 + len(word) <= width:
            out[-1] += f" {word}"
        else:
            out.append(word)
    return out


def bare(url: str) -> str:
    """Return an address as a page prints it: without scheme and closing slash."""
    return url.partition("://")[2].rstrip("/") if "://" in url else url


def _press(press: Press) -> Data:
    """Return the organisation."""
    house = press.organisation
    names = ("name", "acronym", "url", "logo", "address", "contact", "issn", "rights")
    return {name: getattr(house, name) for name in names} | {"url_text": bare(house.url)}


def _brief(press: Press, brief: Brief, document: Document, words: Words) -> Data:
    """Return the brief itself, with the title as the document sets it."""
    root = press.organisation.url.rstrip("/")
    url = f"{root}/html/{brief.slug}/" if root else ""
    issue = " ".join(filter(None, (brief.series, brief.number and words["number"].format(number=brief.number))))
    data: Data = {
        "slug": brief.slug,
        "title": document.title,
        "short_title": short_title(document.title),
        "subtitle": document.subtitle,
        "date": brief.date.isoformat(),
        "date_slashes": brief.date.strftime("%Y/%m/%d"),
        "date_text": date_in_words(brief.date, brief.lang),
        "year": brief.date.year,
        "authors": [_author(author) for author in brief.authors],
        "byline": list_in_words([author.name for author in brief.authors], brief.lang),
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
        "summary_text": text_of(document.summary) if document.summary is not None else "",
        "takeaways": [_html(takeaway) for takeaway in document.takeaways],
        "corrections": [_correction(c.date, c.text, brief.lang) for c in brief.corrections],
    }
    return data | {"citation": _citation(press, data, words)}


def _author(author: Author) -> Data:
    """Return somebody who signs the brief."""
    names = ("name", "sort", "affiliation", "bio", "orcid", "email")
    orcid_url = f"https://orcid.org/{author.orcid}" if author.orcid else ""
    return {name: getattr(author, name) for name in names} | {"orcid_url": orcid_url}


def _correction(date: dt.date, text: str, lang: str) -> Data:
    """Return a correction with its date in words."""
    return {"date": date.isoformat(), "date_text": date_in_words(date, lang), "text": text}


def _citation(press: Press, brief: Data, words: Words) -> str:
    """Return how the brief asks to be cited: who, what, where, when, and the address that lasts longest."""
    title = words["subtitle_separator"].join(filter(None, (brief["title"], brief["subtitle"])))
    parts = [brief["byline"], title, brief["issue"], f"{press.organisation.name}, {brief['date_text']}"]
    ended = [part if part.endswith((".", "?", "!", "…")) else f"{part}." for part in parts if part]
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
