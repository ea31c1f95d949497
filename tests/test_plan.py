"""Parts of the pipeline: values in the store, names of files in the text."""

from __future__ import annotations

import datetime as dt

import pytest

from briefpress.model import Author, Brief, Correction, PageMap, PageStart
from briefpress.pipeline.documents import LINKED, NAMES
from briefpress.pipeline.values import (
    dump_brief,
    dump_pagemap,
    dump_press,
    load_brief,
    load_pagemap,
    load_press,
)
from briefpress.press import parse_press

PRESS = """\
theme = "plain"
[organisation]
name = "House"
[programs.a]
name = "Program A"
acronym = "PA"
tokens = { "color-accent" = "#224466" }
"""


def test_values_survive_the_store() -> None:
    press, problems = parse_press(PRESS.encode())
    assert problems == ()
    again = load_press(dump_press(press))
    assert again.programs == press.programs
    assert list(again.collections) == list(press.collections)
    put_right = (Correction(dt.date(2024, 2, 3), "Right"),)
    made = {
        "tags": ("a",),
        "authors": (Author("A B", "B, A"),),
        "corrections": put_right,
    }
    brief = Brief(
        "one",
        "briefs/one.md",
        "One",
        dt.date(2024, 1, 2),
        "en",
        "Text",
        9,
        **made,  # type: ignore[arg-type]
    )
    kept = load_brief(dump_brief(brief))
    assert (kept.slug, kept.date, kept.authors, kept.corrections) == (
        brief.slug,
        brief.date,
        brief.authors,
        brief.corrections,
    )
    assert (kept.text, kept.line) == ("", 0), "where a brief stands is not what it says"
    pages = PageMap((PageStart("1", "", 0), PageStart("2", "b7", 41, split=True)))
    assert load_pagemap(dump_pagemap(pages)) == pages


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('![a chart](rents.svg "Rents rose"){: data=rents.csv }', "rents.svg"),
        ('![a chart](rents.svg "Rents rose"){: data=rents.csv }', "rents.csv"),
        ("![x](<with space.png>)", "with"),
        ("[pic]: img/a.png\n", "img/a.png"),
        ('<img src="b.png" alt="x">', "b.png"),
    ],
)
def test_names_of_files_are_seen_in_the_text(text: str, name: str) -> None:
    assert name in {part for found in NAMES.findall(text) for part in found}


def test_links_to_briefs_are_seen_in_the_text() -> None:
    assert LINKED.findall(
        "[a](one.md) [b](../two/index.md) [c](../briefs/three.md)"
    ) == ["one", "two", "three"]
