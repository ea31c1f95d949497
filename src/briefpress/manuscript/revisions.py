"""The earlier texts of briefs, from a revision of git or from a file."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from briefpress.manuscript.brief_fields import name_of_file
from briefpress.problems import BriefpressError, Problem

SECONDS = 30.0  # that git may take
FORMS = ("briefs/{name}.md", "briefs/{name}/index.md")  # of the file of a brief


def read_earlier_texts(
    project: Path, against: str, files: Iterable[str], limit: int
) -> dict[str, bytes]:
    """Return the earlier contents of the files of briefs, by file.

    `against` is the path of a file, which holds the earlier text of each of them, or a
    revision of git. Files that the revision does not have are left out. Raises
    `BriefpressError` if it is neither.
    """
    path = Path(against)
    if path.is_file():
        with path.open("rb") as opened:
            data = opened.read(limit + 1)
        return dict.fromkeys(files, data)
    commit = _commit(project, against)
    texts = {}
    for file in files:
        found = _contents_at(project, commit, file)
        if found is not None:
            texts[file] = found[: limit + 1]
    return texts


def _contents_at(project: Path, commit: str, file: str) -> bytes | None:
    """Return the contents of a brief's file in a commit, or None.

    The brief may have had no folder of its own then, or may have lost it.
    """
    name = name_of_file(file)
    for path in (file, *(form.format(name=name) for form in FORMS)):
        done = _run_git(project, "cat-file", "blob", f"{commit}:./{path}")
        if not done.returncode:
            return done.stdout
    return None


def _commit(project: Path, revision: str) -> str:
    """Return the name of a commit. Raises `BriefpressError` if there is none."""
    wanted = f"{revision}^{{commit}}"
    done = _run_git(project, "rev-parse", "--verify", "--end-of-options", wanted)
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise BriefpressError(
            Problem(
                "A03",
                f"`{revision}` is neither a file nor a revision of git",
                fix=f"git says: {said[-1]}" if said else "",
            )
        )
    return done.stdout.decode().strip()


def _run_git(project: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run a command of git that changes nothing. Raises `BriefpressError` without git."""
    git = shutil.which("git")
    if git is None:
        message = "git is not installed, and no file has the name after `--against`"
        raise BriefpressError(Problem("A03", message, fix="install git"))
    command = [git, "-C", str(project), *arguments]
    return subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)
