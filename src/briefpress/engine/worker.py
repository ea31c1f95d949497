"""A worker performs one task at a time, until its pipe closes or it is killed.

It is a fork of the build, or where that is not safe a program of its own: `python -m briefpress.engine.worker`.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import resource
import signal
import socket
import sys
from importlib import import_module
from typing import Any

from briefpress.engine.signals import TERMINATION_SIGNALS

PR_SET_PDEATHSIG = 1  # linux/prctl.h
UNIT = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss
LITTER = 100_000  # objects made and not let go: a brief's pages leave 35,000, of 6 MiB
LOST_IN_PIPE = 5  # seconds past its deadline after which a worker ends itself, should nobody else have done it


def settle(parent: int) -> None:
    """Give the worker its own signals and process group, no standard input, and the parent's death as its own."""
    os.setpgid(
        0, 0
    )  # Ctrl-C reaches the build only, which then kills the group: the worker and what it has started
    for number in (*TERMINATION_SIGNALS, signal.SIGALRM):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, TERMINATION_SIGNALS)
    if (
        sys.platform == "linux"
    ):  # elsewhere the closing pipe ends it after its task, and the alarm a hanging one
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(2, 1)  # what a library prints must not end in the build's own output
    gc.disable()


def preload(modules: list[str]) -> None:
    """Import what every step needs, once, and set it apart: no collection looks at it, nor copies its pages."""
    enabled = gc.isenabled()
    gc.disable()
    for module in modules:
        import_module(module)
    gc.freeze()
    if enabled:
        gc.enable()


def serve(pipe: socket.socket) -> None:
    """Answer one line of JSON with another until the pipe closes, and collect_garbage garbage while nobody waits."""
    lines = pipe.makefile("rb")
    for line in lines:
        pipe.sendall(json.dumps(_answer(json.loads(line))).encode() + b"\n")
        if gc.get_count()[0] > LITTER:  # a worker that has done little is done with
            gc.collect()


def _answer(message: dict[str, Any]) -> dict[str, Any]:
    """Call the function that the message names, and add the most memory that the worker has held so far."""
    module, _, name = message["call"].partition(":")
    signal.setitimer(signal.ITIMER_REAL, message["seconds"] + LOST_IN_PIPE)
    value = getattr(import_module(module), name)(*message["args"])
    signal.setitimer(signal.ITIMER_REAL, 0)
    return {"value": value, "peak": _peak() - _of_files()}


def _peak() -> int:
    """Return the most bytes of memory that this process has held so far, those of files included.

    `ru_maxrss` says more of a program than it ever held: it is handed down by exec, from a build that may be large.
    """
    try:
        with open("/proc/self/status", "rb") as file:  # noqa: PTH123 - after every task
            return next(
                int(line.split()[1]) * 1024
                for line in file
                if line.startswith(b"VmHWM:")
            )
    except (OSError, StopIteration):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * UNIT


def _of_files() -> int:
    """Return the bytes of files among the memory of this process, which are not its own; 0 where nobody says."""
    try:
        with open("/proc/self/statm", "rb") as file:  # noqa: PTH123 - after every task
            return int(file.read().split()[2]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def main(parent: str, *modules: str) -> None:
    """Be a worker at the other end of the pipe that is the standard input."""
    pipe = socket.socket(fileno=os.dup(0))
    settle(int(parent))
    preload([*modules])
    serve(pipe)


if __name__ == "__main__":
    main(*sys.argv[1:])
