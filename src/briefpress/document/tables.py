"""Tables: headline, measure and source around them, scope and alignment within."""

from __future__ import annotations

import re
from functools import cache
from xml.etree.ElementTree import Element, SubElement

from briefpress.document.blocks import (
    is_source,
    joined,
    keep_place,
    lines_of,
    without_dash,
)
from briefpress.document.context import ParseContext
from briefpress.document.figures import headline, source_line
from briefpress.document.typography import headline_words
from briefpress.xhtml import text_of

_FIGURES = re.compile(r"[^\w]*+\d[\d\s.,'’/:]*+[\s%‰$€£¥₸₽]*+(?:\*|\(\d+\))?\Z")
_NOTHING = re.compile(
    r"[–—\-.…]*\Z|n/?a\Z", re.IGNORECASE
)  # what stands for a figure that is not known


def make_tables(root: Element, context: ParseContext, *, numbered: bool) -> None:
    """Frame every table, and set its cells."""
    for parent in list(root.iter()):
        for table in [child for child in parent if child.tag == "table"]:
            if parent.get("class") != "scroll":
                _frame(parent, table, context, numbered=numbered)
            set_cells(table, context)
    for paragraph in root.iter("p"):
        if _headline_word().match(paragraph.text or "") and not paragraph.get("class"):
            context.warn(
                "F12",
                "a table's headline with no table below it",
                context.span(paragraph),
            )


@cache
def _headline_word() -> re.Pattern[str]:
    """Return what begins a headline: "Table:", in any of the languages."""
    return re.compile(rf"\s*(?:{'|'.join(map(re.escape, headline_words()))})\s?:[ ]+")


def _frame(
    parent: Element, table: Element, context: ParseContext, *, numbered: bool
) -> None:
    """Put the table into a figure, with the paragraphs before and behind it that belong to it."""
    at = list(parent).index(table)
    before = parent[at - 1] if at and not (parent[at - 1].tail or "").strip() else None
    behind = (
        parent[at + 1]
        if at + 1 < len(parent) and not (table.tail or "").strip()
        else None
    )
    figure = Element("figure", {"class": "table"})
    if (mine := context.places.get(table)) or (mine := context.place(table))[0]:
        context.places[figure] = mine
    first, last = at, at
    if (
        before is not None
        and before.tag == "p"
        and _headline_word().match(before.text or "")
    ):
        figure.append(_caption(before, context, numbered=numbered))
        figure.attrib.update(
            {key: value for key, value in before.attrib.items() if key != "class"}
        )
        figure.set(
            "class",
            " ".join(
                filter(
                    None,
                    ["table", "" if numbered else "plain", before.get("class", "")],
                )
            ),
        )
        first = at - 1
    else:
        figure.set("class", "table plain")
    scroll = SubElement(
        figure, "div", {"class": "scroll", "role": "region", "tabindex": "0"}
    )
    if behind is not None and behind.tag == "p" and is_source(behind):
        last = at + 1
        source = joined(
            [
                without_dash(line) if not index else line
                for index, line in enumerate(lines_of(behind))
            ]
        )
        keep_place(context, source, behind, 0)
        figure.append(source_line(source, context))
    figure.tail, table.tail = parent[last].tail, None
    parent[first : last + 1] = [figure]
    scroll.append(table)


def _caption(paragraph: Element, context: ParseContext, *, numbered: bool) -> Element:
    """Return the caption that a paragraph before the table makes."""
    paragraph.text = _headline_word().sub("", paragraph.text or "", count=1)
    lines = lines_of(paragraph)
    caption = Element("figcaption")
    caption.append(
        headline(lines[0] if lines else Element("p"), "table" if numbered else "")
    )
    keep_place(context, caption[0], paragraph, 0)
    if lines[1:]:
        measure = joined(lines[1:], **{"class": "measure"})
        keep_place(context, measure, paragraph, 1)
        caption.append(measure)
    return caption


def set_cells(table: Element, context: ParseContext) -> None:
    """Give head cells their scope and columns of figures their class, and see that all rows are of one width."""
    for cell in [cell for cell in table.iter() if cell.tag in ("th", "td")]:
        _align(cell)
    heads = [row for head in table.iter("thead") for row in head.iter("tr")]
    if heads and not any(text_of(cell) for row in heads for cell in row):
        table.remove(next(table.iter("thead")))
        heads = []
    for cell in [cell for row in heads for cell in row if cell.tag == "th"]:
        cell.attrib.setdefault("scope", "col")
    rows = [row for row in table.iter("tr") if row not in heads]
    if not _rectangular([*heads, *rows], table, context):
        return
    _set_row_heads(rows)
    if all(
        cell.get("colspan", "1") == "1" == cell.get("rowspan", "1")
        for row in [*heads, *rows]
        for cell in row
    ):
        _set_figures(heads, rows)


def _align(cell: Element) -> None:
    """Make a class of the alignment."""
    where = cell.attrib.pop("align", "").lower()
    if where in ("left", "right", "center"):
        cell.set("class", f"{where} {cell.get('class', '')}".strip())


def _rectangular(rows: list[Element], table: Element, context: ParseContext) -> bool:
    """Whether all rows are of one width, cells that span counted in full. PDF/UA wants it, and so does the reader."""
    width, hanging = 0, [0] * 0
    for number, row in enumerate(rows):
        count = sum(1 for left in hanging if left)
        hanging = [max(0, left - 1) for left in hanging]
        for cell in row:
            across, down = (_span(cell, key) for key in ("colspan", "rowspan"))
            count += across
            hanging += [down - 1] * across if down > 1 else []
        hanging = [left for left in hanging if left]
        width = width or count
        if count != width:
            message = f"row {number + 1} of the table has a width of {count}, and the first has {width}"
            context.error(
                "F11",
                message,
                context.span(row if any(row.iter()) else table),
                r"write a bar within a cell as \|",
            )
            return False
    return True


def _span(cell: Element, key: str) -> int:
    """Return how many columns or rows a cell spans."""
    value = cell.get(key, "1").strip()
    number = int(value) if value.isascii() and value.isdigit() and len(value) < 5 else 1
    number = max(1, min(number, 1000))
    if key in cell.attrib:
        cell.set(key, str(number))
    return number


def _set_row_heads(rows: list[Element]) -> None:
    """Make head cells of the first column when its cells are filled and no two are the same."""
    firsts = [row[0] for row in rows if len(row) > 1]
    words = [text_of(cell) for cell in firsts]
    if len(words) == len(rows) and all(words) and len(set(words)) == len(words):
        for cell in firsts:
            if cell.get("rowspan", "1") == "1":
                cell.tag = "th"
    for row in rows:
        for cell in row:
            if cell.tag == "th":
                cell.attrib.setdefault("scope", "row" if cell is row[0] else "col")


def _set_figures(heads: list[Element], rows: list[Element]) -> None:
    """Mark the columns that hold only figures."""
    for column in range(len(rows[0]) if rows else 0):
        cells = [row[column] for row in rows]
        words = [
            text_of(cell, skip=lambda element: element.tag == "a") for cell in cells
        ]
        known = [word for word in words if not _NOTHING.match(word)]
        if not known or not all(_FIGURES.match(word) for word in known):
            continue
        for cell in [*(row[column] for row in heads), *cells]:
            classes = cell.get("class", "").split()
            if cell.tag == "td":
                classes.append("number")
            if not {"left", "right", "center"} & set(classes) and (
                cell.tag == "td" or column
            ):
                classes.insert(0, "right")
            if classes:
                cell.set("class", " ".join(classes))
