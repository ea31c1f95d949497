"""More random briefs, read back from their PDFs: `tests/test_fuzz_notes.py` has others."""

from __future__ import annotations

import pytest
from random_briefs import random_brief
from rendering import render_and_check

SEEDS = range(122, 143)


@pytest.mark.parametrize("seed", SEEDS)
def test_random_brief_has_every_note_in_place(seed: int) -> None:
    _, wrong = render_and_check(random_brief(seed))
    assert wrong == []


def test_seeds_have_a_thousand_notes() -> None:
    assert sum(len(random_brief(seed).notes) for seed in SEEDS) >= 1000
