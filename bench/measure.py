"""The cost of a command and its children: elapsed time, processor time, memory."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

INTERVAL = 0.05  # seconds between two looks at the memory
OUTPUT = "output.txt"  # what a measured command printed, in its working folder


@dataclass(frozen=True)
class Cost:
    """The cost of one run."""

    wall: float  # seconds
    cpu: float  # seconds, user and system, with all children
    peak: int  # bytes of all processes at one time; shared pages count once
    largest: int  # bytes of the largest process

    @property
    def mib(self) -> float:
        """The peak in MiB."""
        return self.peak / 2**20


def measure(
    command: Sequence[str | Path],
    folder: Path,
    environment: Mapping[str, str] | None = None,
) -> Cost:
    """Run a command and return its cost.

    Raises `RuntimeError` with the end of its output if it fails.
    """
    start = time.perf_counter()
    with (folder / OUTPUT).open("wb") as output:
        process = subprocess.Popen(
            [str(word) for word in command],
            cwd=folder,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        watch = MemoryWatch(process.pid)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        peak = watch.stop()
    if process.returncode:
        end_of_output = (folder / OUTPUT).read_text()[-3000:]
        raise RuntimeError(
            f"{command} ended with {process.returncode}:\n{end_of_output}"
        )
    largest = usage.ru_maxrss * 1024
    return Cost(wall, usage.ru_utime + usage.ru_stime, max(peak, largest), largest)


def best(command: Sequence[str | Path], folder: Path, times: int) -> Cost:
    """Return the run with the least processor time: other work disturbs it least."""
    return min(
        (measure(command, folder) for _ in range(times)), key=lambda cost: cost.cpu
    )


class MemoryWatch:
    """Measures the memory of a process and its children in a thread, until `stop`."""

    def __init__(self, pid: int) -> None:
        """Start the thread."""
        self.peak = 0
        self._pid = pid
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def stop(self) -> int:
        """Return the most bytes that were measured."""
        self._ended.set()
        self._thread.join()
        return self.peak

    def _look(self) -> None:
        while not self._ended.wait(INTERVAL):
            memory = sum(_memory_of(pid) for pid in _process_tree(self._pid))
            self.peak = max(self.peak, memory)


def _process_tree(pid: int) -> list[int]:
    """Return a process and all its descendants."""
    try:
        words = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    except OSError:
        return []
    tree = [pid]
    for word in words:
        tree += _process_tree(int(word))
    return tree


def _memory_of(pid: int) -> int:
    """Return the bytes of a process; a page shared by n processes counts as 1/n (PSS)."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
    except OSError:
        return 0
    for line in lines:
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0
