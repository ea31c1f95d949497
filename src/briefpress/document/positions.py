"""Where the elements of a tree come from: one private character for each place rides through Markdown and back.

A mark stands between two letters, where it can touch no syntax: Markdown reads the text as it would without it (a
law that the tests hold). A call `[^label]` becomes one character too, wherever it stands: in code it turns back into
what it was, elsewhere it is a call. Text from outside holds no such characters, for `scan` takes them out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from briefpress.document.scanner import CODE_CLOSE, CODE_OPEN, SourceLine, SourceText
from briefpress.problems import Span
from briefpress.xhtml import BLOCKS

PLACE, CALL, MANY = 0xF0000, 0x100000, 0xFFFD  # one private plane each
PLACES = re.compile("[\U000f0000-\U000ffffd]")
CALLS = re.compile("[\U00100000-\U0010fffd]")
CODES = re.compile(f"{CODE_OPEN}([0-9]+){CODE_CLOSE}")

_CALL = re.compile(r"\[\^([^\[\]\n]{1,200})\]")
_LEAD = re.compile(r"(?:[ ]|>|[-*+][ ]+|\d{1,9}\.[ ]+|#{1,6}[ ]*|:[ ]+|\|)*")
_NOT_TEXT = re.compile(
    r"""\Z | \[[^\]]*\]: | \{:?[^}]*\}[ ]*\Z | [=]+[ ]*\Z | [|:\-\ ]+\Z | (?:[-*_][ ]*){3,}\Z"""
    rf"""| {CODE_OPEN}""",
    re.VERBOSE,
)
_RULE = re.compile(r"[ >]*+\|?[ ]*+:?-++:?[ ]*+(?:\|[ ]*+:?-*+:?[ ]*+)*+\Z")
# What must not be touched: code, brackets and what follows them, tags, attributes, escapes, entities, addresses.
_OPAQUE = re.compile(
    r"""`[^`]*(?:`|\Z) | \[[^\]]*\](?:\([^)]*\)?|\[[^\]]*\]?)? | <[^>]*(?:>|\Z) | \{[^}]*\}? | \\[^&] | &\#?\w+;?"""
    r"""| \w+:[/\w]\S*""",
    re.VERBOSE,
)
_PAIR = re.compile(r"[^\W_](?=[^\W_])")
_ALONE = re.compile(
    "[^\\W_](?=[ |,\U00100000-\U0010fffd]|\\Z)"
)  # a word of one letter, as in a cell
_IN_LINK = re.compile(
    r"""!?\[[^\[\]]{0,400}?[^\W_](?=[^\W_][^\[\]]*\]\()|\]\([^\s)"'(\[]{1,300}\s+["'][^"']{0,400}?[^\W_](?=[^\W_])"""
)


# `<` as it stands in text. Only a whole tag, comment or address keeps its own: looking for the ends of others, the
# libraries would read on to the end of the brief from each.
LESS = "\ue004"
_STRAY = re.compile(
    r"""<(?!/?[A-Za-z][A-Za-z0-9-]*(?:\s+[^\s"'<>=/]+(?:\s*=\s*(?:"[^"<]*"|'[^'<]*'|[^\s"'<>=`]+))?)*\s*/?>"""
    r"""|[A-Za-z][A-Za-z0-9+.-]*:[^\s<>]*>|[^\s<>@]+@[^\s<>@]+>|!--[^<>]*-->)"""
)


def escape_stray_lt(text: str) -> str:
    """Return the text with a private character for each `<` that opens nothing."""
    return _STRAY.sub(LESS, text) if "<" in text else text


@dataclass(slots=True)
class PositionMarks:
    """The places and the calls that were given a character, by number."""

    source: SourceText
    places: list[tuple[int, int]] = field(default_factory=list)
    calls: list[tuple[str, Span]] = field(default_factory=list)

    def text(self, lines: Iterable[SourceLine]) -> str:
        """Return the lines as one text, with its marks."""
        out, fresh, table, quotes = [], True, False, ""
        waiting: tuple[int, int] | None = (
            None  # the place of a block whose first line had no room for a mark
        )
        for line in lines:
            lead = _LEAD.match(line.text)
            start = lead.end() if lead else 0
            empty = not line.text[start:].strip()
            rule = not empty and "-" in line.text and bool(_RULE.match(line.text))
            sign = line.text[:start].replace(" ", "")
            begins = fresh or table or sign != quotes or bool(sign.strip(">"))
            quotes = sign.strip("-*+#:|.0123456789")
            text = self._with_calls(line)
            waiting = (
                self._begin(line, text)
                if begins and not empty
                else None
                if empty
                else waiting
            )
            marked = self._with_place(text, waiting) if waiting else text
            waiting = None if marked != text else waiting
            out.append(marked)
            table = rule or (table and not empty)
            fresh = empty or "#" in line.text[:start] or rule
        return escape_stray_lt("\n".join(out))

    def _with_calls(self, line: SourceLine) -> str:
        """Return the line with a character in place of each call."""

        def mark(match: re.Match[str]) -> str:
            before = line.text[: match.start()]
            escaped = (len(before) - len(before.rstrip("\\"))) % 2
            if escaped or not match[1].strip() or len(self.calls) >= MANY:
                return match[0]
            span = self.source.span(
                line.number, line.offset + match.start(), len(match[0])
            )
            self.calls.append((match[1].strip(), span))
            return chr(CALL + len(self.calls) - 1)

        return _CALL.sub(mark, line.text) if "[^" in line.text else line.text

    def _begin(self, line: SourceLine, text: str) -> tuple[int, int] | None:
        """Return the place of a line that begins a block; none when the line itself is no text."""
        lead = _LEAD.match(text)
        start = lead.end() if lead else 0
        if _NOT_TEXT.match(text, start):
            return None
        return line.number, self.source.span(line.number, line.offset + start).column

    def _with_place(self, text: str, place: tuple[int, int]) -> str:
        """Return the line with the mark of a place between two of its letters, where there are two."""
        lead = _LEAD.match(text)
        start = lead.end() if lead else 0
        clear = _OPAQUE.sub(lambda m: " " * len(m[0]), text)
        pair = (
            _PAIR.search(clear, start)
            or _IN_LINK.search(text, start)
            or _ALONE.search(clear, start)
        )
        if pair is None or _NOT_TEXT.match(text, start) or len(self.places) >= MANY:
            return text
        self.places.append(place)
        return f"{text[: pair.end()]}{chr(PLACE + len(self.places) - 1)}{text[pair.end() :]}"

    def call(self, character: str) -> tuple[str, Span]:
        """Return the label and the place of a call's character."""
        return self.calls[ord(character) - CALL]

    def as_written(self, text: str) -> str:
        """Return text as the author wrote it, with its calls and without marks."""
        return CALLS.sub(lambda m: f"[^{self.call(m[0])[0]}]", PLACES.sub("", text))

    def until(self, line: int) -> int:
        """Return the last line that surely belongs to what begins at this line."""
        later = [place[0] for place in self.places if place[0] > line]
        return min(later, default=max(self.source.rows) + 1) - 1


def take_positions(
    root: Element, marks: PositionMarks
) -> dict[Element, tuple[int, int]]:
    """Take the marks out of a tree, and return the places of the blocks that they stood in."""
    places: dict[Element, tuple[int, int]] = {}

    def sanitise(text: str, block: Element) -> str:
        text = text.replace(LESS, "<")
        if found := PLACES.search(text):
            places.setdefault(block, marks.places[ord(found[0]) - PLACE])
            return PLACES.sub("", text)
        return text

    for element, block in _with_blocks(root):
        own = element if element.tag in BLOCKS else block
        for key, value in element.attrib.items():
            element.set(key, sanitise(value, own))
        element.text = sanitise(element.text, own) if element.text else None
        element.tail = sanitise(element.tail, block) if element.tail else None
    return places


def _with_blocks(root: Element) -> Iterator[tuple[Element, Element]]:
    """Yield each element with the block around it, in document order."""
    stack = [(root, root)]
    while stack:
        element, block = stack.pop()
        yield element, block
        inner = element if element.tag in BLOCKS else block
        stack += [(child, inner) for child in reversed(element)]
