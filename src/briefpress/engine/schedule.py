"""The order of a build: each step runs as soon as its inputs are there, unless its key has a record already."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, replace
from graphlib import TopologicalSorter
from typing import Any

from briefpress.engine.explain import why
from briefpress.engine.hands import Hands
from briefpress.engine.outcome import Event, Outcome
from briefpress.engine.step import Key, Output, Step, key_of
from briefpress.engine.store import Record, Store
from briefpress.problems import BriefpressError, Problem

MIB = 2**20
LOST = {  # what became of the worker, to a code of problems.toml and what to say
    "died": ("B01", "ended its process {detail}, twice"),
    "stopped": ("B01", "had its process stopped from outside, twice"),
    "deadline": ("B02", "took longer than {seconds:g} seconds, twice"),
    "memory": ("B03", "took more than {memory} MiB of memory, twice"),
}


@dataclass(frozen=True, slots=True)
class _Try:
    step: Step
    key: Key
    why: tuple[str, ...]
    again: bool = False  # its worker was lost once, so nothing else runs beside it


class Schedule:
    """One pass over the steps. `damaged` is what the store turned out to lack: another pass makes it again."""

    def __init__(
        self,
        steps: Iterable[Step],
        earlier: Mapping[str, Outcome],
        store: Store,
        hands: Hands,
        on_event: Callable[[Event], None],
    ) -> None:
        """Order the steps. Raises `ValueError` for two of one name, or an input that is no step's."""
        steps = tuple(steps)
        self._steps = {step.name: step for step in steps}
        if len(self._steps) < len(steps):
            raise ValueError("two steps have the same name")
        self._store, self._hands, self._on_event = store, hands, on_event
        self._outcomes = dict(earlier)
        for step in steps:
            self._check_inputs(step)
        self._sorter = TopologicalSorter(
            {step.name: self._before(step) for step in steps}
        )
        self._ready: deque[str] = deque()
        self._alone: deque[_Try] = deque()
        self._begun: list[Step] = []
        self._running: dict[Future[Any], _Try] = {}
        self.outcomes: dict[str, Outcome] = {}
        self.damaged = ""

    def _before(self, step: Step) -> set[str]:
        """Return the steps of this pass whose outputs the step reads."""
        return {
            i.step
            for i in step.inputs.values()
            if isinstance(i, Output) and i.step in self._steps
        }

    def _check_inputs(self, step: Step) -> None:
        """Raise `ValueError` for an output of a step that nobody has heard of."""
        for source in step.inputs.values():
            if isinstance(source, Output) and not (
                source.step in self._steps or source.step in self._outcomes
            ):
                raise ValueError(
                    f"{step.name} reads {source.name} of {source.step}, which is no step"
                )

    def _digest(self, source: Output) -> str:
        """Return the digest of what another step made."""
        files = self._outcomes[source.step].files
        if source.name not in files:
            raise ValueError(
                f"{source.step} makes no {source.name}: {', '.join(files) or 'nothing'}"
            )
        return files[source.name]

    def run(self) -> None:
        """Bring every step to its outcome."""
        self._sorter.prepare()
        while self._sorter.is_active():
            self._ready.extend(self._sorter.get_ready())
            if self._ready and len(self._running) < self._hands.jobs:
                self._begin(self._steps[self._ready.popleft()])
                continue
            if not self._running and self._alone:
                self._submit(self._alone.popleft())
            self._tell_begun()
            for future in self._hands.wait(self._running):
                self._take(self._running.pop(future), future)

    def _begin(self, step: Step) -> None:
        """Skip the step, find its record, or have it run."""
        lacking = sorted(
            {
                i.step
                for i in step.inputs.values()
                if isinstance(i, Output) and not self._good(i.step)
            }
        )
        if lacking:
            self._end(Outcome(step, "skipped", why=(f"without {', '.join(lacking)}",)))
            return
        key = key_of(step, self._digest)
        record = self._store.find_record(key.digest)
        if record is not None:
            self._end(_told(step, record, "cached"))
        else:
            self._submit(_Try(step, key, why(key, self._store.last_key(step.name))))

    def _good(self, name: str) -> bool:
        return self._outcomes[name].good

    def _submit(self, attempt: _Try) -> None:
        self._running[self._hands.start(attempt.step, attempt.key)] = attempt
        self._begun.append(attempt.step)

    def _tell_begun(self) -> None:
        """Tell what has begun once all workers are started: a progress bar may be a thread, and then none can fork."""
        for step in self._begun:
            self._on_event(Event(step, None, len(self.outcomes), len(self._steps)))
        self._begun.clear()

    def _take(self, attempt: _Try, future: Future[Any]) -> None:
        """Make an outcome of what came back, or keep the step for a second try."""
        step = attempt.step
        result = self._hands.result(future)
        if "lost" in result and not attempt.again:
            self._alone.append(replace(attempt, again=True))
        elif "lost" in result:
            self._end(
                Outcome(
                    step, "failed", problems=(_lost(step, result),), why=attempt.why
                )
            )
        elif "raised" in result:
            bug = Problem(
                "B04", f"{step.name} broke: {result['raised']}", brief=step.owner
            )
            self._end(
                Outcome(
                    step,
                    "failed",
                    problems=(bug,),
                    why=attempt.why,
                    traceback=result["traceback"],
                )
            )
        elif "refused" in result:
            raise BriefpressError(Problem.from_json(result["refused"]))
        elif "damaged" in result:
            self.damaged = result["damaged"]
            self._end(
                Outcome(step, "skipped", why=("an input was damaged in the cache",))
            )
        else:
            problems = tuple(Problem.from_json(p) for p in result["problems"])
            record = Record(
                attempt.key.to_json(),
                {n: tuple(f) for n, f in result["files"].items()},
                problems,
            )
            self._store.save_record(step.name, attempt.key, record)
            self._end(replace(_told(step, record, "done"), why=attempt.why))

    def _end(self, outcome: Outcome) -> None:
        name = outcome.step.name
        self.outcomes[name] = self._outcomes[name] = outcome
        self._on_event(
            Event(outcome.step, outcome, len(self.outcomes), len(self._steps))
        )
        self._sorter.done(name)


def _told(step: Step, record: Record, state: str) -> Outcome:
    """Return the outcome that a record tells. A step that failed by its own word fails again without being run."""
    problems = tuple(replace(p, brief=p.brief or step.owner) for p in record.problems)
    files = {name: digest for name, (digest, _) in record.files.items()}
    return Outcome(step, "failed" if record.failed else state, files, problems)  # type: ignore[arg-type]


def _lost(step: Step, result: Mapping[str, Any]) -> Problem:
    """Return the error for a step that has lost two workers."""
    code, words = LOST[result["lost"]]
    said = words.format(
        detail=result.get("detail", ""), seconds=step.seconds, memory=step.memory // MIB
    )
    return Problem(code, f"{step.name} {said}", brief=step.owner)
