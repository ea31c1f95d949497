"""What is found in a finished page: what the package must say of it, and what would make readers refuse it."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from briefpress.problems import Problem
from briefpress.xhtml import FORBIDDEN

PROPERTIES = {"svg": "svg", "math": "mathml"}


def properties(root: Element) -> tuple[str, ...]:
    """Return the properties of the manifest that a page must declare."""
    return tuple(
        sorted(
            {
                PROPERTIES[tag]
                for element in root.iter()
                if (tag := _local(element)) in PROPERTIES
            }
        )
    )


def features(root: Element) -> tuple[str, ...]:
    """Return what accessibility metadata is computed from."""
    return tuple(sorted(set(_features(root))))


def _features(root: Element) -> Iterator[str]:
    """Yield what accessibility metadata is computed from."""
    for element in root.iter():
        tag = _local(element)
        if tag in {"math", "table"}:
            yield tag
        elif tag in {"svg", "img"}:
            yield "pictures"
            named = (
                element.get("alt")
                or element.get("aria-label")
                or element.get("aria-labelledby")
            )
            yield "named" if named or _titled(element) else "unnamed"
        elif tag == "details":
            yield "data"
        if element.get("role") == "doc-footnote":
            yield "notes"


def _titled(svg: Element) -> bool:
    """Return whether an inline picture has a title, or is mere decoration."""
    return svg.get("role") in {"presentation", "none"} or any(
        _local(child) == "title" for child in svg
    )


def check_page(root: Element, data: bytes) -> Iterator[Problem]:
    """Yield what would make reading systems refuse the chapter."""
    text = "".join(root.itertext())
    if unfit := FORBIDDEN.search(text):
        place = next(
            (
                e
                for e in root.iter()
                if FORBIDDEN.search((e.text or "") + (e.tail or ""))
            ),
            root,
        )
        code = f"U+{ord(unfit[0]):04X}"
        yield Problem(
            "E01", f"control character {code} in the text", about=place.get("id", "")
        )
        return
    try:
        ET.fromstring(data)  # noqa: S314 (our own bytes, without entities)
    except ET.ParseError as error:
        yield Problem("E01", f"the page is not well-formed XHTML: {error}")
    body = root.find("body")
    if body is None or not (
        "".join(body.itertext()).strip() or any(True for _ in body.iter("img"))
    ):
        yield Problem("E03", "the page is empty")
    seen: set[str] = set()
    for element in root.iter():
        if (name := element.get("id")) is not None:
            if name in seen:
                yield Problem(
                    "E06", f"the id {name!r} is given twice in the page", about=name
                )
            seen.add(name)


def _local(element: Element) -> str:
    """Return the element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]
