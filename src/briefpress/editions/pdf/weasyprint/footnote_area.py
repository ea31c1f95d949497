"""The foot of the page: which notes stand on it, whole or in part, and how much room they leave to the body.

WeasyPrint asks its layout context to place a note when it has set the line that calls it. This context answers
otherwise than its own: each note is laid out once, a note that does not fit is cut at a line end, and at the end of
the page the calls that truly stand on it decide which notes do.

The rules, in the order in which they yield:

1. A note begins on the page of its first call. That never yields while its first two lines can be set there.
2. Notes begin in the order of their calls.
3. The notes take at most `SHARE` of the page while the body goes on; the body's end frees the rest.
4. A note of up to `SHORT` lines stands whole; its line of the body goes to the next page instead.
5. Only the last note of a page continues on the next. Where that would leave the body less than `BODY` of the page,
   an earlier long note gives way: the later notes begin below it, and it goes on first on the next page.
"""

from __future__ import annotations

from math import inf
from typing import Any

from briefpress.editions.pdf.weasyprint.footnote_layout import (
    SHORT,
    Entry,
    Fitting,
    Piece,
    content_bottom,
    unique,
    walk,
)

SHARE = 0.66
BODY = 0.25


class Waiting:
    """The notes not yet begun, as WeasyPrint asks for them: `box.footnote in context.footnotes`."""

    def __init__(self, foot: Foot) -> None:
        """Answer for `foot`."""
        self.foot = foot

    def __bool__(self) -> bool:
        """Whether the document has notes at all."""
        return bool(self.foot.order)

    def __contains__(self, note: Any) -> bool:
        """Whether a note is called here for the first time."""
        return note is not None and self.foot.is_waiting(note)

    def copy(self) -> Waiting:
        """Return itself: a new pagination is begun by setting it."""
        return self


class Foot(Fitting):
    """WeasyPrint's layout context, with a foot of our own on every page."""

    order: dict[Any, int]  # box of a note to its place in the order of calls
    page_bottom: float  # these three are WeasyPrint's
    in_column: bool
    reported_footnotes: list[Any]

    def __init__(self, *args: Any) -> None:
        """Begin without notes; `mends` hands them over when the boxes are made."""
        self.order = {}
        self.nested: dict[Any, list[Any]] = {}  # what a note calls itself
        self.sign_box: Any = None
        self._area: Any = None
        self.laying = False
        super().__init__(*args)

    # What WeasyPrint reads and sets.

    @property
    def footnotes(self) -> Waiting:
        """The notes not yet begun."""
        return Waiting(self)

    @footnotes.setter
    def footnotes(self, _: Any) -> None:
        """Begin a pagination: no note has begun."""
        self.begun: dict[Any, int] = {}
        self.carried: list[Entry] = []
        self.entries: list[Entry] = []
        self.pieces: list[Piece] = []
        self.late: dict[
            Any, int
        ] = {}  # notes that could not begin on the page of their call
        self.wholes: dict[tuple[Any, str], Piece] = {}
        self.pending: Any = None
        self.forced = False
        self.root: Any = None

    @property
    def current_footnote_area(self) -> Any:
        """The box of the foot, as the theme's `@footnote` styles it."""
        return self._area

    @current_footnote_area.setter
    def current_footnote_area(self, area: Any) -> None:
        """Begin a page: what the last one left over is set first."""
        self._area = area
        if area is None:
            return
        self.base_bottom = self.page_bottom
        self.top = area.page.content_box_y()
        self.full = self.base_bottom - self.top
        cap = area.max_height if area.max_height != inf else self.full
        self.cap = max(min(cap, self.full * SHARE), self.full * 0.2)
        self.frame = self.lay_frame(area)
        self.sign = (
            None if self.sign_box is None else self.lay(Entry(self.sign_box), inf)
        )
        self.pieces = []
        self.settle_on(self.plan(self.entries, self.cap, must=True))

    def layout_footnote(self, footnote: Any) -> bool:
        """A line calls a note: it is decided when its place is known, at the question that follows at once."""
        if not self.laying:
            self.entries.append(Entry(footnote))
            self.pending, self.forced = footnote, False
        return False

    def overflows_page(self, bottom_space: float, position_y: float) -> bool:
        """Whether a line is too low; when it calls a note, whether the note has no room below it."""
        if self.laying or self.pending is None:
            return bool(super().overflows_page(bottom_space, position_y))
        # Without a limit a box is only measured, or is the head of a table: neither may break at its call.
        forced, self.pending = self.forced or bottom_space == -inf, None
        if self.in_column:
            return bool(super().overflows_page(bottom_space, position_y))
        room = min(self.cap, self.base_bottom - bottom_space - position_y)
        pieces = self.plan(self.entries, room, must=forced)
        if pieces is None or not (forced or self.is_good(pieces, position_y)):
            return True
        self.settle_on(pieces)
        return bool(super().overflows_page(bottom_space, position_y))

    def report_footnote(self, footnote: Any) -> None:
        """The note does not fit. If its line stands nevertheless, being the first of the page, room is made."""
        self.pending, self.forced = footnote, True

    def unlayout_footnote(self, footnote: Any) -> None:
        """The line that calls a note was taken back."""
        if self.laying or not any(
            each.note is footnote and each.skip is None for each in self.entries
        ):
            return
        if footnote in self.begun:
            return
        self.entries = [each for each in self.entries if each.note is not footnote]
        if self.pending is footnote:
            self.pending = None
        if not self.in_column:
            self.settle_on(self.plan(self.entries, self.cap, must=True))

    # The page.

    def open_page(self, number: int) -> None:
        """Begin page `number`; if it is made again, forget what it had begun."""
        self.begun = {note: page for note, page in self.begun.items() if page < number}
        self.entries, self.pending, self.root = list(self.carried), None, None
        self.reported_footnotes.clear()

    def close_page(self) -> None:
        """End a page: WeasyPrint goes on making pages while something is reported."""
        self.reported_footnotes[:] = [entry.note for entry in self.carried]

    def lay_frame(self, area: Any) -> float:
        """Return the height of the foot's own margins, rule and padding."""
        from weasyprint.layout.block import block_level_width
        from weasyprint.layout.percent import resolve_percentages

        resolve_percentages(area, area.page)
        for side in ("margin_top", "margin_bottom"):
            if getattr(area, side) == "auto":
                setattr(area, side, 0)
        block_level_width(area, area.page)
        ends = ("top", "bottom")
        return float(
            sum(
                getattr(area, f"margin_{end}") + getattr(area, f"padding_{end}")
                for end in ends
            )
        ) + float(sum(getattr(area, f"border_{end}_width") for end in ends))

    def settle(self) -> list[Piece]:
        """Return what stands at the foot of the finished page, and carry the rest over.

        The calls on the page decide. Where the body ended early the notes may have all the room that is left.
        """
        calls = (
            unique(box.footnote for box in walk(self.root) if box.footnote is not None)
            if self.root
            else []
        )
        carried = [
            entry
            for entry in self.entries
            if entry.skip is not None or entry.note in self.late
        ]
        new = [
            note for note in calls if note not in self.begun and note not in self.late
        ]
        fresh = [Entry(note) for note in sorted(new, key=lambda note: self.order[note])]
        same = [entry.note for entry in fresh] == [
            entry.note for entry in self.entries[len(carried) :]
        ]
        self.entries = carried + fresh
        if (
            not same
            or any(piece.is_split for piece in self.pieces)
            or len(self.pieces) < len(self.entries)
        ):
            bottom = content_bottom(self.root) if self.root else self.top
            self.pieces = (
                self.plan(self.entries, self.base_bottom - bottom, must=True) or []
            )
        self._commit()
        return self.pieces

    def _commit(self) -> None:
        """Write down what has begun and what goes on."""
        set_here = {piece.note for piece in self.pieces}
        for note in set_here:
            self.begun.setdefault(note, self.current_page)
            self.late.pop(note, None)
        called = [entry for piece in self.pieces for entry in self.called_in(piece)]
        unset = [entry for entry in self.entries + called if entry.note not in set_here]
        self.late.update(
            {entry.note: self.current_page for entry in unset if entry.skip is None}
        )
        self.carried = [
            Entry(piece.note, piece.resume) for piece in self.pieces if piece.is_split
        ] + unset
        for piece in self.pieces:
            self.wholes.pop((piece.note, str(piece.skip)), None)

    # What fits.

    def is_waiting(self, note: Any) -> bool:
        """Whether a note has neither begun nor been called on this page."""
        return (
            note not in self.begun
            and note not in self.late
            and all(each.note is not note for each in self.entries)
        )

    def is_good(self, pieces: list[Piece], position_y: float) -> bool:
        """Whether a line may stay with these notes below it: rules 4 and 5."""
        split = [piece for piece in pieces if piece.is_split]
        if not split:
            return True
        if (
            split[-1] is pieces[-1]
            and split[-1].skip is None
            and self.is_short(split[-1])
        ):
            return False
        return split == pieces[-1:] or position_y - self.top < self.full * BODY

    def is_short(self, piece: Piece) -> bool:
        """Whether a note is too short to be split."""
        return len(self.whole(Entry(piece.note)).lines()) <= SHORT

    def settle_on(self, pieces: list[Piece] | None) -> None:
        """Give the body what these pieces leave."""
        self.pieces = pieces or []
        if not self.in_column:
            self.page_bottom = self.base_bottom - self.height(self.pieces)
