"""A note laid out: whole, or as much of it as a foot has room for, cut at its own line ends.

WeasyPrint breaks any block over pages, paragraphs, lists and tables alike, and says where to go on. A note is such a
block, and the foot of a page is such a page: so a long note is set once, at its true width, and cut where its lines
end. Nothing is measured in one layout to be used in another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from math import inf
from typing import Any

from weasyprint.formatting_structure import boxes
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
