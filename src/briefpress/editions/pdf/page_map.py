"""Where each printed page begins in the flow of the body: what lets EPUB and web page cite the same pages.

A line's end drops a space and may add a hyphen, so characters are counted as the guard counts them: by marks, in the
text of each element itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element

from briefpress.editions.pdf.audit import marks, strands
from briefpress.editions.pdf.print_tree import PrintTree
from briefpress.model import PageMap, PageStart


def page_map(pages: list[Any], tree: PrintTree) -> PageMap:
    """Return where each page begins in the body, whose elements the boxes name."""
    found = strands(tree.body, tree.store)
    owners, inside = _owners(tree), set(tree.body.iter())
    split: Element | None = (
        None  # whose last line ended in a hyphen that the layout added
    )
    starts = []
    for number, page in enumerate(pages, 1):
        first: PageStart | None = None
        for text in _texts(page._page_box.children[0]):  # noqa: SLF001 - the only way to the boxes
            strand, owner = found.get(text.element), owners.get(text.element)
            if not marks(text.text):
                continue
            if (
                text.element not in inside
            ):  # the title above the body, or the colophon below it
                first = first or PageStart(str(number), "", 0)
            if strand is None or owner is None:
                continue
            again = strand.repeats and strand.shown == len(
                strand.text
            )  # a table's head, on its second page
            if first is None and not again:
                first = _start(
                    str(number), owner, text.element, strand.shown, split=split is owner
                )
            split = (
                None
                if again or strand.text.startswith(marks(text.text), strand.shown)
                else owner
            )
            strand.show(text.text, text.style["hyphenate_character"], number)
        starts.append(first or PageStart(str(number), "", 0))
    return PageMap(tuple(starts))


def _start(
    folio: str, owner: Element, element: Element, shown: int, *, split: bool
) -> PageStart:
    """Return where a page begins that begins after so many marks of an element; before the word, within a word."""
    own = ""  # the owner's text, white space collapsed, up to the place
    for holder, run in _runs(owner):
        for char in run:
            if holder is element and shown <= 0 and marks(char):
                word = len(own.rpartition(" ")[2]) if split else 0
                return PageStart(folio, owner.get("id", ""), len(own) - word, split)
            shown -= len(marks(char)) if holder is element else 0
            own += char if not char.isspace() else " " if own and own[-1] != " " else ""
    return PageStart(folio, owner.get("id", ""), len(own))


def _runs(owner: Element) -> Iterator[tuple[Element, str]]:
    """Yield the runs of text that an element owns, each with the element that it stands in itself."""
    yield owner, owner.text or ""
    for child in owner:
        if child.tag != "fn-call" and not child.get("id"):
            yield from _runs(child)
        yield owner, child.tail or ""


def _owners(tree: PrintTree) -> dict[Element, Element]:
    """Return for every element of the body, notes apart, the nearest element with an id that holds it."""
    owners: dict[Element, Element] = {}

    def walk(element: Element, owner: Element | None) -> None:
        if element is tree.store or element.tag == "fn-call":
            return
        owner = element if element.get("id") else owner
        if owner is not None:
            owners[element] = owner
        for child in element:
            walk(child, owner)

    walk(tree.body, None)
    return owners


def _texts(box: Any) -> Iterator[Any]:
    """Return the boxes of text of a page in their order, generated content left out."""
    if hasattr(box, "text"):
        if box.element is not None and "::" not in (box.element_tag or ""):
            yield box
        return
    for child in getattr(box, "children", ()):
        yield from _texts(child)
