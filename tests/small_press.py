"""A project with two briefs in one program, and commands on it, for several tests."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from sample_press import add_web_fonts, built_once
from warm_start import run_warm

PRESS = """\
theme = "plain"
[organisation]
name = "House"
[programs.a]
name = "Program A"
acronym = "PA"
tokens = { "color-accent" = "#224466" }
"""
BRIEF = """\
---
title: {title}
date: 2024-0{month}-02
program: a
---
Text of {title}.[^1]

[^1]: A note.
"""


def write_project(folder: Path) -> Path:
    """Write press.toml, and the briefs `one` and `two` of program `a`."""
    (folder / "briefs").mkdir(parents=True)
    (folder / "press.toml").write_text(PRESS, "utf-8")
    for month, name in enumerate(("one", "two"), 1):
        text = BRIEF.format(title=name.title(), month=month)
        (folder / "briefs" / f"{name}.md").write_text(text, "utf-8")
    return folder


@pytest.fixture
def new_project(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project that was never built; its store has only web fonts."""
    folder = write_project(tmp_path / "project")
    add_web_fonts(tmp_path_factory, folder / ".briefpress")
    return folder


@pytest.fixture
def project(new_project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project with a filled cache, so that builds are quick; it has no output."""
    built = built_once(tmp_path_factory, "two-briefs", write_project)
    store = new_project / ".briefpress"
    shutil.copytree(built / ".briefpress", store, dirs_exist_ok=True)
    return new_project


def replace_in_brief(project: Path, name: str, old: str, new: str) -> None:
    """Replace the first `old` in a brief. The test fails if there is none."""
    path = project / "briefs" / f"{name}.md"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def run(
    command: str, project: Path, *arguments: str, folder: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command of briefpress on a project, in a folder."""
    return run_warm([command, "--project", str(project), *arguments], folder)


def build(project: Path, *arguments: str, status: int = 0) -> dict[str, list[str]]:
    """Build, and return the JSON report, with the names of the steps that ran as `ran`."""
    done = run("build", project, "--json", *arguments)
    assert done.returncode == status, done.stdout + done.stderr
    report: dict[str, list[str]] = json.loads(done.stdout)
    report["ran"] = sorted(reason.partition(":")[0] for reason in report["reasons"])
    return report


def published(project: Path) -> set[str]:
    """Return the published editions: "pdf/one.pdf", "html/one", "epub/a.epub"."""
    out = project / "build"
    found = [*out.glob("pdf/*"), *out.glob("html/*"), *out.glob("epub/*.epub")]
    return {path.relative_to(out).as_posix() for path in found}
