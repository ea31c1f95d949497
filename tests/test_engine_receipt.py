"""The receipt: a build with nothing to do is recognised, and no other one."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from briefpress.engine.publish import OutputFolder
from briefpress.engine.receipt import problems_if_current
from briefpress.engine.snapshot import InputSnapshot
from briefpress.engine.store import Store

pytestmark = pytest.mark.slow

SOURCES = Path(__file__).parent.parent / "src"


@pytest.fixture
def press(tmp_path: Path) -> Path:
    """A project with a built output folder and a receipt."""
    (tmp_path / "briefs" / "japan").mkdir(parents=True)
    (tmp_path / "briefs" / "japan" / "index.md").write_text("text")
    (tmp_path / "briefs" / "korea.md").write_text("text")
    (tmp_path / "press.toml").write_text("")
    assert build(tmp_path)
    return tmp_path


def build(
    press: Path, during: Callable[[], object] = lambda: None, problems: str = "[]"
) -> bool:
    snapshot = InputSnapshot([press / "press.toml", press / "briefs", press / "themes"])
    store = Store(press / "cache")
    with OutputFolder(press / "out") as out:
        out.publish({"a.html": store.add(b"a"), "pdf/b.pdf": store.add(b"b")}, store)
    during()
    return snapshot.write_receipt(
        press / "cache" / "receipt", "en", press / "out", problems
    )


def is_current(press: Path, settings: str = "en") -> bool:
    return problems_if_current(str(press / "cache" / "receipt"), settings) is not None


def test_a_build_without_changes_is_current(press: Path) -> None:
    assert is_current(press)
    assert is_current(press), "reading the receipt changes nothing"


CHANGES: dict[str, Callable[[Path], object]] = {
    "a text is edited": lambda p: (p / "briefs/korea.md").write_text("texts"),
    "a text is edited and keeps its length": lambda p: (
        p / "briefs/korea.md"
    ).write_text("next"),
    "a text is replaced by another": lambda p: move(
        p / "new", p / "briefs/korea.md", "next"
    ),
    "a text is removed": lambda p: (p / "briefs/korea.md").unlink(),
    "a text is added": lambda p: (p / "briefs/china.md").write_text(""),
    "a text is renamed": lambda p: (p / "briefs/korea.md").rename(
        p / "briefs/corea.md"
    ),
    "a picture is added": lambda p: (p / "briefs/japan/map.png").write_text(""),
    "a text becomes a folder": lambda p: folder_of(p / "briefs/korea.md"),
    "a text becomes a pipe": lambda p: pipe_of(p / "briefs/korea.md"),
    "the press changes": lambda p: (p / "press.toml").write_text("theme = 'civic'"),
    "an absent folder is created": lambda p: (p / "themes").mkdir(),
    "a published file is deleted": lambda p: (p / "out/a.html").unlink(),
    "a published file is changed": lambda p: (p / "out/a.html").write_text("b"),
    "the output folder is moved": lambda p: (p / "out").rename(p / "moved"),
    "the receipt is deleted": lambda p: (p / "cache/receipt").unlink(),
    "the receipt is cut": lambda p: cut(p / "cache/receipt", 20),
    "the receipt lacks its middle": lambda p: cut(p / "cache/receipt", 0),
    "the receipt is empty": lambda p: (p / "cache/receipt").write_text(""),
}


def move(new: Path, path: Path, text: str) -> None:
    new.write_text(text)
    new.rename(path)


def folder_of(path: Path) -> None:
    path.unlink()
    path.mkdir()


def pipe_of(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def cut(path: Path, end: int) -> None:
    data = path.read_bytes()
    path.write_bytes(data[:-end] if end else data[:100] + data[110:])


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_change_is_noticed(press: Path, change: Callable[[Path], object]) -> None:
    change(press)
    assert not is_current(press)


def test_a_build_with_other_settings_is_not_current(press: Path) -> None:
    assert not is_current(press, "de")
    assert not is_current(press, "en\nde")


def test_a_new_date_alone_is_not_a_change(press: Path) -> None:
    for path in (press / "briefs/korea.md", press / "briefs", press / "out/a.html"):
        os.utime(path, (1, 1))
    assert is_current(press)
    move(press / "new", press / "briefs/korea.md", "text")
    assert is_current(press)


@pytest.mark.parametrize("name", [".korea.md.swp", "__pycache__"])
def test_files_of_editors_and_caches_of_python_are_not_a_change(
    press: Path, name: str
) -> None:
    (press / "briefs" / name).mkdir()
    assert is_current(press)


def test_a_date_that_is_set_back_does_not_hide_a_change(press: Path) -> None:
    text = press / "briefs/korea.md"
    before = text.stat()
    text.write_text("next")
    os.utime(text, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert not is_current(press)


def test_dates_in_the_future_do_not_hide_a_change(press: Path) -> None:
    text = press / "briefs/korea.md"
    tomorrow = time.time() + 86_400
    os.utime(text, (tomorrow, tomorrow))
    assert build(press)
    assert is_current(press)
    text.write_text("next")
    os.utime(text, (tomorrow, tomorrow))
    assert not is_current(press)


def test_an_edit_during_a_build_leaves_no_receipt(press: Path) -> None:
    (press / "cache/receipt").unlink()
    assert not build(press, lambda: (press / "briefs/korea.md").write_text("next"))
    assert not is_current(press)
    assert not build(press, (press / "briefs/china.md").touch)


def test_two_edits_in_one_step_of_the_clock_are_noticed(press: Path) -> None:
    """The clock of a file system moves in steps of milliseconds."""
    for number in range(20):
        (press / "briefs/korea.md").write_text(f"{number:04}")
        if build(
            press, partial((press / "briefs/korea.md").write_text, f"{number + 1:04}")
        ):
            assert not is_current(press)


def test_a_change_at_the_moment_of_publishing_is_noticed(press: Path) -> None:
    assert not build(
        press, lambda: (press / "out/a.html").write_text("b")
    ) or not is_current(press)


def test_only_inputs_that_changed_are_read_again(
    press: Path,
) -> None:
    for text in ("next", "text"):
        move(press / "new", press / "briefs/korea.md", text)
        assert build(press)
        assert is_current(press)
    (press / "briefs/korea.md").write_text("last")
    assert not is_current(press)


def test_warnings_are_reported_again(press: Path) -> None:
    problems = '[{"message": "größer\\nals"}]'
    assert build(press, problems=problems)
    assert problems_if_current(str(press / "cache/receipt"), "en") == problems


def test_a_folder_that_contains_itself_is_walked_once(press: Path) -> None:
    (press / "briefs/japan/all").symlink_to(press / "briefs")
    (press / "briefs/me").symlink_to("me")
    assert build(press)
    assert is_current(press)


def test_the_target_of_a_link_is_an_input(press: Path) -> None:
    (press / "elsewhere.md").write_text("text")
    (press / "briefs/link.md").symlink_to(press / "elsewhere.md")
    assert build(press)
    (press / "elsewhere.md").write_text("next")
    assert not is_current(press)


def test_of_listed_folders_only_the_names_count(press: Path) -> None:
    packages = press / "site-packages"
    (packages / "weasyprint-70.0.dist-info").mkdir(parents=True)
    snapshot = InputSnapshot([press / "briefs"], [packages])
    assert snapshot.write_receipt(press / "cache" / "receipt", "en", press / "out")
    (packages / "weasyprint-70.0.dist-info" / "RECORD").touch()
    assert is_current(press)
    (packages / "weasyprint-70.0.dist-info").rename(
        packages / "weasyprint-71.0.dist-info"
    )
    assert not is_current(press)


def test_names_with_a_line_break_leave_no_receipt(press: Path) -> None:
    (press / "briefs/a\nb.md").write_text("")
    assert not build(press)


def test_names_that_are_not_text_are_inputs_too(press: Path) -> None:
    path = os.fsencode(press / "briefs") + b"/\xff|.md"
    for text, known in ((b"1", True), (b"2", False)):
        with open(path, "wb") as file:  # noqa: PTH123 - a name in bytes
            file.write(text)
        assert not known or build(press)
        assert is_current(press) is known


def test_the_receipt_imports_only_zlib() -> None:
    code = "import sys; before = {*sys.modules}; import briefpress.engine.receipt; "
    code += "print(*{*sys.modules} - before)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    names = {name for name in done.stdout.split() if not name.startswith("briefpress")}
    assert names <= {"__future__", "zlib"}


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(SOURCES)}
