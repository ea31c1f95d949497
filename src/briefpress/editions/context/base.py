"""What every template is handed: the language, its words, the press, where things are; and a brief in a list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from briefpress.document.typography import set_text
from briefpress.editions.context.wording import (
    bare,
    date_in_words,
    direction,
    list_in_words,
)
from briefpress.model import Brief, Press, Program

Words = Mapping[str, str]
Data = dict[str, Any]
LINKS = ("css", "root", "html", "pdf", "epub", "feed", "opds")
WORDMARK = 2.2  # times as wide as high


def base_context(
    press: Press, lang: str, words: Words, links: Mapping[str, str] | None = None
) -> Data:
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
        "title": set_text(brief.title, brief.lang),
        "subtitle": set_text(brief.subtitle, brief.lang),
        "url": url,
        "lang": brief.lang,
        "dir": direction(brief.lang),
        "date": brief.date.isoformat(),
        "date_text": date_in_words(brief.date, brief.lang),
        "byline": list_in_words(
            [set_text(author.name, brief.lang) for author in brief.authors], brief.lang
        ),
        "program": program_data(press, program) if program else None,
    }


def program_data(press: Press, program: Program) -> Data:
    """Return a program, whose words are in the language of the press."""
    words = {
        name: set_text(getattr(program, name), press.language)
        for name in ("name", "description")
    }
    rest = {name: getattr(program, name) for name in ("key", "acronym", "editor")}
    return (
        words
        | rest
        | {
            "logo": _logo(press, program.logo),
            "accent": program.tokens.get("color-accent", ""),
        }
    )


def _press(press: Press) -> Data:
    """Return the organisation."""
    house = press.organisation
    words = {
        name: set_text(getattr(house, name), press.language)
        for name in ("name", "address", "rights")
    }
    rest = {
        name: getattr(house, name) for name in ("acronym", "url", "contact", "issn")
    }
    return (
        words | rest | {"logo": _logo(press, house.logo), "url_text": bare(house.url)}
    )


def _logo(press: Press, path: str) -> Data | None:
    """Return a logo that this edition can show. One much wider than high is a wordmark: it says the name itself."""
    if (logo := press.logos.get(path)) is None:
        return None
    wide = logo.width > WORDMARK * logo.height
    return {
        "src": logo.src,
        "width": logo.width,
        "height": logo.height,
        "wordmark": wide,
    }
