"""Figures and tables: headline, measure, source and notes of pictures and of tables."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
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
from briefpress.document.files import (
    PathError,
    UnreadableFile,
    published_address,
    resolve_path,
)
from briefpress.document.images import CSV, SUFFIXES, PictureError, inspect_picture
from briefpress.document.typography import headline_words
from briefpress.model import Asset
from briefpress.problems import Span
from briefpress.xhtml import FORBIDDEN, parents_of, replace, text_of, unwrap

_HOLDERS = frozenset(("div", "li", "dd", "blockquote"))

Inline = Callable[[str], Element]  # a line of Markdown to an element that holds phrases


def make_figures(
    root: Element, context: ParseContext, inline: Inline, *, numbered: bool
) -> None:
    """Make figures of the pictures that stand alone, and look at every picture."""
    _out_of_links(root, context)
    parents = parents_of(root)
    for paragraph in list(root.iter("p")):
        parent = parents.get(paragraph)
        if parent is not None and parent.tag in _HOLDERS:
            lines = _lines_of_figure(paragraph)
            if lines:
                replace(
                    parent,
                    paragraph,
                    _figure(paragraph, lines, context, inline, numbered=numbered),
                )
    for picture in list(root.iter("img")):
        check_picture(picture, context)
        if picture.attrib.pop("title", ""):
            where = context.span(picture, picture.get("src", ""))
            context.warn(
                "F07",
                "a headline is told only under a picture that stands alone in its paragraph",
                where,
            )
        picture.attrib.pop("data", None)
    for element in root.iter("p"):
        element.attrib.pop("data", None)


def _out_of_links(root: Element, context: ParseContext) -> None:
    """Take the links off pictures: PDF/UA has no place for a picture in a link."""
    for parent in list(root.iter()):
        for link in [
            child
            for child in parent
            if child.tag == "a" and next(child.iter("img"), None) is not None
        ]:
            context.warn(
                "F08",
                "a picture cannot be a link",
                context.span(link, link.get("href", "")),
                "link from the text instead",
            )
            unwrap(parent, link)


def _lines_of_figure(paragraph: Element) -> list[Element]:
    """Return the lines of a paragraph whose first is a picture and nothing else; none otherwise."""
    if (
        (paragraph.text or "").strip()
        or not len(paragraph)
        or paragraph[0].tag != "img"
    ):
        return []
    tail = paragraph[0].tail or ""
    if tail.partition("\n")[0].strip() or (
        "\n" not in tail and len(paragraph) > 1 and paragraph[1].tag != "br"
    ):
        return []
    return lines_of(paragraph)


def _figure(
    paragraph: Element,
    lines: list[Element],
    context: ParseContext,
    inline: Inline,
    *,
    numbered: bool,
) -> Element:
    """Return the figure: caption, picture, source, data."""
    picture = lines.pop(0)[0]
    picture.tail = None
    title = picture.attrib.pop("title", "")
    figure = Element("figure", _attributes(paragraph, picture))
    numbered = numbered and bool(title)
    _add_class(figure, "figure" if numbered else "figure plain")
    source = (
        joined([without_dash(lines.pop())]) if lines and is_source(lines[-1]) else None
    )
    if title or lines:
        caption = SubElement(figure, "figcaption")
        if title:
            caption.append(headline(inline(title), "figure" if numbered else ""))
            keep_place(context, caption[0], paragraph, 0)
        if lines:
            measure = joined(lines, **{"class": "measure"})
            keep_place(context, measure, paragraph, 1)
            caption.append(measure)
    if paragraph in context.places:
        context.places[figure] = context.places[paragraph]
    frame = SubElement(figure, "div", {"class": "picture"})
    frame.append(picture)
    if source is not None:
        keep_place(context, source, paragraph, 1 + len(lines))
        figure.append(source_line(source, context))
    if name := picture.attrib.pop("data", "") or paragraph.attrib.pop("data", ""):
        _add_data(figure, name, context)
    return figure


def headline(words: Element, kind: str) -> Element:
    """Return the headline, with room for its number where it has one."""
    line = Element("p", {"class": "headline"})
    if kind:
        label = SubElement(line, "span", {"class": "label"})
        label.tail = " " + (words.text or "")
    else:
        line.text = words.text
    line.extend(words)
    return line


def source_line(source: Element, context: ParseContext) -> Element:
    """Return the source with the word for it in the brief's language."""
    source.set("class", "source")
    label = Element("span", {"class": "label"})
    label.text = context.language.words["source"]
    label.tail = " " + (source.text or "")
    source.text = None
    source.insert(0, label)
    return source


def _attributes(paragraph: Element, picture: Element) -> dict[str, str]:
    """Return what the author gave, on the picture or on the last line of its paragraph."""
    found: dict[str, str] = {}
    for key in ("id", "lang", "dir"):
        value = picture.attrib.pop(key, "") or paragraph.get(key, "")
        if value:
            found[key] = value
    classes = f"{picture.attrib.pop('class', '')} {paragraph.get('class', '')}".split()
    return {**found, **({"class": " ".join(classes)} if classes else {})}


def _add_class(element: Element, name: str) -> None:
    """Set our classes before the author's."""
    element.set("class", f"{name} {element.get('class', '')}".strip())


def _add_data(figure: Element, name: str, context: ParseContext) -> None:
    """Offer the figure's data, and set them as a table for those who cannot see the picture."""
    if not name.lower().endswith(".csv"):
        context.error(
            "F09",
            f"data {name!r}: they are in a file of that name",
            context.span(figure, name),
            "name it .csv",
        )
        return
    found = read_asset(name, figure, context, what="data")
    if found is None:
        return
    rows = csv_rows(found, name, context, figure)
    if rows:
        figure.append(data_table(rows, published_address(context.brief.folder, name)))


def read_asset(
    address: str, element: Element, context: ParseContext, *, what: str
) -> bytes | None:
    """Return the bytes of a file that the brief names, and list it; say what is wrong when it cannot be had."""
    try:
        path = resolve_path(context.brief.folder, address)
    except PathError as error:
        context.error(
            "F02", f"{what} {address!r}: {error}", context.span(element, address)
        )
        return None
    found = context.read_file(path)
    if isinstance(found, bytes) and len(found) > context.limits.picture_bytes:
        found = UnreadableFile("large", size=len(found))
    if isinstance(found, UnreadableFile):
        _tell(found, address, what, context.span(element, address), context)
        return None
    src = published_address(context.brief.folder, address)
    context.assets.setdefault(src, Asset(src, path, CSV))
    return found


def _tell(
    absent: UnreadableFile, address: str, what: str, where: Span, context: ParseContext
) -> None:
    """Say why a file cannot be had."""
    if absent.reason == "missing":
        folder = address.rpartition("/")[0]
        near = f"{folder}/{absent.near}" if folder and absent.near else absent.near
        context.error(
            "F01",
            f"there is no file {address!r}",
            where,
            f"write {near!r}" if near else "",
        )
    elif absent.reason == "outside":
        context.error(
            "F02", f"{what} {address!r} is a link that leaves the project", where
        )
    elif absent.reason == "large":
        limit = context.limits.picture_bytes
        context.error(
            "F04",
            f"{what} {address!r} has {absent.size:,} bytes, and {limit:,} is the limit",
            where,
        )
    else:
        context.error("F02", f"{what} {address!r} is no plain file", where)


def check_picture(picture: Element, context: ParseContext) -> None:
    """Look at a picture: its alternative text, its file, its kind and size."""
    address = picture.get("src")
    if address is None:
        return  # `sanitise` has said why
    if not picture.get("alt", "").strip():
        fix = "say what one sees in it: ![a line that climbs from 100 to 141](…)"
        context.error(
            "F03",
            "the picture has no alternative text",
            context.span(picture, address),
            fix,
        )
    data = read_asset(address, picture, context, what="picture")
    if data is None:
        return
    try:
        found = inspect_picture(data)
    except PictureError as error:
        where = context.span(picture, address)
        context.error(
            "F05",
            f"picture {address!r} cannot be set: {error}",
            where,
            "save it as SVG, PNG or JPEG",
        )
        return
    if found.width * found.height > context.limits.picture_pixels and found.media in (
        "image/png",
        "image/jpeg",
    ):
        size = f"{found.width:,} by {found.height:,} pixels"
        message = f"picture {address!r} has {size}, and {context.limits.picture_pixels:,} in all is the limit"
        context.error("F04", message, context.span(picture, address))
    src = published_address(context.brief.folder, address)
    picture.set("src", src)
    context.assets[src] = Asset(src, context.assets[src].path, found.media)
    picture.set("width", str(found.width))
    picture.set("height", str(found.height))
    if not address.lower().endswith(SUFFIXES[found.media]):
        kind = found.media.partition("/")[2].partition("+")[0].upper()
        fix = f"name it {SUFFIXES[found.media][0]}"
        known = address.lower().endswith(
            tuple(suffix for known in SUFFIXES.values() for suffix in known)
        )
        tell = (
            context.warn if known else context.error
        )  # it is published under its name: `index.html` would be the page
        tell(
            "F06",
            f"picture {address!r} holds a {kind}",
            context.span(picture, address),
            fix,
        )


ROWS, COLUMNS = 200, 20  # more than that is offered as a file, and not set


def csv_rows(
    data: bytes, name: str, context: ParseContext, figure: Element
) -> list[list[str]]:
    """Return the rows of a CSV file, the head first and all of one length; none when it cannot be read."""
    try:
        rows = _read(data)
    except (ValueError, csv.Error) as error:
        context.error(
            "F09",
            f"data {name!r}: {error}",
            context.span(figure, name),
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


def data_table(rows: list[list[str]], name: str) -> Element:
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
