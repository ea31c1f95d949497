"""`briefpress init` and `briefpress new`: the first file, with everything in it that an editor needs to see."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import click

from briefpress.cli.options import FOLDER, project_option

PRESS = """\
# What every brief shares. Each key: docs/press-toml.md.
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
Begin with the finding. A claim that needs its source calls a note.[^source]

## A heading states what its section shows

Text, tables, figures and quotes: see the page on markup.

[^source]: Author, *Title* (place, year), page.
"""


@click.command()
@click.argument("folder", type=FOLDER, default=Path())
@click.option(
    "--name",
    default="Example Policy Center",
    show_default=True,
    help="The institute's name.",
)
def init(folder: Path, name: str) -> None:
    """Make a press in FOLDER: press.toml, and a first brief as a draft.

    What is there already is left as it is.
    """
    brief = BRIEF.format(
        title=_quoted("Our first brief"),
        date=dt.date.today(),  # noqa: DTZ011 (the editor's day)
        author="Your Name",
        program="research",
    )
    made = [
        _write(folder / "press.toml", PRESS.format(name=_quoted(name))),
        _write(folder / "briefs" / "first-brief.md", brief),
        _write(folder / ".gitignore", "/build/\n/.briefpress/\n"),
    ]
    click.echo(
        "next: take `draft: true` out of briefs/first-brief.md, then `briefpress build`"
        if any(made)
        else "all of it was there"
    )


@click.command()
@click.argument("slug")
@click.option("--title", default="", help="The title.  [default: made from SLUG]")
@click.option(
    "--program", default="", help="A program of press.toml.  [default: the first]"
)
@project_option
def new(slug: str, title: str, program: str, project: Path) -> None:
    """Begin a brief: briefs/SLUG.md with its front matter, as a draft."""
    from briefpress.cli.report import stop_on_fault
    from briefpress.manuscript import read_manuscript
    from briefpress.press import read_press
    from briefpress.schema import check_slug

    with stop_on_fault(project):
        press, _ = read_press(project)
    wrong, fix = check_slug(slug)
    if wrong:
        raise click.UsageError(f"{wrong}{fix and ': '}{fix}")
    if slug in press.collections:
        raise click.UsageError(
            f"`{slug}` is the name of a collection: write `{slug}-brief`"
        )
    if program and program not in press.programs:
        raise click.UsageError(
            f"press.toml has no program “{program}”: it has {', '.join(press.programs)}"
        )
    path = project / "briefs" / f"{slug}.md"
    if taken := [
        brief.file for brief in read_manuscript(project, press)[0] if brief.slug == slug
    ]:
        raise click.UsageError(f"there is a brief of this name already: {taken[0]}")
    text = BRIEF.format(
        title=_quoted(title or slug.replace("-", " ").capitalize()),
        date=dt.date.today(),  # noqa: DTZ011 - the day of whoever types  # noqa: DTZ011 (the editor's day)
        author=next(iter(press.authors), "Your Name"),
        program=program or next(iter(press.programs), '""'),
    )
    if path.exists() or (path.parent / slug).exists() or not _write(path, text):
        raise click.UsageError(f"there is a brief {path} already")


def _quoted(text: str) -> str:
    """Return text between quotation marks, with what must be escaped there: YAML and TOML both read JSON's strings."""
    return json.dumps(text, ensure_ascii=False)


def _write(path: Path, text: str) -> bool:
    """Write a new file and say so; leave one that is there."""
    if path.exists():
        click.echo(f"left    {path}")
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    click.echo(f"wrote   {path}")
    return True
