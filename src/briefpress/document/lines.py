"""A paragraph as its lines: some of them are a title, a measure or a source."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

from briefpress.document.desk import Desk

_DASH = re.compile(r"\s*(?:[—–]|--)\s+(?=\S)|\s*(?:[—–]|--)\s*\Z")


def lines_of(paragraph: Element) -> list[Element]:
    """Return the lines of a paragraph, each as a `<p>` of its own. Phrases that run over a line end are not cut."""
    lines = [Element("p")]

    def add(text: str | None) -> None:
        for index, piece in enumerate((text or "").split("\n")):
            if index:
                lines.append(Element("p"))
            line = lines[-1]
            if len(line):
                line[-1].tail = (line[-1].tail or "") + piece
            else:
                line.text = (line.text or "") + piece

    add(paragraph.text)
    for child in list(paragraph):
        tail, child.tail = child.tail, None
        lines[-1].append(child)
        add(tail)
    for line in lines:
        _trim(line)
    return [line for line in lines if len(line) or line.text]


def _trim(line: Element) -> None:
    """Take the break and the spaces off the end of a line, and the spaces off its beginning."""
    line.text = (line.text or "").lstrip()
    if len(line) and line[-1].tag == "br" and not (line[-1].tail or "").strip():
        del line[-1]
    if len(line):
        line[-1].tail = (line[-1].tail or "").rstrip()
    else:
        line.text = line.text.rstrip()


def joined(lines: list[Element], tag: str = "p", **attributes: str) -> Element:
    """Return an element that holds the lines, one behind the other."""
    whole = Element(tag, attributes)
    for index, line in enumerate(lines):
        before = "\n" if index else ""
        if len(whole):
            whole[-1].tail = (whole[-1].tail or "") + before + (line.text or "")
        else:
            whole.text = (whole.text or "") + before + (line.text or "")
        whole.extend(line)
    return whole


def is_source(line: Element) -> bool:
    """Whether the line begins with a dash: the source of a quotation, a figure or a table."""
    return bool(_DASH.match(line.text or ""))


def without_dash(line: Element) -> Element:
    """Take the dash off a source."""
    line.text = _DASH.sub("", line.text or "", count=1)
    return line


def keep_place(desk: Desk, line: Element, paragraph: Element, index: int) -> None:
    """Give a line its place: `index` lines below the paragraph's, if what stands there agrees."""
    if paragraph not in desk.places:
        return
    number, column = desk.places[paragraph]
    words = re.findall(r"\w+", line.text or "")[:3]
    row = desk.script.rows.get(number + index, "")
    if index == 0:
        desk.places[line] = number, column
    elif words and all(word in row for word in words):
        desk.places[line] = number + index, len(row) - len(row.lstrip("> ")) + 1
