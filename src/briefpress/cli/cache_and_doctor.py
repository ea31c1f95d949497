"""`briefpress cache`: the results kept for the next build. `briefpress doctor`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from briefpress.cli.options import cache_option, json_option, project_option
from briefpress.cli.terminal import print_json
from briefpress.problems import count_of

if TYPE_CHECKING:
    from briefpress.engine.store import Store, StoreSize

MIB = 2**20


@click.group()
def cache() -> None:
    """Show the size of the cache, or delete old files from it.

    The cache keeps the results of earlier builds, so that a build repeats only what has
    changed. It is safe to delete: the next build makes everything again.
    """


@cache.command("stats")
@project_option
@cache_option
def cache_stats(project: Path, cache: Path | None) -> None:
    """Show how much the cache contains.

    \b
    briefpress cache stats
    """  # noqa: D301 - click reads \b: the lines below stay as they are
    from briefpress.engine.store import measure_store

    size = measure_store(_open_store(project, cache))
    click.echo(f"{_format_size(size)}, from {count_of(size.records, 'step')}")


@cache.command("gc")
@project_option
@cache_option
@click.option(
    "--keep",
    type=click.IntRange(0),
    default=512,
    show_default=True,
    metavar="MIB",
    help="The size to keep, in MiB.",
)
def cache_gc(project: Path, cache: Path | None, keep: int) -> None:
    """Delete the files that were used longest ago, until the others fit into --keep.

    Files younger than an hour stay, because a build that is running may need them.

    \b
    briefpress cache gc --keep 200
    """  # noqa: D301 - click reads \b: the lines below stay as they are
    from briefpress.engine.store import collect_garbage

    deleted = collect_garbage(_open_store(project, cache), keep * MIB)
    click.echo(f"deleted {_format_size(deleted)}")


@click.command()
@project_option
@json_option
def doctor(project: Path, as_json: bool) -> None:
    """Check that this machine has what briefpress needs, and say how to install the rest."""
    from briefpress.doctor import check_machine, exit_status

    findings = check_machine(project)
    if as_json:
        print_json([finding.to_json() for finding in findings])
    else:
        for finding in findings:
            click.echo(str(finding))
    sys.exit(exit_status(findings))


def _open_store(project: Path, cache: Path | None) -> Store:
    from briefpress.engine.store import Store

    return Store(cache or project / ".briefpress")


def _format_size(size: StoreSize) -> str:
    return f"{count_of(size.objects, 'file')}, {size.bytes / MIB:.1f} MiB"
