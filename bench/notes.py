"""What footnotes cost: ours with the audit and `float: footnote`, long and short."""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Callable, Iterator
from xml.etree.ElementTree import Element, SubElement

from float_footnotes import float_footnotes
from random_briefs import BriefWriter
from rendering import FONTS, PAGE

from briefpress.editions.pdf.audit import audit_pages
from briefpress.editions.pdf.print_tree import PrintTree, build_print_tree
from briefpress.editions.pdf.weasyprint.boxes import read_pages
from briefpress.editions.pdf.weasyprint.pages import LaidOut, lay_out, parse_page
from briefpress.model import Document

CSS = """
@page { size: A4; margin: 20mm; @footnote { border-top: .5pt solid } }
html { font: 10pt/1.4 "Source Serif 4" } body { margin: 0 }
p { margin: 0 0 5pt; orphans: 2; widows: 2; text-align: justify }
.fn { font-size: 8pt; line-height: 1.3 } .fn p { margin: 0 }
"""


def brief(pages: int) -> Document:
    """Return paragraphs for about so many pages, with a note for each."""
    dice = random.Random(5)
    writer = BriefWriter(dice, 10**6, nested=False)
    writer.length = lambda: dice.randint(8, 45)
    body = Element("div")
    while writer.words < pages * 620:
        calls = dice.choice((0, 1, 1, 2))
        paragraph = SubElement(body, "p", id=writer.next_id())
        writer.prose(paragraph, dice.randint(30, 130), calls, writer.body)
    return writer.document(body)


def laid_out(document: Document) -> tuple[LaidOut, PrintTree]:
    """Return the layout of a document, and its print tree."""
    tree = build_print_tree(document)
    return lay_out(parse_page(PAGE, tree, {}, "en"), CSS, FONTS), tree


def audited(layout: LaidOut, tree: PrintTree) -> int:
    """Audit a layout; return the number of pages."""
    pages = read_pages(layout.document, tree.notes)
    if defects := audit_pages(pages, tree, layout.is_hidden).defects:
        raise RuntimeError(defects)
    return len(pages)


def ours(document: Document) -> int:
    """Lay out and audit a document; return the number of pages."""
    return audited(*laid_out(document))


def auditing(document: Document) -> float:
    """Return the CPU seconds per page of the audit alone, the least of some trials."""
    layout, tree = laid_out(document)
    trials = []
    for _ in range(5):
        before = time.process_time()
        pages = audited(layout, tree)
        trials.append((time.process_time() - before) / pages)
    return min(trials)


def theirs(document: Document) -> int:
    """Lay out with `float: footnote`; return the number of pages."""
    return len(float_footnotes(document, CSS).pages)


def cost(make: Callable[[Document], int], document: Document, times: int) -> float:
    """Return the CPU seconds per page, the least of some trials."""
    trials = []
    for _ in range(times):
        before = time.process_time()
        pages = make(document)
        trials.append((time.process_time() - before) / pages)
    return min(trials)


def ratios() -> Iterator[tuple[str, float, float, float]]:
    """Yield each measurement: name, our and their seconds per page, limit of the ratio."""
    gc.disable()  # in a build, the engine decides when to collect
    try:
        twenty = brief(20)
        ours(twenty)
        mine = cost(ours, twenty, 3)
        yield (
            "20 pages with notes, with audit; `float: footnote`: CPU per page",
            mine,
            cost(theirs, twenty, 3),
            1.25,
        )
        yield "a page of 200; a page of 20: CPU", cost(ours, brief(200), 1), mine, 1.15
    finally:
        gc.enable()
