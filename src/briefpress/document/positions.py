"""Where elements come from: private characters in the text mark positions and calls.

Markdown says nothing about positions. So before it runs, each block gets a character
between two of its letters, where it can touch no syntax: Markdown reads the text as
without it (the tests check that). A call `[^label]` becomes one character too. In code
it turns back into what it was; elsewhere it is a call.

`scanner` removes such characters from the brief first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from re import Match
from xml.etree.ElementTree import Element

from briefpress.document.scanner import CODE_CLOSE, CODE_OPEN, SourceLine, SourceText
from briefpress.problems import Span
from briefpress.xhtml import BLOCK_ELEMENTS

# The first characters of two private planes, and how many marks each plane has.
FIRST_POSITION, FIRST_CALL, MAX_MARKS = 0xF0000, 0x100000, 0xFFFD
POSITION_MARK = re.compile("[\U000f0000-\U000ffffd]")
CALL_MARK = re.compile("[\U00100000-\U0010fffd]")
CODE_MARK = re.compile(f"{CODE_OPEN}([0-9]+){CODE_CLOSE}")
LESS_THAN_MARK = "\ue004"  # a `<` that is text

_CALL = re.compile(r"\[\^([^\[\]\n]{1,200})\]")
# What may stand before the text of a block.
_PREFIX = re.compile(r"(?:[ ]|>|[-*+][ ]+|\d{1,9}\.[ ]+|#{1,6}[ ]*|:[ ]+|\|)*")
# Lines that are syntax and contain no text: definitions, attributes, rules, code.
_NO_TEXT = re.compile(
    r"""\Z | \[[^\]]*\]: | \{:?[^}]*\}[ ]*\Z | [=]+[ ]*\Z | [|:\-\ ]+\Z"""
    rf"""| (?:[-*_][ ]*){{3,}}\Z | {CODE_OPEN}""",
    re.VERBOSE,
)
_TABLE_RULE = re.compile(r"[ >]*+\|?[ ]*+:?-++:?[ ]*+(?:\|[ ]*+:?-*+:?[ ]*+)*+\Z")
# What must not be changed: code, brackets and what follows them, tags, attributes,
# escapes, entities, addresses.
_SYNTAX = re.compile(
    r"""`[^`]*(?:`|\Z) | \[[^\]]*\](?:\([^)]*\)?|\[[^\]]*\]?)? | <[^>]*(?:>|\Z)"""
    r"""| \{[^}]*\}? | \\[^&] | &\#?\w+;? | \w+:[/\w]\S*""",
    re.VERBOSE,
)
# Where a mark can be inserted: after the first of two letters; in the text or title of
# a link, if the line has no other text; after a word of one letter, as in a cell.
_TWO_LETTERS = re.compile(r"[^\W_](?=[^\W_])")
_IN_LINK = re.compile(
    r"""!?\[[^\[\]]{0,400}?[^\W_](?=[^\W_][^\[\]]*\]\()"""
    r"""|\]\([^\s)"'(\[]{1,300}\s+["'][^"']{0,400}?[^\W_](?=[^\W_])"""
)
_ONE_LETTER = re.compile("[^\\W_](?=[ |,\U00100000-\U0010fffd]|\\Z)")
# A `<` that opens no complete tag, comment or address. Looking for the end of such a
# thing, the libraries would read on to the end of the brief each time.
_STRAY_LESS_THAN = re.compile(
    r"""<(?!/?[A-Za-z][A-Za-z0-9-]*(?:\s+[^\s"'<>=/]+"""
    r"""(?:\s*=\s*(?:"[^"<]*"|'[^'<]*'|[^\s"'<>=`]+))?)*\s*/?>"""
    r"""|[A-Za-z][A-Za-z0-9+.-]*:[^\s<>]*>|[^\s<>@]+@[^\s<>@]+>|!--[^<>]*-->)"""
)


def escape_stray_lt(text: str) -> str:
    """Return the text with a private character for each `<` that opens nothing."""
    return _STRAY_LESS_THAN.sub(LESS_THAN_MARK, text) if "<" in text else text


@dataclass(slots=True)
class PositionMarks:
    """The positions and calls that have a private character, in order."""

    source: SourceText
    positions: list[tuple[int, int]] = field(default_factory=list)
    calls: list[tuple[str, Span]] = field(default_factory=list)  # label and span

    def marked_text(self, lines: Iterable[SourceLine]) -> str:
        """Return the lines as one text with marks."""
        marker = _LineMarker(self)
        return escape_stray_lt("\n".join([marker.marked(line) for line in lines]))

    def call(self, character: str) -> tuple[str, Span]:
        """Return label and span of the call that a character marks."""
        return self.calls[ord(character) - FIRST_CALL]

    def position(self, character: str) -> tuple[int, int]:
        """Return the position that a character marks."""
        return self.positions[ord(character) - FIRST_POSITION]

    def line(self, character: str) -> int:
        """Return the line of the position that a character marks."""
        return self.position(character)[0]

    def as_written(self, text: str) -> str:
        """Return text as the author wrote it: with its calls, and without marks."""
        plain = POSITION_MARK.sub("", text)
        return CALL_MARK.sub(lambda match: f"[^{self.call(match[0])[0]}]", plain)

    def last_line_of_block(self, line: int) -> int:
        """Return the last line that certainly belongs to the block at this line."""
        later_lines = [number for number, _ in self.positions if number > line]
        if not later_lines:
            return self.source.last_line
        return min(later_lines) - 1

    def add_position(self, position: tuple[int, int]) -> str:
        """Return the character that marks a position from now on."""
        self.positions.append(position)
        return chr(FIRST_POSITION + len(self.positions) - 1)

    def add_call(self, label: str, span: Span) -> str:
        """Return the character that marks a call from now on."""
        self.calls.append((label, span))
        return chr(FIRST_CALL + len(self.calls) - 1)


@dataclass(slots=True)
class _LineMarker:
    """Marks the lines of one text; what came before decides whether a block begins."""

    marks: PositionMarks
    begins_block: bool = True
    in_table: bool = False
    quotes: str = ""  # the quotation marks before the text
    # The position of a block whose first lines had no room for a mark.
    pending: tuple[int, int] | None = None

    def marked(self, line: SourceLine) -> str:
        """Return the line with its marks."""
        text = line.text
        start = _prefix_length(text)
        prefix = text[:start]
        is_empty = not text[start:].strip()
        is_rule = not is_empty and _is_table_rule(text)
        begins_block = self._begins_block(prefix)
        text = self._with_calls(line)
        if is_empty:
            self.pending = None
        elif begins_block:
            self.pending = self._text_position(line, text)
        if self.pending is not None:
            text = self._with_position(text, self.pending)
        self.in_table = is_rule or (self.in_table and not is_empty)
        self.begins_block = is_empty or is_rule or "#" in prefix
        return text

    def _begins_block(self, prefix: str) -> bool:
        """Return whether a line with this prefix begins a block."""
        signs = prefix.replace(" ", "")
        quotes_before = self.quotes
        self.quotes = signs.strip("-*+#:|.0123456789")
        has_other_quotes = signs != quotes_before
        starts_item = bool(signs.strip(">"))
        after_block = self.begins_block or self.in_table
        return after_block or has_other_quotes or starts_item

    def _with_calls(self, line: SourceLine) -> str:
        """Return the line with a private character for each call."""
        if "[^" not in line.text:
            return line.text
        marks = self.marks

        def mark(match: Match[str]) -> str:
            written = match[0]
            label = match[1].strip()
            is_full = len(marks.calls) >= MAX_MARKS
            if not label or is_full or _is_escaped(match):
                return written
            index = line.offset + match.start()
            span = marks.source.span(line.number, index, len(written))
            return marks.add_call(label, span)

        return _CALL.sub(mark, line.text)

    def _text_position(self, line: SourceLine, text: str) -> tuple[int, int] | None:
        """Return the position of a line's text; None if the line is only syntax."""
        start = _prefix_length(text)
        if _NO_TEXT.match(text, start):
            return None
        span = self.marks.source.span(line.number, line.offset + start)
        return line.number, span.column

    def _with_position(self, text: str, position: tuple[int, int]) -> str:
        """Return the line with a position mark, if there is room for one."""
        start = _prefix_length(text)
        if _NO_TEXT.match(text, start) or len(self.marks.positions) >= MAX_MARKS:
            return text
        without_syntax = _SYNTAX.sub(lambda match: " " * len(match[0]), text)
        room = (
            _TWO_LETTERS.search(without_syntax, start)
            or _IN_LINK.search(text, start)
            or _ONE_LETTER.search(without_syntax, start)
        )
        if room is None:
            return text
        self.pending = None
        mark = self.marks.add_position(position)
        index = room.end()
        return text[:index] + mark + text[index:]


def take_positions(
    root: Element, marks: PositionMarks
) -> dict[Element, tuple[int, int]]:
    """Remove the marks from a tree; return the positions of the blocks they were in."""
    positions: dict[Element, tuple[int, int]] = {}

    def without_marks(text: str, block: Element) -> str:
        text = text.replace(LESS_THAN_MARK, "<")
        found = POSITION_MARK.search(text)
        if found is None:
            return text
        positions.setdefault(block, marks.position(found[0]))
        return POSITION_MARK.sub("", text)

    for element, outer_block in _elements_with_outer_block(root):
        block = element if element.tag in BLOCK_ELEMENTS else outer_block
        for key, value in element.attrib.items():
            element.set(key, without_marks(value, block))
        if element.text:
            element.text = without_marks(element.text, block)
        if element.tail:
            element.tail = without_marks(element.tail, outer_block)
    return positions


def _elements_with_outer_block(root: Element) -> Iterator[tuple[Element, Element]]:
    """Yield each element with the block around it, in document order."""
    stack = [(root, root)]
    while stack:
        element, outer_block = stack.pop()
        yield element, outer_block
        block = element if element.tag in BLOCK_ELEMENTS else outer_block
        stack += [(child, block) for child in reversed(element)]


def _prefix_length(text: str) -> int:
    """Return how many characters stand before the text of a line."""
    prefix = _PREFIX.match(text)
    return prefix.end() if prefix else 0


def _is_table_rule(text: str) -> bool:
    """Return whether a line is the one below the head of a table."""
    return "-" in text and bool(_TABLE_RULE.match(text))


def _is_escaped(match: Match[str]) -> bool:
    """Return whether a backslash before the match makes it text."""
    first_backslash = match.start()
    while match.string.endswith("\\", 0, first_backslash):
        first_backslash -= 1
    return (match.start() - first_backslash) % 2 == 1
