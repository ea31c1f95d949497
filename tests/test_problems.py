"""One folder for each problem code, `tests/problems/<CODE>/`.

`fault/` is a project that has the fault, `expected.txt` all that we say of it, and `near/` the nearest
project that has not the fault. `odd.toml` names what a repository cannot carry to every machine: a pipe, a
link, two names that differ only in case. `pytest --golden` rewrites `expected.txt`.
"""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from briefpress.document.files import project_reader
from briefpress.document.parser import parse_document
from briefpress.manuscript import read_manuscript
from briefpress.press import read_press
from briefpress.problems import BriefpressError, Problem, catalogue, in_order, report
from oddities import add_oddities

FOLDERS = sorted(
    path for path in (Path(__file__).parent / "problems").iterdir() if path.is_dir()
)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_fault(
    folder: Path, tmp_path: Path, golden: Callable[[Path, str], None]
) -> None:
    """The fault is told under its own code, word for word."""
    project = _project(folder, "fault", tmp_path)
    found = problems_of(project)
    assert folder.name in {problem.code for problem in found}
    golden(
        folder / "expected.txt",
        "\n\n".join(report(problem, _text_in(project)) for problem in found) + "\n",
    )


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_near_miss(folder: Path, tmp_path: Path) -> None:
    """What comes near the fault, and is right, is let through without a word."""
    assert problems_of(_project(folder, "near", tmp_path)) == []


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_code_is_in_the_catalogue(folder: Path) -> None:
    """Each code says what it means and why it matters."""
    assert catalogue()[folder.name].keys() >= {"title", "why", "example"}


def problems_of(project: Path) -> list[Problem]:
    """Return what reading a project and parsing its briefs tells, in order."""
    try:
        press, found = read_press(project)
    except BriefpressError as error:
        return in_order(error.problems)
    briefs, problems = read_manuscript(project, press)
    look = project_reader(project, press.limits.picture_bytes)
    slugs = {brief.slug for brief in briefs if not brief.draft}
    for brief in briefs:
        parsed = parse_document(brief, look, press.limits, slugs)
        problems += tuple(
            problem.placed(brief.file, parsed.positions) for problem in parsed.problems
        )
    return in_order([*found, *problems])


def _project(folder: Path, which: str, tmp_path: Path) -> Path:
    """Return a copy of the folder, with what `odd.toml` adds to it."""
    project = tmp_path / which
    shutil.copytree(folder / which, project)
    odd = folder / "odd.toml"
    if odd.exists():
        add_oddities(project, tomllib.loads(odd.read_text("utf-8")).get(which, []))
    return project


def _text_in(project: Path) -> Callable[[str], str | None]:
    def text(file: str) -> str | None:
        path = project / file
        return path.read_bytes().decode("utf-8", "replace") if path.is_file() else None

    return text
