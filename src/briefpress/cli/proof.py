"""`briefpress proof`: drafts and briefs with errors, with every problem marked."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from briefpress.cli.options import FOLDER, cache_option, json_option, project_option
from briefpress.cli.terminal import (
    exit_on_error,
    print_json,
    print_problems,
    problems_to_json,
)
from briefpress.problems import Severity, count_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from briefpress.pipeline.proof import ProofReport
    from briefpress.problems import Problem


@click.command()
@click.argument("slugs", nargs=-1, metavar="[SLUG]...")
@click.option(
    "--against",
    default="",
    metavar="REV|FILE",
    help="Mark what has changed since a revision of git, or since the text in a file.",
)
@click.option("--strict", is_flag=True, help="Make errors of warnings.")
@project_option
@click.option(
    "--out", type=FOLDER, help="The folder of the proofs.  [default: PROJECT/proof]"
)
@cache_option
@click.option(
    "--jobs",
    "-j",
    type=click.IntRange(1),
    help="Steps to run at the same time.  [default: one for each core]",
)
@json_option
def proof(
    slugs: tuple[str, ...],
    against: str,
    strict: bool,
    project: Path,
    out: Path | None,
    cache: Path | None,
    jobs: int | None,
    as_json: bool,
) -> None:
    """Make proofs of drafts and of briefs with errors, as PDF and web page.

    Without SLUG, every draft, every brief that is held until its date and every brief with
    an error gets a proof: to find the errors, all pages are set as in a build. SLUG names
    any brief. Proofs are written to proof/SLUG.pdf and proof/SLUG/index.html, and never
    published. Each problem is marked at its place, with its message beside it, and lines
    have numbers for the remarks of authors. The exit status is 0 if the proofs were made,
    whatever is wrong in the briefs.

    \b
    briefpress proof
    briefpress proof rent-limits
    briefpress proof rent-limits --against HEAD~1
    """  # noqa: D301 - click reads \b: the lines below stay as they are
    from briefpress.cli.build import BuildProgress
    from briefpress.pipeline import proof as pipeline
    from briefpress.pipeline.request import BuildRequest

    if against and Path(against).is_file() and len(slugs) != 1:
        message = (
            f"`{against}` is the earlier text of one brief: name that brief, as SLUG"
        )
        raise click.UsageError(message)
    request = BuildRequest(
        project, out, cache, slugs=slugs, jobs=jobs, is_strict=strict
    )
    with (
        exit_on_error(project, as_json),
        BuildProgress(quiet=as_json) as progress,
    ):
        report = pipeline.make_proofs(request, against, progress.show)
    if as_json:
        print_json(_report_as_json(report))
    else:
        _print_report(report, project, out or project / pipeline.FOLDER, against)
    sys.exit(1 if report.failed else 0)


def _print_report(
    report: ProofReport, project: Path, folder: Path, against: str
) -> None:
    print_problems(report.problems, project)
    for slug in report.new:
        click.echo(
            f"`{slug}` is not in `{against}`: its proof shows no changes", err=True
        )
    for slug, problems in report.proofs.items():
        files = f"{folder / slug}.pdf and {folder / slug / 'index.html'}"
        click.echo(f"{files}: {_counts(problems)}")
    for slug in report.failed:
        click.echo(f"no proof of `{slug}` could be made", err=True)
    if not report.proofs and not report.failed:
        click.echo(
            "nothing to proof: there is no draft, and no brief has an error;"
            " `briefpress proof SLUG` makes a proof of any brief"
        )
        return
    written = count_of(len(report.published.written), "file")
    removed = len(report.published.removed)
    changes = f"{written} written" + (f", {removed} removed" if removed else "")
    proofs = count_of(len(report.proofs), "proof")
    click.echo(f"{proofs}: {changes} in {report.seconds:.1f} s")


def _counts(problems: Iterable[Problem]) -> str:
    """Return how many errors and warnings a proof marks."""
    severities = [problem.severity for problem in problems]
    errors = severities.count(Severity.ERROR)
    warnings = len(severities) - errors
    return f"{count_of(errors, 'error')}, {count_of(warnings, 'warning')}"


def _report_as_json(report: ProofReport) -> dict[str, object]:
    proofs = {
        slug: {
            "pdf": f"{slug}.pdf",
            "page": f"{slug}/index.html",
            "problems": [problem.to_json() for problem in problems],
        }
        for slug, problems in report.proofs.items()
    }
    return {
        "proofs": proofs,
        "problems": problems_to_json(report.problems),
        "failed": report.failed,
        "written": report.published.written,
        "removed": report.published.removed,
    }
