"""An independent reader of the PDF: it finds words on pages with PDFium.

It knows nothing of boxes or of our layout, and checks what an editor would check.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from xml.etree.ElementTree import Element

import pypdfium2 as pdfium
from random_briefs import RandomBrief

from briefpress.model import PageMap

WORD = re.compile(r"[BN][a-z]+")


@dataclass(frozen=True)
class Place:
    """A word on a page: its box in points from the bottom left of the page."""

    page: int  # from 0
    left: float
    bottom: float
    right: float
    top: float


def read_words(data: bytes) -> tuple[dict[str, list[Place]], list[tuple[float, float]]]:
    """Return every word of a PDF with its places, and the page sizes in points."""
    words: dict[str, list[Place]] = defaultdict(list)
    sizes = []
    pdf = pdfium.PdfDocument(data)
    for number, page in enumerate(pdf):
        sizes.append(page.get_size())
        text = page.get_textpage()
        for match in WORD.finditer(text.get_text_range()):
            letters = [text.get_charbox(index) for index in range(*match.span())]
            lefts, bottoms, rights, tops = zip(*letters, strict=True)
            place = Place(number, min(lefts), min(bottoms), max(rights), max(tops))
            words[match[0]].append(place)
        text.close()
        page.close()
    pdf.close()
    return words, sizes


@dataclass
class Checker:
    """The words of a PDF, the sizes of its pages, and where the body ends on each."""

    words: dict[str, list[Place]]
    sizes: list[tuple[float, float]]
    body_bottoms: list[float]

    def check_body_word(self, word: str, *, repeated: bool) -> list[str]:
        """Return what is wrong with a word of the body."""
        places = self.words.get(word, [])
        if not places:
            return [f"body: {word} missing"]
        for place in places:
            lowest = self.body_bottoms[place.page]
            self.body_bottoms[place.page] = min(lowest, place.bottom)
        wrong = []
        if len(places) > 1 and not repeated:
            wrong.append(f"body: {word} {len(places)} times")
        for place in places:
            wrong += self.check_on_paper(word, place)
        return wrong

    def check_note(self, number: int, words: list[str], after: str) -> list[str]:
        """Return what is wrong with a note that is called after a word."""
        name = f"note {number}"
        places = [self.words[word][0] for word in words if self.words.get(word)]
        if not places:
            return [f"{name}: lost"]
        wrong = []
        if len(places) < len(words):
            lost = len(words) - len(places)
            wrong.append(f"{name}: {lost} of {len(words)} words missing")
        if any(len(self.words.get(word, [])) > 1 for word in words):
            wrong.append(f"{name}: twice")
        for place in places:
            wrong += self.check_on_paper(name, place)
            if place.top > self.body_bottoms[place.page] + 1:
                wrong.append(f"{name}: among the body on page {place.page + 1}")
        first = places[0].page
        called = min(place.page for place in self.words.get(after, places))
        if first < called:
            pages = f"on page {first + 1}, before its call on {called + 1}"
            wrong.append(f"{name}: {pages}")
        if first > called:
            wrong.append(f"{name}: begun on page {first + 1}, called on {called + 1}")
        numbers = [place.page for place in places]
        if numbers != sorted(numbers):
            wrong.append(f"{name}: its words are out of order")
        return wrong

    def check_on_paper(self, what: str, place: Place) -> list[str]:
        """Return whether a word is cut off by the edge of the paper."""
        width, height = self.sizes[place.page]
        is_within_width = place.left >= 0 and place.right <= width
        is_within_height = place.bottom >= 0 and place.top <= height
        if is_within_width and is_within_height:
            return []
        return [f"{what}: clipped on page {place.page + 1}"]

    def beginning(self, words: list[str]) -> tuple[int, float]:
        """Return page and height at which a note begins, to compare their order."""
        for word in words:
            for place in self.words.get(word, []):
                return place.page, -place.top
        return 10**6, 0


def check_pdf(data: bytes, brief: RandomBrief) -> list[str]:
    """Return what is wrong with the PDF of a random brief; empty if nothing is."""
    words, sizes = read_words(data)
    checker = Checker(words, sizes, [height for _, height in sizes])
    wrong = []
    for word in brief.body:
        wrong += checker.check_body_word(word, repeated=word in brief.repeated)
    notes = zip(brief.notes, brief.called_after, strict=True)
    for number, (note_words, after) in enumerate(notes, 1):
        wrong += checker.check_note(number, note_words, after)
    beginnings = [
        checker.beginning(note_words)
        for note_words, owner in zip(brief.notes, brief.called_in, strict=True)
        if owner is None
    ]
    if beginnings != sorted(beginnings):
        wrong.append("notes out of order")
    return list(dict.fromkeys(wrong))


def check_page_map(data: bytes, brief: RandomBrief, page_map: PageMap) -> list[str]:
    """Return the page starts that do not name the first word of the body on their page.

    A word counts for the first page that shows it.
    """
    words, _ = read_words(data)
    # The first word of each page, and the first that is not of a table's head.
    first: dict[int, set[str]] = {}
    for word in brief.body:
        for place in words.get(word, [])[:1]:
            found = first.setdefault(place.page + 1, set())
            has_only_heads = found <= brief.repeated
            if has_only_heads and not (found and word in brief.repeated):
                found.add(word)
    owners = {
        element.get("id"): element
        for element in brief.document.body.iter()
        if element.get("id")
    }
    wrong = []
    for start in page_map.starts[1:]:
        expected: set[str | None] = set(first.get(int(start.folio), ())) or {None}
        match: re.Match[str] | None = None
        if start.id:
            match = WORD.match(_own_text(owners[start.id])[start.offset :])
        begins_with = match[0] if match else None
        if begins_with not in expected:
            line = f"page {start.folio} begins with {expected}, not with {begins_with}"
            wrong.append(line)
    return wrong


def _own_text(owner: Element) -> str:
    """Return the text that an element owns, white space collapsed, calls left out."""
    parts = [owner.text or ""]
    for child in owner:
        if not child.get("id"):
            parts.append(_own_text(child))
        parts.append(child.tail or "")
    return " ".join("".join(parts).split())
