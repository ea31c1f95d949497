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

ROOT = Path(__file__).parent.parent
BRIEFPRESS = [sys.executable, "-m", "briefpress"]


def press(
    project: Path, *arguments: str, check: bool = True
) -> subprocess.CompletedProcess[str]:
    """Run the command briefpress on a project."""
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
    """Copy the samples to a folder, without what was built."""
    for name in ("art", "briefs", "themes"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "press.toml", folder)
    return folder


def built_once(
    folders: pytest.TempPathFactory, name: str, fill: Callable[[Path], object]
) -> Path:
    """Return a project that is filled and built once for all test processes."""
    base = folders.getbasetemp()
    shared = (
        base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    )  # all workers of pytest-xdist share the parent
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
    """Return a built copy of the samples. Do not change it."""
    return built_once(tmp_path_factory, "samples", copy_samples)
