"""A small build on the engine, run as a program by the tests.

Every text becomes a page, and all pages become a book.

    engine_driver.py PROJECT OUT CACHE [--jobs N] [--fail K KIND] [--seconds S] [--only SUFFIX]

`--fail K KILL` ends the process at its K-th change to the disk, `--fail K EIO` has the disk refuse it. The last line
says `ran N` (steps), `current` (nothing to do), or the problem. The status is that of a build.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from briefpress.engine.publish import OutputFolder
from briefpress.engine.receipt import problems_if_current
from briefpress.engine.scheduler import Engine
from briefpress.engine.signals import TerminatedError, raise_on_termination
from briefpress.engine.snapshot import InputSnapshot
from briefpress.engine.step import Outcome, Step
from briefpress.engine.store import DamagedError, Store
from briefpress.problems import BriefpressError
from disk_faults import fail_at
from engine_steps import (
    Settings,
    Text,
    call,
    join,
    measure,
    names_that_ran,
    open_engine,
    stored,
    take_time,
    text_of,
)


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
    snapshot = InputSnapshot([options.project])
    store = Store(options.cache)
    ran: list[str] = []
    with (
        OutputFolder(options.out, seconds=30) as out,
        open_engine(store, options.jobs) as engine,
    ):
        outcomes = _make_and_publish(options, store, engine, out, ran)
    problems = [p.to_json() for outcome in outcomes.values() for p in outcome.problems]
    succeeded = all(outcome.succeeded for outcome in outcomes.values())
    if succeeded:
        snapshot.write_receipt(receipt, settings, options.out, json.dumps(problems))
    print(*(problem["message"] for problem in problems), sep="\n")
    print("ran", len(ran))
    return 0 if succeeded else 1


def _make_and_publish(
    options: argparse.Namespace,
    store: Store,
    engine: Engine,
    out: OutputFolder,
    ran: list[str],
) -> dict[str, Outcome]:
    for _ in range(5):
        try:
            outcomes = engine.run(_steps(options, store))
            ran += names_that_ran(outcomes)
            files = {
                f"{name}.txt": outcome.files["text"]
                for name, outcome in outcomes.items()
                if outcome.succeeded and name.endswith(options.only)
            }
            published = out.publish(
                files, store, lambda path: path.endswith(f"{options.only}.txt")
            )
        except DamagedError:
            continue
        for problem in published.problems:
            print(problem.code, problem.message)
        return outcomes
    raise SystemExit("the store does not keep what is written to it")


def _steps(options: argparse.Namespace, store: Store) -> list[Step[Text]]:
    function = take_time if options.seconds else join
    settings = Settings(seconds=options.seconds)
    pages = []
    for path in sorted(options.project.glob("*.md")):
        text = stored(store, path.read_bytes())
        name = f"page/{path.stem}"
        pages.append(call(name, function, settings, path.stem, md=text))
    texts = {page.name: text_of(page) for page in pages}
    return [*pages, call("book", join, **texts), call("size", measure, **texts)]


if __name__ == "__main__":
    sys.exit(main())
