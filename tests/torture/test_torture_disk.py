"""Full and read-only disks, clocks that jump, damaged stores, builds at the same time."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from torture_press import (
    NEW,
    Row,
    brief,
    build,
    command,
    different_files,
    environment,
    finish,
    is_tidy,
    published,
    put,
    start,
    write_press,
)

Stale = Callable[[object], Path]
READ_ONLY = """\
mount --bind '{path}' '{path}' && mount -o remount,ro,bind '{path}' && exec "$@"
"""


def isolated(
    script: str, *arguments: str, **changed: str
) -> subprocess.CompletedProcess[str]:
    """Run a shell script that can mount file systems of its own."""
    line = ["unshare", "--mount", "sh", "-c", script, "sh", *arguments]
    return subprocess.run(
        line, env=environment(**changed), capture_output=True, text=True, check=False
    )


def size_of(folder: Path) -> int:
    """Return the size of a folder in KiB."""
    return int(
        subprocess.run(
            ["du", "-sk", str(folder)], capture_output=True, text=True, check=True
        ).stdout.split()[0]
    )


def test_a_small_disk(
    stale: Stale, clean: dict[str, bytes], row: Row, tmp_path: Path
) -> None:
    """A separate disk with a little more room each time, until a build fits."""
    source = stale("source")
    before, full = published(source / "build"), size_of(source)
    disk = tmp_path / "disk"
    disk.mkdir()
    rounds, reported = 0, 0
    for room in range(24, 4800, 120):
        after, made, words = (
            tmp_path / f"{name}{room}" for name in ("after", "made", "told")
        )
        script = f"""
            set -eu
            mount -t tmpfs -o size={full + room}k none '{disk}'; cp -a '{source}/.' '{disk}'
            "$@" >'{words}' 2>&1 || true
            cp -a '{disk}/build' '{after}'
            mount -o remount,size=300m '{disk}'
            "$@"
            cp -a '{disk}/build' '{made}'
        """
        done = isolated(script, *command(disk))
        assert done.returncode == 0, done.stdout + done.stderr
        said = words.read_text()
        assert "Traceback" not in said, said
        now = published(after)
        assert [
            name
            for name, data in now.items()
            if data not in {before.get(name), clean.get(name)}
        ] == []
        assert different_files(published(made), clean) == []
        rounds += 1
        if "files written" in said and "cannot write" not in said:
            break
        assert "No space left on device" in said, said
        assert "free some disk space" in said, said
        reported += 1
    row(
        "a disk too small by more and more (tmpfs)",
        rounds,
        f"{reported} reported, no half files; built when there is room",
    )
    assert reported > 3


@pytest.mark.parametrize("shut", ["build", ".briefpress", ""])
def test_a_disk_that_cannot_be_written(
    stale: Stale, clean: dict[str, bytes], row: Row, shut: str
) -> None:
    project = stale("shut")
    before = published(project / "build")
    place = project / shut
    script = READ_ONLY.format(path=place)
    done = isolated(script, *command(project))
    said = done.stdout + done.stderr
    assert done.returncode == 1, said
    assert "Read-only file system" in said
    assert "Traceback" not in said
    assert different_files(published(project / "build"), before) == []
    build(project)
    assert different_files(published(project / "build"), clean) == []
    row(
        f"read-only: {shut or 'the whole project'}",
        1,
        "reported, nothing changed; built when it can be written",
    )


def test_a_project_that_cannot_be_written_builds_elsewhere(
    stale: Stale, clean: dict[str, bytes], row: Row
) -> None:
    project = stale("shut")
    out, cache = project.parent / "out", project.parent / "cache"
    script = READ_ONLY.format(path=project)
    done = isolated(script, *command(project, "--out", str(out), "--cache", str(cache)))
    assert done.returncode == 0, done.stdout + done.stderr
    assert different_files(published(out), clean) == []
    row("read-only project, --out and --cache elsewhere", 1, "the same bytes")


def test_two_builds_at_once(stale: Stale, clean: dict[str, bytes], row: Row) -> None:
    """Two builds of one folder, then two builds that share a store."""
    for number in range(6):
        project = stale(number)
        one = start(project)
        time.sleep(0.25 * number)
        two = start(project)
        assert "files written" in finish(one) + finish(two)
        assert different_files(published(project / "build"), clean) == []
        assert is_tidy(project)
        assert "nothing to do" in build(project)
    row("two builds of one folder at once", 6, "both status 0; the same bytes")
    for number in range(6):
        projects = [stale(f"{number}{side}") for side in "ab"]
        cache = projects[0].parent / f"cache{number}"
        builds = [start(project, "--cache", str(cache)) for project in projects]
        for project, process in zip(projects, builds, strict=True):
            finish(process)
            assert different_files(published(project / "build"), clean) == []
    row("two builds that share a store", 6, "both status 0; the same bytes")


def test_an_edit_during_a_build(stale: Stale, tmp_path: Path, row: Row) -> None:
    edit = {**NEW, "beta": 7}
    expected = write_press(tmp_path / "edited", edit)
    build(expected)
    wanted = published(expected / "build")
    late = 0
    for number in range(10):
        project = stale(number)
        process = start(project)
        time.sleep(0.22 * number)
        write_press(project, edit)
        finish(process)
        late += different_files(published(project / "build"), wanted) != []
        build(project)
        assert different_files(published(project / "build"), wanted) == []
        assert "nothing to do" in build(project)
    row(
        "an edit during a build",
        10,
        f"{late} too late for the build; published by the next one",
    )
    assert late


def test_clocks_that_jump(stale: Stale, row: Row) -> None:
    """A year ahead, then back, with edits that change neither size nor date."""
    project = stale("clock")
    text = project / "briefs" / "alpha" / "index.md"
    dates = text.stat().st_atime_ns, text.stat().st_mtime_ns
    original = text.read_text()
    rounds = 0
    for day in ("+365d", "-365d", "+0d", "-3000d", "+3000d", "+0d"):
        line = ["faketime", "-f", day, *command(project)]
        for words in (original.replace("was measured", "got measured"), original):
            text.write_text(words)
            os.utime(text, ns=dates)
            done = subprocess.run(
                line,
                env=environment(NO_FAKE_STAT="1"),
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stderr
            page = (project / "build" / "html" / "alpha" / "index.html").read_text()
            assert ("got measured" in page) == (words != original), (day, done.stdout)
            rounds += 1
    fresh = write_press(project.parent / "fresh", NEW)
    build(fresh)
    assert (
        different_files(published(project / "build"), published(fresh / "build")) == []
    )
    row(
        "clocks moved, dates of files set back",
        rounds,
        "every edit noticed; the same bytes",
    )


def _swap(project: Path, kind: str, generator: random.Random) -> None:
    """Exchange the contents of all files of a kind."""
    found = sorted(
        path for path in (project / ".briefpress" / kind).rglob("*") if path.is_file()
    )
    contents = [path.read_bytes() for path in found]
    generator.shuffle(contents)
    for path, data in zip(found, contents, strict=True):
        path.write_bytes(data)


def _pad(project: Path, kind: str, generator: random.Random) -> None:
    """Change one byte of each file of a kind."""
    for path in sorted((project / ".briefpress" / kind).rglob("*")):
        if path.is_file() and (data := bytearray(path.read_bytes())):
            data[generator.randrange(len(data))] ^= 1
            path.write_bytes(data)


def _cut(project: Path, kind: str, generator: random.Random) -> None:
    """Cut each file of a kind short."""
    for path in sorted((project / ".briefpress" / kind).rglob("*")):
        if path.is_file():
            os.truncate(path, generator.randint(0, path.stat().st_size))


@pytest.mark.parametrize("kind", ["objects", "records", "names"])
@pytest.mark.parametrize("damage", [_swap, _pad, _cut])
def test_a_damaged_store(
    stale: Stale,
    clean: dict[str, bytes],
    row: Row,
    kind: str,
    damage: Callable[[Path, str, random.Random], None],
) -> None:
    """Before an edit is built, and again before everything is published anew."""
    project = stale("tampered")
    damage(project, kind, random.Random(3))  # noqa: S311 - an order, not a secret
    build(project)
    assert different_files(published(project / "build"), clean) == []
    damage(project, kind, random.Random(4))  # noqa: S311 - an order, not a secret
    shutil.rmtree(project / "build")
    build(project)
    assert different_files(published(project / "build"), clean) == []
    what = {
        "_swap": "in the place of another",
        "_pad": "with one bit changed",
        "_cut": "cut short",
    }[damage.__name__]
    row(
        f"store: every one of the {kind} {what}",
        2,
        "found and made again; the same bytes",
    )


def test_damaged_published_files(
    stale: Stale, clean: dict[str, bytes], row: Row
) -> None:
    project = stale("tampered")
    build(project)
    for name, data in clean.items():
        path = project / "build" / name
        path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    build(project)
    assert different_files(published(project / "build"), clean) == []
    row(
        "published: every file with one bit changed",
        1,
        f"{len(clean)} found and made again",
    )


def test_one_bad_brief_among_many(tmp_path: Path, row: Row) -> None:
    """99 are published, the status is 1, and the last line says what to fix, and where."""
    project = write_press(tmp_path / "press", {})
    for number in range(100):
        for file, text in brief(f"brief{number:02}", 1 + number % 2).items():
            put(project / "briefs" / f"brief{number:02}" / file, text)
    bad = project / "briefs" / "brief42" / "index.md"
    bad.write_text(bad.read_text().replace("date: ", "date: soon, "))
    process = start(project)
    said = finish(process, status=1, seconds=900)
    assert len(list((project / "build" / "pdf").glob("*.pdf"))) == 99
    last = said.rstrip().splitlines()[-1]
    assert "briefs/brief42/index.md:3" in last, last
    listed = json.loads(
        subprocess.run(
            [*command(project)[:3], "list", "--json", "--project", str(project)],
            env=environment(),
            capture_output=True,
            check=True,
        ).stdout
    )
    assert len(listed) == 99
    row(
        "one bad brief among a hundred",
        1,
        "99 published, status 1, named in the last line",
    )
    shutil.rmtree(tmp_path, ignore_errors=True)
