"""How notes fill the room at the foot of a page: each whole while there is room, and cut where there is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

from weasyprint.layout import LayoutContext

from briefpress.editions.pdf.pieces import Piece, Skip, lay_piece, unique, walk

SHORT = 4  # lines: such a note stands whole
TRIED = 12  # lines: a note that cannot be cut before is not cut
SLACK = 0.01  # px: sums of heights are floats


@dataclass(frozen=True, slots=True)
class Entry:
    """A note that belongs to the foot of the page: from its beginning, or from where the page before stopped."""

    note: Any
    skip: Skip = None


class Fitting(LayoutContext):
    """The part of the layout context that knows what fits."""

    page_bottom: float  # these three are WeasyPrint's
    in_column: bool
    reported_footnotes: list[Any]
    begun: dict[Any, int]  # note to the page on which it begins
    nested: dict[Any, list[Any]]  # what a note calls itself
    wholes: dict[tuple[Any, str], Piece]  # notes laid out whole, not yet set
    frame: float  # the height of the foot's own margins, rule and padding
    sign: Piece | None = (
        None  # with which a foot begins that goes on with a note, if the theme shows it
    )
    laying: bool
    _area: Any

    def whole(self, entry: Entry) -> Piece:
        """Return a note laid out whole, once."""
        key = (entry.note, str(entry.skip))
        if key not in self.wholes:
            piece = self.lay(entry, inf)
            assert piece is not None  # noqa: S101 - without a limit, a note is always set
            self.wholes[key] = piece
        return self.wholes[key]

    def lay(self, entry: Entry, room: float, *, must: bool = False) -> Piece | None:
        """Return as much of a note as there is room for."""
        self.laying, in_column, self.in_column = True, self.in_column, False
        try:
            piece = lay_piece(self, self._area, entry.note, entry.skip, room, must=must)
            if piece is not None and piece.height > room and not must:
                # All lines fit, but not the margin below them, which a page would let hang over.
                less = room - piece.box.margin_bottom - SLACK
                piece = lay_piece(self, self._area, entry.note, entry.skip, less)
            return piece
        finally:
            self.laying, self.in_column = False, in_column

    def head(self, entry: Entry, share: float = 0) -> float:
        """Return how much room the first lines of a note take, or, of one that goes on, its share."""
        whole = self.whole(entry)
        if whole.head is None:
            whole.head = self._head(entry, whole)
        return (
            min(whole.height, max(whole.head, share))
            if entry.skip is not None
            else whole.head
        )

    def _head(self, entry: Entry, whole: Piece) -> float:
        """Return the least room in which a note begins: orphans and widows, tables and pictures have their say."""
        lines = whole.lines()
        if len(lines) <= SHORT:
            return whole.height
        for line in lines[1:TRIED]:
            room = float(line.position_y + line.height - whole.box.position_y + SLACK)
            if self.lay(entry, room) is not None:
                return min(room, whole.height)
        return whole.height

    def plan(
        self, entries: list[Entry], room: float, *, must: bool = False
    ) -> list[Piece] | None:
        """Return the pieces of notes that fill `room`; None when a note could not begin, unless one `must` try.

        A note that goes on has a third of the foot by right, or it would never come to its end.
        """
        going_on = sum(entry.skip is not None for entry in entries)
        pieces = self._plan(entries, room, room / 3 / going_on if going_on else 0)
        if pieces is None and must:
            pieces = self._plan(entries, room, 0)
            if pieces is None:
                pieces = self._plan(entries, room, 0, must=True)
        return pieces

    def _plan(
        self, entries: list[Entry], room: float, share: float, *, must: bool = False
    ) -> list[Piece] | None:
        left = room - self._edges(entries) + SLACK
        queue = list(entries)
        heads = sum(self.head(entry, share) + self._inner(entry) for entry in queue)
        pieces: list[Piece] = []
        while queue:
            entry = queue.pop(0)
            heads -= self.head(entry, share)
            piece = self._cut(entry, left, heads, must=must and not pieces)
            if piece is None and not must:
                return None
            heads -= self._inner(entry)
            if piece is None:
                continue
            pieces.append(piece)
            left -= piece.height
            called = self.called_in(piece)
            heads += sum(self.head(each) + self._inner(each) for each in called)
            queue[:0] = called
        return pieces

    def _inner(self, entry: Entry) -> float:
        """Return the room that the notes need which a note may call itself."""
        return sum(
            self.head(Entry(note))
            for note in self.nested.get(entry.note, ())
            if note not in self.begun
        )

    def _cut(
        self, entry: Entry, left: float, heads: float, *, must: bool
    ) -> Piece | None:
        """Return a note whole, or as much of it as leaves the later ones room for their heads."""
        whole = self.whole(entry)
        if whole.height <= left - heads:
            return whole
        return self.lay(entry, left - heads) or (
            self.lay(entry, max(left, 0), must=True) if must else None
        )

    def called_in(self, piece: Piece) -> list[Entry]:
        """Return the notes that a piece of a note calls for the first time."""
        if piece.note not in self.nested:
            return []
        notes = unique(
            box.footnote for box in walk(piece.box) if box.footnote is not None
        )
        return [Entry(note) for note in notes if note not in self.begun]

    def height(self, pieces: list[Piece]) -> float:
        """Return the height of a foot with these pieces."""
        return (
            sum(piece.height for piece in pieces) + self._edges(pieces) if pieces else 0
        )

    def is_signed(self, notes: Sequence[Entry | Piece]) -> bool:
        """Whether a foot goes on with a note of the page before, and the theme has a sign for it."""
        return bool(notes) and notes[0].skip is not None and self.sign is not None

    def _edges(self, notes: Sequence[Entry | Piece]) -> float:
        """Return the height of what is not notes."""
        return self.frame + (
            self.sign.height if self.sign is not None and self.is_signed(notes) else 0
        )
