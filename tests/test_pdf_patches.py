"""What is wrong in WeasyPrint 70.0, each defect shown by WeasyPrint alone and mended in ours.

When one of the first tests fails, upstream is right: drop what `mends.py` does for it.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement

import pytest
import weasyprint

sys.path.insert(0, str(Path(__file__).with_name("fuzz")))

from deal import Dealer, Dealt
from judge import judge
from plain import plain
from press_room import try_brief

from briefpress.editions.pdf.weasyprint import VERSION
from briefpress.editions.pdf.weasyprint.patches import mended
from briefpress.model import Document

BASE = (
    '@page{size:A5;margin:18mm;@footnote{border-top:1px solid}} html{font:10pt/1.35 "Source Serif 4"} body{margin:0}'
    "p{margin:0 0 4pt;orphans:3;widows:3} .fn{font-size:8pt} .call{font-size:70%}"
)


def brief(
    css: str, notes: int, length: tuple[int, int], *, grid: bool = False
) -> Dealt:
    """Return paragraphs of 60 to 100 words with one note each."""
    dice = random.Random(3)  # noqa: S311 - to be the same again
    dealer = Dealer(dice, notes, nested=False)
    dealer.length = lambda: dice.randint(*length)
    body = Element("div")
    parent = SubElement(body, "div", {"class": "grid"}) if grid else body
    while len(dealer.notes) < notes:
        dealer.prose(
            SubElement(parent, "p", id=dealer.id()),
            dice.randint(60, 100),
            1,
            dealer.body,
        )
    document = Document(
        "T",
        "",
        "en",
        body,
        None,
        (),
        (),
        tuple(n for n in dealer.notes if n),
        (),
        (),
        dealer.words,
    )
    return Dealt(
        document,
        BASE + css,
        dealer.body,
        set(),
        dealer.note_words,
        dealer.called_after,
        dealer.inside,
    )


DEFECTS = {
    # `_linebox_layout` breaks before the notes of the line are laid out, or reports them to the next page.
    "notes begin on a later page": ("", 60, (5, 60), False, "begun on page"),
    # A note that does not fit moves whole; one taller than the page is drawn above its top.
    "a tall note is clipped": (".x{}", 2, (900, 900), False, "clipped"),
    # `columns_layout` lays notes out while it balances, and reports what is above a height that it has guessed.
    "columns push notes away": (".body{columns:2}", 20, (40, 200), False, "begun on page"),
    # A grid is laid out whole before it is broken over pages.
    "a grid prints notes away from their calls": (
        ".grid{display:grid;grid-template-columns:1fr 1fr;gap:4mm}", 20, (5, 30), True, "on page",
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("css", "notes", "length", "grid", "fault"), DEFECTS.values(), ids=DEFECTS.keys()
)
def test_weasyprint_alone_is_wrong(
    css: str,
    notes: int,
    length: tuple[int, int],
    grid: bool,  # noqa: FBT001
    fault: str,
) -> None:
    dealt = brief(css, notes, length, grid=grid)
    wrong = judge(plain(dealt.document, dealt.css).write_pdf(), dealt)
    assert any(fault in line for line in wrong), "upstream is right: drop the mend"


@pytest.mark.parametrize(
    ("css", "notes", "length", "grid", "fault"), DEFECTS.values(), ids=DEFECTS.keys()
)
def test_and_ours_is_right(
    css: str,
    notes: int,
    length: tuple[int, int],
    grid: bool,  # noqa: FBT001
    fault: str,
) -> None:
    made, wrong = try_brief(brief(css, notes, length, grid=grid))
    assert wrong == [], fault
    assert made.audit.errors == 0


def test_a_second_pagination_forgets_nothing() -> None:
    # `target-counter()` has the pages made again; those taken as up to date forget the notes carried over from them.
    dealt = brief(
        "p::before{content:'p. ' target-counter(url(#b40), page) ' '} .fn p{orphans:2;widows:2}",
        40,
        (30, 90),
    )
    _, wrong = try_brief(dealt)
    assert wrong == []


def test_the_mends_are_for_one_version() -> None:
    assert weasyprint.__version__ == VERSION


def test_weasyprint_is_left_as_it_was() -> None:
    before = weasyprint.document.LayoutContext
    with mended({}):
        assert weasyprint.document.LayoutContext is not before
    assert weasyprint.document.LayoutContext is before
