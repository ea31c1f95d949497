"""How serious a warning is, and how warnings are printed: one line for each cause."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from small_press import new_project, run

__all__ = ["new_project"]  # a fixture

HEADINGS = (
    "## First\n\nText.\n\n#### Second\n\nText.\n\n## Third\n\n##### Fourth\n\nText.\n"
)


@pytest.fixture
def project(new_project: Path) -> Path:
    """Return a project with a brief that has two warnings of one kind, and no error."""
    brief = new_project / "briefs" / "one.md"
    front = brief.read_text("utf-8").split("---\n")[1]
    brief.write_text(f"---\n{front}---\n{HEADINGS}", "utf-8")
    return new_project


def set_check(project: Path, line: str) -> None:
    """Add `[checks]` with a line to press.toml."""
    press = project / "press.toml"
    press.write_text(f"{press.read_text('utf-8')}\n[checks]\n{line}\n", "utf-8")


def test_the_warnings_of_one_cause_are_one_line(project: Path) -> None:
    done = run("check", project)
    assert done.returncode == 0
    [line] = done.stderr.splitlines()
    message = "a heading of level 4 follows one of level 2"
    assert line.startswith("warning[H02] briefs/one.md:")
    assert message in line
    assert line.endswith("(and 1 more of this kind: 16)"), line


def test_hundreds_of_warnings_are_one_line_with_their_count(project: Path) -> None:
    brief = project / "briefs" / "one.md"
    text = brief.read_text("utf-8")
    brief.write_text(text + "#### Again\n\n## Back\n\n" * 300, "utf-8")
    done = run("check", project)
    [line] = done.stderr.splitlines()
    message = "a heading of level 4 follows one of level 2"
    assert line.startswith(f"warning[H02] briefs/one.md:10: {message}")
    assert line.endswith("(and 301 more of this kind: 16, 19, 23, …)"), line


def warnings_of(project: Path, text: str) -> list[str]:
    """Return the lines that a check prints for a brief with this text."""
    brief = project / "briefs" / "one.md"
    front = brief.read_text("utf-8").split("---\n")[1]
    brief.write_text(f"---\n{front}---\n{text}", "utf-8")
    return run("check", project).stderr.splitlines()


def test_links_to_nothing_are_one_line_that_names_them(project: Path) -> None:
    links = "See [one](#old), [two](#gone).\n\nSee [three](#lost).\n"
    [line] = warnings_of(project, links)
    assert "no part of this brief has the id `old`" in line
    assert line.endswith("(and 2 more of this kind: 6 `gone`, 8 `lost`)"), line


def test_the_message_of_too_many_links_names_the_first(project: Path) -> None:
    links = " ".join(f"[a](#gone-{number})" for number in range(51))  # 50 are kept
    [line] = warnings_of(project, f"{links}\n")
    assert line.startswith("warning[L01] briefs/one.md:6: no part of this brief")
    assert "(and 50 more of this kind: 6 `gone-1`," in line


def test_messages_of_one_place_are_counted(project: Path) -> None:
    (project / "briefs" / "2024-01-01-rents.md").write_text("# Rents\n\nText.\n")
    [line] = run("check", project).stderr.splitlines()[:1]
    assert "`date` is missing" in line
    assert line.endswith("(and 1 more of this kind: 1 `title`)"), line


def test_each_kind_of_foreign_markup_is_one_line(project: Path) -> None:
    text = "Rents {{< rise >}} and {{< fall >}}.\n\nSee \\cite{a}.\n"
    hugo, tex = warnings_of(project, text)
    assert "`{{< rise >}}` is printed as typed" in hugo
    assert hugo.endswith("(and 1 more of this kind: 6 `{{< fall >}}`)"), hugo
    assert "\\cite{a}" in tex


def test_a_warning_is_explained_on_request(project: Path) -> None:
    done = run("check", project, "--explain-warnings")
    assert "  why: outlines and screen readers count levels" in done.stderr
    assert "#### Second" in done.stderr
    assert "  fix: begin it with" in done.stderr


def test_every_place_is_shown_on_request(project: Path) -> None:
    done = run("check", project, "--all")
    places = [line for line in done.stderr.splitlines() if line.startswith("  at ")]
    assert len(places) == 2
    assert all(place.startswith("  at briefs/one.md:") for place in places)


def test_json_has_the_count_and_the_places(project: Path) -> None:
    done = run("check", project, "--json")
    [problem] = json.loads(done.stdout)["problems"]
    assert problem["code"] == "H02"
    assert problem["count"] == 2
    assert [place["file"] for place in problem["places"]] == ["briefs/one.md"] * 2
    assert problem["span"] == problem["places"][0]


@pytest.mark.slow
@pytest.mark.parametrize("command", ["check", "build"])
def test_strict_makes_errors_of_warnings(project: Path, command: str) -> None:
    done = run(command, project, "--strict")
    assert done.returncode == 1
    assert "error[H02]" in done.stderr


@pytest.mark.slow
def test_a_warning_that_is_an_error_keeps_its_brief_from_being_published(
    project: Path,
) -> None:
    set_check(project, 'H02 = "error"')
    done = run("build", project, "--to", "html,pdf")
    assert done.returncode == 1
    assert "1 brief not published, 2 errors in 1 file" in done.stderr
    published = {path.stem for path in (project / "build" / "pdf").glob("*.pdf")}
    assert published == {"two"}


def test_a_warning_can_be_switched_off(project: Path) -> None:
    set_check(project, 'H02 = "off"')
    done = run("check", project, "--strict")
    assert done.returncode == 0
    assert done.stderr == ""


def test_an_error_cannot_be_lowered(project: Path) -> None:
    set_check(project, 'N02 = "warning"')
    done = run("check", project)
    assert done.returncode == 1
    assert "error[R32]: `N02` is always an error: call without a note" in done.stderr


def test_an_unknown_code_is_an_error(project: Path) -> None:
    set_check(project, 'H92 = "off"')
    done = run("check", project)
    assert done.returncode == 1
    assert "unknown code `H92`" in done.stderr
    assert "  fix: docs/problems.md has all codes" in done.stderr


@pytest.mark.slow
def test_the_last_line_of_a_build_says_what_to_do(project: Path) -> None:
    done = run("build", project, "--to", "pdf")
    last = done.stderr.splitlines()[-1]
    assert last == "1 warning: `--explain-warnings` says how to fix them"
