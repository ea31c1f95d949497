"""Faults of the disk: a change is refused, or the process is killed before it.

Python calls its audit hooks before each change.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
from typing import Any

CHANGES = {
    "os.rename",
    "os.remove",
    "os.mkdir",
    "os.rmdir",
    "shutil.rmtree",
    "os.truncate",
}


def fail_at(count: int, kind: str, *, reached: str = "", workers: bool = False) -> None:
    """Fail at the change of this number: "KILL" is SIGKILL, "EIO" and others are errors.

    The file `reached` is created when it happens. With `workers`, changes count in each
    worker, and only the first worker that reaches the number fails.
    """
    process = os.getpid()
    changes = 0

    def audit(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal changes
        writes = (
            event == "open"
            and isinstance(arguments[1], str)
            and arguments[1][0] in "wax"
        )
        if not (writes or event in CHANGES) or (os.getpid() == process) == workers:
            return
        changes += 1
        if changes != count or (reached and not _is_first(reached)):
            return
        if kind == "KILL":
            os.kill(os.getpid(), signal.SIGKILL)
        raise OSError(
            getattr(errno, kind), os.strerror(getattr(errno, kind)), str(arguments[0])
        )

    sys.addaudithook(audit)


def _is_first(path: str) -> bool:
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return False
    return True
