"""Notes of a chapter: in the file of their calls, as reading systems want them for pop-ups.

A note is a `<div>`, for two reasons: some readers hide an `<aside epub:type="footnote">` and leave an empty
"Notes" heading, and ARIA lets a `<li>` be nothing but a list item.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from copy import deepcopy
from xml.etree.ElementTree import Element, SubElement

from briefpress.editions.pagemarks import EPUB_TYPE
from briefpress.model import Note
from briefpress.xhtml import by_id, is_call, parents_of, unwrap

BACK = "doc-backlink"


def set_calls(root: Element) -> None:
    """Mark every note call as one, in the words of EPUB and of ARIA."""
    for link in root.iter("a"):
        if is_call(link) or link.get("role") == "doc-noteref":
            link.set("role", "doc-noteref")
            link.set(EPUB_TYPE, "noteref")


def set_notes(root: Element, notes: Sequence[Note], words: Mapping[str, str]) -> None:
    """See that every note stands in the chapter, is marked as one, and leads back to each of its calls.

    The theme's template sets them; where it leaves one out, we set it at the slot for notes, or at the end.
    """
    printed = by_id(root)
    missing = [note for note in notes if note.id not in printed]
    if missing:
        place = _place(root)
        place.extend(_new_note(note) for note in missing)
        printed = by_id(root)
    parents = parents_of(root)
    for note in notes:
        element = printed[note.id]
        if element.tag != "div":
            parents[element].tag = (
                "div" if parents[element].tag in {"ol", "ul"} else parents[element].tag
            )
            element.tag = "div"
        element.attrib.update({"role": "doc-footnote", EPUB_TYPE: "footnote"})
        _lead_back(element, note, words, printed)


def _place(root: Element) -> Element:
    """Return the template's slot for notes; one of our own at the end when it has none."""
    for element in root.iter():
        if element.get("data-slot") == "notes":
            del element.attrib["data-slot"]
            return element
    article = next(
        (e for e in root.iter() if e.tag in {"article", "main", "body"}), root
    )
    return SubElement(article, "div", {"class": "notes"})


def _new_note(note: Note) -> Element:
    """Return a note that the template did not set: its number, and what it says."""
    element = deepcopy(note.body)
    element.tag, element.tail = "div", "\n"
    element.attrib.update({"id": note.id, "class": "note"})
    number = Element("p", {"class": "back"})
    link = SubElement(
        number, "a", {"href": f"#{note.calls[0]}" if note.calls else "#", "role": BACK}
    )
    link.text, number.tail, element.text = str(note.number), element.text, None
    element.insert(0, number)
    return element


def _lead_back(
    element: Element, note: Note, words: Mapping[str, str], printed: Container[str]
) -> None:
    """Give a note a way back to each of its calls, and to none that the template does not print."""
    calls = [call for call in note.calls if call in printed]
    parents = parents_of(element)
    ways = [link for link in element.iter("a") if link.get("role") == BACK]
    for link in ways:
        if link.get("href", "").removeprefix("#") not in calls:
            unwrap(parents[link], link)
    there = {link.get("href", "").removeprefix("#") for link in ways}
    last = element[-1] if len(element) and element[-1].tag == "p" else element
    for count, call in enumerate(calls, 1):
        if call in there:
            continue
        label = f"{words.get('back', '')} ({note.number}.{count})".strip()
        _add_text(last, "\u00a0")
        link = SubElement(
            last,
            "a",
            {"class": "again", "href": f"#{call}", "role": BACK, "aria-label": label},
        )
        link.text = f"{note.number}.{count}"


def _add_text(element: Element, text: str) -> None:
    """Add text at an element's end."""
    if len(element):
        element[-1].tail = (element[-1].tail or "") + text
    else:
        element.text = (element.text or "") + text
