"""Numbered marks in a document: each problem of a brief, at its place.

Problems know an id of the document, or a line of the brief's file. A mark is put behind
the words that the line shows there. The lines of the front matter are not part of a
document, so they are listed as they were typed, with marks of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, SubElement

from briefpress.document.notes import MISSING_NOTE
from briefpress.editions.page_breaks import (
    CLOSED_ELEMENTS,
    InsertMark,
    TextRun,
    insert_before,
    insert_into_run,
)
from briefpress.model import Document, Places
from briefpress.problems import Problem, Span
from briefpress.xhtml import BLOCK_ELEMENTS, is_call, local_name, parents_of, text_of

MARK = "proof-mark"  # the class of a mark; its id is `proof-mark-3`
NUMBER = "data-number"  # of a line that is listed
LINES_AROUND = 12  # of a problem, that the listing of a file shows
FIRST_LINES = 40  # of a file, that its listing always shows
LONGEST_LINE = 600  # characters of a line that the listing shows
MAX_WORDS = 4  # before a place, that are compared
# Elements that contain other elements, and no words of their own.
STRUCTURES = frozenset("ul ol dl table thead tbody tfoot tr figure colgroup".split())  # noqa: SIM905 - shorter than a list
# Phrases that have a mark behind them, not in them: a link contains no other link.
BOXES = (MISSING_NOTE, "unshown")  # classes of what is missing
CLOSED_PHRASES = frozenset(("a", "abbr", "code", "kbd"))
DEFINITION = re.compile(r" {0,3}\[\^[^\]\s]+\] ?:")
WORD = re.compile(r"\w+")
# The signs that typography puts in the place of typed ones.
TYPED_SIGNS = str.maketrans("“”„«»‘’‚", '"""""\'\'\'')


@dataclass(frozen=True, slots=True)
class TypedText:
    """The lines of a brief's file as they were typed."""

    rows: tuple[str, ...]
    first: int  # the number of the line with which the text begins

    def row(self, number: int) -> str:
        """Return the line with a number, from 1; "" if there is none."""
        return self.rows[number - 1] if 0 < number <= len(self.rows) else ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A problem, and the number under which a proof shows it."""

    number: int
    problem: Problem
    is_placed: bool  # whether there is a mark in the text or in the listed lines

    @property
    def id(self) -> str:
        """The id of the mark in every edition."""
        return f"{MARK}-{self.number}"


@dataclass(frozen=True, slots=True)
class MarkedDocument:
    """A document with marks, and the lines of its file that are listed."""

    document: Document
    marks: tuple[Mark, ...]  # in the order of reading; those without a place are last
    listing: Element | None = None  # a <div> with a <p> for each line


def mark_document(
    document: Document,
    places: Places,
    typed: TypedText,
    problems: Iterable[Problem],
    listing: Element | None = None,
) -> MarkedDocument:
    """Return a copy of a document with a mark for each problem.

    `listing` has lines of the file, from `list_lines`. A problem in one of them is
    marked there.
    """
    document, listing = deepcopy(document), deepcopy(listing)
    lines = _lines_by_number(listing)
    finder = _PlaceFinder(document, places, typed)
    found: list[tuple[_Place, Problem]] = []
    others: list[Problem] = []
    for problem in problems:
        place = finder.find_in_lines(problem, lines) or finder.find(problem)
        if place is None:
            others.append(problem)
        else:
            found.append((place, problem))
    found.sort(key=lambda pair: pair[0].order)
    placed = [
        Mark(number, problem, is_placed=True)
        for number, (_, problem) in enumerate(found, 1)
    ]
    # From last to first: places in the unmarked text stay valid.
    for (place, _), mark in reversed(list(zip(found, placed, strict=True))):
        place.insert(mark_element(mark))
    rest = [
        Mark(number, problem, is_placed=False)
        for number, problem in enumerate(others, len(placed) + 1)
    ]
    return MarkedDocument(document, (*placed, *rest), listing)


def mark_element(mark: Mark) -> Element:
    """Return what a reader sees of a mark: its number, which leads to its message."""
    problem = mark.problem
    title = f"{problem.severity} {problem.code}"
    attributes = {
        "class": f"{MARK} {problem.severity}",
        "id": mark.id,
        "href": f"#proof-problem-{mark.number}",
        "aria-label": f"{mark.number}: {title}: {problem.message}",
        "title": f"{title}: {problem.message}",
        "data-code": problem.code,
        "data-message": problem.message,
    }
    element = Element("a", attributes)
    element.text = str(mark.number)
    return element


def message_element(mark: Element, tag: str) -> Element:
    """Return the message of a mark, to stand beside it."""
    severity = mark.get("class", "").split()[-1]
    message = Element(tag, {"class": f"proof-message {severity}"})
    number = SubElement(message, "span", {"class": "proof-number"})
    number.text = mark.text
    number.tail = " "
    code = SubElement(message, "span", {"class": "proof-code"})
    code.text = mark.get("data-code", "")
    code.tail = f" {mark.get('data-message', '')}"
    return message


def is_mark(element: Element) -> bool:
    """Return whether an element is a mark."""
    classes = element.get("class", "").split()
    return element.tag == "a" and MARK in classes


def label_gaps(document: Document, label: str) -> Document:
    """Return a copy of a document in which missing notes are boxes with a label."""
    labelled = deepcopy(document)
    trees = [labelled.body, *(note.body for note in labelled.notes)]
    for tree in trees:
        for element in tree.iter("span"):
            if element.get("class") == MISSING_NOTE:
                element.set("data-label", label)
    for note in labelled.notes:
        is_empty = not text_of(note.body) and next(note.body.iter("img"), None) is None
        if is_empty:
            note.body[:] = []
            gap = SubElement(
                SubElement(note.body, "p"), "span", {"class": MISSING_NOTE}
            )
            gap.set("data-label", label)
            gap.text = f"[^{note.label}]"
    return labelled


def lines_near(typed: TypedText, problems: Iterable[Problem]) -> list[int]:
    """Return the numbers of the first lines of a file, and of those near problems."""
    wanted = set(range(1, FIRST_LINES + 1))
    for problem in problems:
        line = problem.span.line if problem.span else 0
        if line:
            wanted.update(range(line - LINES_AROUND, line + LINES_AROUND + 1))
    return sorted(number for number in wanted if 0 < number <= len(typed.rows))


def line_element(number: int, row: str) -> Element:
    """Return the paragraph of a line that is listed."""
    line = Element("p", {NUMBER: str(number)})
    line.text = row if len(row) <= LONGEST_LINE else f"{row[:LONGEST_LINE]}…"
    return line


def list_lines(lines: Iterable[Element]) -> Element | None:
    """Return a list of lines; a sign stands for those that are left out between them."""
    listing = Element("div", {"class": "proof-source", "dir": "ltr"})
    last = 0
    for line in lines:
        number = int(line.get(NUMBER, last))
        if last and number > last + 1:
            SubElement(listing, "p", {"class": "proof-gap"}).text = "…"
        last = number
        listing.append(line)
    return listing if len(listing) else None


def _lines_by_number(listing: Element | None) -> dict[int, Element]:
    """Return the lines of a list by number."""
    lines = [] if listing is None else listing.findall(f"p[@{NUMBER}]")
    return {int(line.get(NUMBER, "")): line for line in lines}


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a mark is put."""

    order: tuple[int, int]  # the element in the order of reading, and the character
    insert: InsertMark


@dataclass(slots=True)
class _PlaceFinder:
    """Finds the places of problems in a document without marks."""

    document: Document
    places: Places
    typed: TypedText
    trees: list[Element] = field(default_factory=list)
    elements: dict[str, Element] = field(default_factory=dict)  # by id
    parents: dict[Element, Element] = field(default_factory=dict)
    order: dict[Element, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Read the document."""
        notes = {note.calls[0]: note.body for note in self.document.notes if note.calls}
        self.elements = {note.id: note.body for note in self.document.notes}
        for element in _in_reading_order(self.document.body, notes):
            self.order[element] = len(self.order)
            if name := element.get("id"):
                self.elements.setdefault(name, element)
        self.trees = [self.document.body, *(note.body for note in self.document.notes)]
        for tree in self.trees:
            self.parents.update(parents_of(tree))

    def find(self, problem: Problem) -> _Place | None:
        """Return the place of a problem in the document, or None."""
        name = problem.about or self._id_before(problem.span)
        element = self.elements.get(name)
        if element is None:
            return None
        scopes = list(self._scopes(element)) or [element]
        for scope in scopes:
            runs = list(_runs(scope))
            offset = self._offset_in(runs, name, problem.span)
            if offset is not None:
                return self._place(scope, runs, offset)
        return self._place(scopes[0], list(_runs(scopes[0])), 0)

    def find_in_lines(
        self, problem: Problem, lines: Mapping[int, Element]
    ) -> _Place | None:
        """Return the place of a problem in a line that is listed, or None."""
        span = problem.span
        if span is None or span.line not in lines:
            return None
        line = lines[span.line]
        runs = list(_runs(line)) or [TextRun(line, line, tail=False, text="")]
        end = span.column - 1 + span.length if span.column else 0
        length = sum(len(run.text) for run in runs)
        offset = min(end, length)
        insert = _insert_at(runs, offset, {})
        return _Place((len(self.order) + span.line, offset), insert)

    def _id_before(self, span: Span | None) -> str:
        """Return the last id at a place of the file or before it, or "".

        In a note that is never called there is none.
        """
        if span is None or span.line < self.typed.first:
            return ""
        here = (span.line, span.column or 1)
        before = [
            (place, name)
            for name, place in self.places.items()
            if place <= here and name in self.elements
        ]
        if not before:
            return next(filter(None, (each.get("id") for each in self.order)), "")
        (line, _), name = max(before)
        rows = map(self.typed.row, range(line + 1, span.line + 1))
        return "" if any(map(DEFINITION.match, rows)) else name

    def _scopes(self, element: Element) -> Iterator[Element]:
        """Yield the block around an element, and what is around it in the tree."""
        around: Element | None = element
        while around is not None:
            is_block = around.tag in BLOCK_ELEMENTS or around not in self.parents
            if is_block and around is not self.document.body:
                yield around
            around = self.parents.get(around)

    def _offset_in(
        self, runs: Sequence[TextRun], name: str, span: Span | None
    ) -> int | None:
        """Return the character behind which a mark belongs, or None."""
        if span is None or not span.column:
            return None
        text = "".join(run.text for run in runs).translate(TYPED_SIGNS)
        before = self._typed_before(name, span.line, span.column)
        start = span.column - 1
        token = self.typed.row(span.line)[start : start + span.length]
        offset = _end_of_token(token, before, text)
        if offset is None:
            offset = _end_of_words(before, text)
        return offset

    def _typed_before(self, name: str, line: int, column: int) -> str:
        """Return what was typed from an id to a place."""
        first, first_column = self.places.get(name, (line, 1))
        if not first <= line:
            first, first_column = line, 1
        rows = [self.typed.row(number) for number in range(first, line + 1)]
        rows[-1] = rows[-1][: column - 1]
        rows[0] = rows[0][max(0, first_column - 1) :]
        return "\n".join(rows).translate(TYPED_SIGNS)

    def _place(self, scope: Element, runs: Sequence[TextRun], offset: int) -> _Place:
        """Return the place of a character; before a picture or a rule if it has none."""
        order = (self.order.get(scope, 0), offset)
        if runs:
            insert = _insert_at(runs, offset, self.parents)
            return _Place(order, insert)
        closed = (each for each in scope.iter() if local_name(each) in CLOSED_ELEMENTS)
        target = next(closed, scope)
        if target in self.parents:
            return _Place(order, _in_paragraph(target, self.parents))
        return _Place(order, lambda mark: scope.insert(0, mark))


def _in_reading_order(
    tree: Element, notes: Mapping[str, Element], seen: set[str] | None = None
) -> Iterator[Element]:
    """Yield the elements of a tree, and those of each note behind its first call."""
    seen = set() if seen is None else seen
    for element in tree.iter():
        yield element
        call = element.get("id", "")
        if call in notes and call not in seen:
            seen.add(call)
            yield from _in_reading_order(notes[call], notes, seen)


def _runs(element: Element) -> Iterator[TextRun]:
    """Yield the texts in an element that a mark can be put into, in order."""
    if is_call(element) or is_mark(element) or element.tag == "del":
        return
    if local_name(element) in CLOSED_ELEMENTS:
        return
    has_words = element.tag not in STRUCTURES
    if element.text and has_words and _is_text_of(element, element.text):
        yield TextRun(element, element, tail=False, text=element.text)
    for child in element:
        yield from _runs(child)
        if child.tail and has_words and _is_text_of(element, child.tail):
            yield TextRun(child, element, tail=True, text=child.tail)


def _is_text_of(element: Element, text: str) -> bool:
    """Return whether a text is more than the space between blocks."""
    return bool(text.strip()) or not any(
        child.tag in BLOCK_ELEMENTS for child in element
    )


def _end_of_token(token: str, before: str, text: str) -> int | None:
    """Return the end of a typed token in a text, or None.

    If the token was typed before, the same number of places is passed over.
    """
    token = token.translate(TYPED_SIGNS)
    if len(token.strip()) < 2 or token not in text:
        return None
    passed = min(before.count(token), text.count(token) - 1)
    start = text.index(token)
    for _ in range(passed):
        start = text.index(token, start + len(token))
    return start + len(token)


def _end_of_words(before: str, text: str) -> int | None:
    """Return where the last words that were typed before a place end in a text."""
    typed = WORD.findall(before)
    shown = list(WORD.finditer(text))
    words = [match[0] for match in shown]
    for count in range(min(MAX_WORDS, len(typed)), 0, -1):
        wanted = typed[-count:]
        for start in range(len(words) - count + 1):
            if words[start : start + count] == wanted:
                return shown[start + count - 1].end()
    return None


def _insert_at(
    runs: Sequence[TextRun], offset: int, parents: Mapping[Element, Element]
) -> InsertMark:
    """Return how to insert a mark behind a number of characters."""
    for run in runs:
        if offset <= len(run.text):
            break
        offset -= len(run.text)
    phrase = _outermost_phrase(run.parent if run.tail else run.node, parents)
    if phrase is not None:
        tail = TextRun(phrase, parents[phrase], tail=True, text=phrase.tail or "")
        return insert_into_run(tail, 0, dict(parents))
    return insert_into_run(run, min(offset, len(run.text)), dict(parents))


def _outermost_phrase(
    element: Element, parents: Mapping[Element, Element]
) -> Element | None:
    """Return the outermost phrase around a text that takes no mark in it, or None."""
    found = None
    while element in parents and element.tag not in BLOCK_ELEMENTS:
        is_box = element.get("class") in BOXES
        if is_box or element.tag in CLOSED_PHRASES:
            found = element
        element = parents[element]
    return found


def _in_paragraph(target: Element, parents: dict[Element, Element]) -> InsertMark:
    """Return how to insert a mark before an element, in a paragraph if it needs one."""
    insert = insert_before(target, parents)
    if target.tag not in BLOCK_ELEMENTS:
        return insert

    def insert_paragraph(mark: Element) -> None:
        paragraph = Element("p", {"class": f"{MARK}-alone"})
        paragraph.append(mark)
        insert(paragraph)

    return insert_paragraph
