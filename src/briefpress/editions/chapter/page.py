"""The pages of a book as files: a head of our own, language and direction, well-formed XHTML."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement

from briefpress.editions.context import direction
from briefpress.editions.pagemarks import EPUB_TYPE
from briefpress.xhtml import parse_document, to_xhtml

CSS = "css/book.css"
DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html>\n<html xmlns="http://www.w3.org/1999/xhtml"'


def finish_page(html: str, title: str, lang: str, kind: str = "") -> bytes:
    """Return a page of the book's folder as XHTML, from HTML that may be a whole page or only what stands in one.

    `kind` is what the page is in the words of EPUB: "titlepage", "copyright-page".
    """
    root = parse_document(html)
    set_head(root, title, lang, CSS)
    body = root.find("body")
    if kind and body is not None:
        body.set(EPUB_TYPE, kind)
    return write_page(root)


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
    return f"{DECLARATION}{to_xhtml(root).removeprefix('<html')}\n".encode("utf-8", "surrogatepass")
