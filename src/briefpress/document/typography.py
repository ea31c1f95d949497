"""What depends on the language of a text: quotation marks, dashes, words, abbreviations.

Everything is set as plain characters, so no edition has to know of it.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from re import Match, Pattern
from typing import Any
from xml.etree.ElementTree import Element

from briefpress.languages import lookup_language
from briefpress.xhtml import BLOCK_ELEMENTS, is_call, replace_matches

# A language that `languages.toml` does not have is set like English.
DEFAULT_LANGUAGE = "en"

# Elements whose text a machine reads or wrote.
_CODE_ELEMENTS = frozenset(("code", "pre", "kbd", "samp", "var"))
_NOT_ABBREVIATED = _CODE_ELEMENTS | {"abbr"}
# Private characters: between two texts of one block; something that is not text.
_SEAM = "\ue002"
_OBJECT = "\ue003"
_TYPED_MARK = re.compile(r"""(?:\.\.\.){1,2}|(?<!-)-{2,3}(?!-)|["']""")
# Addresses and code of other programs, which are not changed.
_AS_TYPED = re.compile(
    r"""
    (?: https?:// | www\. | mailto: | (?<!\w)doi: ) [^\s\ue003]+
    | \{\{ .*? \}\}
    | \{% .*? %\}
    | [\w.+-]+ @ [\w-]+ \. [\w.-]+
    """,
    re.VERBOSE,
)
_CLOSING_APOSTROPHE = re.compile(r"(?<=\S)'(?!\w)")
# Characters after which a quotation mark opens, with isolates of text direction.
_BEFORE_OPENING = "([{¿¡«„“‘‚‹「『—–-/\u2066\u2067\u2068"
# Han, kana and full-width forms: between them nothing is separated by spaces.
_WIDE = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]")
_HEBREW = re.compile("[\u05d0-\u05ea]")
_HEBREW_OR_ARABIC = re.compile("[\u05d0-\u05ea\u0620-\u06ff]")
_NO_BREAK_SPACE = "\u00a0"
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
    ellipsis: str = "…"
    digits: str = "0123456789"  # of labels
    spaces: Pattern[str] = re.compile("(?!)")  # those at which no line may end
    # Finds a space in every text in which `spaces` finds one, in less time.
    near_space: Pattern[str] = re.compile("(?!)")

    def figure(self, number: int) -> str:
        """Return "Figure 3"."""
        digits = self._in_digits(number)
        return self.words["figure"].format(n=digits)

    def table(self, number: int) -> str:
        """Return "Table 3"."""
        digits = self._in_digits(number)
        return self.words["table"].format(n=digits)

    def data(self, label: str) -> str:
        """Return "Data of Figure 3"."""
        return self.words["data"].format(label=label)

    def _in_digits(self, number: int) -> str:
        """Return a number in the digits of the language."""
        digits = [self.digits[int(digit)] for digit in str(number)]
        return "".join(digits)


@cache
def language_of(tag: str) -> Language:
    """Return the language of a tag such as `kk-Cyrl`."""
    languages = _languages()
    known_tag = lookup_language(tag, languages)
    return languages[known_tag or DEFAULT_LANGUAGE]


def headline_words() -> tuple[str, ...]:
    """Return the words that begin a table's headline, in every language."""
    words = {language.words["headline"] for language in _languages().values()}
    return tuple(sorted(words))


def smarten_tree(root: Element, lang: str) -> None:
    """Set the quotation marks, dashes and ellipses of a tree.

    A quotation may contain several phrases of its block, and ends with the block.
    """
    for slots, slot_lang in _text_runs(root, lang):
        texts = [_slot_text(slot) for slot in slots]
        if not any(map(str.strip, texts)):
            continue  # the line ends between blocks
        smart_text = _smarten(_SEAM.join(texts), language_of(slot_lang))
        pieces = smart_text.split(_SEAM)
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
        stack += filter(_may_contain_abbreviations, element)
        replace_matches(element, pattern, make_abbreviation)


def _may_contain_abbreviations(element: Element) -> bool:
    """Return whether abbreviations are marked in an element."""
    if element.tag in _NOT_ABBREVIATED:
        return False
    return not is_call(element)


@cache
def _languages() -> dict[str, Language]:
    """Return the languages of `languages.toml`, by tag."""
    file = resources.files("briefpress.document").joinpath("languages.toml")
    tables = tomllib.loads(file.read_text("utf-8"))
    common_units = tables.pop("common_units").split()
    languages: dict[str, Language] = {}
    for tag, table in tables.items():
        other_tags = table.pop("tags", ())
        language = _read_language(tag, table, common_units)
        languages |= dict.fromkeys((tag, *other_tags), language)
    return languages


def _read_language(
    tag: str, table: dict[str, Any], common_units: Iterable[str]
) -> Language:
    """Return the language of a table; what is left of the table are its words."""
    abbreviations = table.pop("before_number", "").split()
    units = [*common_units, *table.pop("units", "").split()]
    return Language(
        code=tag,
        quotes=tuple(table.pop("quotes")),
        dash=table.pop("dash"),
        ellipsis=table.pop("ellipsis", "…"),
        digits=table.pop("digits", "0123456789"),
        spaces=_spaces_without_break(abbreviations, units),
        near_space=_near_space(abbreviations, units),
        words=table,
    )


def _spaces_without_break(
    abbreviations: Iterable[str], units: Iterable[str]
) -> Pattern[str]:
    """Return a pattern of the spaces at which no line may end, in one language."""
    before = "|".join(map(re.escape, ["§", "§§", "№", *abbreviations]))
    after = "|".join(map(re.escape, units))
    return re.compile(
        rf"""
        # p. 3, № 5
        (?<!\w) (?P<before> (?:{before})[ ] ) (?= {_SEAM}* (?: \d | [IVXLC]+\b ) )
        # 5 km, 20 %
        | (?<=\d) (?P<unit>[ ]) (?= (?:{after}) (?!\w) )
        # 10 000
        | (?<![\w.,]) (?P<thousands> \d{{1,3}} (?: [ ]\d{{3}} )+ ) (?!\w)
        | (?P<dash>[ ]) (?= [–—]\s )
        # J. R. R. Tolkien; the beginning of a sentence after "plan B." looks the same.
        | (?<![\w.]) (?P<initials> (?: [^\W\d_]\.[ ]? ){{1,3}} )
          (?= {_SEAM}* [^\W\d_]{{2}} )
        """,
        re.VERBOSE,
    )


def _near_space(abbreviations: Iterable[str], units: Iterable[str]) -> Pattern[str]:
    """Return a pattern of the spaces at which perhaps no line may end.

    It begins with a space, so that nothing else is looked at.
    """
    ends = re.escape("".join(sorted({"§", "№", *(each[-1] for each in abbreviations)})))
    after = "|".join(map(re.escape, units))
    return re.compile(
        rf"""
        [ ]
        (?:
            (?= [–—] )
            | (?<= [{ends}][ ] ) (?= {_SEAM}* (?: \d | [IVXLC]+\b ) )
            | (?<= \d[ ] ) (?= \d{{3}} | (?:{after}) (?!\w) )
            | (?<= [^\W\d_]\.[ ] ) (?<! \w[^\W\d_]\.[ ] )
        )
        """,
        re.VERBOSE,
    )


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
            else:
                item_lang = item.get("lang", run_lang)
                if item.tag in BLOCK_ELEMENTS:
                    waiting.append((item, item_lang))
                    yield slots, run_lang
                    slots = []
                elif item_lang != run_lang:
                    waiting.append((item, item_lang))
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
    """Return the text of a block with the marks and spaces of a language."""
    setter = _MarkSetter(text, language)
    pieces: list[str] = []
    index = 0
    for match in _AS_TYPED.finditer(text):
        start = match.start()
        typed = match[0].rstrip("\"'")
        before = setter.between(index, start)
        pieces.append(_with_spaces(before, language))
        pieces.append(typed)
        index = start + len(typed)
    rest = setter.between(index, len(text))
    pieces.append(_with_spaces(rest, language))
    return "".join(pieces)


def _with_spaces(text: str, language: Language) -> str:
    """Return a text with the spaces of a language."""
    if language.code == "fr":
        text = _FRENCH_SPACE.sub(_NARROW_NO_BREAK_SPACE, text)
        text = _TIGHT_GUILLEMET.sub(_NARROW_NO_BREAK_SPACE, text)
    if language.near_space.search(text):
        text = language.spaces.sub(_without_break, text)
    return text


# « mot », oui ? With a space that was typed, or without one.
_FRENCH_SPACE = re.compile(r"(?<=«)[ \u00a0]|[ \u00a0](?=[;:!?»])")
_TIGHT_GUILLEMET = re.compile(r"(?<=«)(?=\w)|(?<=[\w.!?…])(?=»)")


def _without_break(match: Match[str]) -> str:
    """Return a piece of text whose spaces end no line."""
    initials = match["initials"]
    if initials and not initials.isupper():
        return match[0]  # "d. h." in the middle of a sentence
    return match[0].replace(" ", _NO_BREAK_SPACE)


class _MarkSetter:
    """Sets the marks of one text, from left to right."""

    def __init__(self, text: str, language: Language) -> None:
        self.text = text
        self.language = language
        # What was typed to open a quotation, and the mark that will close it.
        self.open_quotations: list[tuple[str, str]] = []
        # How many are open, by what was typed.
        self.open_marks: Counter[str] = Counter()
        self.last_opening = -1  # where the last quotation opened

    def between(self, start: int, end: int) -> str:
        """Return a piece of the text with its marks."""
        pieces: list[str] = []
        index = start
        for match in _TYPED_MARK.finditer(self.text, start, end):
            before = self.text[index : match.start()]
            mark = self.typeset(match)
            pieces += [before, mark]
            index = match.end()
        rest = self.text[index:end]
        return "".join([*pieces, rest])

    def typeset(self, match: Match[str]) -> str:
        """Return the mark for a typed one."""
        typed = match[0]
        if typed[0] == ".":
            return self.language.ellipsis if typed == "..." else "……"
        start, end = match.span()
        before = self.text[max(0, start - _MAX_SEAMS) : start]
        before = before.rstrip(_SEAM)
        char_before = before[-1:]
        after = self.text[end : end + _MAX_SEAMS]
        after = after.lstrip(_SEAM)
        char_after = after[:1]
        if typed[0] == "-":
            return self._dash(typed, char_before, char_after)
        letter = self._letter(typed, char_before, after)
        if letter:
            return letter
        follows_opening = start - len(char_before) == self.last_opening
        if self._opens(match, before, char_after, follows_opening=follows_opening):
            self.last_opening = start
            return self._opening(typed)
        if self._closes(typed, char_after):
            return self._closing(typed)
        return self._single_mark(typed, char_before, char_after)

    def _single_mark(self, typed: str, char_before: str, char_after: str) -> str:
        """Return a mark that belongs to no quotation: 6′2″ and 30′15″, the 1990’s."""
        follows_number = char_before.isdigit()
        if typed == "'":
            is_prime = follows_number and char_after.isdigit()
            return "′" if is_prime else "’"
        if follows_number:
            return "″"
        return self.language.quotes[1]

    def _dash(self, typed: str, char_before: str, char_after: str) -> str:
        if typed == "---":
            return "—"
        if _WIDE.match(char_before):
            return self.language.dash
        is_between_spaces = char_before.isspace() and not char_after.strip()
        if is_between_spaces:
            return self.language.dash
        return "–"

    def _letter(self, typed: str, char_before: str, after: str) -> str:
        """Return the letter or sign that a typed mark stands for, or ""."""
        if self.language.code == "uz" and typed == "'":
            if char_before in {"o", "O", "g", "G"} and not self._is_open("'"):
                return "ʻ"
            if char_before.isalpha() and after[:1].isalpha():
                return "ʼ"
        if _HEBREW.match(char_before) and _HEBREW.match(after):
            # An abbreviation has its mark before the last letter: צה"ל, but ב"הארץ".
            if typed == "'":
                return "׳"
            return "" if _HEBREW.match(after[1:]) else "״"
        return ""

    def _opens(
        self, match: Match[str], before: str, char_after: str, *, follows_opening: bool
    ) -> bool:
        """Return whether a typed quotation mark opens a quotation."""
        typed = match[0]
        if not char_after.strip():
            return False
        if not follows_opening and not self._may_open_after(before, typed, char_after):
            return False
        if typed == '"':
            return True
        # An apostrophe, as in '90s or 'tis, has no end.
        if char_after.isdigit():
            return False
        end = match.end()
        return bool(_CLOSING_APOSTROPHE.search(self.text, end, end + _SEARCHED))

    def _may_open_after(self, before: str, typed: str, char_after: str) -> bool:
        """Return whether a quotation may begin behind the text before it."""
        char_before = before[-1:]
        if not char_before.strip() or char_before in _BEFORE_OPENING:
            return True
        if self._is_open(typed):
            return False
        if _WIDE.match(char_before):  # 说"资料"
            return True
        if not char_after.isalnum():
            return False
        if char_before in {",", ";"}:  # "A","B"
            return True
        is_elision = char_before in {"'", "’"} and before[-2:-1].isalpha()
        is_prefix = _HEBREW_OR_ARABIC.match(char_before)
        # l'"acqua", و"الميناء"
        return typed == '"' and bool(is_elision or is_prefix)

    def _opening(self, typed: str) -> str:
        """Return an opening mark: an inner one for ' and in a quotation of its kind."""
        is_inner = typed == "'" or self._is_open(typed)
        quotes = self.language.quotes
        opening, closing = quotes[2:] if is_inner else quotes[:2]
        self.open_quotations.append((typed, closing))
        self.open_marks[typed] += 1
        return opening

    def _is_open(self, typed: str) -> bool:
        """Return whether a quotation is open that began with this mark."""
        return self.open_marks[typed] > 0

    def _closes(self, typed: str, char_after: str) -> bool:
        """Return whether a typed quotation mark closes a quotation."""
        if typed == "'" and char_after.isalnum():
            return False
        return self._is_open(typed)

    def _closing(self, typed: str) -> str:
        """Return the closing mark. Quotations that were opened later end too."""
        while True:
            opener, closing = self.open_quotations.pop()
            self.open_marks[opener] -= 1
            if opener == typed:
                return closing
