"""What a printed page has to show: the characters of every element of body and notes, as the guard counts them off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element

# White space is the layout's; the soft hyphen and the zero-width characters leave no mark.
UNSEEN = dict.fromkeys(
    map(
        ord,
        " \t\n\r\f\v\u00a0\u2002\u2003\u2005\u2009\u200a\u202f\u00ad\u200b\u2060\ufeff",
    )
)


def marks(text: str) -> str:
    """Return the characters of a text that leave a mark, capitals and small letters alike: themes may use either."""
    return text.translate(UNSEEN).casefold()


@dataclass(slots=True)
class Strand:
    """The characters that stand in one element itself, and how far the pages have shown them."""

    element: Element
    note: Element | None  # the note that it stands in
    repeats: bool  # a table head comes again on every page of its table
    text: str
    shown: int = 0
    page: int = 0

    def show(self, text: str, hyphen: str, page: int) -> bool:
        """Count a printed text off; return whether it was what had to come."""
        said = marks(text)
        if self.repeats and self.shown == len(self.text):
            self.shown = 0
        self.page = page
        for form in (said, said.removesuffix(marks(hyphen))):
            if self.text.startswith(form, self.shown):
                self.shown += len(form)
                return True
        return False


def strands(root: Element, store: Element | None) -> dict[Element, Strand]:
    """Return the strands of a body; of those in the `store` of notes, each with its note."""
    found: dict[Element, Strand] = {}

    def gather(element: Element, note: Element | None, *, repeats: bool) -> None:
        note = element if element.get("class") == "fn" else note
        repeats = repeats or element.tag in ("thead", "tfoot")
        text = marks("".join(_own(element)))
        if text:
            found[element] = Strand(element, note, repeats, text)
        for child in element:
            if child is not store:
                gather(child, note, repeats=repeats)

    gather(root, None, repeats=False)
    if store is not None:
        gather(store, None, repeats=False)
    return found


def _own(element: Element) -> Iterator[str]:
    """Yield the texts that stand in an element itself, not in its children."""
    yield element.text or ""
    for child in element:
        yield child.tail or ""
