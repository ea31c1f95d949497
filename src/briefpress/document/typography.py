"""Quotation marks, dashes, ellipses and apostrophes as the language of the words has them, as plain characters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from briefpress.document.languages import Language, language
from briefpress.xhtml import BLOCKS

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


def set_type(root: Element, tag: str) -> None:
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
            picture.set("alt", set_text(alt, tag))


def set_text(text: str, tag: str) -> str:
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
