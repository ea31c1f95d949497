"""Where a style sheet leads: to what the theme ships, and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

# What can load something has one of these words in it, or hides them behind an escape.
MAY = re.compile(r"\\|url|src|image|@import|@namespace", re.IGNORECASE)
OWN = re.compile(
    r"#|(?:\.\./)*(?:images|fonts)/[\w.-]+\Z|data:(?:image/(?:png|jpeg|gif)|font/)",
    re.ASCII,
)
LOADS = frozenset(
    ("url", "src", "image", "image-set", "-webkit-image-set", "cross-fade", "attr")
)
SHEET = re.compile(r"(?:parent:)?[\w-]+\.css\Z", re.ASCII)


def outside(css: str) -> Iterator[tuple[int, str]]:
    """Yield line and address of all that a sheet would load and that is not of its own theme."""
    if not MAY.search(css):
        return
    import tinycss2  # late: most sheets load nothing

    yield from _within(
        tinycss2.parse_component_value_list(css, skip_comments=True), own=False
    )


def _within(nodes: Iterable[Any], *, own: bool) -> Iterator[tuple[int, str]]:
    """Yield what is loaded among component values; `own` within a function whose strings are addresses."""
    importing = False
    for node in nodes:
        if node.type == "at-keyword":
            importing = node.lower_value == "import"
        elif importing and node.type in {"url", "string"}:
            if not SHEET.match(node.value):
                yield node.source_line, node.value
            importing = False
        elif importing and node.type == "function":
            yield from _imported(node)
            importing = False
        elif node.type == "url" or (own and node.type == "string"):
            if not OWN.match(node.value):
                yield node.source_line, node.value
        elif node.type == "function":
            yield from _within(node.arguments, own=node.lower_name in LOADS)
        elif node.type in {"{} block", "[] block", "() block"}:
            yield from _within(node.content, own=False)


def _imported(node: Any) -> Iterator[tuple[int, str]]:
    for inner in node.arguments:
        if inner.type == "string" and not SHEET.match(inner.value):
            yield inner.source_line, inner.value
