"""Columns with notes: how much room the foot takes is found from outside, by laying the columns out.

WeasyPrint looks for the height of the columns and for the notes in them at once, and drops notes that its balancing
has moved to another page. Here the columns are laid out above a foot of fixed height, until the notes they call fit it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from weasyprint.layout.block import remove_placeholders

TRIALS = 7
MOST = 0.85  # of the page: where the notes that columns call need more, some begin later than they should
LINE = 16  # px: a foot that is about a line too high is good enough


def columns_layout(
    original: Any,
    context: Any,
    box: Any,
    bottom_space: float,
    skip_stack: Any,
    *args: Any,
) -> Any:
    """Lay out columns above the smallest foot that holds the notes they call."""
    if context.in_column or context.laying or not context.footnotes:
        return original(context, box, bottom_space, skip_stack, *args)
    search = Search(context.height(context.pieces), context.full * MOST)
    before = list(context.entries)
    for _ in range(TRIALS):
        result, pieces = _attempt(
            original,
            context,
            (box, bottom_space, skip_stack, *args),
            search.foot,
            before,
        )
        fits = _fits(context, pieces, len(before))
        needed = (
            pieces if fits else context.plan(context.entries, search.most, must=True)
        )
        if search.ends(context.height(needed), fits=fits):
            break
        _undo(context, result, args[2:4])
    context.settle_on(pieces or context.plan(context.entries, search.foot, must=True))
    return result


@dataclass(slots=True)
class Search:
    """The search for the smallest foot that will do, between one that is too small and one that is not."""

    foot: float  # the next to try
    most: float
    small: float = 0.0  # too small
    good: float | None = None  # large enough
    trial: int = 0

    def ends(self, need: float, *, fits: bool) -> bool:
        """Whether the foot just tried is the one. `need` is the height of the notes that were called above it."""
        self.trial += 1
        last = (
            self.trial >= TRIALS - 1
        )  # the last but one: what was good is then laid out once more
        if fits:
            if self.foot - need < LINE or last:
                return True
            self.good = self.foot
            self.foot = max(need, (self.foot + self.small) / 2)
            return False
        self.small = self.foot
        top = self.most if self.good is None else self.good
        if self.trial == TRIALS or self.foot >= self.most:
            return True
        self.foot = (
            top
            if last
            else need
            if self.foot + LINE < need < top - LINE
            else (self.foot + top) / 2
        )
        return False


def _fits(context: Any, pieces: list[Any] | None, carried: int) -> bool:
    """Whether notes fit a foot: all but the last whole, and that one too if it is short."""
    if pieces is None or any(piece.is_split for piece in pieces[carried:-1]):
        return False
    return not (
        len(pieces) > carried and pieces[-1].is_split and context.is_short(pieces[-1])
    )


def _attempt(
    original: Any, context: Any, args: tuple[Any, ...], foot: float, before: list[Any]
) -> tuple[Any, Any]:
    """Lay columns out above a foot of this height; return them and the pieces that fill it, None if they do not."""
    context.entries, context.pending = list(before), None
    context.page_bottom = context.base_bottom - foot
    *front, margins, letter, line = args
    result = original(context, *front, list(margins), letter, line)
    context.pending = None
    context.entries[len(before) :] = sorted(
        context.entries[len(before) :], key=lambda e: context.order[e.note]
    )
    return result, context.plan(context.entries, foot)


def _undo(context: Any, result: Any, placeholders: tuple[list[Any], list[Any]]) -> None:
    """Take columns back, with what they placed elsewhere."""
    if result[0] is not None:
        context.in_column = True  # the foot is not to be counted again for each note
        remove_placeholders(context, [result[0]], *placeholders)
        context.in_column = False
