"""Random briefs, read back from their PDFs: every note is complete and in its place.

`python tests/fuzz --notes 50000 --seed 1` renders more of them.
"""

from __future__ import annotations

import pytest
from float_footnotes import float_footnotes
from pdf_words import check_pdf
from random_briefs import RandomBrief, random_brief
from rendering import render_and_check

SEEDS = range(101, 122)
MORE_SEEDS = range(122, 143)  # in `make torture`


@pytest.mark.parametrize(
    "seed",
    [
        *(pytest.param(seed, marks=pytest.mark.slow) for seed in SEEDS),
        *(pytest.param(seed, marks=pytest.mark.torture) for seed in MORE_SEEDS),
    ],
)
def test_random_brief_has_every_note_in_place(seed: int) -> None:
    _, wrong = render_and_check(random_brief(seed))
    assert wrong == []


def test_seeds_have_a_thousand_notes() -> None:
    for seeds in (SEEDS, MORE_SEEDS):
        assert sum(len(random_brief(seed).notes) for seed in seeds) >= 1000


@pytest.mark.slow
def test_checker_finds_what_float_footnotes_lose() -> None:
    found = " ".join(_wrong_with_float(random_brief(11)))
    found += " ".join(_wrong_with_float(random_brief(12)))
    assert "clipped" in found
    assert "begun on page" in found


def _wrong_with_float(brief: RandomBrief) -> list[str]:
    pages = float_footnotes(brief.document, brief.css)
    return check_pdf(pages.write_pdf(), brief)
