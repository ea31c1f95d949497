"""The command line: arguments in, words and an exit status out. What it does lies elsewhere.

Exit status: 0 good; 1 something in the content is wrong, and all that is right was still published;
2 wrong usage; 3 the machine lacks something; 128 + N ended by the signal N (Ctrl-C: 130).
"""

from __future__ import annotations

import os
import sys
from typing import Any

import click

from briefpress import __version__
from briefpress.cli.build import build, cache
from briefpress.cli.look import audit, check, doctor, list_briefs
from briefpress.cli.start import init, new
from briefpress.cli.themes import theme
from briefpress.engine.signals import TerminatedError, raise_on_termination

HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class Press(click.Group):
    """The commands. Ctrl-C, TERM and HUP end any of them at once, without a traceback; the next run goes on."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was asked for."""
        _keep_assertions()
        try:
            with raise_on_termination():
                return super().invoke(ctx)
        except TerminatedError as end:
            click.echo(
                "stopped: nothing half is left, and the next build goes on from here",
                err=True,
            )
            sys.exit(128 + end.number)


def _keep_assertions() -> None:
    """Begin anew without `-O`: WeasyPrint reads style sheets by assertions, and sets other pages without them."""
    words = [word for word in sys.orig_argv[1:] if word not in {"-O", "-OO"}]
    if sys.flags.optimize and (
        os.environ.pop("PYTHONOPTIMIZE", "") or words != sys.orig_argv[1:]
    ):
        os.execv(sys.executable, [sys.executable, *words])  # noqa: S606 - ourselves, with our own words


@click.group(
    cls=Press,
    context_settings=HELP,
    epilog="Start with `briefpress init FOLDER`, then `briefpress build` in it.",
)
@click.version_option(__version__, prog_name="briefpress")
def main() -> None:
    """Policy briefs from Markdown to web page, print PDF with true footnotes, and EPUB.

    One folder of briefs goes in (press.toml, briefs/, themes/); a folder that can be served as it is comes
    out (build/html, build/pdf, build/epub). Every edition is checked before it is published.
    """


for command in (build, check, audit, list_briefs, new, init, theme, cache, doctor):
    main.add_command(command)
