"""Language tags (BCP 47): fallback tags, locale, and direction of writing."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from babel import Locale

Direction = Literal["ltr", "rtl"]


def fallback_tags(tag: str) -> tuple[str, ...]:
    """Return the tag and its fallbacks, best first: "zh-Hant-TW", "zh-Hant", "zh".

    This is the lookup of RFC 4647, section 3.4: subtags are removed from the end, and
    a single letter such as the `x` of `en-x-house` is removed with the subtag after it.
    """
    subtags = tag.split("-")
    tags = []
    while subtags:
        tags.append("-".join(subtags))
        subtags.pop()
        if subtags and len(subtags[-1]) == 1:
            subtags.pop()
    return tuple(tags)


def lookup_language(tag: str, available: Iterable[str]) -> str:
    """Return the best available tag for a language, or "" if none fits.

    Tags are compared without regard to case, as BCP 47 has it.
    """
    by_lower_case = {name.lower(): name for name in available}
    for candidate in fallback_tags(tag.lower()):
        if candidate in by_lower_case:
            return by_lower_case[candidate]
    return ""


def language_rank(languages: Iterable[str], lang: str) -> int:
    """Return how well a font's languages fit a language: 0 is best."""
    tags = [tag.lower() for tag in fallback_tags(lang)]
    ranks = [tags.index(language) for language in languages if language in tags]
    return min(ranks, default=len(tags))


@cache
def babel_locale(tag: str) -> Locale | None:
    """Return the locale that formats dates and lists for a language, or None.

    CLDR has no locale for `en-KZ`, so its fallback `en` is used.
    """
    from babel import Locale, UnknownLocaleError

    for candidate in fallback_tags(tag):
        try:
            return Locale.parse(candidate, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    return None


@cache
def language_name(tag: str, lang: str) -> str:
    """Return what a language is called in another one: "Russian", "русский".

    Without CLDR data it is the tag.
    """
    locale, named = babel_locale(lang), babel_locale(tag)
    if locale is None or named is None:
        return tag
    return named.get_display_name(locale) or tag


def month_names(tag: str) -> dict[str, int]:
    """Return the number of each month by its names in a language, in lower case."""
    locale = babel_locale(tag)
    if locale is None:
        return {}
    names: dict[str, int] = {}
    for use in ("format", "stand-alone"):
        for width in ("wide", "abbreviated"):
            for number, name in locale.months[use][width].items():
                names.setdefault(name.lower().strip("."), number)
    return names


@cache
def text_direction(tag: str) -> Direction:
    """Return the direction in which a language is written: that of its script."""
    from fontTools.unicodedata import script_horizontal_direction

    is_rtl = script_horizontal_direction(_script(tag), "LTR") == "RTL"
    return "rtl" if is_rtl else "ltr"


def _script(tag: str) -> str:
    """Return the script of a language: "Arab" for `fa` and `az-Arab`, or "".

    If the tag names no script, CLDR knows the likely one: `pa` is Gurmukhi, `pa-PK`
    is Arabic.
    """
    from babel.core import get_global

    language, *others = tag.split("-")
    for subtag in others:
        if len(subtag) == 4 and subtag.isalpha():
            return subtag.capitalize()
    region = others[0].upper() if others else ""
    likely_tags = get_global("likely_subtags")
    for key in (f"{language.lower()}_{region}", language.lower()):
        if key in likely_tags:
            _, script, _ = likely_tags[key].split("_")
            return str(script)
    return ""
