"""How footnotes fill a footnote area: which in full, which in part, and broken where.

The words are those of CSS Generated Content for Paged Media (footnote call, footnote
body, footnote area) and of CSS Fragmentation (fragment, break). A footnote body that
is too tall for an area is broken into fragments like any other block, and the areas
of several pages are its fragmentation containers.

Nothing here depends on WeasyPrint, which lays out the bodies as `NoteBodies`.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any, Protocol, TypeAlias

Note = Hashable  # a footnote body: WeasyPrint's box, which is only compared here
Position = Mapping[int, Any] | None  # a place in a body; None is its beginning

SHORT = 4  # lines: a footnote body of up to so many is not broken
LINES_TRIED = 12  # of a body, to find where it can first be broken
SLACK = 0.01  # px: for the errors in sums of floats


@dataclass(frozen=True, slots=True)
class Remainder:
    """The part of a footnote body that is not placed yet: from `start` to its end."""

    note: Note
    start: Position = None

    @property
    def is_continuation(self) -> bool:
        """Whether an earlier page shows the beginning of the note."""
        return self.start is not None


@dataclass(slots=True, eq=False)
class Fragment:
    """The part of a footnote body in the footnote area of one page."""

    note: Note
    start: Position
    end: Position  # where it is broken; None: the rest of the note is in this fragment
    height: float  # px, with margins
    box: Any  # WeasyPrint's, not yet moved to its place on the page
    markers: list[Any] = field(default_factory=list)  # of lists; laid out with the page
    least_height: float | None = None  # of the first fragment, once it is measured

    @property
    def is_broken(self) -> bool:
        """Whether the note continues on a later page."""
        return self.end is not None


class NoteBodies(Protocol):
    """Lays out footnote bodies at the width of the footnote area."""

    def lay_out(
        self, remainder: Remainder, height: float, *, force: bool = False
    ) -> Fragment | None:
        """Return the fragment of a body that fits a height.

        None if not even its first lines fit, unless `force` is true.
        """

    def line_bottoms(self, fragment: Fragment) -> list[float]:
        """Return the bottom of each line, in px from the top of the fragment."""

    def calls_in(self, fragment: Fragment) -> list[Note]:
        """Return the notes that a fragment calls, in order."""


# Notes of one area in order, before or after they are laid out.
Placed: TypeAlias = Sequence[Remainder | Fragment]


class FootnoteLayout:
    """Fills footnote areas: lays out each body in full once, breaks it if needed."""

    # Of the area, in px: margins, padding and border, which is the footnote rule.
    frame_height: float
    sign: Fragment | None  # that the theme shows above a continued note

    def __init__(self, bodies: NoteBodies) -> None:
        """Begin without notes."""
        self.bodies = bodies
        self.called_by: dict[Note, list[Note]] = {}  # the notes that a note calls
        self.begin_pagination()

    def begin_pagination(self) -> None:
        """Forget all pages: no note has begun."""
        self.first_pages: dict[Note, int] = {}  # of each note that has begun
        self._width = 0.0
        self._full: dict[tuple[Note, str], Fragment] = {}

    def set_width(self, width: float) -> None:
        """Forget bodies that were laid out for pages of another width, in px."""
        if width != self._width:
            self._full.clear()
        self._width = width

    def fill(
        self,
        remainders: Sequence[Remainder],
        height: float,
        *,
        force: bool = False,
    ) -> list[Fragment] | None:
        """Return the fragments that fill an area of a height, in order.

        None if one of the notes has no room to begin. With `force` as many begin as
        have room, and the first one even if it overflows.
        """
        continued = [each for each in remainders if each.is_continuation]
        # A continued note gets a part of the area, or it would never come to its end.
        share: float = 0
        if continued:
            share = height / 3 / len(continued)
        fragments = self._fill(remainders, height, share)
        if fragments is None and force:
            fragments = self._fill(remainders, height, 0)
        if fragments is None and force:
            fragments = self._fill(remainders, height, 0, force=True)
        return fragments

    def _fill(
        self,
        remainders: Sequence[Remainder],
        height: float,
        share: float,
        *,
        force: bool = False,
    ) -> list[Fragment] | None:
        """Return the fragments that fill an area, each with at least its least height.

        A note called in a note follows it, if the fragment shows the call.
        """
        free = height - self._height_without_notes(remainders) + SLACK
        queue = list(remainders)
        reserved = self._least_heights(queue, share)
        fragments: list[Fragment] = []
        while queue:
            remainder = queue.pop(0)
            reserved -= self._least_height(remainder, share)
            must_begin = force and not fragments
            fragment = self._fit(remainder, free, reserved, force=must_begin)
            if fragment is None and not force:
                return None
            reserved -= self._least_height_of_called(remainder)
            if fragment is None:
                continue
            fragments.append(fragment)
            free -= fragment.height
            called = self.called_in(fragment)
            reserved += self._least_heights(called)
            queue = called + queue
        return fragments

    def _least_heights(
        self, remainders: Iterable[Remainder], share: float = 0
    ) -> float:
        """Return the least height of notes and of the notes that they may call."""
        heights = []
        for remainder in remainders:
            own = self._least_height(remainder, share)
            of_called = self._least_height_of_called(remainder)
            heights.append(own + of_called)
        return sum(heights)

    def _fit(
        self,
        remainder: Remainder,
        free: float,
        reserved: float,
        *,
        force: bool,
    ) -> Fragment | None:
        """Return all of a remainder, or a fragment that leaves the reserved height."""
        room = free - reserved
        full = self.full_fragment(remainder)
        if full.height <= room:
            return full
        fragment = self.bodies.lay_out(remainder, room)
        if fragment is None and force:
            height = max(free, 0)
            fragment = self.bodies.lay_out(remainder, height, force=True)
        return fragment

    def full_fragment(self, remainder: Remainder) -> Fragment:
        """Return a remainder laid out without a break, once."""
        start = str(remainder.start)
        key = (remainder.note, start)
        if key in self._full:
            return self._full[key]
        fragment = self.bodies.lay_out(remainder, inf)
        assert fragment is not None  # noqa: S101 - any body fits an endless height
        self._full[key] = fragment
        return fragment

    def forget(self, fragment: Fragment) -> None:
        """Forget the full fragment of a remainder that a page has placed."""
        start = str(fragment.start)
        key = (fragment.note, start)
        self._full.pop(key, None)

    def is_short(self, note: Note) -> bool:
        """Whether a note has too few lines to be broken."""
        remainder = Remainder(note)
        full = self.full_fragment(remainder)
        lines = self.bodies.line_bottoms(full)
        return len(lines) <= SHORT

    def _least_height(self, remainder: Remainder, share: float = 0) -> float:
        """Return the height that a note needs to begin, or `share` to continue."""
        full = self.full_fragment(remainder)
        if full.least_height is None:
            full.least_height = self._measure_least_height(remainder, full)
        if not remainder.is_continuation:
            return full.least_height
        height = max(full.least_height, share)
        return min(full.height, height)

    def _measure_least_height(self, remainder: Remainder, full: Fragment) -> float:
        """Return the height of the smallest first fragment of a remainder.

        It is found by breaking: orphans, widows, tables and pictures all matter.
        """
        bottoms = self.bodies.line_bottoms(full)
        if len(bottoms) <= SHORT:
            return full.height
        tried = bottoms[1:LINES_TRIED]
        for bottom in tried:
            height = bottom + SLACK
            fragment = self.bodies.lay_out(remainder, height)
            if fragment is not None:
                return min(height, full.height)
        return full.height

    def _least_height_of_called(self, remainder: Remainder) -> float:
        """Return the height needed by the notes that a note may call."""
        called = self.called_by.get(remainder.note, ())
        waiting = self._waiting(called)
        return sum(map(self._least_height, waiting))

    def called_in(self, fragment: Fragment) -> list[Remainder]:
        """Return the notes that a fragment calls and that have not begun."""
        if fragment.note not in self.called_by:
            return []
        notes = self.bodies.calls_in(fragment)
        return self._waiting(notes)

    def _waiting(self, notes: Iterable[Note]) -> list[Remainder]:
        """Return those of the notes that have not begun."""
        return [Remainder(note) for note in notes if note not in self.first_pages]

    def height(self, fragments: Sequence[Fragment]) -> float:
        """Return the height of a footnote area with these fragments, in px."""
        if not fragments:
            return 0
        heights = [fragment.height for fragment in fragments]
        return sum(heights) + self._height_without_notes(fragments)

    def has_sign(self, notes: Placed) -> bool:
        """Whether an area begins with a continued note and the theme's sign for it."""
        if not notes or self.sign is None:
            return False
        first = notes[0]
        return first.start is not None

    def _height_without_notes(self, notes: Placed) -> float:
        """Return the height of frame and sign of an area with these notes, in px."""
        height = self.frame_height
        if self.sign is not None and self.has_sign(notes):
            height += self.sign.height
        return height


def unique(items: Iterable[Any]) -> list[Any]:
    """Return the items in order, each once."""
    return list(dict.fromkeys(items))
