"""The body and its notes as one tree for print: calls in place, the notes behind the body, linked both ways.

A note that stood within the text would take the heading's bold or the quotation's italics with it. So the notes stand
together in a `<div class="notes">` behind the body, inherit what the page gives to everything, and `mends` hangs each
on its first call when the boxes are made.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

from briefpress.model import Document, Note
from briefpress.problems import BriefpressError, Problem


@dataclass(slots=True)
class PrintTree:
    """A body set for print, and the page that it is set in."""

    body: Element  # a <div>: the blocks of the body, then the notes
    store: Element  # the <div> that holds the notes
    sign: (
        Element  # an empty <fn-sign>, with which a foot begins that goes on with a note
    )
    notes: dict[
        Element, Element
    ]  # the element of each first call to the element of its note, in the order of calls
    nested: frozenset[Element]  # those of the calls that stand in a note
    root: Element  # the body, until `graft` puts it into a page

    def put_into(self, page: Element) -> None:
        """Put body and notes into the slot of a theme's page. Raises `BriefpressError` when it has none."""
        slot = next(
            (each for each in page.iter("div") if each.get("data-slot") == "body"), None
        )
        if slot is None:
            raise BriefpressError(
                Problem(
                    "T06",
                    'the theme\'s print.html.j2 has no <div data-slot="body"></div>',
                )
            )
        del slot.attrib["data-slot"]
        slot.text, slot[:] = self.body.text, list(self.body)
        self.body, self.root = slot, next(page.iter("body"), slot)
        if said := self.root.get("data-continued"):
            self.sign.set(
                "data-continued", said
            )  # `content: attr()` reads the element's own


def build_print_tree(document: Document) -> PrintTree:
    """Return the body and the notes of a document as one tree. The document is left as it is."""
    body = copy.deepcopy(document.body)
    store = Element("div", {"class": "notes"})
    store.extend([_foot(note) for note in document.notes])
    body.append(store)
    calls = {
        call.get("id"): call for call in body.iter("a") if call.get("class") == "call"
    }
    nested = frozenset(call for call in store.iter("a") if call.get("class") == "call")
    for row in body.iter("tr"):
        if any(each.get("class") == "call" for each in row.iter("a")):
            row.set(
                "data-calls", ""
            )  # kept on one page, or calls in its last cell would come too early
    _wrap_calls(body)
    feet = zip(document.notes, store, strict=True)
    notes = {
        calls[note.calls[0]]: foot
        for note, foot in feet
        if note.calls and note.calls[0] in calls
    }
    sign = SubElement(store, "fn-sign")
    return PrintTree(body, store, sign, notes, nested, body)


def _wrap_calls(parent: Element) -> None:
    """Wrap each call in an element of its own, which becomes a `Reference` tag in the PDF."""
    for index, child in enumerate(parent):
        if child.tag == "a" and child.get("class") == "call":
            wrapper = Element("fn-call")
            wrapper.append(child)
            wrapper.tail, child.tail = child.tail, None
            parent[index] = wrapper
        else:
            _wrap_calls(child)


def _foot(note: Note) -> Element:
    """Return a note as it stands at the foot: its number, a link back to the call, and what it says."""
    foot = Element("fn-note", {"class": "fn", "id": note.id})
    content = copy.deepcopy(note.body)
    if (content.text or "").strip() or not len(content) or content[0].tag != "p":
        lead = Element(
            "p"
        )  # a box without an element of its own would be tagged as a note in the note
        lead.text, content.text = content.text, None
        content.insert(0, lead)
    label = Element("fn-mark")
    mark = SubElement(
        label,
        "a",
        {"class": "mark", "href": f"#{note.calls[0]}" if note.calls else "#"},
    )
    mark.text = str(note.number)
    label.tail, content[0].text = " " + (content[0].text or "").lstrip(), None
    content[0].insert(0, label)
    foot.extend(content)
    return foot
