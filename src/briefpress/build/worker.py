"""A worker: a fork of the build that performs one task at a time until its pipe closes or it is killed."""

from __future__ import annotations

import contextlib
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

from briefpress.build.signals import ENDING

PR_SET_PDEATHSIG = 1  # linux/prctl.h
UNIT = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss
LOST_IN_PIPE = 5  # seconds past its deadline after which a worker ends itself, should nobody else have done it


def fork(pipe: socket.socket, close: list[socket.socket]) -> int:
    """Fork a worker at the other end of the pipe, and return its process id. It shares the preloaded modules.

    `close` are the pipes of its siblings: as long as it held one open, that sibling would not see the build end.
    """
    parent = os.getpid()
    heard = signal.pthread_sigmask(
        signal.SIG_BLOCK, ENDING
    )  # an exception in the child would unwind the parent's stack
    pid = os.fork()
    if pid:
        signal.pthread_sigmask(signal.SIG_SETMASK, heard)
        with contextlib.suppress(OSError):
            os.setpgid(pid, pid)  # in both, for nobody knows who runs first
        return pid
    try:
        for other in close:
            other.close()
        _settle(parent)
        serve(pipe)
    except BaseException:  # noqa: BLE001 - likewise
        os._exit(1)
    os._exit(0)


def _settle(parent: int) -> None:
    """Give the worker its own signals and process group, no standard input, and the parent's death as its own."""
    os.setpgid(0, 0)  # Ctrl-C reaches the build only, which then kills the group: the worker and what it has started
    for number in (*ENDING, signal.SIGALRM):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
    if sys.platform == "linux":  # elsewhere the closing pipe ends it after its task, and the alarm a hanging one
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(2, 1)  # what a library prints must not end in the build's own output
    gc.disable()


def serve(pipe: socket.socket) -> None:
    """Answer one line of JSON with another until the pipe closes."""
    lines = pipe.makefile("rb")
    for line in lines:
        pipe.sendall(json.dumps(_answer(json.loads(line))).encode() + b"\n")
        gc.collect()


def _answer(message: dict[str, Any]) -> dict[str, Any]:
    """Call the function that the message names, and add the most memory that the worker has held so far."""
    module, _, name = message["call"].partition(":")
    signal.setitimer(signal.ITIMER_REAL, message["seconds"] + LOST_IN_PIPE)
    value = getattr(import_module(module), name)(*message["args"])
    signal.setitimer(signal.ITIMER_REAL, 0)
    return {"value": value, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * UNIT}


def kill(pid: int) -> str:
    """End a worker and whatever it has started, also when it is stopped, and return how it ended."""
    for end in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            end(pid, signal.SIGKILL)
    status = os.waitpid(pid, 0)[1]
    if os.WIFSIGNALED(status):
        return f"by signal {signal.Signals(os.WTERMSIG(status)).name}"
    return f"with status {os.waitstatus_to_exitcode(status)}"


def preload(modules: tuple[str, ...]) -> None:
    """Import what every worker needs, once, and set it apart: a collection never looks at it, nor copies its pages."""
    for module in modules:
        import_module(module)
    gc.collect()
    gc.freeze()
