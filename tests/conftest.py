"""What every test may use: `--golden` writes what the program says now in place of what was expected.

The quick tests run first, so that a slip is told in seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

from sample_press import samples

__all__ = ["samples"]

# The same examples in every run: what CI finds, everybody finds. `make fuzz` is where chance has its say.
settings.register_profile("house", derandomize=True, deadline=None, database=None)
settings.load_profile("house")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--golden`; the diff that it leaves is the review."""
    parser.addoption(
        "--golden",
        action="store_true",
        help="rewrite the expected files with what the program says now",
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the slow tests last, and first those that fork workers and watch what they grow by.

    A worker that is forked from a process in which a thousand tests have run is as large as all of them.
    Of the slow ones the longest begin, and the many small ones with a parameter end, so that no process waits long for
    the other.
    """

    def turn(item: pytest.Item) -> tuple[bool, bool, bool]:
        slow = item.get_closest_marker("slow") is not None
        first = (
            ("test_hostile.py", "test_readers.py")
            if slow
            else ("test_engine_workers.py",)
        )
        return slow, item.path.name not in first, slow and hasattr(item, "callspec")

    items.sort(key=turn)


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """Return a function that holds a text against a file, or writes the file when `--golden` is given."""
    rewrite = bool(request.config.getoption("--golden"))

    def compare(file: Path, text: str) -> None:
        if rewrite:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
        assert text == file.read_text("utf-8"), (
            f"{file} says something else; run with --golden and look at the diff"
        )

    return compare
