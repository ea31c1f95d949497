"""The disk refuses a change, or the process ends at it: by way of what Python tells its auditors beforehand."""

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
    """Fail at one change to the disk: by SIGKILL for "KILL", and else by an error of that name, such as "EIO".

    `reached` is the path of a file that tells by being there that it came to that. With `workers` the first worker
    to reach its own change of that number fails; the process itself and all other workers are spared.
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
