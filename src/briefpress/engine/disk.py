"""What the disk would not do, said as a problem: which file, and why."""

# For every file of every build, a Path would cost more than the system call.
# ruff: noqa: PTH108, PTH112, PTH123

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
from collections.abc import Collection, Iterable, Iterator

from briefpress.problems import BriefpressError, Problem

FIXES = {
    errno.ENOSPC: "free some space, and build again: nothing half is left",
    errno.EDQUOT: "free some space, and build again: nothing half is left",
    errno.EIO: "the disk itself fails: save what is on it",
}


@contextlib.contextmanager
def disk_errors_as_problems(folder: str) -> Iterator[None]:
    """Raise B07 in the place of an `OSError` of something that is written below the folder."""
    try:
        yield
    except OSError as error:
        raise BriefpressError(disk_problem(folder, error)) from error


def disk_problem(folder: str, error: OSError) -> Problem:
    """Return what the disk said as a problem."""
    message = f"cannot write {error.filename or folder}: {error.strerror or error}"
    fix = FIXES.get(
        error.errno or 0,
        f"see to it that {folder} can be written, or name another folder",
    )
    return Problem("B07", message, fix=fix)


MANY = 16  # files, from which on it is quicker to flush all of the file system at once: a fifth of the time for 2,000


def write_new(path: str, data: bytes) -> None:
    """Write a file, with the mode that the umask gives, or leave none."""
    try:
        with open(path, "wb") as file:
            file.write(data)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(path)
        raise


def flush_files(paths: Collection[str]) -> None:
    """Wait until files of one file system are on the disk."""
    syncfs = (
        getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
        if len(paths) > MANY
        else None
    )
    for path in paths:
        with _opened(path) as number:
            if syncfs is None:
                os.fsync(number)
            elif syncfs(number):
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), path)
            else:
                return


def flush_folders(out: str, folders: Iterable[str]) -> None:
    """Wait until what was renamed in folders of `out`, and in itself, is on the disk."""
    known = {
        f"{out}/{folder}" for folder in folders if os.path.isdir(f"{out}/{folder}")
    }
    if len(known) > MANY:
        flush_files(sorted(known))
        return
    for folder in sorted(known | {out}):
        with _opened(folder) as number:
            os.fsync(number)


@contextlib.contextmanager
def _opened(path: str) -> Iterator[int]:
    number = os.open(path, os.O_RDONLY)
    try:
        yield number
    finally:
        os.close(number)
