"""Pages of a book as XHTML content documents (EPUB 3.3, section 6.1).

Each has our own head, a language and a direction, and is well-formed. What the package
must declare about a page is read from the finished tree.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

from briefpress.editions.epub.images import place_pictures
from briefpress.editions.epub.model import Resource
from briefpress.editions.page_breaks import EPUB_TYPE
from briefpress.languages import text_direction
from briefpress.problems import Problem
from briefpress.xhtml import FORBIDDEN_CHARACTERS, local_name, parse_page, to_xhtml

STYLESHEET = "css/book.css"
THEME_PICTURE_PIXELS = 60_000_000  # a theme's picture with more is refused
DECLARATION = (
    '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html>\n'
    '<html xmlns="http://www.w3.org/1999/xhtml"'
)
MANIFEST_PROPERTIES = {"svg": "svg", "math": "mathml"}


@dataclass(frozen=True, slots=True)
class ContentDocument:
    """A finished page of the book, and its problems."""

    data: bytes
    properties: tuple[str, ...]
    pictures: tuple[Resource, ...]
    problems: tuple[Problem, ...]


def finish_page(
    html: str, title: str, lang: str, epub_type: str, pictures: Mapping[str, bytes]
) -> ContentDocument:
    """Return a page in the book's top folder, from HTML of a page or of its body.

    `epub_type` is its kind: "titlepage", "copyright-page". `pictures` has the bytes of
    every `src`.
    """
    root = parse_page(html)
    placed, picture_problems = place_pictures(
        root, "pictures/book", pictures, THEME_PICTURE_PIXELS, up=""
    )
    set_head(root, title, lang, STYLESHEET)
    body = root.find("body")
    if epub_type and body is not None:
        body.set(EPUB_TYPE, epub_type)
    data = write_page(root)
    problems = (*picture_problems, *check_page(root, data))
    return ContentDocument(data, manifest_properties(root), tuple(placed), problems)


def set_head(root: Element, title: str, lang: str, stylesheet: str) -> None:
    """Write language, direction and head. A theme's own head is for browsers only."""
    head = root.find("head")
    assert head is not None, "an HTML5 parser always makes a head"  # noqa: S101
    head.attrib.clear()
    head.text, head[:] = None, []
    SubElement(head, "title").text = title
    attributes = {"rel": "stylesheet", "type": "text/css", "href": stylesheet}
    SubElement(head, "link", attributes)
    page_lang = root.get("lang") or lang
    root.attrib.clear()
    root.attrib.update({"lang": page_lang, "dir": text_direction(page_lang)})


def write_page(root: Element) -> bytes:
    """Return a page's tree as a file. Readers that know only XML use `xml:lang`."""
    for element in root.iter():
        lang = element.get("lang")
        if lang is not None:
            element.set("xml:lang", lang)
    content = to_xhtml(root).removeprefix("<html")
    return f"{DECLARATION}{content}\n".encode("utf-8", "surrogatepass")


def manifest_properties(root: Element) -> tuple[str, ...]:
    """Return the properties that the manifest must declare for a page."""
    tags = {local_name(element) for element in root.iter()}
    properties = {MANIFEST_PROPERTIES[tag] for tag in tags & MANIFEST_PROPERTIES.keys()}
    return tuple(sorted(properties))


def accessibility_features(root: Element) -> tuple[str, ...]:
    """Return what the accessibility metadata is computed from."""
    return tuple(sorted(set(_accessibility_features(root))))


def check_page(root: Element, data: bytes) -> Iterator[Problem]:
    """Yield the reasons why reading systems would refuse a page."""
    control_character = _control_character(root)
    if control_character is not None:
        yield control_character
        return
    try:
        ET.fromstring(data)  # noqa: S314 (our own bytes, without entities)
    except ET.ParseError as error:
        yield Problem("E01", f"the page is not well-formed XHTML: {error}")
    if _is_empty(root.find("body")):
        yield Problem("E03", "the page is empty")
    seen: set[str] = set()
    for element in root.iter():
        name = element.get("id")
        if name is None:
            continue
        if name in seen:
            message = f"the id `{name}` occurs twice in the page"
            yield Problem("E06", message, about=name)
        seen.add(name)


def _accessibility_features(root: Element) -> Iterator[str]:
    """Yield the features of each element."""
    for element in root.iter():
        tag = local_name(element)
        if tag in {"math", "table"}:
            yield tag
        elif tag in {"svg", "img"}:
            yield "pictures"
            if not _has_alternative(element):
                yield "unnamed"
        elif tag == "details":
            yield "data"


def _has_alternative(picture: Element) -> bool:
    """Return whether a picture has an alternative text, or is decoration."""
    if "undescribed" in picture.get("class", "").split():
        return False
    for name in ("alt", "aria-label", "aria-labelledby"):
        if picture.get(name):
            return True
    if picture.get("role") in {"presentation", "none"}:
        return True
    return any(local_name(child) == "title" for child in picture)


def _control_character(root: Element) -> Problem | None:
    """Return a problem if a page contains a character that XML 1.0 forbids."""
    found = FORBIDDEN_CHARACTERS.search("".join(root.itertext()))
    if found is None:
        return None
    about = ""
    for element in root.iter():
        if FORBIDDEN_CHARACTERS.search((element.text or "") + (element.tail or "")):
            about = element.get("id", "")
            break
    message = f"control character U+{ord(found[0]):04X} in the text"
    return Problem("E01", message, about=about)


def _is_empty(body: Element | None) -> bool:
    """Return whether a body shows neither text nor a picture."""
    if body is None:
        return True
    has_text = bool("".join(body.itertext()).strip())
    return not has_text and body.find(".//img") is None
