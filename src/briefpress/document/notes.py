"""Notes: every call gets its note, and numbers follow the order of reading.

A note that is called from a note follows its caller, before the next call of the body:
in print it comes after its caller at the foot of the page. Notes called from one note
follow in the order of their calls, and the notes that these call come after them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from re import Match
from xml.etree.ElementTree import Element

from briefpress.document.context import ParseContext
from briefpress.document.positions import CALL_MARK
from briefpress.document.scanner import NoteDefinition
from briefpress.model import Note
from briefpress.problems import Span
from briefpress.xhtml import is_call, remove, replace_matches

_CODE_ELEMENTS = frozenset(("code", "kbd", "samp", "var"))


def unique_definitions(context: ParseContext) -> dict[str, NoteDefinition]:
    """Return the notes by label; report labels that are defined twice."""
    definitions: dict[str, NoteDefinition] = {}
    for note in context.source.notes:
        first = definitions.setdefault(note.label, note)
        if first is not note:
            message = f"note [^{note.label}] is defined twice"
            fix = f"rename one of them; the first is on line {first.span.line}"
            context.error("N03", message, note.span, fix=fix)
    return definitions


def insert_calls(root: Element, context: ParseContext) -> None:
    """Insert a call for each mark. In code and attributes, restore what was written."""
    stack = [root]
    while stack:
        element = stack.pop()
        stack += list(element)
        _restore_attributes(element, context)
        if element.tag in _CODE_ELEMENTS:
            _restore_code(element, context)
    for element in list(root.iter()):
        replace_matches(element, CALL_MARK, _make_call)


def move_calls_out_of_links(root: Element) -> None:
    """Move each call in a link directly after it: XHTML has no links within links."""
    for parent in list(root.iter()):
        for link in list(parent):
            if link.tag == "a" and not is_call(link):
                _move_calls(parent, link)


@dataclass(slots=True)
class NoteNumbering:
    """Numbers notes in the order of their first calls."""

    context: ParseContext
    definitions: dict[str, NoteDefinition]
    make_body: Callable[[NoteDefinition], Element]
    numbers: dict[str, int] = field(default_factory=dict)  # by label, in order
    bodies: dict[str, Element] = field(default_factory=dict)
    calls: dict[str, list[str]] = field(default_factory=dict)  # the ids of the calls

    def run(self, body: Element) -> tuple[Note, ...]:
        """Number every call in the body and in the notes; return the notes in order."""
        for call in _calls_in(body):
            waiting = deque(self._number_call(call))
            while waiting:
                note_body = waiting.popleft()
                for inner_call in _calls_in(note_body):
                    waiting.extend(self._number_call(inner_call))
        self._report_unused()
        notes = []
        for label, number in self.numbers.items():
            calls = tuple(self.calls[label])
            notes.append(Note(label, number, self.bodies[label], calls))
        return tuple(notes)

    def _number_call(self, call: Element) -> list[Element]:
        """Number a call. Return the body of its note, if this is the first call."""
        character = chr(int(call.attrib.pop("data-call")))
        label, span = self.context.marks.call(character)
        definition = self.definitions.get(label)
        if definition is None:
            self._report_undefined(label, span)
            call.attrib.clear()
            call.tag = "span"
            call.text = f"[^{label}]"
            return []
        is_first = label not in self.numbers
        if is_first:
            self.numbers[label] = len(self.numbers) + 1
            self.calls[label] = []
        number = self.numbers[label]
        calls = self.calls[label]
        call_id = f"call-{number}"
        if not is_first:
            call_id = f"{call_id}-{len(calls) + 1}"
        calls.append(call_id)
        call.set("id", call_id)
        call.set("href", f"#note-{number}")
        call.set("role", "doc-noteref")
        call.text = str(number)
        self.context.positions[call] = span.line, span.column
        if not is_first:
            return []
        body = self.make_body(definition)
        self.bodies[label] = body
        return [body]

    def _report_undefined(self, label: str, span: Span) -> None:
        """Report a call without a note, and the note that was probably meant."""
        near = self.context.closest("N02", label, self.definitions)
        call_near = ""
        if near:
            line = self.definitions[near].span.line
            call_near = f"call [^{near}], which is defined on line {line}"
        if near.casefold() == label.casefold():
            message = f"call [^{label}] and note [^{near}] differ in capital letters"
            self.context.error("N05", message, span, fix=call_near)
            return
        fix = f"add a line `[^{label}]: …`"
        if near:
            fix += f", or {call_near}"
        self.context.error("N02", f"call [^{label}] has no note", span, fix=fix)

    def _report_unused(self) -> None:
        """Report the notes that are never called."""
        for label, note in self.definitions.items():
            if label not in self.numbers:
                message = f"note [^{label}] is never called"
                fix = f"call it as [^{label}], or remove it"
                self.context.warn("N04", message, note.span, fix=fix)


def _calls_in(tree: Element) -> list[Element]:
    return [element for element in tree.iter("a") if is_call(element)]


def _restore_attributes(element: Element, context: ParseContext) -> None:
    """Replace call marks in attributes by what was written: no call works there.

    The title of a picture keeps them, because it becomes a headline.
    """
    is_picture = element.tag == "img"
    for key, value in element.attrib.items():
        mark = CALL_MARK.search(value)
        if mark is None or (is_picture and key == "title"):
            continue
        if is_picture and key == "alt":
            label, span = context.marks.call(mark[0])
            message = f"call [^{label}] is in an alternative text"
            fix = "move it to the headline or to the text"
            context.error("N06", message, span, fix=fix)
            element.set(key, CALL_MARK.sub("", value))
        else:
            element.set(key, context.marks.as_written(value))


def _restore_code(code: Element, context: ParseContext) -> None:
    """Restore what was written in code."""
    for element in code.iter():
        if element.text:
            element.text = context.marks.as_written(element.text)
        if element is not code and element.tail:
            element.tail = context.marks.as_written(element.tail)


def _make_call(mark: Match[str]) -> Element:
    """Return a call without a number. `data-call` says which mark it was."""
    return Element("a", {"class": "call", "data-call": str(ord(mark[0]))})


def _move_calls(parent: Element, link: Element) -> None:
    """Move the calls in a link after it, in their order."""
    inside = [
        (call_parent, call)
        for call_parent in link.iter()
        for call in call_parent
        if is_call(call)
    ]
    for call_parent, call in reversed(inside):
        remove(call_parent, call)
        call.tail, link.tail = link.tail, None
        parent.insert(list(parent).index(link) + 1, call)
