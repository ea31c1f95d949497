"""What befalls a program of Python that has this folder on its path, and is told so by its environment."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from typing import Any, Self

if "ORDEAL_FAIL" in os.environ:
    from misfortune import fail_at

    count, kind, who, reached = os.environ["ORDEAL_FAIL"].split(" ", 3)
    fail_at(int(count), kind, reached=reached, workers=who == "workers")

if "ORDEAL_SHUFFLE" in os.environ:
    dice = random.Random(os.environ["ORDEAL_SHUFFLE"])  # noqa: S311 - an order, not a secret
    listdir, scandir = os.listdir, os.scandir

    class Shuffled:
        """What `os.scandir` returns, in another order."""

        def __init__(self, path: Any = ".") -> None:
            """Read the folder to its end."""
            with scandir(path) as entries:
                found = list(entries)
            dice.shuffle(found)
            self._entries = iter(found)

        def __iter__(self) -> Iterator[Any]:
            """Return the entries."""
            return self._entries

        def __next__(self) -> Any:
            """Return the next one."""
            return next(self._entries)

        def __enter__(self) -> Self:
            """Return the entries."""
            return self

        def __exit__(self, *_: object) -> None:
            """Close nothing: it was read to its end."""

        def close(self) -> None:
            """Likewise."""

    def shuffled(path: Any = ".") -> list[Any]:
        """Return what `os.listdir` returns, in another order."""
        found = listdir(path)
        dice.shuffle(found)
        return found

    os.listdir, os.scandir = shuffled, Shuffled  # type: ignore[assignment]
