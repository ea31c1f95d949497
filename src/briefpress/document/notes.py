"""Notes: every call gets its note, and numbers follow the order of reading.

A note that is called from a note follows its caller, before the next call of the body:
in print it comes after its caller at the foot of the page. Notes called from one note
follow in the order of their calls, and the notes that these call come after them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from markdown_it.token import Token

from briefpress.document.block_rules import NoteTokens
from briefpress.document.context import Call, ParseContext
from briefpress.document.inline_rules import call_label
from briefpress.document.token_tree import CALL
from briefpress.model import Note
from briefpress.problems import Span
from briefpress.xhtml import is_call, remove

MISSING_NOTE = "missing-note"  # the class of a call without a note, for proofs


@dataclass(frozen=True, slots=True)
class NoteDefinition:
    """A note as it is written."""

    label: str
    span: Span
    tokens: list[Token]
    is_inline: bool = False  # written where it is called


def definition_of(note: NoteTokens, context: ParseContext) -> NoteDefinition:
    """Return the definition of a note that Markdown has read."""
    source = context.source
    line = source.first_line + note.line
    span = source.span(line, note.column, len(note.markup))
    is_inline = note.markup == "^["
    return NoteDefinition(note.label, span, note.tokens, is_inline=is_inline)


def unique_definitions(
    notes: Iterable[NoteTokens], context: ParseContext
) -> dict[str, NoteDefinition]:
    """Return the notes by label; report labels that are defined twice."""
    definitions: dict[str, NoteDefinition] = {}
    for tokens in notes:
        note = definition_of(tokens, context)
        first = definitions.setdefault(note.label, note)
        if first is not note:
            message = f"note [^{note.label}] is defined twice"
            fix = f"rename one of them; the first is on line {first.span.line}"
            context.error("N03", message, note.span, fix=fix)
    return definitions


def insert_calls(root: Element, context: ParseContext) -> None:
    """Make calls of the elements that mark them. Report calls in alternative texts."""
    for element in root.iter():
        number = element.get(CALL, "")
        if element.tag == "img" and number:
            del element.attrib[CALL]
            _report_call_in_picture(int(number), context)
        elif number:
            element.tag = "a"
            element.attrib.clear()
            element.attrib.update({"class": "call", CALL: number})


def move_calls_out_of_links(root: Element) -> None:
    """Move each call in a link directly after it: XHTML has no links within links."""
    for parent in list(root.iter()):
        links = [child for child in parent if child.tag == "a"]
        for link in links:
            if not is_call(link):
                _move_calls(parent, link)


@dataclass(slots=True)
class NoteNumbering:
    """Numbers notes in the order of their first calls."""

    context: ParseContext
    definitions: dict[str, NoteDefinition]
    inline_notes: Mapping[str, NoteTokens]
    make_body: Callable[[NoteDefinition], Element]
    numbers: dict[str, int] = field(default_factory=dict)  # by label, in order
    bodies: dict[str, Element] = field(default_factory=dict)
    calls: dict[str, list[str]] = field(default_factory=dict)  # the ids of the calls
    spans: dict[str, Span] = field(default_factory=dict)  # of the definitions

    def run(self, body: Element) -> tuple[Note, ...]:
        """Number every call in the body and in the notes; return the notes in order."""
        for call in _calls_in(body):
            waiting = deque(self._number_call(call))
            while waiting:
                note_body = waiting.popleft()
                for inner_call in _calls_in(note_body):
                    new_bodies = self._number_call(inner_call)
                    waiting.extend(new_bodies)
        self._report_unused()
        notes = []
        for label, number in self.numbers.items():
            note_body = self.bodies[label]
            calls = tuple(self.calls[label])
            note = Note(label, number, note_body, calls)
            notes.append(note)
        return tuple(notes)

    def _number_call(self, call: Element) -> list[Element]:
        """Number a call. Return the body of its note, if this is the first call."""
        index = int(call.attrib.pop(CALL))
        found = self.context.calls[index]
        span = _span_of_call(found, self.context)
        definition = self.find_definition(found.label, span)
        if definition is None:
            call.attrib.clear()
            call.set("class", MISSING_NOTE)
            call.tag = "span"
            call.text = found.markup
            return []
        label = definition.label
        is_first = label not in self.numbers
        if is_first:
            self.numbers[label] = len(self.numbers) + 1
            self.calls[label] = []
            self.spans[label] = definition.span
        self._complete_call(call, label)
        self.context.positions[call] = span.line, span.column
        if not is_first:
            return []
        body = self.make_body(definition)
        self.bodies[label] = body
        return [body]

    def _complete_call(self, call: Element, label: str) -> None:
        """Give a call its number, its id and the link to its note."""
        number = self.numbers[label]
        calls = self.calls[label]
        call_id = f"call-{number}"
        if calls:
            count = len(calls) + 1
            call_id = f"{call_id}-{count}"
        calls.append(call_id)
        call.set("id", call_id)
        call.set("href", f"#note-{number}")
        call.set("role", "doc-noteref")
        call.text = str(number)

    def find_definition(self, label: str, span: Span) -> NoteDefinition | None:
        """Return the note of a call. Report a call without one, or in other letters."""
        if label in self.inline_notes:
            tokens = self.inline_notes[label]
            return definition_of(tokens, self.context)
        if label in self.definitions:
            return self.definitions[label]
        same = call_label(label)
        for definition in self.definitions.values():
            if call_label(definition.label) == same:
                self._report_other_case(label, definition, span)
                return definition
        self._report_undefined(label, span)
        return None

    def _report_other_case(
        self, label: str, definition: NoteDefinition, span: Span
    ) -> None:
        """Report a call that differs from its note in capital letters or spaces."""
        near = definition.label
        line = definition.span.line
        message = f"call [^{label}] and note [^{near}] differ in capital letters"
        fix = f"call [^{near}], which is defined on line {line}"
        self.context.warn("N05", message, span, fix=fix)

    def _report_undefined(self, label: str, span: Span) -> None:
        """Report a call without a note, and the note that was probably meant."""
        message = f"call [^{label}] has no note"
        fix = f"add a line `[^{label}]: …`"
        near = self.context.closest("N02", label, self.definitions)
        is_listed = not self.context.problems.is_full("N02")
        if is_listed and (line := self.context.line_that_begins_with(f"[^{label}]")):
            fix = f"put a colon behind `[^{label}]` in line {line}: `[^{label}]: …`"
        elif near:
            line = self.definitions[near].span.line
            fix += f", or call [^{near}], which is defined on line {line}"
        self.context.error("N02", message, span, fix=fix)

    def _report_unused(self) -> None:
        """Report the notes that are never called."""
        for label, note in self.definitions.items():
            if label in self.numbers:
                continue
            message = f"note [^{label}] is never called"
            fix = f"call it as [^{label}], or remove it"
            self.context.warn("N04", message, note.span, fix=fix)


def _calls_in(tree: Element) -> list[Element]:
    return [element for element in tree.iter("a") if is_call(element)]


def _report_call_in_picture(number: int, context: ParseContext) -> None:
    """Report a call in the alternative text of a picture."""
    call = context.calls[number]
    message = f"call {call.markup} is in an alternative text"
    fix = "move it to the headline or to the text"
    span = _span_of_call(call, context)
    context.error("N06", message, span, fix=fix)


def _span_of_call(call: Call, context: ParseContext) -> Span:
    """Return the span of a call in the brief."""
    length = len(call.markup)
    return context.source.span(call.line, call.column, length)


def _move_calls(parent: Element, link: Element) -> None:
    """Move the calls in a link after it, in their order."""
    inside: list[tuple[Element, Element]] = []
    for call_parent in link.iter():
        inside += [(call_parent, call) for call in call_parent if is_call(call)]
    behind_link = list(parent).index(link) + 1
    for call_parent, call in reversed(inside):
        remove(call_parent, call)
        call.tail = link.tail
        link.tail = None
        parent.insert(behind_link, call)
