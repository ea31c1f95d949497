"""The engine: runs the steps whose inputs changed, on all cores, and explains why.

A step runs as soon as its inputs are there, unless the store has a record of its key.
`Engine` is the only part of a build that changes while it runs.
"""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from graphlib import TopologicalSorter
from types import TracebackType
from typing import Literal, Self, TypeVar

from briefpress.engine import codec
from briefpress.engine.executor import Reply, StepExecutor, StepLimits
from briefpress.engine.step import (
    Event,
    Key,
    Outcome,
    Result,
    Step,
    StoredFile,
    Value,
    reasons_to_run,
)
from briefpress.engine.store import DamagedError, Record, Store
from briefpress.problems import BriefpressError, Problem

T = TypeVar("T")
MIB = 2**20
ROUNDS = 3  # a damaged object costs one more; a disk that loses new files is unusable


@dataclass(frozen=True, slots=True)
class _LostWorker:
    """What to report when a worker was lost, and whether to try the step once more."""

    code: str
    message: str
    try_again: bool = True


LOST = {
    "died": _LostWorker("B01", "ended its process {detail}, twice"),
    "stopped": _LostWorker("B01", "had its process stopped from outside, twice"),
    "memory": _LostWorker("B03", "took more than {memory} MiB of memory, twice"),
    # It would reach its deadline again.
    "deadline": _LostWorker(
        "B02", "took longer than {seconds:g} seconds", try_again=False
    ),
}


@dataclass(frozen=True, slots=True)
class _Attempt:
    step: Step[object]
    key: Key
    reasons: tuple[str, ...]
    is_second: bool = False


def core_count() -> int:
    """Return how many cores this process may use, which containers can restrict."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Engine:
    """Runs steps with workers that stay warm between calls of `run`. Use it in a `with`.

    Its workers live as long as the thread that calls `run`: on Linux they die with it.
    """

    def __init__(
        self,
        store: Store,
        executor: StepExecutor,
        *,
        version: str = "",
        limits: StepLimits = StepLimits(),  # noqa: B008 - it is frozen
        on_event: Callable[[Event], None] = lambda _: None,
    ) -> None:
        """Start nothing yet. `version` is part of every key: code and libraries."""
        self.store = store
        self.outcomes: dict[str, Outcome] = {}
        self._executor = executor
        self._version = version
        self._limits = limits
        self._on_event = on_event
        self._digests: dict[Value[object], str] = {}
        self._planned = 0  # steps of all calls of `run`
        # The round in progress:
        self._steps: dict[str, Step[object]] = {}
        self._sorter: TopologicalSorter[str] = TopologicalSorter()
        self._ready: deque[str] = deque()
        self._second_attempts: deque[_Attempt] = deque()
        self._started: list[Step[object]] = []
        self._running: dict[Future[str], _Attempt] = {}
        self._damaged = ""  # the digest of an input that the store has lost

    def __enter__(self) -> Self:
        """Return the engine."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End every worker at once."""
        self._executor.close()

    def run(self, steps: Iterable[Step[object]]) -> dict[str, Outcome]:
        """Return the outcome of every step, by name; later steps may read their results.

        Raises `DamagedError` for a `StoredFile` that the store does not have: add it
        again, and call again. Raises B07 if the disk does not take what is made.
        Raises `ValueError` for two steps with one name, or an input that no step makes.
        """
        steps = tuple(steps)
        names = [step.name for step in steps]
        if len(set(names)) < len(names):
            raise ValueError("two steps have the same name")
        self._planned = len(self.outcomes.keys() | set(names))
        for _ in range(ROUNDS):
            for name in names:
                self.outcomes.pop(name, None)
            self._run_round(steps)
            self._check_stored_inputs(steps)
            if not self._damaged:
                return {name: self.outcomes[name] for name in names}
        raise DamagedError(self._damaged)

    def succeeded(self, name: str) -> bool:
        """Return whether the step of this name ran, in this build or an earlier one."""
        return name in self.outcomes and self.outcomes[name].succeeded

    def digest(self, result: Result[T]) -> str:
        """Return the digest of a step's result. Raises `ValueError` without one."""
        files = self.outcomes[result.step].files
        if result.field not in files:
            made = ", ".join(files) or "nothing"
            raise ValueError(f"{result.step} makes no {result.field}: {made}")
        return files[result.field]

    def value(self, result: Result[T], kind: type[T]) -> T:
        """Return a step's result. Raises `ValueError` without one."""
        return codec.decode(kind, self.store.read(self.digest(result)))

    def _run_round(self, steps: tuple[Step[object], ...]) -> None:
        """Bring every step to its outcome, or find an input that is damaged."""
        self._steps = {step.name: step for step in steps}
        self._damaged = ""
        for step in steps:
            self._check_results(step)
        graph = {step.name: self._predecessors(step) for step in steps}
        self._sorter = TopologicalSorter(graph)
        self._sorter.prepare()
        while self._sorter.is_active():
            self._ready.extend(self._sorter.get_ready())
            if self._ready and len(self._running) < self._executor.jobs:
                self._begin(self._steps[self._ready.popleft()])
                continue
            if self._second_attempts and not self._running:
                self._submit(self._second_attempts.popleft())
            self._report_started()
            for future in self._executor.wait(self._running):
                self._finish(self._running.pop(future), future)

    def _check_results(self, step: Step[object]) -> None:
        """Raise `ValueError` for the result of a step that does not exist."""
        for result in _results(step):
            if result.step not in self._steps and result.step not in self.outcomes:
                message = f"{step.name} reads {result.field} of {result.step}"
                raise ValueError(f"{message}, which is no step")

    def _predecessors(self, step: Step[object]) -> set[str]:
        """Return the steps of this round that the step reads from."""
        return {each.step for each in _results(step) if each.step in self._steps}

    def _check_stored_inputs(self, steps: Iterable[Step[object]]) -> None:
        """Raise `DamagedError` for a stored file that is gone; forget values that are."""
        for value, digest in list(self._digests.items()):
            if self.store.size(digest) < 0:
                del self._digests[value]
        for step in steps:
            for reference in step.references().values():
                if isinstance(reference, StoredFile):
                    self._check_stored_file(reference)

    def _check_stored_file(self, file: StoredFile) -> None:
        if self.store.size(file.digest) < 0:
            raise DamagedError(file.digest)

    def _begin(self, step: Step[object]) -> None:
        """Skip the step, find its record, or start it."""
        sources = {result.step for result in _results(step)}
        missing = sorted(name for name in sources if not self.succeeded(name))
        if missing:
            reason = f"without {', '.join(missing)}"
            self._end(Outcome(step, "skipped", reasons=(reason,)))
            return
        key = self._key(step)
        record = self.store.find_record(key.digest)
        if record is not None:
            self._end(_recorded_outcome(step, record, "cached"))
            return
        last = self.store.last_key(step.name)
        reasons = reasons_to_run(key, last, self._changed_fields)
        self._submit(_Attempt(step, key, reasons))

    def _key(self, step: Step[object]) -> Key:
        inputs = {}
        for place, reference in step.references().items():
            if isinstance(reference, Value):
                inputs[place] = self._digest_of_value(reference)
            elif isinstance(reference, StoredFile):
                inputs[place] = reference.digest
            else:
                inputs[place] = self.digest(reference)
        return Key(step.function_name, self._version, inputs)

    def _digest_of_value(self, value: Value[object]) -> str:
        """Return the digest of a value, which is encoded and stored once."""
        if value not in self._digests:
            self._digests[value] = self.store.add(codec.encode(value.value))
        return self._digests[value]

    def _changed_fields(self, before: str, now: str) -> str:
        """Return the fields in which two stored values differ: " (links, tokens)"."""
        try:
            old = json.loads(self.store.read(before))
            new = json.loads(self.store.read(now))
        except (DamagedError, ValueError):
            return ""
        if not isinstance(old, dict) or not isinstance(new, dict):
            return ""
        changed = [name for name in new if new[name] != old.get(name)]
        return f" ({', '.join(changed)})" if changed else ""

    def _submit(self, attempt: _Attempt) -> None:
        future = self._executor.start(attempt.key, self._limits)
        self._running[future] = attempt
        self._started.append(attempt.step)

    def _report_started(self) -> None:
        """Report what has started, once all workers are running.

        A progress bar may be a thread, and a process with threads cannot fork workers.
        """
        for step in self._started:
            self._on_event(Event(step, None, len(self.outcomes), self._planned))
        self._started.clear()

    def _finish(self, attempt: _Attempt, future: Future[str]) -> None:
        """Turn the reply into an outcome, or keep the step for a second attempt."""
        step = attempt.step
        reply = self._executor.reply(future)
        if reply.refused is not None:
            raise BriefpressError(reply.refused)
        if reply.lost:
            self._handle_lost_worker(attempt, reply)
        elif reply.bug:
            message = f"{step.name} failed: {reply.bug}"
            bug = Problem("B04", message, brief=step.owner)
            self._end(_failed(attempt, bug, reply.traceback))
        elif reply.damaged:
            self._damaged = reply.damaged
            reason = "an input was damaged in the cache"
            self._end(Outcome(step, "skipped", reasons=(reason,)))
        else:
            record = Record(attempt.key.to_json(), reply.files, reply.problems)
            self.store.save_record(step.name, attempt.key, record)
            outcome = _recorded_outcome(step, record, "done")
            self._end(replace(outcome, reasons=attempt.reasons))

    def _handle_lost_worker(self, attempt: _Attempt, reply: Reply) -> None:
        """Try the step once more, with nothing beside it, or report the loss."""
        lost = LOST[reply.lost]
        if lost.try_again and not attempt.is_second:
            self._second_attempts.append(replace(attempt, is_second=True))
            return
        words = lost.message.format(
            detail=reply.lost_detail,
            seconds=self._limits.seconds,
            memory=self._limits.memory // MIB,
        )
        step = attempt.step
        problem = Problem(lost.code, f"{step.name} {words}", brief=step.owner)
        self._end(_failed(attempt, problem))

    def _end(self, outcome: Outcome) -> None:
        name = outcome.step.name
        self.outcomes[name] = outcome
        event = Event(outcome.step, outcome, len(self.outcomes), self._planned)
        self._on_event(event)
        self._sorter.done(name)


def _results(step: Step[object]) -> list[Result[object]]:
    references = step.references().values()
    return [each for each in references if isinstance(each, Result)]


def _failed(attempt: _Attempt, problem: Problem, traceback: str = "") -> Outcome:
    return Outcome(
        attempt.step,
        "failed",
        problems=(problem,),
        reasons=attempt.reasons,
        traceback=traceback,
    )


def _recorded_outcome(
    step: Step[object], record: Record, state: Literal["done", "cached"]
) -> Outcome:
    """Return the outcome that a record describes. A failed step is not run again."""
    problems = tuple(
        replace(problem, brief=problem.brief or step.owner)
        for problem in record.problems
    )
    files = {name: digest for name, (digest, _) in record.files.items()}
    if record.failed:
        return Outcome(step, "failed", files, problems)
    return Outcome(step, state, files, problems)
