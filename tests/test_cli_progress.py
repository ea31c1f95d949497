"""The progress of a build: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from briefpress.cli.build import BuildFraction
from small_press import new_project, project, run

__all__ = ["new_project", "project"]  # fixtures


def fractions_of(events: Iterable[tuple[int, int]]) -> list[float]:
    """Return the fraction after each event, which is steps that ended and steps known."""
    fraction = BuildFraction()
    return [fraction.advance(done, total) for done, total in events]


def events_of_runs(runs: Iterable[int]) -> list[tuple[int, int]]:
    """Return the events of engine runs with these numbers of steps, each from 0."""
    events = []
    for steps in runs:
        events += [(done, steps) for done in range(steps + 1)]
    return events


def events_of_growing_total(runs: Iterable[int]) -> list[tuple[int, int]]:
    """Return the events of engine runs that are counted together."""
    events = []
    done = 0
    for steps in runs:
        total = done + steps
        events += [(number, total) for number in range(done, total + 1)]
        done = total
    return events


RUNS = st.lists(st.integers(1, 30), min_size=1, max_size=8)


@given(RUNS, st.sampled_from([events_of_runs, events_of_growing_total]))
def test_the_fraction_never_falls(
    runs: list[int], events_of: Callable[[list[int]], list[tuple[int, int]]]
) -> None:
    # issue 10, item 4: a progress bar never starts again from zero
    fractions = fractions_of(events_of(runs))
    assert fractions == sorted(fractions)
    assert fractions[0] >= 0
    assert fractions[-1] <= 1


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=20))
def test_the_fraction_never_falls_whatever_the_engine_counts(
    events: list[tuple[int, int]],
) -> None:
    fractions = fractions_of((min(pair), max(pair)) for pair in events)
    assert fractions == sorted(fractions)


def test_the_bar_moves_in_every_stage_and_ends_full() -> None:
    fractions = fractions_of(events_of_growing_total([5, 20, 12, 1]))
    assert fractions[-1] == 1
    assert all(fraction < 1 for fraction in fractions[:-1])
    assert len(set(fractions)) == 1 + 5 + 20 + 12 + 1


@pytest.mark.slow
def test_the_bar_on_a_terminal_never_falls(project: Path) -> None:
    # issue 10, item 4: a progress bar never starts again from zero
    text = output_on_a_terminal("build", "--project", str(project))
    fractions = []
    for done, total, percent in re.findall(r"(\d+)/(\d+)|(\d+)%", text):
        fractions.append(int(percent) / 100 if percent else int(done) / int(total))
    assert len(fractions) > 10
    assert fractions == sorted(fractions)


def output_on_a_terminal(*arguments: str) -> str:
    """Return what briefpress prints on a terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "briefpress", *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "COLUMNS": "100", "TERM": "xterm"},
    )
    os.close(theirs)
    output = b""
    while True:
        try:
            data = os.read(ours, 65536)
        except OSError:  # Linux: the other end is closed
            break
        if not data:
            break
        output += data
    os.close(ours)
    assert process.wait() == 0
    return output.decode("utf-8", "replace")


@pytest.mark.slow
def test_a_log_has_a_line_for_each_pdf_and_epub(new_project: Path) -> None:
    done = run("build", new_project)
    lines = [line for line in done.stderr.splitlines() if line.startswith("made ")]
    assert sorted(lines) == ["made epub/a.epub", "made pdf/one.pdf", "made pdf/two.pdf"]


@pytest.mark.slow
def test_quiet_prints_nothing_if_there_are_no_errors(project: Path) -> None:
    done = run("build", project, "--quiet")
    assert (done.stdout, done.stderr) == ("", "")
