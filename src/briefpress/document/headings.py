"""Headings: from h2 down without a gap, and only in the flow, so that outline and contents hold together."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from briefpress.document.desk import Desk
from briefpress.document.lines import keep_place
from briefpress.xhtml import text_of

LEVELS = {f"h{level}": level for level in range(1, 7)}


def set_headings(root: Element, desk: Desk) -> None:
    """Set the levels of the flow's headings, and make bold paragraphs of those within quotes, lists and boxes."""
    level = 1
    for heading in [child for child in root if child.tag in LEVELS]:
        if not text_of(heading):
            desk.warn("H03", "a heading without words", desk.span(heading))
            root.remove(heading)
            continue
        written = LEVELS[heading.tag]
        level = max(2, min(written, level + 1))
        if written == 1:
            desk.warn(
                "H01",
                "the title is the only heading of the first level",
                desk.span(heading),
                "begin it with `##`",
            )
        elif written != level:
            fix = f"begin it with `{'#' * level}`"
            desk.warn(
                "H02",
                f"heading of level {written} below one of level {level - 1}",
                desk.span(heading),
                fix,
            )
        heading.tag = f"h{level}"
    flow = set(root)
    _make_bold(
        [
            element
            for element in root.iter()
            if element.tag in LEVELS and element not in flow
        ],
        desk,
    )


def demote_headings(root: Element, desk: Desk) -> None:
    """Make bold paragraphs of all headings: a note is no part of the outline."""
    _make_bold([element for element in root.iter() if element.tag in LEVELS], desk)


def _make_bold(headings: list[Element], desk: Desk) -> None:
    """Turn headings into bold paragraphs, and say so."""
    for heading in headings:
        desk.warn(
            "H04",
            "a heading within a note, a list, a quotation or a box",
            desk.span(heading),
            "set it in **bold**",
        )
        strong = Element("strong")
        strong.text, strong[:] = heading.text, list(heading)
        heading.tag, heading.text, heading[:] = "p", None, [strong]
        keep_place(desk, strong, heading, 0)
