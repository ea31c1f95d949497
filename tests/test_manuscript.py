"""Briefs: front matter, the folder of briefs, collections, and related briefs."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import os
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from briefpress.manuscript.brief_fields import front_matter_schema
from briefpress.manuscript.briefs import parse_brief, read_manuscript
from briefpress.manuscript.relations import members, related
from briefpress.model import (
    Author,
    Brief,
    Collection,
    Correction,
    Limits,
    Organisation,
    Press,
    Program,
    Selection,
)
from briefpress.problems import Problem, Severity
from briefpress.schema.files import read_file

KAWAGUCHI = Author(
    "Yoriko Kawaguchi", "Kawaguchi, Yoriko", "kawaguchi", "Example Policy Center"
)
PRESS = Press(
    Organisation("Example Policy Center"),
    programs={"spp": Program("spp", "Security and Politics Program", "SPP")},
    authors={"kawaguchi": KAWAGUCHI},
)
FULL = """\
---
title: "Rents:  a view"
subtitle: From below
date: 2024-05-31
authors: [kawaguchi, Ludwig van Beethoven]
program: spp
tags: [rent, housing, rent]
summary: >
  Rents rose
  by twelve per cent.
takeaways:
  - Rents rose.
  - Wages did not.
slug: rent-limits
lang: no
series: Policy Brief
number: 1.10
doi: 10.1234/abc
related: costs
theme: civic
draft: true
corrections:
  - date: 2024-06-01
    text: A figure was wrong.
---
Rents rose.[^1]

[^1]: By 12 %.
"""


def brief(slug: str, date: str = "2024-01-01", **values: Any) -> Brief:
    """Return a brief with some fields."""
    defaults: dict[str, Any] = {"title": slug, "lang": "en", "text": "", "line": 5}
    return Brief(
        slug=slug,
        file=f"briefs/{slug}.md",
        date=dt.date.fromisoformat(date),
        **{**defaults, **values},
    )


def project(folder: Path, **briefs: str) -> Path:
    """Return a project with briefs of this front matter, by slug."""
    (folder / "briefs").mkdir()
    for slug, front_matter in briefs.items():
        (folder / "briefs" / f"{slug}.md").write_text(
            f"---\n{front_matter}\n---\nText.\n", "utf-8"
        )
    return folder


def test_a_brief_is_what_its_front_matter_says() -> None:
    found, problems = parse_brief(FULL.encode(), "briefs/rents.md", PRESS)
    assert problems == ()
    assert found == Brief(
        slug="rent-limits",
        file="briefs/rents.md",
        title="Rents: a view",
        subtitle="From below",
        date=dt.date(2024, 5, 31),
        lang="no",
        text="Rents rose.[^1]\n\n[^1]: By 12 %.\n",
        line=26,
        authors=(KAWAGUCHI, Author("Ludwig van Beethoven", "Beethoven, Ludwig van")),
        program="spp",
        tags=("rent", "housing"),
        summary="Rents rose by twelve per cent.",
        takeaways=("Rents rose.", "Wages did not."),
        series="Policy Brief",
        number="1.10",
        doi="10.1234/abc",
        related=("costs",),
        theme="civic",
        draft=True,
        corrections=(Correction(dt.date(2024, 6, 1), "A figure was wrong."),),
    )
    assert found.text == "\n".join(FULL.split("\n")[found.line - 1 :])
    assert found.places["title"] == (2, 8)
    assert found.places["takeaways.1"] == (13, 5)


def test_missing_values_come_from_the_press() -> None:
    found, _ = parse_brief(
        b"---\ntitle: Rents\ndate: 2024-05-31\n---", "briefs/rents/index.md", PRESS
    )
    assert found is not None
    assert (found.slug, found.lang, found.text, found.folder) == (
        "rents",
        "en",
        "",
        "briefs/rents",
    )


def test_a_brief_written_on_windows_is_the_same_brief() -> None:
    windows = ("\ufeff" + FULL.replace("\n", "\r\n")).encode()
    assert parse_brief(windows, "briefs/rents.md", PRESS) == parse_brief(
        FULL.encode(), "briefs/rents.md", PRESS
    )


def test_an_author_of_the_press_is_found_by_name() -> None:
    found, _ = parse_brief(
        b"---\ntitle: A\ndate: 2024-05-31\nauthors: Yoriko  Kawaguchi\n---\n",
        "briefs/a.md",
        PRESS,
    )
    assert found is not None
    assert found.authors == (KAWAGUCHI,)


def test_all_problems_of_a_brief_are_reported_at_once_with_its_slug() -> None:
    data = b"""---
xtitle: A
title: A
date: 2024-02-30
program: sp
slug: b
draft: yes
related: {a: b}
---
A bell\x07.
"""
    found, problems = parse_brief(data, "briefs/a.md", PRESS)
    assert found is not None
    assert found.text == "A bell .\n"
    assert [problem.code for problem in problems if problem.is_error] == ["R14"]
    assert sorted(problem.code for problem in problems) == [
        "R02",
        "R10",
        "R12",
        "R12",
        "R14",
        "R15",
    ]
    assert {problem.brief for problem in problems} == {"b"}


def test_a_brief_with_an_error_is_returned_as_far_as_it_can_be_read() -> None:
    data = b"---\ntitle: A\ndate: soon\nprogram: spp\ntags: rent\n---\nText.\n"
    found, problems = parse_brief(data, "briefs/a.md", PRESS)
    assert [problem.code for problem in problems] == ["R14"]
    assert found is not None
    assert (found.slug, found.title, found.program) == ("a", "A", "spp")
    assert (found.tags, found.text) == (("rent",), "Text.\n")


def test_a_brief_above_the_limit_of_bytes_cannot_be_read() -> None:
    press = Press(Organisation("X"), limits=Limits(brief_bytes=10))
    assert [p.code for p in parse_brief(FULL.encode(), "briefs/a.md", press)[1]] == [
        "R03"
    ]


PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJ"
    "RU5ErkJggg=="
)
IN_TEXT = f"data:image/png;base64,{PIXEL}"
PIXEL_NAME = f"picture-{hashlib.sha256(base64.b64decode(PIXEL)).hexdigest()[:12]}.png"


@pytest.mark.parametrize(
    "written",
    [
        "![A pixel]({})",
        "![A pixel](<{}> 'A title')",
        "![A pixel][image1]\n\n[image1]: <{}>",
        "- ![A pixel][image1]\n\n[image1]: {}",
        '<img alt="A pixel" src="{}" width="5">',
        "<img src={} alt=x>",
    ],
)
def test_a_picture_in_the_text_is_a_file_of_the_brief(written: str) -> None:
    data = f"---\ntitle: A\ndate: 2024-01-01\n---\n{written.format(IN_TEXT)}\n".encode()
    found, problems = parse_brief(data, "briefs/a.md", PRESS)
    assert not problems
    assert found is not None
    assert found.text == written.format(PIXEL_NAME) + "\n"
    assert found.pictures == {f"briefs/{PIXEL_NAME}": base64.b64decode(PIXEL)}


@pytest.mark.parametrize(
    "written",
    [
        f"`![A pixel]({IN_TEXT})`",
        f"```\n<img src='{IN_TEXT}'>\n```",
        f"Text.\n\n~~~ html\n![]({IN_TEXT})\n",
        f"The words {IN_TEXT}.",
        "![A drawing](data:image/svg+xml,%3Csvg%3E)",
    ],
)
def test_code_and_other_text_keep_what_is_written(written: str) -> None:
    data = f"---\ntitle: A\ndate: 2024-01-01\n---\n{written}\n".encode()
    found, _ = parse_brief(data, "briefs/a.md", PRESS)
    assert found is not None
    assert (found.text, found.pictures) == (f"{written}\n", {})


def test_pictures_in_the_text_do_not_count_as_text() -> None:
    picture = base64.b64encode(bytes(3000)).decode()
    front_matter = "---\ntitle: A\ndate: 2024-01-01\n---\n"
    text = f"{front_matter}![A](data:image/jpeg;base64,{picture})\n"
    press = Press(Organisation("X"), limits=Limits(brief_bytes=400, picture_bytes=9000))
    assert parse_brief(text.encode(), "briefs/a.md", press)[1] == ()
    without = text.replace("base64", "base65").encode()
    assert [p.code for p in parse_brief(without, "briefs/a.md", press)[1]] == ["R03"]


def inside(problem: Problem, data: bytes) -> bool:
    """Return whether a problem's span is within the file."""
    text = data.decode("utf-8-sig", "replace")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    span = problem.span
    if span is None or span.line == 0:
        return span is not None and span.column == 0
    return (
        span.line <= len(lines)
        and 0 <= span.column - 1 <= len(lines[span.line - 1])
        and span.length >= 1
    )


KEYS = st.sampled_from(sorted(front_matter_schema().keys))
VALUES = st.sampled_from(
    [
        "",
        " x",
        " no",
        " [a, b]",
        " {a: b}",
        " 2024-05-31",
        " 2024-02-30",
        ' "',
        " '",
        "\n  - a\n  -",
        " &a b",
        " *a",
        " !t x",
        " |\n  x",
        " # c",
        "\t",
        " [",
        ' "\\0"',
        " ../x",
        " é: ü",
    ]
)
LINES = st.builds(lambda key, value: f"{key}:{value}\n", KEYS, VALUES)


@settings(max_examples=3 * settings().max_examples)
@given(
    st.one_of(
        st.binary(),
        st.text().map(lambda text: f"---\n{text}\n---\n".encode()),
        st.lists(LINES, max_size=8).map(
            lambda lines: f"---\n{''.join(lines)}---\ntext\n".encode()
        ),
    )
)
def test_any_bytes_are_a_brief_or_problems_in_it(data: bytes) -> None:
    found, problems = parse_brief(data, "briefs/a.md", PRESS)
    if found is None:
        assert any(problem.is_error for problem in problems)
    assert all(inside(problem, data) for problem in problems)
    assert all(
        problem.brief and problem.span and problem.span.file == "briefs/a.md"
        for problem in problems
    )


def test_briefs_and_drafts_are_read_newest_first(tmp_path: Path) -> None:
    folder = project(
        tmp_path,
        b="title: B\ndate: 2024-01-01",
        a="title: A\ndate: 2024-01-01",
        c="title: C\ndate: 2024-03-01\ndraft: true",
    )
    briefs, problems = read_manuscript(folder, PRESS)
    assert [(each.slug, each.draft) for each in briefs] == [
        ("c", True),
        ("a", False),
        ("b", False),
    ]
    assert problems == ()


def test_one_bad_brief_does_not_stop_the_others(tmp_path: Path) -> None:
    folder = project(
        tmp_path,
        a="title: A\ndate: soon",
        b="title: B\ndate: 2024-01-01\nrelated: a",
    )
    briefs, problems = read_manuscript(folder, PRESS)
    assert [each.slug for each in briefs] == ["b"]
    assert [(p.code, str(p.span), p.fix, p.brief) for p in problems] == [
        (
            "R14",
            "briefs/a.md:3:7",
            "write year, month and day: `2024-05-31`",
            "a",
        )
    ]


def test_no_more_of_a_brief_is_read_than_its_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = project(tmp_path, a="title: A\ndate: 2024-01-01")
    limits: list[int] = []

    def read(project: Path, name: str, limit: int) -> tuple[bytes, tuple[Problem, ...]]:
        limits.append(limit)
        return read_file(project, name, limit)

    monkeypatch.setattr("briefpress.manuscript.briefs.read_file", read)
    limit = Limits(brief_bytes=10, picture_bytes=30)
    read_manuscript(folder, Press(Organisation("X"), limits=limit))
    assert limits == [10 + 40]  # Base64 makes four bytes of three


def test_a_project_without_a_folder_of_briefs_has_a_problem(tmp_path: Path) -> None:
    assert [problem.code for problem in read_manuscript(tmp_path, PRESS)[1]] == ["R25"]


def test_a_file_name_that_cannot_be_displayed_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "briefs").mkdir()
    Path(os.fsdecode(os.fsencode(tmp_path / "briefs") + b"/a\xff\n.md")).write_text(
        "", "utf-8"
    )
    [problem] = read_manuscript(tmp_path, PRESS)[1]
    assert problem.code == "R18"
    assert str(problem.span).isprintable()


def test_names_that_differ_in_case_are_a_problem_also_below_equal_names(
    tmp_path: Path,
) -> None:
    folder = project(
        tmp_path,
        Costs="title: A\ndate: 2024-01-01\nslug: a",
        rents="title: B\ndate: 2024-01-01\nslug: b",
    )
    for name in ("Costs", "Rents"):
        front_matter = f"title: C\ndate: 2024-01-01\nslug: other-{name.lower()}"
        index = folder / "briefs" / name / "index.md"
        index.parent.mkdir()
        index.write_text(f"---\n{front_matter}\n---\nText.\n", "utf-8")
    problems = read_manuscript(folder, PRESS)[1]
    assert [(each.code, str(each.span)) for each in problems] == [
        ("R20", "briefs/Rents/index.md"),
        ("R20", "briefs/rents.md"),
    ]


def test_links_to_each_other_are_a_problem(tmp_path: Path) -> None:
    folder = project(tmp_path, a="title: A\ndate: 2024-01-01")
    (folder / "briefs" / "b.md").symlink_to("c.md")
    (folder / "briefs" / "c.md").symlink_to("b.md")
    briefs, problems = read_manuscript(folder, PRESS)
    assert [each.slug for each in briefs] == ["a"]
    assert [(each.code, str(each.span)) for each in problems] == [
        ("R04", "briefs/b.md"),
        ("R04", "briefs/c.md"),
    ]


def test_a_folder_without_permission_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Path) -> object:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", refuse)
    assert [each.code for each in read_manuscript(project(tmp_path), PRESS)[1]] == [
        "R04"
    ]


BRIEFS = (
    brief("new", "2024-03-01", tags=("water",), program="spp", authors=(KAWAGUCHI,)),
    brief("old", "2023-03-01", tags=("Water", "rent"), authors=(Author("Jane Doe"),)),
    brief("draft", "2024-04-01", tags=("water",), program="spp", draft=True),
    brief("other", "2024-02-01", tags=("rent",)),
)


@pytest.mark.parametrize(
    ("select", "slugs"),
    [
        (Selection(programs=("spp",)), ["new"]),
        (Selection(tags=("water",)), ["new", "old"]),
        (Selection(tags=("water", "rent")), ["new", "other", "old"]),
        (Selection(tags=("water",), year=2023), ["old"]),
        (Selection(authors=("kawaguchi", "Jane Doe")), ["new", "old"]),
        (Selection(briefs=("old", "draft", "new")), ["old", "new"]),
    ],
)
def test_members(select: Selection, slugs: list[str]) -> None:
    assert [
        each.slug for each in members(Collection("c", "C", select), BRIEFS)
    ] == slugs


def test_an_empty_collection_is_a_warning(tmp_path: Path) -> None:
    folder = project(tmp_path, a="title: A\ndate: 2024-01-01\ntags: water\ndraft: true")
    collections = {"water": Collection("water", "Water", Selection(tags=("water",)))}
    press = Press(
        Organisation("X"), collections=collections, places={"collections.water": (3, 1)}
    )
    [problem] = read_manuscript(folder, press)[1]
    assert (problem.code, problem.severity, str(problem.span)) == (
        "R22",
        Severity.WARNING,
        "press.toml:3:1",
    )


def test_only_tags_are_selected_without_regard_to_case(tmp_path: Path) -> None:
    folder = project(
        tmp_path, a="title: A\ndate: 2024-01-01\nprogram: spp\ntags: Water"
    )
    select = Selection(tags=("WATER",), programs=("SPP",), briefs=("A",))
    press = Press(
        Organisation("X"),
        programs=PRESS.programs,
        collections={"water": Collection("water", "Water", select)},
    )
    problems = read_manuscript(folder, press)[1]
    assert [(problem.message, problem.fix) for problem in problems] == [
        ("no program has the key `SPP`", "write `spp`"),
        ("no brief is called `A`", "write `a`"),
    ]


def test_a_tag_of_a_brief_with_an_error_is_not_reported_as_missing(
    tmp_path: Path,
) -> None:
    folder = project(tmp_path, a="title: A\ndate: soon\ntags: water")
    press = Press(
        Organisation("X"),
        collections={"water": Collection("water", "Water", Selection(tags=("water",)))},
    )
    assert [problem.code for problem in read_manuscript(folder, press)[1]] == ["R14"]


def test_related_briefs_are_the_named_ones_then_the_most_similar() -> None:
    found = related(
        [
            brief(
                "a", program="spp", tags=("water",), related=("d", "gone", "a", "draft")
            ),
            brief("b", "2024-01-02", program="spp", tags=("water",)),
            brief("c", "2024-01-03", program="spp"),
            brief("d", "2020-01-01"),
            brief("draft", program="spp", tags=("water",), draft=True),
        ]
    )
    assert found["a"] == ("d", "b", "c")
    assert found["b"] == ("a", "c")
    assert found["draft"] == ("b", "a", "c")
    assert found["d"] == ()


# issue 10, item 6: related briefs of the same program
def test_the_same_program_counts_more_than_a_few_tags_in_common() -> None:
    tags = ("sea", "a", "b", "c", "d")
    briefs = [
        brief("x", "2024-06-01", program="spp", tags=tags),
        *(
            brief(f"tag{n}", f"2024-05-0{n}", tags=("sea", "e", "f", "g", str(n)))
            for n in range(1, 4)
        ),
        brief("same", "2020-01-01", program="spp"),
        brief("other", "2024-05-31", program="eep"),
    ]
    assert related(briefs)["x"] == ("same", "tag3", "tag2")
    assert related(briefs)["same"] == ("x",)
    assert related(briefs)["other"] == ()


# issue 10, item 6: related briefs of the same program
def test_briefs_without_a_program_have_no_program_in_common() -> None:
    found = related(
        [
            brief("x", tags=("sea",)),
            brief("without", tags=("sea", "a", "b", "c")),
            brief("with", program="spp", tags=("sea", "a")),
        ]
    )
    assert found["x"] == ("with", "without")


def test_a_program_and_many_tags_in_common_are_added_up() -> None:
    found = related(
        [
            brief("x", program="spp", tags=("a", "b")),
            brief("tags", "2024-01-03", tags=("a", "b")),
            brief("program", "2024-01-04", program="spp"),
            brief("both", "2024-01-02", program="spp", tags=("a", "b")),
        ]
    )
    assert found["x"] == ("both", "tags", "program")


def test_briefs_with_rare_words_in_common_are_related() -> None:
    found = related(
        [
            brief("a", text="The pipeline crosses the strait."),
            brief("b", text="A strait may be closed to a pipeline."),
            brief("c", text="Wages and rents."),
        ]
    )
    assert found == {"a": ("b",), "b": ("a",), "c": ()}


def test_equally_similar_briefs_are_newest_first_and_many_can_be_named() -> None:
    briefs = [brief(f"b{n}", f"2024-01-{n:02}", program="spp") for n in range(1, 8)]
    assert related(briefs)["b1"] == ("b7", "b6", "b5")
    named = brief("x", related=("b1", "b2", "b3", "b4"))
    assert related([*briefs, named])["x"] == ("b1", "b2", "b3", "b4")


def test_the_newest_of_many_briefs_of_a_program_are_related_to_each_other() -> None:
    briefs = [brief(f"b{n}", f"2024-01-{n:02}", program="spp") for n in range(1, 29)]
    found = related(briefs)
    assert found["b28"] == ("b27", "b26", "b25")
    assert found["b27"] == ("b28", "b26", "b25")
    assert found["b1"] == ("b16", "b15", "b14")


def test_all_the_rare_words_in_common_count_more_than_program_and_tags() -> None:
    found = related(
        [
            brief("a", program="spp", tags=("sea",), text="The strait."),
            brief("b", "2024-01-03", program="spp", tags=("sea",)),
            brief("c", "2024-01-02", text="A strait."),
        ]
    )
    assert found["a"] == ("c", "b")


def test_a_brief_that_is_more_similar_by_very_little_comes_first() -> None:
    def tags(name: str, shared: int, others: int) -> tuple[str, ...]:
        own = [f"{name}{n}" for n in range(others)]
        return (*[f"t{n}" for n in range(shared)], *own)

    found = related(
        [
            brief("x", tags=tags("x", 40, 0)),
            brief("old", "2023-01-01", tags=tags("o", 34, 33)),  # 1.313535
            brief("new", "2024-01-01", tags=tags("n", 35, 36)),  # 1.313527
        ]
    )
    assert found["x"] == ("old", "new")


@settings(max_examples=30)
@given(st.integers(0, 1000))
def test_related_briefs_do_not_depend_on_the_order_of_the_folder(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311  a corpus, not a secret
    words = [f"{letter}{letter}word" for letter in "abcdefghij"]
    briefs = [
        brief(
            f"b{n}",
            f"2024-01-{draw.randint(1, 28):02}",
            tags=tuple(draw.choices(words, k=2)),
            text=" ".join(draw.choices(words, k=9)),
            draft=draw.random() < 0.2,
        )
        for n in range(40)
    ]
    found = related(briefs)
    draw.shuffle(briefs)
    assert related(briefs) == found
    drafts = {each.slug for each in briefs if each.draft}
    assert all(
        len(set(slugs)) == len(slugs) <= 3
        and slug not in slugs
        and drafts.isdisjoint(slugs)
        for slug, slugs in found.items()
    )
