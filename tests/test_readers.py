"""Reading systems, Ace and the Kindle format, with the tests' own book and the samples."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from readers.run import ace, kindle, opens, own_book

pytestmark = pytest.mark.slow


@pytest.fixture
def shelf(samples: Path, tmp_path: Path) -> list[Path]:
    """Return the tests' own book and those of the samples."""
    found = sorted((samples / "build" / "epub").glob("*.epub"))
    assert len(found) >= 3
    return [own_book(tmp_path), *found]


def test_reading_systems_open_our_book(tmp_path: Path) -> None:
    assert opens(own_book(tmp_path), Path(os.environ.get("SHOTS", tmp_path)))


def test_ace_finds_no_accessibility_problem(shelf: list[Path], tmp_path: Path) -> None:
    """Of our own book, which has every kind of block, and the largest of the samples."""
    own, *books = shelf
    largest = max(books, key=lambda book: book.stat().st_size)
    found = {book.name: ace(book, tmp_path) for book in (own, largest)}
    assert found == {own.name: [], largest.name: []}


@pytest.mark.skipif(
    not shutil.which("ebook-convert"),
    reason="calibre is not installed",
)
def test_nothing_is_lost_in_the_kindle_format(
    shelf: list[Path], tmp_path: Path
) -> None:
    assert {book.name: kindle(book, tmp_path) for book in shelf} == {
        book.name: [] for book in shelf
    }
