"""A step: one function, what it reads, and a name. Its key says whether to run it again.

A step is made from an ordinary function and one reference for each of its parameters,
so a type checker sees which step feeds which:

    web = step("web/japan", make_web, Value(settings), pdf.output(lambda e: e.page_map))

The function returns a frozen dataclass. Each of its fields is kept in the store under
its own digest, so a step that reads one field does not run again when another changes.
A field called `problems` holds the step's problems: with an error among them the step
has failed, and nothing else of its result is kept.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from types import FunctionType
from typing import Generic, Literal, TypeVar, overload

from briefpress.problems import Problem

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
R_co = TypeVar("R_co", covariant=True)
A1 = TypeVar("A1")
A2 = TypeVar("A2")
A3 = TypeVar("A3")
A4 = TypeVar("A4")
A5 = TypeVar("A5")
A6 = TypeVar("A6")

PROBLEMS = "problems"  # the field of a result that is not kept as a file


def digest_of(data: bytes) -> str:
    """Return the SHA-256 of the bytes, in hexadecimal: their name in the store."""
    return sha256(data).hexdigest()


def canonical_json(value: object) -> bytes:
    """Return plain data as JSON in one form: keys sorted, no spaces, UTF-8."""
    text = json.dumps(
        value,
        ensure_ascii=False,
        allow_nan=False,
        separators=(",", ":"),
        sort_keys=True,
    )
    return text.encode("utf-8", "surrogatepass")


class Reference(Generic[T_co]):
    """Something that a step reads. Its type is the type of the function's parameter."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, eq=False)
class Value(Reference[T_co]):
    """A value that is known before the build runs. One `Value` is stored once."""

    value: T_co


@dataclass(frozen=True, slots=True)
class StoredFile(Reference[T_co]):
    """Bytes, or a value, that are already in the store."""

    digest: str


@dataclass(frozen=True, slots=True)
class Result(Reference[T_co]):
    """A field of what another step returns."""

    step: str
    field: str


@dataclass(frozen=True, slots=True)
class Items(Reference[tuple[T, ...]], Generic[T]):
    """Several values in order, for a parameter of type `tuple[T, ...]`."""

    items: tuple[Reference[T], ...]


@dataclass(frozen=True, slots=True)
class NamedItems(Reference[Mapping[str, T]], Generic[T]):
    """Several values by name, for a parameter of type `Mapping[str, T]`."""

    items: Mapping[str, Reference[T]]


@dataclass(frozen=True, slots=True)
class Step(Generic[R_co]):
    """One call of a function in a build. Make it with `step`."""

    name: str  # "pdf/japan": unique in a build, and the same from build to build
    function: Callable[..., R_co]  # importable, so that every worker finds it
    inputs: Mapping[str, Reference[object]]  # by parameter
    owner: str = ""  # the brief that a failure belongs to

    def output(self, select: Callable[[R_co], T]) -> Result[T]:
        """Return a reference to a field of the result: `lambda pdf: pdf.page_map`."""
        names = select.__code__.co_names if isinstance(select, FunctionType) else ()
        if len(names) != 1:
            raise TypeError("an output is one field: lambda pdf: pdf.page_map")
        return Result(self.name, names[0])

    @property
    def function_name(self) -> str:
        """The function as "package.module:name", which crosses processes."""
        return f"{self.function.__module__}:{self.function.__qualname__}"

    def references(
        self,
    ) -> dict[str, Value[object] | StoredFile[object] | Result[object]]:
        """Return every single thing that the step reads, by its place.

        The parameter `theme` is "theme"; an item of a sequence is "chapters[0]", one of
        named values "files[rents.svg]".
        """
        found = {}
        for parameter, reference in self.inputs.items():
            found.update(_flatten(parameter, reference))
        return found


@overload
def step(
    name: str, function: Callable[[A1], R_co], a1: Reference[A1], /, *, owner: str = ""
) -> Step[R_co]: ...
@overload
def step(
    name: str,
    function: Callable[[A1, A2], R_co],
    a1: Reference[A1],
    a2: Reference[A2],
    /,
    *,
    owner: str = "",
) -> Step[R_co]: ...
@overload
def step(
    name: str,
    function: Callable[[A1, A2, A3], R_co],
    a1: Reference[A1],
    a2: Reference[A2],
    a3: Reference[A3],
    /,
    *,
    owner: str = "",
) -> Step[R_co]: ...
@overload
def step(
    name: str,
    function: Callable[[A1, A2, A3, A4], R_co],
    a1: Reference[A1],
    a2: Reference[A2],
    a3: Reference[A3],
    a4: Reference[A4],
    /,
    *,
    owner: str = "",
) -> Step[R_co]: ...
@overload
def step(
    name: str,
    function: Callable[[A1, A2, A3, A4, A5], R_co],
    a1: Reference[A1],
    a2: Reference[A2],
    a3: Reference[A3],
    a4: Reference[A4],
    a5: Reference[A5],
    /,
    *,
    owner: str = "",
) -> Step[R_co]: ...
@overload
def step(
    name: str,
    function: Callable[[A1, A2, A3, A4, A5, A6], R_co],
    a1: Reference[A1],
    a2: Reference[A2],
    a3: Reference[A3],
    a4: Reference[A4],
    a5: Reference[A5],
    a6: Reference[A6],
    /,
    *,
    owner: str = "",
) -> Step[R_co]: ...
def step(
    name: str,
    function: Callable[..., R_co],
    /,
    *references: Reference[object],
    owner: str = "",
) -> Step[R_co]:
    """Return the step that calls the function with what the references stand for."""
    parameters = inspect.signature(function).parameters
    inputs = dict(zip(parameters, references, strict=True))
    return Step(name, function, inputs, owner)


def _flatten(
    place: str, reference: Reference[object]
) -> dict[str, Value[object] | StoredFile[object] | Result[object]]:
    """Return the single references within one, by place."""
    if isinstance(reference, Value | StoredFile | Result):
        return {place: reference}
    items: Mapping[str, Reference[object]] = {}
    if isinstance(reference, Items):
        items = {str(index): item for index, item in enumerate(reference.items)}
    elif isinstance(reference, NamedItems):
        items = reference.items
    found = {}
    for key, item in items.items():
        found.update(_flatten(f"{place}[{key}]", item))
    return found


@dataclass(frozen=True, slots=True)
class Key:
    """Everything that a step's result follows from: equal keys give equal bytes."""

    function: str  # "briefpress.pipeline.tasks:make_pdf"
    version: str  # a digest of the code and the libraries
    inputs: Mapping[str, str]  # place to digest

    @property
    def digest(self) -> str:
        """The name of its record in the store."""
        return digest_of(canonical_json(self.to_json()))

    def to_json(self) -> dict[str, object]:
        """Return plain data."""
        return {
            "function": self.function,
            "version": self.version,
            "inputs": dict(self.inputs),
        }


def reasons_to_run(
    key: Key, last: Key | None, changed_fields: Callable[[str, str], str]
) -> tuple[str, ...]:
    """Return why a step with this key has to run, given the key of its last run.

    `changed_fields` compares two stored values by digest, and returns "" or the fields
    that differ: " (links, tokens)".
    """
    if last is None:
        return ("first time",)
    reasons = []
    if key.function != last.function:
        reasons.append("it is made by another function now")
    if key.version != last.version:
        reasons.append("version changed")
    now, before = key.inputs, last.inputs
    changed = [
        place for place in now if place in before and now[place] != before[place]
    ]
    details = [place + changed_fields(before[place], now[place]) for place in changed]
    added = [place for place in now if place not in before]
    removed = [place for place in before if place not in now]
    for what, places in (("changed", details), ("added", added), ("removed", removed)):
        if places:
            reasons.append(f"input {what}: {', '.join(sorted(places))}")
    if not reasons:
        reasons.append("it failed last time, or its files are no longer in the cache")
    return tuple(reasons)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a step in one build. A cached step reports its problems again."""

    step: Step[object]
    state: Literal["done", "cached", "failed", "skipped"]
    files: Mapping[str, str] = field(default_factory=dict)  # field to digest
    problems: tuple[Problem, ...] = ()
    reasons: tuple[str, ...] = ()  # why it ran or was skipped; empty if cached
    traceback: str = ""  # of a bug

    @property
    def succeeded(self) -> bool:
        """Whether its files are in the store."""
        return self.state in {"done", "cached"}


@dataclass(frozen=True, slots=True)
class Event:
    """Progress of a build: a step started (no outcome yet) or ended."""

    step: Step[object]
    outcome: Outcome | None
    done: int  # steps that have ended, of this and all earlier calls of `run`
    total: int  # steps that are known so far
