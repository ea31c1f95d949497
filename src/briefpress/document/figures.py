"""Figures: a picture alone in its paragraph, with its headline, measure, source and data."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree.ElementTree import Element, SubElement

from briefpress.document import data
from briefpress.document.assets import file_of, picture_of
from briefpress.document.desk import Desk
from briefpress.document.files import published
from briefpress.document.lines import (
    is_source,
    joined,
    keep_place,
    lines_of,
    without_dash,
)
from briefpress.xhtml import parents_of, replace, unwrap

_HOLDERS = frozenset(("div", "li", "dd", "blockquote"))

Inline = Callable[[str], Element]  # a line of Markdown to an element that holds phrases


def set_figures(root: Element, desk: Desk, inline: Inline, *, numbered: bool) -> None:
    """Make figures of the pictures that stand alone, and look at every picture."""
    _out_of_links(root, desk)
    parents = parents_of(root)
    for paragraph in list(root.iter("p")):
        parent = parents.get(paragraph)
        if parent is not None and parent.tag in _HOLDERS:
            lines = _lines_of_figure(paragraph)
            if lines:
                replace(
                    parent,
                    paragraph,
                    _figure(paragraph, lines, desk, inline, numbered=numbered),
                )
    for picture in list(root.iter("img")):
        picture_of(picture, desk)
        if picture.attrib.pop("title", ""):
            where = desk.span(picture, picture.get("src", ""))
            desk.warn(
                "F07",
                "a headline is told only under a picture that stands alone in its paragraph",
                where,
            )
        picture.attrib.pop("data", None)
    for element in root.iter("p"):
        element.attrib.pop("data", None)


def _out_of_links(root: Element, desk: Desk) -> None:
    """Take the links off pictures: PDF/UA has no place for a picture in a link."""
    for parent in list(root.iter()):
        for link in [
            child
            for child in parent
            if child.tag == "a" and next(child.iter("img"), None) is not None
        ]:
            desk.warn(
                "F08",
                "a picture cannot be a link",
                desk.span(link, link.get("href", "")),
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
    desk: Desk,
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
            keep_place(desk, caption[0], paragraph, 0)
        if lines:
            measure = joined(lines, **{"class": "measure"})
            keep_place(desk, measure, paragraph, 1)
            caption.append(measure)
    if paragraph in desk.places:
        desk.places[figure] = desk.places[paragraph]
    frame = SubElement(figure, "div", {"class": "picture"})
    frame.append(picture)
    if source is not None:
        keep_place(desk, source, paragraph, 1 + len(lines))
        figure.append(source_line(source, desk))
    if name := picture.attrib.pop("data", "") or paragraph.attrib.pop("data", ""):
        _add_data(figure, name, desk)
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


def source_line(source: Element, desk: Desk) -> Element:
    """Return the source with the word for it in the brief's language."""
    source.set("class", "source")
    label = Element("span", {"class": "label"})
    label.text = desk.language.words["source"]
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


def _add_data(figure: Element, name: str, desk: Desk) -> None:
    """Offer the figure's data, and set them as a table for those who cannot see the picture."""
    if not name.lower().endswith(".csv"):
        desk.error(
            "F09",
            f"data {name!r}: they are in a file of that name",
            desk.span(figure, name),
            "name it .csv",
        )
        return
    found = file_of(name, figure, desk, what="data")
    if found is None:
        return
    rows = data.rows_of(found, name, desk, figure)
    if rows:
        figure.append(data.details(rows, published(desk.brief.folder, name)))
