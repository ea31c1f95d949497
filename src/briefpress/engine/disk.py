"""What the disk would not do, said as a problem: which file, and why."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator

from briefpress.problems import BriefpressError, Problem

FIXES = {
    errno.ENOSPC: "free some space, and build again: nothing half is left",
    errno.EDQUOT: "free some space, and build again: nothing half is left",
    errno.EIO: "the disk itself fails: save what is on it",
}


@contextlib.contextmanager
def telling(folder: str) -> Iterator[None]:
    """Raise B07 in the place of an `OSError` of something that is written below the folder."""
    try:
        yield
    except OSError as error:
        raise BriefpressError(refusal(folder, error)) from error


def refusal(folder: str, error: OSError) -> Problem:
    """Return what the disk said as a problem."""
    message = f"cannot write {error.filename or folder}: {error.strerror or error}"
    fix = FIXES.get(
        error.errno or 0,
        f"see to it that {folder} can be written, or name another folder",
    )
    return Problem("B07", message, fix=fix)
