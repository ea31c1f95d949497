"""Bytes on the disk, for good: what was flushed survives the moment at which the power fails."""

# For every file of every build, a Path would cost more than the system call.
# ruff: noqa: PTH108, PTH112, PTH123

from __future__ import annotations

import contextlib
import ctypes
import os
from collections.abc import Collection, Iterable, Iterator

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
