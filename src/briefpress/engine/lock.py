"""One build at a time per output folder: a lock that the system lets go of when its holder dies."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from briefpress.problems import BriefpressError, Problem

PATIENCE = 0.05  # seconds between two tries


@contextlib.contextmanager
def locked(path: Path, what: str, seconds: float = 0.0) -> Iterator[None]:
    """Hold the lock of that file, and say in it who does. Raises B06 when another still has it after so many seconds.

    `flock` and not `filelock`: that empties the file whenever somebody tries, and with it the holder's name.
    """
    with path.open("a+") as file:
        _take(file.fileno(), path, what, time.monotonic() + seconds)
        file.truncate(0)
        file.write(f"process {os.getpid()} since {time.strftime('%H:%M:%S')}")
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)
            fcntl.flock(
                file, fcntl.LOCK_UN
            )  # a worker that was forked meanwhile has the file open too


def _take(number: int, path: Path, what: str, until: float) -> None:
    while True:
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                holder = path.read_text() or "another process"
                fix = "wait for it to end, or give this build another --out"
                raise BriefpressError(
                    Problem("B06", f"{what} is in use by {holder}", fix=fix)
                ) from None
            time.sleep(PATIENCE)
        else:
            return
