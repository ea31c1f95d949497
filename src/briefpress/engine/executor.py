"""How a step is run, and the workers on this machine that share the store.

`remote.py` has the executor for workers that do not share it. Tasks and replies cross
processes as text that the codec writes.
"""

from __future__ import annotations

import traceback
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cache
from importlib import import_module
from types import FunctionType
from typing import Protocol, get_args, get_origin, get_type_hints

from briefpress.engine import codec
from briefpress.engine.pool import Pool, WorkerLostError
from briefpress.engine.step import PROBLEMS, Key
from briefpress.engine.store import DamagedError, Store
from briefpress.problems import BriefpressError, Problem

SHARED_VALUES = 32  # decoded values, such as themes, that a warm worker keeps


@dataclass(frozen=True, slots=True)
class StepLimits:
    """What one step may use."""

    seconds: float = 60.0  # until it is stopped
    memory: int = 3 * 2**29  # bytes by which its worker may grow


@dataclass(frozen=True, slots=True)
class Task:
    """A step to run, for a worker that shares the store."""

    store: str  # its folder
    key: Key


@dataclass(frozen=True, slots=True)
class Reply:
    """How a step ended. At most one of the last five fields is set."""

    files: Mapping[str, tuple[str, int]] = field(default_factory=dict)  # digest, size
    problems: tuple[Problem, ...] = ()
    damaged: str = ""  # the digest of an input that the store has lost
    lost: str = ""  # the worker: "died", "stopped", "deadline" or "memory"
    lost_detail: str = ""
    bug: str = ""  # an exception that is not a `BriefpressError`
    traceback: str = ""
    refused: Problem | None = None  # why no step can run: the disk, other versions


class StepExecutor(Protocol):
    """Runs steps for the scheduler."""

    jobs: int  # how many steps may run at a time

    def start(self, key: Key, limits: StepLimits) -> Future[str]:
        """Start the step with this key."""

    def wait(self, futures: Iterable[Future[str]]) -> set[Future[str]]:
        """Return the futures that are done, as soon as there is one."""

    def reply(self, future: Future[str]) -> Reply:
        """Return how the step ended. Raises `BriefpressError` if no step can run."""

    def close(self) -> None:
        """End everything that was started."""


class LocalExecutor:
    """Workers on this machine. Only digests cross processes: workers use the store."""

    def __init__(self, store: Store, pool: Pool) -> None:
        """Use the workers of a pool, and a store that they can reach."""
        self.jobs = pool.jobs
        self._pool = pool
        self._store = str(store.folder)

    def start(self, key: Key, limits: StepLimits) -> Future[str]:
        """Start the step in the next worker that is free."""
        task = codec.encode(Task(self._store, key)).decode()
        return self._pool.submit(
            run_in_store, task, seconds=limits.seconds, memory=limits.memory
        )

    def wait(self, futures: Iterable[Future[str]]) -> set[Future[str]]:
        """Serve the workers until one of the futures is done."""
        return self._pool.wait(futures)

    def reply(self, future: Future[str]) -> Reply:
        """Return how the step ended."""
        try:
            return codec.decode(Reply, future.result().encode())
        except WorkerLostError as error:
            return Reply(lost=error.kind, lost_detail=error.detail)

    def close(self) -> None:
        """End every worker at once."""
        self._pool.shutdown()


def run_in_store(task: str) -> str:
    """Run a step whose inputs are in a store, and keep its result there.

    Task and reply are text that the codec writes. Only digests cross processes, so the
    build stays small, and every worker verifies what it reads.
    """
    found = codec.decode(Task, task.encode())
    store = Store(found.store)
    try:
        reply = run_step(found.key, store.read, store.add)
    except DamagedError as error:
        reply = Reply(damaged=error.digest)
    except BriefpressError as error:  # of the disk: those of the step are in the reply
        reply = Reply(refused=error.problems[0])
    return codec.encode(reply).decode()


def run_step(
    key: Key, read: Callable[[str], bytes], add: Callable[[bytes], str]
) -> Reply:
    """Call the step's function, and return its problems and the digests of its result.

    `read` returns the bytes of an input by digest, `add` stores bytes and returns their
    digest. A `BriefpressError` is the step's own report. Any other exception is a bug,
    and is reported with its traceback.
    """
    inputs = {place: read(digest) for place, digest in key.inputs.items()}
    try:
        function = find_function(key.function)
        result = function(**_arguments(function, inputs, key.inputs))
        encoded, problems = _encode_result(result)
    except BriefpressError as error:
        return Reply(problems=error.problems)
    except MemoryError:
        return Reply(lost="memory")
    except Exception as error:  # noqa: BLE001 - one step must not stop the others
        message = f"{type(error).__name__}: {error}"
        return Reply(bug=message, traceback=traceback.format_exc())
    if any(problem.is_error for problem in problems):
        return Reply(problems=problems)
    files = {name: (add(data), len(data)) for name, data in encoded.items()}
    return Reply(files, problems)


def find_function(name: str) -> FunctionType:
    """Return the function that "package.module:name" names."""
    module, _, qualified = name.partition(":")
    found = getattr(import_module(module), qualified)
    if not isinstance(found, FunctionType):
        raise TypeError(f"{name} is not a function")
    return found


def _arguments(
    function: FunctionType, inputs: Mapping[str, bytes], digests: Mapping[str, str]
) -> dict[str, object]:
    """Return the function's arguments, decoded as its type hints say."""
    arguments = {}
    for parameter, hint in parameter_hints(function).items():
        if parameter in inputs:
            value = _decode_input(hint, inputs[parameter], digests[parameter])
        else:
            value = _collect(parameter, hint, inputs, digests)
        arguments[parameter] = value
    return arguments


def _collect(
    parameter: str,
    hint: object,
    inputs: Mapping[str, bytes],
    digests: Mapping[str, str],
) -> object:
    """Return the items of a tuple or mapping whose parts are inputs of their own."""
    start = f"{parameter}["
    keys = [place[len(start) : -1] for place in inputs if place.startswith(start)]
    *_, kind = [part for part in get_args(hint) if part is not Ellipsis]
    items = {}
    for key in keys:
        place = f"{parameter}[{key}]"
        items[key] = _decode_input(kind, inputs[place], digests[place])
    if get_origin(hint) is not tuple:
        return items
    return tuple(items[str(index)] for index in range(len(items)))


def _decode_input(hint: object, data: bytes, digest: str) -> object:
    """Return a value; themes and the like are decoded once in a warm worker."""
    if hint is bytes or not _is_shared(hint):
        return codec.decode_as(hint, data)
    if (hint, digest) not in _shared_values:
        if len(_shared_values) >= SHARED_VALUES:
            _shared_values.popitem(last=False)
        _shared_values[hint, digest] = codec.decode_as(hint, data)
    return _shared_values[hint, digest]


_shared_values: OrderedDict[tuple[object, str], object] = OrderedDict()


@cache
def _is_shared(hint: object) -> bool:
    return codec.is_immutable(hint)


@cache
def parameter_hints(function: FunctionType) -> Mapping[str, object]:
    """Return the types of a function's parameters."""
    hints = get_type_hints(function)
    return {name: hint for name, hint in hints.items() if name != "return"}


def _encode_result(result: object) -> tuple[dict[str, bytes], tuple[Problem, ...]]:
    """Return each field of a step's result as bytes, and its problems.

    A field of type `Mapping[str, bytes]` becomes one file for each name: "files[latin]".
    """
    if not is_dataclass(result) or isinstance(result, type):
        raise TypeError("a step returns a dataclass")
    hints = get_type_hints(type(result))
    encoded = {}
    problems: tuple[Problem, ...] = ()
    for each in fields(result):
        name, value = each.name, getattr(result, each.name)
        if name == PROBLEMS:
            problems = value
        elif hints[name] == Mapping[str, bytes]:
            encoded.update({f"{name}[{key}]": data for key, data in value.items()})
        else:
            encoded[name] = codec.encode(value)
    return encoded, problems
