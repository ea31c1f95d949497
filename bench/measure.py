"""What a command costs: time on the wall, processor time, and memory, of it and all that it starts."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

TICK = 0.05


@dataclass(frozen=True)
class Cost:
    """One run."""

    wall: float  # seconds
    cpu: float  # seconds, user and system, with all children
    peak: int  # bytes: the most that the process and its children held at one time, shared pages counted once
    largest: int  # bytes: the most that one of them held

    @property
    def mib(self) -> float:
        """The peak in MiB."""
        return self.peak / 2**20


def measure(
    command: Sequence[str | Path],
    folder: Path,
    environment: Mapping[str, str] | None = None,
) -> Cost:
    """Run a command to its end and return its cost. Raises `RuntimeError` with what it said when it fails."""
    start = time.perf_counter()
    with (folder / "said.txt").open("wb") as said:
        process = subprocess.Popen(
            [str(word) for word in command],
            cwd=folder,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
        )
        watch = Watch(process.pid)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        peak = watch.stop()
    if process.returncode:
        raise RuntimeError(
            f"{command} ended with {process.returncode}:\n{(folder / 'said.txt').read_text()[-3000:]}"
        )
    largest = usage.ru_maxrss * 1024
    return Cost(wall, usage.ru_utime + usage.ru_stime, max(peak, largest), largest)


def best(command: Sequence[str | Path], folder: Path, times: int) -> Cost:
    """Return the run of several that took the least processor time: the others were disturbed."""
    return min(
        (measure(command, folder) for _ in range(times)), key=lambda cost: cost.cpu
    )


class Watch:
    """Looks at a process and its children until it is stopped, and keeps the most memory that it saw."""

    def __init__(self, pid: int) -> None:
        """Begin to look."""
        self.peak = 0
        self._pid = pid
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def stop(self) -> int:
        """Return the most bytes that were seen."""
        self._ended.set()
        self._thread.join()
        return self.peak

    def _look(self) -> None:
        while not self._ended.wait(TICK):
            self.peak = max(self.peak, sum(_held(pid) for pid in _family(self._pid)))


def _family(pid: int) -> list[int]:
    """Return a process and all below it."""
    try:
        words = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    except OSError:
        return []
    return [pid, *(member for word in words for member in _family(int(word)))]


def _held(pid: int) -> int:
    """Return how many bytes a process holds; a page that it shares counts by its part."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
        return next(
            int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")
        )
    except (OSError, StopIteration):
        return 0
