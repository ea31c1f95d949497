"""PDF/UA-1, checked by veraPDF: random briefs with every kind of block and note."""

from __future__ import annotations

import datetime as dt
import sys
from io import BytesIO
from pathlib import Path
from typing import Any, cast

import pikepdf
import pytest

sys.path.insert(0, str(Path(__file__).with_name("fuzz")))

from random_briefs import random_brief
from rendering import render, render_and_check, theme_of

from briefpress.document.files import mapping_reader
from briefpress.document.parser import parse_document
from briefpress.model import Brief
from vera import validate

MARGINS = """
@page { @top-left { content: "The head" } @bottom-right { content: counter(page) } }
"""
# In 11 and 12 notes continue on later pages, in 18 and 25 under a sign.
SEEDS = (6, 11, 18, 25)


def tagged_content(node: Any) -> set[tuple[Any, int]]:
    """Return what a tree of tags contains: page, and number of the content on it."""
    kids = node.get("/K", [])
    if not isinstance(kids, pikepdf.Array):
        kids = [kids]
    found = set()
    for kid in kids:
        if isinstance(kid, int):
            found.add((node.Pg.objgen[0], kid))
        elif kid.get("/Type") != "/OBJR":
            found |= tagged_content(kid)
    return found


def test_all_numbered_content_is_tagged() -> None:
    """Running heads and folios are artifacts: screen readers leave them out."""
    brief = random_brief(6)
    data = render(brief.document, theme_of(brief.css + MARGINS)).pdf
    numbered: set[tuple[Any, int]] = set()
    artifacts = 0
    with pikepdf.open(BytesIO(data)) as pdf:
        for page in pdf.pages:
            instructions = cast("Any", pikepdf.parse_content_stream(page))
            for operands, operator in instructions:
                if str(operator) == "BDC":
                    numbered.add((page.objgen[0], int(operands[1].MCID)))
                artifacts += str(operator) == "BMC"
        assert numbered == tagged_content(pdf.Root.StructTreeRoot)
        assert artifacts >= 2 * len(pdf.pages)


@pytest.mark.slow
def test_random_briefs_are_pdf_ua_1(tmp_path: Path) -> None:
    files = []
    for seed in SEEDS:
        edition, wrong = render_and_check(random_brief(seed))
        assert wrong == []
        file = tmp_path / f"{seed}.pdf"
        file.write_bytes(edition.pdf)
        files.append(file)
    report = validate(files)
    verdicts = [line.split()[0] for line in report.splitlines()]
    assert verdicts == ["good"] * len(files), report


def test_a_link_is_announced_once_whatever_is_in_it() -> None:
    """An address has places for breaks within it, and emphasis is an element too."""
    text = (
        "See [some *long* words](https://example.org/a) at https://example.org/b/c-d."
    )
    brief = Brief("b", "briefs/b.md", "B", dt.date(2024, 5, 31), "en", text, 1)
    document = parse_document(brief, mapping_reader({})).document
    assert document is not None
    data = render(document, theme_of("")).pdf
    with pikepdf.open(BytesIO(data)) as pdf:
        annotations = pdf.pages[0].get("/Annots", pikepdf.Array())
        addresses = [str(each.A.URI) for each in cast("Any", annotations)]
    assert addresses == ["https://example.org/a", "https://example.org/b/c-d"]
