"""Faults of the disk and shuffled folders, for programs with this folder on their path.

Environment variables switch them on.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from typing import Any, Self

if "TORTURE_FAIL" in os.environ:
    from disk_faults import fail_at

    count, kind, who, reached = os.environ["TORTURE_FAIL"].split(" ", 3)
    fail_at(int(count), kind, reached=reached, workers=who == "workers")

if "TORTURE_SHUFFLE" in os.environ:
    seed = os.environ["TORTURE_SHUFFLE"]
    generator = random.Random(seed)  # noqa: S311 - an order, not a secret
    listdir, scandir = os.listdir, os.scandir

    class Shuffled:
        """What `os.scandir` returns, in another order."""

        def __init__(self, path: Any = ".") -> None:
            """Read the folder to its end."""
            with scandir(path) as entries:
                found = list(entries)
            generator.shuffle(found)
            self._entries = iter(found)

        def __iter__(self) -> Iterator[Any]:
            """Return the entries."""
            return self._entries

        def __next__(self) -> Any:
            """Return the next entry."""
            return next(self._entries)

        def __enter__(self) -> Self:
            """Return the entries."""
            return self

        def __exit__(self, *_: object) -> None:
            """Do nothing: the folder has been read."""

        def close(self) -> None:
            """Do nothing, as above."""

    def shuffled(path: Any = ".") -> list[Any]:
        """Return what `os.listdir` returns, in another order."""
        found = listdir(path)
        generator.shuffle(found)
        return found

    os.listdir, os.scandir = shuffled, Shuffled  # type: ignore[assignment]
