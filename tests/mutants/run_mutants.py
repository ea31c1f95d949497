"""Put random faults into the program, one at a time, and count what the tests notice.

    python tests/mutants/run_mutants.py            # what `make mutants` runs
    python tests/mutants/run_mutants.py --again    # only those that survived last time

1. Draw mutants of document/, manuscript/, schema/, theme/ and editions/ (`draw.py`).
2. Run the quick tests once in an instrumented copy: which test runs which block of
   code, and how long it takes (`blocks.py`).
3. Run those that pass in a copy without a fault, in the way of step 4. They must pass.
4. For each mutant, in a copy of the tree, run the tests that run its line, up to the
   first that fails. Of a line that hundreds of tests run, those are run that together
   take `SECONDS_OF_TESTS`, the quickest files first. Every mutant has a process of its own, forked from one in which
   the libraries are loaded.

Mutants that no test can notice are listed in `equivalent.toml`, each with a reason.
The exit status is 1 if under 85 % of the others are caught.
"""

from __future__ import annotations

import argparse
import itertools
import json
import multiprocessing
import os
import re
import select
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from blocks import LOG, Coverage, instrument, read_log
from copies import QUICK, ROOT, copy_tree, environment_of
from draw import Mutant, draw

COUNT = 320
CAUGHT_AT_LEAST = 85  # per cent
EQUIVALENT_AT_MOST = 5  # per cent
AT_A_TIME = 2
SECONDS_OF_TESTS = 15.0  # for one mutant, as measured without a fault
PATIENCE = 20.0  # seconds that a test may take, besides ten times its usual time
PATIENCE_WITH_ALL = 300.0  # the same; pytest takes long to end after all tests
EQUIVALENT = Path(__file__).with_name("equivalent.toml")
RESULTS = ROOT / ".briefpress" / "mutants.json"
LIBRARIES = ("pytest", "jinja2", "markdown", "PIL.Image", "babel")
# pytest's exit statuses if a test fails, a test file or a conftest.py cannot be
# imported. The others are not the fault of a mutant.
CAUGHT = (1, 2, 4)
# These read the source, count digests of it or build it, instead of running it.
NOT_FOR_MUTANTS = ("test_house.py", "test_layers.py", "test_mutants.py")


@dataclass(frozen=True, slots=True)
class Recording:
    """What the tests do without a fault."""

    coverage: Coverage
    seconds: Mapping[str, float]  # of each test that passes

    def tests_for(self, mutant: Mutant) -> list[str]:
        """Return tests that run a mutant's line, the quickest files first."""
        tests = self.coverage.tests_of(mutant.file, mutant.line) & self.seconds.keys()
        files: dict[str, list[str]] = {}
        for test in sorted(tests, key=self.seconds.__getitem__):
            files.setdefault(test.partition("::")[0], []).append(test)
        in_turn = sorted(files.values(), key=self._seconds_of)
        tests_in_turn = [test for file in in_turn for test in file]
        totals = itertools.accumulate(self.seconds[test] for test in tests_in_turn)
        return [
            test
            for test, total in zip(tests_in_turn, totals, strict=True)
            if total <= SECONDS_OF_TESTS or test == tests_in_turn[0]
        ]

    def _seconds_of(self, tests: Iterable[str]) -> float:
        return sum(self.seconds[test] for test in tests)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a mutant."""

    mutant: Mutant
    caught: bool
    by: str  # the test, or why it was not caught
    seconds: float


def record(folder: Path) -> Recording:
    """Run the quick tests in an instrumented copy."""
    copy = copy_tree(folder / "recorded")
    blocks = instrument(copy)
    log, report = folder / "blocks", folder / "report.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-m", QUICK, "-n", str(AT_A_TIME)]
    command += ["--dist", "worksteal", "-p", "no:cacheprovider"]
    command += [f"--junitxml={report}", "-o", "junit_family=xunit1"]
    command += [f"--ignore=tests/{name}" for name in NOT_FOR_MUTANTS]
    environment = environment_of(copy, **{LOG: str(log)})
    subprocess.run(command, cwd=copy, env=environment, check=False, stdout=sys.stderr)
    return Recording(Coverage(blocks, read_log(log)), seconds_of_tests(report))


def seconds_of_tests(report: Path) -> dict[str, float]:
    """Return how long each test took that passed, from pytest's report."""
    import xml.etree.ElementTree as ET

    passed = {}
    for case in ET.parse(report).iter("testcase"):
        if len(case) == 0:
            name = f"{case.get('file')}::{case.get('name')}"
            passed[name] = float(case.get("time", 0))
    return passed


class UnfitTestsError(Exception):
    """The tests fail without a fault, or cannot be run: nothing can be said of it."""


def check_without_fault(recording: Recording, folder: Path) -> None:
    """Raise `UnfitTestsError` if the tests do not pass in a copy without a fault."""
    copy = copy_tree(folder / "without-fault")
    tests = sorted(recording.seconds)
    failed, by = run_tests(copy, tests, recording.seconds, PATIENCE_WITH_ALL)
    if failed:
        raise UnfitTestsError(f"without a fault: {by}")


def try_mutants(
    mutants: Sequence[Mutant], recording: Recording, folder: Path
) -> list[Result]:
    """Try the mutants in several processes, and print each result."""
    context = multiprocessing.get_context("fork")
    todo, done = context.SimpleQueue(), context.SimpleQueue()
    for number in [*range(len(mutants)), *[None] * AT_A_TIME]:
        todo.put(number)

    def work(copy: Path) -> None:
        while (number := todo.get()) is not None:
            try:
                result = try_mutant(mutants[number], recording, copy)
            except UnfitTestsError as error:
                done.put((number, error))
            else:
                done.put((number, result))

    workers = []
    for number in range(AT_A_TIME):
        copy = copy_tree(folder / f"copy-{number}")
        workers.append(context.Process(target=work, args=(copy,)))
        workers[-1].start()
    results: dict[int, Result] = {}
    for _ in mutants:
        number, result = done.get()
        if isinstance(result, UnfitTestsError):
            raise result
        results[number] = result
        word = "caught  " if result.caught else "SURVIVED"
        head = f"{len(results)}/{len(mutants)} {word} {result.seconds:.1f} s"
        sys.stdout.write(f"{head} {result.mutant}\n  {result.by}\n")
        sys.stdout.flush()
    for worker in workers:
        worker.join()
    return [results[number] for number in sorted(results)]


def try_mutant(mutant: Mutant, recording: Recording, copy: Path) -> Result:
    """Put a mutant into a copy, run the tests that run its line, and take it out."""
    start = time.monotonic()
    tests = recording.tests_for(mutant)
    if not tests:
        return Result(mutant, caught=False, by="no quick test runs it", seconds=0.0)
    path = copy / mutant.file
    original = path.read_text("utf-8")
    try:
        path.write_text(mutant.code(original), "utf-8")
        forget_compiled(path)
        caught, by = run_tests(copy, tests, recording.seconds)
    finally:
        path.write_text(original, "utf-8")
        forget_compiled(path)
    return Result(mutant, caught, by, time.monotonic() - start)


def forget_compiled(path: Path) -> None:
    """Remove the compiled file, which another of the same size and second may be."""
    for compiled in (path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"):
        compiled.unlink()


def run_tests(
    copy: Path,
    tests: Sequence[str],
    seconds: Mapping[str, float],
    patience: float = PATIENCE,
) -> tuple[bool, str]:
    """Return whether one of the tests fails, and which; a test that hangs has failed.

    Raises `UnfitTestsError` if pytest ends with an error of its own.
    """
    receive, send = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(receive)
        _run_pytest(copy, tests, send)
    os.close(send)
    test = _watch(receive, seconds, patience)
    hangs = test if test and not _has_ended(process) else ""
    if hangs:
        os.killpg(process, signal.SIGKILL)
    _, status = os.waitpid(process, 0)
    _end_group(process)
    os.close(receive)
    if hangs:
        return True, f"{test} hangs"
    code = os.waitstatus_to_exitcode(status)
    if code == 0:
        return False, f"not noticed by {len(tests)} tests"
    by = test or f"pytest ends with {code}"
    if code not in CAUGHT:
        raise UnfitTestsError(by)
    return True, by


class _Reporter:
    """A plugin for pytest that writes the name of each test before it runs."""

    def __init__(self, out: int) -> None:
        self.out = out

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Write the name of the test."""
        os.write(self.out, f"{nodeid}\n".encode())


def _run_pytest(copy: Path, tests: Sequence[str], out: int) -> None:
    """Run the tests in this process, which ends with pytest's exit status."""
    os.setsid()
    quiet = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(quiet, stream)
    os.chdir(copy)
    os.environ["PYTHONPATH"] = str(copy / "src")
    sys.path[:0] = [str(copy / "src"), str(copy / "tests"), str(copy / "tests/fuzz")]
    status = 3
    try:
        import pytest

        options = ["-x", "-q", "-p", "no:cacheprovider", *tests]
        status = int(pytest.main(options, plugins=[_Reporter(out)]))
    finally:
        os._exit(status)


def _watch(receive: int, seconds: Mapping[str, float], patience: float) -> str:
    """Return the last test that began when all ended, or one took too long."""
    test, rest, limit = "", "", 3 * patience
    while True:
        ready, _, _ = select.select([receive], [], [], limit)
        if not ready:
            return test or "the collection of tests"
        data = os.read(receive, 65536)
        if not data:
            return test
        *names, rest = (rest + data.decode(errors="replace")).split("\n")
        if names:
            test = names[-1]
            limit = patience + 10 * seconds.get(test, 0.0)


def _has_ended(process: int) -> bool:
    """Whether a process has ended, without waiting for long."""
    for _ in range(20):
        if os.waitid(os.P_PID, process, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            return True
        time.sleep(0.05)
    return False


def _end_group(process: int) -> None:
    """End what the tests left running."""
    try:
        os.killpg(process, signal.SIGKILL)
    except ProcessLookupError:
        return


@dataclass(frozen=True, slots=True)
class Equivalent:
    """A mutant that no test can notice, and why."""

    file: str
    before: str
    after: str
    reason: str

    def is_of(self, mutant: Mutant) -> bool:
        """Return whether this is the mutant."""
        places = (self.file, self.before, self.after)
        return places == (mutant.file, mutant.before, mutant.after)


def read_equivalent(file: Path = EQUIVALENT) -> list[Equivalent]:
    """Return the mutants that are listed as equivalent."""
    data = tomllib.loads(file.read_text("utf-8"))
    return [Equivalent(**entry) for entry in data.get("equivalent", [])]


def report(results: Sequence[Result], equivalent: Sequence[Equivalent]) -> int:
    """Print the survivors and the counts, and return the exit status."""
    survivors = [result for result in results if not result.caught]
    excused = [r for r in survivors if any(e.is_of(r.mutant) for e in equivalent)]
    wrong = [
        r for r in results if r.caught and any(e.is_of(r.mutant) for e in equivalent)
    ]
    for result in survivors:
        if result not in excused:
            sys.stdout.write(f"survived: {result.mutant}\n  {result.by}\n")
    for result in wrong:
        sys.stdout.write(f"listed as equivalent, but caught: {result.mutant}\n")
    packages = Counter(_package(result.mutant) for result in survivors)
    total = len(results) - len(excused)
    caught = len(results) - len(survivors)
    share = 100 * caught / max(1, total)
    equivalents = 100 * len(excused) / max(1, len(results))
    sys.stdout.write(
        f"{dict(packages.most_common())}\n"
        f"{len(results)} mutants: {caught} caught, {total - caught} survived, "
        f"{len(excused)} equivalent ({equivalents:.1f} %): {share:.1f} % caught\n"
    )
    bad = share < CAUGHT_AT_LEAST or equivalents > EQUIVALENT_AT_MOST or bool(wrong)
    return int(bad)


def _package(mutant: Mutant) -> str:
    """Return the package of a mutant, for the counts."""
    parts = mutant.file.split("/")[2:-1]
    return "/".join(parts[:2])


def save(results: Iterable[Result]) -> None:
    """Write the results, for `--again`."""
    rows = [
        {
            "file": result.mutant.file,
            "line": result.mutant.line,
            "before": result.mutant.before,
            "after": result.mutant.after,
            "caught": result.caught,
            "by": result.by,
        }
        for result in results
    ]
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(rows, indent=1), "utf-8")


def survivors_of_last_time() -> set[tuple[str, str, str]]:
    """Return file, line before and line after of those that survived."""
    rows = json.loads(RESULTS.read_text("utf-8"))
    return {
        (row["file"], row["before"], row["after"]) for row in rows if not row["caught"]
    }


def main() -> int:
    """Draw, record, try and report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--only", default="", help="files that match this pattern")
    parser.add_argument("--again", action="store_true", help="survivors of last time")
    chosen = parser.parse_args()
    start = time.monotonic()
    mutants = [m for m in draw(ROOT, chosen.count) if re.search(chosen.only, m.file)]
    if chosen.again:
        last = survivors_of_last_time()
        mutants = [m for m in mutants if (m.file, m.before, m.after) in last]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        recording = record(folder)
        for name in LIBRARIES:
            __import__(name)
        check_without_fault(recording, folder)
        results = try_mutants(mutants, recording, folder)
    if not chosen.again and not chosen.only:
        save(results)
    status = report(results, read_equivalent())
    minutes = (time.monotonic() - start) / 60
    sys.stdout.write(f"{minutes:.0f} minutes\n")
    return status


if __name__ == "__main__":
    raise SystemExit(main())
