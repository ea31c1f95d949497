"""The engine: makes what has changed, on all cores, and says for every step what became of it and why."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from types import TracebackType
from typing import Self

from briefpress.engine.hands import Hands, Here
from briefpress.engine.outcome import Event, Outcome
from briefpress.engine.schedule import Schedule
from briefpress.engine.step import Source, Step
from briefpress.engine.store import DamagedError, Store

ROUNDS = 3  # a damaged object costs one more; a disk that loses what it was just given is beyond us


class Engine:
    """Makes steps with workers that stay warm from one call of `make` to the next. Use it as a context.

    Its workers live as long as the thread that calls `make`: on Linux they die with it.
    """

    def __init__(
        self,
        store: Store,
        jobs: int = 0,
        *,
        preload: Iterable[str] = (),
        on_event: Callable[[Event], None] = lambda _: None,
        executor: Executor | None = None,
        version: str = "",
    ) -> None:
        """Start nothing yet. `jobs`: 0 is one for every core that this process may use.

        An executor of another kind (`cluster`) gets steps as bytes, `jobs` at a time; its owner closes it. `version`
        names a function, "package.module:name", that must say there what stands as the version of the steps.
        """
        self._store = store
        jobs = jobs or _cores()
        self._hands: Hands = Here(store, jobs, preload)
        if executor is not None:
            from briefpress.engine.away import Away

            self._hands = Away(store, jobs, preload, executor, version)
        self._on_event = on_event
        self._outcomes: dict[str, Outcome] = {}

    def __enter__(self) -> Self:
        """Return the engine."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """End every worker at once."""
        self._hands.close()

    def make(self, steps: Iterable[Step]) -> dict[str, Outcome]:
        """Return the outcome of every step, by name. Inputs may be outputs of earlier calls.

        Raises `DamagedError` for a `Source` that the store does not have: add it again, and call again.
        Raises B07 when the disk does not take what is made.
        """
        steps = tuple(steps)
        for _ in range(ROUNDS):
            schedule = Schedule(
                steps, self._outcomes, self._store, self._hands, self._on_event
            )
            schedule.run()
            self._check_sources(steps)
            if not schedule.damaged:
                break
        else:
            raise DamagedError(schedule.damaged)
        self._outcomes |= schedule.outcomes
        return schedule.outcomes

    def _check_sources(self, steps: Iterable[Step]) -> None:
        """See that every source is there. One that was found damaged is gone by now."""
        for digest in {
            i.digest
            for step in steps
            for i in step.inputs.values()
            if isinstance(i, Source)
        }:
            if self._store.size(digest) < 0:
                raise DamagedError(digest)


def _cores() -> int:
    """Return how many cores this process may use, which in a container can be fewer than there are."""
    return (
        len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count() or 1
    )
