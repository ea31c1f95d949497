"""The press as a graph of steps: what runs when something changes, what is published, and what is left alone."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from briefpress.model import Author, Brief, Correction, PageMap, PageStart
from briefpress.pipeline.documents import LINKED, NAMES
from briefpress.pipeline.values import (
    dump_brief,
    dump_pagemap,
    dump_press,
    load_brief,
    load_pagemap,
    load_press,
)
from briefpress.press import parse_press
from sample_press import built_once

PRESS = """\
theme = "plain"
[organisation]
name = "House"
[programs.a]
name = "Program A"
acronym = "PA"
tokens = { "color-accent" = "#224466" }
"""
BRIEF = "---\ntitle: {title}\ndate: 2024-0{month}-02\nprogram: a\n---\nText of {title}.[^1]\n\n[^1]: A note.\n"


def two_briefs(home: Path) -> Path:
    """Write a project of two briefs in one program."""
    (home / "briefs").mkdir(parents=True)
    (home / "press.toml").write_text(PRESS, "utf-8")
    for month, name in enumerate(("one", "two"), 1):
        (home / "briefs" / f"{name}.md").write_text(
            BRIEF.format(title=name.title(), month=month), "utf-8"
        )
    return home


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """Return a project of which nothing was ever made."""
    return two_briefs(tmp_path / "project")


@pytest.fixture
def project(fresh: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project whose store has all that its first build makes, fonts above all; nothing is published."""
    known = built_once(tmp_path_factory, "two-briefs", two_briefs)
    shutil.copytree(known / ".briefpress", fresh / ".briefpress")
    return fresh


def run(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `briefpress build` on a project."""
    command = [
        sys.executable,
        "-m",
        "briefpress",
        "build",
        "--project",
        str(project),
        *arguments,
    ]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def build(project: Path, *arguments: str, status: int = 0) -> dict[str, list[str]]:
    """Build, and return what the program says of it in JSON, with the steps that ran by name."""
    done = run(project, "--json", *arguments)
    assert done.returncode == status, done.stdout + done.stderr
    report: dict[str, list[str]] = json.loads(done.stdout)
    report["ran"] = sorted(reason.partition(":")[0] for reason in report["reasons"])
    return report


def there(project: Path) -> set[str]:
    """Return the briefs' own editions and the books that are published."""
    built = project / "build"
    found = [*built.glob("pdf/*"), *built.glob("html/*"), *built.glob("epub/*.epub")]
    return {path.relative_to(built).as_posix() for path in found}


@pytest.mark.slow
def test_a_change_runs_what_depends_on_it(project: Path) -> None:
    build(project)
    assert there(project) == {
        "pdf/one.pdf",
        "pdf/two.pdf",
        "html/one",
        "html/two",
        "epub/a.epub",
    }
    assert build(project)["ran"] == []
    one = project / "briefs" / "one.md"
    one.write_text(
        one.read_text("utf-8").replace("---\nText", "---\n\n\nText"), "utf-8"
    )
    assert build(project)["ran"] == ["document/one"], (
        "lines moved, and nothing else: the document is the same"
    )
    one.write_text(one.read_text("utf-8").replace("Text of", "Words of"), "utf-8")
    report = build(project)
    assert report["ran"] == [
        "chapter/a/one",
        "document/one",
        "epub/a",
        "gather/a",
        "pdf/one",
        "web/one",
    ]
    assert sorted(report["written"]) == [
        "epub/a.epub",
        "html/one/index.html",
        "pdf/one.pdf",
    ]


@pytest.mark.slow
def test_what_no_brief_makes_any_more_goes_and_what_is_foreign_stays(
    project: Path,
) -> None:
    build(project)
    (project / "build" / "CNAME").write_text("example.org", "utf-8")
    (project / "briefs" / "two.md").unlink()
    build(project, "one", "--to", "pdf")
    assert "pdf/two.pdf" in there(project), (
        "a build of some briefs takes nothing of others away"
    )
    build(project, "--to", "pdf")
    assert "html/two" in there(project), "a build of some formats answers for these"
    build(project)
    assert there(project) == {"pdf/one.pdf", "html/one", "epub/a.epub"}
    assert (project / "build" / "CNAME").read_text("utf-8") == "example.org"


@pytest.mark.slow
def test_a_book_is_whole_or_left_as_it_was(project: Path) -> None:
    two = project / "briefs" / "two.md"
    good = two.read_text("utf-8")
    two.write_text(
        good.replace("[^1].", "[^1].").replace("Text", "Text[^none]"), "utf-8"
    )
    report = build(project, status=1)
    assert report["held"] == ["a"]
    assert there(project) == {"pdf/one.pdf", "html/one"}
    page = project / "build" / "html" / "one" / "index.html"
    assert "a.epub" not in page.read_text("utf-8")
    report = build(project, "--keep-going", status=1)
    assert report["held"] == []
    assert "a.epub" in page.read_text("utf-8")
    assert "epub/a.epub" in there(project)
    two.write_text(good, "utf-8")
    build(project)
    whole = (project / "build" / "epub" / "a.epub").read_bytes()
    two.write_text(good.replace("Text", "Text[^none]"), "utf-8")
    done = run(project)
    assert done.returncode == 1
    assert (project / "build" / "epub" / "a.epub").read_bytes() == whole
    assert "epub/a.epub: left as it was" in done.stderr
    assert (
        done.stderr.strip()
        .splitlines()[-1]
        .startswith("1 brief not published: mend briefs/two.md:6:5")
    )


@pytest.mark.slow
def test_a_book_of_each_brief(project: Path) -> None:
    one = project / "briefs" / "one.md"
    one.write_text(
        one.read_text("utf-8").replace(
            "title: One", "title: '\"One\"'\nsummary: It is *so*."
        ),
        "utf-8",
    )
    build(project, "--epub-each")
    assert {"epub/a.epub", "epub/one.epub", "epub/two.epub"} <= there(project)
    with zipfile.ZipFile(project / "build" / "epub" / "one.epub") as book:
        assert [name for name in book.namelist() if "/briefs/" in name] == [
            "EPUB/briefs/one.xhtml"
        ]
        package = book.read("EPUB/content.opf").decode()
    assert '<dc:title id="title">“One”</dc:title>' in package
    assert "<dc:description>It is so.</dc:description>" in package


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "names", "listed"),
    [
        ("Text[^none]", ["two"], {"index.html", "opds.json"}),
        ("Text[^none]", ["one", "two"], {"opds.json"}),
        ("---\ntitel: x", ["one", "two"], set()),  # whose briefs these are nobody knows
    ],
)
def test_the_book_of_yesterday_stays(
    project: Path, fault: str, names: list[str], listed: set[str]
) -> None:
    """And stands on the shelf where we can tell what is in it, whether books are asked for or not."""
    build(project)
    for name in names:
        path = project / "briefs" / f"{name}.md"
        path.write_text(path.read_text("utf-8").replace(fault[:4], fault, 1), "utf-8")
    for formats in ("html", "html,pdf,epub"):
        report = build(project, "--to", formats, status=1)
        assert "B04" not in str(report["problems"])
        assert "epub/a.epub" in there(project)
        shelf = {
            name: (project / "build" / name).read_text("utf-8")
            for name in ("index.html", "opds.json")
        }
        assert {name for name, text in shelf.items() if "epub/a.epub" in text} == listed


@pytest.mark.slow
def test_the_shelf_of_yesterday_stays(project: Path) -> None:
    """When the template of its page is wrong."""
    build(project)
    (project / "themes" / "odd" / "templates").mkdir(parents=True)
    (project / "themes" / "odd" / "theme.toml").write_text(
        'parent = "plain"\n', "utf-8"
    )
    (project / "themes" / "odd" / "templates" / "index.html.j2").write_text(
        "{{ nothing }}", "utf-8"
    )
    (project / "press.toml").write_text(PRESS.replace("plain", "odd"), "utf-8")
    build(project, status=1)
    assert {"index.html", "feed.xml", "opds.json"} <= {
        path.name for path in (project / "build").iterdir()
    }


@pytest.mark.slow
def test_the_pictures_of_a_theme_are_in_every_edition(project: Path) -> None:
    """Whether a style sheet shows them or a template, of a brief, the shelf or a book."""
    theme, shown = (
        project / "themes" / "odd",
        '{{ super() }}<img src="images/leaf.svg" alt="A leaf">{% endblock %}',
    )
    for name in ("css", "images", "templates"):
        (theme / name).mkdir(parents=True)
    (theme / "theme.toml").write_text('parent = "plain"\n', "utf-8")
    for name in ("leaf", "rule"):
        (theme / "images" / f"{name}.svg").write_text(
            '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path d="M0 0h9v9z"/></svg>',
            "utf-8",
        )
    for name in ("screen", "print", "epub"):
        rule = f'@import "parent:{name}.css";\n.imprint {{ background: url("../images/rule.svg") }}\n'
        (theme / "css" / f"{name}.css").write_text(rule, "utf-8")
    for name, block in (
        ("brief", "imprint"),
        ("index", "opening"),
        ("titlepage", "titlepage"),
    ):
        text = f'{{% extends "parent:{name}.html.j2" %}}{{% block {block} %}}{shown}'
        (theme / "templates" / f"{name}.html.j2").write_text(text, "utf-8")
    (project / "press.toml").write_text(PRESS.replace("plain", "odd"), "utf-8")
    build(project)
    built = project / "build"
    for page in (built / "index.html", built / "html" / "one" / "index.html"):
        assert 'src="images/leaf.svg"' in page.read_text("utf-8")
        assert (page.parent / "images" / "leaf.svg").is_file()
    assert 'url("odd/images/rule.svg")' in (built / "assets" / "odd-a.css").read_text(
        "utf-8"
    )
    assert (built / "assets" / "odd" / "images" / "rule.svg").is_file()
    with zipfile.ZipFile(built / "epub" / "a.epub") as book:
        assert (
            "../pictures/theme/images/rule.svg"
            in book.read("EPUB/css/book.css").decode()
        )
        there = {"theme/images/rule.svg", "one/images/leaf.svg", "book/images/leaf.svg"}
        assert {f"EPUB/pictures/{name}" for name in there} <= set(book.namelist())


@pytest.mark.slow
def test_a_theme_that_is_not_there_costs_its_brief(project: Path) -> None:
    two = project / "briefs" / "two.md"
    two.write_text(
        two.read_text("utf-8").replace("program: a", "program: a\ntheme: plian"),
        "utf-8",
    )
    done = run(project, "--to", "pdf")
    assert done.returncode == 1
    assert "briefs/two.md:5:8" in done.stderr
    assert "`plain`" in done.stderr
    assert there(project) == {"pdf/one.pdf"}


@pytest.mark.slow
def test_front_matter_and_text_are_told_in_one_run(project: Path) -> None:
    """Also of a brief whose theme nobody has; of one that is asked for alone, its own."""
    one, two = (project / "briefs" / f"{name}.md" for name in ("one", "two"))
    one.write_text(
        "---\ntitel: One\ndate: 2024-01-02\nprogram: b\n---\nA call.[^gone]\n", "utf-8"
    )
    two.write_text(
        two.read_text("utf-8")
        .replace("program: a", "theme: plian")
        .replace("[^1]:", "[^2]:"),
        "utf-8",
    )

    def errors(command: str, *arguments: str) -> list[str]:
        line = [
            sys.executable,
            "-m",
            "briefpress",
            command,
            "--project",
            str(project),
            *arguments,
        ]
        said = subprocess.run(line, capture_output=True, text=True, check=False).stderr
        return sorted(re.findall(r"error\[\w+\].*\n *--> briefs/(\S+):\d+\n", said))

    one_line, two_lines = ["one.md:2", "one.md:4", "one.md:6"], ["two.md:4", "two.md:6"]
    assert errors("build", "--to", "pdf") == errors("check") == [*one_line, *two_lines]
    assert errors("build", "one", "--to", "pdf") == errors("check", "one") == one_line


@pytest.mark.slow
def test_a_programs_theme_that_is_wrong_costs_the_program(project: Path) -> None:
    """And a collection's costs its book: whatever else is right is published."""
    broken = project / "themes" / "broken"
    broken.mkdir(parents=True)
    (broken / "theme.toml").write_text('name = "broken"\nparent = "plain"\n', "utf-8")
    (broken / "templates").mkdir()
    (broken / "templates" / "print.html.j2").write_text("{% block body %}", "utf-8")
    other = '[programs.b]\nname = "Program B"\nacronym = "PB"\ntheme = "broken"\n'
    best = '[collections.best]\ntitle = "Best"\ntheme = "plian"\nselect = { programs = ["a"] }\n'
    (project / "press.toml").write_text(PRESS + other + best, "utf-8")
    two = project / "briefs" / "two.md"
    two.write_text(two.read_text("utf-8").replace("program: a", "program: b"), "utf-8")
    report = build(project, status=1)
    assert (report["failed"], sorted(report["held"])) == (["two"], ["b", "best"])
    assert {"pdf/one.pdf", "epub/a.epub"} <= there(project)
    assert (project / "build" / "html" / "one" / "index.html").is_file()
    assert {"pdf/two.pdf", "epub/best.epub"}.isdisjoint(there(project))
    said = run(project).stderr
    assert "themes/broken/templates/print.html.j2" in said
    assert "1 brief not published" in said.splitlines()[-1]


@pytest.mark.slow
def test_with_nothing_to_do_nothing_is_imported(project: Path) -> None:
    assert run(project).returncode == 0
    command = [
        sys.executable,
        "-X",
        "importtime",
        "-m",
        "briefpress",
        "build",
        "--project",
        str(project),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "nothing to do" in done.stdout
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    heavy = {
        "weasyprint",
        "markdown",
        "jinja2",
        "ebooklib",
        "rich",
        "yaml",
        "nh3",
        "briefpress.press",
        "briefpress.theme",
    }
    assert not imported & heavy


@pytest.mark.slow
def test_the_same_source_gives_the_same_bytes(fresh: Path, tmp_path: Path) -> None:
    """Another folder, time zone, umask, hash seed and number of jobs."""
    (tmp_path / "else where").mkdir()
    other = tmp_path / "else where" / "press"
    subprocess.run(["cp", "-r", str(fresh), str(other)], check=True)
    outs = []
    for place, zone, umask, seed, jobs in (
        (fresh, "UTC", "022", "1", "1"),
        (other, "Asia/Tokyo", "077", "2", "2"),
    ):
        line = f"umask {umask}; exec '{sys.executable}' -m briefpress build -q --project '{place}' --jobs {jobs}"
        environment = {**os.environ, "TZ": zone, "PYTHONHASHSEED": seed}
        subprocess.run(["sh", "-c", line], check=True, env=environment)
        built = place / "build"
        files = (
            path
            for path in sorted(built.rglob("*"))
            if path.is_file() and ".briefpress" not in path.parts
        )
        outs.append(
            {
                path.relative_to(built).as_posix(): path.read_bytes()
                for path in files
                if path.parent.name[0] != "."
            }
        )
    assert outs[0].keys() == outs[1].keys()
    assert [name for name in outs[0] if outs[0][name] != outs[1][name]] == []


@pytest.mark.parametrize(
    ("option", "word"),
    [(["--to", "docx"], "docx"), (["--jobs", "0"], "0"), (["--no"], "--no")],
)
def test_wrong_usage_is_status_2(tmp_path: Path, option: list[str], word: str) -> None:
    done = run(tmp_path, *option)
    assert done.returncode == 2
    assert word in done.stderr


def test_no_project_is_told(tmp_path: Path) -> None:
    done = run(tmp_path)
    assert done.returncode == 1
    assert "press.toml" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_values_survive_the_store() -> None:
    press, problems = parse_press(PRESS.encode())
    assert problems == ()
    again = load_press(dump_press(press))
    assert again.programs == press.programs
    assert list(again.collections) == list(press.collections)
    put_right = (Correction(dt.date(2024, 2, 3), "Right"),)
    made = {
        "tags": ("a",),
        "authors": (Author("A B", "B, A"),),
        "corrections": put_right,
    }
    brief = Brief(
        "one",
        "briefs/one.md",
        "One",
        dt.date(2024, 1, 2),
        "en",
        "Text",
        9,
        **made,  # type: ignore[arg-type]
    )
    kept = load_brief(dump_brief(brief))
    assert (kept.slug, kept.date, kept.authors, kept.corrections) == (
        brief.slug,
        brief.date,
        brief.authors,
        brief.corrections,
    )
    assert (kept.text, kept.line) == ("", 0), "where a brief stands is not what it says"
    pages = PageMap((PageStart("1", "", 0), PageStart("2", "b7", 41, split=True)))
    assert load_pagemap(dump_pagemap(pages)) == pages


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('![a chart](rents.svg "Rents rose"){: data=rents.csv }', "rents.svg"),
        ('![a chart](rents.svg "Rents rose"){: data=rents.csv }', "rents.csv"),
        ("![x](<with space.png>)", "with"),
        ("[pic]: img/a.png\n", "img/a.png"),
        ('<img src="b.png" alt="x">', "b.png"),
    ],
)
def test_names_of_files_are_seen_in_the_text(text: str, name: str) -> None:
    assert name in {part for found in NAMES.findall(text) for part in found}


def test_links_to_briefs_are_seen_in_the_text() -> None:
    assert LINKED.findall(
        "[a](one.md) [b](../two/index.md) [c](../briefs/three.md)"
    ) == ["one", "two", "three"]


@pytest.mark.slow
def test_python_without_assertions_makes_the_same_bytes(fresh: Path) -> None:
    """WeasyPrint reads style sheets by assertions: without them it sets other pages. So we begin anew with them."""
    assert run(fresh, "one", "--to", "pdf").returncode == 0
    before = (fresh / "build" / "pdf" / "one.pdf").read_bytes()
    for name in ("build", ".briefpress"):
        subprocess.run(["rm", "-r", str(fresh / name)], check=True)
    command = [
        sys.executable,
        "-O",
        "-m",
        "briefpress",
        "build",
        "--project",
        str(fresh),
        "one",
        "--to",
        "pdf",
    ]
    subprocess.run(command, check=True, capture_output=True)
    assert (fresh / "build" / "pdf" / "one.pdf").read_bytes() == before


@pytest.mark.slow
def test_the_shelf_shows_the_books_that_there_are(project: Path) -> None:
    """Whether they were bound in this build, in one before, or in one after that of the pages."""
    shelf = project / "build" / "index.html"
    build(project, "--to", "html")
    assert b"a.epub" not in shelf.read_bytes()
    build(project, "--to", "epub")
    after = shelf.read_bytes()
    assert b"a.epub" in after
    build(project, "--to", "html")
    assert shelf.read_bytes() == after
    shutil.rmtree(project / "build")
    build(project, "--to", "epub")
    assert not shelf.exists()
    build(project)
    assert shelf.read_bytes() == after
    assert {"feed.xml", "opds.json"} <= {path.name for path in shelf.parent.iterdir()}
