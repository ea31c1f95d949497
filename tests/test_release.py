"""The life of a brief: held, released, corrected, renamed, broken, withdrawn, deleted."""

from __future__ import annotations

import filecmp
import json
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

import pikepdf
import pytest

from briefpress.manuscript.record import parse_record, read_record, record_text
from briefpress.problems import BriefpressError
from sample_press import add_web_fonts
from small_press import replace_in_brief, run, write_project
from warm_start import run_warm

SITE = '[organisation]\nurl = "https://example.org/press"\n'
LATER = """\
---
title: Later
date: 2027-01-10
program: a
---
Text of Later.
"""


@dataclass(frozen=True, slots=True)
class Press:
    """A press on the disk, and its twin: each command runs on both."""

    project: Path
    twin: Path

    def run(self, command: str, *arguments: str, status: int = 0) -> Sequence[str]:
        """Run a command, and return its last lines: the same bytes come out twice."""
        lines: list[str] = []
        for project in (self.twin, self.project):
            done = run(command, project, *arguments)
            assert done.returncode == status, done.stdout + done.stderr
            found = done.stderr.splitlines()
            lines = [line for line in found if not line.startswith("made ")]
        differing = different_files(self.project / "build", self.twin / "build")
        assert differing == []
        return lines

    def write(self, name: str, text: str) -> None:
        """Write a file of both projects."""
        for project in (self.project, self.twin):
            (project / name).write_text(text, "utf-8")

    def delete(self, name: str) -> None:
        """Delete a file of both projects."""
        for project in (self.project, self.twin):
            (project / name).unlink()

    def replace(self, brief: str, old: str, new: str) -> None:
        """Replace a piece of a brief."""
        for project in (self.project, self.twin):
            replace_in_brief(project, brief, old, new)

    def read(self, name: str) -> str:
        """Return a published file."""
        return (self.project / "build" / name).read_text("utf-8")

    def briefs_in_book(self) -> dict[str, str]:
        """Return the chapters of the book: slug to text."""
        with ZipFile(self.project / "build/epub/a.epub") as book:
            names = [name for name in book.namelist() if "/briefs/" in name]
            return {Path(name).stem: book.read(name).decode() for name in names}

    def book_modified(self) -> str:
        """Return when the book was modified, as its package says."""
        with ZipFile(self.project / "build/epub/a.epub") as book:
            package = book.read("EPUB/content.opf").decode()
        found = re.search(r"dcterms:modified\">([\d-]+)T", package)
        assert found
        return found[1]

    def pages(self) -> set[str]:
        """Return the slugs that have a web page."""
        return {page.parent.name for page in self.project.glob("build/html/*/*.html")}


def different_files(first: Path, second: Path) -> list[str]:
    """Return the files that are not the same in two folders."""
    names = {
        path.relative_to(folder).as_posix()
        for folder in (first, second)
        for path in folder.rglob("*")
        if path.is_file() and ".briefpress" not in path.parts
    }
    _, different, missing = filecmp.cmpfiles(
        first, second, sorted(names), shallow=False
    )
    return different + missing


@pytest.fixture
def press(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Press:
    press = Press(tmp_path / "press", tmp_path / "twin")
    for project in (press.project, press.twin):
        write_project(project)
        add_web_fonts(tmp_path_factory, project / ".briefpress")
        file = project / "press.toml"
        file.write_text(file.read_text().replace("[organisation]\n", SITE, 1))
    return press


@pytest.mark.slow
def test_the_life_of_a_brief(press: Press) -> None:  # noqa: PLR0915 - it is one story
    # Day 1: two briefs are released, one is a draft.
    press.write("briefs/later.md", LATER.replace("date:", "draft: true\ndate:"))
    assert press.run("release", "--as-of", "2027-01-04") == []
    assert press.pages() == {"one", "two"}
    identifier = read_record(press.project).briefs["two"].identifier
    assert identifier in press.read("feed.xml")

    # Day 2: the draft is finished, and waits for its day. A link to it waits too.
    press.write("briefs/later.md", LATER)
    press.replace("one", "Text of One.", "Text of One. See [later](later.md).")
    lines = press.run("build", "--as-of", "2027-01-05")
    assert lines[1:] == [
        "held until 10 January 2027: later",
        "built, but not yet released: 1 brief, one (changed): run `briefpress release`",
        "1 warning: `--explain-warnings` says how to fix them",
    ]
    assert "`later` is held until 2027-01-10" in lines[0]
    assert "See later." in press.read("html/one/index.html")
    assert press.pages() == {"one", "two"}

    # Day 3: it is published, and the link leads to it.
    press.run("release", "--as-of", "2027-01-10")
    assert press.pages() == {"one", "two", "later"}
    assert 'href="../later/index.html"' in press.read("html/one/index.html")
    assert press.book_modified() == "2027-01-10"

    # Day 4: a correction changes the date of everything that contains it.
    correction = "corrections: [{date: 2027-01-12, text: A number.}]\nprogram:"
    press.replace("one", "program:", correction)
    press.run("release", "--as-of", "2027-01-12")
    assert press.book_modified() == "2027-01-12"
    assert '"modified": "2027-01-12T00:00:00Z"' in press.read("opds.json")
    assert "<updated>2027-01-12T00:00:00Z</updated>" in press.read("feed.xml")
    assert 'modified_time" content="2027-01-12"' in press.read("html/one/index.html")
    with pikepdf.open(press.project / "build/pdf/one.pdf") as pdf:
        assert str(pdf.docinfo.ModDate).startswith("D:20270112")

    # Day 5: a new name keeps the identifier, and the old addresses lead to it.
    text = (press.project / "briefs/two.md").read_text("utf-8")
    press.write("briefs/second.md", text.replace("program:", "aliases: two\nprogram:"))
    press.delete("briefs/two.md")
    press.run("release", "--as-of", "2027-01-13")
    assert read_record(press.project).briefs["second"].identifier == identifier
    assert identifier in press.read("feed.xml")
    assert 'url=../second/"' in press.read("html/two/index.html")
    assert "https://example.org/press/html/second/" in press.read("html/two/index.html")
    moved = "/press/pdf/two.pdf /press/pdf/second.pdf 301"
    assert moved in press.read("_redirects").splitlines()
    assert not (press.project / "build/pdf/two.pdf").exists()

    # A changed text moves no date, and `diff` says so.
    press.replace("one", "A note.", "A long note.")
    (found,) = json.loads(run("diff", press.project, "--json").stdout)
    assert (found["name"], found["what"]) == ("one", "changed")
    assert found["editions"] == ["html/one/", "pdf/one.pdf", "epub/a.epub"]
    (detail,) = found["details"]
    assert detail.startswith(
        "text: 1 word added, 0 removed; first in briefs/one.md:9: "
    )
    assert detail.endswith("[^1]: A long note. …")
    assert "corrections: " in found["advice"]
    against = ("--against", str(press.project / "build"), "--as-of", "2027-01-13")
    files = [
        each["name"] for each in json.loads(run("diff", press.twin, "--json").stdout)
    ]
    assert files == ["one"]
    done = run("diff", press.twin, "--json", *against)
    files = [each["name"] for each in json.loads(done.stdout)]
    assert files == ["epub/a.epub", "html/one/index.html", "pdf/one.pdf"]
    press.replace("one", "A long note.", "A note.")
    assert run("diff", press.project).stdout == "nothing would change for readers\n"

    # Day 6: a mistake in a released brief leaves it as it was; others go on.
    before = press.briefs_in_book()
    page = press.read("html/later/index.html")
    press.replace("later", "Text of Later.", "Text of Later.[^x]")
    press.replace("one", "Text of One.", "The text of One.")
    lines = press.run("build", "--as-of", "2027-01-14", status=1)
    assert "later stays as it was published, until its source is right again" in lines
    assert press.read("html/later/index.html") == page
    after = press.briefs_in_book()
    assert after["later"] == before["later"]
    assert "The text of One." in after["one"]
    assert "Later" in press.read("index.html")

    # Day 7: one is withdrawn, although another is broken.
    withdrawn = "withdrawn: {date: 2027-01-15, reason: A wrong figure.}\nprogram:"
    press.replace("second", "program:", withdrawn)
    press.run("release", "--as-of", "2027-01-15", status=1)
    assert press.briefs_in_book().keys() == {"one", "later"}
    notice = press.read("html/second/index.html")
    assert "Withdrawn on January 15, 2027" in notice
    assert "A wrong figure." in notice
    assert "Text of Two" not in notice
    assert '<meta name="robots" content="noindex">' in notice
    assert "A wrong figure." in press.read("feed.xml")
    assert "second" not in press.read("index.html")
    assert (press.project / "build/pdf/second.pdf").exists()

    # Day 8: a clone has no last good edition, and says so; what it has stays.
    shutil.rmtree(press.twin / ".released")
    done = run("build", press.twin, "--as-of", "2027-01-16")
    assert done.returncode == 1
    assert "its last good edition is not on this machine" in done.stderr
    assert different_files(press.project / "build", press.twin / "build") == []

    # Day 9: the mistake is corrected.
    press.replace("later", "[^x]", "")
    assert press.run("build", "--as-of", "2027-01-16") == []

    # Day 10: a brief is back to a draft, or dated later: it stays.
    press.replace("later", "date: 2027-01-10", "date: 2028-01-10")
    lines = press.run("build", "--as-of", "2027-01-17", status=1)
    assert lines[0].startswith("error[S02]: `later` was released on 2027-01-10")
    assert press.pages() >= {"later"}
    press.replace("later", "date: 2028-01-10", "draft: true\ndate: 2027-01-10")
    press.run("build", "--as-of", "2027-01-17", status=1)
    assert press.pages() >= {"later"}

    # Day 11: a file is deleted. What was released stays until it is removed by name.
    press.delete("briefs/later.md")
    lines = press.run("build", "--as-of", "2027-01-18", status=1)
    assert lines[0].startswith("error[S01]: `later` was released on 2027-01-10")
    assert "Text of Later." in press.briefs_in_book()["later"]
    press.replace("one", "[later](later.md)", "later")
    assert press.run("release", "--as-of", "2027-01-18", "--removed", "later") == []
    assert press.pages() == {"one", "two", "second"}
    assert press.briefs_in_book().keys() == {"one"}
    assert press.book_modified() == "2027-01-18"

    # Day 12: an earlier day removes nothing.
    press.run("build", "--as-of", "2020-01-01", status=1)
    assert press.pages() == {"one", "two", "second"}


@pytest.mark.slow
def test_a_released_collection_stays_until_it_is_removed(press: Press) -> None:
    text = (press.project / "press.toml").read_text("utf-8")
    more = '[collections.firsts]\ntitle = "Firsts"\nselect = { briefs = ["one"] }\n'
    press.write("press.toml", f"{text}{more}")
    press.run("release", "--as-of", "2027-01-04")
    book = press.project / "build/epub/firsts.epub"
    assert book.exists()
    press.write("press.toml", text)
    lines = press.run("build", "--as-of", "2027-01-05", status=1)
    assert lines[0].startswith("error[S05]: the collection `firsts` was released")
    assert book.exists()
    press.run("release", "--as-of", "2027-01-06", "--removed", "firsts")
    assert not book.exists()
    done = run("release", press.project, "--removed", "firsts")
    assert done.returncode == 2
    assert "no brief or collection `firsts` was released" in done.stderr


@pytest.mark.slow
def test_a_program_with_a_new_key_keeps_the_identifier_of_its_book(
    press: Press,
) -> None:
    press.run("release", "--as-of", "2027-01-04")
    before = read_record(press.project).collections["a"]
    place = ["--project", str(press.project)]
    run_warm(["cache", "gc", "--keep", "0", *place])  # leaves the last good editions
    stats = run_warm(["cache", "stats", *place]).stdout
    assert "last good editions, in .released/: " in stats
    text = (press.project / "press.toml").read_text("utf-8")
    renamed = text.replace("[programs.a]", '[programs.water]\nformerly = "a"')
    press.write("press.toml", renamed)
    for brief in ("one", "two"):
        press.replace(brief, "program: a", "program: water")
    press.run("release", "--as-of", "2027-01-05")
    record = read_record(press.project)
    assert record.collections.keys() == {"water"}
    assert record.collections["water"].identifier == before.identifier
    assert record.collections["water"].changed == before.changed
    assert before.identifier in press.read("opds.json")
    moved = "/press/epub/a.epub /press/epub/water.epub 301"
    assert moved in press.read("_redirects").splitlines()
    assert not (press.project / "build/epub/a.epub").exists()


@pytest.mark.slow
def test_a_damaged_record_stops_the_build_and_removes_nothing(press: Press) -> None:
    press.run("release", "--as-of", "2027-01-04")
    record = (press.project / "published.toml").read_text("utf-8")
    wrong = (
        record.replace("identifier =", "identifeir =", 1),
        record.replace("released = 2027-01-04", "released = soon", 1),
        record.replace("html/one/", "html/two/", 1),
        record[:200],
        "<<<<<<< ours\n" + record,
    )
    for text in wrong:
        press.write("published.toml", text)
        lines = press.run("build", "--as-of", "2027-01-05", status=1)
        assert any("published.toml:" in line for line in lines), text
        assert press.pages() == {"one", "two"}
    press.write("published.toml", record)
    assert press.run("build", "--as-of", "2027-01-05") == []


def test_the_record_is_read_as_it_was_written() -> None:
    text = """\
[briefs.rents]
identifier = "urn:uuid:1"
released = 2027-01-04
withdrawn = 2027-02-01
digest = "abc"
addresses = { page = "html/rents/", pdf = "pdf/rents.pdf", epub = "epub/rents.epub" }
earlier = [
  { page = "html/rent/", pdf = "pdf/rent.pdf", epub = "epub/rent.epub" },
]

[collections.a]
identifier = "urn:uuid:2"
changed = 2027-01-04
briefs = [
  "rents",
]
"""
    record = parse_record(text.encode())
    assert record.briefs["rents"].slugs == ("rents", "rent")
    written = record_text(record)
    assert written.endswith(text)
    assert parse_record(written.encode()) == record


def test_a_record_with_one_page_twice_is_refused() -> None:
    block = """\
[briefs.{slug}]
identifier = "urn:uuid:{slug}"
released = 2027-01-04
digest = "abc"
addresses = {{ page = "html/a/", pdf = "pdf/a.pdf", epub = "epub/a.epub" }}
"""
    text = block.format(slug="a") + block.format(slug="b")
    with pytest.raises(BriefpressError) as caught:
        parse_record(text.encode())
    (problem,) = caught.value.problems
    assert (problem.code, str(problem.span)) == ("S06", "published.toml:6:9")


@pytest.mark.parametrize("page", ["../../x/", "html/b/", "/html/a/"])
def test_a_record_cannot_lead_out_of_the_site(page: str) -> None:
    text = f"""\
[briefs.a]
identifier = "urn:uuid:a"
released = 2027-01-04
digest = "abc"
addresses = {{ page = "html/a/", pdf = "pdf/a.pdf", epub = "epub/a.epub" }}
earlier = [{{ page = "{page}", pdf = "pdf/x.pdf", epub = "epub/../x.epub" }}]
"""
    with pytest.raises(BriefpressError) as caught:
        parse_record(text.encode())
    assert [problem.code for problem in caught.value.problems] == ["S06"]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ("aliases: [two]", "S03"),
        ("aliases: [one]", "S03"),
        ("aliases: [../../x]", "R18"),
        ("corrections: [{date: 2020-01-01, text: A number.}]", "S04"),
        ("corrections: [{date: 2090-01-01, text: A number.}]", "S04"),
        ("withdrawn: {date: 2090-01-01, reason: Wrong.}", "S04"),
        ("withdrawn: {date: 2026-01-01}", "R11"),
        ("withdrawn: true", "R12"),
        ("doi: 10.1234/two", "S07"),
        ("series: Briefs\nnumber: 7", "S07"),
    ],
)
def test_wrong_dates_and_aliases_are_errors(
    tmp_path: Path, fields: str, code: str
) -> None:
    project = write_project(tmp_path / "project")
    replace_in_brief(project, "one", "program:", f"{fields}\nprogram:")
    same = "date: 2023-02-02\ndoi: 10.1234/two\nseries: Briefs\nnumber: 7"
    replace_in_brief(project, "two", "date: 2024-02-02", same)
    done = run("check", project, "--json")
    assert done.returncode == 1, done.stdout
    errors = [
        (problem["code"], problem["span"]["file"])
        for problem in json.loads(done.stdout)["problems"]
        if problem["severity"] == "error"
    ]
    assert errors == [(code, "briefs/one.md")]


@pytest.mark.parametrize(
    ("environment", "day", "held"),
    [("1798761600", "", "2027-01-01"), ("", "2026-06-01", "2027-01-01")],
)
def test_what_is_due_depends_on_the_day_that_is_given(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    environment: str,
    day: str,
    held: str,
) -> None:
    project = write_project(tmp_path / "project")
    replace_in_brief(project, "one", "2024-01-02", held)
    if environment:  # midnight of 1 January 2027, UTC
        monkeypatch.setenv("SOURCE_DATE_EPOCH", environment)
    arguments = ["--as-of", day] if day else []
    done = run("build", project, "one", "--to", "pdf", *arguments)
    assert done.returncode == (2 if day else 0), done.stderr
    assert ("`one` is held until 2027-01-01" in done.stderr) == bool(day)


@pytest.mark.parametrize("epoch", ["tomorrow", "9" * 30])
def test_a_day_that_is_none_is_wrong_usage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, epoch: str
) -> None:
    project = write_project(tmp_path / "project")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    done = run("build", project)
    assert done.returncode == 2
    assert "SOURCE_DATE_EPOCH" in done.stderr
    assert not (project / "build").exists()
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    assert run("build", project, "--as-of", "2027-13-01").returncode == 2
