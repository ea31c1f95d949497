"""`briefpress init`: a new project. `briefpress new`: a new brief."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from briefpress.cli.options import FOLDER, project_option
from briefpress.cli.terminal import exit_on_error

if TYPE_CHECKING:
    from briefpress.model import Press

PRESS = """\
# What every brief shares. docs/press-toml.md describes each key.
theme = "plain"
language = "en"

[organisation]
name = {name}
# url = "https://example.org"
# address = "1 Example Street, Example Town"

[programs.research]
name = "Research Program"
acronym = "RP"
"""

BRIEF = """\
---
title: {title}
date: {date}
authors: ["{author}"]
program: {program}
summary: One or two sentences that a busy reader can act on.
takeaways:
  - What is new.
  - What should be done.
draft: true
---
Begin with the finding. Give the source of a claim in a note.[^source]

## A heading states what its section shows

docs/markup.md describes text, tables, figures and quotes.

[^source]: Author, *Title* (place, year), page.
"""


@click.command()
@click.argument("folder", type=FOLDER, default=Path())
@click.option(
    "--name",
    default="Example Policy Center",
    show_default=True,
    help="The name of your organisation.",
)
def init(folder: Path, name: str) -> None:
    """Start a project in FOLDER: press.toml, and a first brief as a draft.

    Files that are already there stay unchanged.

    \b
    briefpress init my-press --name "Centre for Housing Policy"
    """  # noqa: D301 - click reads \b: the lines below stay as they are
    brief = BRIEF.format(
        title=_quote("Our first brief"),
        date=_today(),
        author="Your Name",
        program="research",
    )
    files = {
        folder / "press.toml": PRESS.format(name=_quote(name)),
        folder / "briefs" / "first-brief.md": brief,
        folder / ".gitignore": "/build/\n/.briefpress/\n",
    }
    is_new = [_write_new(path, text) for path, text in files.items()]
    if any(is_new):
        first = folder / "briefs" / "first-brief.md"
        click.echo(
            f"next: delete `draft: true` in {first}; then run `briefpress build`"
        )
    else:
        click.echo("nothing written: the project is already there")


@click.command()
@click.argument("slug")
@click.option("--title", default="", help="The title.  [default: made from SLUG]")
@click.option(
    "--program",
    default="",
    metavar="KEY",
    help="A program in press.toml.  [default: the first]",
)
@project_option
def new(slug: str, title: str, program: str, project: Path) -> None:
    """Start a brief: write briefs/SLUG.md with its front matter, as a draft.

    SLUG names the brief in the addresses of its editions: html/SLUG/ and pdf/SLUG.pdf.

    \b
    briefpress new rent-limits --title "Rent limits: what twelve cities learnt"
    """  # noqa: D301 - click reads \b: the lines below stay as they are
    from briefpress.press import read_press

    with exit_on_error(project):
        press, _ = read_press(project)
    path = project / "briefs" / f"{slug}.md"
    _check_new_brief(slug, program, project, press)
    text = BRIEF.format(
        title=_quote(title or slug.replace("-", " ").capitalize()),
        date=_today(),
        author=next(iter(press.authors), "Your Name"),
        program=program or next(iter(press.programs), '""'),
    )
    is_folder = path.with_suffix("").exists()
    if is_folder or path.exists():
        existing = path.with_suffix("") if is_folder else path
        raise click.UsageError(f"{existing} already exists: choose another name")
    _write_new(path, text)


def _check_new_brief(slug: str, program: str, project: Path, press: Press) -> None:
    """Raise `UsageError` for a slug that is wrong or taken, or an unknown program."""
    from briefpress.manuscript import read_manuscript
    from briefpress.schema import check_slug

    wrong, fix = check_slug(slug)
    if wrong:
        raise click.UsageError(f"{wrong}: {fix}" if fix else wrong)
    if slug in press.collections:
        message = f"`{slug}` is already the name of a collection: use `{slug}-brief`"
        raise click.UsageError(message)
    if program and program not in press.programs:
        known = ", ".join(press.programs) or "none"
        message = f"there is no program `{program}` in press.toml: programs are {known}"
        raise click.UsageError(message)
    briefs, _ = read_manuscript(project, press)
    for brief in briefs:
        if brief.slug == slug:
            raise click.UsageError(f"{brief.file} already has the slug `{slug}`")


def _today() -> dt.date:
    return dt.date.today()  # noqa: DTZ011 - the editor's own day


def _quote(text: str) -> str:
    """Return the text in quotation marks, for YAML and TOML: both read JSON strings."""
    return json.dumps(text, ensure_ascii=False)


def _write_new(path: Path, text: str) -> bool:
    """Write a file and return True; leave an existing file unchanged."""
    if path.exists():
        click.echo(f"unchanged {path}")
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    click.echo(f"written {path}")
    return True
