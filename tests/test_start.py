"""The commands that begin something: what they write is right, and what cannot be right they refuse."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from briefpress.cli import main
from briefpress.manuscript import read_manuscript
from briefpress.press import read_press
from briefpress.theme import read_theme, theme_folders

ODD = r'He said "no": a \ thing, {here}'


def type_in(project: Path, *words: str) -> Result:
    """Return what a command says of a project."""
    return CliRunner().invoke(main, [*words, "--project", str(project)])


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a press as `briefpress init` begins it."""
    assert CliRunner().invoke(main, ["init", str(tmp_path)]).exit_code == 0
    return tmp_path


def test_any_name_and_title_can_be_begun_with(tmp_path: Path) -> None:
    CliRunner().invoke(main, ["init", str(tmp_path), "--name", ODD])
    press, problems = read_press(tmp_path)
    assert (press.organisation.name, problems) == (ODD, ())
    assert type_in(tmp_path, "new", "rent-limits", "--title", ODD).exit_code == 0
    briefs, problems = read_manuscript(tmp_path, press)
    assert problems == ()
    assert {brief.slug: brief.title for brief in briefs}["rent-limits"] == ODD


def test_a_press_without_programs_can_have_a_brief(tmp_path: Path) -> None:
    (tmp_path / "press.toml").write_text('[organisation]\nname = "One"\n', "utf-8")
    assert type_in(tmp_path, "new", "rent-limits").exit_code == 0
    assert read_manuscript(tmp_path, read_press(tmp_path)[0])[1] == ()


@pytest.mark.parametrize(
    ("slug", "word"),
    [
        ("Rent_Limits", "rent-limits"),
        ("con", "con-brief"),
        ("index", "index-brief"),
        ("research", "research-brief"),
    ],
)
def test_a_brief_is_not_begun_under_a_name_that_it_may_not_have(
    project: Path, slug: str, word: str
) -> None:
    done = type_in(project, "new", slug)
    assert (done.exit_code, word in done.output) == (2, True)
    assert [path.name for path in (project / "briefs").iterdir()] == ["first-brief.md"]


def test_a_brief_is_not_begun_under_the_slug_of_another(project: Path) -> None:
    text = f"---\ntitle: One\ndate: {dt.date(2024, 1, 1)}\nslug: rents\n---\nText.\n"
    (project / "briefs" / "other.md").write_text(text, "utf-8")
    done = type_in(project, "new", "rents")
    assert (done.exit_code, "briefs/other.md" in done.output) == (2, True)


@pytest.mark.parametrize(
    "words", [("../mine",), ("Mine",), ("mine", "--accent", "red; }")]
)
def test_a_theme_is_not_begun_that_nothing_could_use(
    project: Path, words: tuple[str, ...]
) -> None:
    assert type_in(project, "theme", "new", *words).exit_code == 2
    assert not (project / "themes").exists()
    assert not (project / "mine").exists()


def test_a_theme_that_was_begun_can_be_used(project: Path) -> None:
    assert (
        type_in(project, "theme", "new", "mine", "--accent", "rgb(1, 2, 3)").exit_code
        == 0
    )
    theme, problems = read_theme("mine", theme_folders(project))
    assert (theme.chain, theme.tokens["color-accent"], problems) == (
        ("mine", "plain"),
        "rgb(1, 2, 3)",
        (),
    )


def test_a_theme_that_is_wrong_is_listed_with_the_others(project: Path) -> None:
    (project / "themes" / "bad").mkdir(parents=True)
    (project / "themes" / "bad" / "theme.toml").write_text(
        'parent = "nobody"\n', "utf-8"
    )
    (project / "themes" / "Odd").mkdir()
    (project / "themes" / "Odd" / "theme.toml").write_text("", "utf-8")
    done = type_in(project, "theme", "list")
    assert done.exit_code == 1
    assert {"bad", "civic", "plain"} <= {
        line.partition(" ")[0] for line in done.output.splitlines()
    }
    assert "Odd" not in done.output


@pytest.mark.parametrize(
    "words",
    [
        *(
            ("build", "nobody"),
            ("build", "first-brief"),
            ("build", "--program", "x"),
            ("check", "x"),
            ("audit", "x"),
        ),
        *(("theme", "show", "x"), ("theme", "new", "y", "--parent", "x")),
    ],
)
def test_a_name_that_is_nobodys_is_wrong_usage(
    project: Path, words: tuple[str, ...]
) -> None:
    assert type_in(project, *words).exit_code == 2


def test_the_examples_of_help_stand_on_lines_of_their_own() -> None:
    lines = [
        line.strip()
        for line in CliRunner().invoke(main, ["build", "--help"]).output.splitlines()
    ]
    assert "briefpress build japan-central-asia --to pdf" in lines
