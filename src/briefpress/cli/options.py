"""Options that several commands share, so that each means the same everywhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

import click

P = ParamSpec("P")
R = TypeVar("R")
FOLDER = click.Path(file_okay=False, path_type=Path)


def project_option(command: Callable[P, R]) -> Callable[P, R]:
    """Add `--project`: the folder that contains press.toml."""
    option = click.option(
        "--project",
        type=FOLDER,
        default=Path(),
        show_default="this folder",
        help="The folder that contains press.toml.",
    )
    return option(command)


def cache_option(command: Callable[P, R]) -> Callable[P, R]:
    """Add `--cache`: the folder of finished steps."""
    option = click.option(
        "--cache",
        type=FOLDER,
        help="The folder of the cache.  [default: PROJECT/.briefpress]",
    )
    return option(command)


def build_options(command: Callable[P, R]) -> Callable[P, R]:
    """Add `--project`, `--out`, `--cache` and `--jobs`."""
    out_option = click.option(
        "--out",
        type=FOLDER,
        help="The folder to publish in.  [default: PROJECT/build]",
    )
    jobs_option = click.option(
        "--jobs",
        "-j",
        type=click.IntRange(1),
        help="Steps to run at the same time.  [default: one for each core]",
    )
    # The help lists the options in this order, so the last is added first.
    command = jobs_option(command)
    command = cache_option(command)
    command = out_option(command)
    return project_option(command)


def as_of_option(command: Callable[P, R]) -> Callable[P, R]:
    """Add `--as-of`: the day that decides which briefs are due."""
    option = click.option(
        "--as-of",
        type=click.DateTime(["%Y-%m-%d"]),
        metavar="DATE",
        help="Publish what is due on this day, such as 2027-06-01.  [default: today]",
    )
    return option(command)


def message_options(command: Callable[P, R]) -> Callable[P, R]:
    """Add `--strict`, `--explain-warnings` and `--all`."""
    strict_option = click.option(
        "--strict", is_flag=True, help="Make errors of warnings."
    )
    explain_option = click.option(
        "--explain-warnings",
        is_flag=True,
        help="Show the line of each warning, why it matters and how to fix it.",
    )
    all_option = click.option(
        "--all", "show_all", is_flag=True, help="Show every place of a message."
    )
    command = all_option(command)
    command = explain_option(command)
    return strict_option(command)


def json_option(command: Callable[P, R]) -> Callable[P, R]:
    """Add `--json`: the result for another program."""
    option = click.option(
        "--json", "as_json", is_flag=True, help="Print JSON, for another program."
    )
    return option(command)
