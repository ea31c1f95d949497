"""Workers that do not share the store: any `concurrent.futures.Executor`, such as Dask.

A step travels with the bytes of its inputs, and the bytes of its result come back. On
the other machine it runs in a worker process of its own, so its limits hold there too.
"""

from __future__ import annotations

import contextlib
import functools
import platform
import tempfile
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from briefpress import __version__
from briefpress.engine import codec
from briefpress.engine.executor import (
    LocalExecutor,
    Reply,
    StepLimits,
    find_function,
)
from briefpress.engine.pool import Pool
from briefpress.engine.step import Key
from briefpress.engine.store import DamagedError, Store
from briefpress.problems import BriefpressError, Problem

TASKS_PER_THREAD = 2  # sent to the cluster, so that no thread waits for the next task

_thread = threading.local()  # each thread of a remote worker keeps one warm process


@dataclass(frozen=True, slots=True)
class RemoteTask:
    """A step to run, for a worker on another machine."""

    key: Key
    limits: StepLimits
    briefpress: str  # the version of the build
    version_function: str  # "package.module:name", whose result `key.version` must be
    modules: tuple[str, ...]  # to import before the first step


@dataclass(frozen=True, slots=True)
class RemoteReply:
    """How a step ended, and the bytes of its result by digest."""

    reply: Reply
    data: Mapping[str, bytes]


class RemoteExecutor:
    """Sends steps to an executor whose workers have briefpress but not the store."""

    def __init__(
        self,
        store: Store,
        jobs: int,
        modules: Iterable[str],
        executor: Executor,
        version_function: str = "",
    ) -> None:
        """Use an executor that its owner opens and closes.

        `jobs` is somewhat more than it has workers. `version_function` must return the
        steps' version on every worker.
        """
        self.jobs = jobs
        self._store = store
        self._executor = executor
        self._modules = tuple(modules)
        self._version_function = version_function
        self._pending: set[Future[str]] = set()

    def start(self, key: Key, limits: StepLimits) -> Future[str]:
        """Send a step with the bytes of its inputs."""
        task = RemoteTask(
            key, limits, __version__, self._version_function, self._modules
        )
        future: Future[str] = Future()
        try:
            digests = sorted(set(key.inputs.values()))
            inputs = {digest: self._store.read(digest) for digest in digests}
            text = codec.encode(task).decode()
            future = self._executor.submit(run_remotely, text, inputs)
        except DamagedError as error:
            damaged = RemoteReply(Reply(damaged=error.digest), {})
            future.set_result(codec.encode(damaged).decode())
        except Exception as error:  # noqa: BLE001 - of a library that is not known here
            future.set_exception(error)
        self._pending.add(future)
        return future

    def wait(self, futures: Iterable[Future[str]]) -> set[Future[str]]:
        """Wait until one of the futures is done."""
        return set(wait(futures, return_when=FIRST_COMPLETED).done)

    def reply(self, future: Future[str]) -> Reply:
        """Return how the step ended, with its result put into the store.

        Raises B09 if the executor no longer works. Dask tries a task on another worker
        when it loses one, and gives up with `KilledWorker`.
        """
        self._pending.discard(future)
        try:
            found = codec.decode(RemoteReply, future.result().encode())
        except Exception as error:
            if type(error).__name__ == "KilledWorker":
                detail = "on every worker that tried it"
                return Reply(lost="died", lost_detail=detail)
            raise BriefpressError(_executor_failure(error)) from error
        for data in found.data.values():
            self._store.add(data)
        return found.reply

    def close(self) -> None:
        """Cancel what has not started."""
        for future in self._pending:
            future.cancel()


def _executor_failure(error: Exception) -> Problem:
    """Return why an executor runs nothing. Without briefpress it cannot read a task."""
    for cause in (error, error.__cause__, error.__context__):
        if isinstance(cause, ModuleNotFoundError):
            message = f"the scheduler or a worker has no module `{cause.name}`"
            fix = "install the same briefpress[dask] for the scheduler and every worker"
            return Problem("B09", message, fix=fix)
    message = f"the remote workers failed: {type(error).__name__}: {error}"
    return Problem("B09", message)


def run_remotely(task: str, inputs: Mapping[str, bytes]) -> str:
    """Run a step on this machine, given its inputs by digest; return a `RemoteReply`."""
    found = codec.decode(RemoteTask, task.encode())
    return codec.encode(_run(found, inputs)).decode()


def _run(task: RemoteTask, inputs: Mapping[str, bytes]) -> RemoteReply:
    difference = _difference(task)
    if difference:
        message = f"the worker on {platform.node()} has {difference}"
        fix = (
            "install the same briefpress from the same lock on every worker, "
            "and start the workers again"
        )
        return RemoteReply(Reply(refused=Problem("B09", message, fix=fix)), {})
    with tempfile.TemporaryDirectory(prefix="briefpress-") as folder:
        store = Store(folder)
        try:
            for data in inputs.values():
                store.add(data)
            reply = _run_in_own_process(task, store)
            digests = {digest for digest, _ in reply.files.values()}
            made = {digest: store.read(digest) for digest in sorted(digests)}
        except BriefpressError as error:
            return RemoteReply(Reply(refused=error.problems[0]), {})
        return RemoteReply(reply, made)


def _difference(task: RemoteTask) -> str:
    """Return what differs from the build's machine, so that bytes could differ too."""
    if task.briefpress != __version__:
        return f"briefpress {__version__}, but this build has {task.briefpress}"
    if not task.version_function:
        return ""
    if _version(task.version_function) != task.key.version:
        return "other code or libraries than this build"
    return ""


@functools.cache
def _version(function: str) -> str:
    return str(find_function(function)())


def _run_in_own_process(task: RemoteTask, store: Store) -> Reply:
    """Run the task in the worker process of this thread."""
    local = LocalExecutor(store, _pool_of_thread(task.modules))
    future = local.start(task.key, task.limits)
    local.wait([future])
    return local.reply(future)


def _pool_of_thread(modules: tuple[str, ...]) -> Pool:
    """Return the pool of one worker that this thread keeps warm."""
    if not hasattr(_thread, "pool"):
        _thread.pool = Pool(1, modules)
        weakref.finalize(threading.current_thread(), _thread.pool.shutdown)
    pool: Pool = _thread.pool
    return pool


@contextlib.contextmanager
def open_cluster(
    address: str, seconds: float = 10.0, workers: int = 1
) -> Iterator[tuple[Executor, int]]:
    """Yield the executor of the Dask scheduler at "HOST:PORT", and how many jobs to run.

    Raises B09 if no scheduler answers within the seconds, if it has too few workers, or
    if `briefpress[dask]` is not installed.
    """
    client_class = _dask_client_class()
    try:
        client = client_class(address, timeout=seconds, set_as_default=False)
    except OSError as error:
        message = f"no Dask scheduler answers at {address}"
        fix = "start it with `dask scheduler`, or check host and port"
        raise BriefpressError(Problem("B09", message, fix=fix)) from error
    with client:
        try:
            client.wait_for_workers(workers, timeout=seconds)
        except TimeoutError as error:
            count = len(client.nthreads())
            message = (
                f"the Dask scheduler at {address} has {count} of {workers} workers"
            )
            fix = f"start a worker: `dask worker {address}`"
            raise BriefpressError(Problem("B09", message, fix=fix)) from error
        threads = sum(client.nthreads().values())
        yield client.get_executor(pure=False), max(1, TASKS_PER_THREAD * threads)


def _dask_client_class() -> Callable[..., Any]:
    """Return Dask's `Client`. Raises B09 if `distributed` is not installed."""
    try:
        client_class: Callable[..., Any] = import_module("distributed").Client
    except ImportError as error:
        message = "`distributed` is not installed"
        fix = "pip install 'briefpress[dask]'"
        raise BriefpressError(Problem("B09", message, fix=fix)) from error
    return client_class
