"""Copies of the tree in which a fault can be put: the tests run there as they do here."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
LEFT_OUT = shutil.ignore_patterns(
    ".git",
    ".venv",
    ".briefpress",
    ".ruff_cache",
    ".mypy_cache",
    ".hypothesis",
    "__pycache__",
    "node_modules",
)
QUICK = "not slow and not torture"  # the tests of `make test-quick`


def copy_tree(folder: Path) -> Path:
    """Copy the tree to a new folder, without what was built."""
    shutil.copytree(ROOT, folder, ignore=LEFT_OUT, symlinks=True)
    shutil.rmtree(folder / "build", ignore_errors=True)
    return folder


def environment_of(copy: Path, **more: str) -> Mapping[str, str]:
    """Return the environment in which programs import the copy's briefpress."""
    return {**os.environ, "PYTHONPATH": str(copy / "src"), **more}


def run_quick_tests(
    copy: Path, files: Sequence[str], *options: str
) -> subprocess.CompletedProcess[str]:
    """Run the quick tests of these files in a copy, up to the first that fails."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-m", QUICK]
    command += ["-p", "no:cacheprovider", *options, *files]
    return subprocess.run(
        command,
        cwd=copy,
        env=environment_of(copy),
        capture_output=True,
        text=True,
        check=False,
    )
