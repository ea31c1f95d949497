"""What a second layout may change so that no word is lost: some blocks are set plainly.

The first attempt takes from the blocks around a defect everything that drops or hides
words: fixed heights, clipping, grids, columns, running elements, repeated table heads. The
second attempt also begins a page before them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import takewhile
from xml.etree.ElementTree import Element

from briefpress.editions.pdf.audit import Defect, lineage
from briefpress.editions.pdf.print_tree import CALL, MARK, PrintTree
from briefpress.xhtml import parents_of

ATTEMPTS = 2

PLAIN = (
    "height:auto!important;max-height:none!important;overflow:visible!important;"
    "position:static!important;float:none!important;columns:auto!important;"
    "visibility:visible!important;continue:auto!important;max-lines:none!important;"
)
PLAIN_BLOCK = "display:block!important;"
# WeasyPrint leaves a repeated head out where it has no room.
HEAD_ONCE = "display:table-row-group!important;"
NEW_PAGE = "break-before:page!important;"

# These keep their `display`.
PARTS_OF_TABLES_AND_LISTS = frozenset(
    ("table", "thead", "tbody", "tfoot", "tr", "td", "th", "caption", "li")
)
TEXT_LEVEL = ("a", "abbr", "b", "cite", "code", "em", "i", "q", "small", "span")
INLINE = frozenset((*TEXT_LEVEL, "strong", "sub", "sup", CALL, MARK))


def repair(tree: PrintTree, defects: Iterable[Defect], attempt: int) -> int:
    """Set the blocks around the defects plainly, in place; return how many were changed."""
    parents = parents_of(tree.root)
    calls = {note: call for call, note in tree.notes.items()}
    elements = [_element_to_repair(defect, calls, parents) for defect in defects]
    changed = 0
    for element in dict.fromkeys(elements):
        blocks = _blocks_around(element, tree, parents)
        for block in blocks:
            _set_plainly(block)
        if blocks and attempt > 1:
            _add_style(blocks[-1], NEW_PAGE)
        changed += bool(blocks)
    return changed


def _element_to_repair(
    defect: Defect, calls: Mapping[Element, Element], parents: Mapping[Element, Element]
) -> Element:
    """Return the element with the defect; of a note, its call outside of all notes."""
    element = defect.element
    while defect.is_note and element in calls:
        call = calls[element]
        notes_around = [each for each in lineage(call, parents) if each in calls]
        element = notes_around[0] if notes_around else call
    return element


def _blocks_around(
    element: Element, tree: PrintTree, parents: Mapping[Element, Element]
) -> list[Element]:
    """Return the blocks around an element within the body, from the inside out."""
    outside = (tree.body, tree.root)
    around = takewhile(lambda each: each not in outside, lineage(element, parents))
    return [each for each in around if each.tag not in INLINE]


def _set_plainly(block: Element) -> None:
    """Take from a block what may drop or hide words."""
    if block.tag in PARTS_OF_TABLES_AND_LISTS:
        _add_style(block, PLAIN)
    else:
        _add_style(block, PLAIN + PLAIN_BLOCK)
    if block.tag == "table":
        for head in block.iter("thead"):
            _add_style(head, HEAD_ONCE)


def _add_style(element: Element, style: str) -> None:
    """Add declarations to an element, once."""
    before = element.get("style", "")
    if style not in before:
        element.set("style", before + style)
