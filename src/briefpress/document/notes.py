"""Notes: every call finds its note, and the numbers run in the order in which a reader meets them.

A note called from a note comes behind its caller and before the next call of the body: at the foot of the page it
is set behind it, so its number is the next. Two notes called from one note come in the order of their calls, and what
these call in turn comes behind both.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from briefpress.document.context import ParseContext
from briefpress.document.files import nearest
from briefpress.document.positions import CALLS
from briefpress.document.scanner import NoteDefinition
from briefpress.model import Note
from briefpress.problems import Span
from briefpress.xhtml import is_call, remove


def unique_definitions(context: ParseContext) -> dict[str, NoteDefinition]:
    """Return the notes by label, the first of each, and say which are written twice."""
    found: dict[str, NoteDefinition] = {}
    for note in context.source.notes:
        if note.label in found:
            first = found[note.label].span.line
            context.error(
                "N03",
                f"note [^{note.label}] is written twice",
                note.span,
                f"line {first} has the first; rename one",
            )
        else:
            found[note.label] = note
    return found


def insert_calls(root: Element, context: ParseContext) -> None:
    """Put a call in place of each call's character; in code, and in attributes, put back what the author wrote."""
    stack = [root]
    while stack:
        element = stack.pop()
        stack += list(element)
        for key, value in element.attrib.items():
            if CALLS.search(value) and (element.tag, key) != ("img", "title"):
                element.set(key, _from_attribute(element, key, value, context))
        if element.tag in ("code", "kbd", "samp", "var"):
            _restore(element, context)
    for element in list(root.iter()):
        _split(element)


def _from_attribute(
    element: Element, key: str, value: str, context: ParseContext
) -> str:
    """Return an attribute without calls: nobody could follow them there."""
    if (element.tag, key) != ("img", "alt"):
        return context.marks.as_written(value)
    label, span = context.marks.call(CALLS.findall(value)[0])
    context.error(
        "N06",
        f"call [^{label}] in an alternative text",
        span,
        "move it to the headline or to the text",
    )
    return CALLS.sub("", value)


def _restore(code: Element, context: ParseContext) -> None:
    """Put back what the author wrote in code."""
    for element in code.iter():
        element.text = context.marks.as_written(element.text) if element.text else None
        if element is not code and element.tail:
            element.tail = context.marks.as_written(element.tail)


def _split(element: Element) -> None:
    """Turn the call characters in the texts of an element's own into calls."""
    if not CALLS.search(element.text or "") and not any(
        CALLS.search(child.tail or "") for child in element
    ):
        return
    children: list[Element] = []
    for child in (None, *element):
        text = (element.text if child is None else child.tail) or ""
        calls = CALLS.findall(text)
        pieces = CALLS.split(text)
        if child is None:
            element.text = pieces[0]
        else:
            child.tail = pieces[0]
            children.append(child)
        for character, piece in zip(calls, pieces[1:], strict=True):
            call = Element("a", {"class": "call", "data-call": str(ord(character))})
            call.tail = piece
            children.append(call)
    element[:] = children


def move_calls_out_of_links(root: Element) -> None:
    """Move each call that stands in a link right behind it: a link in a link is no XHTML, and leads nowhere."""
    for parent in list(root.iter()):
        for link in [
            child for child in parent if child.tag == "a" and not is_call(child)
        ]:
            inside = [
                (above, call)
                for above in link.iter()
                for call in above
                if is_call(call)
            ]
            for above, call in reversed(inside):
                remove(above, call)
                call.tail, link.tail = link.tail, None
                parent.insert(list(parent).index(link) + 1, call)


@dataclass(slots=True)
class NoteNumbering:
    """The notes as they are numbered, in a walk over the calls of the body and of the notes themselves."""

    context: ParseContext
    written: dict[str, NoteDefinition]
    make: Callable[[NoteDefinition], Element]  # a definition to the note's body
    numbers: dict[str, int] = field(default_factory=dict)
    bodies: dict[str, Element] = field(default_factory=dict)
    calls: dict[str, list[str]] = field(default_factory=dict)

    def run(self, body: Element) -> tuple[Note, ...]:
        """Number every call, and return the notes in order."""
        for call in [element for element in body.iter() if is_call(element)]:
            waiting = deque(self.number(call))
            while waiting:
                for inner in [
                    element for element in waiting.popleft().iter() if is_call(element)
                ]:
                    waiting.extend(self.number(inner))
        self.tell_unused()
        return tuple(
            Note(k, n, self.bodies[k], tuple(self.calls[k]))
            for k, n in self.numbers.items()
        )

    def number(self, call: Element) -> list[Element]:
        """Give a call its number. Returns the note's body when this is its first call, to be walked in its turn."""
        label, span = self.context.marks.call(chr(int(call.attrib.pop("data-call"))))
        if label not in self.written:
            self.tell_undefined(label, span)
            call.attrib.clear()
            call.tag, call.text = "span", f"[^{label}]"
            return []
        first = label not in self.numbers
        number = self.numbers.setdefault(label, len(self.numbers) + 1)
        calls = self.calls.setdefault(label, [])
        name = f"call-{number}" if first else f"call-{number}-{len(calls) + 1}"
        calls.append(name)
        call.attrib.update(
            {"id": name, "href": f"#note-{number}", "role": "doc-noteref"}
        )
        call.text = str(number)
        self.context.places[call] = (span.line, span.column)
        if first:
            self.bodies[label] = self.make(self.written[label])
        return [self.bodies[label]] if first else []

    def tell_undefined(self, label: str, span: Span) -> None:
        """Say that a call has no note, and which note was likely meant."""
        near = nearest(label, sorted(self.written))
        if near.casefold() == label.casefold():
            message = f"call [^{label}] and note [^{near}] differ in capital letters"
            self.context.error(
                "N05",
                message,
                span,
                f"call [^{near}], the note on line {self.written[near].span.line}",
            )
            return
        fix = f"add a line `[^{label}]: …`"
        fix += (
            f", or call [^{near}], the note on line {self.written[near].span.line}"
            if near
            else ""
        )
        self.context.error("N02", f"call [^{label}] has no note", span, fix)

    def tell_unused(self) -> None:
        """Say which notes nobody calls."""
        for label, note in self.written.items():
            if label not in self.numbers:
                fix = f"call it as [^{label}], or take it out"
                self.context.warn(
                    "N04", f"note [^{label}] is never called", note.span, fix
                )
