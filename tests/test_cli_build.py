"""`briefpress build`: what runs after a change, what is published, what stays unchanged."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import briefpress
from small_press import (
    PRESS,
    build,
    new_project,
    project,
    published,
    replace_in_brief,
    run,
)

__all__ = ["new_project", "project"]  # fixtures

SOURCE = Path(briefpress.__file__).parents[1]
NOTHING_TO_DO = "nothing to do: all editions are up to date\n"
# Modules that a build with nothing to do must not import.
SLOW_MODULES = {
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


@pytest.mark.slow
def test_a_change_runs_only_the_steps_that_depend_on_it(project: Path) -> None:
    build(project)
    editions = {"pdf/one.pdf", "pdf/two.pdf", "html/one", "html/two", "epub/a.epub"}
    assert published(project) == editions
    assert build(project)["ran"] == []

    replace_in_brief(project, "one", "---\nText", "---\n\n\nText")
    assert build(project)["ran"] == ["document/one"], "a document has no line numbers"

    replace_in_brief(project, "one", "Text of", "Words of")
    report = build(project)
    assert report["ran"] == [
        "chapter/a/one",
        "document/one",
        "epub/a",
        "gather/a",
        "pdf/one",
        "web/one",
    ]
    files = ["epub/a.epub", "html/one/index.html", "pdf/one.pdf"]
    assert sorted(report["written"]) == files


@pytest.mark.slow
def test_a_full_build_removes_outdated_editions_and_keeps_other_files(
    project: Path,
) -> None:
    build(project)
    (project / "build" / "CNAME").write_text("example.org", "utf-8")
    (project / "briefs" / "two.md").unlink()

    build(project, "one", "--to", "pdf")
    assert "pdf/two.pdf" in published(project), "a build of one brief removes no other"

    build(project, "--to", "pdf")
    assert "html/two" in published(project), "a build of PDFs removes no web page"
    assert "pdf/two.pdf" in published(project), "the web page links to it"

    build(project)
    assert published(project) == {"pdf/one.pdf", "html/one", "epub/a.epub"}
    assert (project / "build" / "CNAME").read_text("utf-8") == "example.org"


@pytest.mark.slow
def test_an_epub_is_made_of_all_its_briefs_or_not_at_all(project: Path) -> None:
    page = project / "build" / "html" / "one" / "index.html"
    epub = project / "build" / "epub" / "a.epub"

    replace_in_brief(project, "two", "Text", "Text[^none]")
    assert build(project, status=1)["held"] == ["a"]
    assert published(project) == {"pdf/one.pdf", "html/one"}
    assert "a.epub" not in page.read_text("utf-8")

    assert build(project, "--keep-going", status=1)["held"] == []
    assert "epub/a.epub" in published(project)
    assert "a.epub" in page.read_text("utf-8")

    replace_in_brief(project, "two", "Text[^none]", "Text")
    build(project)
    complete = epub.read_bytes()
    replace_in_brief(project, "two", "Text", "Text[^none]")
    done = run("build", project)
    assert done.returncode == 1
    assert epub.read_bytes() == complete
    skipped, last = done.stderr.splitlines()[-2:]
    assert skipped.startswith("epub/a.epub unchanged, from an earlier build: ")
    counts = "1 brief not published, 1 error in 1 file"
    assert last.startswith(f"{counts}: fix briefs/two.md:6:5: ")


@pytest.mark.slow
def test_epub_each_makes_an_epub_of_each_brief(project: Path) -> None:
    front_matter = "title: '\"One\"'\nsummary: It is *so*."
    replace_in_brief(project, "one", "title: One", front_matter)
    build(project, "--epub-each")
    assert published(project) >= {"epub/a.epub", "epub/one.epub", "epub/two.epub"}
    with zipfile.ZipFile(project / "build" / "epub" / "one.epub") as book:
        chapters = [name for name in book.namelist() if "/briefs/" in name]
        package = book.read("EPUB/content.opf").decode()
    assert chapters == ["EPUB/briefs/one.xhtml"]
    assert '<dc:title id="title">“One”</dc:title>' in package
    assert "<dc:description>It is so.</dc:description>" in package


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new", "names", "lists_with_the_book"),
    [
        ("Text", "Text[^none]", ["two"], {"index.html", "opds.json"}),
        ("Text", "Text[^none]", ["one", "two"], {"opds.json"}),
        # The program of these briefs is not known, so the book's contents are not.
        ("---\n", "---\nsubtitle: [\n", ["one", "two"], set()),
    ],
)
def test_the_epub_of_an_earlier_build_stays_and_is_listed_if_its_briefs_are_known(
    project: Path, old: str, new: str, names: list[str], lists_with_the_book: set[str]
) -> None:
    out = project / "build"
    build(project)
    for name in names:
        replace_in_brief(project, name, old, new)
    for formats in ("html", "html,pdf,epub"):
        report = build(project, "--to", formats, status=1)
        assert "B04" not in str(report["problems"])
        assert "epub/a.epub" in published(project)
        found = set()
        for name in ("index.html", "opds.json"):
            if "epub/a.epub" in (out / name).read_text("utf-8"):
                found.add(name)
        assert found == lists_with_the_book


@pytest.mark.slow
def test_the_lists_of_an_earlier_build_stay_if_their_template_is_wrong(
    project: Path,
) -> None:
    build(project)
    templates = project / "themes" / "odd" / "templates"
    templates.mkdir(parents=True)
    (templates.parent / "theme.toml").write_text('parent = "plain"\n', "utf-8")
    (templates / "index.html.j2").write_text("{{ nothing }}", "utf-8")
    (project / "press.toml").write_text(PRESS.replace("plain", "odd"), "utf-8")
    build(project, status=1)
    files = {path.name for path in (project / "build").iterdir()}
    assert files >= {"index.html", "feed.xml", "opds.json"}


@pytest.mark.slow
def test_every_edition_contains_the_pictures_of_its_theme(project: Path) -> None:
    """Style sheets and templates show them: in a brief, the list of editions, a book."""
    theme = project / "themes" / "odd"
    for folder in ("css", "images", "templates"):
        (theme / folder).mkdir(parents=True)
    (theme / "theme.toml").write_text('parent = "plain"\n', "utf-8")
    size = 'width="9" height="9"'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" {size}><path d="M0 0h9v9z"/></svg>'
    for name in ("leaf", "rule"):
        (theme / "images" / f"{name}.svg").write_text(svg, "utf-8")
    for name in ("screen", "print", "epub"):
        rule = '.imprint { background: url("../images/rule.svg") }'
        css = f'@import "parent:{name}.css";\n{rule}\n'
        (theme / "css" / f"{name}.css").write_text(css, "utf-8")
    blocks = {"brief": "imprint", "index": "opening", "titlepage": "titlepage"}
    for name, block in blocks.items():
        template = (
            f'{{% extends "parent:{name}.html.j2" %}}{{% block {block} %}}'
            '{{ super() }}<img src="images/leaf.svg" alt="A leaf">{% endblock %}'
        )
        (theme / "templates" / f"{name}.html.j2").write_text(template, "utf-8")
    (project / "press.toml").write_text(PRESS.replace("plain", "odd"), "utf-8")

    build(project)
    out = project / "build"
    for page in (out / "index.html", out / "html" / "one" / "index.html"):
        assert 'src="images/leaf.svg"' in page.read_text("utf-8")
        assert (page.parent / "images" / "leaf.svg").is_file()
    css = (out / "assets" / "odd-a.css").read_text("utf-8")
    assert 'url("odd/images/rule.svg")' in css
    assert (out / "assets" / "odd" / "images" / "rule.svg").is_file()
    with zipfile.ZipFile(out / "epub" / "a.epub") as book:
        css = book.read("EPUB/css/book.css").decode()
        names = set(book.namelist())
    assert "../pictures/theme/images/rule.svg" in css
    for picture in ("theme/images/rule.svg", "one/images/leaf.svg"):
        assert f"EPUB/pictures/{picture}" in names
    assert "EPUB/pictures/book/images/leaf.svg" in names


@pytest.mark.slow
def test_a_brief_with_an_unknown_theme_has_the_usual_theme(project: Path) -> None:
    replace_in_brief(project, "two", "program: a", "program: a\ntheme: plian")
    done = run("build", project, "--to", "pdf")
    assert done.returncode == 0
    assert "warning[R36] briefs/two.md:5: there is no theme `plian`" in done.stderr
    assert published(project) == {"pdf/one.pdf", "pdf/two.pdf"}


@pytest.mark.slow
def test_one_run_reports_errors_in_the_front_matter_and_in_the_text(
    project: Path,
) -> None:
    one = "---\ntitle: One\ndate: soon\nprogram: b\n---\nA call.[^gone]\n"
    (project / "briefs" / "one.md").write_text(one, "utf-8")
    replace_in_brief(project, "two", "program: a", "theme: plian")
    replace_in_brief(project, "two", "[^1]:", "[^2]:")

    def error_lines(command: str, *arguments: str) -> list[str]:
        stderr = run(command, project, *arguments).stderr
        places = re.findall(r"error\[\w+\].*\n *--> briefs/(\S+):\d+\n", stderr)
        return sorted(places)

    in_one = ["one.md:3", "one.md:6"]
    in_two = ["two.md:6"]
    assert error_lines("check") == [*in_one, *in_two]
    assert error_lines("build", "--to", "pdf") == [*in_one, *in_two]
    assert error_lines("check", "one") == in_one
    assert error_lines("build", "one", "--to", "pdf") == in_one


@pytest.mark.slow
def test_an_error_in_the_theme_of_a_program_affects_only_that_program(
    project: Path,
) -> None:
    """An unknown theme of a collection affects only that collection's EPUB."""
    broken = project / "themes" / "broken"
    (broken / "templates").mkdir(parents=True)
    theme_toml = 'name = "broken"\nparent = "plain"\n'
    (broken / "theme.toml").write_text(theme_toml, "utf-8")
    (broken / "templates" / "print.html.j2").write_text("{% block body %}", "utf-8")
    program = """\
[programs.b]
name = "Program B"
acronym = "PB"
theme = "broken"
"""
    collection = """\
[collections.best]
title = "Best"
theme = "plian"
select = { programs = ["a"] }
"""
    (project / "press.toml").write_text(PRESS + program + collection, "utf-8")
    replace_in_brief(project, "two", "program: a", "program: b")

    report = build(project, status=1)
    assert report["failed"] == ["two"]
    assert sorted(report["held"]) == ["b", "best"]
    assert published(project) == {"pdf/one.pdf", "html/one", "epub/a.epub"}
    stderr = run("build", project).stderr
    assert "themes/broken/templates/print.html.j2" in stderr
    assert stderr.splitlines()[-1].startswith("1 brief not published, ")


@pytest.mark.slow
def test_a_build_with_nothing_to_do_imports_little(project: Path) -> None:
    assert run("build", project).returncode == 0
    line = [sys.executable, "-X", "importtime", "-m", "briefpress", "build"]
    done = subprocess.run(
        [*line, "--project", str(project)], capture_output=True, text=True, check=True
    )
    assert done.stdout == NOTHING_TO_DO
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "briefpress.cli.build" in imported
    assert imported & SLOW_MODULES == set()


def start_build(project: Path, *folders: Path) -> str:
    """Build with a new Python that looks for libraries in these folders first."""
    path = os.pathsep.join(str(folder) for folder in (*folders, SOURCE))
    line = [sys.executable, "-m", "briefpress", "build", "--project", str(project)]
    done = subprocess.run(
        [*line, "--json"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": path},
    )
    return done.stdout


# issue 10, fault 10
@pytest.mark.slow
def test_a_new_version_of_a_library_makes_all_editions_again(
    project: Path, tmp_path: Path
) -> None:
    start_build(project)
    assert "pdf/one: " not in start_build(project)
    metadata = tmp_path / "libraries" / "pyphen-999.dist-info" / "METADATA"
    metadata.parent.mkdir(parents=True)
    metadata.write_text("Metadata-Version: 2.1\nName: pyphen\nVersion: 999\n")
    assert "pdf/one: " in start_build(project, metadata.parents[1])


@pytest.mark.slow
def test_the_same_source_gives_the_same_bytes(
    new_project: Path, tmp_path: Path
) -> None:
    """In another folder, time zone, umask, hash seed and number of jobs."""
    shutil.rmtree(new_project / ".briefpress")  # so that fonts are made twice too
    copy = tmp_path / "another folder" / "press"
    shutil.copytree(new_project, copy)
    line = f"exec '{sys.executable}' -m briefpress build --quiet --jobs $JOBS"
    outputs = []
    for folder, zone, umask, seed, jobs in (
        (new_project, "UTC", "022", "1", "1"),
        (copy, "Asia/Tokyo", "077", "2", "2"),
    ):
        variables = {"TZ": zone, "PYTHONHASHSEED": seed, "JOBS": jobs}
        subprocess.run(
            ["sh", "-c", f"umask {umask}; {line}"],
            cwd=folder,
            check=True,
            env={**os.environ, **variables},
        )
        outputs.append(_published_bytes(folder))
    first, second = outputs
    assert "pdf/one.pdf" in first
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []


def _published_bytes(project: Path) -> dict[str, bytes]:
    """Return the published files, without the records of briefpress."""
    out = project / "build"
    files = {}
    for path in sorted(out.rglob("*")):
        if path.is_file() and ".briefpress" not in path.parts:
            files[path.relative_to(out).as_posix()] = path.read_bytes()
    return files


@pytest.mark.slow
def test_python_without_assertions_makes_the_same_bytes(new_project: Path) -> None:
    """WeasyPrint parses style sheets with assertions, so briefpress turns them on."""
    pdf = new_project / "build" / "pdf" / "one.pdf"
    assert run("build", new_project, "one", "--to", "pdf").returncode == 0
    with_assertions = pdf.read_bytes()
    shutil.rmtree(new_project / "build")
    shutil.rmtree(new_project / ".briefpress")
    line = [sys.executable, "-O", "-m", "briefpress", "build", "one", "--to", "pdf"]
    subprocess.run(line, cwd=new_project, check=True, capture_output=True)
    assert pdf.read_bytes() == with_assertions


@pytest.mark.slow
def test_the_list_of_editions_contains_the_epubs_that_are_published(
    project: Path,
) -> None:
    """It makes no difference whether this build, an earlier or a later one made them."""
    out = project / "build"
    index = out / "index.html"
    build(project, "--to", "html")
    assert b"a.epub" not in index.read_bytes()
    build(project, "--to", "epub")
    complete = index.read_bytes()
    assert b"a.epub" in complete
    build(project, "--to", "html")
    assert index.read_bytes() == complete

    shutil.rmtree(out)
    build(project, "--to", "epub")
    assert not index.exists()
    build(project, "--to", "html")
    assert index.read_bytes() == complete
    assert {path.name for path in out.iterdir()} >= {"feed.xml", "opds.json"}
