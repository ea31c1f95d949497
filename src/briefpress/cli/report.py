"""What a run tells: every problem with its place and cure, then one line that says how it ended."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from briefpress.problems import BriefpressError, Problem, in_order, report

STYLE = {"error": "red", "warning": "yellow"}
USAGE = {"A01", "A02"}  # a name was typed that nothing has, or that cannot be built
MACHINE = {
    "B09"
}  # nobody's brief is wrong: something is not installed, or does not answer


def source_of(project: Path) -> Callable[[str], str | None]:
    """Return what shows the line at fault: the text of a file of the project, or None."""

    def text(file: str) -> str | None:
        path = project / file
        try:
            inside = path.resolve().is_relative_to(project.resolve())
            return (
                path.read_text("utf-8", errors="replace")
                if inside and path.is_file()
                else None
            )
        except OSError:
            return None

    return text


def tell(problems: Iterable[Problem], project: Path) -> None:
    """Print the problems to the terminal's error stream, the worst last."""
    source = source_of(project)
    for problem in sorted(in_order(problems), key=lambda p: p.is_error):
        first, _, rest = report(problem, source).partition("\n")
        click.echo(
            click.style(first, fg=STYLE[problem.severity], bold=True)
            + ("\n" + rest if rest else ""),
            err=True,
        )
        click.echo(err=True)


def tell_json(data: Any) -> None:
    """Print a value as JSON, for a program to read."""
    click.echo(json.dumps(data, ensure_ascii=False, indent=2))


def status(problems: Iterable[Problem]) -> int:
    """Return the exit status that the problems ask for: 1 with an error among them."""
    return int(any(problem.is_error for problem in problems))


@contextmanager
def stop_on_fault(project: Path, as_json: bool = False) -> Iterator[None]:
    """Turn what leaves nothing to go on with into its report and exit status 1; 2 for wrong usage, 3 for a lack."""
    try:
        yield
    except BriefpressError as error:
        if as_json:
            tell_json({"problems": [problem.to_json() for problem in error.problems]})
        else:
            tell(error.problems, project)
        codes = {problem.code for problem in error.problems}
        sys.exit(3 if codes & MACHINE else 2 if codes <= USAGE else 1)
    except OSError as error:
        if "cannot load library" not in str(
            error
        ):  # cffi's words, when WeasyPrint looks for Pango
            raise
        from briefpress.doctor import examine

        lacking = [
            str(finding)
            for finding in examine(project)
            if finding.needed and not finding.ok
        ]
        click.echo("\n".join(lacking or [str(error)]), err=True)
        sys.exit(3)


def table(rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> str:
    """Return rows as a table of text, its columns as wide as they must be; `right` columns end flush."""
    widths = (
        [max(len(row[i]) for row in rows) for i in range(len(rows[0]))] if rows else []
    )
    lines = []
    for row in rows:
        cells = [
            cell.rjust(w) if i in right else cell.ljust(w)
            for i, (cell, w) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)
