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
from xml.etree.ElementTree import Element, SubElement

from briefpress.model import Document, Note
from briefpress.xhtml import is_call, mark_adjacent_calls, replace_matches

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
ADDRESS = re.compile(
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
            replace_matches(element, ADDRESS, _address)
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
    pieces = BREAK_IN_ADDRESS.split(match[0])
    address.text = pieces[0]
    for piece in pieces[1:]:
        SubElement(address, "wbr").tail = piece
    return address


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
