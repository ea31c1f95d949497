"""The pages of a book as files: a head of our own, language and direction, well-formed XHTML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

from briefpress.editions.chapter.found import check_page, properties
from briefpress.editions.chapter.links import set_pictures
from briefpress.editions.chapter.model import Resource
from briefpress.editions.context import direction
from briefpress.editions.pagemarks import EPUB_TYPE
from briefpress.problems import Problem
from briefpress.xhtml import parse_document, to_xhtml

CSS = "css/book.css"
PIXELS = 60_000_000  # how large a picture of the theme we open
DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html>\n<html xmlns="http://www.w3.org/1999/xhtml"'


@dataclass(frozen=True, slots=True)
class Page:
    """A page around the chapters, finished."""

    data: bytes
    properties: tuple[str, ...]
    pictures: tuple[Resource, ...]
    problems: tuple[Problem, ...]


def finish_page(
    html: str, title: str, lang: str, kind: str, pictures: Mapping[str, bytes]
) -> Page:
    """Return a page of the book's folder, from HTML that may be a whole page or only what stands in one.

    `kind` is what the page is in the words of EPUB: "titlepage", "copyright-page". `pictures` are the bytes behind
    every `src`.
    """
    root = parse_document(html)
    made, faults = set_pictures(root, "pictures/book", pictures, PIXELS, up="")
    set_head(root, title, lang, CSS)
    body = root.find("body")
    if kind and body is not None:
        body.set(EPUB_TYPE, kind)
    data = write_page(root)
    return Page(data, properties(root), tuple(made), (*faults, *check_page(root, data)))


def set_head(root: Element, title: str, lang: str, css: str) -> None:
    """Write language, direction and a head of our own: what else a theme has in its head is for browsers."""
    head = root.find("head")
    assert head is not None, "an HTML5 parser always makes a head"  # noqa: S101
    head.attrib.clear()
    head.text, head[:] = None, []
    SubElement(head, "title").text = title
    SubElement(head, "link", {"rel": "stylesheet", "type": "text/css", "href": css})
    said = root.get("lang") or lang
    root.attrib.clear()
    root.attrib.update({"lang": said, "dir": direction(said)})


def write_page(root: Element) -> bytes:
    """Return a page's tree as a file. Readers that know only XML look for `xml:lang`."""
    for element in root.iter():
        if (lang := element.get("lang")) is not None:
            element.set("xml:lang", lang)
    return f"{DECLARATION}{to_xhtml(root).removeprefix('<html')}\n".encode(
        "utf-8", "surrogatepass"
    )
