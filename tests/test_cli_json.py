"""`--json` prints the keys that docs/commands.md describes, and no others."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from briefpress.cli import main
from small_press import new_project, project, replace_in_brief, run

__all__ = ["new_project", "project"]  # fixtures

PAGE = (Path(__file__).parent.parent / "docs" / "commands.md").read_text("utf-8")


def documented_keys(command: str) -> set[str]:
    """Return the keys of a command's JSON object in the table."""
    return set(re.findall(rf"^\| `{command}` \| `(\w+)` \|", PAGE, re.MULTILINE))


def keys_in_paragraph(start: str) -> set[str]:
    """Return the words in backticks of the paragraph that starts with these words."""
    paragraph = PAGE.partition(f"\n{start}")[2].partition("\n\n")[0]
    return set(re.findall(r"`(\w+)`", paragraph))


def json_of(project: Path, *command: str) -> object:
    """Return the JSON that a command prints."""
    name, *arguments = command
    done = run(name, project, *arguments, "--json")
    result: object = json.loads(done.stdout)
    return result


@pytest.mark.parametrize("command", ["build", "audit"])
@pytest.mark.slow
def test_the_keys_of_a_build_are_documented(project: Path, command: str) -> None:
    replace_in_brief(project, "two", "Text", "Text[^none]")
    report = json_of(project, command)
    assert isinstance(report, dict)
    assert report.keys() == documented_keys(command)
    row = re.search(r"^\| `audit` \| `audits` \|(.*)$", PAGE, re.MULTILINE)
    assert row is not None
    assert report["audits"]["one"].keys() == set(re.findall(r"`(\w+)`", row[1]))


def test_the_keys_of_a_check_and_of_problems_are_documented(new_project: Path) -> None:
    replace_in_brief(new_project, "two", "Text", "Text[^none]")
    result = json_of(new_project, "check")
    assert isinstance(result, dict)
    assert result.keys() == documented_keys("check")
    [problem] = result["problems"]
    keys = {*problem, *problem["span"], "error", "warning", "advice"}
    assert keys == keys_in_paragraph("The problems of one cause ")


def test_the_keys_of_the_list_are_documented(new_project: Path) -> None:
    briefs = json_of(new_project, "list")
    assert isinstance(briefs, list)
    assert briefs[0].keys() == keys_in_paragraph("`list` prints ")


def test_the_keys_of_the_doctor_are_documented(new_project: Path) -> None:
    findings = json_of(new_project, "doctor")
    assert isinstance(findings, list)
    assert findings[0].keys() == keys_in_paragraph("`doctor` prints ")


def test_the_keys_of_a_theme_are_documented() -> None:
    result = CliRunner().invoke(main, ["theme", "show", "civic", "--json"])
    parts = json.loads(result.output)
    assert parts.keys() == documented_keys("theme show")
    row = re.search(r"^\| `theme show` \| `fonts` \|(.*)$", PAGE, re.MULTILINE)
    assert row is not None
    assert parts["fonts"][0].keys() == set(re.findall(r"`(\w+)`", row[1]))
