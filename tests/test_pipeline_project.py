"""Which theme an edition uses, and what the version of the cache depends on."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from briefpress.model import Brief, Collection, Organisation, Press, Program, Selection
from briefpress.pipeline import build
from briefpress.pipeline.project import Project

BRIEF = Brief("one", "briefs/one.md", "One", dt.date(2024, 1, 2), "en", "", 4)
PRESS = Press(
    Organisation("House"),
    theme="of-press",
    programs={
        "a": Program("a", "A", theme="of-program"),
        "plain": Program("plain", "Plain"),
    },
)
PROJECT = Project(PRESS, {}, {}, {}, frozenset(), {})


@pytest.mark.parametrize(
    ("theme", "program", "expected"),
    [
        ("own", "a", "own"),
        ("own", "", "own"),
        ("", "a", "of-program"),
        ("", "plain", "of-press"),
        ("", "", "of-press"),
    ],
)
def test_the_most_specific_theme_is_used(
    theme: str, program: str, expected: str
) -> None:
    brief = replace(BRIEF, theme=theme, program=program)
    assert PROJECT.theme_of(brief) == expected
    collection = Collection("c", "C", Selection(), program, theme=theme)
    assert PROJECT.theme_of_book(collection) == expected


def test_the_version_depends_on_code_data_and_style_sheets() -> None:
    names = {path.name for path in build.code_files(build.PACKAGE)}
    expected = {"model.py", "problems.toml", "languages.toml", "base.css", "fonts.conf"}
    assert expected <= names
    assert not {"theme.toml", "print.css"} & names, "steps read the themes"


def test_the_version_changes_with_every_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "PACKAGE", tmp_path)
    versions = [build.version()]
    for name in ("code.py", "data.toml", "sheet.css"):
        (tmp_path / name).write_text(name)
        versions.append(build.version())
    assert len(set(versions)) == 4


# issue 10, fault 10
def test_the_version_depends_on_libraries_and_on_what_they_require(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    libraries = build.required_libraries("briefpress")
    direct = {"weasyprint", "markdown", "pyyaml", "uharfbuzz", "resvg-py", "brotli"}
    assert direct | {"pyphen", "pydyf", "lxml"} <= libraries.keys()
    assert all(libraries.values())
    before = build.version()
    newer = {**libraries, "pyphen": "999"}
    monkeypatch.setattr(build, "required_libraries", lambda _: newer)
    assert build.version() != before
