"""Fuzz the setting of notes: `python tests/fuzz --notes 50000 --seed 1`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2] / "src")]

from deal import seeds  # noqa: E402 - found by the line above
from press_room import try_brief  # noqa: E402 - likewise

STEP = 2500  # notes between two lines that say how far it is: a minute or two


def main() -> int:
    """Deal briefs until they hold enough notes, and tell of each that is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--notes", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    notes = pages = bad = 0
    for seed, dealt in seeds(chosen.seed, chosen.notes):
        made, wrong = try_brief(dealt)
        if (notes + len(dealt.notes)) // STEP > notes // STEP:
            sys.stderr.write(
                f"{notes + len(dealt.notes)} of {chosen.notes} notes, {bad} briefs wrong\n"
            )
        notes, pages, bad = (
            notes + len(dealt.notes),
            pages + made.audit.pages,
            bad + bool(wrong),
        )
        for line in wrong[:5]:
            sys.stdout.write(f"seed {seed}: {line}\n")
    sys.stdout.write(f"{notes} notes on {pages} pages, {bad} briefs wrong\n")
    return bool(bad)


if __name__ == "__main__":
    raise SystemExit(main())
