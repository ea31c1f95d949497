"""A step performed far from the store: bytes come in, and bytes go out.

It is performed in a worker of its own beside the one that was asked, for only so do deadline and memory hold:
whoever asked goes on, whatever becomes of the step.
"""

from __future__ import annotations

import functools
import platform
import tempfile
import threading
import weakref
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from briefpress import __version__
from briefpress.engine.perform import perform_in_store
from briefpress.engine.pool import Pool, WorkerLostError
from briefpress.engine.store import Store
from briefpress.problems import BriefpressError, Problem

_here = threading.local()  # each thread that is asked has a worker, and keeps it warm


def perform_away(
    task: Mapping[str, Any], inputs: Mapping[str, bytes]
) -> dict[str, Any]:
    """Perform a task, given the bytes of its inputs by digest, and return the bytes of what it makes."""
    if unlike := _unlike(task):
        fix = "install the same briefpress from the same lock on every worker, and start the workers again"
        return {
            "refused": Problem(
                "B09", f"the worker on {platform.node()} has {unlike}", fix=fix
            ).to_json()
        }
    with tempfile.TemporaryDirectory(prefix="briefpress-") as folder:
        store = Store(folder)
        try:
            for data in inputs.values():
                store.add(data)
            result = _result(task, folder)
            if "files" in result:
                result["files"] = {
                    name: store.read(digest)
                    for name, (digest, _) in result["files"].items()
                }
        except BriefpressError as error:
            return {"refused": error.problems[0].to_json()}
        return result


def _unlike(task: Mapping[str, Any]) -> str:
    """Return what is not here as it is where the build is: it would make other bytes."""
    if task["briefpress"] != __version__:
        return f"briefpress {__version__} and not {task['briefpress']}"
    if task["version_of"] and _version(task["version_of"]) != task["version"]:
        return "other code or libraries than this build"
    return ""


@functools.cache
def _version(name: str) -> str:
    module, _, function = name.partition(":")
    return str(getattr(import_module(module), function)())


def _result(task: Mapping[str, Any], folder: str) -> dict[str, Any]:
    """Have the worker of this thread perform the task in a store that holds its inputs."""
    if not hasattr(_here, "pool"):
        _here.pool = Pool(1, task["modules"])
        weakref.finalize(threading.current_thread(), _here.pool.shutdown)
    pool: Pool = _here.pool
    inside = {name: task[name] for name in ("run", "version", "settings", "inputs")} | {
        "store": folder
    }
    future = pool.submit(
        perform_in_store, inside, seconds=task["seconds"], memory=task["memory"]
    )
    pool.wait([future])
    try:
        return dict(future.result())
    except WorkerLostError as error:
        return {"lost": error.kind, "detail": error.detail}
