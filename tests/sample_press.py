"""The samples, copied and built as a person would: what several tests look at."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BRIEFPRESS = [sys.executable, "-m", "briefpress"]


def press(
    project: Path, *arguments: str, check: bool = True
) -> subprocess.CompletedProcess[str]:
    """Run briefpress on a project, as a person does."""
    command = [*BRIEFPRESS, *arguments[:1], "--project", str(project), *arguments[1:]]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "100"},
    )
    if check:
        assert done.returncode == 0, done.stderr + done.stdout
    return done


def copy_samples(folder: Path) -> Path:
    """Copy what a person would have cloned, without what was built there."""
    for name in ("art", "briefs", "themes"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "press.toml", folder)
    return folder


def built_once(
    folders: pytest.TempPathFactory, name: str, fill: Callable[[Path], object]
) -> Path:
    """Return a project that is filled and built once for all processes that test."""
    base = folders.getbasetemp()
    shared = (
        base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    )  # the parent outlives a run without them
    folder = shared / name
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "built").exists():
            fill(folder)
            press(folder, "build", "--quiet")
            (folder / "built").touch()
    return folder


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the samples, built."""
    return built_once(tmp_path_factory, "samples", copy_samples)
