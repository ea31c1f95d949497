"""Where each printed page begins in the text: EPUB and web page mark the same pages.

Characters are counted without white space, as in the audit: the end of a line drops a
space and may add a hyphen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.etree.ElementTree import Element

from briefpress.editions.pdf.audit import (
    ExpectedText,
    expected_texts,
    visible_characters,
)
from briefpress.editions.pdf.model import PlacedPage, PlacedText
from briefpress.editions.pdf.print_tree import CALL, PrintTree
from briefpress.model import PageMap, PageStart


def page_map(pages: Sequence[PlacedPage], tree: PrintTree) -> PageMap:
    """Return where each page begins in the body."""
    reader = _Reader(tree)
    return PageMap(tuple(reader.start_of(page) for page in pages))


class _Reader:
    """Follows the text of the body through the pages."""

    def __init__(self, tree: PrintTree) -> None:
        self.expected = expected_texts(tree.body, tree.store)
        self.owners = _owners(tree)
        self.in_body = set(tree.body.iter())
        # The owner of the last text, if that ended with a hyphen of the layout.
        self.broken_word: Element | None = None

    def start_of(self, page: PlacedPage) -> PageStart:
        """Return where a page begins, and follow its text to the end."""
        folio = str(page.number)
        outside_body = PageStart(folio, "", 0)
        start: PageStart | None = None
        for text in page.texts:
            if not visible_characters(text.text):
                continue
            if text.element not in self.in_body and start is None:
                start = outside_body  # the title above the body, or what follows it
            expected = self.expected.get(text.element)
            owner = self.owners.get(text.element)
            if expected is None or owner is None:
                continue
            is_repeated = expected.repeats and expected.is_complete
            if start is None and not is_repeated:
                is_broken = self.broken_word is owner
                start = _start(folio, owner, expected, is_broken=is_broken)
            self._follow(text, expected, owner, is_repeated=is_repeated)
            expected.show(text, page.number)
        return start or outside_body

    def _follow(
        self,
        text: PlacedText,
        expected: ExpectedText,
        owner: Element,
        *,
        is_repeated: bool,
    ) -> None:
        """Remember whether a text ends within a word."""
        characters = visible_characters(text.text)
        has_own_end = expected.characters.startswith(characters, expected.shown)
        self.broken_word = None if is_repeated or has_own_end else owner


def _start(
    folio: str, owner: Element, expected: ExpectedText, *, is_broken: bool
) -> PageStart:
    """Return the start of a page: after the characters of an element that are shown.

    Within a broken word it is the beginning of the word.
    """
    name = owner.get("id", "")
    shown = expected.shown
    before = ""  # the text of the owner up to the place, white space collapsed
    for element, run in _runs(owner):
        for character in run:
            if element is expected.element:
                visible = len(visible_characters(character))
                if visible and shown <= 0:
                    in_word = len(before.rpartition(" ")[2]) if is_broken else 0
                    return PageStart(folio, name, len(before) - in_word, is_broken)
                shown -= visible
            if not character.isspace():
                before += character
            elif before and not before.endswith(" "):
                before += " "
    return PageStart(folio, name, len(before))


def _runs(owner: Element) -> Iterator[tuple[Element, str]]:
    """Yield the runs of text that an element owns, each with its element.

    An element owns the text of its descendants without an id, but no footnote calls.
    """
    yield owner, owner.text or ""
    for child in owner:
        if child.tag != CALL and not child.get("id"):
            yield from _runs(child)
        yield owner, child.tail or ""


def _owners(tree: PrintTree) -> dict[Element, Element]:
    """Return the owner of each element: the nearest one around it with an id."""
    owners: dict[Element, Element] = {}

    def visit(element: Element, owner: Element | None) -> None:
        if element is tree.store or element.tag == CALL:
            return
        if element.get("id"):
            owner = element
        if owner is not None:
            owners[element] = owner
        for child in element:
            visit(child, owner)

    visit(tree.body, None)
    return owners
