"""A pool of warm workers behind `concurrent.futures`: whatever becomes of a worker costs its own task only.

Each worker has a pipe of its own and is handed one task at a time, so the build always knows who has what.
There is no thread and no lock: the build turns the pool itself, by `wait`, and can therefore fork at any time.
"""

# /proc is read ten times a second.
# ruff: noqa: PTH123

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import socket
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from typing import Any

from briefpress.engine.signals import TERMINATION_SIGNALS
from briefpress.engine.worker import preload, serve, settle

TICK = 0.1  # seconds between two looks at workers that are busy, and the longest that a task waits for one of them
RETIRE = (
    150 * 2**20
)  # bytes: a worker that has grown by more makes room for a new one, which costs some milliseconds
STILL = 1.0  # seconds between two looks after which it was the build that stood still (Ctrl-Z, a busy caller)


@dataclass(slots=True)
class _Task:
    message: bytes
    seconds: float
    memory: int
    future: Future[Any]
    since: float  # when it was handed in


@dataclass(slots=True)
class _Worker:
    pid: int
    pipe: socket.socket
    base: int  # the bytes that it held when it started, most of which a fork shares with the build
    task: _Task | None = None
    seen: float = 0.0
    deadline: float = 0.0
    out: bytes = b""  # of the task's message, what the pipe has not taken yet
    got: bytearray = field(default_factory=bytearray)


class Pool(Executor):
    """Workers that are started when there is work, up to `jobs` at a time, and more than one when there is much."""

    def __init__(self, jobs: int = 1, modules: Iterable[str] = ()) -> None:
        """Start nothing yet: a build with nothing to run imports nothing."""
        self.jobs = jobs
        self._modules = tuple(modules)
        self._loaded = False
        self._workers: list[_Worker] = []
        self._queue: deque[_Task] = deque()
        self._selector = selectors.DefaultSelector()
        self._looked = time.monotonic()

    def submit(  # type: ignore[override]
        self,
        fn: Callable[..., Any],
        /,
        *args: Any,
        seconds: float = 60.0,
        memory: int = 2**40,
    ) -> Future[Any]:
        """Have an importable function called, with JSON arguments and a JSON result, as soon as a worker is free."""
        call = {
            "call": f"{fn.__module__}:{fn.__qualname__}",
            "args": args,
            "seconds": seconds,
        }
        task = _Task(
            json.dumps(call).encode() + b"\n",
            seconds,
            memory,
            Future(),
            time.monotonic(),
        )
        self._queue.append(task)
        self._hand_out()
        return task.future

    def wait(self, futures: Iterable[Future[Any]]) -> set[Future[Any]]:
        """Turn the pool until one of the futures is done, and return those that are."""
        futures = set(futures)
        while not (done := {future for future in futures if future.done()}):
            self._turn()
        return done

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002
        """End every worker at once, whatever it is doing."""
        for future in [t.future for t in self._queue] + [
            w.task.future for w in self._workers if w.task
        ]:
            future.cancel()
        self._queue.clear()
        while self._workers:
            self._end(self._workers[-1])
        self._selector.close()

    def _turn(self) -> None:
        """Hand out tasks, take in what has come for at most a tick, and look after those that are busy."""
        self._hand_out()
        for ready, events in self._selector.select(TICK):
            if events & selectors.EVENT_WRITE:
                self._send(ready.data)
            if events & selectors.EVENT_READ:
                self._receive(ready.data)
        now = time.monotonic()
        if now - self._looked >= TICK:
            self._looked = now
            for one in [w for w in self._workers if w.task]:
                self._look_after(one, now)

    def _hand_out(self) -> None:
        while self._queue:
            idle = next((w for w in self._workers if not w.task), None)
            if idle is None and not self._wants_more():
                return
            one = idle or self._start()
            one.task = self._queue.popleft()
            one.task.future.set_running_or_notify_cancel()
            one.seen = time.monotonic()
            one.deadline = one.seen + one.task.seconds
            one.out = one.task.message
            self._send(one)

    def _wants_more(self) -> bool:
        """Whether a worker more is worth its start: what one that is warm comes to in a moment waits for that one."""
        if not self._workers:
            return True
        return (
            len(self._workers) < self.jobs
            and time.monotonic() - self._queue[0].since >= TICK
        )

    def _start(self) -> _Worker:
        ours, theirs = socket.socketpair()
        if self._may_fork():
            pid = fork(theirs, [ours, *(w.pipe for w in self._workers)])
        else:
            pid = spawn(theirs, self._modules)
        theirs.close()
        ours.setblocking(False)  # noqa: FBT003 - its only parameter
        one = _Worker(pid, ours, held(pid))
        self._workers.append(one)
        self._selector.register(ours, selectors.EVENT_READ, one)
        return one

    def _may_fork(self) -> bool:
        """Whether workers are forks; then what they need is imported here, once."""
        if not may_fork():
            return False
        if not self._loaded:
            preload([*self._modules])
            self._loaded = True
        return True

    def _send(self, one: _Worker) -> None:
        """Send as much of the message as the pipe takes: a worker that is stopped must not stop the build."""
        with contextlib.suppress(
            BlockingIOError, BrokenPipeError, ConnectionResetError
        ):
            one.out = one.out[one.pipe.send(one.out) :]
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if one.out else 0)
        self._selector.modify(one.pipe, events, one)

    def _receive(self, one: _Worker) -> None:
        try:
            data = one.pipe.recv(1 << 16)
        except BlockingIOError:
            return
        except ConnectionResetError:
            data = b""
        one.got += data
        if not data:
            self._lose(one, "died")
        elif one.got.endswith(b"\n"):
            self._finish(one, json.loads(one.got))

    def _finish(self, one: _Worker, answer: dict[str, Any]) -> None:
        task, one.task = one.task, None
        one.got.clear()
        if task is None:
            return
        grown = answer["peak"] - one.base
        if (
            grown > task.memory
        ):  # between two looks: what came of it may lack what did not fit
            one.task = task
            self._lose(one, "memory")
        else:
            task.future.set_result(answer["value"])
            if grown > RETIRE:
                self._end(one)

    def _look_after(self, one: _Worker, now: float) -> None:
        """End a worker that is stopped, or past what its task allows."""
        if one.task is None:
            return
        one.deadline += max(0.0, now - one.seen - STILL)
        one.seen = now
        if now > one.deadline:
            self._lose(one, "deadline")
        elif held(one.pid) - one.base > one.task.memory:
            self._lose(one, "memory")
        elif is_stopped(one.pid):
            self._lose(one, "stopped")

    def _lose(self, one: _Worker, kind: str) -> None:
        task = one.task
        status = self._end(one)
        if task is not None:
            task.future.set_exception(
                WorkerLostError(kind, status if kind == "died" else "")
            )

    def _end(self, one: _Worker) -> str:
        """Kill the worker, forget it, and return how it ended."""
        self._workers.remove(one)
        with contextlib.suppress(
            KeyError
        ):  # a signal may have come before it was registered
            self._selector.unregister(one.pipe)
        one.pipe.close()
        return kill(one.pid)


PAGE = os.sysconf("SC_PAGE_SIZE")


class WorkerLostError(Exception):
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
        signal.SIG_BLOCK, TERMINATION_SIGNALS
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
