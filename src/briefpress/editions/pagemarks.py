"""Page marks: where each printed page begins, set into a body's tree for the EPUB and the web page.

An element *owns* the text that stands in it and in those of its descendants that have no id of their own;
note calls and pictures belong to nobody. `PageStart.offset` counts the owner's text in that sense, white
space collapsed and none at its beginning.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from briefpress.model import PageMap, PageStart

Make = Callable[[str], Element]
Put = Callable[[Element], None]
EPUB_TYPE = "epub:type"
VOID = frozenset({"img", "hr", "br", "svg", "math"})  # nothing of ours goes into them


@dataclass(frozen=True, slots=True)
class _Run:
    """A run of text in the flow: what stands first in `node`, or after it when `tail`."""

    node: Element
    parent: Element
    tail: bool
    text: str


def page_mark(folio: str) -> Element:
    """Return the mark of a page. A reading system says its label aloud when it is asked for the page."""
    attributes = {
        "class": "page",
        "id": f"page-{folio}",
        "role": "doc-pagebreak",
        "aria-label": folio,
    }
    return Element("span", attributes)


def mark_pages(
    body: Element,
    pagemap: PageMap,
    make: Make = page_mark,
    first: Element | None = None,
    last: Element | None = None,
) -> None:
    """Set a mark into the body where each page begins, before the first word of it.

    Pages that begin before the body are marked at the start of `first`, the whole article; of the body when
    there is none. A later page that holds none of the body is marked where the next one begins. Those behind the
    body are marked at the start of `last`, what follows it; at its end when there is none.
    """
    flow: dict[str, list[_Run]] = {}
    _walk(body, body, "", flow)
    owners = {name: element for element in body.iter() if (name := element.get("id"))}
    parents = {child: parent for parent in body.iter() for child in parent}
    leading = next(
        (i for i, start in enumerate(pagemap.starts) if start.id in owners), 1
    )
    later = pagemap.starts[leading:]
    places = [
        _place(start, flow.get(start.id, []), owners.get(start.id), parents)
        for start in later
    ]
    put = _at(body, len(body)) if last is None else _at_text(last, 0)
    # From the last to the first: what was found in the body as it was stays true for the marks that go before.
    for start, place in zip(reversed(later), reversed(places), strict=True):
        put = place or put
        put(make(start.folio))
    for start in reversed(pagemap.starts[:leading]):
        _at_text(body if first is None else first, 0)(make(start.folio))


def _walk(
    element: Element, parent: Element, owner: str, flow: dict[str, list[_Run]]
) -> None:
    """Sort the runs of text by their owners, in document order."""
    name = owner
    if not _is_call(element) and _local(element) != "svg":
        name = element.get("id") or owner
        flow.setdefault(name, []).append(
            _Run(element, parent, tail=False, text=element.text or "")
        )
        for child in element:
            _walk(child, element, name, flow)
    if element is not parent and element.tail:
        flow.setdefault(owner, []).append(
            _Run(element, parent, tail=True, text=element.tail)
        )


def _place(
    start: PageStart,
    runs: list[_Run],
    owner: Element | None,
    parents: dict[Element, Element],
) -> Put | None:
    """Return what sets a mark where a page begins; None when the body does not have that place."""
    if owner is None:
        return None
    count, spaced = 0, True
    for run in runs:
        for index, char in enumerate(run.text):
            if not char.isspace():
                if count >= start.offset:
                    return _outside(run, index, parents)
                count, spaced = count + 1, False
            elif not spaced:
                count, spaced = count + 1, True
    if _local(owner) in VOID:
        return _before(owner, parents)
    return _at(owner, len(owner)) if count else _at_text(owner, 0)


def _outside(run: _Run, index: int, parents: dict[Element, Element]) -> Put:
    """Return what sets a mark at a place in a run; before the whole formula when the run is in one."""
    node = run.parent if run.tail else run.node
    while node in parents:
        if _local(node) == "math":
            return _before(node, parents)
        node = parents[node]
    return (
        _at_tail(run.node, run.parent, index) if run.tail else _at_text(run.node, index)
    )


def _at_text(node: Element, index: int) -> Put:
    """Return what sets a mark into an element's first text."""

    def put(mark: Element) -> None:
        text = node.text or ""
        node.text, mark.tail = text[:index], text[index:]
        node.insert(0, mark)

    return put


def _at_tail(node: Element, parent: Element, index: int) -> Put:
    """Return what sets a mark into the text that follows an element."""

    def put(mark: Element) -> None:
        text = node.tail or ""
        node.tail, mark.tail = text[:index], text[index:]
        parent.insert(list(parent).index(node) + 1, mark)

    return put


def _before(node: Element, parents: dict[Element, Element]) -> Put:
    """Return what sets a mark before an element."""
    return _at(parents[node], list(parents[node]).index(node))


def _at(parent: Element, index: int) -> Put:
    """Return what sets a mark before an element's child of that number; set again, before the mark set first."""
    return lambda mark: parent.insert(index, mark)


def _is_call(element: Element) -> bool:
    """Return whether the element is a note call."""
    return element.get("role") == "doc-noteref"


def _local(element: Element) -> str:
    """Return the element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]
