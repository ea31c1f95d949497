"""Columns with footnote calls: the height of the footnote area is searched from outside.

WeasyPrint balances columns and places their notes at the same time, and loses notes whose
calls the balancing moves to another page. Here the columns are laid out above an area of
a given height, again and again, until the notes that they call fit that height.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from weasyprint.layout.block import remove_placeholders

from briefpress.editions.pdf.footnote_area import FootnoteArea
from briefpress.editions.pdf.footnote_layout import Fragment, Remainder
from briefpress.editions.pdf.weasyprint.footnotes import FootnoteContext

TRIALS = 7
TALLEST = 0.85  # of the page area; if the notes need more, some begin too late
CLOSE_ENOUGH = 16  # px: an area may be about a line too tall


def columns_layout(original: Callable[..., Any]) -> Callable[..., Any]:
    """Return WeasyPrint's function, which then lays out columns above a fitting area."""

    def lay_out(
        context: FootnoteContext,
        box: Any,
        bottom_space: float,
        skip_stack: Any,
        *args: Any,
    ) -> Any:
        arguments = (context, box, bottom_space, skip_stack, *args)
        if context.in_column or context.is_laying_out_note or not context.footnotes:
            return original(*arguments)
        return _lay_out_above_notes(original, context, arguments)

    return lay_out


def _lay_out_above_notes(
    original: Callable[..., Any], context: FootnoteContext, arguments: tuple[Any, ...]
) -> Any:
    """Return columns above the smallest footnote area that holds the notes they call."""
    area, layout = context.area, context.layout
    placeholders = arguments[6:8]
    carried = list(area.remainders)
    search = HeightSearch(layout.height(area.fragments), area.page_height * TALLEST)
    result, fragments = None, None
    for _ in range(TRIALS):
        result = _try(original, context, arguments, search.height, carried)
        fragments = layout.fill(area.remainders, search.height)
        fits = notes_fit(fragments, len(carried), area)
        needed = fragments
        if not fits:
            needed = layout.fill(area.remainders, search.tallest, force=True)
        if search.ends(layout.height(needed or []), fits=fits):
            break
        _undo(context, result, placeholders)
    if not fragments:
        fragments = layout.fill(area.remainders, search.height, force=True)
    area.fragments = fragments or []
    context.set_page_bottom()
    return result


def notes_fit(
    fragments: list[Fragment] | None, carried: int, area: FootnoteArea
) -> bool:
    """Whether notes fit their area: all but the last in full, and a short one in full too.

    The first `carried` remainders come from the page before, and may continue.
    """
    if fragments is None:
        return False
    if any(fragment.is_broken for fragment in fragments[carried:-1]):
        return False
    return len(fragments) <= carried or not area.breaks_short_note(fragments)


def _try(
    original: Callable[..., Any],
    context: FootnoteContext,
    arguments: tuple[Any, ...],
    height: float,
    carried: list[Remainder],
) -> Any:
    """Return columns laid out above an area of a height, which then has their notes."""
    area = context.area
    area.remainders = list(carried)
    context.undecided = None
    context.page_bottom = area.bottom - height
    *front, adjoining_margins, first_letter_style, first_line_style = arguments
    # WeasyPrint changes the list of margins.
    margins = list(adjoining_margins)
    result = original(*front, margins, first_letter_style, first_line_style)
    context.undecided = None
    called = area.remainders[len(carried) :]
    called.sort(key=lambda remainder: area.call_order[remainder.note])
    area.remainders[len(carried) :] = called
    return result


def _undo(
    context: FootnoteContext, result: Any, placeholders: tuple[list[Any], list[Any]]
) -> None:
    """Take columns back, with what they placed elsewhere."""
    columns = result[0]
    if columns is None:
        return
    # In a column, the area is not filled again for each note that is taken back.
    context.in_column = True
    remove_placeholders(context, [columns], *placeholders)
    context.in_column = False


@dataclass(slots=True)
class HeightSearch:
    """A search for the smallest height that is enough, in px."""

    height: float  # to try next
    tallest: float
    too_small: float = 0.0  # the largest height that was not enough
    enough: float | None = None  # the smallest height that was
    trials: int = 0

    def ends(self, needed: float, *, fits: bool) -> bool:
        """Whether the height just tried is the result; if not, choose the next.

        `needed` is the height of the notes that were called above it. The last trial is
        kept for a height that was enough, which must then be laid out once more.
        """
        self.trials += 1
        is_last_choice = self.trials >= TRIALS - 1
        if fits:
            if self.height - needed < CLOSE_ENOUGH or is_last_choice:
                return True
            self.enough = self.height
            self.height = max(needed, (self.height + self.too_small) / 2)
            return False
        self.too_small = self.height
        upper = self.tallest if self.enough is None else self.enough
        if self.trials == TRIALS or self.height >= self.tallest:
            return True
        if is_last_choice:
            self.height = upper
        elif self.height + CLOSE_ENOUGH < needed < upper - CLOSE_ENOUGH:
            self.height = needed
        else:
            self.height = (self.height + upper) / 2
        return False
