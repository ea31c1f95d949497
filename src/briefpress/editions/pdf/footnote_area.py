"""Which notes are in the footnote area of a page, and how much height the text has.

During the layout of a page, each line with a footnote call is tried together with its
note. At the end of the page, the calls that are really on it decide.

Rules, most important first:

1. A note begins on the page of its first call, if its first two lines fit on a page.
2. Notes begin in the order of their calls.
3. The footnote area takes at most `LARGEST` of the page while the text goes on. Where
   the text ends early, the area may take all that is left.
4. A note of up to `SHORT` lines is not broken; the line that calls it goes to the next
   page instead.
5. Only the last note of a page continues on the next page. But where that would leave
   the text less than `LEAST_TEXT` of the page, an earlier long note is broken. The
   later notes begin below it, and it continues on the next page before all others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf

from briefpress.editions.pdf.footnote_layout import (
    FootnoteLayout,
    Fragment,
    Note,
    Remainder,
)

# Shares of the height of the page area.
LARGEST = 0.66  # of the footnote area, while the text goes on
LEAST_LIMIT = 0.2  # what the theme's `max-height` cannot fall below
LEAST_TEXT = 0.25


class FootnoteArea:
    """The footnote area of the page in progress, and what continues after it."""

    def __init__(self, layout: FootnoteLayout) -> None:
        """Begin without notes."""
        self.layout = layout
        self.call_order: Mapping[Note, int] = {}
        self.begin_pagination()

    def begin_pagination(self) -> None:
        """Forget all pages: no note has begun."""
        self.layout.begin_pagination()
        self.page = 0
        self.top = self.bottom = 0.0  # of the page area, in px
        self.limit = 0.0  # of the height while the text goes on, in px
        self.remainders: list[Remainder] = []  # on this page, in the order of placement
        self.fragments: list[Fragment] = []  # of the remainders that have room so far
        self.continued: list[Remainder] = []  # on the next page
        # Notes that could not begin on the page of their call, with that page.
        self.late: dict[Note, int] = {}

    def begin_page(self, page: int) -> None:
        """Begin a page with what the page before left over.

        A page that is made again forgets the notes that it had begun.
        """
        first_pages = self.layout.first_pages
        self.layout.first_pages = {
            note: first for note, first in first_pages.items() if first < page
        }
        self.page = page
        self.remainders = list(self.continued)

    def begin_area(self, top: float, bottom: float, max_height: float = inf) -> None:
        """Fill the area of a page with what is continued.

        `top` and `bottom` are those of the page area, in px from the top of the page;
        `max_height` is that of the theme's `@footnote` rule.
        """
        self.top, self.bottom = top, bottom
        limit = min(max_height, self.page_height, self.page_height * LARGEST)
        self.limit = max(limit, self.page_height * LEAST_LIMIT)
        self.fill_to_limit()

    @property
    def page_height(self) -> float:
        """The height of the page area, in px."""
        return self.bottom - self.top

    @property
    def text_bottom(self) -> float:
        """Where the footnote area begins and the text must end, in px."""
        return self.bottom - self.layout.height(self.fragments)

    def is_uncalled(self, note: Note) -> bool:
        """Whether a call on this page would be the first call of a note."""
        if note in self.layout.first_pages or note in self.late:
            return False
        return all(remainder.note is not note for remainder in self.remainders)

    def add(self, note: Note) -> None:
        """Add a note that a line calls, without deciding whether it has room."""
        self.remainders.append(Remainder(note))

    def remove(self, note: Note) -> bool:
        """Remove a note whose line was taken back; return whether it was here."""
        if note in self.layout.first_pages:
            return False
        if Remainder(note) not in self.remainders:
            return False
        self.remainders = [each for each in self.remainders if each.note is not note]
        return True

    def accepts_line(self, line_bottom: float, lowest: float, *, force: bool) -> bool:
        """Fill the area below a line that calls a note; return whether the line fits.

        `lowest` is where the text has to end if there are no notes, in px. With `force`
        the line stays in any case.
        """
        room = min(self.limit, lowest - line_bottom)
        fragments = self.layout.fill(self.remainders, room, force=force)
        if fragments is None:
            return False
        if not force and not self._allows_line_above(fragments, line_bottom):
            return False
        self.fragments = fragments
        return True

    def fill_to_limit(self) -> None:
        """Fill the area as far as it may grow while the text goes on."""
        self.fragments = self._fill(self.limit)

    def finish(self, calls: Sequence[Note], content_bottom: float) -> list[Fragment]:
        """Return the fragments of the finished page, and keep what is to be continued.

        `calls` are the notes that the text of the page calls, in order;
        `content_bottom` is the bottom of its last line, in px.
        """
        carried = [
            each
            for each in self.remainders
            if each.is_continuation or each.note in self.late
        ]
        called = [
            note
            for note in calls
            if note not in self.layout.first_pages and note not in self.late
        ]
        called.sort(key=lambda note: self.call_order[note])
        expected = [each.note for each in self.remainders[len(carried) :]]
        self.remainders = carried + [Remainder(note) for note in called]
        is_broken = any(fragment.is_broken for fragment in self.fragments)
        has_all = len(self.fragments) >= len(self.remainders)
        if called != expected or is_broken or not has_all:
            self.fragments = self._fill(self.bottom - content_bottom)
        self._close()
        return self.fragments

    def _fill(self, height: float) -> list[Fragment]:
        """Return the fragments that fill a height; as many notes as can begin."""
        return self.layout.fill(self.remainders, height, force=True) or []

    def _close(self) -> None:
        """Record which notes have begun, and what continues on the next page."""
        placed = {fragment.note for fragment in self.fragments}
        for note in placed:
            self.layout.first_pages.setdefault(note, self.page)
            self.late.pop(note, None)
        called = [
            remainder
            for fragment in self.fragments
            for remainder in self.layout.called_in(fragment)
        ]
        left_over = [
            each for each in self.remainders + called if each.note not in placed
        ]
        for remainder in left_over:
            if not remainder.is_continuation:
                self.late[remainder.note] = self.page
        broken = [
            Remainder(fragment.note, fragment.end)
            for fragment in self.fragments
            if fragment.is_broken
        ]
        self.continued = broken + left_over
        for fragment in self.fragments:
            self.layout.forget(fragment)

    def _allows_line_above(
        self, fragments: Sequence[Fragment], line_bottom: float
    ) -> bool:
        """Whether a line may stay above these fragments: rules 4 and 5."""
        broken = [fragment for fragment in fragments if fragment.is_broken]
        if not broken:
            return True
        if self.breaks_short_note(fragments):
            return False
        if broken == [fragments[-1]]:
            return True
        return line_bottom - self.top < self.page_height * LEAST_TEXT

    def breaks_short_note(self, fragments: Sequence[Fragment]) -> bool:
        """Whether the last fragment begins a note that is too short to be broken."""
        last = fragments[-1]
        if not last.is_broken or last.start is not None:
            return False
        return self.layout.is_short(last.note)
