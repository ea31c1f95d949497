"""A figure's data: a CSV file beside the brief, as an accessible table that can be opened."""

from __future__ import annotations

import csv
from xml.etree.ElementTree import Element, SubElement

from briefpress.document.desk import Desk
from briefpress.xhtml import FORBIDDEN

ROWS, COLUMNS = 200, 20  # more than that is offered as a file, and not set


def rows_of(data: bytes, name: str, desk: Desk, figure: Element) -> list[list[str]]:
    """Return the rows of a CSV file, the head first and all of one length; none when it cannot be read."""
    try:
        rows = _read(data)
    except (ValueError, csv.Error) as error:
        desk.error(
            "F09",
            f"data {name!r}: {error}",
            desk.span(figure, name),
            "save it as CSV, in UTF-8, with a head",
        )
        return []
    width = len(rows[0])
    return [row + [""] * (width - len(row)) for row in rows]


def _read(data: bytes) -> list[list[str]]:
    """Return the rows that are not empty. Raises `ValueError` or `csv.Error` with what is wrong."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"it is not UTF-8, from byte {error.start + 1} on") from error
    if FORBIDDEN.search(text):
        raise ValueError("it is no text")
    head = text.partition("\n")[0]
    separator = max(",;\t", key=head.count)
    read = csv.reader(text.splitlines(), delimiter=separator, strict=True)
    rows = [row for row in ([cell.strip() for cell in row] for row in read) if any(row)]
    if len(rows) < 2 or not all(rows[0]):
        raise ValueError(
            "it needs a head with a name for each column, and a row below it"
        )
    for number, row in enumerate(rows, 1):
        if len(row) > len(rows[0]):
            raise ValueError(
                f"row {number} has {len(row)} cells, and the head has {len(rows[0])}"
            )
    return rows


def details(rows: list[list[str]], name: str) -> Element:
    """Return the data as a table that can be opened, with the file to take away."""
    box = Element("details", {"class": "data"})
    SubElement(box, "summary")
    if len(rows) <= ROWS and len(rows[0]) <= COLUMNS:
        scroll = SubElement(
            box, "div", {"class": "scroll", "role": "region", "tabindex": "0"}
        )
        table = SubElement(scroll, "table")
        head = SubElement(SubElement(table, "thead"), "tr")
        for cell in rows[0]:
            SubElement(head, "th", {"scope": "col"}).text = cell
        body = SubElement(table, "tbody")
        for row in rows[1:]:
            line = SubElement(body, "tr")
            for cell in row:
                SubElement(line, "td").text = cell
    download = SubElement(box, "p", {"class": "download"})
    link = SubElement(
        download, "a", {"href": name, "download": name.rpartition("/")[2]}
    )
    link.text = name.rpartition("/")[2]
    return box
