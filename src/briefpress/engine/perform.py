"""One step, performed: in a worker that shares the store, or anywhere from bytes to bytes. Task and result are JSON."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from briefpress.engine.step import Made
from briefpress.engine.store import DamagedError, Store
from briefpress.problems import BriefpressError


def perform_in_store(task: Mapping[str, Any]) -> dict[str, Any]:
    """Perform a task whose inputs are digests in a store, put what it makes there, and return the digests.

    Only digests travel between processes: the parent stays small, and every worker verifies what it reads.
    """
    store = Store(task["store"])
    try:
        inputs = {name: store.read(digest) for name, digest in task["inputs"].items()}
        return perform(task, inputs, lambda data: (store.add(data), len(data)))
    except DamagedError as error:
        return {"damaged": error.digest}
    except BriefpressError as error:  # of the store: what a step's own function raises does not come this far
        return {"refused": error.problems[0].to_json()}


def perform(
    task: Mapping[str, Any], inputs: Mapping[str, bytes], keep: Callable[[bytes], Any]
) -> dict[str, Any]:
    """Call the step's function, and return its problems with what `keep` makes of its files.

    A `BriefpressError` is the step's own word on what is wrong. Any other exception is a bug of ours, and is told
    with its traceback.
    """
    try:
        made = _function(task["run"])(inputs, task["settings"])
        problems = [problem.to_json() for problem in made.problems]
        failed = any(problem.is_error for problem in made.problems)
    except BriefpressError as error:
        return {
            "files": {},
            "problems": [problem.to_json() for problem in error.problems],
        }
    except MemoryError:
        return {"lost": "memory"}
    except Exception as error:  # noqa: BLE001 - whatever one step does must not stop the others
        return {
            "raised": f"{type(error).__name__}: {error}",
            "traceback": traceback.format_exc(),
        }
    return {
        "files": {}
        if failed
        else {n: keep(data) for n, data in sorted(made.files.items())},
        "problems": problems,
    }


def _function(run: str) -> Callable[[Mapping[str, bytes], Mapping[str, Any]], Made]:
    """Return the function that "package.module:name" names."""
    module, _, name = run.partition(":")
    function: Callable[[Mapping[str, bytes], Mapping[str, Any]], Made] = getattr(
        import_module(module), name
    )
    return function
