"""`make torture`: long tests, with a table of results at the end."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from torture_press import NEW, OLD, Row, build, published, write_press

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this folder."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.torture)


@pytest.fixture
def row(record_property: Callable[[str, Any], None]) -> Row:
    """Return a function that adds a row to the table: test, rounds, result."""
    begun = time.monotonic()

    def add(what: str, rounds: int, result: str) -> None:
        record_property(
            "torture", (what, rounds, result, round(time.monotonic() - begun))
        )

    return add


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the table."""
    reports = [
        *terminalreporter.getreports("passed"),
        *terminalreporter.getreports("failed"),
    ]
    rows = [
        (*value, report.outcome)
        for report in reports
        for name, value in report.user_properties
        if name == "torture"
    ]
    if rows:
        terminalreporter.section("torture")
        for what, rounds, result, seconds, outcome in rows:
            terminalreporter.line(
                f"{what:<62} {rounds:>4}  {result:<52} {seconds:>4} s  {outcome}"
            )


@pytest.fixture(scope="session")
def presses(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a press that was edited after its build, and a clean build.

    They are in `stale` and `clean`.
    """
    folder = tmp_path_factory.mktemp("presses")
    for name, briefs in (("clean", NEW), ("stale", OLD)):
        build(write_press(folder / name, briefs), "--quiet")
    write_press(folder / "stale", NEW)
    return folder


@pytest.fixture(scope="session")
def clean(presses: Path) -> dict[str, bytes]:
    """Return the files that the edited press must publish."""
    return published(presses / "clean" / "build")


@pytest.fixture
def stale(presses: Path, tmp_path: Path) -> Iterator[Callable[[object], Path]]:
    """Return a function that copies the edited press, for one round."""

    def copy(number: object) -> Path:
        return Path(shutil.copytree(presses / "stale", tmp_path / str(number)))

    yield copy
    shutil.rmtree(tmp_path, ignore_errors=True)
