"""How the build starts a worker, and how it ends one."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import threading

from briefpress.build.signals import ENDING
from briefpress.build.worker import serve, settle


def may_fork() -> bool:
    """Whether a fork is safe: a thread that holds a lock is not there any more to let it go, and macOS forbids it."""
    return sys.platform == "linux" and threading.active_count() == 1


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
        settle(parent)
        serve(pipe)
    except BaseException:  # noqa: BLE001 - whatever it is, the same holds
        os._exit(1)
    os._exit(0)


def spawn(pipe: socket.socket, modules: tuple[str, ...]) -> int:
    """Start a worker as a program of its own, which has to import everything itself, and return its process id."""
    os.set_inheritable(pipe.fileno(), True)  # noqa: FBT003 - its only parameter
    command = [sys.executable, "-m", "briefpress.build.worker", str(pipe.fileno()), str(os.getpid()), *modules]
    path = os.pathsep.join(entry or "." for entry in sys.path)
    return os.posix_spawn(sys.executable, command, {**os.environ, "PYTHONPATH": path}, setpgroup=0)


def kill(pid: int) -> str:
    """End a worker and whatever it has started, also when it is stopped, and return how it ended."""
    for end in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            end(pid, signal.SIGKILL)
    status = os.waitpid(pid, 0)[1]
    if os.WIFSIGNALED(status):
        return f"by signal {signal.Signals(os.WTERMSIG(status)).name}"
    return f"with status {os.waitstatus_to_exitcode(status)}"
