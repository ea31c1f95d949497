"""Numbered marks in a document: each problem of a brief, at its place.

Problems know an id of the document, or a line of the brief's file. A mark is put behind
the words that the line shows there. The lines of the front matter are not part of a
document, so they are listed as they were typed, with marks of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
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
from briefpress.model import Document, Note, Places
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

    def token(self, span: Span) -> str:
        """Return what was typed at a place."""
        start = span.column - 1
        end = start + span.length
        return self.row(span.line)[start:end]


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
    document = deepcopy(document)
    listing = deepcopy(listing)
    finder = _PlaceFinder(document, places, typed, _lines_by_number(listing))
    found: list[_PlacedProblem] = []
    others: list[Problem] = []
    for problem in problems:
        place = finder.find(problem)
        if place is None:
            others.append(problem)
        else:
            found.append(_PlacedProblem(place, problem))
    found.sort(key=lambda placed: placed.place.order)
    marks = []
    for number, placed in enumerate(found, 1):
        marks.append(Mark(number, placed.problem, is_placed=True))
    for number, problem in enumerate(others, len(found) + 1):
        marks.append(Mark(number, problem, is_placed=False))
    # From last to first: places in the unmarked text stay valid.
    for number in reversed(range(len(found))):
        element = mark_element(marks[number])
        found[number].place.insert(element)
    return MarkedDocument(document, tuple(marks), listing)


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
    attributes = {"class": f"proof-message {severity}", "lang": "en", "dir": "ltr"}
    message = Element(tag, attributes)
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
    for note in labelled.notes:
        picture = next(note.body.iter("img"), None)
        if not text_of(note.body) and picture is None:
            _fill_note(note)
    for tree in _trees(labelled):
        for element in tree.iter("span"):
            if element.get("class") == MISSING_NOTE:
                element.set("data-label", label)
    return labelled


def _fill_note(note: Note) -> None:
    """Put a box into a note without words."""
    paragraph = Element("p")
    box = SubElement(paragraph, "span", {"class": MISSING_NOTE})
    box.text = f"[^{note.label}]"
    note.body[:] = [paragraph]


def _trees(document: Document) -> list[Element]:
    """Return the body of a document, and those of its notes."""
    bodies = [note.body for note in document.notes]
    return [document.body, *bodies]


def lines_near(typed: TypedText, problems: Iterable[Problem]) -> list[int]:
    """Return the numbers of the first lines of a file, and of those near problems."""
    wanted = set(range(1, FIRST_LINES + 1))
    for problem in problems:
        if problem.span is None or not problem.span.line:
            continue
        first = problem.span.line - LINES_AROUND
        last = problem.span.line + LINES_AROUND
        wanted.update(range(first, last + 1))
    existing = range(1, len(typed.rows) + 1)
    return sorted(wanted.intersection(existing))


def line_element(number: int, row: str) -> Element:
    """Return the paragraph of a line that is listed."""
    line = Element("p", {NUMBER: str(number)})
    line.text = row
    if len(row) > LONGEST_LINE:
        beginning = row[:LONGEST_LINE]
        line.text = f"{beginning}…"
    return line


def list_lines(lines: Iterable[Element]) -> Element | None:
    """Return a list of lines; a sign stands for those that are left out between them."""
    listing = Element("div", {"class": "proof-source", "dir": "ltr"})
    last = 0
    for line in lines:
        number = int(line.get(NUMBER, last))
        if last and number > last + 1:
            gap = SubElement(listing, "p", {"class": "proof-gap"})
            gap.text = "…"
        last = number
        listing.append(line)
    return listing if len(listing) else None


def _lines_by_number(listing: Element | None) -> dict[int, Element]:
    """Return the lines of a list by number."""
    lines: dict[int, Element] = {}
    for line in listing if listing is not None else ():
        number = line.get(NUMBER)
        if number:
            lines[int(number)] = line
    return lines


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a mark is put."""

    order: tuple[int, int]  # the element in the order of reading, and the character
    insert: InsertMark


@dataclass(frozen=True, slots=True)
class _PlacedProblem:
    """A problem that has a place."""

    place: _Place
    problem: Problem


@dataclass(slots=True)
class _PlaceFinder:
    """Finds the places of problems in a document without marks."""

    document: Document
    places: Places
    typed: TypedText
    lines: Mapping[int, Element]  # that are listed, by number
    elements: dict[str, Element] = field(default_factory=dict)  # by id
    parents: dict[Element, Element] = field(default_factory=dict)
    order: dict[Element, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Read the document."""
        notes: dict[str, Element] = {}
        for note in self.document.notes:
            self.elements[note.id] = note.body
            for call in note.calls[:1]:
                notes[call] = note.body
        for element in _in_reading_order(self.document.body, notes):
            self.order[element] = len(self.order)
            name = element.get("id")
            if name:
                self.elements.setdefault(name, element)
        for tree in _trees(self.document):
            self.parents.update(parents_of(tree))

    def find(self, problem: Problem) -> _Place | None:
        """Return the place of a problem, or None."""
        span = problem.span
        if span is not None and span.line in self.lines:
            return self._place_in_line(span)
        name = problem.about
        if not name and span is not None:
            name = self._id_before(span)
        if name not in self.elements:
            return None
        element = self.elements[name]
        scopes = list(self._scopes(element)) or [element]
        texts = [_Text(scope) for scope in scopes]
        if span is not None and span.column:
            before = self._typed_before(name, span)
            token = self.typed.token(span)
            for text in texts:
                offset = _end_of_token(token, before, text.characters)
                if offset is not None:
                    return self._place(text, offset)
            for text in texts:
                offset = _end_of_words(before, text.characters)
                if offset is not None:
                    return self._place(text, offset)
        return self._place(texts[0], 0)

    def _place_in_line(self, span: Span) -> _Place:
        """Return a place in a line that is listed."""
        line = self.lines[span.line]
        text = _Text(line)
        end = span.column - 1 + span.length if span.column else 0
        offset = min(end, len(text.characters))
        order = (len(self.order) + span.line, offset)
        if not text.runs:
            return _Place(order, lambda mark: line.insert(0, mark))
        return _Place(order, _insert_at(text, offset, {}))

    def _id_before(self, span: Span) -> str:
        """Return the last id at a place of the file or before it, or "".

        In a note that is never called there is none.
        """
        if span.line < self.typed.first:
            return ""
        here = (span.line, span.column or 1)
        last = (0, 0)
        found = ""
        for name, place in self.places.items():
            if last <= place <= here and name in self.elements:
                last = place
                found = name
        if not found:
            return self._first_id()
        line, _ = last
        for number in range(line + 1, span.line + 1):
            row = self.typed.row(number)
            if DEFINITION.match(row):
                return ""
        return found

    def _first_id(self) -> str:
        """Return the first id of the document, or ""."""
        names = (element.get("id") for element in self.order)
        return next(filter(None, names), "")

    def _scopes(self, element: Element) -> Iterator[Element]:
        """Yield the block around an element, and what is around it in the tree."""
        around: Element | None = element
        while around is not None and around is not self.document.body:
            is_note = around not in self.parents
            if is_note or around.tag in BLOCK_ELEMENTS:
                yield around
            around = self.parents.get(around)

    def _typed_before(self, name: str, span: Span) -> str:
        """Return what was typed from an id to a place."""
        first, column = self.places.get(name, (span.line, 1))
        if first > span.line:
            first, column = span.line, 1
        numbers = range(first, span.line + 1)
        rows = [self.typed.row(number) for number in numbers]
        rows[-1] = rows[-1][: span.column - 1]
        rows[0] = rows[0][max(0, column - 1) :]
        return "\n".join(rows).translate(TYPED_SIGNS)

    def _place(self, text: _Text, offset: int) -> _Place:
        """Return the place of a character; before a picture if there are no words."""
        scope = text.element
        order = (self.order.get(scope, 0), offset)
        if text.runs:
            return _Place(order, _insert_at(text, offset, self.parents))
        target = scope
        for element in scope.iter():
            if local_name(element) in CLOSED_ELEMENTS:
                target = element
                break
        if target in self.parents:
            return _Place(order, _in_paragraph(target, self.parents))
        return _Place(order, lambda mark: scope.insert(0, mark))


class _Text:
    """The words of an element that a mark can be put into."""

    def __init__(self, element: Element) -> None:
        self.element = element
        self.runs = list(_runs(element))
        words = "".join(run.text for run in self.runs)
        self.characters = words.translate(TYPED_SIGNS)


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
    if element.text and _has_words(element, element.text):
        yield TextRun(element, element, tail=False, text=element.text)
    for child in element:
        yield from _runs(child)
        if child.tail and _has_words(element, child.tail):
            yield TextRun(child, element, tail=True, text=child.tail)


def _has_words(element: Element, text: str) -> bool:
    """Return whether a text in an element is more than the space between blocks."""
    if element.tag in STRUCTURES:
        return False
    if text.strip():
        return True
    return all(child.tag not in BLOCK_ELEMENTS for child in element)


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
    most = min(MAX_WORDS, len(typed))
    for count in range(most, 0, -1):
        wanted = typed[-count:]
        for end in range(count, len(words) + 1):
            if words[end - count : end] == wanted:
                return shown[end - 1].end()
    return None


def _insert_at(
    text: _Text, offset: int, parents: Mapping[Element, Element]
) -> InsertMark:
    """Return how to insert a mark behind a number of characters."""
    for run in text.runs:
        if offset <= len(run.text):
            break
        offset -= len(run.text)
    inside = run.parent if run.tail else run.node
    phrase = _outermost_phrase(inside, parents)
    if phrase is not None:
        run = TextRun(phrase, parents[phrase], tail=True, text=phrase.tail or "")
        offset = 0
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
