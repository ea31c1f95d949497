"""`briefpress check` on mistakes that people make: each fix, applied, must cure."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from briefpress.cli import main
from briefpress.document.files import mapping_reader
from briefpress.document.parser import parse_document
from briefpress.model import Brief, Limits
from sample_press import press

PRESS = """\
[organisation]
name = "Example Policy Center"

[programs.water]
name = "Water Program"

[programs.energy]
name = "Energy Program"

[authors.doe]
name = "Jane Doe"
"""
GOOD = "title: Rents\ndate: 2024-05-31\n"


def write_press(folder: Path, text: str = PRESS) -> None:
    """Write press.toml and an empty folder of briefs."""
    (folder / "press.toml").write_text(text, "utf-8")
    (folder / "briefs").mkdir(exist_ok=True)


def write_brief(
    folder: Path, front_matter: str, text: str = "Text.\n", file: str = "rents.md"
) -> None:
    """Write one brief."""
    path = folder / "briefs" / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"---\n{front_matter}---\n{text}", "utf-8")


def check(folder: Path) -> list[dict[str, Any]]:
    """Return the problems that `briefpress check --json` reports."""
    result = CliRunner().invoke(main, ["check", "--json", "--project", str(folder)])
    problems: list[dict[str, Any]] = json.loads(result.stdout)["problems"]
    return problems


def check_one(folder: Path) -> dict[str, Any]:
    """Return the only problem that `briefpress check` reports."""
    problems = check(folder)
    assert len(problems) == 1, problems
    return problems[0]


def check_brief(folder: Path, front_matter: str, text: str = "Text.\n") -> list[Any]:
    """Return the problems of one brief with this front matter."""
    write_press(folder)
    write_brief(folder, front_matter, text)
    return check(folder)


def check_one_brief(
    folder: Path, front_matter: str, text: str = "Text.\n"
) -> dict[str, Any]:
    """Return the only problem of one brief with this front matter."""
    write_press(folder)
    write_brief(folder, front_matter, text)
    return check_one(folder)


# issue 11, item 3: keys that people try are read or ignored, with one warning
@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("keywords: [rent, housing]", "R33"),
        ("abstract: Rents rose.", "R33"),
        ("status: final", "R33"),
        ("published: 2024-05-31", "R33"),
        ("language: en", "R33"),
        ("author: Jane Doe", "R33"),
        ("author:\n  name: John Roe\n  affiliation: Example", "R33"),
        ("subtitel: From below", "R10"),
        ("footnotes: yes", "R10"),
        ("tags: rent, housing", "R12"),
        ("theme: Civic", "R24"),
        ("program: wind", "R15"),
        ("related: costs", "R17"),
    ],
)
def test_a_key_that_people_try_is_a_warning(
    tmp_path: Path, line: str, code: str
) -> None:
    problem = check_one_brief(tmp_path, f"{GOOD}{line}\n")
    assert (problem["code"], problem["severity"]) == (code, "warning")


def test_a_required_key_under_another_name_is_reported_once(tmp_path: Path) -> None:
    problem = check_one_brief(tmp_path, "title: Rents\npublished: 2024-05-31\n")
    assert "`published` as `date`" in problem["message"]


def test_an_author_without_a_name_is_left_out(tmp_path: Path) -> None:
    problem = check_one_brief(tmp_path, f"{GOOD}authors:\n  - affiliation: x\n")
    assert problem["message"] == "an author without a name is left out"


@pytest.mark.parametrize(
    ("item", "text"),
    [
        ("Rents: up\n    Wages: down", "Rents: up; Wages: down"),
        ('He said "no": it is', 'He said "no": it is'),
    ],
)
def test_a_sentence_that_is_a_table_in_yaml_is_read_as_text(
    tmp_path: Path, item: str, text: str
) -> None:
    problem = check_one_brief(tmp_path, f"{GOOD}takeaways:\n  - {item}\n")
    assert f"`{text}` is read as one" in problem["message"]


# issue 10, item 4: `authors: A and B`
@pytest.mark.parametrize(
    ("line", "fix"),
    [
        ("authors: Jane Doe and John Roe", "[Jane Doe, John Roe]"),
        ("authors: A and B", "[A, B]"),
        ("authors: Jane Doe & John Roe", "[Jane Doe, John Roe]"),
        ("authors: Jane Doe, John Roe", "[Jane Doe, John Roe]"),
        ("authors: Jane Doe, John Roe and Ann Poe", "[Jane Doe, John Roe, Ann Poe]"),
        ("authors: Jane Doe; John Roe", "[Jane Doe, John Roe]"),
    ],
)
def test_two_authors_in_one_string_are_answered_with_a_list(
    tmp_path: Path, line: str, fix: str
) -> None:
    problem = check_one_brief(tmp_path, f"{GOOD}{line}\n")
    assert problem["code"] == "R16"
    assert f"write `authors: {fix}`" in problem["fix"]
    assert check_brief(tmp_path, f"{GOOD}authors: {fix}\n") == []


@pytest.mark.parametrize(
    "name",
    [
        "Ministry of Health and Welfare",
        "Institute for War and Peace",
        "Energy and Economy Program",
        "Sands & Partners",
        "Martin Luther King, Jr.",
    ],
)
def test_an_office_with_and_in_its_name_is_one_author(
    tmp_path: Path, name: str
) -> None:
    assert check_brief(tmp_path, f"{GOOD}authors: {name}\n") == []


# issue 10, item 4: `12 March 2024`
@pytest.mark.parametrize(
    ("date", "fix"),
    [
        ("12 March 2024", "write `2024-03-12`"),
        ("12 mar. 2024", "write `2024-03-12`"),
        ("12th of March 2024", "write `2024-03-12`"),
        ("2024-3-1", "write `2024-03-01`"),
        ("20240312", "write `2024-03-12`"),
        ("12.03.2024", "write `2024-03-12`"),
        ("05/31/2024", "write `2024-05-31`"),
    ],
)
def test_a_date_in_another_form_is_a_warning_with_the_iso_date(
    tmp_path: Path, date: str, fix: str
) -> None:
    problem = check_one_brief(tmp_path, f"title: Rents\ndate: {date}\n")
    assert (problem["severity"], problem["fix"]) == ("warning", fix)


@pytest.mark.parametrize("date", ["03/04/2024", "31 February 2024", "soon"])
def test_a_date_that_is_not_clear_is_an_error(tmp_path: Path, date: str) -> None:
    problem = check_one_brief(tmp_path, f"title: Rents\ndate: {date}\n")
    assert (problem["code"], problem["severity"]) == ("R14", "error")
    assert problem["fix"] == "write year, month and day: `2024-05-31`"


# issue 10, item 4: a curly-quoted title, an indented date and their kind
@pytest.mark.parametrize(
    ("written", "fix", "cured"),
    [
        (
            "title: “Energy: a view”\ndate: 2024-05-31\n",
            'write `title: "Energy: a view"`, with straight quotation marks',
            'title: "Energy: a view"\ndate: 2024-05-31\n',
        ),
        (
            "title: “Energy”: a view\ndate: 2024-05-31\n",
            'put the value in quotes: `title: "“Energy”: a view"`',
            'title: "“Energy”: a view"\ndate: 2024-05-31\n',
        ),
        (
            "title: Energy: a view\ndate: 2024-05-31\n",
            'put the value in quotes: `title: "Energy: a view"`',
            'title: "Energy: a view"\ndate: 2024-05-31\n',
        ),
        (
            'title: "Energy" and: a view\ndate: 2024-05-31\n',
            "put the value in quotes: `title: '\"Energy\" and: a view'`",
            "title: '\"Energy\" and: a view'\ndate: 2024-05-31\n",
        ),
        (
            "title: 'The tenant's rent'\ndate: 2024-05-31\n",
            'write `title: "The tenant\'s rent"`',
            'title: "The tenant\'s rent"\ndate: 2024-05-31\n',
        ),
        (
            "title: Energy\n  date: 2024-05-31\n",
            "remove the spaces before `date`",
            "title: Energy\ndate: 2024-05-31\n",
        ),
        (
            " title: Energy\ndate: 2024-05-31\n",
            "remove the spaces before `title`",
            "title: Energy\ndate: 2024-05-31\n",
        ),
        (
            "title: Energy\ntags:\n  - rent\n  date: 2024-05-31\n",
            "remove the spaces before `date`",
            "title: Energy\ntags:\n  - rent\ndate: 2024-05-31\n",
        ),
        (
            f"{GOOD}corrections:\n  - date: 2024-06-01\n     text: A figure.\n",
            "indent `text` by 4 spaces",
            f"{GOOD}corrections:\n  - date: 2024-06-01\n    text: A figure.\n",
        ),
        (
            "title: Energy\nsummary: >\n  Rents rose.\n  date: 2024-05-31\n",
            "remove the spaces before `date` in line 5",
            "title: Energy\nsummary: >\n  Rents rose.\ndate: 2024-05-31\n",
        ),
        (
            "title: Energy\n\tdate: 2024-05-31\n",
            "indent with spaces, or not at all",
            "title: Energy\ndate: 2024-05-31\n",
        ),
        (
            "title: @energy\ndate: 2024-05-31\n",
            'put the value in quotes: `title: "@energy"`',
            'title: "@energy"\ndate: 2024-05-31\n',
        ),
        (
            'title: "Energy\ndate: 2024-05-31\n',
            'close the quotation mark: `title: "Energy"`',
            'title: "Energy"\ndate: 2024-05-31\n',
        ),
        (
            "title: Energy\ntags: [rent\ndate: 2024-05-31\n",
            "close the list: `tags: [rent]`",
            "title: Energy\ntags: [rent]\ndate: 2024-05-31\n",
        ),
        (
            f"draft\n{GOOD}",
            "write `draft: value`, or indent the line",
            f"draft: false\n{GOOD}",
        ),
        (
            f'{GOOD}subtitle: "C:\\power"\n',
            "put the value in single quotes: `subtitle: 'C:\\power'`",
            f"{GOOD}subtitle: 'C:\\power'\n",
        ),
    ],
)
def test_a_fix_for_broken_yaml_cures_it(
    tmp_path: Path, written: str, fix: str, cured: str
) -> None:
    problem = check_one_brief(tmp_path, written)
    assert problem["fix"] == fix
    assert check_brief(tmp_path, cured) == []


# issue 10, item 4: `briefs/2026/e.md`
def test_a_brief_one_folder_too_deep_belongs_in_the_folder_of_briefs(
    tmp_path: Path,
) -> None:
    write_press(tmp_path)
    write_brief(tmp_path, GOOD, file="2026/e.md")
    problem = check_one(tmp_path)
    assert (problem["code"], problem["fix"]) == ("R21", "move it to `briefs/e.md`")
    (tmp_path / "briefs" / "2026" / "e.md").rename(tmp_path / "briefs" / "e.md")
    assert check(tmp_path) == []


@pytest.mark.parametrize("name", ["rents.md", "brief.md", "README.md", "Index.md"])
def test_the_only_markdown_in_the_folder_of_a_brief_is_its_index(
    tmp_path: Path, name: str
) -> None:
    write_press(tmp_path)
    write_brief(tmp_path, GOOD, file=f"rents/{name}")
    problem = check_one(tmp_path)
    assert problem["fix"].endswith("it to `briefs/rents/index.md`")


# issue 10, item 4: text after # is a comment in YAML
@pytest.mark.parametrize(
    ("line", "lost"),
    [
        ("title: Energy #1 in Europe", "#1 in Europe"),
        ("subtitle: Energy #1", "#1"),
        ("tags:\n  - water\n  - energy #europe", "#europe"),
        ("tags: #energy", "#energy"),
    ],
)
def test_text_lost_to_a_yaml_comment_is_a_warning(
    tmp_path: Path, line: str, lost: str
) -> None:
    front_matter = f"{line}\ndate: 2024-05-31\n"
    if not line.startswith("title"):
        front_matter = f"title: Rents\n{front_matter}"
    problem = check_one_brief(tmp_path, front_matter)
    assert problem["severity"] == "warning"
    assert f"`{lost}`" in problem["message"]
    assert problem["fix"].startswith("put the value in quotes")


@pytest.mark.parametrize(
    "front_matter",
    [
        'title: "Energy #1 in Europe"\ndate: 2024-05-31\n',
        "title: Energy#1\ndate: 2024-05-31\n",
        f"{GOOD}draft: false  # until the board has met\n",
        f"# a comment\n{GOOD}summary: >\n  Energy #1\n",
    ],
)
def test_a_comment_that_loses_no_text_is_not_reported(
    tmp_path: Path, front_matter: str
) -> None:
    assert check_brief(tmp_path, front_matter) == []


# issue 10, item 5, hostile projects: merge-conflict markers
@pytest.mark.parametrize(
    ("front_matter", "text"),
    [
        (GOOD, "<<<<<<< HEAD\nOne.\n=======\nTwo.\n>>>>>>> branch\n"),
        (GOOD, "<<<<<<< HEAD\nOne.\n||||||| 1a2b3c\nNo.\n=======\nTwo.\n>>>>>>> b\n"),
        (
            f"<<<<<<< HEAD\ntitle: One\n=======\ntitle: Two\n>>>>>>> b\n{GOOD}",
            "Text.\n",
        ),
    ],
)
def test_merge_conflict_markers_are_an_error(
    tmp_path: Path, front_matter: str, text: str
) -> None:
    problem = check_one_brief(tmp_path, front_matter, text)
    assert problem["severity"] == "error"
    assert "merge conflict" in problem["message"]


def test_an_underlined_heading_is_no_merge_conflict(tmp_path: Path) -> None:
    text = "Water\n=======\n\nMore.\n"
    codes = {problem["code"] for problem in check_brief(tmp_path, GOOD, text)}
    assert codes <= {"H01"}  # it is a heading of the first level


# issue 10, item 5, hostile projects: an empty body
@pytest.mark.parametrize("text", ["", "\n \n\n"])
def test_an_empty_body_is_a_warning(tmp_path: Path, text: str) -> None:
    problem = check_one_brief(tmp_path, GOOD, text)
    assert problem["severity"] == "warning"
    assert "no text" in problem["message"]


# issue 10, item 5, hostile projects: bidi controls that are never closed
OVERRIDE, EMBEDDING, ISOLATE = "\u202e", "\u202b", "\u2067"
POP, POP_ISOLATE = "\u202c", "\u2069"


@pytest.mark.parametrize("control", [OVERRIDE, EMBEDDING, ISOLATE])
@pytest.mark.parametrize("key", ["title", "subtitle", "authors", "tags"])
def test_an_unclosed_bidi_control_in_a_brief_is_a_warning(
    tmp_path: Path, key: str, control: str
) -> None:
    lines = {"title": "Rents", "date": "2024-05-31", key: f"John {control}Roe"}
    front_matter = "".join(f"{name}: {value}\n" for name, value in lines.items())
    problem = check_one_brief(tmp_path, front_matter)
    assert problem["severity"] == "warning"
    assert f"U+{ord(control):04X}" in problem["message"]
    assert problem["span"]["line"] == front_matter.split(control)[0].count("\n") + 2


def test_an_unclosed_bidi_control_in_a_name_of_the_press_is_a_warning(
    tmp_path: Path,
) -> None:
    write_press(tmp_path, PRESS.replace("Water", f"{ISOLATE}Water"))
    write_brief(tmp_path, GOOD)
    problem = check_one(tmp_path)
    assert problem["severity"] == "warning"
    assert problem["span"]["file"] == "press.toml"


@pytest.mark.parametrize(
    "title",
    [
        f"Rents {OVERRIDE}abc{POP} and wages",
        f"Rents {ISOLATE}abc{POP_ISOLATE} and wages",
        f"Rents {ISOLATE}{OVERRIDE}abc{POP_ISOLATE} and wages",  # PDI closes both
    ],
)
def test_closed_bidi_controls_are_not_reported(tmp_path: Path, title: str) -> None:
    assert check_brief(tmp_path, f"title: {title}\ndate: 2024-05-31\n") == []


# issue 10, fault 6
def test_an_error_in_another_program_does_not_fail_the_build_of_one_program(
    tmp_path: Path,
) -> None:
    write_press(tmp_path)
    write_brief(tmp_path, f"{GOOD}program: water\n")
    write_brief(tmp_path, "program: energy\ntitle: Wind\n", file="wind.md")
    build = ["build", "--to", "pdf", "--quiet", "--program"]
    water = press(tmp_path, *build, "water", check=False)
    assert (water.returncode, water.stderr) == (0, "")
    energy = press(tmp_path, *build, "energy", check=False)
    assert (energy.returncode, "briefs/wind.md" in energy.stderr) == (1, True)


# issue 10, fault 6
def test_an_error_in_a_draft_of_another_program_does_not_fail_the_build(
    tmp_path: Path,
) -> None:
    write_press(tmp_path)
    write_brief(tmp_path, f"{GOOD}program: water\n")
    write_brief(tmp_path, "program: energy\ndraft: true\n", file="sun.md")
    build = ["build", "--to", "pdf", "--quiet", "--program", "water"]
    water = press(tmp_path, *build, check=False)
    assert (water.returncode, water.stderr) == (0, "")


# issue 10, fault 6
def test_an_error_in_a_brief_of_unknown_program_fails_the_build_of_one_program(
    tmp_path: Path,
) -> None:
    write_press(tmp_path)
    write_brief(tmp_path, "title: Wind\nprogram: [\n", file="wind.md")
    build = ["build", "--to", "pdf", "--quiet", "--program", "water"]
    water = press(tmp_path, *build, check=False)
    assert (water.returncode, "briefs/wind.md" in water.stderr) == (1, True)


# issue 10, item 6: the limit of bytes in a brief
def test_a_brief_above_the_limit_of_bytes_is_an_error(tmp_path: Path) -> None:
    write_press(tmp_path, f"{PRESS}\n[limits]\nbrief_bytes = 100\n")
    brief = f"---\n{GOOD}---\n"
    write_brief(tmp_path, GOOD, "a" * (100 - len(brief)))
    assert check(tmp_path) == []
    write_brief(tmp_path, GOOD, "a" * (101 - len(brief)))
    problem = check_one(tmp_path)
    assert (problem["code"], problem["severity"]) == ("R03", "error")
    assert "100 bytes" in problem["message"]


def test_a_text_above_the_limit_of_bytes_is_not_parsed() -> None:
    date = dt.date(2024, 5, 31)
    brief = Brief("b", "briefs/b.md", "A", date, "en", text="a" * 101, line=5)
    limits = Limits(brief_bytes=100)
    parsed = parse_document(brief, mapping_reader({}), limits)
    assert parsed.document is None
    assert [problem.code for problem in parsed.problems] == ["D06"]
    assert "101 bytes" in parsed.problems[0].message
