"""What notes cost: set, guarded and repaired against WeasyPrint's plain footnotes, and long documents against short."""

from __future__ import annotations

import gc
import random
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement

import pytest

sys.path.insert(0, str(Path(__file__).with_name("fuzz")))

from deal import Dealer
from plain import plain
from press_room import FONTS, PAGE, PARTICULARS

from briefpress.editions.pdf.guard import guard
from briefpress.editions.pdf.layout import lay_out, page_of
from briefpress.editions.pdf.setting import set_for_print
from briefpress.model import Document

CSS = (
    '@page{size:A4;margin:20mm;@footnote{border-top:.5pt solid}} html{font:10pt/1.4 "Source Serif 4"} body{margin:0}'
    "p{margin:0 0 5pt;orphans:2;widows:2;text-align:justify} .fn{font-size:8pt;line-height:1.3} .fn p{margin:0}"
)


def brief(pages: int) -> Document:
    """Return paragraphs for about that many pages, with a note for each."""
    dice = random.Random(5)  # noqa: S311 - to be the same again
    dealer = Dealer(dice, 10**6, nested=False)
    dealer.length = lambda: dice.randint(8, 45)
    body = Element("div")
    while dealer.words < pages * 620:
        calls = dice.choice((0, 1, 1, 2))
        dealer.prose(SubElement(body, "p", id=dealer.id()), dice.randint(30, 130), calls, dealer.body)
    notes = tuple(note for note in dealer.notes if note is not None)
    return Document("T", "", "en", body, None, (), (), notes, (), (), dealer.words)


def ours(document: Document) -> int:
    """Lay out and guard; return the number of pages."""
    setting = set_for_print(document)
    layout = lay_out(page_of(PAGE, setting, {}, PARTICULARS), setting, CSS, FONTS)
    assert guard(layout.pages, setting, layout.is_hidden).faults == []
    return len(layout.pages)


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


@pytest.fixture(autouse=True)
def no_collector() -> Iterator[None]:
    """The collector's pauses are the engine's business."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.slow
def test_notes_cost_at_most_a_quarter_more_than_plain_ones() -> None:
    document = brief(10)
    ours(document)
    assert cost(ours, document, 3) <= 1.25 * cost(theirs, document, 3)


@pytest.mark.slow
def test_a_long_document_costs_as_much_a_page_as_a_short_one() -> None:
    short, long = brief(10), brief(100)
    ours(short)
    assert cost(ours, long, 1) <= 1.2 * cost(ours, short, 3)
