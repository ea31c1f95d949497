"""Files of the project and nothing else: no pipe, no device, no link that leads out."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from briefpress.problems import Problem, Span

SPECIAL_FILES = {
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def read_file(
    project: Path, name: str, limit: int
) -> tuple[bytes, tuple[Problem, ...]]:
    """Return the bytes of a file, or no bytes and the reason.

    `name` is relative to the project. At most one byte more than `limit` is read, so
    that an endless file costs nothing; the caller reports a file that is too long.
    """
    if problem := check_path(project, name):
        return b"", (problem,)
    try:
        return _read_regular_file(project / name, limit), ()
    except FileNotFoundError:
        return b"", (Problem("R04", f"there is no file `{name}`", Span(name)),)
    except OSError as error:
        reason = str(error.strerror or error)
    except ValueError as error:
        reason = str(error)
    message = f"the file cannot be read: {reason.lower()}"
    return b"", (Problem("R04", message, Span(name)),)


def check_path(project: Path, name: str) -> Problem | None:
    """Return why a name must not be opened, or None.

    It must lead to a regular file or a folder inside the project. A name that does
    not exist is no problem here.
    """
    fix = ""
    try:
        message, fix = _check_target(project.resolve(), (project / name).resolve())
    except FileNotFoundError:
        is_link = (project / name).is_symlink()
        message = "the link points to a file that is missing" if is_link else ""
    except RuntimeError:  # from `resolve`
        message = "the link points to itself"
    except (OSError, ValueError):
        message = "no file can have this name"
    return Problem("R04", message, Span(name), fix) if message else None


def _check_target(project: Path, target: Path) -> tuple[str, str]:
    """Return why a resolved path must not be opened, and the fix; or "" and ""."""
    if not target.is_relative_to(project):
        return (
            "the path leads out of the project",
            "put a copy of the file in its place",
        )
    file_type = stat.S_IFMT(target.stat().st_mode)
    if file_type in {stat.S_IFREG, stat.S_IFDIR}:
        return "", ""
    kind = SPECIAL_FILES.get(file_type, "something else")
    return f"this is {kind}, not a file", ""


def _read_regular_file(path: Path, limit: int) -> bytes:
    """Return at most `limit` + 1 bytes of a regular file.

    The type is checked again once the file is open: it may have changed since
    `check_path`. O_NONBLOCK keeps a pipe from blocking.
    """
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW
    descriptor = os.open(path.resolve(), flags)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise ValueError("not a regular file")
        return file.read(limit + 1)
