"""Page breaks of the PDF, marked in the body of the EPUB and of the web page.

An element *owns* the text inside it and inside those descendants that have no id of
their own; nobody owns note calls and pictures. `PageStart.offset` counts the owner's
text in this sense, with white space collapsed and none at the beginning.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from briefpress.model import PageMap, PageStart
from briefpress.xhtml import elements_by_id, local_name, parents_of

MakeMark = Callable[[str], Element]
InsertMark = Callable[[Element], None]
EPUB_TYPE = "epub:type"
# Elements into which no mark can be inserted.
CLOSED_ELEMENTS = frozenset({"img", "hr", "br", "svg", "math"})


@dataclass(frozen=True, slots=True)
class TextRun:
    """A piece of text: the first text inside `node`, or with `tail` the text after it."""

    node: Element
    parent: Element
    tail: bool
    text: str


def page_mark(folio: str) -> Element:
    """Return the mark of a page. Reading systems announce its label on request."""
    attributes = {
        "class": "page",
        "id": f"page-{folio}",
        "role": "doc-pagebreak",
        "aria-label": folio,
    }
    return Element("span", attributes)


def mark_page_breaks(
    body: Element,
    page_map: PageMap,
    make_mark: MakeMark = page_mark,
    before_body: Element | None = None,
    after_body: Element | None = None,
) -> None:
    """Insert a mark into the body where each page begins, before its first word.

    Pages before the body are marked at the start of `before_body`, the article that
    contains it (default: of the body). A later page without any of the body is marked
    where the next page begins. Pages after the body are marked at the start of
    `after_body`, the element that follows it (default: at the end of the body).
    """
    runs_by_owner: dict[str, list[TextRun]] = {}
    _collect_runs(body, body, "", runs_by_owner)
    owners = elements_by_id(body)
    parents = parents_of(body)
    starts = page_map.starts
    first_in_body = next(
        (index for index, start in enumerate(starts) if start.id in owners), 1
    )
    later_starts = starts[first_in_body:]
    places = [
        _find_place(
            start, runs_by_owner.get(start.id, []), owners.get(start.id), parents
        )
        for start in later_starts
    ]
    insert = _insert_child(body, len(body))
    if after_body is not None:
        insert = _insert_into_text(after_body, 0)
    # From last to first: positions found in the unmarked body stay valid for the
    # marks that come before them.
    for start, place in zip(reversed(later_starts), reversed(places), strict=True):
        insert = place or insert
        insert(make_mark(start.folio))
    first = body if before_body is None else before_body
    for start in reversed(starts[:first_in_body]):
        _insert_into_text(first, 0)(make_mark(start.folio))


def _collect_runs(
    element: Element,
    parent: Element,
    owner: str,
    runs_by_owner: dict[str, list[TextRun]],
) -> None:
    """Collect the text runs of each owner, in document order."""
    if not _is_call(element) and local_name(element) != "svg":
        inner_owner = element.get("id") or owner
        first_text = TextRun(element, parent, tail=False, text=element.text or "")
        runs_by_owner.setdefault(inner_owner, []).append(first_text)
        for child in element:
            _collect_runs(child, element, inner_owner, runs_by_owner)
    if element is not parent and element.tail:
        tail = TextRun(element, parent, tail=True, text=element.tail)
        runs_by_owner.setdefault(owner, []).append(tail)


def _find_place(
    start: PageStart,
    runs: list[TextRun],
    owner: Element | None,
    parents: dict[Element, Element],
) -> InsertMark | None:
    """Return how to insert a mark where a page begins; None if not in the body."""
    if owner is None:
        return None
    count = 0
    after_space = True  # white space counts once, and not at the beginning
    for run in runs:
        for index, char in enumerate(run.text):
            is_space = char.isspace()
            if not is_space and count >= start.offset:
                return insert_into_run(run, index, parents)
            if not (is_space and after_space):
                count += 1
            after_space = is_space
    if local_name(owner) in CLOSED_ELEMENTS:
        return insert_before(owner, parents)
    if count:
        return _insert_child(owner, len(owner))
    return _insert_into_text(owner, 0)


def insert_into_run(
    run: TextRun, index: int, parents: dict[Element, Element]
) -> InsertMark:
    """Return how to insert a mark into a run; before the formula if it is in one."""
    node = run.parent if run.tail else run.node
    while node in parents:
        if local_name(node) == "math":
            return insert_before(node, parents)
        node = parents[node]
    if run.tail:
        return _insert_into_tail(run.node, run.parent, index)
    return _insert_into_text(run.node, index)


def _insert_into_text(node: Element, index: int) -> InsertMark:
    """Return how to insert a mark into the first text of an element."""

    def insert(mark: Element) -> None:
        text = node.text or ""
        node.text, mark.tail = text[:index], text[index:]
        node.insert(0, mark)

    return insert


def _insert_into_tail(node: Element, parent: Element, index: int) -> InsertMark:
    """Return how to insert a mark into the text that follows an element."""

    def insert(mark: Element) -> None:
        text = node.tail or ""
        node.tail, mark.tail = text[:index], text[index:]
        parent.insert(list(parent).index(node) + 1, mark)

    return insert


def insert_before(node: Element, parents: dict[Element, Element]) -> InsertMark:
    """Return how to insert a mark before an element."""
    return _insert_child(parents[node], list(parents[node]).index(node))


def _insert_child(parent: Element, index: int) -> InsertMark:
    """Return how to insert a mark as a child; a second one comes before the first."""
    return lambda mark: parent.insert(index, mark)


def _is_call(element: Element) -> bool:
    """Return whether the element is a note call."""
    return element.get("role") == "doc-noteref"
