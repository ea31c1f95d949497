"""Options and fixtures of all tests, and the order in which the tests run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

from sample_press import samples
from warm_start import stop_server

__all__ = ["samples"]

# Every run has the same examples, here and in CI. `make fuzz` draws others. The quick
# tests draw a quarter of them: `--hypothesis-profile quick`.
settings.register_profile("house", derandomize=True, deadline=None, database=None)
settings.register_profile("quick", settings.get_profile("house"), max_examples=25)
settings.load_profile("house")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--golden`: the expected files are rewritten and can be reviewed as a diff."""
    parser.addoption(
        "--golden",
        action="store_true",
        help="rewrite the expected files with the results of this run",
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the quick tests before the slow ones, so that an error is seen early.

    The first quick tests are those that watch the memory of forked workers: a worker
    that is forked after a thousand tests is as large as all of them. The first slow
    tests are the longest, and the last are many small ones, so that no process waits
    long for another at the end.
    """

    def rank(item: pytest.Item) -> tuple[bool, bool, bool]:
        slow = item.get_closest_marker("slow") is not None
        quick_first = ("test_engine_workers.py",)
        slow_first = ("test_hostile.py", "test_readers.py")
        is_first = item.path.name in (slow_first if slow else quick_first)
        return slow, not is_first, slow and hasattr(item, "callspec")

    items.sort(key=rank)


def pytest_sessionfinish() -> None:
    """End the server of warm commands."""
    stop_server()


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """Return a function that compares a text with a file; `--golden` writes the file."""
    rewrite = bool(request.config.getoption("--golden"))

    def compare(file: Path, text: str) -> None:
        if rewrite:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
        assert text == file.read_text("utf-8"), (
            f"{file} is different; run with --golden and review the diff"
        )

    return compare
