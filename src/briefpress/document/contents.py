"""What a document holds, told beside its tree: figures and tables by number, the outline, the words."""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree.ElementTree import Element

from briefpress.document.desk import Desk
from briefpress.document.headings import LEVELS
from briefpress.document.ids import Ids
from briefpress.model import Figure, Heading
from briefpress.xhtml import is_call, text_of


def figures_of(body: Element, ids: Ids, desk: Desk) -> Iterable[Figure]:
    """Number figures and tables in the order of the body, and yield them."""
    counts = {"figure": 0, "table": 0}
    names = {"figure": desk.language.figure, "table": desk.language.table}
    for element in body.iter("figure"):
        kind, *rest = element.get("class", "").split()
        label = next(
            (
                e
                for e in element.iter("span")
                if e.get("class") == "label" and not e.text
            ),
            None,
        )
        number = 0
        if label is not None and rest[:1] != ["plain"]:
            counts[kind] += 1
            number = counts[kind]
            label.text = names[kind](number)
            ids.give(element, f"{kind}-{number}")
            headline = text_of(
                element[0][0], lambda e: is_call(e) or e.get("class") == "label"
            )
            yield Figure(kind, number, element.get("id", ""), headline)
        for details in element.iter("details"):
            ids.give(
                details, f"{element.get('id', '') or 'figure'}-data"
            ) if number else None
            details[0].text = (
                desk.language.data(names[kind](number))
                if number
                else desk.language.data("")
            )


def outline_of(body: Element) -> Iterable[Heading]:
    """Yield the headings of the flow."""
    for element in body:
        if element.tag in LEVELS:
            yield Heading(
                LEVELS[element.tag], element.get("id", ""), text_of(element, is_call)
            )


def words_in(tree: Element) -> int:
    """Return how many words a reader reads: data that must be opened are not among them."""
    return len(
        text_of(
            tree, lambda element: is_call(element) or element.tag == "details"
        ).split()
    )
