"""Style sheets: imports along the chain taken in, tokens made custom properties or literals."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from briefpress.theme.model import Theme

if TYPE_CHECKING:
    from collections.abc import Iterable

MEDIA = ("print", "screen", "epub")
# An import stands at the head of a line by itself; the address is "parent:name.css" or "name.css".
IMPORT = re.compile(r"""^@import\s+(?:url\()?["']([^"'\n]+)["']\)?\s*;""", re.MULTILINE)
IMAGE = re.compile(r"(?:\.\./)*(images/[\w.-]+)", re.ASCII)
Find = Callable[[str, int], tuple[str, int] | None]
DEPTH = 20  # how many tokens may name one another before it must be a circle


def inline(
    name: str, level: int, find: Find, within: tuple[tuple[str, int], ...] = ()
) -> str:
    """Return a style sheet with its imports in their places.

    `find(name, level)` gives the text of the first sheet of that name from a level of the chain upwards,
    and the level where it was found. What is not found, or would stand in itself, is left as it is, for the
    theme's lint to tell.
    """
    found = find(name, level)
    if found is None:
        return ""
    text, here = found

    def take_in(match: re.Match[str]) -> str:
        address = match[1]
        target, start = (
            address.removeprefix("parent:"),
            here + 1 if address.startswith("parent:") else 0,
        )
        there = find(target, start)
        chain = (*within, (name, here))
        return (
            match[0]
            if there is None or (target, there[1]) in chain
            else inline(target, start, find, chain)
        )

    return IMPORT.sub(take_in, text)


def css_for(theme: Theme, medium: str, tokens: Mapping[str, str] | None = None) -> str:
    """Return a medium's finished style sheet.

    `tokens` override the theme's, key by key (a program's colours). On screen they are custom properties
    on `:root`, so that a reader's dark mode may turn them; in print and in EPUB every `var()` becomes the
    literal that it stands for, since old readers know none.
    """
    merged = {**theme.tokens, **(tokens or {})}
    css = theme.styles.get(medium, "")
    if medium == "screen":
        return (
            ":root{"
            + ";".join(f"--{name}:{value}" for name, value in sorted(merged.items()))
            + "}\n"
            + css
        )
    return _literal(css, tuple(sorted(merged.items())))


def with_image_folder(css: str, theme: Theme, folder: str) -> str:
    """Return a finished sheet whose pictures of the theme lie in a folder, seen from where the sheet is."""
    return IMAGE.sub(
        lambda found: folder + found[1] if found[1] in theme.images else found[0], css
    )


@lru_cache(maxsize=32)
def _literal(css: str, tokens: tuple[tuple[str, str], ...]) -> str:
    """Return the sheet with each `var()` replaced; cached, for a program's briefs share one sheet."""
    import tinycss2  # late: a build with nothing to do needs no CSS

    values = dict(tokens)
    return str(
        tinycss2.serialize(
            _replaced(tinycss2.parse_component_value_list(css), values, DEPTH)
        )
    )


def _replaced(nodes: Iterable[Any], values: Mapping[str, str], depth: int) -> list[Any]:
    """Return component values with `var()` replaced, in blocks and functions too."""
    out: list[Any] = []
    for node in nodes:
        if node.type == "function" and node.lower_name == "var" and depth:
            out += _substitute(node, values, depth - 1)
            continue
        if node.type == "function":
            node.arguments = _replaced(node.arguments, values, depth)
        elif node.type in ("{} block", "[] block", "() block"):
            node.content = _replaced(node.content, values, depth)
        out.append(node)
    return out


def _substitute(node: Any, values: Mapping[str, str], depth: int) -> list[Any]:
    """Return what a `var(--name, fallback)` stands for; itself when nobody gave the token a value."""
    import tinycss2

    arguments = list(node.arguments)
    name = next((a.value for a in arguments if a.type == "ident"), "").removeprefix(
        "--"
    )
    if name in values:
        return _replaced(
            tinycss2.parse_component_value_list(values[name]), values, depth
        )
    comma = next(
        (i for i, a in enumerate(arguments) if a.type == "literal" and a.value == ","),
        None,
    )
    if comma is None:
        return [node]
    fallback = tinycss2.serialize(arguments[comma + 1 :]).strip()
    return _replaced(tinycss2.parse_component_value_list(fallback), values, depth)
