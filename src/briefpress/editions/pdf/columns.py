"""Columns with notes: how much room the foot takes is found from outside, by laying the columns out.

WeasyPrint looks for the height of the columns and for the notes in them at once, and drops notes that its balancing
has moved to another page. Here the columns are laid out above a foot of fixed height, until the notes they call fit it.
"""

from __future__ import annotations

from typing import Any

from weasyprint.layout.block import remove_placeholders

TRIALS = 6
LINE = 12  # px: a foot that is less than a line too high is good enough


def columns_layout(original: Any, context: Any, box: Any, bottom_space: float, skip_stack: Any, *args: Any) -> Any:
    """Lay out columns above the smallest foot that holds the notes they call."""
    if context.in_column or context.laying or not context.footnotes:
        return original(context, box, bottom_space, skip_stack, *args)
    before = list(context.entries)
    foot = context.height(context.pieces)
    good = bad = None
    for trial in range(TRIALS + 1):
        result, pieces = _attempt(original, context, (box, bottom_space, skip_stack, *args), foot, before)
        spare = -1.0 if pieces is None else foot - context.height(pieces)
        if pieces is not None and (spare < LINE or trial >= TRIALS - 1):
            break
        if pieces is not None:
            good = foot
        else:
            bad = foot
        if trial == TRIALS - 1:
            foot = context.cap if good is None else good
        elif good is None:
            foot = max(context.height(context.plan(context.entries, context.cap, must=True)), foot + LINE)
        else:
            foot = good - spare if bad is None or good - spare > bad else (good + bad) / 2
        _undo(context, result, args[2:4])
    context.settle_on(pieces if pieces is not None else context.plan(context.entries, context.cap, must=True))
    return result


def _attempt(original: Any, context: Any, args: tuple[Any, ...], foot: float, before: list[Any]) -> tuple[Any, Any]:
    """Lay columns out above a foot of this height; return them and the pieces that fill it, None when they do not fit."""
    context.entries, context.pending = list(before), None
    context.page_bottom = context.base_bottom - foot
    *front, margins, letter, line = args
    result = original(context, *front, list(margins), letter, line)
    context.pending = None
    context.entries[len(before) :] = sorted(context.entries[len(before) :], key=lambda e: context.order[e.note])
    pieces = context.plan(context.entries, foot)
    if pieces and len(context.entries) > len(before) and not context.is_good(pieces, context.base_bottom):
        pieces = None
    return result, pieces


def _undo(context: Any, result: Any, placeholders: tuple[list[Any], list[Any]]) -> None:
    """Take columns back, with what they placed elsewhere."""
    if result[0] is not None:
        context.in_column = True  # the foot is not to be counted again for each note
        remove_placeholders(context, [result[0]], *placeholders)
        context.in_column = False
