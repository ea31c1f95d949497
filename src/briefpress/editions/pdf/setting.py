"""The notes set at the foot: each beside its first call, linked both ways, under our own numbers.

`float: footnote` would number every note it meets, so a second call is a link to the first note.
"""

from __future__ import annotations

import copy
from xml.etree.ElementTree import Element

from briefpress.model import Document, Note

BLOCKS_OF_TEXT = frozenset({"p"})


def set_at_foot(document: Document) -> Element:
    """Return the body with each note behind its first call. The document is left as it is."""
    body = copy.deepcopy(document.body)
    notes = {note.calls[0]: note for note in document.notes if note.calls}
    _place(body, notes)
    return body


def _place(parent: Element, notes: dict[str, Note]) -> None:
    """Put the notes called in `parent` behind their first calls; notes may call notes."""
    for index in range(len(parent) - 1, -1, -1):
        child = parent[index]
        _place(child, notes)
        note = notes.get(child.get("id", "")) if child.get("class") == "call" else None
        if note is None:
            continue
        foot = _foot(note)
        _place(foot, notes)
        foot.tail, child.tail = child.tail, None
        parent.insert(index + 1, foot)


def _foot(note: Note) -> Element:
    """Return a note as it stands at the foot: its number, a link back to the call, and what it says."""
    foot = Element("span", {"class": "fn", "id": note.id})
    mark = Element("a", {"class": "mark", "href": f"#{note.calls[0]}"})
    mark.text = str(note.number)
    content = copy.deepcopy(note.body)
    first = content[0] if len(content) and not (content.text or "").strip() else None
    host = first if first is not None and first.tag in BLOCKS_OF_TEXT else foot
    mark.tail, host.text = " " + (host.text or "").lstrip(), None
    host.insert(0, mark)
    if host is foot:
        mark.tail = " " + (content.text or "").lstrip()
    foot.extend(content)
    return foot
