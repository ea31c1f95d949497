"""What the commands print, and the exit status that follows from it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click

from briefpress.problems import BriefpressError, Problem, by_cause, format_problem

COLOURS = {"error": "red", "warning": "yellow"}
BRIEFS_SHOWN = 5  # of those that one problem affects
NO_PROJECT = "R25"
WRONG_USAGE = {"A01", "A02"}  # an unknown name, or a draft, on the command line
INSTALLATION = {"B09"}  # something is not installed, or a cluster does not answer


def project_text_reader(project: Path) -> Callable[[str], str | None]:
    """Return a function that reads a file of the project, for the excerpt in a message.

    It returns None for a file that cannot be read and for a file outside the project,
    so that no `../` and no symbolic link puts a private file on the screen or in a log.
    """

    def read_text(file: str) -> str | None:
        try:
            path = (project / file).resolve()
            is_inside = path.is_relative_to(project.resolve())
            if is_inside and path.is_file():
                return path.read_text("utf-8", errors="replace")
        except (OSError, RuntimeError):  # RuntimeError: symbolic links in a circle
            return None
        return None

    return read_text


def print_problems(problems: Iterable[Problem], project: Path) -> None:
    """Print the problems to standard error: warnings first, so that errors stay in view."""
    read_text = project_text_reader(project)
    causes = by_cause(problems)
    for problem in sorted(causes, key=lambda each: each.is_error):
        title, *details = format_problem(problem, read_text).split("\n")
        click.secho(title, fg=COLOURS[problem.severity], bold=True, err=True)
        briefs = causes[problem]
        if len(briefs) > 1 or not problem.span:
            details += _affected_briefs(briefs)
        click.echo("\n".join([*details, ""]), err=True)


def print_json(data: object) -> None:
    """Print a value as JSON, for another program to read."""
    click.echo(json.dumps(data, ensure_ascii=False, indent=2))


def exit_status(problems: Iterable[Problem]) -> int:
    """Return 1 if one of the problems is an error, otherwise 0."""
    return int(any(problem.is_error for problem in problems))


@contextmanager
def exit_on_error(project: Path, as_json: bool = False) -> Iterator[None]:
    """Print an error that leaves nothing to go on with, and end the program.

    The exit status is 2 for wrong usage, 3 if the machine lacks something, otherwise 1.
    """
    try:
        yield
    except BriefpressError as error:
        problems = [_point_to_project(problem, project) for problem in error.problems]
        if as_json:
            print_json({"problems": [problem.to_json() for problem in problems]})
        else:
            print_problems(problems, project)
        sys.exit(_status_of_fatal(problems))
    except OSError as error:
        # cffi raises this when WeasyPrint looks for Pango.
        if "cannot load library" not in str(error):
            raise
        _print_missing_libraries(project, error)
        sys.exit(3)


def project_above(folder: Path) -> Path | None:
    """Return the nearest folder above with a press.toml, or None."""
    absolute = Path(os.path.abspath(folder))  # noqa: PTH100 - `..` must go, links stay
    for parent in absolute.parents:
        if (parent / "press.toml").is_file():
            return parent
    return None


def how_to_reach(project: Path, from_folder: Path) -> str:
    """Return what to type so that a command works on a project in a folder above."""
    if from_folder.resolve() != Path.cwd():
        return f"use `--project {project}`"
    relative = os.path.relpath(project)
    return f"run `cd {relative}`, or add `--project {relative}`"


def format_table(rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> str:
    """Return rows as lines of text in columns. Columns in `right` are aligned right."""
    columns = zip(*rows, strict=True)
    widths = [max(len(cell) for cell in column) for column in columns]
    lines = []
    for row in rows:
        cells = []
        for number, (cell, width) in enumerate(zip(row, widths, strict=True)):
            cells.append(cell.rjust(width) if number in right else cell.ljust(width))
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def _affected_briefs(slugs: Sequence[str]) -> list[str]:
    """Return a line with the first briefs, and how many more there are."""
    if not slugs:
        return []
    shown = ", ".join(slugs[:BRIEFS_SHOWN])
    more = len(slugs) - BRIEFS_SHOWN
    return [f"  briefs: {shown} and {more} more" if more > 0 else f"  briefs: {shown}"]


def _point_to_project(problem: Problem, project: Path) -> Problem:
    """Return the problem, with a better fix if the project is in a folder above."""
    is_missing = problem.code == NO_PROJECT and not (project / "press.toml").exists()
    above = project_above(project) if is_missing else None
    if above is None:
        return problem
    way = how_to_reach(above, project)
    fix = f"`press.toml` is in `{above.name}`, a folder above: {way}"
    return replace(problem, fix=fix)


def _status_of_fatal(problems: Iterable[Problem]) -> int:
    codes = {problem.code for problem in problems}
    if codes & INSTALLATION:
        return 3
    return 2 if codes <= WRONG_USAGE else 1


def _print_missing_libraries(project: Path, error: OSError) -> None:
    from briefpress.doctor import check_machine

    findings = check_machine(project)
    missing = [str(each) for each in findings if each.needed and not each.ok]
    click.echo("\n".join(missing or [str(error)]), err=True)
