"""Dates, lists and titles in words: what a page prints of a value, in the language of the page."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from unicodedata import east_asian_width

RIGHT_TO_LEFT = frozenset(
    {"ar", "arc", "ckb", "dv", "fa", "he", "ku-arab", "ps", "sd", "ug", "ur", "yi"}
)
DIGITS = {
    "arab": str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"),
    "arabext": str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"),
}
NARROW = frozenset("iıjlftrI1.,:;!'’‘|()[]·- ")
BROAD = frozenset("mwMWшщжюыфмШЩЖЮЫФМ@%—…")
SHORT = 58  # characters of a title that a running head has room for


def direction(lang: str) -> str:
    """Return "rtl" for a language that is written from right to left."""
    parts = lang.lower().split("-")
    return (
        "rtl"
        if parts[0] in RIGHT_TO_LEFT or "arab" in parts or "hebr" in parts
        else "ltr"
    )


def date_in_words(date: dt.date, lang: str) -> str:
    """Return "March 12, 2019", or as the language has it; the plain ISO date in a language that nobody described."""
    from babel import (
        Locale,
        UnknownLocaleError,
    )  # late: only a brief that is made anew needs the locale data
    from babel.dates import format_date

    for name in (lang, lang.partition("-")[0]):
        try:
            locale = Locale.parse(name, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
        # Babel writes every number in European digits, Persian years too.
        return format_date(date, "long", locale=locale).translate(
            DIGITS.get(locale.default_numbering_system, {})
        )
    return date.isoformat()


def list_in_words(items: Sequence[str], lang: str) -> str:
    """Return "A, B, and C" as the language has it."""
    from babel import Locale, UnknownLocaleError
    from babel.lists import format_list

    try:
        return (
            format_list(list(items), locale=Locale.parse(lang, sep="-"))
            if items
            else ""
        )
    except (UnknownLocaleError, ValueError):
        return ", ".join(items)


def phrase(words: Mapping[str, str], key: str, value: object) -> str:
    """Return a theme's words with a value in their braces: "No. {number}". Without such words, the value alone.

    `str.format` would give a theme the attributes of whatever it is handed.
    """
    return re.sub(r"\{\w+\}", lambda _: str(value), words.get(key, "{value}"))


def short_title(title: str, limit: int = SHORT) -> str:
    """Return a title for the running head: up to its colon, or as many words as there is room for.

    All titles are cut at the colon, also those with room to spare: heads of one kind look meant, two kinds do not. What
    is before a colon may be too little to know a brief by ("Q&A", "1991").
    """
    head = re.split(r":\s|：", title, maxsplit=1)[0].strip()
    if 8 <= len(head) <= limit:
        return head
    if len(title) <= limit:
        return title
    return title[: limit - 1].rpartition(" ")[0].rstrip(" ,;:.–—-") + "…"


def lines(text: str, width: int) -> list[str]:
    """Return text in lines of at most `width` letters, as even as may be: SVG wraps nothing, print balances none.

    A letter counts as `breadth` says. A word longer than a line is cut, for on a cover it would run off the edge.
    """
    words = [piece for word in text.split() for piece in _pieces(word, width)]
    count = len(_filled(words, width))
    for narrower in range(
        max((int(breadth(word)) for word in words), default=1), width
    ):
        if len(_filled(words, narrower)) == count:
            return _filled(words, narrower)
    return _filled(words, width)


def breadth(text: str) -> float:
    """Return about how broad text is, in small letters of the Latin alphabet."""
    return sum(map(_breadth, text))


def _breadth(letter: str) -> float:
    """Return how broad a letter is: no font is at hand, and half a letter more or less does no harm."""
    if letter in NARROW:
        return 0.6
    if letter in BROAD or east_asian_width(letter) in "WF":
        return 1.6
    return 1.25 if letter.isupper() else 1.12 if "\u0400" <= letter < "\u0530" else 1.0


def _pieces(word: str, width: int) -> list[str]:
    """Return a word, cut where it is broader than a line."""
    out = [""]
    for letter in word:
        if breadth(out[-1] + letter) > width:
            out.append("")
        out[-1] += letter
    return out


def _filled(words: Sequence[str], width: int) -> list[str]:
    """Return words filled into lines from the first on."""
    out: list[str] = []
    for word in words:
        if out and breadth(f"{out[-1]} {word}") <= width:
            out[-1] += f" {word}"
        else:
            out.append(word)
    return out


def bare(url: str) -> str:
    """Return an address as a page prints it: without scheme and closing slash."""
    return url.partition("://")[2].rstrip("/") if "://" in url else url
