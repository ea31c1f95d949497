"""PDF/UA-1, judged by veraPDF: random briefs with every kind of block, and a brief with a note of each kind."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).with_name("fuzz")))

from deal import deal
from press_room import try_brief

from vera import validate


@pytest.mark.slow
def test_printed_editions_are_pdf_ua_1(tmp_path: Path) -> None:
    files = []
    for seed in (6, 10, 11, 12, 18):  # 11 and 12 hold notes that go on over pages
        made, wrong = try_brief(deal(seed))
        assert wrong == []
        files.append(tmp_path / f"{seed}.pdf")
        files[-1].write_bytes(made.data)
    verdict = validate(files)
    assert [line.split()[0] for line in verdict.splitlines()] == ["good"] * len(files), verdict
