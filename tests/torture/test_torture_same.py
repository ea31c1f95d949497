"""The same source gives the same bytes: at any place and time, for any user."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from torture_press import (
    HERE,
    NEW,
    OLD,
    Row,
    build,
    command,
    different_files,
    environment,
    published,
    write_press,
)

NOBODY = "65534"
Variation = Callable[
    [Path], Path
]  # writes and builds the press in a folder, and returns the output folder


def plain(
    folder: Path,
    *options: str,
    name: str = "press",
    python: tuple[str, ...] = (),
    **changed: str,
) -> Path:
    """Build in a folder, with options, flags of Python and environment variables."""
    project = write_press(folder / name, NEW)
    run(command(project, *options, python=python), None, "", **changed)
    return project / "build"


def run(
    line: list[str], folder: Path | None = None, before: str = "", **changed: str
) -> None:
    """Run a build after a shell command."""
    line = ["sh", "-c", f'{before or ":"} && exec "$@"', "sh", *line]
    done = subprocess.run(
        line,
        cwd=folder,
        env=environment(**changed),
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def folder_named(folder: Path) -> Path:
    return plain(folder, name="eine Mappe für «alles» #1 %20")


def folder_deep(folder: Path) -> Path:
    return plain(folder, name="/".join(f"level{n}" for n in range(20)))


def linked(folder: Path) -> Path:
    write_press(folder / "real", NEW)
    (folder / "link").symlink_to(folder / "real", target_is_directory=True)
    run(command(folder / "link"))
    return folder / "real" / "build"


def relative(folder: Path) -> Path:
    write_press(folder / "press", NEW)
    run(command("press"), folder)
    return folder / "press" / "build"


def inside(folder: Path) -> Path:
    write_press(folder, NEW)
    run(command(".")[:-2], folder)
    return folder / "build"


def elsewhere(folder: Path) -> Path:
    plain(
        folder,
        "--out",
        str(folder / "else where" / "out"),
        "--cache",
        str(folder / "kept"),
    )
    return folder / "else where" / "out"


def other_user(folder: Path) -> Path:
    """A user who owns the project only, and who has no home folder."""
    project = write_press(folder / "press", NEW)
    for path in (folder, *folder.parents[:4]):
        path.chmod(path.stat().st_mode | 0o055)
    subprocess.run(["chown", "-R", NOBODY, str(project)], check=True)
    line = ["setpriv", "--reuid", NOBODY, "--clear-groups", *command(project)]
    run(line, HOME="/nonexistent", TMPDIR="/tmp", PYTHONDONTWRITEBYTECODE="1")  # noqa: S108 - the only place it may write
    return project / "build"


def other_tmp(folder: Path) -> Path:
    (folder / "tmp").mkdir()
    return plain(folder, TMPDIR=str(folder / "tmp"))


def warm(folder: Path) -> Path:
    """Everything is in the cache, nothing is published."""
    shutil.rmtree(plain(folder))
    return plain(folder)


def edited(folder: Path) -> Path:
    """Built from other sources before."""
    build(write_press(folder / "press", OLD))
    return plain(folder)


def one_by_one(folder: Path) -> Path:
    project = write_press(folder / "press", NEW)
    for slug in NEW:
        build(project, slug)
    return plain(folder)


def by_format(folder: Path) -> Path:
    project = write_press(folder / "press", NEW)
    for kind in ("epub", "html", "pdf"):
        build(project, "--to", kind)
    return project / "build"


def old_files(folder: Path) -> Path:
    project = write_press(folder / "press", NEW)
    for path in project.rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    return plain(folder)


def with_terminal(folder: Path) -> Path:
    """On a terminal, with colours and a progress bar."""
    project = write_press(folder / "press", NEW)
    line = " ".join(f"'{word}'" for word in command(project))
    run(["script", "-qec", line, "/dev/null"], TERM="xterm-256color")
    return project / "build"


def no_system_fonts(folder: Path) -> Path:
    (folder / "fonts.conf").write_text("<fontconfig/>")
    return plain(folder, FONTCONFIG_FILE=str(folder / "fonts.conf"))


def faked(folder: Path, day: str) -> Path:
    project = write_press(folder / "press", NEW)
    run(["faketime", "-f", day, *command(project)], NO_FAKE_STAT="1")
    return project / "build"


def shell(folder: Path, before: str) -> Path:
    project = write_press(folder / "press", NEW)
    run(command(project), before=before)
    return project / "build"


def on_one_core(folder: Path) -> Path:
    project = write_press(folder / "press", NEW)
    run(["taskset", "-c", "0", *command(project)])
    return project / "build"


VARIATIONS: dict[str, Variation] = {
    "again": plain,
    "a folder with spaces and other letters": folder_named,
    "a folder twenty deep": folder_deep,
    "through a symbolic link": linked,
    "by a relative path": relative,
    "from inside the project": inside,
    "--out and --cache elsewhere": elsewhere,
    "time zone": lambda folder: plain(folder, TZ="Asia/Kathmandu"),
    "locale C": lambda folder: plain(folder, LC_ALL="C", LANG=""),
    "locale of Turkey": lambda folder: plain(
        folder, LC_ALL="tr_TR.UTF-8", LANGUAGE="tr"
    ),
    "umask 077": lambda folder: shell(folder, "umask 077"),
    "hash seed": lambda folder: plain(folder, PYTHONHASHSEED="12345"),
    "one job": lambda folder: plain(folder, "--jobs", "1"),
    "seven jobs": lambda folder: plain(folder, "--jobs", "7"),
    "one core": on_one_core,
    "another day, a year ago": lambda folder: faked(folder, "-400d"),
    "another day, in 2039": lambda folder: faked(folder, "@2039-02-03 04:05:06"),
    "another home": lambda folder: plain(folder, HOME=str(folder)),
    "another user": other_user,
    "another place for temporary files": other_tmp,
    "cache warm": warm,
    "built from another state before": edited,
    "one brief after the other": one_by_one,
    "one format after the other": by_format,
    "files of 2001": old_files,
    "order of folder listings": lambda folder: plain(folder, TORTURE_SHUFFLE="3"),
    "python -O": lambda folder: plain(folder, python=("-O",)),
    "python -X utf8=0": lambda folder: plain(
        folder, python=("-X", "utf8=0"), LC_ALL="POSIX"
    ),
    "on a terminal": with_terminal,
    "no fonts of the system": no_system_fonts,
    "few files open at a time": lambda folder: shell(folder, "ulimit -n 64"),
}


@pytest.mark.parametrize("name", VARIATIONS)
def test_the_same_bytes(
    name: str, tmp_path: Path, clean: dict[str, bytes], row: Row
) -> None:
    folder = tmp_path / "somewhere"
    folder.mkdir()
    out = VARIATIONS[name](folder)
    differ = different_files(published(out), clean)
    row(
        f"the same bytes: {name}",
        1,
        f"{len(clean)} equal files"
        if not differ
        else f"differ: {', '.join(differ[:4])}",
    )
    shutil.rmtree(tmp_path, ignore_errors=True)
    assert differ == []


def test_enough_variations() -> None:
    assert len(VARIATIONS) >= 22
    assert (HERE / "site" / "sitecustomize.py").is_file()
