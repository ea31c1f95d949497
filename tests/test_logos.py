"""Logos: checked, shown in each edition, and published again when the picture changes."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest

from briefpress.document.files import mapping_reader, project_reader
from briefpress.editions.template_context import base_context, program_data
from briefpress.model import Logo
from briefpress.pipeline.project import read_logos
from briefpress.press import parse_press
from briefpress.problems import Problem
from briefpress.theme.templates import render_template
from sample_press import add_web_fonts
from small_press import BRIEF, build
from test_template_context import a_book
from test_web import THEMES, theme
from webpages import PRESS as RIVERS
from webpages import WATER

PRESS = """\
theme = "civic"
[organisation]
name = "House"
logo = "art/mark.svg"
[programs.a]
name = "Program A"
logo = "art/a.svg"
"""
MARK = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><path fill="{}" d="M0 0h40v40z"/></svg>'
WORDMARK = MARK.replace("0 0 40 40", "0 0 400 40")


def problems(files: dict[str, bytes]) -> list[Problem]:
    press, _ = parse_press(PRESS.encode())
    return list(read_logos(press, mapping_reader(files))[1])


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"<svg", "F05"),
        (
            b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><script/></svg>',
            "F05",
        ),
        (b"GIF89a", "F05"),
        (MARK.replace("0 0 40 40", "0 0 40000 40000").encode(), "F04"),
    ],
)
def test_a_logo_is_checked_like_any_picture(data: bytes, code: str) -> None:
    (found,) = problems({"art/mark.svg": data, "art/a.svg": WORDMARK.encode()})
    assert (found.code, found.span and (found.span.file, found.span.line)) == (
        code,
        ("press.toml", 4),
    )


def test_a_missing_logo_is_reported_with_its_line_and_the_nearest_name() -> None:
    (found,) = problems({"art/marks.svg": MARK.encode(), "art/a.svg": MARK.encode()})
    assert (found.code, found.fix) == ("F01", "write `art/marks.svg`")
    assert [problem.span.line for problem in problems({}) if problem.span] == [4, 7]


def test_a_link_that_leads_out_of_the_project_is_refused(tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / "art").mkdir(parents=True)
    (tmp_path / "secret.svg").write_text(MARK, "utf-8")
    (project / "art" / "mark.svg").symlink_to(tmp_path / "secret.svg")
    (project / "art" / "a.svg").mkdir()
    press, _ = parse_press(PRESS.encode())
    logos, found = read_logos(press, project_reader(project, 10_000))
    assert [problem.code for problem in found] == ["F02", "F02"]
    assert logos == {}


def test_templates_get_the_address_of_the_logo_and_whether_it_is_a_wordmark() -> None:
    house = replace(RIVERS.organisation, logo="art/mark.svg")
    known = {
        "art/mark.svg": Logo("logos/mark.svg", 40, 40),
        "art/w.svg": Logo("logos/w.svg", 400, 40),
    }
    press = replace(RIVERS, organisation=house, logos=known)
    assert base_context(press, "en", {})["press"]["logo"] == {
        "src": "logos/mark.svg",
        "width": 40,
        "height": 40,
        "wordmark": False,
    }
    assert program_data(press, replace(WATER, logo="art/w.svg"))["logo"]["wordmark"]
    assert base_context(replace(press, logos={}), "en", {})["press"]["logo"] is None


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize(
    ("wide", "said"),
    [(False, 'alt="Rivers (logo)"> Rivers</p>'), (True, 'alt="Rivers"></p>')],
)
def test_a_wordmark_replaces_the_name(name: str, said: str, *, wide: bool) -> None:
    book = a_book(name=name)
    logo = {"src": "logos/mark.svg", "width": 40, "height": 40, "wordmark": wide}
    book["press"] |= {"name": "Rivers", "logo": logo}
    assert said in render_template(theme(name), "titlepage.html.j2", book)
    assert 'href="logos/mark.svg"' in render_template(theme(name), "cover.svg.j2", book)


@pytest.mark.slow
def test_each_edition_shows_the_logo_and_is_made_again_when_it_changes(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    project = tmp_path / "project"
    add_web_fonts(tmp_path_factory, project / ".briefpress")
    (project / "briefs").mkdir(parents=True)
    (project / "art").mkdir()
    (project / "press.toml").write_text(PRESS, "utf-8")
    (project / "briefs" / "one.md").write_text(
        BRIEF.format(title="One", month=1), "utf-8"
    )
    mark, other = project / "art" / "mark.svg", project / "art" / "a.svg"
    mark.write_text(MARK.format("#123456"), "utf-8")
    other.write_text(WORDMARK.format("#654321"), "utf-8")
    build(project)
    built = project / "build"
    (published,) = built.glob("assets/logos/mark-*.svg")
    for page in ("index.html", "html/one/index.html"):
        text = (built / page).read_text("utf-8")
        assert (
            f'assets/logos/{published.name}" width="40" height="40" alt="House (logo)">'
            in text
        )
        assert 'alt="Program A' in text
    with pikepdf.open(built / "pdf" / "one.pdf") as pdf:
        alts = [
            str(item["/Alt"])
            for item in pdf.objects
            if isinstance(item, pikepdf.Dictionary) and "/Alt" in item
        ]
    assert sorted(alts) == ["House (logo)", "Program A"]
    with zipfile.ZipFile(built / "epub" / "a.epub") as book:
        names = [name for name in book.namelist() if "mark" in name]
        before = book.read("EPUB/pictures/cover.png")
    assert len(names) == 2, "one in the chapter, one in the pages of the book"
    assert build(project)["ran"] == []
    mark.write_text(MARK.format("#ff0000"), "utf-8")
    ran = build(project)["ran"]
    assert {"pdf/one", "web/one", "chapter/a/one", "cover/a", "epub/a", "index"} <= set(
        ran
    )
    assert "document/one" not in ran
    assert not published.exists()
    with zipfile.ZipFile(built / "epub" / "a.epub") as book:
        assert book.read("EPUB/pictures/cover.png") != before
    mark.unlink()
    report = build(project, status=1)
    assert [problem["code"] for problem in report["problems"]] == ["F01"]  # type: ignore[index]
    assert (built / "pdf" / "one.pdf").exists()
