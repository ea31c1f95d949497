from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from projects import write_project

from compare_editions import Allowed, Difference, compare, plant, report


def epub(**parts: str) -> bytes:
    """Return an EPUB with these parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in parts.items():
            archive.writestr(zipfile.ZipInfo(name), text)
    return out.getvalue()


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Return two output folders with the same files."""
    for name in ("old", "new"):
        folder = tmp_path / name
        for part in ("pdf", "epub", ".briefpress"):
            (folder / part).mkdir(parents=True)
        (folder / "pdf" / "a.pdf").write_bytes(b"%PDF-1.7 pages")
        (folder / "epub" / "a.epub").write_bytes(epub(nav="<nav/>", text="<p/>"))
        (folder / ".briefpress" / "manifest").write_text(name, "utf-8")
    return tmp_path / "old", tmp_path / "new"


def test_the_same_files_have_no_difference(folders: tuple[Path, Path]) -> None:
    assert list(compare("a", *folders)) == []


def test_one_changed_byte_is_a_difference(folders: tuple[Path, Path]) -> None:
    plant(folders[1])
    assert [found.file for found in compare("a", *folders)] == ["pdf/a.pdf"]


def test_a_changed_part_of_an_epub_is_named(folders: tuple[Path, Path]) -> None:
    changed = epub(nav="<nav/>", text="<p></p>")
    (folders[1] / "epub" / "a.epub").write_bytes(changed)
    assert [found.file for found in compare("a", *folders)] == ["epub/a.epub!text"]


def test_an_epub_packed_in_another_order_is_a_difference(
    folders: tuple[Path, Path],
) -> None:
    changed = epub(text="<p/>", nav="<nav/>")
    (folders[1] / "epub" / "a.epub").write_bytes(changed)
    assert [found.file for found in compare("a", *folders)] == ["epub/a.epub"]


def test_files_that_only_one_version_publishes_are_differences(
    folders: tuple[Path, Path],
) -> None:
    (folders[0] / "pdf" / "gone.pdf").touch()
    (folders[1] / "pdf" / "more.pdf").touch()
    found = [(one.file, one.what) for one in compare("a", *folders)]
    assert found == [
        ("pdf/gone.pdf", "not published any more"),
        ("pdf/more.pdf", "not published before"),
    ]


def test_only_differences_that_are_allowed_give_exit_status_0() -> None:
    differences = [Difference("fuzz-1", "html/a/index.html", "byte 1")]
    allowed = [Allowed(4, "fuzz-*", "html/*/index.html", "links to no missing PDF")]
    assert report(differences, allowed, 1, 1, 0) == 0
    other = [Difference("samples", "html/a/index.html", "byte 1")]
    assert report(other, allowed, 1, 1, 0) == 1


def test_a_random_project_is_the_same_each_time(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_project(tmp_path / name, 7)
    assert list(compare("7", tmp_path / "one", tmp_path / "two")) == []
