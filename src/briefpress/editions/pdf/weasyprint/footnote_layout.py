"""Notes laid out in full or in part, and how they fill the foot of a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any

from weasyprint.formatting_structure import boxes
from weasyprint.layout import LayoutContext
from weasyprint.layout.absolute import AbsolutePlaceholder
from weasyprint.layout.block import block_level_layout

Skip = (
    dict[int, Any] | None
)  # where in a box a page before has stopped; None: at its beginning


@dataclass(slots=True, eq=False)
class Piece:
    """A note, or a part of it, laid out at the top of nowhere: the foot moves it into its place."""

    note: Any
    skip: Skip
    box: Any
    resume: Skip
    height: float
    placeholders: list[Any] = field(
        default_factory=list
    )  # of list markers, laid out when the page is done
    head: float | None = None  # the least room in which it begins, once that is known

    @property
    def is_split(self) -> bool:
        """Whether more of the note follows on a later page."""
        return self.resume is not None

    def lines(self) -> list[Any]:
        """Return the lines of the note in order."""
        return [box for box in in_flow(self.box) if isinstance(box, boxes.LineBox)]


def walk(box: Any) -> Iterator[Any]:
    """Yield a box and all that it holds, absolutely placed boxes too."""
    box = getattr(box, "_box", box)
    yield box
    for child in getattr(box, "children", ()):
        yield from walk(child)


def in_flow(box: Any) -> Iterator[Any]:
    """Yield a laid-out box and all that it holds, but for placeholders: what they hold is laid out last."""
    if not isinstance(box, AbsolutePlaceholder):
        yield box
        for child in getattr(box, "children", ()):
            yield from in_flow(child)


def lay_piece(
    context: Any,
    area: Any,
    note: Any,
    skip: Skip,
    room: float = inf,
    *,
    must: bool = False,
) -> Piece | None:
    """Return as much of a note as `room` allows, from where `skip` says.

    None when not even its first lines fit, unless something `must` be set.
    """
    note.position_x, note.position_y = area.content_box_x(), 0
    placeholders: list[Any] = []
    out_of_flow = dict(context.broken_out_of_flow)
    context.create_block_formatting_context(
        object()
    )  # floats of the body do not reach into the foot
    bottom_space = -inf if room == inf else context.page_bottom - room
    box, resume, *_ = block_level_layout(
        context, note, bottom_space, skip, area, must, placeholders, placeholders, []
    )
    context.finish_block_formatting_context()
    context.broken_out_of_flow = out_of_flow
    if box is None:
        return None
    if resume is not None:
        _tighten(box)
    return Piece(note, skip, box, resume, box.margin_height(), placeholders)


def content_bottom(box: Any) -> float:
    """Return how low the lines and pictures of a box reach: a broken box itself is stretched to the page's end."""
    solid = boxes.LineBox | boxes.ReplacedBox | boxes.TableCellBox
    ends = (
        each.position_y + each.margin_height()
        for each in in_flow(box)
        if isinstance(each, solid)
    )
    return float(max(ends, default=box.position_y))


def _tighten(box: Any) -> None:
    """Take back the stretch of a broken box, so that its last line stands where it ends."""
    slack = box.position_y + box.margin_height() - content_bottom(box)
    while slack > 0 and isinstance(box, boxes.BlockContainerBox | boxes.TableBox):
        box.height -= min(slack, box.height)
        if not box.children or isinstance(box.children[-1], boxes.LineBox):
            break
        box = box.children[-1]


def unique(items: Iterable[Any]) -> list[Any]:
    """Return the items in order, each once."""
    return list(dict.fromkeys(items))


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
