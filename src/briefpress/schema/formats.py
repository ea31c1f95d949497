"""Formats: what a string must look like, by its key. The word is JSON Schema's.

`lang` is a language tag, `doi` a DOI, and so on, in every file and table.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

MAX_SLUG = 100  # characters
MAX_TOKEN = 1000

MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
ENGLISH_MONTHS = {name: number for number, name in enumerate(MONTHS, 1)}
# The groups are year, month and day, in the order of the text.
YEAR_FIRST = re.compile(r"(\d{4})([-/. ]?)(\d{1,2})\2(\d{1,2})(?:[Tt ]\s*\d{1,2}:.*)?")
YEAR_LAST = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})\.?")
EAST_ASIAN = re.compile(
    r"(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日일].{0,9}"
)
DATE_PART = re.compile(r"\d+|[^\W\d_]+")
MAX_DATE = 60  # characters
# Words of a date that say nothing of the day: "12 de marzo de 2024", "12 марта 2024 г.".
WORDS_IN_DATES = frozenset((
    "of", "the", "st", "nd", "rd", "th", "de", "del", "di", "el", "le", "den", "er", "am",
    "o", "г", "года", "год", "р", "року", "ж", "жылы", "mon", "tue", "wed", "thu", "fri",
    "sat", "sun", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday",
    "sunday",
))  # fmt: skip
# Years of other calendars have four digits too: 1403 in Iran, 2567 in Thailand.
YEARS = range(1900, 2200)

# Windows reserves these names for devices, with any suffix.
DEVICE_NAMES = frozenset(
    ["con", "prn", "aux", "nul"]
    + [f"com{number}" for number in range(1, 10)]
    + [f"lpt{number}" for number in range(1, 10)]
)
# A build writes `index.html` and the folder `assets` itself.
RESERVED_SLUGS = DEVICE_NAMES | {"index", "assets"}
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")

TOKEN_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
# One string, or characters that can neither end nor begin a declaration, a block, a
# style element or a comment.
TOKEN_PIECE = re.compile(
    r"""
    '[^'"\\<>\n\r\f]*'
    | "[^"\\<>\n\r\f]*"
    | [^'"\\<>{}\[\];@!()\x00-\x1f\x7f/]+
    | /(?![*/])
    | [()]
    """,
    re.VERBOSE,
)
LOADING_FUNCTION = re.compile(
    r"\b(?:url|src|image|image-set|cross-fade|attr|element|expression)\s*\(",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Format:
    """A pattern for a whole string, and what such a string is called.

    `correct` returns the string that a wrong one was probably meant to be.
    """

    pattern: str
    description: str
    correct: Callable[[str], str] = lambda _: ""
    is_valid: Callable[[str], bool] = lambda _: True


def check_format(key: str, value: str) -> tuple[str, str]:
    """Return what is wrong with the value of a key, and the fix; "" and "" if nothing.

    A key without a format accepts every string.
    """
    wanted = FORMATS.get(key)
    if wanted is None:
        return "", ""
    message = f"`{value}` is not {wanted.description}"
    if re.fullmatch(wanted.pattern, value):
        if wanted.is_valid(value):
            return "", ""
        return f"{message}: its check digit is wrong", ""
    corrected = wanted.correct(value)
    if corrected != value and re.fullmatch(wanted.pattern, corrected):
        return message, f"write `{corrected}`"
    return message, ""


def check_slug(slug: str) -> tuple[str, str]:
    """Return why a slug cannot be used everywhere, and the fix; "" and "" if it can."""
    if slug in RESERVED_SLUGS:
        message = f"the name `{slug}` is reserved by Windows or by briefpress"
        return message, f"write `{slug}-brief`"
    if len(slug) > MAX_SLUG:
        message = f"`{slug[:20]}…` is longer than {MAX_SLUG} characters"
        return message, "choose a shorter name"
    if SLUG.fullmatch(slug):
        return "", ""
    message = f"`{slug}` may contain only a to z, digits and single hyphens"
    corrected = slugify(slug)
    if corrected and corrected not in RESERVED_SLUGS:
        return message, f"write `{corrected}`"
    return message, ""


def slugify(text: str) -> str:
    """Return a slug made of a text: "Rent Limits" gives "rent-limits"."""
    import slugify

    return slugify.slugify(text, max_length=MAX_SLUG)


def make_slug(name: str) -> str:
    """Return a slug for a name that may be none: "Rent Limits" gives "rent-limits"."""
    slug = slugify(name) or "brief"
    return f"{slug}-brief" if slug in RESERVED_SLUGS else slug


def correct_date(text: str, months: Mapping[str, int] = ENGLISH_MONTHS) -> str:
    """Return the ISO date that a date in another form means, or "" if unsure.

    "12 March 2024" gives "2024-03-12". "03/04/2024" may be in March or in April.
    `months` has the number of each month by its name in lower case.
    """
    if len(text) > MAX_DATE:
        return ""
    dates = set(_possible_dates(text.strip(), months))
    if len(dates) != 1:
        return ""
    date = dates.pop()
    return date.isoformat() if date.year in YEARS else ""


def _possible_dates(text: str, months: Mapping[str, int]) -> Iterator[dt.date]:
    """Yield every date that a text may mean."""
    if match := YEAR_FIRST.fullmatch(text):
        year, _, month, day = match.groups()
        yield from _dates(year, month, day)
    elif match := EAST_ASIAN.fullmatch(text):
        yield from _dates(*match.groups())
    elif match := YEAR_LAST.fullmatch(text):
        first, separator, second, year = match.groups()
        yield from _dates(year, second, first)
        if separator != ".":  # dots put the day first; strokes depend on the country
            yield from _dates(year, first, second)
    else:
        yield from _dates_in_words(text, months)


def _dates_in_words(text: str, months: Mapping[str, int]) -> Iterator[dt.date]:
    """Yield the date of a text with a month's name, a day, a year and nothing else."""
    numbers = []
    found_months = []
    for part in DATE_PART.findall(text.lower()):
        if part[0].isdigit():
            numbers.append(part)
            continue
        month = _month_number(part, months)
        if month:
            found_months.append(month)
        elif part not in WORDS_IN_DATES:
            return
    numbers.sort(key=len)
    lengths = [len(number) for number in numbers]
    if len(found_months) != 1 or lengths not in ([1, 4], [2, 4]):
        return
    day, year = numbers
    yield from _dates(year, found_months[0], day)


def _dates(year: str, month: str | int, day: str) -> Iterator[dt.date]:
    """Yield the date, if there is such a day."""
    try:
        yield dt.date(int(year), int(month), int(day))
    except ValueError:
        return


def _month_number(word: str, months: Mapping[str, int]) -> int:
    """Return the number of a month from its name, or its first letters; 0 if none."""
    if word in months:
        return months[word]
    numbers = {months[name] for name in months if name.startswith(word)}
    return numbers.pop() if len(numbers) == 1 and len(word) > 2 else 0


def check_token(name: str, value: str) -> str:
    """Return why a token must not be put into a style sheet, or "".

    The answer is a clause: "has parentheses that do not match". A token is put into
    style sheets unchanged, so it must not end the declaration that it is part of.
    """
    if not TOKEN_NAME.fullmatch(name):
        return "has a name with other characters than a to z, digits and single hyphens"
    if len(value) > MAX_TOKEN:
        return f"is longer than {MAX_TOKEN:,} characters"
    if loading := LOADING_FUNCTION.search(value):
        return f"loads a file: `{loading[0]}`"
    depth = position = 0
    while position < len(value):
        piece = TOKEN_PIECE.match(value, position)
        if piece is None:
            return f"contains `{value[position]}`, which would end the CSS declaration"
        if piece[0] == "(":
            depth += 1
        elif piece[0] == ")":
            depth -= 1
        if depth < 0:
            break
        position = piece.end()
    return "has parentheses that do not match" if depth else ""


def _correct_language(value: str) -> str:
    """Return a tag in the case that BCP 47 recommends: "EN_gb" gives "en-GB"."""
    language, *subtags = value.strip().replace("_", "-").split("-")
    corrected = [language.lower()]
    for subtag in subtags:
        is_script = len(subtag) == 4
        corrected.append(subtag.title() if is_script else subtag.upper())
    return "-".join(corrected)


def _correct_doi(value: str) -> str:
    """Return the DOI in an address: "https://doi.org/10.1234/abc" has "10.1234/abc"."""
    _, prefix, rest = value.partition("10.")
    return prefix + rest


def _has_orcid_check_digit(value: str) -> bool:
    """Return whether the last character is right: ISO 7064 11-2, as ORCID uses it."""
    digits, check_digit = value.replace("-", "")[:-1], value[-1]
    total = 0
    for digit in digits:
        total = (total + int(digit)) * 2
    return "0123456789X"[(12 - total % 11) % 11] == check_digit


def _has_issn_check_digit(value: str) -> bool:
    """Return whether the weighted sum of the eight digits is divisible by eleven."""
    total = 0
    weights = range(8, 0, -1)
    for weight, digit in zip(weights, value.replace("-", ""), strict=True):
        total += weight * (10 if digit == "X" else int(digit))
    return total % 11 == 0


# BCP 47: language, script, region.
LANGUAGE = Format(
    r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|\d{3}))?",
    "a language tag such as `en`, `en-GB` or `fa`",
    _correct_language,
)
FORMATS: Mapping[str, Format] = {
    "lang": LANGUAGE,
    "language": LANGUAGE,
    "theme": Format(r"[a-z0-9]+([-_][a-z0-9]+)*", "the name of a theme", str.lower),
    "doi": Format(r"10\.\d{4,9}/\S+", "a DOI such as `10.1234/abc`", _correct_doi),
    "orcid": Format(
        r"\d{4}-\d{4}-\d{4}-\d{3}[\dX]",
        "an ORCID iD",
        lambda value: value.strip("/").rpartition("/")[2],
        _has_orcid_check_digit,
    ),
    "issn": Format(
        r"\d{4}-\d{3}[\dX]",
        "an ISSN",
        lambda value: f"{value[:4]}-{value[4:]}",
        _has_issn_check_digit,
    ),
    "url": Format(
        r"https?://[^\s/?#<>\"][^\s?#<>\"]*",
        "the address of a site",
        lambda value: f"https://{value}",
    ),
    "email": Format(r"[^\s@<>\"]+@[^\s@<>\"]+", "an e-mail address"),
    "logo": Format(
        r"(?!/|~|[A-Za-z]+:)(?!(.*/)?\.\.(/|$))[^\\]+",
        "a path inside the project, starting at the project folder",
    ),
}
