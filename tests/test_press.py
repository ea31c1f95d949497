"""press.toml: its values, the collections of programs, and sort names."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from briefpress.model import Limits, Selection
from briefpress.press import parse_press, press_schema, read_press, sort_name
from briefpress.problems import BriefpressError, Problem

FULL = b"""\
theme = "civic"
language = "en-GB"

[organisation]
name = "Example Policy Center"
url = "https://example.org"

[programs.spp]
name = "Security and Politics Program"
tokens = { "color-accent" = "#8a1c2b" }

[programs.eep]
name = "Energy and Economy Program"

[authors.kawaguchi]
name = "Yoriko Kawaguchi"

[authors.desk]
name = "Sample Desk"
sort = "Desk"

[collections.water-2024]
title = "Water, 2024"
select = { tags = ["water"], year = 2024 }

[limits]
brief_bytes = 5000
"""


def test_a_press_is_what_press_toml_says() -> None:
    press, problems = parse_press(FULL)
    assert problems == ()
    assert press.organisation.name == "Example Policy Center"
    assert (press.theme, press.language) == ("civic", "en-GB")
    assert press.programs["spp"].tokens == {"color-accent": "#8a1c2b"}
    assert press.authors["kawaguchi"].sort == "Kawaguchi, Yoriko"
    assert press.authors["desk"].sort == "Desk"
    assert press.limits == Limits(brief_bytes=5000)
    assert press.places["programs.spp.name"] == (9, 8)


def test_every_program_is_a_collection_and_comes_first() -> None:
    press, _ = parse_press(FULL)
    assert list(press.collections) == ["spp", "eep", "water-2024"]
    assert press.collections["spp"].select == Selection(programs=("spp",))
    assert press.collections["spp"].program == "spp"
    assert press.collections["water-2024"].select == Selection(
        tags=("water",), year=2024
    )


def test_a_collection_with_an_error_in_its_selection_is_left_out() -> None:
    press, problems = parse_press(FULL.replace(b"year = 2024", b'year = "2024"'))
    assert [problem.code for problem in problems] == ["R12"]
    assert "water-2024" not in press.collections


def test_a_warning_in_a_collection_does_not_discard_it() -> None:
    press, problems = parse_press(FULL.replace(b"Water, 2024", "\u202eW".encode()))
    assert [problem.code for problem in problems] == ["R27"]
    assert "water-2024" in press.collections


def test_all_problems_are_reported_at_once() -> None:
    press, problems = parse_press(
        FULL.replace(b"theme =", b"thme =")
        .replace(b"sort", b"srt")
        .replace(b"5000", b'"5000"')
    )
    assert [(p.code, str(p.span)) for p in problems] == [
        ("R10", "press.toml:1:1"),
        ("R10", "press.toml:20:1"),
        ("R12", "press.toml:27:15"),
    ]
    assert press.theme == "plain"


def test_a_missing_press_toml_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BriefpressError, match=r"there is no `press\.toml`") as caught:
        read_press(tmp_path)
    assert caught.value.problems[0].code == "R25"


def test_a_press_toml_that_leads_out_of_the_project_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "outside.toml").write_bytes(FULL)
    project = tmp_path / "project"
    project.mkdir()
    (project / "press.toml").symlink_to("../outside.toml")
    with pytest.raises(BriefpressError, match="leads out of the project"):
        read_press(project)


@pytest.mark.parametrize(
    ("name", "sorted_as"),
    [
        ("Yoriko Kawaguchi", "Kawaguchi, Yoriko"),
        ("Plato", "Plato"),
        ("Ludwig van Beethoven", "Beethoven, Ludwig van"),
        ("Martin Van Buren", "Van Buren, Martin"),
        ("Charles De La Cruz", "De La Cruz, Charles"),
        ("Martin Luther King, Jr.", "King, Martin Luther, Jr."),
        ("山田 太郎", "山田 太郎"),
        ("김 철수", "김 철수"),
        ("Айгуль Сапарова", "Сапарова, Айгуль"),
        ("Editorial Team", "Editorial Team"),
        ("Ministry of Water", "Ministry of Water"),
        ("The Economist", "The Economist"),
        ("Sands & Partners", "Sands & Partners"),
        ("", ""),
    ],
)
def test_sort_names(name: str, sorted_as: str) -> None:
    assert sort_name(name) == sorted_as


def inside(problem: Problem, data: bytes) -> bool:
    """Return whether a problem's span is within the file."""
    lines = data.decode("utf-8-sig", "replace").replace("\r\n", "\n").split("\n")
    span = problem.span
    if span is None or span.line == 0:
        return span is None or span.column == 0
    return (
        span.line <= len(lines)
        and 0 <= span.column - 1 <= len(lines[span.line - 1])
        and span.length >= 1
    )


KEYS = sorted(
    {
        key
        for shape in (press_schema(), *press_schema().tables.values())
        for key in shape.keys
    }
)
WORDS = st.sampled_from(
    [
        *KEYS,
        "spp",
        "[",
        "]",
        "[[",
        "]]",
        "{",
        "}",
        "=",
        ".",
        ",",
        '"',
        "'",
        '"""',
        "\\",
        "#",
        "1",
        "true",
    ]
)


@settings(max_examples=3 * settings().max_examples)
@given(
    st.one_of(
        st.binary(),
        st.text().map(str.encode),
        st.lists(st.one_of(WORDS, st.sampled_from(["\n", " "])))
        .map("".join)
        .map(str.encode),
    )
)
def test_any_bytes_are_a_press_or_problems_in_it(data: bytes) -> None:
    try:
        _, problems = parse_press(data)
    except BriefpressError as error:
        problems = error.problems
        assert problems
    assert all(inside(problem, data) for problem in problems)


@settings(max_examples=2 * settings().max_examples)
@given(st.data())
def test_any_values_are_a_press_or_problems_in_it(data: st.DataObject) -> None:
    value = st.sampled_from(
        [
            '"x"',
            "1",
            "true",
            "[]",
            '["a", 2]',
            "{}",
            "{ a = 1 }",
            "2024-05-31",
            '"\\u0000"',
            "1.5",
            '""',
            "07:32:00",
        ]
    )
    lines = []
    for name, shape in {"": press_schema(), **press_schema().tables}.items():
        keyed = name in {"programs", "authors", "collections"}
        lines += [f"[{name}{'.a' if keyed else ''}]"] if name else []
        lines += [
            f"{key} = {data.draw(value)}"
            for key in shape.keys
            if key not in shape.tables
        ]
    raw = "\n".join(lines).encode()
    press, problems = parse_press(raw)
    assert all(inside(problem, raw) for problem in problems)
    assert problems or press.organisation.name
