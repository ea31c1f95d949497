"""`briefpress init`, `new`, `theme` and `fonts`: start projects, briefs and themes; add fonts."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from briefpress.cli.options import FOLDER, json_option, project_option
from briefpress.cli.terminal import (
    exit_on_error,
    exit_status,
    format_table,
    how_to_reach,
    print_json,
    print_problems,
    problems_to_json,
    project_above,
)

if TYPE_CHECKING:
    from briefpress.theme.model import Theme

THEME_TOML = """\
name = "{name}"
parent = "{parent}"

# A value here replaces the value of that name in the parent theme.
# `briefpress theme show {name}` lists all values.
[color]
accent = {accent}
"""
PRINT_CSS = """\
@import "parent:print.css";

/* Rules below add to those of the parent theme. Tokens: var(--color-accent). */
"""


@click.group()
def theme() -> None:
    """List the themes, show the parts of one, or start a new one. No Python is needed."""


@theme.command("list")
@project_option
def list_themes(project: Path) -> None:
    """List the themes of the project and of briefpress, each with its parent themes."""
    from briefpress.problems import BriefpressError, Problem
    from briefpress.theme.folder import theme_folders, theme_names
    from briefpress.theme.read import read_theme

    with exit_on_error(project):
        folders = theme_folders(project)
    rows: list[tuple[str, str]] = []
    problems: list[Problem] = []
    for name in theme_names(folders):
        try:
            found, _ = read_theme(name, folders)
        except BriefpressError as error:
            rows.append((name, "has errors"))
            problems += error.problems
        else:
            rows.append((name, " < ".join(found.chain[1:])))
    click.echo(format_table(rows))
    print_problems(problems, project)
    sys.exit(exit_status(problems))


@theme.command()
@click.argument("name")
@project_option
@json_option
def show(name: str, project: Path, as_json: bool) -> None:
    """Show the parent themes, tokens, fonts and templates of a theme, and its errors.

    \b
    briefpress theme show civic
    """  # noqa: D301 - click reads \b: the lines below stay as they are
    from briefpress.theme.folder import theme_folders
    from briefpress.theme.read import read_theme

    with exit_on_error(project, as_json):
        folders = theme_folders(project)
        _check_theme_name(name, folders)
        found, problems = read_theme(name, folders)
    if as_json:
        parts = _theme_as_json(found)
        parts["problems"] = problems_to_json(problems)
        print_json(parts)
    else:
        click.echo(_describe_theme(found))
        print_problems(problems, project)
    sys.exit(exit_status(problems))


@theme.command("new")
@click.argument("name")
@click.option(
    "--parent",
    default="plain",
    show_default=True,
    metavar="THEME",
    help="The theme to inherit from.",
)
@click.option(
    "--accent",
    default="#8a1c2b",
    show_default=True,
    metavar="COLOUR",
    help="The accent colour, as in CSS.",
)
@project_option
def new_theme(name: str, parent: str, accent: str, project: Path) -> None:
    """Start a theme in themes/NAME that inherits everything from another theme.

    \b
    briefpress theme new ours --parent civic --accent "#224466"
    """  # noqa: D301 - click reads \b: the lines below stay as they are
    from briefpress.theme.folder import theme_folders
    from briefpress.theme.read import read_theme

    folder = project / "themes" / name
    _check_new_theme(name, accent, project)
    with exit_on_error(project):
        folders = theme_folders(project)
        _check_theme_name(parent, folders)
        read_theme(parent, folders)
    if folder.exists():
        raise click.UsageError(f"{folder} already exists: choose another name")
    (folder / "css").mkdir(parents=True)
    accent = json.dumps(accent, ensure_ascii=False)
    theme_toml = THEME_TOML.format(name=name, parent=parent, accent=accent)
    (folder / "theme.toml").write_text(theme_toml, "utf-8")
    (folder / "css" / "print.css").write_text(PRINT_CSS, "utf-8")
    click.echo(f"written {folder}")
    click.echo(f'next: set theme = "{name}" in press.toml; then run `briefpress build`')


def _check_new_theme(name: str, accent: str, project: Path) -> None:
    """Raise `UsageError` for a wrong name, colour or folder."""
    from briefpress.schema.formats import check_token
    from briefpress.theme.folder import is_theme_name

    if not is_theme_name(name):
        message = f"`{name}` cannot name a theme: use a-z, 0-9 and hyphens"
        raise click.UsageError(message)
    wrong = check_token("color-accent", accent)
    if wrong:
        raise click.UsageError(f"--accent `{accent}` {wrong}")
    above = project_above(project)
    if above is not None and not (project / "press.toml").exists():
        message = f"press.toml is in {above.name}, above this folder"
        raise click.UsageError(f"{message}: {how_to_reach(above, project)}")


def _check_theme_name(name: str, folders: Sequence[Path]) -> None:
    """Raise `UsageError` if there is no theme of that name."""
    from briefpress.theme.folder import theme_names

    known = theme_names(folders)
    if name not in known:
        message = f"there is no theme `{name}`: themes are {', '.join(known)}"
        raise click.UsageError(message)


def _theme_as_json(theme: Theme) -> dict[str, object]:
    fonts = []
    for face in theme.fonts:
        font = {"family": face.family, "weight": face.weight, "style": face.style}
        fonts.append(font)
    return {
        "chain": theme.chain,
        "tokens": theme.tokens,
        "templates": sorted(theme.templates),
        "fonts": fonts,
    }


def _describe_theme(theme: Theme) -> str:
    """Return the parts of a theme for the terminal: a block for each kind."""
    tokens = [(f"--{name}", value) for name, value in sorted(theme.tokens.items())]
    fonts = [
        (face.family, face.weight, face.style, face.package) for face in theme.fonts
    ]
    blocks = [
        " < ".join(theme.chain),
        format_table(tokens),
        format_table(fonts),
        "\n".join(sorted(theme.templates)),
    ]
    return "\n\n".join(blocks)


@click.group()
def fonts() -> None:
    """Add fonts for scripts that the themes have no letters for."""


@fonts.command("list")
@project_option
def list_fonts(project: Path) -> None:
    """List the fonts that can be added, and which of them the project has and uses."""
    from briefpress.press import read_press
    from briefpress.theme.added_fonts import catalogue, read_lock

    with exit_on_error(project):
        press, _ = read_press(project)
        locked = read_lock(project)
    rows = []
    for font in catalogue().values():
        state = "added" if font.name in locked else ""
        if font.name in press.fonts.fallback:
            state = "used" if state else "missing"
        rows.append((font.name, font.title, font.family, state))
    click.echo(format_table(rows))


@fonts.command("add")
@click.argument("names", nargs=-1, metavar="NAME…")
@project_option
def add_fonts(names: tuple[str, ...], project: Path) -> None:
    """Download fonts into fonts/ and record them in fonts.lock.

    Without NAME, those that press.toml names.

    \b
    briefpress fonts add zh-hans
    """  # noqa: D301 - click reads \b: the lines below stay as they are
    from briefpress.press import read_press
    from briefpress.theme.added_fonts import (
        DownloadError,
        add_font,
        catalogue,
        unknown_font,
    )

    with exit_on_error(project):
        press, _ = read_press(project)
    names = names or press.fonts.fallback
    if not names:
        raise click.UsageError("press.toml names no fonts: run `briefpress fonts list`")
    for name in names:
        if name not in catalogue():
            raise click.UsageError(unknown_font(name))
    for name in names:
        try:
            with exit_on_error(project):
                is_new = add_font(project, catalogue()[name])
        except DownloadError as error:
            click.echo(f"{name}: {error}", err=True)
            sys.exit(3)
        click.echo(f"{'written' if is_new else 'unchanged'} {project / 'fonts' / name}")
    unused = [name for name in names if name not in press.fonts.fallback]
    if unused:
        fallback = json.dumps([*press.fonts.fallback, *unused])
        click.echo(f"next: set `fallback = {fallback}` under `[fonts]` in press.toml")


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

    Files that exist already stay unchanged.

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
        folder / ".gitignore": "/build/\n/proof/\n/.briefpress/\n/.released/\n",
    }
    is_new = [_write_new(path, text) for path, text in files.items()]
    if any(is_new):
        first = folder / "briefs" / "first-brief.md"
        click.echo(
            f"next: run `briefpress proof` to see {first}; to publish it, delete its"
            " `draft: true` and run `briefpress build`"
        )
    else:
        click.echo("nothing written: the project exists already")


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
    from briefpress.manuscript.briefs import read_manuscript
    from briefpress.schema.formats import check_slug

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
