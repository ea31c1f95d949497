"""A pool of warm workers behind `concurrent.futures`.

Whatever happens to a worker fails its own task only: each worker has its own pipe and
one task at a time, so the pool always knows which task is lost. There are no threads
and no locks: the build drives the pool with `wait`, and can therefore fork at any time.
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
from briefpress.engine.worker import isolate_process, preload, serve_tasks

# Seconds between two checks of busy workers, and the longest time that a task waits for
# a busy worker before another one is started.
CHECK_INTERVAL = 0.1
# Bytes. A worker that has grown by more is replaced, which costs some milliseconds.
MAX_GROWTH = 150 * 2**20
# Seconds between two checks after which the build itself must have been stopped
# (Ctrl-Z), or its caller busy. That time does not count against a deadline.
STOPPED_AFTER = 1.0
NO_LIMIT = 2**40  # bytes
PAGE_SIZE = os.sysconf("SC_PAGE_SIZE")


class WorkerLostError(Exception):
    """A task was lost with its worker.

    `kind` is "died", "stopped", "deadline" or "memory".
    """

    def __init__(self, kind: str, detail: str = "") -> None:
        """Keep what happened to the worker."""
        super().__init__(f"{kind}: {detail}" if detail else kind)
        self.kind = kind
        self.detail = detail


@dataclass(slots=True)
class _Task:
    message: bytes
    seconds: float
    memory: int  # bytes by which the worker may grow
    future: Future[Any]
    submitted_at: float


@dataclass(slots=True)
class _Worker:
    pid: int
    pipe: socket.socket
    initial_memory: int  # bytes at its start; a fork shares most of them with the build
    task: _Task | None = None
    checked_at: float = 0.0
    deadline: float = 0.0
    unsent: bytes = b""  # the rest of the task's message
    received: bytearray = field(default_factory=bytearray)


class Pool(Executor):
    """Workers that are started when there is work, at most `jobs` at a time.

    A second worker is started only if there is work for more than a moment.
    """

    def __init__(self, jobs: int = 1, modules: Iterable[str] = ()) -> None:
        """Start nothing yet. `modules` are what every task imports."""
        self.jobs = jobs
        self._modules = tuple(modules)
        self._is_preloaded = False
        self._workers: list[_Worker] = []
        self._queue: deque[_Task] = deque()
        self._selector = selectors.DefaultSelector()
        self._checked_at = time.monotonic()

    def submit(  # type: ignore[override]
        self,
        fn: Callable[..., Any],
        /,
        *args: Any,
        seconds: float = 60.0,
        memory: int = NO_LIMIT,
    ) -> Future[Any]:
        """Return the future of a call, which starts as soon as a worker is free.

        The function must be importable; its arguments and result must be JSON.
        """
        name = f"{fn.__module__}:{fn.__qualname__}"
        call = {"call": name, "args": args, "seconds": seconds}
        message = json.dumps(call).encode() + b"\n"
        task = _Task(message, seconds, memory, Future(), time.monotonic())
        self._queue.append(task)
        self._assign_tasks()
        return task.future

    def wait(self, futures: Iterable[Future[Any]]) -> set[Future[Any]]:
        """Drive the pool until a future is done, and return those that are done."""
        futures = set(futures)
        while True:
            done = {future for future in futures if future.done()}
            if done:
                return done
            self._run_once()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002
        """End every worker at once, whatever it is doing."""
        running = [worker.task for worker in self._workers if worker.task]
        for task in [*self._queue, *running]:
            task.future.cancel()
        self._queue.clear()
        while self._workers:
            self._end_worker(self._workers[-1])
        self._selector.close()

    def _run_once(self) -> None:
        """Assign tasks, wait for messages for a moment, and check the busy workers."""
        self._assign_tasks()
        for ready, events in self._selector.select(CHECK_INTERVAL):
            worker: _Worker = ready.data
            if events & selectors.EVENT_WRITE:
                self._send(worker)
            if events & selectors.EVENT_READ:
                self._receive(worker)
        now = time.monotonic()
        if now - self._checked_at >= CHECK_INTERVAL:
            self._checked_at = now
            for worker in list(self._workers):
                self._check_limits(worker, now)

    def _assign_tasks(self) -> None:
        """Give tasks to idle workers, and start workers if that is worth it."""
        while self._queue:
            worker = self._idle_worker()
            if worker is None and self._needs_worker():
                worker = self._start_worker()
            if worker is None:
                return
            task = self._queue.popleft()
            task.future.set_running_or_notify_cancel()
            worker.task = task
            worker.checked_at = time.monotonic()
            worker.deadline = worker.checked_at + task.seconds
            worker.unsent = task.message
            self._send(worker)

    def _idle_worker(self) -> _Worker | None:
        return next((worker for worker in self._workers if not worker.task), None)

    def _needs_worker(self) -> bool:
        """Return whether to start another worker.

        A task that a warm worker will take in a moment waits for that one.
        """
        if not self._workers:
            return True
        waited = time.monotonic() - self._queue[0].submitted_at
        return len(self._workers) < self.jobs and waited >= CHECK_INTERVAL

    def _start_worker(self) -> _Worker:
        ours, theirs = socket.socketpair()
        if _may_fork():
            self._preload_once()
            siblings = [worker.pipe for worker in self._workers]
            pid = fork_worker(theirs, [ours, *siblings])
        else:
            pid = spawn_worker(theirs, self._modules)
        theirs.close()
        ours.setblocking(False)  # noqa: FBT003 - its only parameter
        worker = _Worker(pid, ours, memory_of(pid))
        self._workers.append(worker)
        self._selector.register(ours, selectors.EVENT_READ, worker)
        return worker

    def _preload_once(self) -> None:
        """Import in the build what its forks need."""
        if not self._is_preloaded:
            preload(self._modules)
            self._is_preloaded = True

    def _send(self, worker: _Worker) -> None:
        """Send as much of the message as the pipe takes.

        Waiting for the rest would let a stopped worker stop the build.
        """
        gone = (BlockingIOError, BrokenPipeError, ConnectionResetError)
        with contextlib.suppress(*gone):
            sent = worker.pipe.send(worker.unsent)
            worker.unsent = worker.unsent[sent:]
        events = selectors.EVENT_READ
        if worker.unsent:
            events |= selectors.EVENT_WRITE
        self._selector.modify(worker.pipe, events, worker)

    def _receive(self, worker: _Worker) -> None:
        try:
            data = worker.pipe.recv(1 << 16)
        except BlockingIOError:
            return
        except ConnectionResetError:
            data = b""
        worker.received += data
        if not data:
            self._lose_worker(worker, "died")
        elif worker.received.endswith(b"\n"):
            self._finish_task(worker, json.loads(worker.received))

    def _finish_task(self, worker: _Worker, answer: dict[str, Any]) -> None:
        worker.received.clear()
        task = worker.task
        if task is None:
            return
        growth = answer["peak"] - worker.initial_memory
        if growth > task.memory:
            # The peak was between two checks. The result may lack what did not fit.
            self._lose_worker(worker, "memory")
            return
        worker.task = None
        task.future.set_result(answer["value"])
        if growth > MAX_GROWTH:
            self._end_worker(worker)

    def _check_limits(self, worker: _Worker, now: float) -> None:
        """End a worker that is stopped, too slow or too large."""
        task = worker.task
        if task is None:
            return
        stopped_for = now - worker.checked_at - STOPPED_AFTER
        worker.deadline += max(0.0, stopped_for)
        worker.checked_at = now
        growth = memory_of(worker.pid) - worker.initial_memory
        if now > worker.deadline:
            self._lose_worker(worker, "deadline")
        elif growth > task.memory:
            self._lose_worker(worker, "memory")
        elif is_stopped(worker.pid):
            self._lose_worker(worker, "stopped")

    def _lose_worker(self, worker: _Worker, kind: str) -> None:
        """End a worker, and fail its task."""
        task = worker.task
        ending = self._end_worker(worker)
        if task is not None:
            detail = ending if kind == "died" else ""
            task.future.set_exception(WorkerLostError(kind, detail))

    def _end_worker(self, worker: _Worker) -> str:
        """Kill a worker, and return how it ended."""
        self._workers.remove(worker)
        # A signal may have ended the build before the pipe was registered.
        with contextlib.suppress(KeyError):
            self._selector.unregister(worker.pipe)
        worker.pipe.close()
        return kill_worker(worker.pid)


def _may_fork() -> bool:
    """Return whether a fork is safe.

    In a fork, a lock that another thread holds is never released. macOS forbids forks.
    """
    return sys.platform == "linux" and threading.active_count() == 1


def fork_worker(pipe: socket.socket, others: Iterable[socket.socket]) -> int:
    """Fork a worker at the other end of a pipe, and return its process id.

    The worker closes the pipes of `others`: if it kept one open, that worker would not
    notice that the build ends.
    """
    parent = os.getpid()
    # An exception in the child would unwind the stack of the parent.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, TERMINATION_SIGNALS)
    pid = os.fork()
    if pid:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        # Set in both processes, because either may run first.
        with contextlib.suppress(OSError):
            os.setpgid(pid, pid)
        return pid
    try:
        for other in others:
            other.close()
        isolate_process(parent)
        serve_tasks(pipe)
    except BaseException:  # noqa: BLE001 - the child must end here in any case
        os._exit(1)
    os._exit(0)


def spawn_worker(pipe: socket.socket, modules: Iterable[str]) -> int:
    """Start a worker as a program of its own, and return its process id.

    It has to import everything itself. Its end of the pipe is its standard input: if
    the pipe were only made inheritable, a program that another thread starts at this
    moment would inherit it too, and the end of this worker would go unnoticed.
    """
    python = [sys.executable, "-m", "briefpress.engine.worker"]
    path = os.pathsep.join(entry or "." for entry in sys.path)
    return os.posix_spawn(
        sys.executable,
        [*python, str(os.getpid()), *modules],
        {**os.environ, "PYTHONPATH": path},
        file_actions=[(os.POSIX_SPAWN_DUP2, pipe.fileno(), 0)],
        setpgroup=0,
    )


def memory_of(pid: int) -> int:
    """Return the bytes of memory that a process has; 0 if the system does not say.

    Pages of files (libraries, fonts) do not count: a fork gets them one by one as it
    touches them, and the system can drop them at any time.
    """
    try:
        with open(f"/proc/{pid}/statm", "rb") as file:
            _, resident, shared, *_ = map(int, file.read().split())
    except (OSError, ValueError):
        return 0
    return (resident - shared) * PAGE_SIZE


def is_stopped(pid: int) -> bool:
    """Return whether a child was stopped by SIGSTOP. Its exit status is left alone."""
    if not hasattr(os, "waitid"):  # macOS before Python 3.13: the deadline ends it
        return False
    flags = os.WSTOPPED | os.WNOHANG | os.WNOWAIT
    try:
        return os.waitid(os.P_PID, pid, flags) is not None
    except ChildProcessError:
        return False


def kill_worker(pid: int) -> str:
    """Kill a worker and everything that it has started, and return how it ended."""
    for kill in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(pid, signal.SIGKILL)
    status = os.waitpid(pid, 0)[1]
    if os.WIFSIGNALED(status):
        return f"signal {signal.Signals(os.WTERMSIG(status)).name}"
    return f"exit status {os.waitstatus_to_exitcode(status)}"
