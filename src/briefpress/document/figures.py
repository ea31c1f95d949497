"""Figures: a picture alone in its paragraph, with its headline, measure, source and data."""

from __future__ import annotations

import csv
from collections.abc import Callable
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
from briefpress.model import Asset
from briefpress.problems import Span
from briefpress.xhtml import FORBIDDEN, parents_of, replace, unwrap

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
