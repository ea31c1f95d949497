"""The tests' own book and those of the samples before `readers/run.py`: reading systems, Ace, a Kindle and back."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from readers.run import ace, kindle, opens, own_book

pytestmark = pytest.mark.slow


@pytest.fixture
def shelf(samples: Path, tmp_path: Path) -> list[Path]:
    """Return the books: the tests' own and those of the samples."""
    found = sorted((samples / "build" / "epub").glob("*.epub"))
    assert len(found) >= 3
    return [own_book(tmp_path), *found]


def test_reading_systems_open_our_book(tmp_path: Path) -> None:
    assert opens(own_book(tmp_path), Path(os.environ.get("SHOTS", tmp_path)))


def test_ace_finds_no_barrier(shelf: list[Path], tmp_path: Path) -> None:
    assert {book.name: ace(book, tmp_path) for book in shelf} == {
        book.name: [] for book in shelf
    }


@pytest.mark.skipif(
    not shutil.which("ebook-convert"),
    reason="no calibre: nothing is taken to a Kindle and back",
)
def test_nothing_is_lost_on_the_way_to_a_kindle_and_back(
    shelf: list[Path], tmp_path: Path
) -> None:
    assert {book.name: kindle(book, tmp_path) for book in shelf} == {
        book.name: [] for book in shelf
    }
