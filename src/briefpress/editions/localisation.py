"""Dates, lists, phrases and titles in the language of the page.

Titles are broken into lines by an estimate of their width in letters. No font is
measured: half a letter more or less does no harm.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from unicodedata import east_asian_width

from briefpress.languages import babel_locale

# Babel formats every number in European digits, so Persian years need these tables.
NATIVE_DIGITS = {  # by CLDR's numbering system
    "arab": str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"),
    "arabext": str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"),
}


# The counter styles of CSS that have these digits.
COUNTER_STYLES = {"arab": "arabic-indic", "arabext": "persian"}


def counter_style(lang: str) -> str:
    """Return the counter style of CSS in which a language numbers pages."""
    locale = babel_locale(lang)
    system = locale.default_numbering_system if locale else ""
    return COUNTER_STYLES.get(system, "decimal")


def date_in_words(date: dt.date, lang: str) -> str:
    """Return a date as the language writes it: "March 12, 2019".

    In a language without CLDR data it is the ISO date.
    """
    locale = babel_locale(lang)
    if locale is None:
        return date.isoformat()
    from babel.dates import format_date

    words = format_date(date, "long", locale=locale)
    digits = NATIVE_DIGITS.get(locale.default_numbering_system, {})
    return words.translate(digits)


def number_in_digits(number: int, lang: str) -> str:
    """Return a number in the digits of the language."""
    locale = babel_locale(lang)
    system = locale.default_numbering_system if locale else ""
    return str(number).translate(NATIVE_DIGITS.get(system, {}))


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
    text = str(value)
    return re.sub(r"\{\w+\}", lambda _: text, phrase)


BREAKING_SPACE = re.compile(r"[ \t\n]+")  # `str.split` splits at no-break spaces too
RUNNING_HEAD_LETTERS = 58
SHORTEST_HEAD = 8  # letters: "Q&A" or "1991" alone does not identify a brief
NARROW_LETTERS = frozenset("iıjlftrI1.,:;!'’‘|()[]·- ")
WIDE_LETTERS = frozenset("mwMWшщжюыфмШЩЖЮЫФМ@%—…")


def short_title(title: str, limit: int = RUNNING_HEAD_LETTERS) -> str:
    """Return a title for the running head: up to its colon, or as many words as fit.

    Every title is cut at its colon, even if it would fit, so that all running heads
    look alike.
    """
    parts = re.split(r":\s|：", title, maxsplit=1)
    before_colon = parts[0].strip()
    if SHORTEST_HEAD <= len(before_colon) <= limit:
        return before_colon
    if len(title) <= limit:
        return title
    beginning = title[: limit - 1]
    words_that_fit, _, _ = beginning.rpartition(" ")
    return words_that_fit.rstrip(" ,;:.–—-") + "…"


def balanced_lines(text: str, width: int) -> list[str]:
    """Return a text in lines of at most `width` letters, as even as possible.

    SVG does not wrap text and print does not balance it. A word longer than a line is
    cut, because it would run off the edge of the cover.
    """
    words: list[str] = []
    for word in filter(None, BREAKING_SPACE.split(text)):
        words += _cut_to_width(word, width)
    widths = map(text_width, words)
    widest_word = max(widths, default=1)
    full_lines = _fill_lines(words, width)
    fewest_lines = len(full_lines)
    for narrower in range(int(widest_word), width):
        lines = _fill_lines(words, narrower)
        if len(lines) == fewest_lines:
            return lines
    return full_lines


def text_width(text: str) -> float:
    """Return the approximate width of a text, in small Latin letters."""
    return sum(map(_letter_width, text))


def _letter_width(letter: str) -> float:
    """Return the approximate width of a letter."""
    if letter in NARROW_LETTERS:
        return 0.6
    if letter in WIDE_LETTERS or east_asian_width(letter) in "WF":
        return 1.6
    if letter.isupper():
        return 1.25
    is_cyrillic = "\u0400" <= letter < "\u0530"
    return 1.12 if is_cyrillic else 1.0


def _cut_to_width(word: str, width: int) -> list[str]:
    """Return a word in pieces that are no wider than a line."""
    pieces = []
    piece = ""
    for letter in word:
        if text_width(piece + letter) > width:
            pieces.append(piece)
            piece = ""
        piece += letter
    return [*pieces, piece]


def _fill_lines(words: Sequence[str], width: int) -> list[str]:
    """Return the words in lines, each filled before the next begins."""
    if not words:
        return []
    first, *others = words
    lines = [first]
    for word in others:
        longer = f"{lines[-1]} {word}"
        if text_width(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
