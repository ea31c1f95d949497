"""PDF/UA-1, judged by veraPDF: random briefs with every kind of block, and a brief with a note of each kind."""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path
from typing import Any, cast

import pikepdf
import pytest

sys.path.insert(0, str(Path(__file__).with_name("fuzz")))

from deal import deal
from press_room import printed, theme_of, try_brief

from vera import validate

HEADS = '@page { @top-left { content: "The head" } @bottom-right { content: counter(page) } }'


def leaves(node: Any) -> set[tuple[Any, int]]:
    """Return what hangs in a tree of tags: the page, and the number of the content on it."""
    kids = node.get("/K", [])
    found = set()
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, int):
            found.add((node.Pg.objgen[0], kid))
        elif kid.get("/Type") != "/OBJR":
            found |= leaves(kid)
    return found


def test_all_that_is_numbered_hangs_in_the_tree() -> None:
    """Running heads and folios are artifacts: a screen reader that goes by the page does not read them out."""
    dealt = deal(6)
    data = printed(dealt.document, theme_of(dealt.css + HEADS)).pdf
    numbered: set[tuple[Any, int]] = set()
    artifacts = 0
    with pikepdf.open(BytesIO(data)) as pdf:
        for page in pdf.pages:
            for operands, operator in cast("Any", pikepdf.parse_content_stream(page)):
                if str(operator) == "BDC":
                    numbered.add((page.objgen[0], int(operands[1].MCID)))
                artifacts += str(operator) == "BMC"
        assert numbered == leaves(pdf.Root.StructTreeRoot)
        assert artifacts >= 2 * len(pdf.pages)


@pytest.mark.slow
def test_printed_editions_are_pdf_ua_1(tmp_path: Path) -> None:
    files = []
    for seed in (
        6,
        10,
        11,
        12,
        18,
        25,
    ):  # 11 and 12 hold notes that go on over pages, 18 and 25 under a sign
        made, wrong = try_brief(deal(seed))
        assert wrong == []
        files.append(tmp_path / f"{seed}.pdf")
        files[-1].write_bytes(made.pdf)
    verdict = validate(files)
    assert [line.split()[0] for line in verdict.splitlines()] == ["good"] * len(
        files
    ), verdict
