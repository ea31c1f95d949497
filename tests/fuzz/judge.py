"""An independent reader of the PDF: it looks at glyphs on pages by PDFium, and knows nothing of boxes or layout."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from xml.etree.ElementTree import Element

import pypdfium2 as pdfium
from deal import Dealt

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
            boxes = [text.get_charbox(index) for index in range(match.start(), match.end())]
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


def judge(data: bytes, dealt: Dealt) -> list[str]:
    """Return what is wrong with a PDF; an empty list is the verdict that is wanted."""
    seen, sizes = read(data)
    wrong = []
    lowest = [size[1] for size in sizes]  # where the body ends on each page
    for said in dealt.body:
        places = seen.get(said, [])
        if not places:
            wrong.append(f"body: {said} missing")
        elif len(places) > 1 and said not in dealt.repeated:
            wrong.append(f"body: {said} {len(places)} times")
        for place in places:
            lowest[place.page] = min(lowest[place.page], place.bottom)
            wrong += _outside(said, place, sizes)
    begins = []
    for number, words in enumerate(dealt.notes, 1):
        places = [place for said in words for place in seen.get(said, [])[:1]]
        lost = sum(not seen.get(said) for said in words)
        if lost == len(words):
            wrong.append(f"note {number}: lost")
            continue
        if lost:
            wrong.append(f"note {number}: {lost} of {len(words)} words missing")
        if any(len(seen.get(said, [])) > 1 for said in words):
            wrong.append(f"note {number}: twice")
        for said in words:
            for place in seen.get(said, []):
                wrong += _outside(f"note {number}", place, sizes)
                if place.top > lowest[place.page] + 1:
                    wrong.append(f"note {number}: among the body on page {place.page + 1}")
        called = min(place.page for place in seen.get(dealt.called_after[number - 1], places))
        first = places[0]
        if first.page < called:
            wrong.append(f"note {number}: on page {first.page + 1}, before its call on {called + 1}")
        if first.page > called:
            wrong.append(f"note {number}: begun on page {first.page + 1}, called on {called + 1}")
        order = [place.page for place in places]
        if order != sorted(order):
            wrong.append(f"note {number}: its words are out of order")
        if dealt.inside[number - 1] is None:
            begins.append((first.page, -first.top, number))
    if begins != sorted(begins):
        wrong.append("notes out of order")
    return list(dict.fromkeys(wrong))


def misplaced(data: bytes, dealt: Dealt, pagemap: PageMap) -> list[str]:
    """Return the page starts that do not name the first word of the body that their page shows for the first time."""
    seen, _ = read(data)
    first: dict[int, str] = {}
    for said in dealt.body:
        for place in seen.get(said, [])[:1]:
            first.setdefault(place.page + 1, said)
    owners = {each.get("id"): each for each in dealt.document.body.iter() if each.get("id")}
    wrong = []
    for start in pagemap.starts[1:]:
        expected = first.get(int(start.folio))
        told = WORD.match(_text(owners[start.id])[start.offset :]) if start.id else None
        if expected != (told[0] if told else None):
            wrong.append(f"page {start.folio} begins with {expected}, not with {told and told[0]}")
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
    """Return whether a word is cut off by the edge of the paper, or in its margin."""
    width, height = sizes[place.page]
    if place.left < 0 or place.right > width or place.bottom < 24 or place.top > height - 24:
        return [f"{what}: clipped on page {place.page + 1}"]
    return []
