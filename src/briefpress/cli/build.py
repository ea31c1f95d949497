"""`briefpress build`: what changed, set, checked and published; `briefpress cache`: what is kept for next time."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from briefpress.cli.options import FOLDER, json_option, place_options, project_option
from briefpress.cli.report import status, stop_on_fault, tell, tell_json

FORMATS = ("html", "pdf", "epub")


def _formats(_: click.Context, __: click.Parameter, value: str) -> tuple[str, ...]:
    """Return the formats of a list such as "pdf,epub"."""
    names = tuple(name.strip() for name in value.split(",") if name.strip())
    wrong = [name for name in names if name not in FORMATS]
    if wrong or not names:
        raise click.BadParameter(
            f"“{', '.join(wrong)}”: choose from {', '.join(FORMATS)}"
        )
    return names


def _address(_: click.Context, __: click.Parameter, value: str) -> str:
    """Return HOST:PORT of "dask://HOST:PORT"; nothing where none is named."""
    kind, place = (*value.split("://", 1), "")[:2]
    host, port = place.rpartition(":")[::2]
    good = kind == "dask" and host and port.isdecimal() and 0 < int(port) < 2**16
    if value and not (good and set(host).isdisjoint("/@ ")):
        raise click.BadParameter(
            f"“{value}”: write dask://HOST:PORT, as in dask://10.0.0.7:8786"
        )
    return place


@click.command()
@click.argument("slugs", nargs=-1)
@click.option(
    "--to",
    "formats",
    default=",".join(FORMATS),
    callback=_formats,
    show_default=True,
    help="What to make.",
)
@click.option(
    "--program",
    default="",
    metavar="ID",
    help="Only the briefs of this program, and its book.",
)
@click.option(
    "--collection",
    default="",
    metavar="ID",
    help="Only the briefs of this collection, and its book.",
)
@click.option(
    "--epub-each",
    is_flag=True,
    help="An EPUB of each brief, beside those of the collections.",
)
@click.option(
    "--keep-going",
    is_flag=True,
    help="Bind a book without the briefs that cannot be set.",
)
@click.option("--explain", is_flag=True, help="Say of every step why it ran.")
@click.option(
    "--executor",
    default="",
    callback=_address,
    metavar="dask://HOST:PORT",
    help="Perform the steps on a Dask cluster.",
)
@click.option("--quiet", "-q", is_flag=True, help="Say nothing but what is wrong.")
@place_options
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
    """Make web pages, PDFs and EPUBs of the briefs, and of SLUGS alone where some are named.

    Only what changed is made again. The books that hold SLUGS are bound whole. A brief that is wrong costs that
    brief: all others are published, the exit status is 1 and the last line says what to mend.

    \b
    briefpress build                            everything
    briefpress build japan-central-asia --to pdf
    briefpress build --program spp --to epub
    """  # noqa: D301 - click wants the character itself: it keeps the lines below apart
    from briefpress.pipeline.order import Order, current

    order = Order.of(
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
    if not (explain or as_json) and (told := current(order)) is not None:
        if told:
            from briefpress.problems import Problem

            tell([Problem.from_json(problem) for problem in told], project)
        if not quiet:
            click.echo("nothing to do: all is as it was")
        return
    from briefpress.cli.progress import Progress
    from briefpress.pipeline.make import make

    with stop_on_fault(project, as_json), Progress(quiet or as_json) as progress:
        report = make(order, progress.event)
    if as_json:
        tell_json(report.to_json())
    else:
        if explain:
            click.echo("\n".join([*report.reasons, *report.tracebacks]))
        tell(report.problems, project)
        if not quiet:
            click.echo(report.summary())
        for line in report.mend():
            click.echo(line, err=True)
    sys.exit(status(report.problems))


@click.group()
def cache() -> None:
    """See what is kept for next time, or let go of what nobody used for long."""


@cache.command("stats")
@project_option
@click.option(
    "--cache", "folder", type=FOLDER, help="The cache.  [default: PROJECT/.briefpress]"
)
def cache_stats(project: Path, folder: Path | None) -> None:
    """Say how much is kept."""
    from briefpress.engine.store import Store, measure_store

    held = measure_store(Store(folder or project / ".briefpress"))
    click.echo(
        f"{held.objects} files of {held.bytes / 2**20:.1f} MiB, made by {held.records} steps"
    )


@cache.command("gc")
@project_option
@click.option(
    "--cache", "folder", type=FOLDER, help="The cache.  [default: PROJECT/.briefpress]"
)
@click.option(
    "--keep",
    type=click.IntRange(0),
    default=512,
    show_default=True,
    metavar="MIB",
    help="How much to keep, what was used last first.",
)
def cache_gc(project: Path, folder: Path | None, keep: int) -> None:
    """Let go of what was not used for longest. It can all be made again.

    Files younger than an hour stay: they may be those of a build that goes on.
    """
    from briefpress.engine.store import Store, collect_garbage

    gone = collect_garbage(Store(folder or project / ".briefpress"), keep * 2**20)
    click.echo(f"{gone.objects} files of {gone.bytes / 2**20:.1f} MiB let go")
