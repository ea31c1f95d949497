"""Options that several commands share, so that they mean the same everywhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

FOLDER = click.Path(file_okay=False, path_type=Path)
Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def project_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--project`: the folder that holds press.toml."""
    text = "The folder that holds press.toml."
    return click.option(
        "--project", type=FOLDER, default=Path(), show_default="here", help=text
    )(command)


def place_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--project`, `--out`, `--cache` and `--jobs`."""
    out = click.option(
        "--out",
        type=FOLDER,
        help="Where editions are published.  [default: PROJECT/build]",
    )
    keep = click.option(
        "--cache",
        type=FOLDER,
        help="Where finished work is kept.  [default: PROJECT/.briefpress]",
    )
    jobs = click.option(
        "--jobs",
        "-j",
        type=click.IntRange(1),
        help="Steps at a time.  [default: one for each core]",
    )
    return project_option(out(keep(jobs(command))))


def json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--json`: the same told to a program."""
    return click.option(
        "--json", "as_json", is_flag=True, help="Print JSON, for a program to read."
    )(command)
