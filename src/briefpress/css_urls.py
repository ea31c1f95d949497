"""The URLs in CSS: what a style sheet or a `style` attribute would load."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

# Functions whose strings are URLs. `attr(… url)` makes one of an attribute.
_URL_FUNCTIONS = "url src image image-set -webkit-image-set cross-fade attr"
URL_FUNCTIONS = frozenset(_URL_FUNCTIONS.split())
BLOCKS = frozenset({"{} block", "[] block", "() block"})


@dataclass(frozen=True, slots=True)
class CssUrl:
    """A URL in CSS, and the line that it is on."""

    url: str
    line: int
    is_import: bool  # it is the style sheet of an `@import`


def css_urls(values: Iterable[Any]) -> Iterator[CssUrl]:
    """Yield the URLs in component values of tinycss2. Nothing recurses."""
    levels: list[tuple[Iterable[Any], bool]] = [(values, False)]
    while levels:
        level, strings_are_urls = levels.pop()
        url_types = {"url", "string"} if strings_are_urls else {"url"}
        is_import = False
        for value in level:
            kind = value.type
            if kind == "at-keyword":
                is_import = value.lower_value == "import"
            elif is_import and kind in {"url", "string", "function"}:
                yield from _import_urls(value)
                is_import = False
            elif kind in url_types:
                yield CssUrl(value.value, value.source_line, is_import=False)
            elif kind == "function":
                loads = value.lower_name in URL_FUNCTIONS
                levels.append((value.arguments, loads))
            else:
                levels.append((children_of(value), False))


def children_of(value: Any) -> list[Any]:
    """Return the component values inside a function or a block."""
    if value.type == "function":
        return list(value.arguments)
    return list(value.content) if value.type in BLOCKS else []


def _import_urls(value: Any) -> Iterator[CssUrl]:
    """Yield the URL of an `@import`: a URL, a string, or `url("…")` with quotes."""
    is_function = value.type == "function"
    for part in value.arguments if is_function else [value]:
        if part.type in {"url", "string"} or not is_function:
            yield CssUrl(part.value, part.source_line, is_import=True)
