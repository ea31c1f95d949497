"""`briefpress build`: make, check and publish the editions, and show progress."""

from __future__ import annotations

import sys
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import click

from briefpress.cli.options import (
    as_of_option,
    build_options,
    json_option,
    message_options,
)
from briefpress.cli.terminal import (
    MessageOptions,
    exit_on_error,
    exit_status,
    print_json,
    print_problems,
)

if TYPE_CHECKING:
    import datetime as dt

    from briefpress.pipeline.report import BuildReport
    from briefpress.pipeline.request import LastBuild

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
        raise click.BadParameter(f"there is no format `{shown}`: choose from {choices}")
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
        message = f"`{value}`: write dask://HOST:PORT, for example dask://10.0.0.7:8786"
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
@message_options
@click.option("--quiet", "-q", is_flag=True, help="Print only errors and warnings.")
@as_of_option
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
    strict: bool,
    explain_warnings: bool,
    show_all: bool,
    quiet: bool,
    as_of: dt.datetime | None,
    project: Path,
    out: Path | None,
    cache: Path | None,
    jobs: int | None,
    as_json: bool,
) -> None:
    """Build the web pages, PDFs and EPUBs of all briefs, or only of SLUGS.

    Only what has changed is made again; an EPUB is made again when one of its briefs has
    changed. A brief with errors is not published; the others are. The exit status is
    then 1, and the last line says what to fix first. A brief whose date is in the future
    is held until then. `briefpress list` shows the briefs, programs and collections.

    \b
    briefpress build
    briefpress build japan-central-asia --to pdf
    briefpress build --program spp --to epub
    """  # noqa: D301 - click reads \b: the lines below stay as they are
    from briefpress.pipeline.request import BuildRequest, last_build

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
        is_strict=strict,
        epub_each=epub_each,
        as_of=as_of.date() if as_of else None,
        executor=executor,
    )
    options = MessageOptions(explain_warnings, show_all)
    if not explain and not as_json:
        last = last_build(request)
        if last is not None:
            _report_nothing_to_do(last, project, options, quiet=quiet)
            return
    from briefpress.cli.build import BuildProgress
    from briefpress.pipeline import build as pipeline

    with (
        exit_on_error(project, as_json),
        BuildProgress(quiet=quiet or as_json) as progress,
    ):
        report = pipeline.build(request, progress.show)
    if as_json:
        print_json(report.to_json())
    else:
        _print_report(report, project, options, explain=explain, quiet=quiet)
    sys.exit(exit_status(report.problems))


@click.command()
@as_of_option
@click.option(
    "--removed",
    multiple=True,
    metavar="NAME",
    help="Remove this brief or collection without a trace. Can be repeated.",
)
@message_options
@click.option("--quiet", "-q", is_flag=True, help="Print only errors and warnings.")
@build_options
@json_option
def release(
    as_of: dt.datetime | None,
    removed: tuple[str, ...],
    strict: bool,
    explain_warnings: bool,
    show_all: bool,
    quiet: bool,
    project: Path,
    out: Path | None,
    cache: Path | None,
    jobs: int | None,
    as_json: bool,
) -> None:
    """Record in published.toml what is published now, then build.

    Keep published.toml with the briefs. Once a brief is recorded, a mistake in its file
    cannot remove it: it stays as it was until the mistake is corrected. Its identifier
    stays when it is renamed, and its old addresses lead to the new ones. A brief with
    errors is not recorded; the exit status is then 1.

    \b
    briefpress release
    briefpress release --as-of 2027-06-01
    briefpress release --removed rent-limits
    """  # noqa: D301 - click reads \b: the lines below stay as they are
    from briefpress.pipeline import build as pipeline
    from briefpress.pipeline.request import BuildRequest

    request = BuildRequest(
        project,
        out,
        cache,
        jobs=jobs,
        is_strict=strict,
        as_of=as_of.date() if as_of else None,
    )
    with (
        exit_on_error(project, as_json),
        BuildProgress(quiet=quiet or as_json) as progress,
    ):
        report = pipeline.release(request, removed, progress.show)
    if as_json:
        print_json(report.to_json())
    else:
        options = MessageOptions(explain_warnings, show_all)
        _print_report(report, project, options, explain=False, quiet=quiet)
    sys.exit(exit_status(report.problems))


def _report_nothing_to_do(
    last: LastBuild,
    project: Path,
    options: MessageOptions,
    *,
    quiet: bool,
) -> None:
    """Print the warnings of the last build again: their causes are still there."""
    if last.warnings:
        from briefpress.problems import Problem

        problems = [Problem.from_json(each) for each in last.warnings]
        print_problems(problems, project, options)
    if not quiet:
        click.echo("nothing to do: all editions are up to date")
        for line in last.states:
            click.echo(line, err=True)


def _print_report(
    report: BuildReport,
    project: Path,
    options: MessageOptions,
    *,
    explain: bool,
    quiet: bool,
) -> None:
    if explain:
        click.echo("\n".join([*report.reasons, *report.tracebacks]))
    print_problems(report.problems, project, options)
    if not quiet:
        click.echo(report.summary())
    for line in report.closing_lines(quiet=quiet):
        click.echo(line, err=True)


if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from briefpress.engine.step import Event

LOGGED_EDITIONS = ("pdf", "epub")  # a log names these; the other steps are short

# Where the bar is at the end of each stage of a build: documents, PDFs, web pages and
# books, list of editions. The steps of a stage are known only when it starts.
STAGE_ENDS = (0.1, 0.75, 0.95, 1.0)


class BuildFraction:
    """How much of a build is done, from 0 to 1. It never falls."""

    def __init__(self) -> None:
        """Start before the first stage."""
        self._fraction = 0.0
        self._stage = -1
        self._done_before = 0  # steps of earlier stages that `done` includes
        self._done = 0
        self._total = 0

    def advance(self, done: int, total: int) -> float:
        """Return the fraction when `done` of the `total` steps known so far have ended.

        A stage starts when the total changes, or when the steps are counted from 0 again.
        """
        starts_again = done < self._done
        if starts_again or total != self._total:
            self._stage += 1
            self._done_before = 0 if starts_again else self._done
        self._done, self._total = done, total
        steps = total - self._done_before
        if steps > 0:
            start, end = self._stage_bounds()
            done_in_stage = (done - self._done_before) / steps
            fraction = start + (end - start) * done_in_stage
            self._fraction = max(self._fraction, fraction)
        return self._fraction

    def _stage_bounds(self) -> tuple[float, float]:
        """Return the fractions at which the current stage starts and ends."""
        bounds = (0.0, *STAGE_ENDS, 1.0)
        number = min(self._stage, len(STAGE_ENDS))
        return bounds[number], bounds[number + 1]


class BuildProgress:
    """Shows the events of a build. Use it in a `with`: it removes the bar at the end."""

    def __init__(self, *, quiet: bool) -> None:
        """Show nothing yet: a build with nothing to do shows no bar."""
        self._quiet = quiet
        self._fraction = BuildFraction()
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        """Return the progress."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Remove the bar, also after Ctrl-C."""
        if self._bar is not None:
            self._bar.stop()

    def show(self, event: Event) -> None:
        """Show an event of the build."""
        if self._quiet:
            return
        if sys.stderr.isatty():
            self._move_bar(event)
        elif event.outcome is not None and event.outcome.state == "done":
            _log_edition(event.step.name)

    def _move_bar(self, event: Event) -> None:
        """Show how much is done, the time left, and the step that started or ended."""
        if self._bar is None or self._task is None:
            self._bar = _new_bar()
            self._task = self._bar.add_task("", total=1.0)
            self._bar.start()
        fraction = self._fraction.advance(event.done, event.total)
        self._bar.update(self._task, completed=fraction, description=event.step.name)
        # A bar that refreshes itself has a thread, and a process with threads cannot
        # fork its workers.
        self._bar.refresh()


def _log_edition(step: str) -> None:
    kind, _, name = step.partition("/")
    if kind in LOGGED_EDITIONS:
        click.echo(f"made {kind}/{name}.{kind}", err=True)


def _new_bar() -> Progress:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    return Progress(
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}"),
        console=Console(stderr=True),
        transient=True,
        auto_refresh=False,
    )
