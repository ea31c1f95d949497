"""The program is killed, the disk fails: the next build publishes what a clean one does."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from collections.abc import Callable
from os import kill
from pathlib import Path

import pytest

from torture_press import (
    MARK,
    Row,
    build,
    children,
    different_files,
    finish,
    is_tidy,
    orphans,
    published,
    start,
)

Stale = Callable[[object], Path]
ROUNDS = 30
STRIDE = {"KILL": 5, "EIO": 9, "ENOSPC": 9}


def half_files(
    project: Path, before: dict[str, bytes], clean: dict[str, bytes]
) -> list[str]:
    """Return the published files that are neither the old one nor the new one."""
    now = published(project / "build")
    return [
        name
        for name, data in now.items()
        if data not in {before.get(name), clean.get(name)}
    ]


def recovers(project: Path, clean: dict[str, bytes]) -> None:
    """Check that the next build is like a clean one, and the one after it has nothing to do."""
    build(project)
    assert different_files(published(project / "build"), clean) == []
    assert is_tidy(project)
    assert "nothing to do" in build(project)


def test_killed_at_random_moments(
    stale: Stale, clean: dict[str, bytes], row: Row
) -> None:
    project = stale("timed")
    before = published(project / "build")
    begun = time.monotonic()
    build(project)
    lasts = time.monotonic() - begun
    generator = random.Random(7)  # noqa: S311 - moments, not secrets
    reached = 0
    for number in range(ROUNDS):
        project = stale(number)
        process = start(project, **{MARK: f"random{number}"})
        time.sleep(lasts * (number + generator.random()) / ROUNDS)
        process.kill()
        process.communicate()
        reached += process.returncode == -signal.SIGKILL
        assert orphans(f"random{number}") == []
        assert half_files(project, before, clean) == []
        recovers(project, clean)
    row(
        "SIGKILL at random moments",
        ROUNDS,
        f"{reached} killed before their end; 0 orphans, 0 half files",
    )
    assert reached > ROUNDS * 2 // 3


@pytest.mark.parametrize("kind", STRIDE)
def test_every_kth_change_to_the_disk(
    stale: Stale, clean: dict[str, bytes], row: Row, kind: str
) -> None:
    rounds = reported = 0
    count = 1
    while True:
        project = stale(count)
        before = published(project / "build")
        reached = project.with_suffix(".reached")
        process = start(project, TORTURE_FAIL=f"{count} {kind} build {reached}")
        out, err = process.communicate(timeout=60)
        assert "Traceback" not in out + err, out + err
        assert process.returncode in (
            {-signal.SIGKILL} if kind == "KILL" and reached.exists() else {0, 1}
        ), out + err
        assert half_files(project, before, clean) == []
        recovers(project, clean)
        if not reached.exists():
            break
        rounds += 1
        reported += "cannot write" in err
        count += STRIDE[kind]
    result = (
        "0 half files"
        if kind == "KILL"
        else f"{reported} reported where; the others changed nothing"
    )
    row(
        f"{'SIGKILL' if kind == 'KILL' else kind} at every {STRIDE[kind]}th of {count} changes",
        rounds,
        result,
    )
    assert rounds > 10


def test_a_worker_is_killed_at_every_kth_change(
    stale: Stale, clean: dict[str, bytes], row: Row
) -> None:
    """The step is made again by another worker."""
    rounds, count = 0, 1
    while True:
        project = stale(count)
        reached = project.with_suffix(".reached")
        build(project, TORTURE_FAIL=f"{count} KILL workers {reached}")
        assert different_files(published(project / "build"), clean) == []
        if not reached.exists():
            break
        rounds += 1
        count += 4
    row(
        f"SIGKILL of a worker at every 4th of its {count} changes",
        rounds,
        "same bytes, status 0",
    )
    assert rounds > 1


def test_a_worker_is_stopped(stale: Stale, clean: dict[str, bytes], row: Row) -> None:
    rounds = 0
    for number in range(8):
        project = stale(number)
        process = start(project)
        until = time.monotonic() + 60
        while (
            not (workers := children(process))
            and process.poll() is None
            and time.monotonic() < until
        ):
            time.sleep(0.005)
        time.sleep(0.07 * number)
        if process.poll() is None and workers:
            rounds += 1
            stop(workers[number % len(workers)])
        finish(process)
        assert different_files(published(project / "build"), clean) == []
    row(
        "SIGSTOP of a worker",
        rounds,
        "its step made again by another; same bytes, status 0",
    )
    assert rounds > 4


def stop(pid: int) -> None:
    """Stop a process, if it is still there."""
    try:
        kill(pid, signal.SIGSTOP)
    except ProcessLookupError:
        return


def test_ended_by_signals(stale: Stale, clean: dict[str, bytes], row: Row) -> None:
    rounds = 0
    for name in ("INT", "TERM", "HUP", "QUIT"):
        for part in range(4):
            project = stale(f"{name}{part}")
            process = start(project, **{MARK: f"{name}{part}"})
            _wait(process, 0.3 + 0.5 * part)
            process.send_signal(getattr(signal, f"SIG{name}"))
            out, err = process.communicate(timeout=60)
            assert "Traceback" not in out + err, (name, out, err)
            number = getattr(signal, f"SIG{name}").value
            assert process.returncode in {0, 128 + number, -number}, (
                name,
                process.returncode,
                err,
            )
            assert orphans(f"{name}{part}") == []
            recovers(project, clean)
            rounds += 1
    row(
        "SIGINT, SIGTERM, SIGHUP, SIGQUIT",
        rounds,
        "0 orphans, 0 tracebacks; the next build is complete",
    )


def _wait(process: subprocess.Popen[str], seconds: float) -> None:
    until = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < until:
        time.sleep(0.02)
