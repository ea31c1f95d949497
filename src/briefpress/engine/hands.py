"""Who performs the steps of a build: here, workers that share the store; `away` has those that do not."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future
from typing import Any, Protocol

from briefpress.engine.perform import perform_in_store
from briefpress.engine.pool import Pool, WorkerLostError
from briefpress.engine.step import Key, Step
from briefpress.engine.store import Store


class Hands(Protocol):
    """What a build asks of whoever performs its steps."""

    jobs: int  # that may be under way at a time

    def start(self, step: Step, key: Key) -> Future[Any]:
        """Have a step performed."""

    def wait(self, futures: Iterable[Future[Any]]) -> set[Future[Any]]:
        """Return the futures that are done, as soon as there is one."""

    def result(self, future: Future[Any]) -> dict[str, Any]:
        """Return what came of it, as `perform` says it, or the way in which its worker was lost."""

    def close(self) -> None:
        """Leave nothing behind that runs."""


class Here:
    """The cores of this machine. Only digests travel: the workers read and write the store."""

    def __init__(self, store: Store, jobs: int, modules: Iterable[str]) -> None:
        """Start nothing yet."""
        self.jobs = jobs
        self.pool = Pool(jobs, modules)
        self._store = str(store.folder)

    def start(self, step: Step, key: Key) -> Future[Any]:
        """Have a step performed by the next worker that is free."""
        task = {"store": self._store, **key.to_json()}
        return self.pool.submit(
            perform_in_store, task, seconds=step.seconds, memory=step.memory
        )

    def wait(self, futures: Iterable[Future[Any]]) -> set[Future[Any]]:
        """Turn the pool until one is done."""
        return self.pool.wait(futures)

    def result(self, future: Future[Any]) -> dict[str, Any]:
        """Return what came of it."""
        try:
            return dict(future.result())
        except WorkerLostError as error:
            return {"lost": error.kind, "detail": error.detail}

    def close(self) -> None:
        """End every worker at once."""
        self.pool.shutdown()
