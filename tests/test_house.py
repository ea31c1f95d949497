"""The project itself: the wheel, the lock files, the checks, the size of the source."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import briefpress
from brief_path import files_to_open, names_the_functions_of_steps
from house_metrics import Counts, count_by_package
from sample_press import add_web_fonts

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
LOCKS = ("requirements.lock", "requirements-test.lock")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel as for a release, and return it."""
    folder = tmp_path_factory.mktemp("dist")
    build = [
        sys.executable,
        "-m",
        "hatchling",
        "build",
        "--target",
        "wheel",
        "--directory",
        str(folder),
    ]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def test_the_wheel_contains_the_themes_and_the_problem_codes(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    for theme in ("plain", "civic"):
        ours = {
            p.relative_to(ROOT).as_posix()
            for p in (ROOT / "themes" / theme).rglob("*")
            if p.is_file()
        }
        assert {f"briefpress/{name}" for name in ours} <= names
    assert "briefpress/problems.toml" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not [
        name
        for name in names
        if not re.match(r"briefpress(-[\d.]+\.dist-info)?/", name)
    ]


def test_an_installed_briefpress_finds_its_themes(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    ask = [
        sys.executable,
        "-m",
        "briefpress",
        "theme",
        "list",
        "--project",
        str(tmp_path),
    ]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
    said = subprocess.run(
        ask, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    ).stdout
    assert [line.split()[0] for line in said.splitlines()] == ["civic", "plain"]


def test_the_metadata_of_the_wheel_is_right(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        metadata = archive.read(
            next(n for n in archive.namelist() if n.endswith("/METADATA"))
        ).decode()
    assert f"Version: {briefpress.__version__}\n" in metadata
    assert "License-Expression: AGPL-3.0-or-later\n" in metadata
    assert "Requires-Dist: weasyprint==70.0\n" in metadata


def test_the_licence_is_the_complete_agpl() -> None:
    words = (ROOT / "LICENSE").read_text("utf-8").split()
    assert (
        " ".join(words[:9])
        == "GNU AFFERO GENERAL PUBLIC LICENSE Version 3, 19 November"
    )
    assert len(words) == 5535


@pytest.mark.parametrize("name", LOCKS)
def test_the_locks_have_versions_and_hashes_but_no_addresses(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    assert "://" not in text
    assert not re.search(r"^(-|--)", text, re.MULTILINE)
    entries = re.split(r"\n(?=[a-z])", text.partition("make lock\n")[2])
    assert len(entries) > 30
    for entry in entries:
        assert re.match(r"[a-z0-9.-]+==\S+", entry), entry
        assert "--hash=sha256:" in entry, entry


def test_the_locks_agree_and_contain_every_dependency() -> None:
    run, test = (
        dict(
            re.findall(
                r"^([a-z0-9.-]+)==(\S+)", (ROOT / n).read_text("utf-8"), re.MULTILINE
            )
        )
        for n in LOCKS
    )
    assert run.items() <= test.items()
    wanted = {
        re.split(r"[^\w.-]", line)[0].lower()
        for line in PROJECT["project"]["dependencies"]
    }
    assert wanted <= run.keys()
    wanted = {
        re.split(r"[^\w.-]", line)[0].lower()
        for line in PROJECT["project"]["optional-dependencies"]["test"]
    }
    assert wanted <= test.keys()
    assert run["weasyprint"] == "70.0"


def test_the_fonts_of_the_themes_are_dependencies() -> None:
    themes = [
        tomllib.loads(path.read_text("utf-8"))
        for path in (ROOT / "themes").glob("*/theme.toml")
    ]
    used = {face["package"] for theme in themes for face in theme.get("fonts", [])}
    declared = {
        re.split(r"[^\w-]", line)[0] for line in PROJECT["project"]["dependencies"]
    }
    assert used == {name for name in declared if name.startswith("fontpkg-")}


def test_every_lint_rule_that_is_off_has_a_reason() -> None:
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    lint = text[text.index("[tool.ruff.lint]") : text.index("[tool.ruff.lint.pylint]")]
    rules = re.findall(r'^  "[A-Z]+\d*",(.*)$', lint, re.MULTILINE)
    assert len(rules) > 15
    assert all(re.fullmatch(r" +# \S.+", reason) for reason in rules)


def test_ci_runs_make_test() -> None:
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    assert "make test" in script
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


@pytest.fixture(scope="module")
def counts() -> Counts:
    """Return the counts of the program's source."""
    return count_by_package(ROOT / "src")["all"]


def test_the_program_has_at_most_140_modules(counts: Counts) -> None:
    assert counts.modules <= 140


def test_at_most_25_modules_are_imported_by_exactly_one_other(counts: Counts) -> None:
    assert counts.imported_once <= 25


def test_a_line_of_code_has_at_most_8_5_syntax_nodes(counts: Counts) -> None:
    assert counts.nodes_per_line <= 8.5


def test_100_lines_of_code_have_at_most_34_branches(counts: Counts) -> None:
    assert counts.branches_per_100_lines <= 34


def test_one_brief_through_one_build_opens_at_most_12_files(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    cache = tmp_path / "cache"
    add_web_fonts(tmp_path_factory, cache)
    files = files_to_open(ROOT / "src", cache)
    assert {"pipeline/steps.py", "editions/pdf/render.py"} <= set(files)
    assert len(files) <= 12, files


def test_every_function_of_a_step_is_named_where_the_step_is_made() -> None:
    assert names_the_functions_of_steps(ROOT / "src")
