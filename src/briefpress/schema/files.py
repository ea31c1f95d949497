"""Files of the project and nothing else: no link out of it, no pipe, no device is ever opened."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from briefpress.problems import Problem, Span

KINDS = {
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def read_file(
    project: Path, name: str, limit: int
) -> tuple[bytes, tuple[Problem, ...]]:
    """Return the bytes of a file, `name` relative to the project, or the reason why it is not read.

    No more than one byte above the limit is read, so that a file without end costs nothing.
    """
    if problem := check_path(project, name):
        return b"", (problem,)
    try:
        return _read(project / name, limit)
    except FileNotFoundError:
        return b"", (Problem("R04", f"there is no file `{name}`", Span(name)),)
    except (OSError, ValueError) as error:
        reason = (
            error.strerror
            if isinstance(error, OSError) and error.strerror
            else str(error)
        )
        return b"", (
            Problem("R04", f"the file cannot be read: {reason.lower()}", Span(name)),
        )


def check_path(project: Path, name: str) -> Problem | None:
    """Return what keeps a name from being opened: it leads out of the project, or to no file or folder."""
    try:
        root, path = project.resolve(), (project / name).resolve()
        kind = stat.S_IFMT(path.stat().st_mode) if path.is_relative_to(root) else 0
    except FileNotFoundError:
        return (
            Problem("R04", "the link leads nowhere", Span(name))
            if (project / name).is_symlink()
            else None
        )
    except (OSError, ValueError, RuntimeError):
        return Problem("R04", "the name leads to no file", Span(name))
    if not kind:
        return Problem(
            "R04",
            "the link leads out of the project",
            Span(name),
            "put a copy in its place",
        )
    if kind not in {stat.S_IFREG, stat.S_IFDIR}:
        return Problem(
            "R04", f"this is {KINDS.get(kind, 'no file')}, not a file", Span(name)
        )
    return None


def _read(path: Path, limit: int) -> tuple[bytes, tuple[Problem, ...]]:
    """Read what is an ordinary file once it is open: between the look and the opening it may have been changed."""
    with os.fdopen(
        os.open(path.resolve(), os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW), "rb"
    ) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise ValueError("not an ordinary file")
        data = file.read(limit + 1)
    return data, ()
