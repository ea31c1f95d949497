"""What the commands print, and the exit status that follows from it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from briefpress.problems import (
    BriefpressError,
    Problem,
    format_group,
    group_by_cause,
)

COLOURS = {"error": "red", "warning": "yellow", "advice": "cyan"}
PRESS_FILE = "press.toml"
BRIEFS_SHOWN = 5  # of those that one problem affects
NO_PROJECT = "R25"
WRONG_USAGE = {
    "A01",
    "A02",
    "A03",
    "A04",
}  # an unknown name, or a draft, on the command line
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


@dataclass(frozen=True, slots=True)
class MessageOptions:
    """How messages are printed: `--explain-warnings` and `--all`."""

    explain_warnings: bool = False
    show_all: bool = False


def print_problems(
    problems: Iterable[Problem], project: Path, options: MessageOptions | None = None
) -> None:
    """Print the problems to standard error: warnings first, so that errors stay in view.

    Within warnings and errors, those of a file are in the order of its lines.
    """
    options = options or MessageOptions()
    read_text = project_text_reader(project)
    groups = group_by_cause(problems)
    groups.sort(key=lambda group: group.first.is_error)
    for group in groups:
        problem = group.first
        explain = problem.is_error or options.explain_warnings
        text = format_group(
            group, read_text, explain=explain, show_all=options.show_all
        )
        title, *details = text.split("\n")
        colour = COLOURS[problem.severity]
        click.secho(title, fg=colour, bold=problem.is_error, err=True)
        if len(group.briefs) > 1 or not problem.span:
            details += _affected_briefs(group.briefs)
        if explain:
            details.append("")
        if details:
            click.echo("\n".join(details), err=True)


def print_json(data: object) -> None:
    """Print a value as JSON, for another program to read."""
    text = json.dumps(data, ensure_ascii=False, indent=2)
    click.echo(text)


def problems_to_json(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    """Return the messages as plain data: one for each cause, with all its places."""
    return [group.to_json() for group in group_by_cause(problems)]


def exit_status(problems: Iterable[Problem]) -> int:
    """Return 1 if one of the problems is an error, otherwise 0."""
    for problem in problems:
        if problem.is_error:
            return 1
    return 0


@contextmanager
def exit_on_error(project: Path, as_json: bool = False) -> Iterator[None]:
    """Print an error that leaves nothing to go on with, and end the program.

    The exit status is 2 for wrong usage, 3 if the machine lacks something, otherwise 1.
    """
    try:
        yield
    except BriefpressError as error:
        problems = [_point_to_project(problem, project) for problem in error.problems]
        status = _status_of_fatal(problems)
        if as_json:
            print_json({"problems": problems_to_json(problems)})
        else:
            print_problems(problems, project)
        sys.exit(status)
    except OSError as error:
        # cffi raises this when WeasyPrint looks for Pango.
        if "cannot load library" not in str(error):
            raise
        _print_missing_libraries(project, error)
        sys.exit(3)


def project_above(folder: Path) -> Path | None:
    """Return the nearest folder above with a press.toml, or None."""
    absolute = os.path.abspath(folder)  # noqa: PTH100 - `..` must go, links stay
    for parent in Path(absolute).parents:
        press_file = parent / PRESS_FILE
        if press_file.is_file():
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
    columns = []
    for number, column in enumerate(zip(*rows, strict=True)):
        width = max(map(len, column))
        align = str.rjust if number in right else str.ljust
        cells = [align(cell, width) for cell in column]
        columns.append(cells)
    lines = []
    for row in zip(*columns, strict=True):
        line = "  ".join(row)
        lines.append(line.rstrip())
    return "\n".join(lines)


def _affected_briefs(slugs: Sequence[str]) -> list[str]:
    """Return a line with the first briefs, and how many more there are."""
    if not slugs:
        return []
    shown = ", ".join(slugs[:BRIEFS_SHOWN])
    line = f"  briefs: {shown}"
    more = len(slugs) - BRIEFS_SHOWN
    if more > 0:
        line += f" and {more} more"
    return [line]


def _point_to_project(problem: Problem, project: Path) -> Problem:
    """Return the problem, with a better fix if the project is in a folder above."""
    press_file = project / PRESS_FILE
    if problem.code != NO_PROJECT or press_file.exists():
        return problem
    above = project_above(project)
    if above is None:
        return problem
    name = above.name
    way = how_to_reach(above, project)
    fix = f"`press.toml` is in `{name}`, a folder above: {way}"
    return replace(problem, fix=fix)


def _status_of_fatal(problems: Iterable[Problem]) -> int:
    """Return the exit status after an error that ends the program."""
    codes = {problem.code for problem in problems}
    if codes & INSTALLATION:
        return 3
    if codes <= WRONG_USAGE:
        return 2
    return 1


def _print_missing_libraries(project: Path, error: OSError) -> None:
    """Print what the machine lacks, or the error if nothing is known of it."""
    from briefpress.doctor import check_machine

    findings = check_machine(project)
    needed = [finding for finding in findings if finding.needed]
    missing = [str(finding) for finding in needed if not finding.ok]
    if not missing:
        missing = [str(error)]
    text = "\n".join(missing)
    click.echo(text, err=True)
