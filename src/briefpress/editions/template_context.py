"""The data that templates receive: press, brief, document, book and index page.

It consists of str, int, bool, list and dict only, because themes come from outside and
an object would give a template access to the program. Values named in `HTML_VALUES`
contain HTML, and templates print them with `| safe`; everything else is escaped.
`docs/designer.md` lists every name, and a test compares the list with this module.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal
from xml.etree.ElementTree import Element

from briefpress.document.typography import smarten_text
from briefpress.editions.inputs import BriefContext, PublishedBrief
from briefpress.editions.localisation import (
    balanced_lines,
    date_in_words,
    fill_phrase,
    list_in_words,
    number_in_digits,
    short_title,
)
from briefpress.languages import language_name, text_direction
from briefpress.model import (
    Author,
    Brief,
    Collection,
    Correction,
    Document,
    Note,
    PageMap,
    Press,
    Program,
)
from briefpress.xhtml import inner, text_of, to_html

Words = Mapping[str, str]  # a theme's words in one language, by key
Data = dict[str, Any]
Medium = Literal["screen", "print", "epub"]

HTML_VALUES = ("body", "brief.summary", "brief.takeaways[]", "notes[].html")
LEFT_TO_RIGHT_MARK = "\u200e"
RIGHT_TO_LEFT_MARK = "\u200f"
LINKS = ("css", "root", "html", "pdf", "epub", "feed", "opds")
# The PDF and the EPUB put the body here as a tree, after the template is rendered.
BODY_SLOT = '<div class="body" data-slot="body"></div>'
WORDMARK_RATIO = 2.2  # a logo is a wordmark if its width exceeds this × its height

# Line lengths, in letters, at which templates can get a title broken into lines.
TITLE_WIDTHS = (24, 28, 30, 32, 36, 40, 48)
SUBTITLE_WIDTHS = (48, 56, 64, 72, 80)
COVER_WIDTHS = (12, 16, 20, 24, 30, 36, 44, 72)


def base_context(
    press: Press, lang: str, words: Words, links: Mapping[str, str] | None = None
) -> Data:
    """Return what every template receives: language, words, press and addresses."""
    return {
        "lang": lang,
        "dir": text_direction(lang),
        "t": dict(words),
        "press": _press_data(press),
        "links": dict.fromkeys(LINKS, "") | dict(links or {}),
    }


def brief_context(
    context: BriefContext,
    document: Document,
    words: Words,
    *,
    medium: Medium,
    body: str = "",
    page_map: PageMap | None = None,
) -> Data:
    """Return what `brief.html.j2` and the templates that extend it receive.

    `body` is HTML and only for the screen; print and EPUB receive the slot.
    Print receives no notes, because they are laid out at the foot of the pages.
    """
    press, brief = context.press, context.brief
    program = press.programs.get(brief.program)
    page_starts = page_map.starts if page_map else ()
    notes = document.notes if medium != "print" else ()
    return {
        **base_context(press, brief.lang, words, context.links),
        "medium": medium,
        "program": program_data(press, program) if program else None,
        "brief": _brief_data(press, brief, document, words),
        "body": body if medium == "screen" else BODY_SLOT,
        "notes": [_note_data(note) for note in notes],
        "outline": [
            {"level": heading.level, "id": heading.id, "text": heading.text}
            for heading in document.outline
        ],
        "figures": [
            {
                "kind": figure.kind,
                "number": figure.number,
                "id": figure.id,
                "title": figure.title,
            }
            for figure in document.figures
        ],
        "related": [
            listed_brief(press, related, context.addresses.get(related.slug, ""))
            for related in context.related
        ],
        "translations": [
            _translation_data(context, translation)
            for translation in context.translations
        ],
        "pages": [
            {"folio": start.folio, "id": f"page-{start.folio}"} for start in page_starts
        ],
    }


def _translation_data(context: BriefContext, translation: Brief) -> Data:
    """Return the brief in another language, with the name of that language."""
    slug, lang = translation.slug, translation.lang
    site = context.press.organisation.url.rstrip("/")
    url = context.addresses.get(slug, "")
    own_name = language_name(lang, lang)
    return {
        "lang": lang,
        "dir": text_direction(lang),
        "title": smarten_text(translation.title, lang),
        "own_name": own_name[:1].upper() + own_name[1:],
        "name": language_name(lang, context.brief.lang),
        "url": url,
        "canonical": f"{site}/html/{slug}/" if site else url,
    }


def collection_context(
    press: Press,
    collection: Collection,
    briefs: Sequence[tuple[Brief, str]],
    lang: str,
    words: Words,
    tokens: Mapping[str, str],
) -> Data:
    """Return what `cover.svg.j2`, `titlepage.html.j2` and `imprint.html.j2` receive.

    `briefs` pairs each brief, in reading order, with its address in the book. The
    book's date is the date of its newest brief. `tokens` are the theme's tokens with
    those of the program: no style sheet applies to the cover, which is SVG.
    """
    program = press.programs.get(collection.program)
    organisation = smarten_text(press.organisation.name, press.language)
    return {
        **base_context(press, lang, words),
        "medium": "epub",
        "tokens": dict(tokens),
        "program": program_data(press, program) if program else None,
        "collection": _collection_data(press, collection, briefs, lang, words),
        "organisation_lines": _lines_by_width(organisation, COVER_WIDTHS),
    }


def index_context(
    press: Press,
    briefs: Iterable[PublishedBrief],
    epubs: Mapping[str, str],
    words: Words,
    links: Mapping[str, str] | None = None,
) -> Data:
    """Return what `index.html.j2` receives: the briefs by program, and the books.

    `epubs` gives the address of each published EPUB by the collection's key. Briefs
    are listed newest first, as they come, and collections by key.
    """
    listed = [
        listed_brief(press, published.brief, published.html) | {"pdf": published.pdf}
        for published in briefs
        if published.brief.is_listed
    ]
    programs = []
    for key, program in press.programs.items():
        in_program = [item for item in listed if _program_key(item) == key]
        if in_program:
            programs.append(
                program_data(press, program)
                | {"briefs": in_program}
                | _book_addresses(epubs.get(key, ""))
            )
    collections = [
        {
            "key": key,
            "title": smarten_text(collection.title, press.language),
            "description": smarten_text(collection.description, press.language),
        }
        | _book_addresses(epubs[key])
        for key, collection in sorted(press.collections.items())
        if key in epubs and not collection.program
    ]
    return {
        **base_context(press, press.language, words, links),
        "medium": "screen",
        "programs": programs,
        "others": [item for item in listed if item["program"] is None],
        "collections": collections,
    }


def listed_brief(press: Press, brief: Brief, url: str) -> Data:
    """Return a brief as a list shows it: related briefs, contents, index page."""
    program = press.programs.get(brief.program)
    names = [smarten_text(author.name, brief.lang) for author in brief.authors]
    return {
        "slug": brief.slug,
        "title": smarten_text(brief.title, brief.lang),
        "subtitle": smarten_text(brief.subtitle, brief.lang),
        "url": url,
        "lang": brief.lang,
        "dir": text_direction(brief.lang),
        "date": brief.date.isoformat(),
        "date_text": date_in_words(brief.date, brief.lang),
        "byline": list_in_words(names, brief.lang),
        "program": program_data(press, program) if program else None,
    }


def program_data(press: Press, program: Program) -> Data:
    """Return a program. Its name and description are in the language of the press."""
    return {
        "name": smarten_text(program.name, press.language),
        "description": smarten_text(program.description, press.language),
        "key": program.key,
        "acronym": program.acronym,
        "editor": program.editor,
        "logo": _logo_data(press, program.logo),
        "accent": program.tokens.get("color-accent", ""),
    }


def _press_data(press: Press) -> Data:
    """Return the `press` data of templates."""
    organisation = press.organisation
    return {
        "name": smarten_text(organisation.name, press.language),
        "address": smarten_text(organisation.address, press.language),
        "rights": smarten_text(organisation.rights, press.language),
        "acronym": organisation.acronym,
        "url": organisation.url,
        "contact": organisation.contact,
        "issn": organisation.issn,
        "logo": _logo_data(press, organisation.logo),
        "url_text": _printed_url(organisation.url),
    }


def _logo_data(press: Press, path: str) -> Data | None:
    """Return a logo if this edition has it.

    A wordmark, much wider than high, shows the name itself.
    """
    logo = press.logos.get(path)
    if logo is None:
        return None
    return {
        "src": logo.src,
        "width": logo.width,
        "height": logo.height,
        "wordmark": logo.width > WORDMARK_RATIO * logo.height,
    }


def _brief_data(press: Press, brief: Brief, document: Document, words: Words) -> Data:
    """Return the brief, with the typeset title of its document."""
    site = press.organisation.url.rstrip("/")
    url = f"{site}/html/{brief.slug}/" if site else ""
    number = fill_phrase(words, "number", brief.number) if brief.number else ""
    authors = [_author_data(author, brief.lang) for author in brief.authors]
    summary = document.summary
    data: Data = {
        "slug": brief.slug,
        "title": document.title,
        "short_title": short_title(document.title),
        "title_lines": _lines_by_width(document.title, TITLE_WIDTHS),
        "subtitle": document.subtitle,
        "subtitle_lines": _lines_by_width(document.subtitle, SUBTITLE_WIDTHS),
        "date": brief.date.isoformat(),
        "date_slashes": brief.date.strftime("%Y/%m/%d"),
        "date_text": _date_text(brief, words),
        "modified": brief.modified.isoformat(),
        "year": brief.date.year,
        "authors": authors,
        "byline": list_in_words([author["name"] for author in authors], brief.lang),
        "tags": list(brief.tags),
        "series": brief.series,
        "number": brief.number,
        "issue": " ".join(part for part in (brief.series, number) if part),
        "doi": brief.doi,
        "doi_url": f"https://doi.org/{brief.doi}" if brief.doi else "",
        "url": url,
        "url_text": _printed_url(url),
        "pdf_url": f"{site}/pdf/{brief.slug}.pdf" if site else "",
        "og_locale": brief.lang.replace("-", "_"),
        "summary": _html_content(summary) if summary is not None else "",
        "summary_text": text_of(summary) if summary is not None else "",
        "takeaways": [_html_content(takeaway) for takeaway in document.takeaways],
        "withdrawn": {},
        "corrections": [
            _correction_data(correction, brief.lang) for correction in brief.corrections
        ],
    }
    if brief.withdrawn is not None:
        day = brief.withdrawn.date
        date_text = date_in_words(day, brief.lang)
        data["withdrawn"] = {
            "date": day.isoformat(),
            "text": fill_phrase(words, "withdrawn", date_text),
            "reason": smarten_text(brief.withdrawn.reason, brief.lang),
        }
    return data | {"citation": _citation(press, data, words, brief.lang)}


def _date_text(brief: Brief, words: Words) -> str:
    """Return the date of a brief in words. In a proof it may have none."""
    if brief.date == dt.date.min:
        return f"[{words.get('missing_date', '')}]"
    return date_in_words(brief.date, brief.lang)


def _author_data(author: Author, lang: str) -> Data:
    """Return an author of the brief."""
    return {
        "name": smarten_text(author.name, lang),
        "affiliation": smarten_text(author.affiliation, lang),
        "bio": smarten_text(author.bio, lang),
        "sort": author.sort,
        "orcid": author.orcid,
        "email": author.email,
        "orcid_url": f"https://orcid.org/{author.orcid}" if author.orcid else "",
    }


def _correction_data(correction: Correction, lang: str) -> Data:
    """Return a correction with its date in words."""
    return {
        "date": correction.date.isoformat(),
        "date_text": date_in_words(correction.date, lang),
        "text": smarten_text(correction.text, lang),
    }


def _citation(press: Press, brief: Data, words: Words, lang: str) -> str:
    """Return the recommended citation: authors, title, series, publisher and date.

    It ends with the DOI, or with the web address if the brief has no DOI.
    """
    title_and_subtitle = [text for text in (brief["title"], brief["subtitle"]) if text]
    title = words.get("subtitle_separator", ": ").join(title_and_subtitle)
    organisation = smarten_text(press.organisation.name, press.language)
    publication = f"{organisation}, {brief['date_text']}"
    parts = [brief["byline"], title, brief["issue"], publication]
    citation = [_with_full_stop(part) for part in parts if part]
    if text_direction(lang) == "rtl":
        # A number behind Latin letters would go with them, not with its own words.
        citation = [part.replace(", ", f",{RIGHT_TO_LEFT_MARK} ") for part in citation]
        citation = [part + RIGHT_TO_LEFT_MARK for part in citation]
    if address := brief["doi_url"] or brief["url"]:
        # The `/` at its end would stand before it.
        mark = LEFT_TO_RIGHT_MARK if text_direction(lang) == "rtl" else ""
        citation.append(address + mark)
    return " ".join(citation)


def _with_full_stop(text: str) -> str:
    """Return a sentence that ends with a mark."""
    return text if text.endswith((".", "?", "!", "…")) else f"{text}."


def _note_data(note: Note) -> Data:
    """Return a note with its blocks as HTML."""
    return {
        "number": note.number,
        "id": note.id,
        "label": note.label,
        "html": _html_content(note.body),
        "calls": list(note.calls),
    }


def _collection_data(
    press: Press,
    collection: Collection,
    briefs: Sequence[tuple[Brief, str]],
    lang: str,
    words: Words,
) -> Data:
    """Return a collection with its briefs. A program's description is its default."""
    title = smarten_text(collection.title, lang)
    program = press.programs.get(collection.program)
    program_description = program.description if program else ""
    description = collection.description or program_description
    newest = max((brief.date for brief, _ in briefs), default=None)
    count = number_in_digits(len(briefs), lang)
    count_key = "count_one" if len(briefs) == 1 else "count_many"
    return {
        "key": collection.key,
        "title": title,
        "description": smarten_text(description, lang),
        "date": newest.isoformat() if newest else "",
        "date_text": date_in_words(newest, lang) if newest else "",
        "year": newest.year if newest else 0,
        "count": len(briefs),
        "count_text": fill_phrase(words, count_key, count),
        "briefs": [listed_brief(press, brief, url) for brief, url in briefs],
        "lines": _lines_by_width(title, COVER_WIDTHS),
    }


def _book_addresses(epub: str) -> Data:
    """Return the addresses of a collection's editions. A PDF of one is planned."""
    return {"epub": epub, "pdf": ""}


def _program_key(listed: Data) -> str:
    """Return the key of the program of a listed brief; empty if it has none."""
    return str(listed["program"]["key"]) if listed["program"] else ""


def _lines_by_width(text: str, widths: Iterable[int]) -> dict[str, list[str]]:
    """Return a text broken into lines, for each of several line lengths."""
    return {str(width): balanced_lines(text, width) for width in widths}


def _html_content(element: Element) -> str:
    """Return the content of an element as HTML."""
    return inner(element, to_html)


def _printed_url(url: str) -> str:
    """Return an address as a page prints it: without scheme and final slash."""
    if "://" not in url:
        return url
    return url.partition("://")[2].rstrip("/")
