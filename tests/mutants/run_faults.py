"""Put each known fault into a copy of the program, and see that the quick tests fail.

    python tests/mutants/run_faults.py [NAME ...]

A fault is a file `tests/mutants/NN-name.toml`:

    fault = "The theme of the program wins over that of the brief."
    file = "src/briefpress/press.py"
    old = "what stands there, exactly once"
    new = "what is put in its place"
    tests = ["tests/test_theme.py"]       # the files whose quick tests notice it

With several places it has `[[change]]` tables of `file`, `old` and `new`. The exit
status is 1 if a fault is not noticed, or if `old` is not there any more.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import tomllib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from copies import ROOT, copy_tree, run_quick_tests

FOLDER = Path(__file__).parent
AT_A_TIME = 2
FAILED = 1  # pytest's exit status if a test fails; 2 to 5 are errors of another kind


class DoesNotApplyError(Exception):
    """The text that a fault replaces is not there exactly once."""


@dataclass(frozen=True, slots=True)
class Change:
    """A text in a file, and what is put in its place."""

    file: str
    old: str
    new: str

    def apply(self, copy: Path) -> None:
        """Put the change into a copy of the tree."""
        path = copy / self.file
        text = path.read_text("utf-8") if path.is_file() else ""
        found = text.count(self.old)
        if found != 1:
            raise DoesNotApplyError(f"{self.file} has {found} times: {self.old!r}")
        path.write_text(text.replace(self.old, self.new), "utf-8")


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault that the quick tests must notice."""

    name: str
    fault: str
    changes: tuple[Change, ...]
    tests: tuple[str, ...]


def read_faults(folder: Path = FOLDER) -> list[Fault]:
    """Return the known faults in order of their numbers."""
    return [read_fault(path) for path in sorted(folder.glob("[0-9][0-9]-*.toml"))]


def read_fault(path: Path) -> Fault:
    """Return a known fault."""
    data = tomllib.loads(path.read_text("utf-8"))
    tables = data.get("change") or [data]
    changes = (Change(table["file"], table["old"], table["new"]) for table in tables)
    return Fault(path.stem, data["fault"], tuple(changes), tuple(data["tests"]))


def try_fault(fault: Fault) -> tuple[bool, str]:
    """Return whether the quick tests notice a fault, and which test does."""
    with tempfile.TemporaryDirectory() as folder:
        copy = copy_tree(Path(folder, "tree"))
        try:
            for change in fault.changes:
                change.apply(copy)
        except DoesNotApplyError as error:
            return False, f"does not apply any more: {error}"
        done = run_quick_tests(copy, fault.tests)
    failed = re.findall(r"^FAILED (\S+)", done.stdout, re.MULTILINE)
    if done.returncode == FAILED and failed:
        return True, f"caught by {failed[0]}"
    if done.returncode == 0:
        return False, f"not caught by {', '.join(fault.tests)}"
    return False, f"the tests did not run:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"


def report(faults: Iterable[Fault]) -> int:
    """Try the faults, print what notices each, and return the exit status."""
    faults = list(faults)
    files = sorted({file for fault in faults for file in fault.tests})
    sound = run_quick_tests(ROOT, files, "-n", str(AT_A_TIME))
    if sound.returncode:
        sys.stdout.write(f"the tests fail without a fault:\n{sound.stdout[-3000:]}")
        return 1
    missed = 0
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        for fault, result in zip(faults, pool.map(try_fault, faults), strict=True):
            caught, what = result
            missed += not caught
            mark = "ok   " if caught else "WRONG"
            sys.stdout.write(f"{mark} {fault.name}: {fault.fault}\n      {what}\n")
            sys.stdout.flush()
    sys.stdout.write(f"{len(faults) - missed} of {len(faults)} faults are caught\n")
    return int(missed > 0)


def main() -> int:
    """Try all known faults, or those that are named."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", help="01-theme-of-brief, or its beginning")
    names = tuple(parser.parse_args().names)
    faults = [f for f in read_faults() if not names or f.name.startswith(names)]
    if not faults:
        raise SystemExit("no fault has this name")
    return report(faults)


if __name__ == "__main__":
    raise SystemExit(main())
