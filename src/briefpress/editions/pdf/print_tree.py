"""The body and the notes of a document as one tree for print, linked both ways.

A note inside the text would inherit the bold of a heading or the italics of a
quotation. So the notes are together behind the body, in `<div class="notes">`, and
inherit only what the page gives to everything. The layout moves each note to the page
of its first call.
"""

from __future__ import annotations

import copy
import re
import textwrap
from dataclasses import dataclass
from re import Match
from typing import NamedTuple, TypeAlias
from unicodedata import bidirectional
from xml.etree.ElementTree import Element, SubElement

from briefpress.model import Document, Note
from briefpress.xhtml import (
    BLOCK_ELEMENTS,
    is_call,
    mark_adjacent_calls,
    replace_matches,
)

# Elements of our own, which style sheets and tags can name.
CALL = "fn-call"
NOTE = "fn-note"
MARK = "fn-mark"
SIGN = "fn-sign"


LIST_STYLES = {
    "a": "lower-alpha",
    "A": "upper-alpha",
    "i": "lower-roman",
    "I": "upper-roman",
}
WHOLE_NUMBER = re.compile(r"-?[0-9]{1,9}\Z")
UNBROKEN = frozenset(("pre", MARK))
# Addresses, names of files, and strings of letters and digits: never hyphenated.
WRITTEN_ADDRESS = re.compile(
    r"""(?:https?://|www\.|doi:)[^\s<>]{4,}"""
    r"""|(?<![^\s(\["“«<])[^\s<>@]{1,100}@[^\s<>@]{1,200}\.[^\s<>]+"""
    r"""|(?<![^\s(\["“«])[\w.~-]+[./][\w~-]+/[^\s<>]*"""
    r"""|\b(?=[^\W\d_]*\d)(?=\d*[^\W\d_])[^\W_]{12,}\b""",
    re.IGNORECASE,
)
# Of scripts that write spaces between words.
ENDLESS_WORD = re.compile(r"[!-\u0dff]{300,}")
PIECE_OF_WORD = 20  # letters
LONG_WORD = re.compile(r"[^\W\d_]{25,}")  # wider than a column should be
# After each mark; and within a long row of letters and digits.
BREAK_IN_ADDRESS = re.compile(
    r"(?<=[/.\-?&=])(?=[^\s/.\-?&=,;:)\]])|(?<=[^\W_]{8})(?=[^\W_]{16})"
)
MAX_PIECE = 24  # letters of an address without a place for a break
# In a longer piece: after any other mark, before `%D0`, and within a row of marks.
BREAK_IN_PIECE = re.compile(
    r"(?<=[^\w%]|_)(?=[^\W_])|(?<=.)(?=%)|(?<=[\W_]{8})(?=[\W_]{8})"
)


class MissingSlotError(Exception):
    """The page of a theme has no slot for the body."""


@dataclass(slots=True)
class PrintTree:
    """The body and the notes of a document, and the page that contains them."""

    body: Element  # a <div>: the blocks of the body, then the store
    store: Element  # the <div class="notes">
    sign: Element  # an empty <fn-sign>, shown above a note continued from a page before
    notes: dict[Element, Element]  # first call to note, in the order of the calls
    nested: frozenset[Element]  # the calls in notes
    root: Element  # the page's <body>; until `put_into`, the body

    def put_into(self, page: Element) -> None:
        """Put body and notes into the slot of a theme's page.

        Raises `MissingSlotError` if the page has no slot.
        """
        slot = _slot_in(page)
        del slot.attrib["data-slot"]
        slot.text = self.body.text
        slot[:] = list(self.body)
        self.body = slot
        self.root = next(page.iter("body"), slot)
        _mark_addresses(self.root)
        words = self.root.get("data-continued")
        if words:
            # `content: attr(data-continued)` reads the attribute of the sign itself.
            self.sign.set("data-continued", words)


def build_print_tree(document: Document) -> PrintTree:
    """Return copies of the body and the notes of a document, as one tree."""
    body = copy.deepcopy(document.body)
    store = SubElement(body, "div", {"class": "notes"})
    store.extend([_note_element(note) for note in document.notes])
    calls = {call.get("id"): call for call in body.iter("a") if is_call(call)}
    notes = {}
    for note, element in zip(document.notes, store, strict=True):
        first_call = calls.get(note.calls[0]) if note.calls else None
        if first_call is not None:
            notes[first_call] = element
    links = store.iter("a")
    nested = frozenset(link for link in links if is_call(link))
    _keep_rows_with_calls(body)
    _number_lists(body)
    _mark_addresses(body)
    mark_adjacent_calls(body)
    _wrap_calls(body)
    sign = SubElement(store, SIGN)
    return PrintTree(body, store, sign, notes, nested, body)


def _slot_in(page: Element) -> Element:
    """Return the element of a page that takes the body. Raises `MissingSlotError`."""
    for element in page.iter("div"):
        if element.get("data-slot") == "body":
            return element
    raise MissingSlotError('has no <div data-slot="body"></div>')


def _note_element(note: Note) -> Element:
    """Return a footnote body: its number, which links to the call, and its text."""
    element = Element(NOTE, {"class": "fn", "id": note.id})
    content = copy.deepcopy(note.body)
    text = content.text or ""
    if text.strip() or not len(content) or content[0].tag != "p":
        # The number needs a paragraph: an anonymous box would be tagged as a note.
        lead = Element("p")
        lead.text = content.text
        content.text = None
        content.insert(0, lead)
    first = content[0]
    label = Element(MARK)
    target = f"#{note.calls[0]}" if note.calls else "#"
    link = SubElement(label, "a", {"class": "mark", "href": target})
    link.text = str(note.number)
    label.tail = " " + (first.text or "").lstrip()
    first.text = None
    first.insert(0, label)
    element.extend(content)
    return element


def _keep_rows_with_calls(body: Element) -> None:
    """Mark the table rows that `notes.css` keeps on one page.

    In a broken row, calls in the last cell would come too early.
    """
    for row in body.iter("tr"):
        if any(is_call(element) for element in row.iter("a")):
            row.set("data-calls", "")


def _number_lists(root: Element) -> None:
    """Number lists as their attributes say: WeasyPrint ignores these."""
    for items in root.iter("ol"):
        step = -1 if "reversed" in items.attrib else 1
        entries = items.findall("li")
        first = _whole_number(items.get("start"))
        if first is None:
            first = 1 if step > 0 else len(entries)
        if first != 1 or step < 0:
            _add_style(items, f"counter-reset:list-item {first - step}")
        if items.get("type", "") in LIST_STYLES:
            _add_style(items, f"list-style-type:{LIST_STYLES[items.get('type', '')]}")
        for item in entries:
            value = _whole_number(item.get("value"))
            if value is not None:  # WeasyPrint sets a counter before it counts
                _add_style(item, f"counter-set:list-item {value - step}")
            if step < 0:
                _add_style(item, "counter-increment:list-item -1")


def _whole_number(text: str | None) -> int | None:
    return int(text) if text and WHOLE_NUMBER.match(text) else None


def _add_style(element: Element, declaration: str) -> None:
    style = element.get("style", "")
    element.set("style", f"{style};{declaration}".lstrip(";"))


def _mark_addresses(root: Element) -> None:
    """Let addresses break after their marks, and never with a hyphen."""
    for element in list(root.iter()):
        if element.tag not in UNBROKEN and element.get("class") != "address":
            replace_matches(element, ENDLESS_WORD, _pieces_of_word)
            replace_matches(element, WRITTEN_ADDRESS, _address)
    cells = [cell for cell in root.iter() if cell.tag in ("td", "th")]
    for cell in cells:
        for element in list(cell.iter()):
            if element.get("class") != "long-word":
                replace_matches(element, LONG_WORD, _long_word)


def _long_word(match: Match[str]) -> Element:
    word = Element("span", {"class": "long-word"})
    word.text = match[0]
    return word


def _pieces_of_word(match: Match[str]) -> Element:
    """Return an endless word with places for breaks.

    WeasyPrint reads all of it again for each line, which would take minutes.
    """
    word = Element("span", {"class": "address"})
    pieces = textwrap.wrap(match[0], PIECE_OF_WORD, break_on_hyphens=False)
    word.text = pieces[0]
    for piece in pieces[1:]:
        SubElement(word, "wbr").tail = piece
    return word


def _address(match: Match[str]) -> Element:
    """Return an address with a place for a break after each of its marks."""
    address = Element("span", {"class": "address"})
    pieces = _pieces_of_address(match[0])
    address.text = pieces[0]
    for piece in pieces[1:]:
        SubElement(address, "wbr").tail = piece
    return address


def _pieces_of_address(written: str) -> list[str]:
    """Return the parts of an address, each short enough for a line."""
    pieces = []
    for piece in BREAK_IN_ADDRESS.split(written):
        if len(piece) > MAX_PIECE:
            pieces += BREAK_IN_PIECE.split(piece)
        else:
            pieces.append(piece)
    return pieces


def _wrap_calls(parent: Element) -> None:
    """Wrap each call in an element of its own, which becomes a `Reference` tag."""
    for index, child in enumerate(parent):
        if is_call(child):
            wrapper = Element(CALL)
            wrapper.append(child)
            wrapper.tail = child.tail
            child.tail = None
            parent[index] = wrapper
        else:
            _wrap_calls(child)


# Direction. WeasyPrint orders each inline box by itself: in a Persian paragraph,
# `Smith, <em>Water</em>, 2023` would come out as `2023 ,Water ,Smith`. So each run of
# the other direction that consists of several boxes gets an element of its own, whose
# `dir` holds for all of them. The rules are those of UAX 9, as far as they matter here.

LATIN = frozenset({"L"})
RIGHT_TO_LEFT = frozenset({"R", "AL"})
NUMBERS = frozenset({"EN", "AN"})
OPENING_BRACKETS, CLOSING_BRACKETS = "([{«“‘", ")]}»”’"
PARTS_OF_ADDRESSES = "/_#%&=+-"
BOUNDARIES = BLOCK_ELEMENTS | {NOTE, MARK, SIGN, "body", "br", "svg", "math", "head"}
ADDRESS = "directed-address"  # a class: style sheets keep such an address on one line


def mark_directions(element: Element, base: str = "ltr") -> None:
    """Set `dir` on the runs of words whose direction differs from the text around them."""
    base = element.get("dir", base)
    for child in element:
        if child.tag in BOUNDARIES or child.get("dir"):
            continue
        direction = _only_direction(child)
        is_isolated = child.tag == "bdi"
        if is_isolated or direction not in {"", base}:
            child.set("dir", _first_direction(child) or base)
            if child.get("class") == "address":
                child.set("class", f"address {ADDRESS}")
    for run in reversed(_runs_against(element, base)):
        _wrap(element, run, "rtl" if base == "ltr" else "ltr")
    for child in element:
        if child.tag not in {"svg", "math", "head"}:
            mark_directions(child, base)


def _direction(character: str) -> str:
    """Return "ltr" or "rtl" for a letter, "" for everything else."""
    kind = bidirectional(character)
    if kind in LATIN:
        return "ltr"
    return "rtl" if kind in RIGHT_TO_LEFT else ""


def _only_direction(element: Element) -> str:
    """Return the direction of an element if its letters have the same, or ""."""
    found = set(map(_direction, "".join(element.itertext()))) - {""}
    return found.pop() if len(found) == 1 else ""


def _first_direction(element: Element) -> str:
    """Return the direction of the first letter of an element, or ""."""
    directions = map(_direction, "".join(element.itertext()))
    return next(filter(None, directions), "")


class _Place(NamedTuple):
    """A place between the characters and children of an element.

    Item 0 is the element's text, 1 its first child, 2 that child's tail, and so on. A
    place in a child is before (0) or behind (1) it.
    """

    item: int
    offset: int


Run: TypeAlias = tuple[_Place, _Place]


def _runs_against(element: Element, base: str) -> list[Run]:
    """Return the runs of the other direction that need an element of their own."""
    runs: list[Run] = []
    is_against = _only_direction(element) not in {"", base}
    finder = _RunFinder(base, runs, is_whole=is_against)
    finder.read_text(0, element.text or "")
    for number, child in enumerate(element):
        finder.read_child(2 * number + 1, child)
        finder.read_text(2 * number + 2, child.tail or "")
    finder.end_run()
    return runs


class _RunFinder:
    """Reads the items of an element in order, and finds runs against its direction.

    If all letters of the element are against its direction, all that it contains is one
    run: a Latin note in a Persian brief, from its first sign to its full stop.
    """

    def __init__(self, base: str, runs: list[Run], *, is_whole: bool) -> None:
        self.base = base
        self.is_whole = is_whole
        self.runs = runs
        self.start: _Place | None = None
        self.end = _Place(0, 0)
        self.open_brackets = 0
        self.ends_with_sign = False

    def read_text(self, item: int, text: str) -> None:
        """Read a text of the element."""
        for offset, character in enumerate(text):
            direction = _direction(character)
            if direction == self.base:
                self.end_run()
            elif direction or self._goes_on(character, _Place(item, offset)):
                self._extend(_Place(item, offset), _Place(item, offset + 1))
                self.ends_with_sign = character in PARTS_OF_ADDRESSES

    def read_child(self, item: int, child: Element) -> None:
        """Read a child: a run contains it as a whole, or ends before it."""
        has_letters = any(map(_direction, "".join(child.itertext())))
        if child.tag in BOUNDARIES or (has_letters and not self._is_against(child)):
            self.end_run()
        elif has_letters:
            self._extend(_Place(item, 0), _Place(item, 1))
            self.ends_with_sign = False

    def end_run(self) -> None:
        """Keep the run that ends here if it has several items, or ends like an address.

        UAX 9 would put the last sign of `https://example.org/` on the other side.
        """
        if self.start is not None:
            has_several_items = self.start.item != self.end.item
            if has_several_items or self.ends_with_sign or self.is_whole:
                self.runs.append((self.start, self.end))
        self.start = None
        self.open_brackets = 0

    def _is_against(self, child: Element) -> bool:
        return _only_direction(child) not in {"", self.base}

    def _goes_on(self, character: str, place: _Place) -> bool:
        """Return whether a run includes a character that is no letter."""
        if self.is_whole:
            return not character.isspace()
        if self.start is None:
            return False
        if character in OPENING_BRACKETS:
            self.open_brackets += 1
        elif character in CLOSING_BRACKETS and self.open_brackets:
            self.open_brackets -= 1
            return True
        if bidirectional(character) in NUMBERS:
            return True
        return character in PARTS_OF_ADDRESSES and place == self.end

    def _extend(self, start: _Place, end: _Place) -> None:
        if self.start is None:
            self.start = start
        self.end = end


def _wrap(element: Element, run: Run, direction: str) -> None:
    """Put a run into an element of its own."""
    start, end = run
    wrapper = Element("span", {"dir": direction})
    first_child = start.item // 2  # the first that the run contains
    behind_children = (end.item + 1) // 2
    inside = list(element)[first_child:behind_children]
    text_before, wrapper.text = _cut_text(element, start)
    if inside:
        last_tail = inside[-1].tail or ""
        cut = end.offset if end.item % 2 == 0 else 0
        inside[-1].tail, wrapper.tail = last_tail[:cut], last_tail[cut:]
    else:
        length = end.offset - start.offset
        wrapper.text, wrapper.tail = wrapper.text[:length], wrapper.text[length:]
        if "://" in wrapper.text:
            wrapper.set("class", ADDRESS)
    for child in inside:
        element.remove(child)
    wrapper.extend(inside)
    element.insert(first_child, wrapper)
    _set_text(element, start.item - start.item % 2, text_before)


def _cut_text(element: Element, start: _Place) -> tuple[str, str]:
    """Return the text of an item before and behind a place; all of it for a child."""
    if start.item % 2:
        before = element.text if start.item == 1 else element[start.item // 2 - 1].tail
        return before or "", ""
    text = element.text if start.item == 0 else element[start.item // 2 - 1].tail
    text = text or ""
    return text[: start.offset], text[start.offset :]


def _set_text(element: Element, item: int, text: str) -> None:
    """Set a text of an element."""
    if item == 0:
        element.text = text
    else:
        element[item // 2 - 1].tail = text
