"""The pages of docs/ that `make golden` writes from the program."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, nodes

from briefpress.cli import main
from briefpress.problems import Explanation, catalogue

if TYPE_CHECKING:
    import click

JSON_OUTPUT = Path(__file__).with_name("json_output.md")
PROBLEMS_INTRODUCTION = """\
An error keeps its brief from being published; a warning does not. All other briefs go on.

An error is always an error. A warning can be changed in press.toml: `[checks]` with
`F03 = "error"`, `"warning"` or `"off"`. With `--strict` every warning is an error.
Where press.toml or a theme has the fault of a brief (an unknown key, a wrong type), it is
always an error.
A code keeps its meaning in later versions.
"""
HEAD = "<!-- Written by `make golden` from the program itself; change it there. -->\n\n"


def problems_page() -> str:
    """Return the page of all problems, from `problems.toml`."""
    parts = [
        HEAD + "# Problems: every code\n",
        PROBLEMS_INTRODUCTION,
    ]
    for code, entry in sorted(catalogue().items()):
        parts.append(
            f"## {code}: {entry.title}\n\n{_severity(entry)} {_sentence(entry.why)}\n\n{_sample(entry.example)}\n"
        )
    return "\n".join(parts)


def _severity(entry: Explanation) -> str:
    """Return the severity, and whether it can be changed."""
    change = "can be changed" if entry.can_change else "always"
    return f"**{entry.severity.capitalize()}** ({change})."


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:] + "."


def _sample(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.splitlines())


def commands() -> Iterator[tuple[str, click.Command, click.Context]]:
    """Return every command by its full name: "briefpress theme new"."""
    yield from _below(main, "briefpress", None)


def _below(
    command: click.Command, name: str, parent: click.Context | None
) -> Iterator[tuple[str, click.Command, click.Context]]:
    context = command.make_context(
        name, [], parent, resilient_parsing=True, terminal_width=100
    )
    yield context.command_path, command, context
    for child, inner in sorted(getattr(command, "commands", {}).items()):
        yield from _below(inner, child, context)


def commands_page() -> str:
    """Return what `--help` says of every command, and the keys that `--json` prints."""
    parts = [HEAD + "# Commands: what `--help` says\n"]
    parts += [
        f"## {path}\n\n```text\n{command.get_help(context)}\n```\n"
        for path, command, context in commands()
    ]
    parts.append(JSON_OUTPUT.read_text("utf-8"))
    return "\n".join(parts)


def theme_page(theme: Path) -> str:
    """Return the tokens and the blocks of the base theme: all that a child may replace."""
    tokens = [
        f"| {' | '.join(row)} |"
        for row in _tokens((theme / "theme.toml").read_text("utf-8"))
    ]
    blocks = [
        f"| `{file}` | {', '.join(f'`{name}`' for name in names)} |"
        for file, names in _blocks(theme)
    ]
    styles = [f"`{path.name}`" for path in sorted((theme / "css").glob("*.css"))]
    strings = sorted(
        set(
            re.findall(
                r"^([\w-]+) *=",
                (theme / "strings.toml").read_text("utf-8"),
                re.MULTILINE,
            )
        )
    )
    return "\n".join(
        [
            HEAD + "# Themes: every token, template and block of `plain`\n",
            f"Style sheets: {', '.join(styles)}.\n",
            "## Tokens\n\n| `theme.toml` | in CSS | value in `plain` | |\n| --- | --- | --- | --- |",
            *tokens,
            "\n## Templates and their blocks\n\n| template | blocks |\n| --- | --- |",
            *blocks,
            f"\n## Words\n\n`strings.toml` has, for each language: {', '.join(f'`{key}`' for key in strings)}.\n",
        ]
    )


def _tokens(text: str) -> Iterable[tuple[str, str, str, str]]:
    """Return key, property, value and comment of each line that sets a token."""
    table = ""
    for line in text.splitlines():
        if found := re.match(r"\[(\w+)\]", line):
            table = found[1]
        elif line.startswith("[["):
            table = ""
        elif table and (
            found := re.match(r"""([\w-]+) *= *"([^"]*)" *(?:# *(.*))?$""", line)
        ):
            yield (
                f"`[{table}] {found[1]}`",
                f"`--{table}-{found[1]}`",
                f"`{found[2]}`",
                found[3] or "",
            )


def _blocks(theme: Path) -> Iterable[tuple[str, list[str]]]:
    """Return the blocks of each template, in their order."""
    environment = Environment(autoescape=True)
    for path in sorted((theme / "templates").glob("*.j2")):
        tree = environment.parse(path.read_text("utf-8").replace("parent:", ""))
        yield path.name, [block.name for block in tree.find_all(nodes.Block)]
