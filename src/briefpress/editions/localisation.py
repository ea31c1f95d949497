"""Dates, lists and phrases in the language of the page."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence

from briefpress.languages import babel_locale

# Babel formats every number in European digits, so Persian years need these tables.
NATIVE_DIGITS = {  # by CLDR's numbering system
    "arab": str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"),
    "arabext": str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"),
}


def date_in_words(date: dt.date, lang: str) -> str:
    """Return a date as the language writes it: "March 12, 2019".

    In a language without CLDR data it is the ISO date.
    """
    locale = babel_locale(lang)
    if locale is None:
        return date.isoformat()
    from babel.dates import format_date

    digits = NATIVE_DIGITS.get(locale.default_numbering_system, {})
    return format_date(date, "long", locale=locale).translate(digits)


def list_in_words(items: Sequence[str], lang: str) -> str:
    """Return a list as the language writes it: "A, B, and C"."""
    locale = babel_locale(lang)
    if locale is None or not items:
        return ", ".join(items)
    from babel.lists import format_list

    return format_list(list(items), locale=locale)


def fill_phrase(words: Mapping[str, str], key: str, value: object) -> str:
    """Return a theme's phrase with a value in its braces: "No. {number}".

    Without such a phrase, the value alone. `str.format` is not used because it would
    give a theme access to the attributes of the value.
    """
    phrase = words.get(key, "{value}")
    return re.sub(r"\{\w+\}", lambda _: str(value), phrase)
