"""What all stages of one parse share: the brief's text, limits, positions and problems."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from re import Pattern
from xml.etree.ElementTree import Element

from briefpress.document.files import LinkableBriefs, ReadFile
from briefpress.document.typography import Language
from briefpress.model import Asset, Brief, Limits
from briefpress.problems import Problem, Severity, Span, in_order, words_of_cause
from briefpress.schema.suggest import closest_name
from briefpress.xhtml import parents_of

MAX_LISTED = 4  # unprintable characters of a line that a message lists

_PLANES = range(1, 15)
# The last two code points of each plane are no characters.
_PLANE_ENDS = [f"{chr(n << 16 | 0xFFFE)}-{chr(n << 16 | 0xFFFF)}" for n in _PLANES]
_UNPRINTABLE_RANGES = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f",  # control characters
    "\u2028\u2029",  # separators of lines and paragraphs
    "\ud800-\udfff",  # surrogates
    "\ue000-\uf8ff",  # private use
    "\ufdd0-\ufdef",  # noncharacters
    "\ufeff",  # byte order mark
    "\ufff9-\ufffc",  # annotations, and the place of an object
    "\ufffe\uffff",  # noncharacters
    *_PLANE_ENDS,
    "\U000f0000-\U0010ffff",  # private use
)
_UNPRINTABLE = re.compile(f"[{''.join(_UNPRINTABLE_RANGES)}]")


@dataclass(slots=True)
class SourceText:
    """A brief's text: its lines as they are in the file, and as Markdown reads them."""

    file: str
    first_line: int  # the number of the first line in the file
    rows: list[str]
    lines: list[str]  # the rows without unprintable characters
    problems: list[Problem] = field(default_factory=list)

    @property
    def last_line(self) -> int:
        """The number of the last line."""
        return self.first_line + len(self.rows) - 1

    @property
    def text(self) -> str:
        """The text that Markdown reads."""
        return "\n".join([*self.lines, ""])

    def row(self, number: int) -> str:
        """Return the line with a number as it is in the file; "" if there is none."""
        index = number - self.first_line
        return self.rows[index] if 0 <= index < len(self.rows) else ""

    def span(self, number: int, column: int = 1, length: int = 1) -> Span:
        """Return a span that does not extend beyond its line."""
        rest = len(self.row(number)) - column + 1
        visible_length = max(1, min(length, rest))
        return Span(self.file, number, column, visible_length)


def scan_source(file: str, text: str, first_line: int) -> SourceText:
    """Return the lines of a brief, of which the first has the number `first_line`."""
    rows = split_lines(text)
    source = SourceText(file, first_line, rows, list(rows))
    for index, row in enumerate(rows):
        if _UNPRINTABLE.search(row):
            _report_unprintable(source, first_line + index, row)
            source.lines[index] = strip_unprintable(row)
    return source


def split_lines(text: str) -> list[str]:
    """Return the lines of a text, whatever ends them."""
    text = text.replace("\r\n", "\n")
    text = text.replace("\r", "\n")
    return text.split("\n")


def strip_unprintable(text: str) -> str:
    """Return the text without the characters that no edition can contain."""
    return _UNPRINTABLE.sub("", text)


def _report_unprintable(source: SourceText, number: int, row: str) -> None:
    """Report the unprintable characters of a row."""
    characters = _UNPRINTABLE.findall(row)
    names = sorted({_character_name(character) for character in characters})
    noun = "characters" if len(names) > 1 else "a character"
    listed = ", ".join(names[:MAX_LISTED])
    message = f"{noun} that cannot be printed: {listed}"
    column = row.index(characters[0]) + 1
    span = Span(source.file, number, column)
    problem = Problem("D01", message, span, severity=Severity.WARNING)
    source.problems.append(problem)


def _character_name(character: str) -> str:
    """Return "U+FEFF ZERO WIDTH NO-BREAK SPACE"; control characters have no name."""
    code_point = f"U+{ord(character):04X}"
    name = unicodedata.name(character, "")
    return f"{code_point} {name}" if name else code_point


@dataclass(frozen=True, slots=True)
class Call:
    """A note call: the label that it names, and where it is."""

    label: str
    markup: str
    line: int
    column: int


MAX_PER_CAUSE = 50  # problems of one cause: more of them are only counted
# Names that are compared to suggest a fix, in one parse. Each takes about 10 µs.
MAX_COMPARED_NAMES = 100_000
# Elements that contain many blocks: their position says too little.
_CONTAINERS = frozenset(("ul", "ol", "dl", "blockquote", "table", "tbody", "thead"))
# The signs that typography puts in the place of typed ones.
_TYPED_SIGNS = dict.fromkeys(map(ord, "“”„«»"), '"') | dict.fromkeys(
    map(ord, "‘’‚"), "'"
)
# Classes of the `div`s that we put around a single block.
_FRAMES = ("picture", "scroll")

Position = tuple[int, int]  # line and column in the file; line 0 if unknown


@dataclass(slots=True)
class ProblemList:
    """The problems of one brief: of each cause the first ones, and how many more.

    A cause is a code, and for some codes `words_of_cause`.
    """

    file: str
    by_cause: dict[tuple[str, str], list[Problem]] = field(default_factory=dict)
    omitted: Counter[tuple[str, str, Severity]] = field(default_factory=Counter)

    def add(self, problem: Problem) -> None:
        """Add a problem, once; of a full cause only count it."""
        words = words_of_cause(problem)
        if self.is_full(problem.code, words):
            self.omitted[problem.code, words, problem.severity] += 1
            return
        kept = self.by_cause.setdefault((problem.code, words), [])
        if problem not in kept:
            kept.append(problem)

    def is_full(self, code: str, words: str = "") -> bool:
        """Return whether further problems of the cause are only counted."""
        kept = self.by_cause.get((code, words), ())
        return len(kept) >= MAX_PER_CAUSE

    def of_brief(self, slug: str) -> tuple[Problem, ...]:
        """Return the problems in the order of their positions."""
        problems: list[Problem] = []
        for kept in self.by_cause.values():
            problems += kept
        for (code, words, severity), count in self.omitted.items():
            noun = "problem" if count == 1 else "problems"
            message = f"{count:,} more {noun} of this kind"
            if words:
                message = f"`…`{words}"
            span = Span(self.file)
            problem = Problem(code, message, span, severity=severity, count=count)
            problems.append(problem)
        return tuple(replace(each, brief=slug) for each in in_order(problems))


@dataclass(slots=True)
class ParseContext:
    """The state of one parse."""

    brief: Brief
    read_file: ReadFile
    limits: Limits
    language: Language
    source: SourceText
    calls: list[Call]  # the note calls, by the number in `data-call`
    last_lines: dict[int, int]  # of the block that contains a line
    problems: ProblemList
    linkable: LinkableBriefs | None = None  # None: links are not checked
    positions: dict[Element, Position] = field(default_factory=dict)
    assets: dict[str, Asset] = field(default_factory=dict)  # by `src`
    _root: Element | None = None
    _parents: dict[Element, Element] = field(default_factory=dict)
    _compared_names: int = 0

    def enter_tree(self, root: Element) -> None:
        """Find positions in this tree from now on."""
        self._root = root

    def error(
        self,
        code: str,
        message: str,
        where: Element | Span,
        *tokens: str,
        fix: str = "",
    ) -> None:
        """Add an error. It is at the first of the tokens that is found in an element."""
        self._add(Severity.ERROR, code, message, where, tokens, fix)

    def warn(
        self,
        code: str,
        message: str,
        where: Element | Span,
        *tokens: str,
        fix: str = "",
    ) -> None:
        """Add a warning, likewise."""
        self._add(Severity.WARNING, code, message, where, tokens, fix)

    def closest(
        self,
        code: str,
        word: str,
        words: Iterable[str],
        unless: Pattern[str] | None = None,
    ) -> str:
        """Return the most similar word, to suggest it in a problem of this code.

        Words that match `unless` are not suggested. Returns "" if there is none, or if
        it would take too long to find one.
        """
        if self.problems.is_full(code):
            return ""
        if self._compared_names > MAX_COMPARED_NAMES:
            return ""
        candidates = list(words)
        if unless is not None:
            candidates = [each for each in candidates if not unless.match(each)]
        self._compared_names += len(candidates)
        return closest_name(word, candidates)

    def position_of(self, element: Element) -> Position:
        """Return the position of the element in the file.

        If it has none, it is that of its first descendant with one; of the row of a
        cell, or of the block of a phrase.
        """
        for ancestor in self._ancestors_in_block(element):
            position = self._first_position(ancestor)
            if position is not None:
                return position
        return self._first_position(element) or (0, 0)

    def span_of(self, element: Element, *tokens: str) -> Span:
        """Return the span of the first token found in the element, or its position."""
        line, column = self.position_of(element)
        for token in tokens:
            if not token:
                continue
            span = self._find(token, line, column)
            if span is not None:
                return span
        return Span(self.brief.file, line, column)

    def find_token(self, element: Element, token: str) -> Span | None:
        """Return the span of a token in the block of an element, if it is there.

        If the element has no position, the token may be anywhere in the brief.
        """
        line, column = self.position_of(element)
        if line:
            span = self._find_in_block(token, line, column)
            # Of a paragraph around words of raw HTML only a later tag has a position.
            return span or self._find_in_block(token, line, column=1)
        return self._find_first(token)

    def line_that_begins_with(self, text: str) -> int:
        """Return the number of the first line that begins with a text, or 0."""
        for number, row in enumerate(self.source.rows, self.source.first_line):
            if row.startswith(text):
                return number
        return 0

    def front_matter_span(self, key: str) -> Span:
        """Return the span of a key of the front matter."""
        line, column = self.brief.places.get(key, (0, 0))
        length = len(key) if column else 1
        return Span(self.brief.file, line, column, length)

    def file_span(self) -> Span:
        """Return the span of the whole file."""
        return Span(self.brief.file)

    def _add(
        self,
        severity: Severity,
        code: str,
        message: str,
        where: Element | Span,
        tokens: tuple[str, ...],
        fix: str,
    ) -> None:
        if isinstance(where, Span):
            span = where
        elif self.problems.is_full(code):
            span = self.file_span()  # only counted, so no time is spent on it
        else:
            span = self.span_of(where, *tokens)
        problem = Problem(code, message, span, fix, severity)
        self.problems.add(problem)

    def _ancestors_in_block(self, element: Element) -> Iterator[Element]:
        """Yield the element and its ancestors, as far as they contain one block."""
        if element not in self._parents and self._root is not None:
            self._parents = parents_of(self._root)
        ancestor: Element | None = element
        while ancestor is not None and not _is_container(ancestor):
            yield ancestor
            ancestor = self._parents.get(ancestor)

    def _first_position(self, element: Element) -> Position | None:
        """Return the first position in the element, in document order."""
        for inner in element.iter():
            if inner in self.positions:
                return self.positions[inner]
        return None

    def _find(self, token: str, line: int, column: int) -> Span | None:
        """Find a token in the block at a position; without one, in the whole brief."""
        if line:
            return self._find_in_block(token, line, column)
        return self._find_unique(token)

    def _find_in_block(self, token: str, line: int, column: int) -> Span | None:
        """Find a token in the lines of the block that begins at a position."""
        last_line = self.last_lines.get(line, line)
        start = max(0, column - 1)
        for number in range(line, last_line + 1):
            row = self.source.row(number)
            index = _index_in(row, token, start)
            if index >= 0:
                return Span(self.brief.file, number, index + 1, len(token))
            start = 0
        return None

    def _find_first(self, token: str) -> Span | None:
        """Find the first place of a token in the brief."""
        for number, row in enumerate(self.source.rows, self.source.first_line):
            index = _index_in(row, token)
            if index >= 0:
                return Span(self.brief.file, number, index + 1, len(token))
        return None

    def _find_unique(self, token: str) -> Span | None:
        """Find a token that occurs only once in the brief."""
        found: Span | None = None
        for number, row in enumerate(self.source.rows, self.source.first_line):
            index = row.find(token)
            if index < 0:
                continue
            occurs_again = row.count(token) > 1
            if found is not None or occurs_again:
                return None
            found = Span(self.brief.file, number, index + 1, len(token))
        return found


def _index_in(row: str, token: str, start: int = 0) -> int:
    """Return where a token begins in a row, or -1; typographic signs are as typed."""
    typed = token.translate(_TYPED_SIGNS)
    return row.translate(_TYPED_SIGNS).find(typed, start)


def _is_container(element: Element) -> bool:
    """Return whether an element contains many blocks."""
    if element.tag == "div":
        return element.get("class") not in _FRAMES
    return element.tag in _CONTAINERS
