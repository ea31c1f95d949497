"""A worker performs one task at a time, until its pipe closes or it is killed.

It is a fork of the build, or, where forking is not safe, a program of its own:
`python -m briefpress.engine.worker`.
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
from collections.abc import Iterable
from importlib import import_module
from typing import Any

from briefpress.engine.signals import TERMINATION_SIGNALS

PR_SET_PDEATHSIG = 1  # linux/prctl.h
MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024  # bytes
# New objects after which garbage is collected. The pages of one brief leave 35,000,
# which take 6 MiB.
GARBAGE_OBJECTS = 100_000
# Seconds after its deadline at which a worker ends itself, if the build has not ended
# it.
GRACE = 5


def isolate_process(parent: int) -> None:
    """Give the worker its own signals and process group, and no standard input.

    Ctrl-C then reaches the build only, which kills the group: the worker, and what it
    has started. The worker ends when its parent dies.
    """
    os.setpgid(0, 0)
    for number in (*TERMINATION_SIGNALS, signal.SIGALRM):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, TERMINATION_SIGNALS)
    if sys.platform == "linux":
        # Elsewhere the worker ends when its pipe closes, after its task, or by its
        # alarm.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(2, 1)  # what a library prints must not enter the output of the build
    gc.disable()


def preload(modules: Iterable[str]) -> None:
    """Import what every step needs.

    The modules are frozen: garbage collection skips them, so a fork does not copy them.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    for module in modules:
        import_module(module)
    gc.freeze()
    if was_enabled:
        gc.enable()


def serve_tasks(pipe: socket.socket) -> None:
    """Answer each line of JSON with another one, until the pipe closes.

    Garbage is collected after the answer, when nothing waits for the worker.
    """
    with pipe.makefile("rb") as lines:
        for line in lines:
            answer = _perform(json.loads(line))
            pipe.sendall(json.dumps(answer).encode() + b"\n")
            if gc.get_count()[0] > GARBAGE_OBJECTS:
                gc.collect()


def _perform(task: dict[str, Any]) -> dict[str, Any]:
    """Return what the function of a task returns, and the peak memory of the worker."""
    module, _, name = task["call"].partition(":")
    signal.setitimer(signal.ITIMER_REAL, task["seconds"] + GRACE)
    value = getattr(import_module(module), name)(*task["args"])
    signal.setitimer(signal.ITIMER_REAL, 0)
    return {"value": value, "peak": _peak_memory() - _file_memory()}


def _peak_memory() -> int:
    """Return the peak memory of this process in bytes, with its pages of files.

    `ru_maxrss` can be more than that: exec keeps the value of the build that started
    the program, which may be large.
    """
    try:
        with open("/proc/self/status", "rb") as file:  # noqa: PTH123 - after each task
            for line in file:
                if line.startswith(b"VmHWM:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * MAXRSS_UNIT


def _file_memory() -> int:
    """Return the bytes of files in this process's memory; 0 if the system does not say.

    The system can drop these pages at any time, so they do not count as the worker's.
    """
    try:
        with open("/proc/self/statm", "rb") as file:  # noqa: PTH123 - after each task
            shared_pages = int(file.read().split()[2])
    except OSError:
        return 0
    return shared_pages * os.sysconf("SC_PAGE_SIZE")


def main(parent: str, *modules: str) -> None:
    """Be the worker of a build that talks through standard input."""
    pipe = socket.socket(fileno=os.dup(0))
    isolate_process(int(parent))
    preload(modules)
    serve_tasks(pipe)


if __name__ == "__main__":
    main(*sys.argv[1:])
