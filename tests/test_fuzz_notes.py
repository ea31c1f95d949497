"""Random briefs before an independent judge: no note lost, clipped, printed twice, early, late or out of order.

`python tests/fuzz --notes 50000 --seed 1` goes on for longer.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).with_name("fuzz")))

from deal import Dealt, deal
from judge import judge
from plain import plain
from press_room import try_brief

SEEDS = range(101, 143)  # more than 2,000 notes


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_every_note_of_a_random_brief_stands_where_it_should(seed: int) -> None:
    _, wrong = try_brief(deal(seed))
    assert wrong == []


def test_the_seeds_hold_two_thousand_notes() -> None:
    assert sum(len(deal(seed).notes) for seed in SEEDS) >= 2000


def test_the_judge_sees_what_plain_footnotes_lose() -> None:
    found = " ".join(line for seed in (11, 12) for line in _plainly(deal(seed)))
    for fault in ("clipped", "begun on page"):
        assert fault in found


def _plainly(dealt: Dealt) -> list[str]:
    return judge(plain(dealt.document, dealt.css).write_pdf(), dealt)
