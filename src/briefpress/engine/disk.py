"""Files that survive a power failure, and problems for disks that cannot be written."""

# For each file of each build, a Path would cost more than the system call.
# ruff: noqa: PTH108, PTH123

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
from collections.abc import Collection, Iterable, Iterator

from briefpress.problems import BriefpressError, Problem

FIXES = {
    errno.ENOSPC: "free some disk space and build again",
    errno.EDQUOT: "free some of your quota and build again",
    errno.EIO: "the disk reports errors: back up its files, then check it",
}
# With more files, it is faster to flush their file system at once: a fifth of the time
# for 2,000 files.
MAX_SINGLE_FLUSHES = 16


@contextlib.contextmanager
def disk_errors_as_problems(folder: str) -> Iterator[None]:
    """Raise B07 instead of an `OSError` while something below the folder is written."""
    try:
        yield
    except OSError as error:
        raise BriefpressError(_disk_problem(folder, error)) from error


def _disk_problem(folder: str, error: OSError) -> Problem:
    """Return the problem for an error of the disk: which file, and why."""
    path = error.filename or folder
    reason = error.strerror or str(error)
    other_fix = f"make {folder} writable, or choose another folder"
    fix = FIXES.get(error.errno or 0, other_fix)
    return Problem("B07", f"cannot write {path}: {reason}", fix=fix)


def write_new(path: str, data: bytes) -> None:
    """Write a file with the mode that the umask gives. If that fails, leave no file."""
    try:
        with open(path, "wb") as file:
            file.write(data)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(path)
        raise


def flush_files(paths: Collection[str]) -> None:
    """Wait until files of one file system are on the disk."""
    if len(paths) > MAX_SINGLE_FLUSHES and _flush_file_system(next(iter(paths))):
        return
    for path in paths:
        with _opened(path) as descriptor:
            os.fsync(descriptor)


def flush_folders(out: str, folders: Iterable[str]) -> None:
    """Wait until renamed files in folders of `out`, and in `out`, are on the disk."""
    paths = {f"{out}/{folder}" for folder in folders}
    flush_files(sorted({out, *filter(os.path.isdir, paths)}))


def _flush_file_system(path: str) -> bool:
    """Flush the file system that holds a file. Return False if the system cannot.

    Only Linux has `syncfs`.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "syncfs"):
        return False
    with _opened(path) as descriptor:
        if libc.syncfs(descriptor):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), path)
    return True


@contextlib.contextmanager
def _opened(path: str) -> Iterator[int]:
    """Open a file or a folder, for a flush."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
