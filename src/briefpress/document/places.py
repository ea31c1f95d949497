"""Where each id of a document stands in the brief's file. It stays beside the document, which knows no lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from xml.etree.ElementTree import Element

from briefpress.document.desk import Desk
from briefpress.document.script import Definition
from briefpress.model import Note, Places
from briefpress.xhtml import parents_of

_WHOLE = frozenset(("tr", "figure"))  # what stands in these is found where they begin


def places_of(
    body: Element, notes: Sequence[Note], written: Mapping[str, Definition], desk: Desk
) -> Places:
    """Return the places of all ids. An id whose line is not sure is left out."""
    places = {
        note.id: (written[note.label].span.line, written[note.label].span.column)
        for note in notes
    }
    for tree in (body, *(note.body for note in notes)):
        places.update(_in_tree(tree, desk))
    return places


def _in_tree(root: Element, desk: Desk) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield the ids of one tree with their places: their own, or else their first descendant's, or their row's."""
    order, parents = list(root.iter()), parents_of(root)
    found: dict[Element, tuple[int, int]] = {}
    for element in reversed(order):
        place = desk.places.get(element) or next(
            (found[child] for child in element if child in found), None
        )
        if place is not None and place[0]:
            found[element] = place
    for element in order:
        above: Element | None = element
        while above is not None and above not in found:
            above = parents.get(above)
            above = _whole(above, parents)
        if above is not None and element.get("id"):
            yield element.get("id", ""), found[above]


def _whole(
    element: Element | None, parents: Mapping[Element, Element]
) -> Element | None:
    """Return the nearest element, from this one up, whose place is good for all that stands in it."""
    while element is not None and element.tag not in _WHOLE:
        element = parents.get(element)
    return element
