"""The theme's fonts, and no others.

WeasyPrint takes its fonts from fontconfig, and fontconfig from the machine. A configuration without one folder
(`fonts.conf`, beside this module) leaves what the `@font-face` rules bring: pages are then the same on every
machine, and a character that the theme cannot set is found out instead of borrowed from somewhere.
"""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from briefpress.editions.pdf.value import Assets, Face
from briefpress.theme.fonts import font_at_weight

KEYWORDS = {"normal": 400, "bold": 700}


@contextmanager
def no_system_fonts() -> Iterator[None]:
    """Let fontconfig read our empty configuration while a FontConfiguration is made, and only then."""
    before = os.environ.get("FONTCONFIG_FILE")
    os.environ["FONTCONFIG_FILE"] = str(Path(__file__).with_name("fonts.conf"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # WeasyPrint warns that there are no fonts: that is the point
            yield
    finally:
        os.environ.pop("FONTCONFIG_FILE")
        if before is not None:
            os.environ["FONTCONFIG_FILE"] = before


def weights_in(css: str) -> frozenset[int]:
    """Return the font weights that a style sheet asks for; regular and bold always."""
    found = re.findall(r"font(?:-weight)?\s*:[^;}]*?\b([1-9]00|bold)\b", css)
    return frozenset({400, 700, *(KEYWORDS.get(w) or int(w) for w in found)})


def font_face_rules(fonts: Sequence[Face], weights: frozenset[int]) -> str:
    """Return one `@font-face` rule for each face and weight: WeasyPrint takes no range of weights."""
    return "".join(
        f'@font-face{{font-family:"{face.family}";font-style:{face.style};font-weight:{weight};'
        f'src:url("{_name(face, weight)}")}}\n'
        for face in fonts
        for weight in _covered(face, weights)
    )


def font_assets(fonts: Sequence[Face], weights: frozenset[int]) -> Assets:
    """Return the fonts of those rules as the fetcher serves them, variable files at each weight."""
    return {
        _name(face, weight): (
            font_at_weight(face.data(), str(weight), face.opsz),
            "font/ttf",
        )
        for face in fonts
        for weight in _covered(face, weights)
    }


def _name(face: Face, weight: int) -> str:
    """Return the name under the virtual base of a face at a weight: one file may be cut at several optical sizes."""
    return f"fonts/{face.digest}-{weight}{face.opsz and f'-{face.opsz}'}.ttf"


def _covered(face: Face, weights: frozenset[int]) -> list[int]:
    """Return the weights that a face has rules for: its own, or those asked for within its range."""
    first, _, last = face.weight.partition(" ")
    if not last:
        return [KEYWORDS.get(first) or int(first)]
    return sorted(w for w in weights if int(first) <= w <= int(last))


def configuration() -> Any:
    """Return a FontConfiguration without one font of the machine."""
    with no_system_fonts():
        from weasyprint.text.fonts import FontConfiguration

        return FontConfiguration()
