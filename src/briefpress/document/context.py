"""What all stages of one parse share: the brief, its limits, positions and problems."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from re import Pattern
from xml.etree.ElementTree import Element

from briefpress.document.files import LinkableBriefs, ReadFile
from briefpress.document.positions import PositionMarks
from briefpress.document.scanner import SourceText
from briefpress.document.typography import Language
from briefpress.model import Asset, Brief, Limits
from briefpress.problems import Problem, Severity, Span, in_order
from briefpress.schema.suggest import closest_name
from briefpress.xhtml import parents_of

MAX_PER_CODE = 50  # problems of one code; more of them usually have one cause
# Names that are compared to suggest a fix, in one parse. Each takes about 10 µs.
MAX_COMPARED_NAMES = 100_000
# Elements that contain many blocks: their position says too little.
_CONTAINERS = frozenset(("ul", "ol", "dl", "blockquote", "table", "tbody", "thead"))
# Classes of the `div`s that we put around a single block.
_FRAMES = ("picture", "scroll")

Position = tuple[int, int]  # line and column in the file; line 0 if unknown


@dataclass(slots=True)
class ProblemList:
    """The problems of one brief: of each code the first ones, and how many more."""

    file: str
    by_code: dict[str, list[Problem]] = field(default_factory=dict)
    omitted: Counter[tuple[str, Severity]] = field(default_factory=Counter)

    def add(self, problem: Problem) -> None:
        """Add a problem, once; of a full code only count it."""
        if self.is_full(problem.code):
            self.omitted[problem.code, problem.severity] += 1
            return
        kept = self.by_code.setdefault(problem.code, [])
        if problem not in kept:
            kept.append(problem)

    def is_full(self, code: str) -> bool:
        """Return whether further problems of the code are only counted."""
        return len(self.by_code.get(code, ())) >= MAX_PER_CODE

    def of_brief(self, slug: str) -> tuple[Problem, ...]:
        """Return the problems in the order of their positions."""
        problems: list[Problem] = []
        for kept in self.by_code.values():
            problems += kept
        for (code, severity), count in self.omitted.items():
            noun = "problem" if count == 1 else "problems"
            message = f"{count:,} more {noun} of this kind"
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
    marks: PositionMarks
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
        if self.problems.is_full(code) or self._compared_names > MAX_COMPARED_NAMES:
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
            span = self._find_in_block(token, line, column) if line else None
            if not line:
                span = self._find_unique(token)
            if span is not None:
                return span
        return Span(self.brief.file, line, column)

    def front_matter_span(self, key: str) -> Span:
        """Return the span of a key of the front matter."""
        line, column = self.brief.places.get(key, (0, 0))
        return Span(self.brief.file, line, column, len(key) if column else 1)

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
        self.problems.add(Problem(code, message, span, fix, severity))

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

    def _find_in_block(self, token: str, line: int, column: int) -> Span | None:
        """Find a token in the lines of the block that begins at a position."""
        last_line = self.marks.last_line_of_block(line)
        start = max(0, column - 1)
        for number in range(line, last_line + 1):
            row = self.source.rows[number]
            index = row.find(token, start)
            if index >= 0:
                return Span(self.brief.file, number, index + 1, len(token))
            start = 0
        return None

    def _find_unique(self, token: str) -> Span | None:
        """Find a token that occurs only once in the brief."""
        found: Span | None = None
        for number, row in self.source.rows.items():
            index = row.find(token)
            if index < 0:
                continue
            if found is not None or token in row[index + len(token) :]:
                return None
            found = Span(self.brief.file, number, index + 1, len(token))
        return found


def _is_container(element: Element) -> bool:
    """Return whether an element contains many blocks."""
    is_box = element.tag == "div" and element.get("class") not in _FRAMES
    return is_box or element.tag in _CONTAINERS
