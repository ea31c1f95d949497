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
from typing import Literal, Self, TypeAlias, TypeVar

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
AnyStep: TypeAlias = Step[object]
MIB = 2**20
ROUNDS = 3  # a damaged object costs one more; a disk that loses new files is unusable


@dataclass(frozen=True, slots=True)
class _LostWorker:
    """What to report when a worker was lost, and whether to try the step once more."""

    code: str
    message: str
    try_again: bool = True


LOST = {
    "died": _LostWorker(
        code="B01",
        message="crashed twice ({detail})",
    ),
    "stopped": _LostWorker(
        code="B01",
        message="was stopped twice by another program",
    ),
    "memory": _LostWorker(
        code="B03",
        message="took more than {memory} MiB of memory, twice",
    ),
    "deadline": _LostWorker(
        code="B02",
        message="took longer than {seconds:g} seconds",
        try_again=False,  # it would reach its deadline again
    ),
}


@dataclass(frozen=True, slots=True)
class _Attempt:
    step: AnyStep
    key: Key
    reasons: tuple[str, ...]
    is_second: bool = False


def core_count() -> int:
    """Return how many cores this process may use, which containers can restrict."""
    if hasattr(os, "sched_getaffinity"):
        cores = os.sched_getaffinity(0)
        return len(cores)
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
        self._steps: dict[str, AnyStep] = {}
        self._sorter: TopologicalSorter[str] = TopologicalSorter()
        self._ready: deque[str] = deque()
        self._second_attempts: deque[_Attempt] = deque()
        self._started: list[AnyStep] = []
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

    def run(self, steps: Iterable[AnyStep]) -> dict[str, Outcome]:
        """Return the outcome of every step, by name; later steps may read their results.

        Raises `DamagedError` for a `StoredFile` that the store does not have: add it
        again, and call again. Raises B07 if the disk does not take what is made.
        Raises `ValueError` for two steps with one name, or an input that no step makes.
        """
        steps = tuple(steps)
        names = [step.name for step in steps]
        distinct_names = set(names)
        if len(distinct_names) < len(names):
            raise ValueError("two steps have the same name")
        all_names = distinct_names.union(self.outcomes)
        self._planned = len(all_names)
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
        outcome = self.outcomes.get(name)
        return outcome is not None and outcome.succeeded

    def digest(self, result: Result[T]) -> str:
        """Return the digest of a step's result. Raises `ValueError` without one."""
        outcome = self.outcomes[result.step]
        files = outcome.files
        if result.field not in files:
            made = ", ".join(files) or "nothing"
            message = f"{result.step} makes no {result.field}: {made}"
            raise ValueError(message)
        return files[result.field]

    def value(self, result: Result[T], kind: type[T]) -> T:
        """Return a step's result. Raises `ValueError` without one."""
        digest = self.digest(result)
        data = self.store.read(digest)
        return codec.decode(kind, data)

    def _run_round(self, steps: tuple[AnyStep, ...]) -> None:
        """Bring every step to its outcome, or find an input that is damaged."""
        self._steps = {step.name: step for step in steps}
        self._damaged = ""
        for step in steps:
            self._check_results(step)
        graph = {step.name: self._predecessors(step) for step in steps}
        sorter = TopologicalSorter(graph)
        sorter.prepare()
        self._sorter = sorter
        while sorter.is_active():
            self._ready.extend(sorter.get_ready())
            has_free_worker = len(self._running) < self._executor.jobs
            if self._ready and has_free_worker:
                name = self._ready.popleft()
                self._begin(self._steps[name])
                continue
            if self._second_attempts and not self._running:
                attempt = self._second_attempts.popleft()
                self._submit(attempt)
            self._report_started()
            for future in self._executor.wait(self._running):
                attempt = self._running.pop(future)
                self._finish(attempt, future)

    def _check_results(self, step: AnyStep) -> None:
        """Raise `ValueError` for the result of a step that does not exist."""
        for result in _results(step):
            source = result.step
            if source in self._steps or source in self.outcomes:
                continue
            message = f"{step.name} reads {result.field} of {source}"
            raise ValueError(f"{message}, which is no step")

    def _predecessors(self, step: AnyStep) -> set[str]:
        """Return the steps of this round that the step reads from."""
        sources = {result.step for result in _results(step)}
        return sources.intersection(self._steps)

    def _check_stored_inputs(self, steps: Iterable[AnyStep]) -> None:
        """Raise `DamagedError` for a stored file that is gone; forget values that are."""
        digests = list(self._digests.items())
        for value, digest in digests:
            if self.store.size(digest) < 0:
                del self._digests[value]
        for step in steps:
            references = step.references()
            for reference in references.values():
                if isinstance(reference, StoredFile):
                    self._check_stored_file(reference)

    def _check_stored_file(self, file: StoredFile[object]) -> None:
        if self.store.size(file.digest) < 0:
            raise DamagedError(file.digest)

    def _begin(self, step: AnyStep) -> None:
        """Skip the step, find its record, or start it."""
        sources = {result.step for result in _results(step)}
        missing = [name for name in sources if not self.succeeded(name)]
        if missing:
            names = ", ".join(sorted(missing))
            outcome = _skipped(step, f"without {names}")
            self._end(outcome)
            return
        key = self._key(step)
        record = self.store.find_record(key.digest)
        if record is not None:
            outcome = _recorded_outcome(step, record, "cached")
            self._end(outcome)
            return
        last = self.store.last_key(step.name)
        reasons = reasons_to_run(key, last, self._changed_fields)
        attempt = _Attempt(step, key, reasons)
        self._submit(attempt)

    def _key(self, step: AnyStep) -> Key:
        inputs = {}
        references = step.references()
        for place, reference in references.items():
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
            data = codec.encode(value.value)
            self._digests[value] = self.store.add(data)
        return self._digests[value]

    def _changed_fields(self, before: str, now: str) -> str:
        """Return the fields in which two stored values differ: " (links, tokens)"."""
        old = _read_fields(self.store, before)
        new = _read_fields(self.store, now)
        if old is None or new is None:
            return ""
        changed = [name for name in new if new[name] != old.get(name)]
        if not changed:
            return ""
        names = ", ".join(changed)
        return f" ({names})"

    def _submit(self, attempt: _Attempt) -> None:
        future = self._executor.start(attempt.key, self._limits)
        self._running[future] = attempt
        self._started.append(attempt.step)

    def _report_started(self) -> None:
        """Report what has started, once all workers are running.

        A progress bar may be a thread, and a process with threads cannot fork workers.
        """
        for step in self._started:
            self._report(step, None)
        self._started.clear()

    def _report(self, step: AnyStep, outcome: Outcome | None) -> None:
        ended = len(self.outcomes)
        event = Event(step, outcome, ended, self._planned)
        self._on_event(event)

    def _finish(self, attempt: _Attempt, future: Future[str]) -> None:
        """Turn the reply into an outcome, or keep the step for a second attempt."""
        reply = self._executor.reply(future)
        if reply.refused is not None:
            raise BriefpressError(reply.refused)
        if reply.lost:
            self._handle_lost_worker(attempt, reply)
            return
        step = attempt.step
        if reply.bug:
            message = f"{step.name} failed: {reply.bug}"
            bug = Problem("B04", message, brief=step.owner)
            outcome = _failed(attempt, bug, reply.traceback)
        elif reply.damaged:
            self._damaged = reply.damaged
            outcome = _skipped(step, "an input was damaged in the cache")
        else:
            key = attempt.key
            record = Record(key.to_json(), reply.files, reply.problems)
            self.store.save_record(step.name, key, record)
            recorded = _recorded_outcome(step, record, "done")
            outcome = replace(recorded, reasons=attempt.reasons)
        self._end(outcome)

    def _handle_lost_worker(self, attempt: _Attempt, reply: Reply) -> None:
        """Try the step once more, with nothing beside it, or report the loss."""
        lost = LOST[reply.lost]
        if lost.try_again and not attempt.is_second:
            second = replace(attempt, is_second=True)
            self._second_attempts.append(second)
            return
        limits = self._limits
        words = lost.message.format(
            detail=reply.lost_detail,
            seconds=limits.seconds,
            memory=limits.memory // MIB,
        )
        step = attempt.step
        message = f"{step.name} {words}"
        problem = Problem(lost.code, message, brief=step.owner)
        outcome = _failed(attempt, problem)
        self._end(outcome)

    def _end(self, outcome: Outcome) -> None:
        name = outcome.step.name
        self.outcomes[name] = outcome
        self._report(outcome.step, outcome)
        self._sorter.done(name)


def _results(step: AnyStep) -> list[Result[object]]:
    references = step.references()
    return [each for each in references.values() if isinstance(each, Result)]


def _failed(attempt: _Attempt, problem: Problem, traceback: str = "") -> Outcome:
    return Outcome(
        attempt.step,
        "failed",
        problems=(problem,),
        reasons=attempt.reasons,
        traceback=traceback,
    )


def _skipped(step: AnyStep, reason: str) -> Outcome:
    return Outcome(step, "skipped", reasons=(reason,))


def _recorded_outcome(
    step: AnyStep,
    record: Record,
    state: Literal["done", "cached"],
) -> Outcome:
    """Return the outcome that a record describes. A failed step is not run again."""
    problems = []
    for problem in record.problems:
        brief = problem.brief or step.owner
        of_brief = replace(problem, brief=brief)
        problems.append(of_brief)
    files = {}
    for name, file in record.files.items():
        digest, _ = file
        files[name] = digest
    return Outcome(
        step=step,
        state="failed" if record.failed else state,
        files=files,
        problems=tuple(problems),
    )


def _read_fields(store: Store, digest: str) -> dict[str, object] | None:
    """Return the fields of a stored value; None for anything but a dataclass."""
    try:
        data = store.read(digest)
        value = json.loads(data)
    except (DamagedError, ValueError):
        return None
    return value if isinstance(value, dict) else None
