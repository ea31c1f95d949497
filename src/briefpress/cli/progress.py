"""Progress on long work: a bar on a terminal, a plain line for each edition elsewhere, nothing when asked for quiet."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Self

import click

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

    from briefpress.engine.outcome import Event

SHOWN = {
    "pdf": "set",
    "epub": "bound",
}  # what a plain log names; the other steps are short


class Progress:
    """Tells how far a build has come, as a context that cleans up after itself on Ctrl-C too."""

    def __init__(self, quiet: bool) -> None:
        """Choose by where the words go."""
        self._quiet = quiet
        self._bar: Bar | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        """Show nothing yet: a build that has nothing to do shows no bar."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()

    def event(self, event: Event) -> None:
        """Take note of what a build did."""
        if self._quiet:
            return
        if sys.stderr.isatty():
            self._show(event)
        elif event.outcome is not None and event.outcome.state == "done":
            kind, _, name = event.step.name.partition("/")
            if kind in SHOWN:
                click.echo(f"{SHOWN[kind]:<6}  {name}", err=True)

    def _show(self, event: Event) -> None:
        """Move the bar: what is being set, how many of how many, the time left."""
        if self._bar is None or self._task is None:
            from rich.console import Console
            from rich.progress import (
                BarColumn,
                MofNCompleteColumn,
                Progress,
                TextColumn,
                TimeRemainingColumn,
            )

            columns = (
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
                TextColumn("{task.description}"),
            )
            self._bar = Progress(
                *columns,
                console=Console(stderr=True),
                transient=True,
                auto_refresh=False,
            )
            self._task = self._bar.add_task("", total=None)
            self._bar.start()
        self._bar.update(
            self._task,
            description=event.step.name,
            completed=event.done,
            total=event.total,
        )
        self._bar.refresh()  # by itself it would need a thread, and a process with threads cannot fork its workers
