"""What a second layout may change so that no word is lost: the places that are not safe are set plainly.

First what holds the error gives up what drops or hides words: fixed heights, clipping, grids, columns, running
elements, table heads that come again. If that does not help, the block begins a page of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import takewhile
from xml.etree.ElementTree import Element

from briefpress.editions.pdf.audit import Defect, lineage
from briefpress.editions.pdf.print_tree import PrintTree

ROUNDS = 2
PLAIN = (
    "height:auto!important;max-height:none!important;overflow:visible!important;position:static!important;"
    "float:none!important;columns:auto!important;visibility:visible!important;continue:auto!important;max-lines:none!important;"
)
ONCE = "display:table-row-group!important;"  # a head that comes again is left out where there is no room for it
BLOCK = "display:block!important;"
TABLES = frozenset(
    {"table", "thead", "tbody", "tfoot", "tr", "td", "th", "caption", "li"}
)
PHRASES = frozenset(
    [
        "a",
        "em",
        "strong",
        "span",
        "code",
        "fn-call",
        "fn-mark",
        "i",
        "b",
        "sup",
        "sub",
        "cite",
        "abbr",
        "q",
        "small",
    ]
)


def repair(tree: PrintTree, errors: Iterable[Defect], attempt: int) -> int:
    """Change the styles of what holds the errors, in place; return how many blocks were changed.

    The second attempt breaks the page before them.
    """
    parents = {child: parent for parent in tree.root.iter() for child in parent}
    calls = {note: call for call, note in tree.notes.items()}
    changed = 0
    for holder in dict.fromkeys(_holder(error, calls, parents) for error in errors):
        within = takewhile(
            lambda each: each is not tree.body and each is not tree.root,
            lineage(holder, parents),
        )
        line = [each for each in within if each.tag not in PHRASES]
        for each in line:
            add_style(each, PLAIN + ("" if each.tag in TABLES else BLOCK))
            for head in each.iter("thead") if each.tag == "table" else ():
                add_style(head, ONCE)
        if attempt > 1 and line:
            add_style(line[-1], "break-before:page!important;")
        changed += bool(line)
    return changed


def add_style(element: Element, style: str) -> None:
    """Add declarations to an element, once."""
    before = element.get("style", "")
    if style not in before:
        element.set("style", before + style)


def _holder(
    error: Defect, calls: dict[Element, Element], parents: dict[Element, Element]
) -> Element:
    """Return what is to be changed for a error: of a note, what holds its call, outside of all notes."""
    element = error.element
    while error.note and element in calls:
        element = calls[element]
        element = next(
            (each for each in lineage(element, parents) if each in calls), element
        )
    return element
