"""Quotation marks, dashes, ellipses and apostrophes as the language of the words has them, as plain characters."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any
from xml.etree.ElementTree import Element

from briefpress.xhtml import BLOCKS

RIGHT_TO_LEFT = frozenset(
    ("ar", "ckb", "dv", "fa", "he", "ks", "ku-arab", "ps", "sd", "ug", "ur", "yi")
)


@dataclass(frozen=True, slots=True)
class Language:
    """One language of `languages.toml`."""

    code: str
    quotes: tuple[str, str, str, str]
    dash: str
    words: dict[str, str]

    def figure(self, number: int) -> str:
        """Return "Figure 3"."""
        return self.words["figure"].format(n=number)

    def table(self, number: int) -> str:
        """Return "Table 3"."""
        return self.words["table"].format(n=number)

    def data(self, label: str) -> str:
        """Return "Data of Figure 3"."""
        return self.words["data"].format(label=label)


@cache
def language(tag: str) -> Language:
    """Return what the language of a tag such as `kk-Cyrl` brings; English, where the table has nothing."""
    code = tag.lower().partition("-")[0]
    table = _table()
    found = table.get(code, table["en"])
    words = {key: value for key, value in found.items() if isinstance(value, str)}
    return Language(
        code if code in table else "en", tuple(found["quotes"]), found["dash"], words
    )


def direction(tag: str) -> str:
    """Return `rtl` or `ltr`."""
    code = tag.lower()
    return (
        "rtl"
        if code in RIGHT_TO_LEFT or code.partition("-")[0] in RIGHT_TO_LEFT
        else "ltr"
    )


def headline_words() -> tuple[str, ...]:
    """Return the words that may begin a table's headline, in every language of the table."""
    return tuple(sorted({entry["headline"] for entry in _table().values()}))


@cache
def _table() -> dict[str, dict[str, Any]]:
    """Return `languages.toml`."""
    return tomllib.loads(
        resources.files("briefpress.document")
        .joinpath("languages.toml")
        .read_text("utf-8")
    )


_KEPT = frozenset(
    ("code", "pre", "kbd", "samp", "var")
)  # what a machine reads, or said
_SEAM, _SOLID = (
    "\ue002",
    "\ue003",
)  # between two texts of one block; something that is not text
_MARK = re.compile(r"""\.\.\.|(?<!-)-{2,3}(?!-)|["']""")
_FRENCH = re.compile(r"(?<=«)[ ]|[ ](?=[;:!?»])")
_OPENERS = "([{¿¡«„“‘‚‹—–-/\u2066\u2067\u2068"

Slot = tuple[Element, str]  # an element and which of its two texts: "text" or "tail"


def smarten_tree(root: Element, tag: str) -> None:
    """Set the texts of a tree in place. A quotation runs over the phrases of its block, and ends with it."""
    for slots, spoken in _runs(root, tag):
        text = _SEAM.join(
            (getattr(slot[0], slot[1]) or "") if slot else _SOLID for slot in slots
        )
        if _MARK.search(text) or spoken.startswith("fr"):
            for slot, part in zip(
                slots, _set(text, language(spoken)).split(_SEAM), strict=True
            ):
                if slot:
                    setattr(slot[0], slot[1], part)
    for picture in root.iter("img"):
        if alt := picture.get("alt"):
            picture.set("alt", smarten_text(alt, tag))


def smarten_text(text: str, tag: str) -> str:
    """Return a line of plain text, set."""
    return _set(text, language(tag))


def _runs(root: Element, tag: str) -> Iterator[tuple[list[Slot | None], str]]:
    """Yield the texts that are read as one: those of a block, or of a phrase in another language."""
    runs: list[tuple[Element, str]] = [(root, tag)]
    while runs:
        block, spoken = runs.pop()
        slots: list[Slot | None] = [(block, "text")]
        stack: list[Element | Slot] = []
        for child in reversed(block):
            stack += [(child, "tail"), child]
        while stack:
            item = stack.pop()
            if isinstance(item, tuple):
                slots.append(item)
            elif item.tag in _KEPT or item.get("class") == "call":
                slots += [None] if item.tag in _KEPT else []
            elif item.tag in BLOCKS or item.get("lang", spoken) != spoken:
                runs.append((item, item.get("lang", spoken)))
                if item.tag in BLOCKS:
                    yield slots, spoken
                    slots = []
                else:
                    slots.append(None)
            else:
                slots.append((item, "text"))
                for child in reversed(item):
                    stack += [(child, "tail"), child]
        yield slots, spoken


def _set(text: str, spoken: Language) -> str:
    """Return a block's text, set. Marks inside quotation marks are the inner ones."""
    outer, inner = spoken.quotes[:2], spoken.quotes[2:]
    opened: list[
        tuple[str, str]
    ] = []  # the sign that was typed, the mark that will close it

    def mark(match: re.Match[str]) -> str:
        sign = match[0]
        before = _last(text, match.start())
        after = text[match.end() : match.end() + 20].lstrip(_SEAM)[:1]
        if sign == "...":
            return "…"
        if sign[0] == "-":
            return _dash(sign, before, after, spoken)
        opens = (
            (not before or before.isspace() or before in _OPENERS)
            and bool(after)
            and not after.isspace()
        )
        if opens and (sign == '"' or _has_end(text, match.end(), after)):
            opening, closing = inner if sign == "'" or opened else outer
            opened.append((sign, closing))
            return opening
        if (
            opened
            and any(kind == sign for kind, _ in opened)
            and not (sign == "'" and after.isalnum())
        ):
            while opened:
                kind, closing = opened.pop()
                if kind == sign:
                    return closing
        return "’" if sign == "'" else "″" if before.isdigit() else outer[1]

    text = _FRENCH.sub("\u202f", text) if spoken.code == "fr" else text
    return _MARK.sub(mark, text)


def _last(text: str, at: int) -> str:
    """Return the character before a place, seams apart."""
    return text[max(0, at - 20) : at].rstrip(_SEAM)[-1:]


def _has_end(text: str, at: int, after: str) -> bool:
    """Whether a single mark that seems to open is closed later, and is not an apostrophe as in '90s or 'tis."""
    return not after.isdigit() and bool(
        re.compile(r"(?<=\S)'(?!\w)").search(text, at, at + 2000)
    )


def _dash(sign: str, before: str, after: str, spoken: Language) -> str:
    """Return the dash for two or three hyphens."""
    if sign == "---":
        return "—"
    return spoken.dash if before.isspace() and (not after or after.isspace()) else "–"


_NOT_ABBREVIATED = frozenset(("code", "pre", "kbd", "samp", "var", "abbr"))


def mark_abbreviations(root: Element, meanings: Mapping[str, str]) -> None:
    """Wrap each use of an abbreviation in an `<abbr>` that tells its meaning."""
    known = {short: long for short, long in meanings.items() if short and long}
    if not known:
        return
    words = "|".join(
        re.escape(short)
        for short in sorted(known, key=lambda short: (-len(short), short))
    )
    pattern = re.compile(rf"(?<!\w)({words})(?!\w)")
    stack = [root]
    while stack:
        element = stack.pop()
        stack += [
            child
            for child in element
            if child.tag not in _NOT_ABBREVIATED and child.get("class") != "call"
        ]
        _wrap(element, pattern, known)


def _wrap(
    element: Element, pattern: re.Pattern[str], meanings: Mapping[str, str]
) -> None:
    """Wrap the uses in the element's own texts."""
    children: list[Element] = []
    for child in (None, *element):
        text = (element.text if child is None else child.tail) or ""
        first, *rest = pattern.split(text)
        if child is None:
            element.text = first
        else:
            child.tail = first
            children.append(child)
        for short, piece in zip(rest[::2], rest[1::2], strict=True):
            abbreviation = Element("abbr", {"title": meanings[short]})
            abbreviation.text, abbreviation.tail = short, piece
            children.append(abbreviation)
    if len(children) != len(element):
        element[:] = children
