"""What notes cost: set, guarded and repaired against WeasyPrint's plain footnotes, and long documents against short."""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Callable, Iterator
from xml.etree.ElementTree import Element, SubElement

from deal import Dealer
from plain import plain
from press_room import FONTS, PAGE

from briefpress.editions.pdf.audit import audit_pages
from briefpress.editions.pdf.print_tree import build_print_tree
from briefpress.editions.pdf.weasyprint.pages import lay_out, parse_page
from briefpress.model import Document

CSS = (
    '@page{size:A4;margin:20mm;@footnote{border-top:.5pt solid}} html{font:10pt/1.4 "Source Serif 4"} body{margin:0}'
    "p{margin:0 0 5pt;orphans:2;widows:2;text-align:justify} .fn{font-size:8pt;line-height:1.3} .fn p{margin:0}"
)


def brief(pages: int) -> Document:
    """Return paragraphs for about that many pages, with a note for each."""
    dice = random.Random(5)
    dealer = Dealer(dice, 10**6, nested=False)
    dealer.length = lambda: dice.randint(8, 45)
    body = Element("div")
    while dealer.words < pages * 620:
        calls = dice.choice((0, 1, 1, 2))
        dealer.prose(
            SubElement(body, "p", id=dealer.id()),
            dice.randint(30, 130),
            calls,
            dealer.body,
        )
    notes = tuple(note for note in dealer.notes if note is not None)
    return Document("T", "", "en", body, None, (), (), notes, (), (), dealer.words)


def ours(document: Document) -> int:
    """Lay out and guard; return the number of pages."""
    tree = build_print_tree(document)
    layout = lay_out(parse_page(PAGE, tree, {}, "en"), tree, CSS, FONTS)
    if errors := audit_pages(layout.pages, tree, layout.is_hidden).errors:
        raise RuntimeError(errors)
    return len(layout.pages)


def guarding(document: Document) -> float:
    """Return the CPU seconds a page of the guard alone, the least of some trials."""
    tree = build_print_tree(document)
    layout = lay_out(parse_page(PAGE, tree, {}, "en"), tree, CSS, FONTS)
    trials = []
    for _ in range(5):
        before = time.process_time()
        audit_pages(layout.pages, tree, layout.is_hidden)
        trials.append((time.process_time() - before) / len(layout.pages))
    return min(trials)


def theirs(document: Document) -> int:
    """Lay out with `float: footnote`; return the number of pages."""
    return len(plain(document, CSS).pages)


def cost(make: Callable[[Document], int], document: Document, times: int) -> float:
    """Return the CPU seconds a page, the least of some trials."""
    trials = []
    for _ in range(times):
        before = time.process_time()
        pages = make(document)
        trials.append((time.process_time() - before) / pages)
    return min(trials)


def ratios() -> Iterator[tuple[str, float, float, float]]:
    """Yield what was measured, our and their milliseconds a page, and how many times theirs ours may be."""
    gc.disable()  # its pauses are the engine's business
    try:
        twenty = brief(20)
        ours(twenty)
        mine = cost(ours, twenty, 3)
        yield (
            "20 pages with notes, set and guarded; plain `float: footnote`: CPU a page",
            mine,
            cost(theirs, twenty, 3),
            1.25,
        )
        yield "a page of 200; a page of 20: CPU", cost(ours, brief(200), 1), mine, 1.15
    finally:
        gc.enable()
