"""`briefpress build`: make the editions that have changed, check and publish them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from briefpress.cli.options import build_options, json_option
from briefpress.cli.terminal import (
    exit_on_error,
    exit_status,
    print_json,
    print_problems,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from briefpress.pipeline.report import BuildReport

FORMATS = ("html", "pdf", "epub")
PORTS = range(1, 2**16)


def _parse_formats(
    _: click.Context, __: click.Parameter, value: str
) -> tuple[str, ...]:
    """Return the formats in a list such as "pdf,epub"."""
    names = [name.strip() for name in value.split(",")]
    formats = tuple(name for name in names if name)
    unknown = [name for name in formats if name not in FORMATS]
    if unknown or not formats:
        shown = ", ".join(unknown)
        choices = ", ".join(FORMATS)
        raise click.BadParameter(f"there is no format “{shown}”: choose from {choices}")
    return formats


def _parse_executor(_: click.Context, __: click.Parameter, value: str) -> str:
    """Return HOST:PORT from "dask://HOST:PORT", or "" if there is no executor."""
    if not value:
        return ""
    kind, _separator, address = value.partition("://")
    host, _separator, port = address.rpartition(":")
    is_host = bool(host) and set(host).isdisjoint("/@ ")
    is_port = port.isdecimal() and int(port) in PORTS
    if kind != "dask" or not is_host or not is_port:
        message = f"“{value}”: write dask://HOST:PORT, for example dask://10.0.0.7:8786"
        raise click.BadParameter(message)
    return address


@click.command()
@click.argument("slugs", nargs=-1)
@click.option(
    "--to",
    "formats",
    default=",".join(FORMATS),
    callback=_parse_formats,
    show_default=True,
    metavar="FORMATS",
    help="The formats to make, separated by commas.",
)
@click.option(
    "--program",
    default="",
    metavar="KEY",
    help="Build only the briefs of this program, and its EPUB.",
)
@click.option(
    "--collection",
    default="",
    metavar="KEY",
    help="Build only the briefs of this collection, and its EPUB.",
)
@click.option(
    "--epub-each",
    is_flag=True,
    help="Make an EPUB of each brief as well.",
)
@click.option(
    "--keep-going",
    is_flag=True,
    help="Make EPUBs without the briefs that have errors.",
)
@click.option("--explain", is_flag=True, help="Say why each step ran.")
@click.option(
    "--executor",
    default="",
    callback=_parse_executor,
    metavar="dask://HOST:PORT",
    help="Run the steps on a Dask cluster.",
)
@click.option("--quiet", "-q", is_flag=True, help="Print only errors and warnings.")
@build_options
@json_option
def build(
    slugs: tuple[str, ...],
    formats: tuple[str, ...],
    program: str,
    collection: str,
    epub_each: bool,
    keep_going: bool,
    explain: bool,
    executor: str,
    quiet: bool,
    project: Path,
    out: Path | None,
    cache: Path | None,
    jobs: int | None,
    as_json: bool,
) -> None:
    """Build the web pages, PDFs and EPUBs of all briefs, or only of SLUGS.

    Only what has changed is made again; an EPUB is made again when one of its briefs has
    changed. A brief with errors is not published; the others are. The exit status is
    then 1, and the last line says what to fix first. `briefpress list` shows the briefs,
    programs and collections.

    \b
    briefpress build
    briefpress build japan-central-asia --to pdf
    briefpress build --program spp --to epub
    """  # noqa: D301 - click reads \b: the lines below stay as they are
    from briefpress.pipeline.request import BuildRequest, recorded_warnings

    request = BuildRequest(
        project,
        out,
        cache,
        slugs=slugs,
        formats=formats,
        program=program,
        collection=collection,
        jobs=jobs,
        keep_going=keep_going,
        epub_each=epub_each,
        executor=executor,
    )
    if not explain and not as_json:
        warnings = recorded_warnings(request)
        if warnings is not None:
            _report_nothing_to_do(warnings, project, quiet=quiet)
            return
    from briefpress.cli.progress import BuildProgress
    from briefpress.pipeline import build as pipeline

    with (
        exit_on_error(project, as_json),
        BuildProgress(quiet=quiet or as_json) as progress,
    ):
        report = pipeline.build(request, progress.show)
    if as_json:
        print_json(report.to_json())
    else:
        _print_report(report, project, explain=explain, quiet=quiet)
    sys.exit(exit_status(report.problems))


def _report_nothing_to_do(
    warnings: Iterable[dict[str, object]], project: Path, *, quiet: bool
) -> None:
    """Print the warnings of the last build again: their causes are still there."""
    if warnings:
        from briefpress.problems import Problem

        print_problems([Problem.from_json(each) for each in warnings], project)
    if not quiet:
        click.echo("nothing to do: all editions are up to date")


def _print_report(
    report: BuildReport, project: Path, *, explain: bool, quiet: bool
) -> None:
    if explain:
        click.echo("\n".join([*report.reasons, *report.tracebacks]))
    print_problems(report.problems, project)
    if not quiet:
        click.echo(report.summary())
    for line in report.closing_lines():
        click.echo(line, err=True)
