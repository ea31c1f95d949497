"""A Dask cluster as an executor."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from concurrent.futures import Executor
from importlib import import_module

from briefpress.problems import BriefpressError, Problem

AHEAD = 2  # tasks for each thread of the cluster, so that none waits for the next


@contextlib.contextmanager
def cluster(
    address: str, seconds: float = 10.0, workers: int = 1
) -> Iterator[tuple[Executor, int]]:
    """Return the executor of the scheduler at "HOST:PORT", when it has workers, and how many steps to have under way.

    Raises B09 when nobody answers, or `briefpress[dask]` is not installed.
    """
    try:
        client_of = import_module("distributed").Client
    except ImportError as error:
        fix = "pip install 'briefpress[dask]'"
        raise BriefpressError(
            Problem("B09", "`distributed` is not installed here", fix=fix)
        ) from error
    try:
        client = client_of(address, timeout=seconds, set_as_default=False)
    except OSError as error:
        raise BriefpressError(
            Problem("B09", f"no Dask scheduler answers at {address}")
        ) from error
    with client:
        try:
            client.wait_for_workers(workers, timeout=seconds)
        except TimeoutError as error:
            message = f"the Dask scheduler at {address} has not enough workers: {len(client.nthreads())} of {workers}"
            raise BriefpressError(Problem("B09", message)) from error
        yield (
            client.get_executor(pure=False),
            max(1, AHEAD * sum(client.nthreads().values())),
        )
