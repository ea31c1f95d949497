"""`init`, `new` and `theme new` write valid files, and refuse names that cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from briefpress.cli import main
from briefpress.manuscript.briefs import read_manuscript
from briefpress.press import read_press
from briefpress.theme.folder import theme_folders
from briefpress.theme.read import read_theme

SPECIAL_CHARACTERS = r'He said "no": a \ thing, {here}'


def run(project: Path, *arguments: str) -> Result:
    """Run a command of briefpress on a project."""
    return CliRunner().invoke(main, [*arguments, "--project", str(project)])


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a new project, as `briefpress init` creates it."""
    result = CliRunner().invoke(main, ["init", str(tmp_path)])
    assert result.exit_code == 0
    return tmp_path


def test_names_and_titles_may_contain_special_characters(tmp_path: Path) -> None:
    CliRunner().invoke(main, ["init", str(tmp_path), "--name", SPECIAL_CHARACTERS])
    press, problems = read_press(tmp_path)
    assert problems == ()
    assert press.organisation.name == SPECIAL_CHARACTERS

    result = run(tmp_path, "new", "rent-limits", "--title", SPECIAL_CHARACTERS)
    assert result.exit_code == 0
    briefs, problems = read_manuscript(tmp_path, press)
    assert problems == ()
    titles = {brief.slug: brief.title for brief in briefs}
    assert titles["rent-limits"] == SPECIAL_CHARACTERS


def test_new_works_in_a_press_without_programs(tmp_path: Path) -> None:
    (tmp_path / "press.toml").write_text('[organisation]\nname = "One"\n', "utf-8")
    assert run(tmp_path, "new", "rent-limits").exit_code == 0
    press, _ = read_press(tmp_path)
    _, problems = read_manuscript(tmp_path, press)
    assert problems == ()


@pytest.mark.parametrize(
    ("slug", "suggestion"),
    [
        ("Rent_Limits", "rent-limits"),
        ("con", "con-brief"),
        ("index", "index-brief"),
        ("research", "research-brief"),
    ],
)
def test_new_refuses_an_invalid_name_and_suggests_another(
    project: Path, slug: str, suggestion: str
) -> None:
    result = run(project, "new", slug)
    assert result.exit_code == 2
    assert suggestion in result.output
    files = [path.name for path in (project / "briefs").iterdir()]
    assert files == ["first-brief.md"]


def test_new_refuses_the_slug_of_another_brief(project: Path) -> None:
    text = "---\ntitle: One\ndate: 2024-01-01\nslug: rents\n---\nText.\n"
    (project / "briefs" / "other.md").write_text(text, "utf-8")
    result = run(project, "new", "rents")
    assert result.exit_code == 2
    assert "briefs/other.md" in result.output


@pytest.mark.parametrize(
    "arguments", [("../mine",), ("Mine",), ("mine", "--accent", "red; }")]
)
def test_theme_new_refuses_invalid_names_and_colours(
    project: Path, arguments: tuple[str, ...]
) -> None:
    assert run(project, "theme", "new", *arguments).exit_code == 2
    assert not (project / "themes").exists()
    assert not (project / "mine").exists()


def test_a_new_theme_can_be_used(project: Path) -> None:
    result = run(project, "theme", "new", "mine", "--accent", "rgb(1, 2, 3)")
    assert result.exit_code == 0
    theme, problems = read_theme("mine", theme_folders(project))
    assert problems == ()
    assert theme.chain == ("mine", "plain")
    assert theme.tokens["color-accent"] == "rgb(1, 2, 3)"


def test_theme_list_includes_a_theme_with_an_error(project: Path) -> None:
    bad = project / "themes" / "bad"
    bad.mkdir(parents=True)
    (bad / "theme.toml").write_text('parent = "missing"\n', "utf-8")
    invalid_name = project / "themes" / "Odd"
    invalid_name.mkdir()
    (invalid_name / "theme.toml").write_text("", "utf-8")

    result = run(project, "theme", "list")
    assert result.exit_code == 1
    first_words = {line.partition(" ")[0] for line in result.output.splitlines()}
    assert first_words >= {"bad", "civic", "plain"}
    assert "Odd" not in result.output


@pytest.mark.parametrize(
    "arguments",
    [
        ("build", "unknown"),
        ("build", "first-brief"),  # a draft
        ("build", "--program", "x"),
        ("check", "x"),
        ("audit", "x"),
        ("theme", "show", "x"),
        ("theme", "new", "y", "--parent", "x"),
    ],
)
def test_an_unknown_name_is_a_usage_error(
    project: Path, arguments: tuple[str, ...]
) -> None:
    assert run(project, *arguments).exit_code == 2


def test_examples_in_the_help_are_on_lines_of_their_own() -> None:
    result = CliRunner().invoke(main, ["build", "--help"])
    lines = [line.strip() for line in result.output.splitlines()]
    assert "briefpress build japan-central-asia --to pdf" in lines
