"""Which notes stand on a page, in full or in part: the rules, without WeasyPrint.

A page area is 400 px high. A note is a name with a number of lines, each 10 px high.
Two lines are kept together at a break.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf

import pytest

from briefpress.editions.pdf.footnote_area import FootnoteArea
from briefpress.editions.pdf.footnote_layout import (
    FootnoteLayout,
    Fragment,
    Note,
    Remainder,
)
from briefpress.editions.pdf.weasyprint.footnotes import HeightSearch, notes_fit

LINE = 10
PAGE = 400
FRAME = 5  # above the notes: rule and padding


@dataclass
class Bodies:
    """Footnote bodies of so many lines, some of which call other notes."""

    lines: Mapping[Note, int]
    calls: Mapping[Note, Mapping[int, Note]] = field(default_factory=dict)

    def lay_out(
        self, remainder: Remainder, height: float, *, force: bool = False
    ) -> Fragment | None:
        """Return as many lines as fit, and at least two."""
        start = next(iter(remainder.start or {0: None}))
        left = self.lines[remainder.note] - start
        count = left if height == inf else min(left, int(height // LINE))
        if count == left - 1:
            count -= 1
        if count < min(2, left):
            if not force:
                return None
            count = min(2, left)
        end = None if count == left else {start + count: None}
        return Fragment(remainder.note, remainder.start, end, count * LINE, start)

    def line_bottoms(self, fragment: Fragment) -> list[float]:
        """Return the bottom of each line."""
        return [LINE * (n + 1) for n in range(int(fragment.height // LINE))]

    def calls_in(self, fragment: Fragment) -> list[Note]:
        """Return the notes that the lines of a fragment call."""
        first, last = fragment.box, fragment.box + fragment.height // LINE
        calls = self.calls.get(fragment.note, {})
        return [note for line, note in calls.items() if first <= line < last]


def area_of(
    lines: Mapping[Note, int],
    calls: Mapping[Note, Mapping[int, Note]] | None = None,
) -> FootnoteArea:
    """Return the footnote area of page 1 for notes of so many lines, in this order."""
    layout = FootnoteLayout(Bodies(lines, calls or {}))
    layout.frame_height, layout.sign = FRAME, None
    layout.called_by = {note: list(of.values()) for note, of in (calls or {}).items()}
    area = FootnoteArea(layout)
    area.call_order = {note: rank for rank, note in enumerate(lines)}
    begin(area, 1)
    return area


def begin(area: FootnoteArea, page: int) -> None:
    area.begin_page(page)
    area.begin_area(top=0, bottom=PAGE)


def call(area: FootnoteArea, note: Note, line_bottom: float) -> bool:
    """Add a line that calls a note; return whether it stays on the page."""
    area.add(note)
    return area.accepts_line(line_bottom, PAGE, force=False)


def shown(fragments: Sequence[Fragment]) -> list[tuple[Note, int]]:
    """Return notes with the number of their lines on a page."""
    return [(each.note, int(each.height // LINE)) for each in fragments]


def test_notes_leave_the_rest_of_the_page_to_the_text() -> None:
    area = area_of({"a": 3, "b": 2})
    assert call(area, "a", 100)
    assert call(area, "b", 110)
    assert shown(area.fragments) == [("a", 3), ("b", 2)]
    assert area.text_bottom == PAGE - FRAME - 5 * LINE


def test_a_page_without_notes_belongs_to_the_text() -> None:
    assert area_of({}).text_bottom == PAGE


def test_the_area_takes_two_thirds_of_the_page_while_the_text_goes_on() -> None:
    area = area_of({"a": 100})
    assert call(area, "a", 10)
    assert area.text_bottom >= PAGE * 0.33


def test_the_area_takes_all_that_is_left_when_the_text_has_ended() -> None:
    area = area_of({"a": 100})
    call(area, "a", 10)
    assert shown(area.finish(["a"], content_bottom=10)) == [("a", 38)]


def test_a_short_note_is_not_broken() -> None:
    area = area_of({"a": 4})
    assert not call(area, "a", PAGE - FRAME - 3 * LINE)


def test_a_longer_note_is_broken() -> None:
    area = area_of({"a": 5})
    assert call(area, "a", PAGE - FRAME - 3 * LINE)
    assert shown(area.fragments) == [("a", 3)]


def test_a_line_stays_only_if_its_note_can_begin() -> None:
    area = area_of({"a": 20})
    assert not call(area, "a", PAGE - FRAME - LINE)


def test_a_line_stays_in_any_case_if_it_is_the_first_of_its_page() -> None:
    area = area_of({"a": 20})
    area.add("a")
    assert area.accepts_line(PAGE - FRAME - LINE, PAGE, force=True)
    assert shown(area.fragments) == [("a", 2)]


def test_only_the_last_note_is_broken() -> None:
    area = area_of({"a": 20, "b": 20})
    assert call(area, "a", 150)
    assert not call(area, "b", 180)


def test_an_earlier_note_is_broken_if_the_text_had_little_of_the_page() -> None:
    area = area_of({"a": 30, "b": 3})
    assert call(area, "a", 20)
    assert call(area, "b", 30)
    assert shown(area.fragments) == [("a", 22), ("b", 3)]


def test_a_broken_note_continues_first_on_the_next_page() -> None:
    area = area_of({"a": 30, "b": 3})
    call(area, "a", 200)
    area.finish(["a"], content_bottom=200)
    begin(area, 2)
    assert call(area, "b", 50)
    fragments = area.finish(["b"], content_bottom=250)
    assert [each.note for each in fragments] == ["a", "b"]
    assert fragments[0].start is not None


def test_a_continued_note_gets_a_third_of_the_area() -> None:
    area = area_of({"a": 60, "b": 60})
    call(area, "a", 300)
    area.finish(["a"], content_bottom=300)
    begin(area, 2)
    call(area, "b", 300)
    (_, lines), _ = shown(area.finish(["b"], content_bottom=200))
    assert lines * LINE >= 200 / 3


def test_notes_stand_in_the_order_of_their_calls() -> None:
    area = area_of({"a": 2, "b": 2})
    call(area, "b", 50)
    call(area, "a", 60)
    fragments = area.finish(["b", "a"], content_bottom=100)
    assert [each.note for each in fragments] == ["a", "b"]


def test_the_calls_on_the_finished_page_decide() -> None:
    area = area_of({"a": 2, "b": 2})
    call(area, "a", 50)
    call(area, "b", 60)
    assert shown(area.finish(["a"], content_bottom=50)) == [("a", 2)]
    assert area.is_uncalled("b")
    assert not area.is_uncalled("a")


def test_a_note_is_removed_with_its_line() -> None:
    area = area_of({"a": 2})
    call(area, "a", 50)
    assert area.remove("a")
    assert not area.remove("a")
    area.fill_to_limit()
    assert area.text_bottom == PAGE


def test_a_note_without_room_begins_on_the_next_page() -> None:
    area = area_of({"a": 3, "b": 3})
    call(area, "a", PAGE - 40)
    area.add("b")
    assert shown(area.finish(["a", "b"], content_bottom=PAGE - 40)) == [("a", 3)]
    assert area.continued == [Remainder("b")]
    begin(area, 2)
    assert shown(area.fragments) == [("b", 3)]


def test_a_page_that_is_made_again_forgets_its_notes() -> None:
    area = area_of({"a": 2})
    call(area, "a", 50)
    area.finish(["a"], content_bottom=50)
    begin(area, 1)
    assert area.is_uncalled("a")
    begin(area, 2)
    area.layout.first_pages["a"] = 1
    begin(area, 2)
    assert not area.is_uncalled("a")


def test_a_note_that_a_note_calls_follows_it() -> None:
    area = area_of({"a": 4, "inner": 2, "b": 2}, {"a": {3: "inner"}})
    call(area, "a", 50)
    call(area, "b", 60)
    fragments = area.finish(["a", "b"], content_bottom=60)
    assert [each.note for each in fragments] == ["a", "inner", "b"]


def test_a_note_is_not_shown_before_the_line_that_calls_it() -> None:
    area = area_of({"a": 30, "inner": 2}, {"a": {29: "inner"}})
    call(area, "a", 200)
    assert [each.note for each in area.finish(["a"], 200)] == ["a"]
    begin(area, 2)
    assert [each.note for each in area.finish([], 0)] == ["a", "inner"]


def fragments_of(area: FootnoteArea, height: float) -> list[Fragment] | None:
    """Return the fragments that fill an area of a height."""
    return area.layout.fill(area.remainders, height)


# issue 10, item 6: survivor `columns._fits`


@pytest.mark.parametrize(
    ("lines", "height", "fits"),
    [
        ({"a": 3, "b": 3}, 65, True),
        ({"a": 3, "b": 30}, 100, True),  # the last note may be broken
        ({"a": 30, "b": 3}, 100, False),  # an earlier one may not
        ({"a": 3, "b": 4}, 55, False),  # nor a short one
        ({"a": 3, "b": 3}, 30, False),  # nor may a note be left out
        ({}, 0, True),
    ],
)
def test_notes_of_columns_fit(
    lines: Mapping[Note, int], height: float, *, fits: bool
) -> None:
    area = area_of(lines)
    for note in lines:
        area.add(note)
    assert notes_fit(fragments_of(area, height), 0, area) is fits


def test_a_short_note_in_columns_may_not_be_broken() -> None:
    area = area_of({"a": 3, "b": 4})
    complete = Fragment("a", None, None, 3 * LINE, 0)
    broken = Fragment("b", None, {2: None}, 2 * LINE, 0)
    assert notes_fit([complete, broken], 0, area) is False
    assert notes_fit([complete, broken], 2, area) is True  # it continues another page's


def test_a_note_continued_in_columns_may_be_broken_again() -> None:
    area = area_of({"a": 60, "b": 3})
    area.remainders = [Remainder("a", {10: None}), Remainder("b")]
    fragments = fragments_of(area, 100)
    assert notes_fit(fragments, 1, area)
    assert not notes_fit(fragments, 0, area)


def test_the_height_below_columns_is_searched() -> None:
    search = HeightSearch(0, 340)
    tried = []
    for _ in range(7):
        tried.append(search.height)
        needed = 120
        if search.ends(needed, fits=search.height >= needed):
            break
    assert 120 <= search.height < 120 + 16
    assert len(tried) < 7


def test_a_height_between_too_small_and_enough_is_tried_next() -> None:
    search = HeightSearch(height=200, tallest=340)
    assert not search.ends(needed=40, fits=True)
    assert search.height == 100, "half of the first, because nothing was too small yet"
    assert not search.ends(needed=400, fits=False)
    assert search.height == 150
    assert not search.ends(needed=40, fits=True)
    assert search.height == 125


def test_the_sign_above_a_continued_note_takes_height_from_the_text() -> None:
    area = area_of({"a": 30})
    area.layout.sign = Fragment("sign", None, None, 2 * LINE, None)
    complete = Fragment("a", None, None, 3 * LINE, 0)
    continued = Fragment("a", {27: None}, None, 3 * LINE, 27)
    assert area.layout.height([complete]) == FRAME + 3 * LINE
    assert area.layout.height([continued]) == FRAME + 2 * LINE + 3 * LINE
