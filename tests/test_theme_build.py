"""Themes through the command line: what is published of them, and what stops them."""

from __future__ import annotations

import json
import re
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from sample_press import add_web_fonts
from small_press import run

PRESS = """\
theme = "plain-a"
[organisation]
name = "House"
[programs.a]
name = "Program A"
theme = "plain"
tokens = { "color-accent" = "#224466" }
"""
# The theme `plain-a` has the style sheet that the program `a` has in the theme `plain`,
# and two font families without a letter of ASCII.
THEME = """\
parent = "plain"
[type]
text = "'Литература'"
display = "'Гарнитура'"
[color]
accent = "#118833"
[[fonts]]
family = "Литература"
package = "fontpkg-spectral"
file = "Spectral-Regular.ttf"
[[fonts]]
family = "Гарнитура"
package = "fontpkg-fira-sans"
file = "FiraSans-Regular.ttf"
"""
BRIEF = "---\ntitle: {title}\ndate: 2024-05-31\n{more}---\n## A heading\n\nText.\n"


def write_project(folder: Path, files: dict[str, str]) -> Path:
    """Write the files of a project, and return its folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


def build(project: Path, *options: str) -> dict[str, Any]:
    """Return what `briefpress build --json` prints."""
    return briefpress(project, "build", *options)


def briefpress(project: Path, command: str, *options: str) -> dict[str, Any]:
    """Return what a command prints with `--json`."""
    done = run(command, project, "--json", *options)
    assert done.stdout, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def problems_of(report: dict[str, Any]) -> list[tuple[str, str, int]]:
    """Return code, file and line of each problem."""
    return [
        (problem["code"], problem["span"]["file"], problem["span"]["line"])
        for problem in report["problems"]
    ]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the output folder of a project with names that could collide."""
    files = {
        "press.toml": PRESS,
        "themes/plain-a/theme.toml": THEME,
        "briefs/own.md": BRIEF.format(title="Own", more=""),
        "briefs/program.md": BRIEF.format(title="Program", more="program: a\n"),
    }
    project = write_project(tmp_path_factory.mktemp("collisions"), files)
    add_web_fonts(tmp_path_factory, project / ".briefpress")
    report = build(project, "--epub-each")
    assert report["problems"] == []
    return project / "build"


def style_sheet_of(built: Path, slug: str) -> str:
    """Return the style sheet that a brief's page links to."""
    page = built / "html" / slug / "index.html"
    link = re.search(r'<link rel="stylesheet" href="([^"]+)"', page.read_text("utf-8"))
    assert link is not None
    return (page.parent / link[1]).read_text("utf-8")


# issue 10, fault 2
@pytest.mark.slow
def test_a_theme_and_a_program_of_a_similar_name_have_their_own_style_sheets(
    built: Path,
) -> None:
    assert "--color-accent:#118833" in style_sheet_of(built, "own")
    assert "--color-accent:#224466" in style_sheet_of(built, "program")


# issue 10, fault 5
@pytest.mark.slow
def test_font_families_without_ascii_letters_have_their_own_files(built: Path) -> None:
    with zipfile.ZipFile(built / "epub" / "own.epub") as book:
        names = book.namelist()
        css = "".join(
            book.read(name).decode() for name in names if name.endswith(".css")
        )
    rules = re.findall(
        r'@font-face\{font-family:"(\w+)".*?url\("\.\./([^"]+)"\)', css, re.DOTALL
    )
    files = {family: file for family, file in rules if not family.isascii()}
    assert files.keys() == {"Литература", "Гарнитура"}
    assert len(set(files.values())) == 2
    assert all(f"EPUB/{file}" in names for file in files.values())


HOUSE_PRESS = 'theme = "house"\n[organisation]\nname = "House"\n'
HOUSE = {
    "press.toml": HOUSE_PRESS,
    "themes/house/theme.toml": 'parent = "plain"\n',
    "briefs/one.md": BRIEF.format(title="One", more=""),
}
INCLUDES = {
    "that is missing": '{% include "nope.html.j2" %}',
    "of a parent that has none": '{% include "parent:nope.html.j2" %}',
    "of itself": '{% include "part.html.j2" %}',
}


# issue 10, item 4: every message names the file
@pytest.mark.parametrize("include", INCLUDES.values(), ids=INCLUDES)
def test_an_include_that_fails_is_named_with_file_and_line(
    tmp_path: Path, include: str
) -> None:
    page = '{% extends "parent:print.html.j2" %}\n'
    page += '{% block document %}{% include "part.html.j2" %}{% endblock %}\n'
    templates = {"print.html.j2": page, "part.html.j2": f"<p>\n{include}\n</p>\n"}
    files = {f"themes/house/templates/{name}": text for name, text in templates.items()}
    project = write_project(tmp_path, HOUSE | files)
    report = build(project, "--to", "pdf")
    file = "themes/house/templates/part.html.j2"
    assert problems_of(report) == [("T06", file, 2)]
    assert "`house`" in report["problems"][0]["message"]


# issue 10, item 4: in a theme, which theme
def test_a_page_without_a_slot_names_the_theme_of_its_template(tmp_path: Path) -> None:
    base = {
        "themes/base/theme.toml": 'parent = "plain"\n',
        "themes/base/templates/print.html.j2": "<p>no slot</p>",
        "themes/house/theme.toml": 'parent = "base"\n',
    }
    report = build(write_project(tmp_path, HOUSE | base), "--to", "pdf")
    assert problems_of(report) == [("T06", "themes/base/templates/print.html.j2", 0)]
    assert "`base`" in report["problems"][0]["message"]


EPUB_TEMPLATES = {
    "chapter.html.j2": ("E05", "<p>no slot</p>"),
    "cover.svg.j2": ("E08", "<svg"),
}


# issue 10, item 4: in a theme, which theme
@pytest.mark.slow
@pytest.mark.parametrize("name", EPUB_TEMPLATES)
def test_a_template_of_a_book_names_its_theme(tmp_path: Path, name: str) -> None:
    code, source = EPUB_TEMPLATES[name]
    base = {
        "themes/base/theme.toml": 'parent = "plain"\n',
        f"themes/base/templates/{name}": source,
        "themes/house/theme.toml": 'parent = "base"\n',
    }
    project = write_project(tmp_path, HOUSE | base)
    report = build(project, "--to", "epub", "--epub-each")
    assert problems_of(report) == [(code, f"themes/base/templates/{name}", 0)]
    assert "`base`" in report["problems"][0]["message"]


DOUBLE_IMPORTS = {
    f"css/s{n}.css": f'@import "s{n + 1}.css";\n@import "s{n + 1}.css";\n'
    for n in range(9)
}
DOUBLE_TOKENS = [f'a{n} = "var(--t-a{n + 1}) var(--t-a{n + 1})"\n' for n in range(15)]
COMPLEX = {
    "imports": (
        DOUBLE_IMPORTS | {"css/print.css": '@import "s0.css";\n'},
        "themes/house/css/s",
    ),
    "tokens": (
        {"theme.toml": 'parent = "plain"\n[t]\n' + "".join(DOUBLE_TOKENS)},
        "themes/house/theme.toml",
    ),
    "nested blocks": (
        {"css/print.css": "(" * 5000 + "url(x)"},
        "themes/house/css/print.css",
    ),
}


# issue 10, item 5: hostile projects
@pytest.mark.parametrize(("files", "file"), COMPLEX.values(), ids=COMPLEX)
def test_a_theme_that_is_too_complex_is_named_with_file_and_line(
    tmp_path: Path, files: dict[str, str], file: str
) -> None:
    theme = write_project(tmp_path, HOUSE) / "themes" / "house"
    write_project(theme, files)
    problems = problems_of(briefpress(tmp_path, "check"))
    assert [code for code, _, _ in problems] == ["T09"]
    _, named_file, line = problems[0]
    assert named_file.startswith(file)
    assert line > 0


def write_image(path: Path, width: int, height: int) -> None:
    """Write a PNG of one colour."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (width, height)).save(path)


# issue 10, item 6: pixel limit of theme pictures
@pytest.mark.parametrize(("width", "codes"), [(10, []), (11, ["F04"])])
def test_a_picture_of_a_theme_has_the_pixel_limit_of_the_press(
    tmp_path: Path, width: int, codes: list[str]
) -> None:
    press = HOUSE_PRESS + "[limits]\npicture_pixels = 100\n"
    project = write_project(tmp_path, HOUSE | {"press.toml": press})
    write_image(project / "themes/house/images/a.png", width, 10)
    problems = problems_of(briefpress(project, "check"))
    file = "themes/house/images/a.png"
    assert problems == [(code, file, 0) for code in codes]


# issue 10, item 4: in a theme, which theme
def test_a_problem_of_an_inherited_picture_names_the_parent(tmp_path: Path) -> None:
    parent = {
        "themes/base/theme.toml": 'parent = "plain"\n',
        "themes/house/theme.toml": 'parent = "base"\n',
    }
    project = write_project(tmp_path, HOUSE | parent)
    write_project(project, {"themes/base/images/a.png": "not a picture"})
    problems = problems_of(briefpress(project, "check"))
    assert problems == [("F05", "themes/base/images/a.png", 0)]


SECONDS = 5
LIMITS = f"[limits]\nseconds = {SECONDS}\n"
ENDLESS_TEMPLATE = """\
{% extends "parent:print.html.j2" %}
{% block document %}
{% for a in range(9999) %}{% for b in range(9999) %}{% for c in range(9999) %}
{% endfor %}{% endfor %}{% endfor %}
{% endblock %}
"""
# Each property is eight times as long as the one before it, so the last is 2 GB long.
PROPERTIES = [f"--p{n + 1}: " + f"var(--p{n}) " * 8 for n in range(10)]
GROWING_CSS = f"""\
@import "parent:print.css";
:root {{ --p0: red; {"; ".join(PROPERTIES)} }}
p {{ font-family: var(--p10) }}
"""
PRINT_CSS = '@import "parent:print.css";\np { color: black }\n'
ENDLESS = {
    "a loop in a template": {"templates/print.html.j2": ENDLESS_TEMPLATE},
    "a growing custom property": {"css/print.css": GROWING_CSS},
}


# issue 10, item 5: hostile projects
@pytest.mark.slow
@pytest.mark.parametrize("files", ENDLESS.values(), ids=ENDLESS.keys())
def test_a_step_without_end_is_stopped_at_its_deadline(
    tmp_path: Path, files: dict[str, str]
) -> None:
    project = write_project(tmp_path, HOUSE)
    assert timed_build(project).problems == []
    theme = write_project(project / "themes" / "house", {"css/print.css": PRINT_CSS})
    write_project(project, {"press.toml": HOUSE_PRESS + LIMITS})
    good = timed_build(project)
    write_project(theme, files)
    endless = timed_build(project)
    assert good.problems == []
    assert [problem["code"] for problem in endless.problems] == ["B02"]
    assert endless.seconds < good.seconds + 1.1 * SECONDS
    assert "twice" not in endless.problems[0]["message"]


@dataclass(frozen=True)
class TimedBuild:
    """The problems of a build, and how long it took."""

    problems: list[dict[str, Any]]
    seconds: float


def timed_build(project: Path) -> TimedBuild:
    """Build a project, and measure the time."""
    started = time.monotonic()
    problems = build(project, "--to", "pdf")["problems"]
    return TimedBuild(problems, time.monotonic() - started)
