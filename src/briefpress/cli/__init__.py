"""The command line: reads the arguments, calls the program, prints the result.

Exit status: 0 no errors; 1 errors in the content (everything without errors is published);
2 wrong usage; 3 the machine lacks something; 128 + N ended by signal N (Ctrl-C: 130).
"""

from __future__ import annotations

import os
import sys

import click

from briefpress import __version__
from briefpress.cli.build import build, release
from briefpress.cli.inspection import audit, cache, check, diff, doctor, list_project
from briefpress.cli.project_and_theme import fonts, init, new, theme
from briefpress.cli.proof import proof
from briefpress.engine.signals import TerminatedError, raise_on_termination

HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class Commands(click.Group):
    """The commands. Ctrl-C, TERM and HUP end each of them without a traceback."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command in the arguments."""
        _restart_with_assertions()
        try:
            with raise_on_termination():
                result: object = super().invoke(ctx)
                return result
        except TerminatedError as termination:
            message = "stopped; all published files are complete. Run the command again to continue"
            click.echo(message, err=True)
            sys.exit(128 + termination.number)


def _restart_with_assertions() -> None:
    """Start the program again without `-O`, which removes assertions.

    WeasyPrint parses style sheets with the help of assertions; its pages differ without.
    """
    arguments = sys.orig_argv[1:]
    kept = [each for each in arguments if each not in {"-O", "-OO"}]
    if not sys.flags.optimize:
        return
    from_environment = os.environ.pop("PYTHONOPTIMIZE", "")
    if from_environment or kept != arguments:
        os.execv(sys.executable, [sys.executable, *kept])  # noqa: S606 - no shell


@click.group(
    cls=Commands,
    context_settings=HELP,
    epilog="Start with `briefpress init FOLDER`; then run `briefpress build` in FOLDER.",
)
@click.version_option(__version__, prog_name="briefpress")
def main() -> None:
    """Publish policy briefs written in Markdown as web pages, print PDFs and EPUBs.

    A project is a folder with press.toml, briefs/ and, if you like, themes/. Its editions
    are published in build/html, build/pdf and build/epub, ready for a web server. Every
    edition is checked before it is published.
    """


COMMANDS = (
    build,
    release,
    diff,
    proof,
    check,
    audit,
    list_project,
    new,
    init,
    theme,
    fonts,
    cache,
    doctor,
)
for command in COMMANDS:
    main.add_command(command)
