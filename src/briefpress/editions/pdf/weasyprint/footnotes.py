"""WeasyPrint's layout with footnote areas of our own.

WeasyPrint lays out a page line by line. For a line with a footnote call, it uses three
methods of its layout context: `layout_footnote` adds the note, `overflows_page` decides
whether line and note fit, and `report_footnote` postpones the note if they do not.
`unlayout_footnote` removes a note whose line is taken back. Our context decides by
`FootnoteArea`, and lays out each footnote body once, as a block of its own.

The notes are blocks behind the body in the print tree. Before the layout, their boxes
are taken out of the flow and attached to the boxes of their calls, as WeasyPrint does
with `float: footnote`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import inf
from typing import Any
from xml.etree.ElementTree import Element

from tinycss2.color5 import parse_color
from weasyprint.formatting_structure import boxes
from weasyprint.layout import LayoutContext
from weasyprint.layout.block import (
    block_level_layout,
    block_level_width,
    remove_placeholders,
)
from weasyprint.layout.percent import resolve_percentages

from briefpress.editions.pdf.footnote_area import FootnoteArea
from briefpress.editions.pdf.footnote_layout import (
    SLACK,
    FootnoteLayout,
    Fragment,
    Note,
    Position,
    Remainder,
    unique,
)
from briefpress.editions.pdf.print_tree import PrintTree
from briefpress.editions.pdf.weasyprint.boxes import content_bottom, walk, walk_in_flow

Function = Callable[..., Any]


class FootnotesToCome:
    """The notes without a call so far, where WeasyPrint expects a list of boxes."""

    def __init__(self, area: FootnoteArea) -> None:
        """Read the notes from an area."""
        self.area = area

    def __bool__(self) -> bool:
        """Whether the document has notes at all."""
        return bool(self.area.call_order)

    def __contains__(self, note: Note | None) -> bool:
        """Whether a call of this note would be its first one."""
        return note is not None and self.area.is_uncalled(note)

    def copy(self) -> FootnotesToCome:
        """Return itself: WeasyPrint begins another pagination by setting a copy."""
        return self


class FootnoteContext(LayoutContext):
    """WeasyPrint's layout context with a footnote area of our own on every page.

    It also lays out the footnote bodies, as `NoteBodies`.
    """

    # Attributes that WeasyPrint sets and reads.
    current_page: int
    page_bottom: float
    in_column: bool
    reported_footnotes: list[Any]
    broken_out_of_flow: dict[Any, Any]

    def __init__(self, *args: Any) -> None:
        """Begin without notes; `take_notes` adds them."""
        self.layout = FootnoteLayout(self)
        self.area = FootnoteArea(self.layout)
        self.has_notes = False
        self.sign_box: Any = None
        self._area_box: Any = None
        self.is_laying_out_note = False
        super().__init__(*args)

    @property
    def footnotes(self) -> FootnotesToCome:
        """The notes without a call so far."""
        return FootnotesToCome(self.area)

    @footnotes.setter
    def footnotes(self, _: Any) -> None:
        """Begin a pagination: WeasyPrint sets this before each."""
        self.area.begin_pagination()
        self._begin_text()

    def _begin_text(self) -> None:
        """Begin a page without any line."""
        self.text_box: Any = None  # of the root element, when it is laid out
        self.undecided: Any = None  # the note whose line `overflows_page` decides next
        self._is_first_line = False  # of its page: it stays in any case

    @property
    def current_footnote_area(self) -> Any:
        """The box of the footnote area, as the theme's `@footnote` rule styles it."""
        return self._area_box

    @current_footnote_area.setter
    def current_footnote_area(self, box: Any) -> None:
        """Begin the area of a page, with the notes that continue on it."""
        self._area_box = box
        if box is None:
            return
        self.layout.set_width(box.page.width)
        self.layout.frame_height = _frame_height(box)
        self.layout.sign = None
        if self.sign_box is not None:
            self.layout.sign = self.lay_out(Remainder(self.sign_box), inf)
        top = box.page.content_box_y()
        self.area.begin_area(top, self.page_bottom, box.max_height)
        self.set_page_bottom()

    def layout_footnote(self, footnote: Any) -> bool:
        """Add a note that a line calls; `overflows_page` decides whether it fits."""
        if not self.is_laying_out_note:
            self.area.add(footnote)
            self.undecided, self._is_first_line = footnote, False
        return False

    def overflows_page(self, bottom_space: float, position_y: float) -> bool:
        """Whether a line ends too low, or the note that it calls does not fit below."""
        if self.undecided is None or self.is_laying_out_note:
            return bool(super().overflows_page(bottom_space, position_y))
        # Without a limit, a box is only measured or is the head of a table. Neither may
        # break at its call.
        force = self._is_first_line or bottom_space == -inf
        self.undecided = None
        if not self.in_column:
            lowest = self.area.bottom - bottom_space
            if not self.area.accepts_line(position_y, lowest, force=force):
                return True
            self.set_page_bottom()
        return bool(super().overflows_page(bottom_space, position_y))

    def report_footnote(self, footnote: Any) -> None:
        """Remember a note that does not fit, in case its line stays on the page.

        WeasyPrint keeps a line that is the first of its page.
        """
        self.undecided, self._is_first_line = footnote, True

    def unlayout_footnote(self, footnote: Any) -> None:
        """Remove a note whose line was taken back."""
        if self.is_laying_out_note or not self.area.remove(footnote):
            return
        if self.undecided is footnote:
            self.undecided = None
        if not self.in_column:
            self.area.fill_to_limit()
            self.set_page_bottom()

    def set_page_bottom(self) -> None:
        """Leave the text the height that the notes do not take."""
        if not self.in_column:
            self.page_bottom = self.area.text_bottom

    def begin_page(self, number: int) -> None:
        """Begin a page."""
        self.area.begin_page(number)
        self._begin_text()
        self.reported_footnotes.clear()

    def end_page(self) -> None:
        """End a page: WeasyPrint adds pages as long as notes are reported."""
        self.reported_footnotes[:] = [each.note for each in self.area.continued]

    def take_notes(self, root: Any, tree: PrintTree) -> None:
        """Take the boxes of notes out of the flow, and attach them to their calls."""
        notes = _take_out(root, {*tree.notes.values(), tree.sign})
        self.sign_box = notes.pop(tree.sign, None)
        bodies = {call: notes[element] for call, element in tree.notes.items()}
        self.area.call_order = {note: rank for rank, note in enumerate(bodies.values())}
        _attach(root, bodies)
        for note in bodies.values():
            if called := _attach(note, bodies):
                self.layout.called_by[note] = called
        self.has_notes = True

    def lay_out(
        self, remainder: Remainder, height: float, *, force: bool = False
    ) -> Fragment | None:
        """Return the fragment of a footnote body that fits a height."""
        in_column, self.in_column = self.in_column, False
        self.is_laying_out_note = True
        try:
            fragment = self._lay_out_body(remainder, height, force=force)
            if fragment is not None and fragment.height > height and not force:
                # All lines fit, but not the margin below, which may overflow a page.
                less = height - fragment.box.margin_bottom - SLACK
                fragment = self._lay_out_body(remainder, less, force=False)
        finally:
            self.is_laying_out_note, self.in_column = False, in_column
        return fragment

    def _lay_out_body(
        self, remainder: Remainder, height: float, *, force: bool
    ) -> Fragment | None:
        """Return a footnote body laid out as a block, which WeasyPrint may break."""
        area, note = self._area_box, remainder.note
        assert isinstance(note, boxes.Box)  # noqa: S101 - for mypy
        note.position_x, note.position_y = area.content_box_x(), 0
        markers: list[Any] = []
        broken_out_of_flow = dict(self.broken_out_of_flow)
        # A formatting context of its own: no float of the text reaches into the area.
        self.create_block_formatting_context(object())
        box, end, *_ = block_level_layout(
            self,
            note,
            bottom_space=-inf if height == inf else self.page_bottom - height,
            skip_stack=remainder.start,
            containing_block=area,
            page_is_empty=force,
            absolute_boxes=markers,
            fixed_boxes=markers,
            adjoining_margins=[],
        )
        self.finish_block_formatting_context()
        self.broken_out_of_flow = broken_out_of_flow
        if box is None:
            return None
        if end is not None:
            _shrink_to_content(box)
        return Fragment(note, remainder.start, end, box.margin_height(), box, markers)

    def line_bottoms(self, fragment: Fragment) -> list[float]:
        """Return the bottom of each line of a fragment, in px from its top."""
        return [
            float(box.position_y + box.height - fragment.box.position_y)
            for box in walk_in_flow(fragment.box)
            if isinstance(box, boxes.LineBox)
        ]

    def calls_in(self, fragment: Fragment) -> list[Note]:
        """Return the notes that a fragment calls, in order."""
        return _called_in(fragment.box)

    def fill_area(self, area: Any, placeholders: list[Any]) -> None:
        """Put the fragments of the finished page into the box of its footnote area.

        `placeholders` receives the boxes that are laid out when the page is finished.
        """
        calls, text_end = [], self.area.top
        if self.text_box is not None:
            calls = _called_in(self.text_box)
            text_end = content_bottom(self.text_box)
        fragments = self.area.finish(calls, text_end)
        if self.layout.sign is not None and self.layout.has_sign(fragments):
            fragments = [self.layout.sign, *fragments]
            area.style = _without_rule(area.style)
        left, top = area.content_box_x(), area.content_box_y()
        bottom = top
        for fragment in fragments:
            box = fragment.box
            box.translate(left - box.position_x, bottom - box.position_y)
            bottom += fragment.height
            placeholders.extend(fragment.markers)
        area.children = [fragment.box for fragment in fragments]
        area.height = max(bottom - top, area.min_height)


def make_all_pages(original: Function) -> Function:
    """Return WeasyPrint's function, which then knows the notes of the document.

    WeasyPrint may paginate again, for page numbers in the text, and keeps pages that
    did not change. It forgets the notes that are continued from such pages, so a
    document with notes has all its pages made again.
    """

    def make_pages(
        context: FootnoteContext, root: Any, html: Any, pages: list[Any]
    ) -> Iterator[Any]:
        if not context.has_notes:
            context.take_notes(root, html.print_tree)
            html.layout_context = context
        context.reported_footnotes.clear()
        reusable = [] if context.footnotes else pages
        made: Iterator[Any] = original(context, root, html, reusable)
        return made

    return make_pages


def make_page(original: Function) -> Function:
    """Return WeasyPrint's function, which then begins and ends a page of ours."""

    def make(
        context: FootnoteContext,
        root: Any,
        page_type: Any,
        resume_at: Position,
        number: int,
        *args: Any,
    ) -> Any:
        context.begin_page(number)
        page = original(context, root, page_type, resume_at, number, *args)
        context.end_page()
        return page

    return make


def page_block_layout(original: Function) -> Function:
    """Return WeasyPrint's function for a block of a page, which then fills the area."""

    def lay_out_block(
        context: FootnoteContext, box: Any, *args: Any, **kwargs: Any
    ) -> Any:
        result = original(context, box, *args, **kwargs)
        if isinstance(box, boxes.FootnoteAreaBox):
            context.fill_area(result[0], kwargs["absolute_boxes"])
        elif box.is_for_root_element:
            context.text_box = result[0]
        return result

    return lay_out_block


def content_text(_: property) -> property:
    """Return the property of a box that outlines, running heads and contents print.

    WeasyPrint's own leaves out the calls of its footnotes, but not ours.
    """

    def text_without_calls(box: Any) -> str:
        copy = box.deepcopy()
        copy.process_whitespace()
        texts = [
            box.text
            for box in copy.descendants()
            if isinstance(box, boxes.TextBox) and _is_content(box)
        ]
        return "".join(texts).strip()

    return property(text_without_calls)


def _is_content(text: Any) -> bool:
    """Whether a text is neither generated nor a footnote call."""
    is_generated = text.element_tag.endswith(("::before", "::after", "::marker"))
    return not is_generated and text.element.get("class") != "call"


def _take_out(box: Any, elements: set[Element]) -> dict[Element, Any]:
    """Take the boxes of some elements out of a tree; return them by their elements.

    The box that contained all notes is taken out as well.
    """
    found: dict[Element, Any] = {}
    kept = []
    for child in getattr(box, "children", ()):
        if child.element in elements and isinstance(child, boxes.BlockLevelBox):
            found[child.element] = child
            continue
        within = _take_out(child, elements)
        found |= within
        if not within or not _is_store(child.element):
            kept.append(child)
    if found:
        box.children = kept
    return found


def _is_store(element: Element | None) -> bool:
    """Whether an element contains the notes of the print tree."""
    return element is not None and element.get("class") == "notes"


def _attach(box: Any, bodies: Mapping[Element, Any]) -> list[Any]:
    """Attach the boxes of notes to those of their calls in a tree, and return them."""
    attached = []
    for each in walk(box):
        if isinstance(each, boxes.InlineBox | boxes.AtomicInlineLevelBox):
            if each.element in bodies and "::" not in each.element_tag:
                each.footnote = bodies[each.element]
            if each.footnote is not None:
                attached.append(each.footnote)
    return unique(attached)


def _called_in(box: Any) -> list[Any]:
    """Return the notes that are called in a box, in order."""
    footnotes = [each.footnote for each in walk(box)]
    return unique(note for note in footnotes if note is not None)


def _frame_height(area: Any) -> float:
    """Return the height of margins, border and padding of a footnote area, in px."""
    resolve_percentages(area, area.page)
    for side in ("margin_top", "margin_bottom"):
        if getattr(area, side) == "auto":
            setattr(area, side, 0)
    block_level_width(area, area.page)
    around = (
        area.margin_top + area.padding_top + (area.margin_bottom + area.padding_bottom)
    )
    return float(around) + float(area.border_top_width + area.border_bottom_width)


def _shrink_to_content(box: Any) -> None:
    """End a broken box below its last line; WeasyPrint stretches it to the page."""
    excess = box.position_y + box.margin_height() - content_bottom(box)
    while excess > 0 and isinstance(box, boxes.BlockContainerBox | boxes.TableBox):
        box.height -= min(excess, box.height)
        if not box.children:
            break
        box = box.children[-1]


def _without_rule(style: Any) -> Any:
    """Return the style of an area that begins with a sign, which has its own rule."""
    style = style.copy()
    style["border_top_color"] = parse_color("transparent")
    style["background_image"] = (("none", None),)
    return style


# Columns. WeasyPrint balances them and places their notes at the same time, and loses
# notes whose calls the balancing moves to another page. Here the columns are laid out
# above an area of a given height, again and again, until the notes they call fit it.

TRIALS = 7
TALLEST = 0.85  # of the page area; if the notes need more, some begin too late
CLOSE_ENOUGH = 16  # px: an area may be about a line too tall


def columns_layout(original: Function) -> Function:
    """Return WeasyPrint's function, which then lays out columns above their notes."""

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
    original: Function, context: FootnoteContext, arguments: tuple[Any, ...]
) -> Any:
    """Return columns above the smallest area that is enough for the notes they call."""
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
    """Whether notes fit their area: all in full, but the last if it is not short.

    The first `carried` notes come from the page before, and may be broken again.
    """
    if fragments is None:
        return False
    if any(fragment.is_broken for fragment in fragments[carried:-1]):
        return False
    return len(fragments) <= carried or not area.breaks_short_note(fragments)


def _try(
    original: Function,
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
