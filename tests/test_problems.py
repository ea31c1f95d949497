"""One folder for each problem code, `tests/problems/<CODE>/`.

`fault/` is a project that has the problem, `expected.txt` is all that is reported, and
`near/` is a similar project without any problem. `odd.toml` names what a repository
cannot contain on every machine: a pipe, a link, two names that differ only in case.
`pytest --golden` rewrites `expected.txt`.
"""

from __future__ import annotations

import re
import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from briefpress.document.files import project_reader
from briefpress.document.links import brief_links, check_links, document_ids
from briefpress.document.parser import parse_document
from briefpress.manuscript.briefs import read_manuscript
from briefpress.press import read_press
from briefpress.problems import (
    BriefpressError,
    Problem,
    catalogue,
    format_group,
    group_by_cause,
    in_order,
)
from oddities import add_oddities

FOLDERS = sorted(
    path for path in (Path(__file__).parent / "problems").iterdir() if path.is_dir()
)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_a_problem_is_reported_word_for_word(
    folder: Path, tmp_path: Path, golden: Callable[[Path, str], None]
) -> None:
    project = _project(folder, "fault", tmp_path)
    found = problems_of(project)
    assert folder.name in {problem.code for problem in found}
    golden(
        folder / "expected.txt",
        "\n\n".join(_message(problem, _text_in(project)) for problem in found) + "\n",
    )


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_a_similar_project_has_no_problem(folder: Path, tmp_path: Path) -> None:
    assert problems_of(_project(folder, "near", tmp_path)) == []


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_each_code_is_in_the_catalogue(folder: Path) -> None:
    assert folder.name in catalogue()


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_the_catalogue_has_the_severity_of_each_code(folder: Path) -> None:
    expected = (folder / "expected.txt").read_text("utf-8")
    severities = set(re.findall(rf"^(\w+)\[{folder.name}\]", expected, re.MULTILINE))
    assert catalogue()[folder.name].severity in severities


def _message(problem: Problem, source: Callable[[str], str | None]) -> str:
    """Return the message of one problem, with its explanation."""
    [group] = group_by_cause([problem])
    return format_group(group, source, explain=True)


def problems_of(project: Path) -> list[Problem]:
    """Return the problems of a project and of the text of its briefs, in order."""
    try:
        press, found = read_press(project)
    except BriefpressError as error:
        return in_order(error.problems)
    briefs, problems = read_manuscript(project, press)
    look = project_reader(project, press.limits.picture_bytes)
    linkable = {brief.file: brief.slug for brief in briefs if not brief.draft}
    site = press.organisation.url
    parsed_briefs = [
        (brief, parse_document(brief, look, press.limits, linkable, site))
        for brief in briefs
    ]
    ids = {
        brief.slug: document_ids(parsed.document)
        for brief, parsed in parsed_briefs
        if parsed.document is not None
    }
    for brief, parsed in parsed_briefs:
        links = brief_links(parsed.document) if parsed.document is not None else ()
        for problem in (*parsed.problems, *check_links(links, ids)):
            problems += (problem.placed(brief.file, parsed.positions),)
    return in_order([*found, *problems])


def _project(folder: Path, which: str, tmp_path: Path) -> Path:
    """Return a copy of a project, with the additions of `odd.toml`."""
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
