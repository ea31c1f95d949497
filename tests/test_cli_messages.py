"""What the command line prints when something is wrong, and its exit status."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from briefpress.cli import main
from briefpress.cli.terminal import print_problems
from briefpress.pipeline.report import BuildReport
from briefpress.problems import Problem, Severity, Span
from small_press import PRESS, new_project, replace_in_brief, run, write_project

__all__ = ["new_project"]  # a fixture

PRIVATE = "a line of a private file"


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--to", "docx"], "docx"),
        (["--to", ","], "html, pdf, epub"),
        (["--jobs", "0"], "0"),
        (["--no"], "--no"),
        (["--executor", "dask://here"], "dask://HOST:PORT"),
    ],
)
def test_wrong_usage_has_exit_status_2(
    tmp_path: Path, arguments: list[str], word: str
) -> None:
    done = run("build", tmp_path, *arguments)
    assert done.returncode == 2
    assert word in done.stderr


def test_a_folder_without_a_project_is_reported(tmp_path: Path) -> None:
    done = run("build", tmp_path)
    assert done.returncode == 1
    assert "there is no `press.toml`" in done.stderr
    assert "briefpress init" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["build", "check", "list", "audit"])
@pytest.mark.parametrize(
    ("folder", "way"), [("briefs", ".."), ("briefs/deeper/still", "../../..")]
)
def test_a_command_below_the_project_says_where_the_project_is(
    new_project: Path, command: str, folder: str, way: str
) -> None:
    # issue 10, item 4: the advice was to run `briefpress init`
    below = new_project / folder
    below.mkdir(parents=True, exist_ok=True)
    done = run(command, Path(), folder=below)
    assert done.returncode == 1
    assert f"cd {way}`" in done.stderr
    assert f"--project {way}`" in done.stderr
    assert "init" not in done.stderr


@pytest.mark.parametrize(
    ("folder", "way"), [("briefs", ".."), ("briefs/deeper/still", "../../..")]
)
def test_the_advice_below_the_project_works(
    new_project: Path, folder: str, way: str
) -> None:
    # issue 10, item 4
    below = new_project / folder
    below.mkdir(parents=True, exist_ok=True)
    assert run("check", Path(way), folder=below).returncode == 0


def test_a_project_option_that_is_below_the_project_is_corrected(
    new_project: Path, tmp_path: Path
) -> None:
    # issue 10, item 4
    done = run("check", new_project / "briefs", folder=tmp_path)
    assert done.returncode == 1
    assert f"`--project {new_project}`" in done.stderr


def test_theme_new_below_the_project_writes_nothing(new_project: Path) -> None:
    # issue 10, item 4: the theme was written to briefs/themes/, where nothing finds it
    below = new_project / "briefs"
    arguments = ["theme", "new", "ours", "--project", str(below)]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2
    assert f"`--project {new_project}`" in result.output
    assert not (below / "themes").exists()


def test_the_advice_for_an_unknown_collection_leads_to_its_key(
    new_project: Path,
) -> None:
    # issue 10, item 4: `make epub/x` pointed to a list without collections
    collection = '[collections.housing]\ntitle = "Homes"\nselect = { tags = ["x"] }\n'
    (new_project / "press.toml").write_text(PRESS + collection, "utf-8")
    done = run("build", new_project, "--collection", "zzz", "--to", "epub")
    assert done.returncode == 2
    assert "there is no collection `zzz`" in done.stderr or "`zzz`" in done.stderr
    keys = done.stderr
    if "`briefpress list`" in done.stderr:
        keys = run("list", new_project).stdout
    assert re.search(r"\bhousing\b", keys)
    assert re.search(r"^a  .*Program A$", run("list", new_project).stdout, re.MULTILINE)


@pytest.fixture
def build_all_failing(new_project: Path) -> Callable[..., list[str]]:
    """Return a build of two briefs, each with an error; it ends before any PDF."""
    replace_in_brief(new_project, "one", "date: 2024", "date: someday")
    replace_in_brief(new_project, "two", "Text", "Text[^none]")

    def build_pdfs(*arguments: str) -> list[str]:
        done = run("build", new_project, "--to", "pdf,epub", *arguments)
        assert done.returncode == 1
        return [*done.stdout.splitlines(), *done.stderr.splitlines()]

    return build_pdfs


def test_the_last_line_counts_every_brief_that_is_not_published(
    build_all_failing: Callable[..., list[str]],
) -> None:
    # issue 10, survivor: a failed brief missing from the closing count.
    # The front matter of `one` is wrong, so only `two` has a step that fails.
    last = build_all_failing()[-1]
    counts = "2 briefs not published, 2 errors in 2 files"
    assert last.startswith(f"{counts}: fix briefs/one.md:3:7: ")


def test_a_first_build_does_not_call_anything_unchanged(
    build_all_failing: Callable[..., list[str]],
) -> None:
    # issue 10, item 4: it said "all files as they were" and "left as it was"
    text = "\n".join(build_all_failing())
    assert not re.search("as (they|it) (were|was)|unchanged", text)
    assert "0 PDFs, 0 EPUBs: nothing written" in text
    assert "epub/a.epub not published: " in text


def test_keep_going_is_not_advised_to_those_who_used_it(
    build_all_failing: Callable[..., list[str]],
) -> None:
    lines = build_all_failing("--keep-going")
    skipped = [line for line in lines if "epub/a.epub" in line]
    assert len(skipped) == 1
    assert "--keep-going" not in skipped[0]


def test_one_error_in_a_theme_is_one_message_for_all_briefs(new_project: Path) -> None:
    # issue 10, item 4: one message for one cause, however many briefs it affects
    templates = new_project / "themes" / "odd" / "templates"
    templates.mkdir(parents=True)
    (templates.parent / "theme.toml").write_text('parent = "plain"\n', "utf-8")
    (templates / "brief.html.j2").write_text("{{ nothing }}", "utf-8")
    (new_project / "press.toml").write_text(PRESS.replace("plain", "odd"), "utf-8")
    done = run("build", new_project, "--to", "pdf")
    assert done.returncode == 1
    assert done.stderr.count("error[T06]") == 1
    assert "  briefs: one, two\n" in done.stderr
    counts = "2 briefs not published, 1 error in 1 file"
    assert done.stderr.splitlines()[-1].startswith(f"{counts}: fix themes/odd/")


def test_a_message_that_affects_many_briefs_names_the_first(
    new_project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = Span("press.toml", 1, 1)
    briefs = [f"brief-{number}" for number in range(10, 90)]
    problems = [Problem("R10", "unknown key", place, brief=slug) for slug in briefs]
    print_problems(problems, new_project)
    printed = capsys.readouterr().err
    assert printed.count("error[R10]") == 1
    first = "brief-10, brief-11, brief-12, brief-13, brief-14"
    assert f"  briefs: {first} and 75 more\n" in printed


@pytest.mark.parametrize(
    ("report", "changes"),
    [
        (BuildReport(editions={"pdf": 2}), "2 PDFs: all files unchanged;"),
        (BuildReport(editions={"html": 0}), "0 web pages: nothing written;"),
        (
            BuildReport(editions={"html": 1, "epub": 1}, written=("a",)),
            "1 web page, 1 EPUB: 1 file written;",
        ),
        (
            BuildReport(editions={"pdf": 1}, written=("a", "b"), removed=("c",)),
            "1 PDF: 2 files written, 1 file removed;",
        ),
    ],
)
def test_the_summary_says_what_happened_to_the_files(
    report: BuildReport, changes: str
) -> None:
    assert report.summary().startswith(changes)


def test_the_last_lines_name_a_file() -> None:
    """The first error with a file comes first; warnings are not counted."""
    in_place = Problem("R10", "unknown key", Span("press.toml", 10, 8))
    report = BuildReport(
        problems=(
            Problem("B08", "changed by hand"),
            in_place,
            Problem("R11", "old", Span("briefs/a.md"), severity=Severity.WARNING),
        ),
        skipped_books=("a", "b"),
        kept_books=("b",),
    )
    first, second, last = report.closing_lines()
    assert first.startswith("epub/a.epub not published: ")
    assert second.startswith("epub/b.epub unchanged, from an earlier build: ")
    assert last == "2 errors in 1 file: fix press.toml:10:8: unknown key"


def test_a_build_without_problems_has_no_closing_lines() -> None:
    assert BuildReport().closing_lines() == []


def test_the_last_line_of_a_build_with_warnings_says_what_to_do() -> None:
    warning = Problem("R11", "old", Span("briefs/a.md"), severity=Severity.WARNING)
    [line] = BuildReport(problems=(warning,)).closing_lines()
    assert line == "1 warning: `--explain-warnings` says how to fix them"


def excerpt(project: Path, file: str, capsys: pytest.CaptureFixture[str]) -> str:
    """Return what is printed for a problem in line 1 of a file."""
    print_problems([Problem("R10", "unknown key", Span(file, 1, 1))], project)
    return capsys.readouterr().err


def test_a_message_shows_the_line_of_a_file_in_the_project(
    new_project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ' 1 | theme = "plain"\n' in excerpt(new_project, "press.toml", capsys)


@pytest.mark.parametrize("kind", ["parent", "absolute", "file link", "folder link"])
def test_a_message_never_shows_a_line_of_a_file_outside_the_project(
    new_project: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    # issue 10, survivor: the excerpt in the terminal reads outside the project
    outside = new_project.parent / "private"
    outside.mkdir()
    (outside / "secret").write_text(PRIVATE, "utf-8")
    (new_project / "file-link").symlink_to(outside / "secret")
    (new_project / "folder-link").symlink_to(outside)
    file = {
        "parent": "../private/secret",
        "absolute": str(outside / "secret"),
        "file link": "file-link",
        "folder link": "folder-link/secret",
    }[kind]
    assert (new_project / file).read_text("utf-8") == PRIVATE
    printed = excerpt(new_project, file, capsys)
    assert f"--> {file}:1:1" in printed
    assert PRIVATE not in printed


def test_a_message_survives_a_file_that_cannot_be_read(
    new_project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (new_project / "circle").symlink_to(new_project / "circle")
    os.mkfifo(new_project / "pipe")
    for file in ("circle", "pipe", "missing", "briefs"):
        assert f"--> {file}:1:1" in excerpt(new_project, file, capsys)


def test_a_fatal_error_is_json_too(tmp_path: Path) -> None:
    done = run("build", tmp_path, "--json")
    assert done.returncode == 1
    assert '"code": "R25"' in done.stdout
    assert done.stderr == ""


def test_the_report_of_a_brief_without_errors_is_silent(tmp_path: Path) -> None:
    project = write_project(tmp_path / "project")
    done = run("check", project)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "2 briefs read: 0 errors, 0 warnings\n"
