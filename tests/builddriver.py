"""A small press of its own on the engine, run as a program by the tests: every text becomes a page, all become a book.

    builddriver.py PROJECT OUT CACHE [--jobs N] [--fail K KIND] [--seconds S] [--only SUFFIX]

`--fail K KILL` ends the process at its K-th change to the disk, `--fail K EIO` has the disk refuse it. The last line
says `ran N` (steps), `current` (nothing to do), or the problem. The status is that of a build.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from briefpress.engine.outcome import Outcome
from briefpress.engine.publish import OutputFolder
from briefpress.engine.receipt import problems_if_current
from briefpress.engine.run import Engine
from briefpress.engine.signals import TerminatedError, raise_on_termination
from briefpress.engine.snapshot import InputSnapshot
from briefpress.engine.step import Output, Source, Step
from briefpress.engine.store import DamagedError, Store
from briefpress.problems import BriefpressError
from disk_faults import fail_at


def main() -> int:
    """Build, and say how it went."""
    options = _options()
    if options.fail:
        fail_at(int(options.fail[0]), options.fail[1])
    try:
        with raise_on_termination():
            return _build(options)
    except TerminatedError as ended:
        return 128 + ended.number
    except BriefpressError as error:
        print(error.problems[0].code, error.problems[0].message)
        return 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    for name in ("project", "out", "cache"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--fail", nargs=2)
    parser.add_argument("--seconds", type=float, default=0.0)
    parser.add_argument("--only", default="")
    return parser.parse_args()


def _build(options: argparse.Namespace) -> int:
    settings = f"{options.project} {options.out} {options.seconds} {options.only}"
    receipt = options.cache / "receipt"
    if problems_if_current(str(receipt), settings) is not None:
        print("current")
        return 0
    watch = InputSnapshot([options.project])
    store = Store(options.cache)
    ran: list[str] = []
    with (
        OutputFolder(options.out, seconds=30) as out,
        Engine(store, options.jobs, preload=["buildsteps"]) as engine,
    ):
        outcomes = _make_and_publish(options, store, engine, out, ran)
    problems = [p.to_json() for outcome in outcomes.values() for p in outcome.problems]
    good = all(outcome.good for outcome in outcomes.values())
    if good:
        watch.write_receipt(receipt, settings, options.out, json.dumps(problems))
    print(*(problem["message"] for problem in problems), sep="\n")
    print("ran", len(ran))
    return 0 if good else 1


def _make_and_publish(
    options: argparse.Namespace,
    store: Store,
    engine: Engine,
    out: OutputFolder,
    ran: list[str],
) -> dict[str, Outcome]:
    for _ in range(5):
        try:
            outcomes = engine.make(_steps(options, store))
            ran += [
                name for name, outcome in outcomes.items() if outcome.state == "done"
            ]
            files = {
                f"{n}.txt": o.files["text"]
                for n, o in outcomes.items()
                if o.good and n.endswith(options.only)
            }
            published = out.publish(
                files, store, lambda path: path.endswith(f"{options.only}.txt")
            )
        except DamagedError:
            continue
        for problem in published.problems:
            print(problem.code, problem.message)
        return outcomes
    raise SystemExit("the store does not keep what it is given")


def _steps(options: argparse.Namespace, store: Store) -> Sequence[Step]:
    texts = sorted(options.project.glob("*.md"))
    run = "buildsteps:slow" if options.seconds else "buildsteps:join"
    settings: dict[str, Any] = {"seconds": options.seconds} if options.seconds else {}
    pages = [
        Step(
            f"page/{path.stem}",
            run,
            {"md": Source(store.add(path.read_bytes()))},
            settings,
            owner=path.stem,
        )
        for path in texts
    ]
    book = {step.name: Output(step.name, "text") for step in pages}
    return [
        *pages,
        Step("book", "buildsteps:join", book),
        Step("size", "buildsteps:length", book),
    ]


if __name__ == "__main__":
    sys.exit(main())
