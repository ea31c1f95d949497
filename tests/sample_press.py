"""The samples, copied and built once for several tests."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from warm_start import run_warm

ROOT = Path(__file__).parent.parent
WEB_FONTS = "web-fonts"  # the project that is built for its web fonts
BRIEFPRESS = [sys.executable, "-m", "briefpress"]


def press(
    project: Path, *arguments: str, check: bool = True
) -> subprocess.CompletedProcess[str]:
    """Run the command briefpress on a project."""
    line = [*arguments[:1], "--project", str(project), *arguments[1:]]
    done = run_warm(line)
    if check:
        assert done.returncode == 0, done.stderr + done.stdout
    return done


def copy_samples(folder: Path) -> Path:
    """Copy the samples to a folder, without what was built."""
    for name in ("art", "briefs", "themes"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "press.toml", folder)
    return folder


def built_once(
    folders: pytest.TempPathFactory, name: str, fill: Callable[[Path], object]
) -> Path:
    """Return a project that is filled and built once for all test processes."""

    def make(folder: Path) -> None:
        fill(folder)
        if name != WEB_FONTS:
            add_web_fonts(folders, folder / ".briefpress")
        press(folder, "build", "--quiet")

    return made_once(folders, name, make)


def made_once(
    folders: pytest.TempPathFactory, name: str, make: Callable[[Path], object]
) -> Path:
    """Return a folder that is made once for all test processes."""
    base = folders.getbasetemp()
    shared = (
        base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    )  # all workers of pytest-xdist share the parent
    folder = shared / name
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "built").exists():
            make(folder)
            (folder / "built").touch()
    return folder


def add_web_fonts(folders: pytest.TempPathFactory, store: Path) -> None:
    """Put the web fonts of the theme `plain` into the store of a project.

    They take most of the time of a first build, and they are the same for all projects.
    """
    built = built_once(folders, WEB_FONTS, write_smallest_project)
    for part in ("objects", "records"):
        shutil.copytree(built / ".briefpress" / part, store / part, dirs_exist_ok=True)


def write_smallest_project(folder: Path) -> None:
    """Write a project of one brief."""
    (folder / "briefs").mkdir(parents=True)
    (folder / "press.toml").write_text('[organisation]\nname = "House"\n', "utf-8")
    brief = "---\ntitle: A brief\ndate: 2024-05-31\n---\nText.\n"
    (folder / "briefs" / "brief.md").write_text(brief, "utf-8")


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a built copy of the samples. Do not change it."""
    return built_once(tmp_path_factory, "samples", copy_samples)
