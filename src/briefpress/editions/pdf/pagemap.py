"""Where each printed page begins in the flow of the body: what lets EPUB and web page cite the same pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element

from briefpress.editions.pdf.setting import Setting
from briefpress.model import PageMap, PageStart

SPACE = re.compile(r"\s+")


def page_map(pages: list[Any], setting: Setting) -> PageMap:
    """Return where each page begins in the body, whose elements the boxes name."""
    owners = _owners(setting.body)
    printed: dict[Element, int] = {}
    starts = []
    for number, page in enumerate(pages, 1):
        first: PageStart | None = None
        for text in _texts(page._page_box.children[0]):  # noqa: SLF001 - the only way to the boxes
            owner = owners.get(text.element)
            if owner is None:
                continue
            if first is None and text.text.strip():
                first = PageStart(str(number), owner.get("id", ""), printed.get(owner, 0))
            printed[owner] = printed.get(owner, 0) + len(text.text)
        starts.append(first or PageStart(str(number), "", 0))
    return PageMap(tuple(starts))


def _owners(body: Element) -> dict[Element, Element]:
    """Return for every element of the body, notes apart, the nearest element with an id that holds it."""
    owners: dict[Element, Element] = {}

    def walk(element: Element, owner: Element | None) -> None:
        if element.get("class") in ("notes", "call"):
            return
        owner = element if element.get("id") else owner
        if owner is not None:
            owners[element] = owner
        for child in element:
            walk(child, owner)

    walk(body, None)
    return owners


def _texts(box: Any) -> Iterator[Any]:
    """Return the boxes of text of a page in their order, generated content left out."""
    if hasattr(box, "text"):
        if box.element is not None and "::" not in (box.element_tag or ""):
            yield box
        return
    for child in getattr(box, "children", ()):
        yield from _texts(child)
