"""Any executor as the hands of a build: steps go out as bytes, and files come back as bytes."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from typing import Any

from briefpress import __version__
from briefpress.engine.far import perform_away
from briefpress.engine.step import Key, Step
from briefpress.engine.store import DamagedError, Store
from briefpress.problems import BriefpressError, Problem


class Away:
    """Another executor, with workers on other machines perhaps, which have briefpress but not the store."""

    def __init__(
        self,
        store: Store,
        jobs: int,
        modules: Iterable[str],
        executor: Executor,
        version: str = "",
    ) -> None:
        """Use an executor that its owner opens and closes. `jobs`: somewhat more than it has workers.

        `version` names a function that must say in the workers what stands as the version of the steps.
        """
        self.jobs = jobs
        self._store = store
        self._executor = executor
        self._told = {
            "briefpress": __version__,
            "version_of": version,
            "modules": list(modules),
        }
        self._pending: set[Future[Any]] = set()

    def start(self, step: Step, key: Key) -> Future[Any]:
        """Send a step with the bytes of its inputs."""
        limits = {"seconds": step.seconds, "memory": step.memory, **self._told}
        future: Future[Any] = Future()
        try:
            inputs = {
                digest: self._store.read(digest) for digest in key.inputs.values()
            }
            future = self._executor.submit(
                perform_away, {**key.to_json(), **limits}, inputs
            )
        except DamagedError as error:
            future.set_result({"damaged": error.digest})
        except Exception as error:  # noqa: BLE001 - of a library that is not known here; `result` tells it
            future.set_exception(error)
        self._pending.add(future)
        return future

    def wait(self, futures: Iterable[Future[Any]]) -> set[Future[Any]]:
        """Wait until one is done."""
        return set(wait(futures, return_when=FIRST_COMPLETED).done)

    def result(self, future: Future[Any]) -> dict[str, Any]:
        """Return what came of it, its files put into the store. Raises B09 when the executor itself is gone.

        Dask tries a task on another worker when it has lost one, and gives up with `KilledWorker`.
        """
        self._pending.discard(future)
        try:
            result = dict(future.result())
        except Exception as error:
            if type(error).__name__ == "KilledWorker":
                return {"lost": "died", "detail": "on every worker that took it"}
            raise BriefpressError(_gone(error)) from error
        if "files" in result:
            result["files"] = {
                name: (self._store.add(data), len(data))
                for name, data in result["files"].items()
            }
        return result

    def close(self) -> None:
        """Take back what has not begun."""
        for future in self._pending:
            future.cancel()


def _gone(error: Exception) -> Problem:
    """Return why an executor performs nothing any more. One without briefpress cannot even read what it is sent."""
    chain = [error, error.__cause__, error.__context__]
    lacking = next((e.name for e in chain if isinstance(e, ModuleNotFoundError)), None)
    if lacking:
        fix = "install the same briefpress[dask] for the scheduler and every worker"
        return Problem(
            "B09", f"the scheduler or a worker has no module `{lacking}`", fix=fix
        )
    return Problem(
        "B09", f"the workers elsewhere are gone: {type(error).__name__}: {error}"
    )
