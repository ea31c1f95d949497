"""Abbreviations: `*[SCO]: Shanghai Cooperation Organisation`, told at each use."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree.ElementTree import Element

_KEPT = frozenset(("code", "pre", "kbd", "samp", "var", "abbr"))


def set_abbreviations(root: Element, meanings: Mapping[str, str]) -> None:
    """Wrap each use of an abbreviation in an `<abbr>` that tells its meaning."""
    known = {short: long for short, long in meanings.items() if short and long}
    if not known:
        return
    words = "|".join(
        re.escape(short)
        for short in sorted(known, key=lambda short: (-len(short), short))
    )
    pattern = re.compile(rf"(?<!\w)({words})(?!\w)")
    stack = [root]
    while stack:
        element = stack.pop()
        stack += [
            child
            for child in element
            if child.tag not in _KEPT and child.get("class") != "call"
        ]
        _wrap(element, pattern, known)


def _wrap(
    element: Element, pattern: re.Pattern[str], meanings: Mapping[str, str]
) -> None:
    """Wrap the uses in the element's own texts."""
    children: list[Element] = []
    for child in (None, *element):
        text = (element.text if child is None else child.tail) or ""
        first, *rest = pattern.split(text)
        if child is None:
            element.text = first
        else:
            child.tail = first
            children.append(child)
        for short, piece in zip(rest[::2], rest[1::2], strict=True):
            abbreviation = Element("abbr", {"title": meanings[short]})
            abbreviation.text, abbreviation.tail = short, piece
            children.append(abbreviation)
    if len(children) != len(element):
        element[:] = children
