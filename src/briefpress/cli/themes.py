"""`briefpress theme`: what themes there are, what they are made of, and the start of a new one."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from briefpress.cli.options import json_option, project_option
from briefpress.cli.report import status, stop_on_fault, table, tell, tell_json

START = """\
name = "{name}"
parent = "{parent}"

# What stands here replaces the parent's value of the same name; `briefpress theme show {name}` lists them all.
[color]
accent = {accent}
"""
PRINT = """\
@import "parent:print.css";

/* Rules that follow add to the parent's. Tokens: var(--color-accent). */
"""


@click.group()
def theme() -> None:
    """List themes, show what one is made of, or begin one. No theme needs Python."""


@theme.command("list")
@project_option
def list_themes(project: Path) -> None:
    """List the themes that the project and briefpress have, each with its parents."""
    from briefpress.problems import BriefpressError, Problem
    from briefpress.theme import read_theme, theme_folders, theme_names

    with stop_on_fault(project):
        folders = theme_folders(project)
    rows: list[tuple[str, str]] = []
    problems: list[Problem] = []
    for name in theme_names(folders):
        try:
            rows.append((name, " < ".join(read_theme(name, folders)[0].chain[1:])))
        except BriefpressError as error:
            rows.append((name, "cannot be used"))
            problems += error.problems
    click.echo(table(rows))
    tell(problems, project)
    sys.exit(status(problems))


@theme.command()
@click.argument("name")
@project_option
@json_option
def show(name: str, project: Path, as_json: bool) -> None:
    """Show a theme: its chain, tokens, templates and fonts, and what is wrong with it."""
    from briefpress.theme import read_theme, theme_folders

    with stop_on_fault(project, as_json):
        folders = theme_folders(project)
        _refuse_unknown(name, folders)
        found, problems = read_theme(name, folders)
    if as_json:
        fonts = [
            {"family": face.family, "weight": face.weight, "style": face.style}
            for face in found.fonts
        ]
        parts = {
            "chain": found.chain,
            "tokens": found.tokens,
            "templates": sorted(found.templates),
            "fonts": fonts,
        }
        tell_json({**parts, "problems": [problem.to_json() for problem in problems]})
    else:
        click.echo(" < ".join(found.chain) + "\n")
        click.echo(
            table(
                [(f"--{token}", value) for token, value in sorted(found.tokens.items())]
            )
            + "\n"
        )
        click.echo(
            table(
                [
                    (face.family, face.weight, face.style, face.package)
                    for face in found.fonts
                ]
            )
            + "\n"
        )
        click.echo("\n".join(sorted(found.templates)))
        tell(problems, project)
    sys.exit(status(problems))


@theme.command("new")
@click.argument("name")
@click.option(
    "--parent", default="plain", show_default=True, help="The theme to start from."
)
@click.option(
    "--accent", default="#8a1c2b", show_default=True, help="Its accent colour."
)
@project_option
def new_theme(name: str, parent: str, accent: str, project: Path) -> None:
    """Begin a theme in themes/NAME that inherits everything from another."""
    from briefpress.schema import check_token
    from briefpress.theme import is_theme_name, read_theme, theme_folders

    if not is_theme_name(name):
        raise click.UsageError(
            f"“{name}”: the name of a theme is made of small letters, digits and hyphens"
        )
    if wrong := check_token("color-accent", accent):
        raise click.UsageError(f"--accent “{accent}” {wrong}")
    with stop_on_fault(project):
        folders = theme_folders(project)
        _refuse_unknown(parent, folders)
        read_theme(parent, folders)
    folder = project / "themes" / name
    if folder.exists():
        raise click.UsageError(f"there is a folder {folder} already")
    (folder / "css").mkdir(parents=True)
    (folder / "theme.toml").write_text(
        START.format(
            name=name, parent=parent, accent=json.dumps(accent, ensure_ascii=False)
        ),
        "utf-8",
    )
    (folder / "css" / "print.css").write_text(PRINT, "utf-8")
    click.echo(
        f'wrote   {folder}\nnext: theme = "{name}" in press.toml, then `briefpress build`'
    )


def _refuse_unknown(name: str, folders: Sequence[Path]) -> None:
    """Raise for the name of a theme that nobody has."""
    from briefpress.theme import theme_names

    if name not in (known := theme_names(folders)):
        raise click.UsageError(
            f"there is no theme “{name}”: there are {', '.join(known)}"
        )
