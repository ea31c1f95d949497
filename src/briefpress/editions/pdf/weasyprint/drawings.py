"""Text in drawings: set in the theme's faces, and its outline drawn behind it.

WeasyPrint has no fonts of the machine, so it would set Helvetica and `sans-serif` in
whatever face it finds. It ignores `paint-order`, so a white outline would hide its text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

# A font of the machine to the kind of typeface; what is unknown is sans serif.
MONO = re.compile(r"mono|courier|consolas|menlo|typewriter|code", re.IGNORECASE)
SANS = re.compile(r"sans|grotes", re.IGNORECASE)
SERIF = re.compile(
    r"serif|times|roman|georgia|garamond|palatino|cambria|century|bookman|minion",
    re.IGNORECASE,
)

Families = Mapping[str, str]  # "sans", "serif" and "mono" to names with commas
DrawText = Callable[[Any, Any, float], None]


def theme_families(written: str, families: Families) -> str:
    """Return the families of the theme that replace those of a drawing.

    A family of the theme itself is kept. WeasyPrint splits the names at commas and does
    not remove spaces.
    """
    names = _names(written)
    faces = {_names(value)[0].lower() for value in families.values()}
    own = [name for name in names if name.lower() in faces]
    kind = _kind(names[0]) if names else "sans"
    return ",".join(dict.fromkeys([*own, *_names(families[kind])]))


def drawn_text(draw_text: DrawText) -> DrawText:
    """Return WeasyPrint's function for text, with the theme's faces and with outlines."""

    def draw(svg: Any, node: Any, font_size: float) -> None:
        families = getattr(svg.font_config, "drawing_families", None)
        if families:
            written = node.get("font-family", "")
            node.attrib["font-family"] = theme_families(written, families)
        has_outline_behind = node.get("paint-order", "").strip().startswith("stroke")
        if has_outline_behind and node.get("stroke", "none") != "none":
            _draw_in_two_steps(draw_text, svg, node, font_size)
        else:
            draw_text(svg, node, font_size)

    return draw


def _draw_in_two_steps(
    draw_text: DrawText, svg: Any, node: Any, font_size: float
) -> None:
    """Draw the outline of a text, then the text in the same place."""
    attributes = dict(node.attrib)
    position, shift = svg.cursor_position, list(svg.cursor_d_position)
    node.attrib["fill"] = "none"
    draw_text(svg, node, font_size)
    svg.cursor_position, svg.cursor_d_position[:] = position, shift
    node.attrib = {**attributes, "stroke": "none"}
    draw_text(svg, node, font_size)
    node.attrib = attributes


def _kind(name: str) -> str:
    if MONO.search(name):
        return "mono"
    return "serif" if SERIF.search(name) and not SANS.search(name) else "sans"


def _names(families: str) -> list[str]:
    """Return the names in a list of font families, without quotes."""
    names = [name.strip().strip("\"'").strip() for name in families.split(",")]
    return [name for name in names if name]
