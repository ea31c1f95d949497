"""What depends on the language of a text: quotation marks, dashes, words, abbreviations.

Everything is set as plain characters, so no edition has to know of it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from re import Match
from xml.etree.ElementTree import Element

from briefpress.languages import lookup_language
from briefpress.xhtml import BLOCK_ELEMENTS, is_call, replace_matches

# A language that `languages.toml` does not have is set like English.
DEFAULT_LANGUAGE = "en"

# Elements whose text a machine reads or wrote.
_CODE_ELEMENTS = frozenset(("code", "pre", "kbd", "samp", "var"))
_NOT_ABBREVIATED = _CODE_ELEMENTS | {"abbr"}
# Private characters: between two texts of one block; something that is not text.
_SEAM, _OBJECT = "\ue002", "\ue003"
_TYPED_MARK = re.compile(r"""\.\.\.|(?<!-)-{2,3}(?!-)|["']""")
# Addresses and code of other programs, which stay as they were typed.
_AS_TYPED = re.compile(
    r"(?:https?://|www\.|mailto:|(?<!\w)doi:)[^\s\ue003]+|\{\{.*?\}\}|\{%.*?%\}"
    r"|[\w.+-]+@[\w-]+\.[\w.-]+"
)
_FRENCH_SPACE = re.compile(r"(?<=«)[ ]|[ ](?=[;:!?»])")
_CLOSING_APOSTROPHE = re.compile(r"(?<=\S)'(?!\w)")
# Characters after which a quotation mark opens, with isolates of text direction.
_BEFORE_OPENING = "([{¿¡«„“‘‚‹—–-/\u2066\u2067\u2068"
_NARROW_NO_BREAK_SPACE = "\u202f"
_SEARCHED = 2000  # characters in which the end of a single quotation is looked for
_MAX_SEAMS = 20  # in a row

# An element and which of its two texts: "text" or "tail". None is not text.
TextSlot = tuple[Element, str] | None


@dataclass(frozen=True, slots=True)
class Language:
    """One language of `languages.toml`."""

    code: str
    quotes: tuple[str, str, str, str]  # outer and inner, opening and closing
    dash: str  # for `--` between spaces
    words: Mapping[str, str]

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
def language_of(tag: str) -> Language:
    """Return the language of a tag such as `kk-Cyrl`."""
    languages = _languages()
    return languages[lookup_language(tag, languages) or DEFAULT_LANGUAGE]


def headline_words() -> tuple[str, ...]:
    """Return the words that begin a table's headline, in every language."""
    words = {language.words["headline"] for language in _languages().values()}
    return tuple(sorted(words))


def smarten_tree(root: Element, lang: str) -> None:
    """Set the quotation marks, dashes and ellipses of a tree.

    A quotation may contain several phrases of its block, and ends with the block.
    """
    for slots, slot_lang in _text_runs(root, lang):
        language = language_of(slot_lang)
        text = _SEAM.join([_slot_text(slot) for slot in slots])
        if not _TYPED_MARK.search(text) and language.code != "fr":
            continue
        pieces = _smarten(text, language).split(_SEAM)
        for slot, piece in zip(slots, pieces, strict=True):
            if slot is not None:
                element, attribute = slot
                setattr(element, attribute, piece)
    for picture in root.iter("img"):
        alt = picture.get("alt")
        if alt:
            picture.set("alt", smarten_text(alt, lang))


def smarten_text(text: str, lang: str) -> str:
    """Return a line of plain text with the quotation marks and dashes of a language."""
    return _smarten(text, language_of(lang))


def mark_abbreviations(root: Element, meanings: Mapping[str, str]) -> None:
    """Wrap each use of an abbreviation in an `<abbr>` with its meaning."""
    known = {short: meaning for short, meaning in meanings.items() if short and meaning}
    if not known:
        return
    longest_first = sorted(known, key=lambda short: (-len(short), short))
    words = "|".join(re.escape(short) for short in longest_first)
    pattern = re.compile(rf"(?<!\w)(?:{words})(?!\w)")

    def make_abbreviation(match: Match[str]) -> Element:
        abbreviation = Element("abbr", {"title": known[match[0]]})
        abbreviation.text = match[0]
        return abbreviation

    stack = [root]
    while stack:
        element = stack.pop()
        stack += [
            child
            for child in element
            if child.tag not in _NOT_ABBREVIATED and not is_call(child)
        ]
        replace_matches(element, pattern, make_abbreviation)


@cache
def _languages() -> dict[str, Language]:
    """Return the languages of `languages.toml`, by tag."""
    file = resources.files("briefpress.document").joinpath("languages.toml")
    tables = tomllib.loads(file.read_text("utf-8"))
    languages = {}
    for tag, table in tables.items():
        quotes = tuple(table.pop("quotes"))
        dash = table.pop("dash")
        languages[tag] = Language(tag, quotes, dash, words=table)
    return languages


def _slot_text(slot: TextSlot) -> str:
    """Return the text of a slot."""
    if slot is None:
        return _OBJECT
    element, attribute = slot
    return getattr(element, attribute) or ""


def _text_runs(root: Element, lang: str) -> Iterator[tuple[list[TextSlot], str]]:
    """Yield the texts that are read as one, with their language.

    They are the texts of a block, or of a phrase in another language.
    """
    waiting: list[tuple[Element, str]] = [(root, lang)]
    while waiting:
        start, run_lang = waiting.pop()
        slots: list[TextSlot] = [(start, "text")]
        stack = _children_and_tails(start)
        while stack:
            item = stack.pop()
            if isinstance(item, tuple):
                slots.append(item)
            elif item.tag in _CODE_ELEMENTS:
                slots.append(None)
            elif is_call(item):
                continue
            elif item.tag in BLOCK_ELEMENTS:
                waiting.append((item, item.get("lang", run_lang)))
                yield slots, run_lang
                slots = []
            elif item.get("lang", run_lang) != run_lang:
                waiting.append((item, item.get("lang", run_lang)))
                slots.append(None)
            else:
                slots.append((item, "text"))
                stack += _children_and_tails(item)
        yield slots, run_lang


def _children_and_tails(element: Element) -> list[Element | tuple[Element, str]]:
    """Return the children and the texts after them, last first."""
    items: list[Element | tuple[Element, str]] = []
    for child in reversed(element):
        items += [(child, "tail"), child]
    return items


def _smarten(text: str, language: Language) -> str:
    """Return the text of a block with the marks of a language."""
    if language.code == "fr":
        text = _FRENCH_SPACE.sub(_NARROW_NO_BREAK_SPACE, text)
    setter = _MarkSetter(text, language)
    pieces: list[str] = []
    index = 0
    for match in _AS_TYPED.finditer(text):
        end = match.start() + len(match[0].rstrip("\"'"))
        pieces += [setter.between(index, match.start()), text[match.start() : end]]
        index = end
    return "".join([*pieces, setter.between(index, len(text))])


class _MarkSetter:
    """Sets the marks of one text, from left to right."""

    def __init__(self, text: str, language: Language) -> None:
        self.text = text
        self.language = language
        # What was typed to open a quotation, and the mark that will close it.
        self.open_quotations: list[tuple[str, str]] = []

    def between(self, start: int, end: int) -> str:
        """Return a piece of the text with its marks."""
        pieces: list[str] = []
        index = start
        for match in _TYPED_MARK.finditer(self.text, start, end):
            pieces += [self.text[index : match.start()], self.typeset(match)]
            index = match.end()
        return "".join([*pieces, self.text[index:end]])

    def typeset(self, match: Match[str]) -> str:
        """Return the mark for a typed one."""
        typed = match[0]
        if typed == "...":
            return "…"
        start, end = match.span()
        before = self.text[max(0, start - _MAX_SEAMS) : start]
        after = self.text[end : end + _MAX_SEAMS]
        char_before = before.rstrip(_SEAM)[-1:]
        char_after = after.lstrip(_SEAM)[:1]
        if typed[0] == "-":
            return self._dash(typed, char_before, char_after)
        if self._opens(match, char_before, char_after):
            return self._opening(typed)
        if self._closes(typed, char_after):
            return self._closing(typed)
        if typed == "'":
            return "’"
        is_inch = char_before.isdigit()
        return "″" if is_inch else self.language.quotes[1]

    def _dash(self, typed: str, char_before: str, char_after: str) -> str:
        if typed == "---":
            return "—"
        is_between_spaces = char_before.isspace() and not char_after.strip()
        return self.language.dash if is_between_spaces else "–"

    def _opens(self, match: Match[str], char_before: str, char_after: str) -> bool:
        """Return whether a typed quotation mark opens a quotation."""
        if not char_after.strip():
            return False
        if char_before.strip() and char_before not in _BEFORE_OPENING:
            return False
        if match[0] == '"':
            return True
        # An apostrophe, as in '90s or 'tis, has no end.
        if char_after.isdigit():
            return False
        end = match.end()
        return bool(_CLOSING_APOSTROPHE.search(self.text, end, end + _SEARCHED))

    def _opening(self, typed: str) -> str:
        """Return an opening mark: an inner one inside a quotation."""
        is_inner = typed == "'" or bool(self.open_quotations)
        opening, closing = (
            self.language.quotes[2:] if is_inner else self.language.quotes[:2]
        )
        self.open_quotations.append((typed, closing))
        return opening

    def _closes(self, typed: str, char_after: str) -> bool:
        """Return whether a typed quotation mark closes a quotation."""
        if typed == "'" and char_after.isalnum():
            return False
        return any(opener == typed for opener, _ in self.open_quotations)

    def _closing(self, typed: str) -> str:
        """Return the closing mark. Quotations that were opened later end too."""
        while True:
            opener, closing = self.open_quotations.pop()
            if opener == typed:
                return closing
