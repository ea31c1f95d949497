"""How the build starts a worker, looks after it, and ends it."""

# /proc is read ten times a second.
# ruff: noqa: PTH123

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import threading

from briefpress.engine.signals import ENDING
from briefpress.engine.worker import serve, settle

PAGE = os.sysconf("SC_PAGE_SIZE")


class LostError(Exception):
    """A task went with its worker. `kind` is "died", "stopped", "deadline" or "memory"."""

    def __init__(self, kind: str, detail: str = "") -> None:
        """Say what became of the worker."""
        super().__init__(f"{kind}: {detail}" if detail else kind)
        self.kind = kind
        self.detail = detail


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
    """Start a worker as a program of its own, which has to import everything itself, and return its process id.

    Its end of the pipe is its standard input. Were it only made inheritable, what another thread starts in this
    moment would inherit it too, and the end of this worker would not be seen.
    """
    command = [
        sys.executable,
        "-m",
        "briefpress.engine.worker",
        str(os.getpid()),
        *modules,
    ]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(entry or "." for entry in sys.path),
    }
    actions = [(os.POSIX_SPAWN_DUP2, pipe.fileno(), 0)]
    return os.posix_spawn(
        sys.executable, command, environment, file_actions=actions, setpgroup=0
    )


def held(pid: int) -> int:
    """Return the bytes of memory that a process holds of its own; 0 where the system does not say.

    Pages of files (libraries, fonts) are not counted: a fork takes them over one by one as it touches them, and
    they can be let go at any time.
    """
    try:
        with open(f"/proc/{pid}/statm", "rb") as file:
            _, resident, shared, *_ = map(int, file.read().split())
            return (resident - shared) * PAGE
    except (OSError, ValueError):
        return 0


def is_stopped(pid: int) -> bool:
    """Whether somebody has sent a child SIGSTOP. Its end is not asked for here: that would take its status away."""
    if not hasattr(os, "waitid"):  # macOS before Python 3.13: the deadline ends it
        return False
    try:
        return (
            os.waitid(os.P_PID, pid, os.WSTOPPED | os.WNOHANG | os.WNOWAIT) is not None
        )
    except ChildProcessError:
        return False


def kill(pid: int) -> str:
    """End a worker and whatever it has started, also when it is stopped, and return how it ended."""
    for end in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            end(pid, signal.SIGKILL)
    status = os.waitpid(pid, 0)[1]
    if os.WIFSIGNALED(status):
        return f"by signal {signal.Signals(os.WTERMSIG(status)).name}"
    return f"with status {os.waitstatus_to_exitcode(status)}"
