"""Commands that change no edition: `check`, `audit`, `list`, `cache`, `doctor`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from briefpress.cli.options import (
    as_of_option,
    build_options,
    cache_option,
    json_option,
    message_options,
    project_option,
)
from briefpress.cli.terminal import (
    MessageOptions,
    exit_on_error,
    exit_status,
    format_table,
    print_json,
    print_problems,
    problems_to_json,
)
from briefpress.problems import Severity, count_of, group_by_cause

if TYPE_CHECKING:
    import datetime as dt

    from briefpress.model import Brief, Collection, Press
    from briefpress.pipeline.report import BuildReport
    from briefpress.problems import Problem

BRIEF_KEYS = ("slug", "file", "title", "program", "lang", "draft")
AUDIT_KEYS = ("pages", "notes", "split", "repaired", "words")


@click.command()
@click.argument("slugs", nargs=-1)
@message_options
@project_option
@json_option
def check(
    slugs: tuple[str, ...],
    strict: bool,
    explain_warnings: bool,
    show_all: bool,
    project: Path,
    as_json: bool,
) -> None:
    """Check all briefs, or only SLUGS, without building an edition.

    One run reports all errors and warnings, each with its file, its line and, where
    briefpress knows one, a fix.

    \b
    briefpress check
    briefpress check japan-central-asia
    """  # noqa: D301 - click reads \b: the lines below stay as they are
    from briefpress.pipeline import build as pipeline
    from briefpress.pipeline.request import BuildRequest

    with exit_on_error(project, as_json):
        request = BuildRequest(project, slugs=slugs, is_strict=strict)
        briefs, problems = pipeline.check(request)
    if as_json:
        print_json(
            {
                "briefs": [brief.slug for brief in briefs],
                "problems": problems_to_json(problems),
            }
        )
    else:
        options = MessageOptions(explain_warnings, show_all)
        print_problems(problems, project, options)
        click.echo(_summary_of_check(briefs, problems))
    sys.exit(exit_status(problems))


@click.command("list")
@project_option
@json_option
def list_project(project: Path, as_json: bool) -> None:
    """List the briefs, newest first; then the programs and the collections.

    `briefpress build` takes the slug of a brief, and with --program or --collection the
    key of a program or a collection.
    """
    from briefpress.manuscript.briefs import read_manuscript
    from briefpress.press import read_press

    with exit_on_error(project, as_json):
        press, press_problems = read_press(project)
        briefs, problems = read_manuscript(project, press)
    if as_json:
        print_json([_brief_as_json(brief) for brief in briefs])
        return
    blocks = [_table_of_briefs(briefs), *_tables_of_books(press, briefs)]
    click.echo("\n\n".join(block for block in blocks if block))
    _print_files_with_errors([*press_problems, *problems])


@click.command()
@click.option(
    "--against",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Compare the files with this published folder.",
)
@as_of_option
@build_options
@json_option
def diff(
    against: Path | None,
    as_of: dt.datetime | None,
    project: Path,
    out: Path | None,
    cache: Path | None,
    jobs: int | None,
    as_json: bool,
) -> None:
    """Say what would change for readers, and in which editions.

    The briefs are compared with what was released (published.toml). A changed text
    without a correction changes no date: then the advice is to add one. The exit status
    is 0, whatever differs.

    \b
    briefpress diff
    briefpress diff --against /srv/www/briefs
    """  # noqa: D301 - click reads \b: the lines below stay as they are
    from briefpress.pipeline import build as pipeline
    from briefpress.pipeline.request import BuildRequest

    day = as_of.date() if as_of else None
    request = BuildRequest(project, out, cache, jobs=jobs, as_of=day)
    with exit_on_error(project, as_json):
        found = pipeline.compare(request, against)
    if as_json:
        print_json([each.to_json() for each in found])
        return
    lines = [line for each in found for line in each.lines()]
    click.echo("\n".join(lines) or "nothing would change for readers")


@click.command()
@click.argument("slugs", nargs=-1)
@build_options
@json_option
def audit(
    slugs: tuple[str, ...],
    project: Path,
    out: Path | None,
    cache: Path | None,
    jobs: int | None,
    as_json: bool,
) -> None:
    """Prove that the PDFs contain every note: list their pages, notes and words.

    briefpress makes each PDF, or takes it from the cache, and compares its pages with
    the brief: each note is there once and complete, on the page of its call or continued
    from it, and each word of the text is there.

    \b
    briefpress audit
    briefpress audit japan-central-asia
    """  # noqa: D301 - click reads \b: the lines below stay as they are
    from briefpress.pipeline import build as pipeline
    from briefpress.pipeline.request import BuildRequest

    request = BuildRequest(
        project, out, cache, slugs=slugs, formats=("pdf",), jobs=jobs, publish=False
    )
    with exit_on_error(project, as_json):
        report = pipeline.build(request)
    if as_json:
        print_json(
            {
                "audits": report.audits,
                "problems": problems_to_json(report.problems),
            }
        )
    else:
        print_problems(report.problems, project)
        click.echo(_table_of_audits(report))
    sys.exit(exit_status(report.problems))


def _summary_of_check(briefs: Sequence[Brief], problems: Iterable[Problem]) -> str:
    """Return how many briefs were read, and how many problems were found."""
    severities = [group.first.severity for group in group_by_cause(problems)]
    errors = severities.count(Severity.ERROR)
    warnings = len(severities) - errors
    counts = f"{count_of(errors, 'error')}, {count_of(warnings, 'warning')}"
    return f"{count_of(len(briefs), 'brief')} read: {counts}"


def _brief_as_json(brief: Brief) -> dict[str, object]:
    data: dict[str, object] = {"date": brief.date.isoformat()}
    for key in BRIEF_KEYS:
        data[key] = getattr(brief, key)
    return data


def _table_of_briefs(briefs: Iterable[Brief]) -> str:
    """Return a line for each brief: date, program, slug, title."""
    rows = []
    for brief in briefs:
        title = f"{brief.title} (draft)" if brief.draft else brief.title
        row = (brief.date.isoformat(), brief.program or "–", brief.slug, title)
        rows.append(row)
    return format_table(rows)


def _tables_of_books(press: Press, briefs: Sequence[Brief]) -> list[str]:
    """Return the programs, and the collections of press.toml: key, briefs, title."""
    books = press.collections.values()
    programs = [book for book in books if book.key in press.programs]
    others = [book for book in books if book.key not in press.programs]
    tables = []
    for heading, group in (("programs", programs), ("collections", others)):
        if group:
            rows = [_book_row(book, briefs) for book in group]
            tables.append(f"{heading}:\n{format_table(rows, right=(1,))}")
    return tables


def _book_row(collection: Collection, briefs: Sequence[Brief]) -> tuple[str, str, str]:
    from briefpress.manuscript.relations import members

    number = len(members(collection, briefs))
    return collection.key, count_of(number, "brief"), collection.title


def _print_files_with_errors(problems: Iterable[Problem]) -> None:
    """Name the files with errors: a brief with errors is perhaps not in the list."""
    errors = [problem for problem in problems if problem.is_error]
    files = {problem.span.file if problem.span else problem.brief for problem in errors}
    if files:
        shown = ", ".join(sorted(files))
        click.echo(f"there are errors in {shown}: run `briefpress check`", err=True)


def _table_of_audits(report: BuildReport) -> str:
    """Return a line for each PDF: what was counted on its pages, and the verdict."""
    rows = [["brief", *AUDIT_KEYS, "verdict"]]
    for slug, counts in sorted(report.audits.items()):
        numbers = [str(counts[key]) for key in AUDIT_KEYS]
        rows.append([slug, *numbers, "complete"])
    blanks = [""] * len(AUDIT_KEYS)
    rows += [[slug, *blanks, "failed"] for slug in report.failed_briefs]
    return format_table(rows, right=range(1, 6))


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
    """Show how much the cache contains, and how large the last good editions are.

    Those are of released briefs, in .released/. `cache gc` leaves them alone.

    \b
    briefpress cache stats
    """  # noqa: D301 - click reads \b: the lines below stay as they are
    from briefpress.engine.store import Store, measure_store
    from briefpress.pipeline.kept import FOLDER

    size = measure_store(_open_store(project, cache))
    steps = count_of(size.records, "step")
    click.echo(f"{_format_size(size)}, from {steps}")
    editions = Store(project / FOLDER)
    kept = measure_store(editions)
    if kept.objects:
        shown = _format_size(kept)
        click.echo(f"last good editions, in {FOLDER}/: {shown}")


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
