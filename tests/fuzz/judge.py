"""An independent reader of the PDF: it looks at glyphs on pages by PDFium, and knows nothing of boxes or layout."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from xml.etree.ElementTree import Element

import pypdfium2 as pdfium
from deal import Dealt  # noqa: TC002 - ours, beside this file

from briefpress.model import PageMap

WORD = re.compile(r"[BN][a-z]+")


@dataclass(frozen=True)
class Seen:
    """A word on a page: its box in points from the bottom left, in the order of drawing."""

    page: int
    left: float
    bottom: float
    right: float
    top: float


def read(data: bytes) -> tuple[dict[str, list[Seen]], list[tuple[float, float]]]:
    """Return every word of a PDF with the places at which it is seen, and the sizes of the pages."""
    seen: dict[str, list[Seen]] = defaultdict(list)
    sizes = []
    pdf = pdfium.PdfDocument(data)
    for number, page in enumerate(pdf):
        sizes.append(page.get_size())
        text = page.get_textpage()
        said = text.get_text_range()
        for match in WORD.finditer(said):
            boxes = [
                text.get_charbox(index) for index in range(match.start(), match.end())
            ]
            seen[match[0]].append(
                Seen(
                    number,
                    min(b[0] for b in boxes),
                    min(b[1] for b in boxes),
                    max(b[2] for b in boxes),
                    max(b[3] for b in boxes),
                )
            )
        text.close()
        page.close()
    pdf.close()
    return seen, sizes


@dataclass
class Bench:
    """Where the judge sits: the words of a PDF, the sizes of its pages, and where the body ends on each."""

    seen: dict[str, list[Seen]]
    sizes: list[tuple[float, float]]
    lowest: list[float]

    def body(self, said: str, *, repeated: bool) -> list[str]:
        """Return what is wrong with a word of the body."""
        places = self.seen.get(said, [])
        if not places:
            return [f"body: {said} missing"]
        for place in places:
            self.lowest[place.page] = min(self.lowest[place.page], place.bottom)
        wrong = (
            []
            if len(places) == 1 or repeated
            else [f"body: {said} {len(places)} times"]
        )
        return wrong + [
            line for place in places for line in _outside(said, place, self.sizes)
        ]

    def note(self, number: int, words: list[str], after: str) -> list[str]:
        """Return what is wrong with a note that is called after a word."""
        places = [place for said in words for place in self.seen.get(said, [])[:1]]
        lost = sum(not self.seen.get(said) for said in words)
        if not places:
            return [f"note {number}: lost"]
        wrong = [f"note {number}: {lost} of {len(words)} words missing"] if lost else []
        if any(len(self.seen.get(said, [])) > 1 for said in words):
            wrong.append(f"note {number}: twice")
        for place in places:
            wrong += _outside(f"note {number}", place, self.sizes)
            if place.top > self.lowest[place.page] + 1:
                wrong.append(f"note {number}: among the body on page {place.page + 1}")
        called = min(place.page for place in self.seen.get(after, places))
        if places[0].page < called:
            wrong.append(
                f"note {number}: on page {places[0].page + 1}, before its call on {called + 1}"
            )
        if places[0].page > called:
            wrong.append(
                f"note {number}: begun on page {places[0].page + 1}, called on {called + 1}"
            )
        pages = [place.page for place in places]
        return wrong + (
            [f"note {number}: its words are out of order"]
            if pages != sorted(pages)
            else []
        )

    def begin(self, words: list[str]) -> tuple[int, float]:
        """Return where a note begins, for the order of notes."""
        first = next(
            (place for said in words for place in self.seen.get(said, [])),
            Seen(10**6, 0, 0, 0, 0),
        )
        return first.page, -first.top


def judge(data: bytes, dealt: Dealt) -> list[str]:
    """Return what is wrong with a PDF; an empty list is the verdict that is wanted."""
    seen, sizes = read(data)
    bench = Bench(seen, sizes, [height for _, height in sizes])
    wrong = [
        line
        for said in dealt.body
        for line in bench.body(said, repeated=said in dealt.repeated)
    ]
    for number, (words, after) in enumerate(
        zip(dealt.notes, dealt.called_after, strict=True), 1
    ):
        wrong += bench.note(number, words, after)
    begins = [
        bench.begin(words)
        for words, owner in zip(dealt.notes, dealt.inside, strict=True)
        if owner is None
    ]
    if begins != sorted(begins):
        wrong.append("notes out of order")
    return list(dict.fromkeys(wrong))


def misplaced(data: bytes, dealt: Dealt, pagemap: PageMap) -> list[str]:
    """Return the page starts that do not name the first word of the body that their page shows for the first time."""
    seen, _ = read(data)
    first: dict[
        int, set[str]
    ] = {}  # the first word, and the first that is not of a table's head
    for said in dealt.body:
        for place in seen.get(said, [])[:1]:
            here = first.setdefault(place.page + 1, set())
            if here <= dealt.repeated and not (here and said in dealt.repeated):
                here.add(said)
    owners = {
        each.get("id"): each for each in dealt.document.body.iter() if each.get("id")
    }
    wrong = []
    for start in pagemap.starts[1:]:
        expected = first.get(int(start.folio), {None})
        told = WORD.match(_text(owners[start.id])[start.offset :]) if start.id else None
        if (told[0] if told else None) not in expected:
            wrong.append(
                f"page {start.folio} begins with {expected}, not with {told and told[0]}"
            )
    return wrong


def _text(owner: Element) -> str:
    """Return the text that an element owns, its white space collapsed, calls left out."""
    parts = [owner.text or ""]
    for child in owner:
        if not child.get("id"):
            parts.append(_text(child))
        parts.append(child.tail or "")
    return " ".join("".join(parts).split())


def _outside(what: str, place: Seen, sizes: list[tuple[float, float]]) -> list[str]:
    """Return whether a word is cut off by the edge of the paper."""
    width, height = sizes[place.page]
    if place.left < 0 or place.right > width or place.bottom < 0 or place.top > height:
        return [f"{what}: clipped on page {place.page + 1}"]
    return []
