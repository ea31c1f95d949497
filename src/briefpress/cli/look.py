"""Commands that look and change nothing: `check`, `list`, `audit`, `doctor`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from briefpress.cli.options import json_option, place_options, project_option
from briefpress.cli.report import status, stop_on_fault, table, tell, tell_json


@click.command()
@click.argument("slugs", nargs=-1)
@project_option
@json_option
def check(slugs: tuple[str, ...], project: Path, as_json: bool) -> None:
    """Read everything and tell what is wrong, without setting a page.

    Every problem of every brief in one run, each with its file, line and cure.
    """
    from briefpress.pipeline.make import check_project
    from briefpress.pipeline.order import Order

    with stop_on_fault(project, as_json):
        briefs, problems = check_project(Order.of(project, slugs=slugs))
    if as_json:
        tell_json(
            {
                "briefs": [brief.slug for brief in briefs],
                "problems": [problem.to_json() for problem in problems],
            }
        )
    else:
        tell(problems, project)
        errors = sum(problem.is_error for problem in problems)
        words = f"{len(briefs)} brief{'s' * (len(briefs) != 1)} read: {errors} error{'s' * (errors != 1)}"
        click.echo(
            f"{words}, {len(problems) - errors} warning{'s' * (len(problems) - errors != 1)}"
        )
    sys.exit(status(problems))


@click.command("list")
@project_option
@json_option
def list_briefs(project: Path, as_json: bool) -> None:
    """List the briefs, newest first: date, program, slug, title."""
    from briefpress.manuscript import read_manuscript
    from briefpress.press import read_press

    with stop_on_fault(project, as_json):
        press, _ = read_press(project)
        briefs, problems = read_manuscript(project, press)
    if as_json:
        keys = ("slug", "file", "title", "program", "lang", "draft")
        tell_json(
            [
                {"date": b.date.isoformat(), **{key: getattr(b, key) for key in keys}}
                for b in briefs
            ]
        )
        return
    rows = [
        (
            b.date.isoformat(),
            b.program or "–",
            b.slug,
            b.title + (" (draft)" if b.draft else ""),
        )
        for b in briefs
    ]
    if rows:
        click.echo(table(rows))
    unread = {
        problem.brief or str(problem.span) for problem in problems if problem.is_error
    }
    if unread:
        click.echo(
            f"not read: {', '.join(sorted(unread))}; `briefpress check` says why",
            err=True,
        )


@click.command()
@click.argument("slugs", nargs=-1)
@place_options
@json_option
def audit(
    slugs: tuple[str, ...],
    project: Path,
    out: Path | None,
    cache: Path | None,
    jobs: int | None,
    as_json: bool,
) -> None:
    """Prove that no note is lost: the table of every PDF's notes, pages and words.

    Each PDF is set (or taken from the cache) and its pages walked: every note once and whole, at the foot
    of the page that calls it or continued from there, and every word of the body present.
    """
    from briefpress.pipeline.make import make
    from briefpress.pipeline.order import Order

    order = Order.of(
        project, out, cache, slugs=slugs, formats=("pdf",), jobs=jobs, publish=False
    )
    with stop_on_fault(project, as_json):
        report = make(order)
    if as_json:
        tell_json(
            {
                "audits": report.audits,
                "problems": [problem.to_json() for problem in report.problems],
            }
        )
    else:
        tell(report.problems, project)
        head = ("brief", "pages", "notes", "split", "repaired", "words", "verdict")
        rows = [
            (slug, *(str(found[key]) for key in head[1:-1]), "whole")
            for slug, found in sorted(report.audits.items())
        ]
        rows += [(slug, "", "", "", "", "", "refused") for slug in report.failed]
        click.echo(table([head, *rows], right=range(1, 6)))
    sys.exit(status(report.problems))


@click.command()
@project_option
@json_option
def doctor(project: Path, as_json: bool) -> None:
    """Say what this machine has and lacks, and the line to type for what it lacks."""
    from briefpress.doctor import examine
    from briefpress.doctor import status as verdict

    findings = examine(project)
    if as_json:
        tell_json([finding.to_json() for finding in findings])
    else:
        for finding in findings:
            click.echo(str(finding))
    sys.exit(verdict(findings))
