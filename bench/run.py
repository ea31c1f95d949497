"""`make bench`: briefpress beside its peers, on the same briefs and the same machine, as ratios.

    python bench/run.py [--count 100] [--only brief,many,help,idle]

Processor time is of the process and all its children; each figure is the best of several runs where a run is short.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bare import write_css, write_page
from corpus import write_project
from measure import best, measure

from briefpress.theme import read_theme, theme_folders

HERE = Path(__file__).parent
BIN = Path(sys.executable).parent
PRESS = BIN / "briefpress"
THEME = "plain"
TIMES = 5


@dataclass(frozen=True)
class Row:
    """One line of the table: what was measured, beside what, and what was promised."""

    what: str
    ours: str
    theirs: str
    value: float
    most: float
    unit: str = ""

    def __str__(self) -> str:
        """Return the line."""
        verdict = "kept" if self.value <= self.most else "MISSED"
        value, most = f"{self.value:.2f}{self.unit}", f"{self.most:g}{self.unit}"
        return f"{self.what:44} {self.ours:>16} {self.theirs:>16} {value:>10} {most:>10}  {verdict}"


def one_brief(work: Path, count: int) -> Iterator[Row]:
    """A cold build of one PDF, beside the bare `weasyprint` command on the same page."""
    del count
    project = work / "one"
    write_project(project, 1, theme=THEME)
    write_page(project, "brief-0000", work / "bare")
    weasyprint: list[str | Path] = [
        BIN / "weasyprint",
        "--pdf-variant",
        "pdf/ua-1",
        "--stylesheet",
        "page.css",
        "page.html",
        "out.pdf",
    ]
    theirs = best(weasyprint, work / "bare", TIMES)
    cold = f"rm -rf build .briefpress && exec '{PRESS}' build --to pdf --quiet"
    ours = best(["sh", "-c", cold], project, TIMES)
    yield Row(
        "one brief to PDF, cold: CPU", f"{ours.cpu:.2f} s", f"{theirs.cpu:.2f} s", ours.cpu / theirs.cpu, 1.15, "×"
    )


def many_briefs(work: Path, count: int) -> Iterator[Row]:
    """All editions of all briefs, beside a plain loop that makes the PDFs only."""
    project = work / "many"
    write_project(project, count, theme=THEME)
    write_css(read_theme(THEME, theme_folders(project))[0], work / "style")
    briefs = sorted(project.glob("briefs/*/index.md"))
    theirs = measure(
        [sys.executable, HERE / "plain_loop.py", work / "style" / "page.css", work / "plain", *briefs], work
    )
    pdfs = measure([PRESS, "build", "--to", "pdf", "--quiet"], project)
    shutil.rmtree(project / "build")
    shutil.rmtree(project / ".briefpress")
    ours = measure([PRESS, "build", "--quiet"], project)
    what = f"{count} briefs"
    cpus = f"{ours.cpu:.1f} s", f"{theirs.cpu:.1f} s"
    walls = f"{ours.wall:.1f} s", f"{theirs.wall:.1f} s"
    yield Row(f"{what}, PDFs only: CPU", f"{pdfs.cpu:.1f} s", cpus[1], pdfs.cpu / theirs.cpu, 1.15, "×")
    yield Row(f"{what}, PDF, web, EPUB / PDFs only: CPU", *cpus, ours.cpu / theirs.cpu, 1.5, "×")
    yield Row(f"{what}, likewise: time on {os.cpu_count()} cores", *walls, ours.wall / theirs.wall, 0.6, "×")
    yield Row(f"{what}: memory, all processes", f"{ours.mib:.0f} MiB", f"{theirs.mib:.0f} MiB", ours.mib, 300, " MiB")


def start(work: Path, count: int) -> Iterator[Row]:
    """Asking for help."""
    del count
    cost = best([PRESS, "--help"], work, TIMES)
    yield Row("briefpress --help: time", f"{cost.wall:.2f} s", "", cost.wall, 0.3, " s")


def nothing_to_do(work: Path, count: int) -> Iterator[Row]:
    """A build in which nothing changed."""
    project = work / "many"
    if not project.exists():
        write_project(project, count, theme=THEME)
    measure([PRESS, "build", "--quiet"], project)
    cost = best([PRESS, "build", "--quiet"], project, TIMES)
    yield Row(f"{count} briefs, nothing to do: CPU", f"{cost.cpu:.2f} s", "", cost.cpu, 0.15, " s")


CASES: dict[str, Callable[[Path, int], Iterator[Row]]] = {
    "brief": one_brief,
    "many": many_briefs,
    "help": start,
    "idle": nothing_to_do,
}


def main() -> int:
    """Print the table; return 1 when a promise was missed."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--only", default=",".join(CASES))
    asked = parser.parse_args()
    rows: list[Row] = []
    print(f"{'':44} {'briefpress':>16} {'beside':>16} {'is':>10} {'at most':>10}")
    with tempfile.TemporaryDirectory(prefix="briefpress-bench-") as folder:
        for name in asked.only.split(","):
            for row in CASES[name](Path(folder), asked.count):
                print(row, flush=True)
                rows.append(row)
    return int(any(row.value > row.most for row in rows))


if __name__ == "__main__":
    sys.exit(main())
