"""What every template is handed: the language, its words, the press, where things are; and a brief in a list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from briefpress.editions.context.wording import bare, date_in_words, direction, list_in_words
from briefpress.model import Brief, Press, Program

Words = Mapping[str, str]
Data = dict[str, Any]
LINKS = ("css", "root", "html", "pdf", "epub", "feed", "opds")


def base_context(press: Press, lang: str, words: Words, links: Mapping[str, str] | None = None) -> Data:
    """Return what every template is handed: the language, its words, the press and where things are."""
    return {
        "lang": lang,
        "dir": direction(lang),
        "t": dict(words),
        "press": _press(press),
        "links": dict.fromkeys(LINKS, "") | dict(links or {}),
    }


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


def _press(press: Press) -> Data:
    """Return the organisation."""
    house = press.organisation
    names = ("name", "acronym", "url", "logo", "address", "contact", "issn", "rights")
    return {name: getattr(house, name) for name in names} | {"url_text": bare(house.url)}
