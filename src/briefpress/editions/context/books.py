"""What the templates of a book and of the shelf are handed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from briefpress.document.typography import set_text
from briefpress.editions.context.base import (
    Data,
    Words,
    base_context,
    entry,
    program_data,
)
from briefpress.editions.context.wording import date_in_words, lines, phrase
from briefpress.model import Brief, Collection, Press

WIDTHS = (
    12,
    16,
    20,
    24,
    30,
    36,
    44,
)  # characters a line, for each of which a cover may ask


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
    house = set_text(press.organisation.name, press.language)
    title = set_text(collection.title, lang)
    about = collection.description or (program.description if program else "")
    newest = max((brief.date for brief, _ in briefs), default=None)
    return {
        **base_context(press, lang, words),
        "medium": "epub",
        "tokens": dict(tokens),
        "program": program_data(press, program) if program else None,
        "collection": {
            "key": collection.key,
            "title": title,
            "description": set_text(about, lang),
            "date": newest.isoformat() if newest else "",
            "date_text": date_in_words(newest, lang) if newest else "",
            "year": newest.year if newest else 0,
            "count": len(briefs),
            "count_text": phrase(
                words, "count_one" if len(briefs) == 1 else "count_many", len(briefs)
            ),
            "briefs": [entry(press, brief, url) for brief, url in briefs],
            "lines": {str(width): lines(title, width) for width in WIDTHS},
        },
        "organisation_lines": {str(width): lines(house, width) for width in WIDTHS},
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
    shown = [
        entry(press, brief, made.get("html", "")) | {"pdf": made.get("pdf", "")}
        for brief, made in briefs
    ]
    programs = [
        program_data(press, program)
        | {
            "briefs": [
                item
                for item in shown
                if item["program"] and item["program"]["key"] == key
            ]
        }
        | {name: books.get(key, {}).get(name, "") for name in ("epub", "pdf")}
        for key, program in press.programs.items()
    ]
    collections = [
        {
            "key": key,
            "title": set_text(collection.title, lang),
            "description": set_text(collection.description, lang),
        }
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
