"""The theme's fonts as `@font-face` rules, and the files that the rules name.

Pages use no font of the machine, so they are the same on every machine, and a
character that the theme has no font for becomes a problem (ADR 22).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from briefpress.editions.inputs import AssetFile
from briefpress.theme import FontFace
from briefpress.theme.fonts import font_at_weight

REGULAR, BOLD = 400, 700
KEYWORDS = {"normal": REGULAR, "bold": BOLD}
WEIGHT = re.compile(r"font(?:-weight)?\s*:[^;}]*?\b([1-9]00|bold)\b")


def weights_in(css: str) -> frozenset[int]:
    """Return the font weights that a style sheet uses; regular and bold always."""
    found = {_weight(text) for text in WEIGHT.findall(css)}
    return frozenset({REGULAR, BOLD, *found})


def font_face_rules(fonts: Sequence[FontFace], weights: frozenset[int]) -> str:
    """Return one `@font-face` rule for each face and weight.

    WeasyPrint measures text at the default weight of a variable font and draws it at
    another, so each weight is a file of its own.
    """
    return "".join(
        f'@font-face{{font-family:"{face.family}";font-style:{face.style};'
        f'font-weight:{weight};src:url("{_file_name(face, weight)}")}}\n'
        for face, weight in _faces_at_weights(fonts, weights)
    )


def font_assets(
    fonts: Sequence[FontFace], weights: frozenset[int]
) -> dict[str, AssetFile]:
    """Return the font files that the rules name, variable fonts at each weight."""
    assets = {}
    for face, weight in _faces_at_weights(fonts, weights):
        data = font_at_weight(face.data(), str(weight), face.opsz)
        assets[_file_name(face, weight)] = AssetFile(data, "font/ttf")
    return assets


def _faces_at_weights(
    fonts: Sequence[FontFace], weights: frozenset[int]
) -> Iterator[tuple[FontFace, int]]:
    """Yield each face with its own weight, or with those weights in its range."""
    for face in fonts:
        first, _, last = face.weight.partition(" ")
        if not last:
            yield face, _weight(first)
            continue
        for weight in sorted(weights):
            if int(first) <= weight <= int(last):
                yield face, weight


def _weight(text: str) -> int:
    """Return a font weight as a number: "bold" is 700."""
    return KEYWORDS.get(text) or int(text)


def _file_name(face: FontFace, weight: int) -> str:
    """Return the file name of a face at a weight, and at an optical size if it has one."""
    optical_size = f"-{face.opsz}" if face.opsz else ""
    return f"fonts/{face.digest}-{weight}{optical_size}.ttf"
