"""Render random briefs and check their notes: `tests/fuzz --notes 50000 --seed 1`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2] / "src")]

from random_briefs import random_briefs  # noqa: E402 - found by the line above
from rendering import render_and_check  # noqa: E402 - likewise

STEP = 2500  # notes between two lines of progress: a minute or two


def main() -> int:
    """Render random briefs until they have enough notes; report each that is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--notes", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    notes = pages = wrong_briefs = 0
    for seed, brief in random_briefs(options.seed, options.notes):
        edition, wrong = render_and_check(brief)
        before = notes
        notes += len(brief.notes)
        if notes // STEP > before // STEP:
            progress = (
                f"{notes} of {options.notes} notes, {wrong_briefs} briefs wrong\n"
            )
            sys.stderr.write(progress)
        pages += edition.audit.pages
        wrong_briefs += bool(wrong)
        for line in wrong[:5]:
            sys.stdout.write(f"seed {seed}: {line}\n")
    sys.stdout.write(f"{notes} notes on {pages} pages, {wrong_briefs} briefs wrong\n")
    return bool(wrong_briefs)


if __name__ == "__main__":
    raise SystemExit(main())
