"""The progress of a build: a bar on a terminal, elsewhere one line for each edition."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Self

import click

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from briefpress.engine.step import Event

LOGGED_EDITIONS = ("pdf", "epub")  # a log names these; the other steps are short

# Where the bar is at the end of each stage of a build: documents, PDFs, web pages and
# books, list of editions. The steps of a stage are known only when it starts.
STAGE_ENDS = (0.1, 0.75, 0.95, 1.0)


class BuildFraction:
    """How much of a build is done, from 0 to 1. It never falls."""

    def __init__(self) -> None:
        """Start before the first stage."""
        self._fraction = 0.0
        self._stage = -1
        self._done_before = 0  # steps of earlier stages that `done` includes
        self._done = 0
        self._total = 0

    def advance(self, done: int, total: int) -> float:
        """Return the fraction when `done` of the `total` steps known so far have ended.

        A stage starts when the total changes, or when the steps are counted from 0 again.
        """
        starts_again = done < self._done
        if starts_again or total != self._total:
            self._stage += 1
            self._done_before = 0 if starts_again else self._done
        self._done, self._total = done, total
        steps = total - self._done_before
        if steps > 0:
            start, end = self._stage_bounds()
            done_in_stage = (done - self._done_before) / steps
            fraction = start + (end - start) * done_in_stage
            self._fraction = max(self._fraction, fraction)
        return self._fraction

    def _stage_bounds(self) -> tuple[float, float]:
        """Return the fractions at which the current stage starts and ends."""
        bounds = (0.0, *STAGE_ENDS, 1.0)
        number = min(self._stage, len(STAGE_ENDS))
        return bounds[number], bounds[number + 1]


class BuildProgress:
    """Shows the events of a build. Use it in a `with`: it removes the bar at the end."""

    def __init__(self, *, quiet: bool) -> None:
        """Show nothing yet: a build with nothing to do shows no bar."""
        self._quiet = quiet
        self._fraction = BuildFraction()
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        """Return the progress."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Remove the bar, also after Ctrl-C."""
        if self._bar is not None:
            self._bar.stop()

    def show(self, event: Event) -> None:
        """Show an event of the build."""
        if self._quiet:
            return
        if sys.stderr.isatty():
            self._move_bar(event)
        elif event.outcome is not None and event.outcome.state == "done":
            _log_edition(event.step.name)

    def _move_bar(self, event: Event) -> None:
        """Show how much is done, the time left, and the step that started or ended."""
        if self._bar is None or self._task is None:
            self._bar = _new_bar()
            self._task = self._bar.add_task("", total=1.0)
            self._bar.start()
        fraction = self._fraction.advance(event.done, event.total)
        self._bar.update(self._task, completed=fraction, description=event.step.name)
        # A bar that refreshes itself has a thread, and a process with threads cannot
        # fork its workers.
        self._bar.refresh()


def _log_edition(step: str) -> None:
    kind, _, name = step.partition("/")
    if kind in LOGGED_EDITIONS:
        click.echo(f"made {kind}/{name}.{kind}", err=True)


def _new_bar() -> Progress:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    return Progress(
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}"),
        console=Console(stderr=True),
        transient=True,
        auto_refresh=False,
    )
