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
from typing import Protocol, TypeAlias, get_args, get_origin, get_type_hints

from briefpress.engine import codec
from briefpress.engine.pool import Pool, WorkerLostError
from briefpress.engine.step import PROBLEMS, Key
from briefpress.engine.store import DamagedError, Store
from briefpress.problems import BriefpressError, Problem

Texts: TypeAlias = Mapping[str, str]
InputBytes: TypeAlias = Mapping[str, bytes]  # by place
Problems: TypeAlias = tuple[Problem, ...]
SharedKey: TypeAlias = tuple[object, str]  # type hint and digest of a value

# Decoded values, such as themes, that a warm worker keeps: those that were used last.
SHARED_VALUES = 32


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
    problems: Problems = ()
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
        task = Task(self._store, key)
        data = codec.encode(task)
        text = data.decode()
        return self._pool.submit(
            run_in_store,
            text,
            seconds=limits.seconds,
            memory=limits.memory,
        )

    def wait(self, futures: Iterable[Future[str]]) -> set[Future[str]]:
        """Serve the workers until one of the futures is done."""
        return self._pool.wait(futures)

    def reply(self, future: Future[str]) -> Reply:
        """Return how the step ended."""
        try:
            text = future.result()
        except WorkerLostError as error:
            return Reply(lost=error.kind, lost_detail=error.detail)
        return codec.decode(Reply, text.encode())

    def close(self) -> None:
        """End every worker at once."""
        self._pool.shutdown()


def run_in_store(task: str) -> str:
    """Run a step whose inputs are in a store, and keep its result there.

    Task and reply are text that the codec writes. Only digests cross processes, so the
    build stays small, and every worker verifies what it reads.
    """
    data = task.encode()
    found = codec.decode(Task, data)
    store = Store(found.store)
    try:
        reply = run_step(found.key, store.read, store.add)
    except DamagedError as error:
        reply = Reply(damaged=error.digest)
    except BriefpressError as error:  # of the disk: those of the step are in the reply
        problem = error.problems[0]
        reply = Reply(refused=problem)
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
        arguments = _arguments(function, inputs, key.inputs)
        result = function(**arguments)
        encoded, problems = _encode_result(result)
    except BriefpressError as error:
        return Reply(problems=error.problems)
    except MemoryError:
        return Reply(lost="memory")
    except Exception as error:  # noqa: BLE001 - one step must not stop the others
        kind = type(error).__name__
        message = f"{kind}: {error}"
        lines = traceback.format_exc()
        return Reply(bug=message, traceback=lines)
    errors = [problem for problem in problems if problem.is_error]
    if errors:
        return Reply(problems=problems)
    files = {}
    for name, data in encoded.items():
        digest = add(data)
        size = len(data)
        files[name] = (digest, size)
    return Reply(files, problems)


def find_function(name: str) -> FunctionType:
    """Return the function that "package.module:name" names."""
    module_name, _, qualified = name.partition(":")
    module = import_module(module_name)
    found = getattr(module, qualified)
    if not isinstance(found, FunctionType):
        raise TypeError(f"{name} is not a function")
    return found


def _arguments(
    function: FunctionType,
    inputs: InputBytes,
    digests: Texts,
) -> dict[str, object]:
    """Return the function's arguments, decoded as its type hints say."""
    arguments = {}
    hints = parameter_hints(function)
    for parameter, hint in hints.items():
        if parameter in inputs:
            data = inputs[parameter]
            digest = digests[parameter]
            arguments[parameter] = _decode_input(hint, data, digest)
        else:
            arguments[parameter] = _collect(parameter, hint, inputs, digests)
    return arguments


def _collect(
    parameter: str,
    hint: object,
    inputs: InputBytes,
    digests: Texts,
) -> object:
    """Return the items of a tuple or mapping whose parts are inputs of their own."""
    start = f"{parameter}["
    kinds = [part for part in get_args(hint) if part is not Ellipsis]
    kind = kinds[-1]
    items = {}
    for place, data in inputs.items():
        if place.startswith(start):
            key = place[len(start) : -1]
            digest = digests[place]
            items[key] = _decode_input(kind, data, digest)
    if get_origin(hint) is not tuple:
        return items
    indices = map(str, range(len(items)))
    return tuple(items[index] for index in indices)


def _decode_input(hint: object, data: bytes, digest: str) -> object:
    """Return a value; themes and the like are decoded once in a warm worker."""
    if hint is bytes or not _is_shared(hint):
        return codec.decode_as(hint, data)
    key = (hint, digest)
    if key in _shared_values:
        _shared_values.move_to_end(key)
        return _shared_values[key]
    if len(_shared_values) >= SHARED_VALUES:
        _shared_values.popitem(last=False)
    value = codec.decode_as(hint, data)
    _shared_values[key] = value
    return value


_shared_values: OrderedDict[SharedKey, object] = OrderedDict()


@cache
def _is_shared(hint: object) -> bool:
    return codec.is_immutable(hint)


@cache
def parameter_hints(function: FunctionType) -> Mapping[str, object]:
    """Return the types of a function's parameters."""
    hints = get_type_hints(function)
    hints.pop("return", None)
    return hints


def _encode_result(result: object) -> tuple[dict[str, bytes], Problems]:
    """Return each field of a step's result as bytes, and its problems.

    A field of type `Mapping[str, bytes]` becomes one file for each name: "files[latin]".
    """
    kind = type(result)
    if not is_dataclass(result) or isinstance(result, type):
        raise TypeError("a step returns a dataclass")
    hints = get_type_hints(kind)
    encoded = {}
    problems: Problems = ()
    for each in fields(result):
        name = each.name
        value = getattr(result, name)
        hint = hints[name]
        if name == PROBLEMS:
            problems = value
        elif hint == Mapping[str, bytes]:
            for key, data in value.items():
                place = f"{name}[{key}]"
                encoded[place] = data
        else:
            encoded[name] = codec.encode(value)
    return encoded, problems
