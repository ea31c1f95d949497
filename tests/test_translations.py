"""Translations: found by name or front matter, linked in both directions, compared."""

from __future__ import annotations

import json
from pathlib import Path
from zipfile import ZipFile

import pytest

from sample_press import add_web_fonts
from small_press import replace_in_brief, run, write_project

RUSSIAN = """\
---
title: Первая
date: 2024-01-02
program: a
authors: ada
---
Текст. См. [ещё](one.md).[^1]

[^1]: Примечание.
"""
NAMES = """
[programs.a.translations.ru]
name = "Программа А"
[authors.ada]
name = "Ada Example"
bio = "Writes."
translations.ru = { name = "Ада Пример", bio = "Пишет." }
[collections.russian]
title = "По-русски"
language = "ru"
select = { languages = ["ru"] }
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project in which the brief `one` has a Russian translation."""
    project = write_project(tmp_path / "project")
    press = (project / "press.toml").read_text("utf-8")
    (project / "press.toml").write_text(press + NAMES, "utf-8")
    (project / "briefs/one.ru.md").write_text(RUSSIAN, "utf-8")
    return project


def problems(project: Path) -> list[tuple[str, str]]:
    """Return the codes and messages of a check."""
    found = json.loads(run("check", project, "--json").stdout)["problems"]
    return [(problem["code"], problem["message"]) for problem in found]


@pytest.mark.slow
def test_both_pages_link_to_the_other_language(
    project: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = project / "press.toml"
    text = file.read_text("utf-8")
    url = '[organisation]\nurl = "https://example.org"\n'
    file.write_text(text.replace("[organisation]\n", url, 1), "utf-8")
    add_web_fonts(tmp_path_factory, project / ".briefpress")
    assert run("build", project).returncode == 0
    pages = project / "build/html"
    english = (pages / "one/index.html").read_text("utf-8")
    russian = (pages / "one-ru/index.html").read_text("utf-8")
    addresses = {
        "en": "https://example.org/html/one/",
        "ru": "https://example.org/html/one-ru/",
    }
    for page in (english, russian):
        for lang, address in addresses.items():
            link = f'<link rel="alternate" hreflang="{lang}" href="{address}">'
            assert link in page
    assert '<a href="../one-ru/index.html" hreflang="ru" lang="ru"' in english
    assert '<a href="../one/index.html" hreflang="en" lang="en"' in russian
    for words in ("Программа А", "Ада Пример", "Пишет.", '<html lang="ru"'):
        assert words in russian
    assert "Program A" in english
    assert 'class="related"' in english
    related = english.partition('class="related"')[2]
    assert "Первая" not in related
    with ZipFile(project / "build/epub/russian.epub") as book:
        chapters = [Path(name).stem for name in book.namelist() if "/briefs/" in name]
    assert chapters == ["one-ru"]


def test_a_translation_with_other_parts_is_reported(project: Path) -> None:
    assert problems(project) == []
    replace_in_brief(project, "one", "Text of One.", "## Part\n\nText of One.[^1]")
    replace_in_brief(project, "one.ru", "[^1]\n\n[^1]: Примечание.", "")
    message = "the translation of `one` has 0 headings, not 1; 0 notes, not 1"
    assert problems(project) == [("S09", message)]


def test_a_translation_in_the_folder_of_a_brief_is_found(project: Path) -> None:
    folder = project / "briefs/costs"
    folder.mkdir()
    (folder / "index.md").write_text(RUSSIAN.replace("authors", "lang: en\nauthors"))
    (folder / "index.ru.md").write_text(RUSSIAN, "utf-8")
    briefs = json.loads(run("list", project, "--json").stdout)
    found = {each["slug"]: each["lang"] for each in briefs}
    assert found["costs"] == "en"
    assert found["costs-ru"] == "ru"
    assert found["one-ru"] == "ru"


def test_a_translation_of_nothing_is_an_error(project: Path) -> None:
    replace_in_brief(project, "two", "program:", "translation-of: oen\nprogram:")
    assert problems(project) == [("S08", "no other brief is called `oen`")]
    (project / "briefs/one.md").unlink()  # a file one.ru.md alone is no translation
    replace_in_brief(project, "two", "translation-of: oen\n", "")
    assert [code for code, _ in problems(project)] == ["L02"]
