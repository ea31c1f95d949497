"""`make bench`: compare briefpress with other programs, on the same briefs and machine.

    python bench/run.py [--count 100] [--more 200] [--only help,brief,many,...]

Processor time is that of the process and all its children. Of short runs, the best of
several counts. The other programs make PDFs only.
"""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from bare import write_css, write_page
from corpus import write_project
from fullpress import write_full_press
from measure import OUTPUT, Cost, best, measure

from briefpress.theme.folder import theme_folders
from briefpress.theme.read import read_theme

HERE = Path(__file__).parent
BIN = Path(sys.executable).parent
PRESS = BIN / "briefpress"
THEME = "plain"
TIMES = 5
FULL = 10_000


@dataclass(frozen=True)
class Row:
    """One row of the table: a measurement, what it is compared with, and its limit."""

    measurement: str
    ours: str
    theirs: str
    value: float
    limit: float
    unit: str = ""

    @property
    def is_missed(self) -> bool:
        """Whether the value is above the limit."""
        return self.value > self.limit

    def cells(self) -> tuple[str, ...]:
        """Return the cells of the row."""
        verdict = "**missed**" if self.is_missed else "met"
        return (
            self.measurement,
            self.ours,
            self.theirs,
            f"{self.value:.2f}{self.unit}",
            f"{self.limit:g}{self.unit}",
            verdict,
        )


@dataclass
class Bench:
    """What the measurements share: a folder, the briefs, and the costs of their builds."""

    work: Path
    count: int
    more: int
    built: dict[int, Cost] = field(default_factory=dict)  # by number of briefs

    def project(self, count: int) -> Path:
        """Return a project with that many briefs."""
        folder = self.work / f"press{count}"
        if not folder.exists():
            write_project(folder, count, theme=THEME)
        return folder

    def build(self, count: int) -> Cost:
        """Return the cost of a first build of that many briefs, all editions."""
        if count not in self.built:
            project = self.project(count)
            for made in ("build", ".briefpress"):
                shutil.rmtree(project / made, ignore_errors=True)
            self.built[count] = measure([PRESS, "build", "--quiet"], project)
        return self.built[count]

    @cached_property
    def style(self) -> Path:
        """The style sheet of our theme, for the other programs."""
        write_css(read_theme(THEME, theme_folders(self.work))[0], self.work / "style")
        return self.work / "style" / "page.css"

    def loop(self, script: str, *arguments: str, count: int, times: int = 1) -> Cost:
        """Return the cost of another program's script for that many briefs."""
        briefs = sorted(self.project(count).glob("briefs/*/index.md"))[:count]
        command: list[str | Path] = [
            sys.executable,
            HERE / script,
            *arguments,
            self.style,
            self.work / script,
            *briefs,
        ]
        return best(command, self.work, times)


def ratio(measurement: str, unit: str, ours: float, theirs: float, limit: float) -> Row:
    """Return a row that compares two costs."""
    return Row(
        measurement,
        f"{ours:.2f} {unit}",
        f"{theirs:.2f} {unit}",
        ours / theirs,
        limit,
        "×",
    )


def one_brief(bench: Bench) -> Iterator[Row]:
    """A first build of one PDF, compared with the `weasyprint` command on the same page."""
    project = bench.project(1)
    write_page(project, "brief-0000", bench.work / "bare")
    options = ["--pdf-variant", "pdf/ua-1", "--stylesheet", "page.css"]
    theirs = best(
        [BIN / "weasyprint", *options, "page.html", "out.pdf"],
        bench.work / "bare",
        TIMES,
    )
    cold = f"rm -rf build .briefpress && exec '{PRESS}' build --to pdf --quiet"
    ours = best(["sh", "-c", cold], project, TIMES)
    yield ratio(
        "one brief to PDF, cold; `weasyprint`: CPU", "s", ours.cpu, theirs.cpu, 1.15
    )


def many_briefs(bench: Bench) -> Iterator[Row]:
    """All editions of all briefs, compared with loops that make the PDFs only."""
    count, cores = bench.count, os.cpu_count()
    ours = bench.build(count)
    plain = bench.loop("plain_loop.py", count=count)
    typst = bench.loop("pandoc_loop.py", "typst", count=count)
    few = max(1, count // 5)
    pandoc = bench.loop("pandoc_loop.py", "weasyprint", count=few)
    what = f"{count} briefs, all editions"
    yield ratio(
        f"{what}; plain loop: time on {cores} cores", "s", ours.wall, plain.wall, 0.6
    )
    yield ratio(
        f"{what}; pandoc, Typst: time on {cores} cores", "s", ours.wall, typst.wall, 0.8
    )
    yield ratio(
        f"{what}; pandoc, WeasyPrint: time ({few}, scaled)",
        "s",
        ours.wall,
        pandoc.wall * count / few,
        0.6,
    )
    yield ratio(f"{what}; plain loop: CPU", "s", ours.cpu, plain.cpu, 1.15)
    yield Row(
        f"{count} briefs: largest process",
        f"{ours.largest / 2**20:.0f} MiB",
        "",
        ours.largest / 2**20,
        250,
        " MiB",
    )
    yield Row(
        f"{count} briefs: all processes",
        f"{ours.mib:.0f} MiB",
        f"{plain.mib:.0f} MiB",
        ours.mib,
        500,
        " MiB",
    )


def one_edited(bench: Bench) -> Iterator[Row]:
    """One edited brief of many, compared with a plain script for that brief alone.

    briefpress makes its editions, its books and the index page again.
    """
    bench.build(bench.count)
    project = bench.project(bench.count)
    text = project / "briefs" / "brief-0000" / "index.md"
    original = text.read_text("utf-8")
    costs = []
    for number in range(TIMES):
        text.write_text(f"{original}\nOne sentence more, the {number}th.\n", "utf-8")
        costs.append(measure([PRESS, "build", "--quiet"], project))
    text.write_text(original, "utf-8")
    measure([PRESS, "build", "--quiet"], project)
    theirs = bench.loop("plain_loop.py", count=1, times=TIMES)
    ours = min(costs, key=lambda cost: cost.cpu)
    yield ratio(
        f"one brief of {bench.count} edited, all; plain script: CPU",
        "s",
        ours.cpu,
        theirs.cpu,
        1.2,
    )


def growth(bench: Bench) -> Iterator[Row]:
    """Whether the cost of a brief grows with the number of briefs."""
    few, many = bench.build(bench.count), bench.build(bench.more)
    scale = bench.more / bench.count
    yield ratio(
        f"{bench.more} briefs; {bench.count}, times {scale:g}: CPU",
        "s",
        many.cpu,
        few.cpu * scale,
        1.1,
    )


def show_help(bench: Bench) -> Iterator[Row]:
    """The start of the program."""
    cost = best([PRESS, "--help"], bench.work, TIMES)
    yield Row(
        "`briefpress --help`: time", f"{cost.wall:.2f} s", "", cost.wall, 0.3, " s"
    )


def nothing_to_do(bench: Bench) -> Iterator[Row]:
    """A build in which nothing changed."""
    bench.build(bench.count)
    cost = best([PRESS, "build", "--quiet"], bench.project(bench.count), TIMES)
    yield Row(
        f"{bench.count} briefs, nothing to do: CPU",
        f"{cost.cpu:.2f} s",
        "",
        cost.cpu,
        0.15,
        " s",
    )


def full(bench: Bench) -> Iterator[Row]:
    """A build of very many briefs in which nothing changed."""
    project = bench.work / "full"
    write_full_press(project, FULL)
    cost = best([PRESS, "build"], project, TIMES)
    output = (project / OUTPUT).read_text()
    if "nothing to do" not in output:
        raise RuntimeError(output)
    yield Row(
        f"{FULL:,} briefs, nothing to do: CPU",
        f"{cost.cpu:.2f} s",
        "",
        cost.cpu,
        1.0,
        " s",
    )


def notes(_: Bench) -> Iterator[Row]:
    """What footnotes cost, and whether a long document costs more per page."""
    sys.path.insert(0, str(HERE.parent / "tests" / "fuzz"))  # for random briefs
    from notes import auditing, brief, ratios

    for measurement, ours, theirs, limit in ratios():
        yield ratio(measurement, "ms", ours * 1000, theirs * 1000, limit)
    spent = auditing(brief(20)) * 1000
    yield Row("the audit: CPU per page", f"{spent:.2f} ms", "", spent, 5, " ms")


PARTS: dict[str, Callable[[Bench], Iterator[Row]]] = {
    "help": show_help,
    "brief": one_brief,
    "full": full,
    "many": many_briefs,
    "edit": one_edited,
    "idle": nothing_to_do,
    "notes": notes,
    "growth": growth,
}
HEAD = ("measurement; compared with", "briefpress", "other", "result", "limit", "")


def machine() -> str:
    """Return the machine, the date and the load."""
    lines = (
        Path("/proc/cpuinfo").read_text().splitlines()
        if sys.platform == "linux"
        else []
    )
    cpu = next(
        (line.partition(": ")[2] for line in lines if line.startswith("model name")),
        platform.processor(),
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    day, load = time.strftime("%Y-%m-%d"), os.getloadavg()[0]
    machine = f"{os.cpu_count()} cores of {cpu}, {memory:.0f} GiB"
    return f"{machine}, Python {platform.python_version()}, {day}, load {load:.1f}"


def main() -> int:
    """Print the table as Markdown; return 1 if a limit was missed."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument(
        "--more",
        type=int,
        default=200,
        help="number of briefs for `growth`; 1000 take ten minutes",
    )
    parser.add_argument("--only", default=",".join(PARTS))
    arguments = parser.parse_args()
    rows: list[Row] = []
    print(
        f"On {machine()}:\n\n| {' | '.join(HEAD)} |\n| --- | ---: | ---: | ---: | ---: | --- |",
        flush=True,
    )
    with tempfile.TemporaryDirectory(prefix="briefpress-bench-") as folder:
        bench = Bench(Path(folder), arguments.count, arguments.more)
        for name in arguments.only.split(","):
            for row in PARTS[name](bench):
                print(f"| {' | '.join(row.cells())} |", flush=True)
                rows.append(row)
    return int(any(row.is_missed for row in rows))


if __name__ == "__main__":
    sys.exit(main())
