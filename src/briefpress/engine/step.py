"""A step is plain data: the name of a function, what it reads and its settings. Its key says when to run it again."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from briefpress.problems import Problem

JSON = str | int | float | bool | None | Sequence["JSON"] | Mapping[str, "JSON"]
GIB = 2**30


def digest_of(data: bytes) -> str:
    """Return the name under which the store keeps the bytes. SHA-256: processors have instructions for it."""
    return sha256(data).hexdigest()


def canonical(value: Any) -> bytes:
    """Return the one spelling of a JSON value: keys sorted, no spaces, UTF-8."""
    text = json.dumps(
        value,
        ensure_ascii=False,
        allow_nan=False,
        separators=(",", ":"),
        sort_keys=True,
    )
    return text.encode("utf-8", "surrogatepass")


@dataclass(frozen=True, slots=True)
class Source:
    """Bytes that are in the store already: a file that was read, or a value that was computed."""

    digest: str


@dataclass(frozen=True, slots=True)
class Output:
    """What another step makes under this name."""

    step: str
    name: str


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to make. The function gets the bytes of `inputs` and the `settings`, and returns a `Made`."""

    name: str  # "pdf/japan": unique in a build, and the same from build to build
    run: str  # "briefpress.editions.steps:pdf", a function that every worker can import
    inputs: Mapping[str, Source | Output] = field(default_factory=dict)
    settings: Mapping[str, JSON] = field(default_factory=dict)
    version: str = ""  # a digest of the code and the libraries that make it
    owner: str = ""  # whose failure it is, in the caller's words
    seconds: float = 60.0  # until it is stopped
    memory: int = GIB + GIB // 2  # bytes by which its worker may grow


@dataclass(frozen=True, slots=True)
class Made:
    """What a step's function returns. With an error among its problems it has failed: files dropped."""

    files: Mapping[str, bytes]
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Key:
    """Everything that a step's files follow from. Two steps with equal keys make equal bytes."""

    run: str
    version: str
    settings: Mapping[str, JSON]
    inputs: Mapping[str, str]  # to digests

    def to_json(self) -> dict[str, Any]:
        """Return plain data, which one can print and compare."""
        return {
            "run": self.run,
            "version": self.version,
            "settings": self.settings,
            "inputs": self.inputs,
        }

    @property
    def digest(self) -> str:
        """The name of its record."""
        return digest_of(canonical(self.to_json()))


def key_of(step: Step, digest_of_output: Callable[[Output], str]) -> Key:
    """Return the key of a step whose inputs are all there."""
    inputs = {
        n: i.digest if isinstance(i, Source) else digest_of_output(i)
        for n, i in step.inputs.items()
    }
    return Key(step.run, step.version, step.settings, inputs)
