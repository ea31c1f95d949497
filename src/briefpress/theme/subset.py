"""A font cut down to the characters that are used, at one weight: for EPUB as TTF, for the web as WOFF2."""

from __future__ import annotations

import io
import logging
from functools import lru_cache
from typing import Any, Literal

Flavor = Literal["ttf", "woff2"]
# What text needs, and the figures that style sheets ask for. Small capitals and stylistic sets would double
# the size: every letter would bring its other forms along.
FIGURES = ("lnum", "onum", "pnum", "tnum", "sups", "zero")
NAMES = frozenset({0, 1, 2, 3, 4, 5, 6, 13, 14})  # with copyright and licence, which the OFL asks for
TEXT_SIZE = 12.0  # points: where a face has an optical size, the one for reading


def subset(data: bytes, characters: frozenset[str], weight: str, flavor: Flavor) -> bytes:
    """Return a font with no more than these characters, a variable one held at the weight.

    The same arguments give the same bytes: no time is written. Empty when the font has none of the characters.
    """
    return _subset(data, "".join(sorted(characters)), weight, flavor)


@lru_cache(maxsize=64)
def _subset(data: bytes, characters: str, weight: str, flavor: Flavor) -> bytes:
    """Return the font that `subset` promises; a book, its cover and a second book may ask for the same."""
    from fontTools import subset as tools  # 0.1 s, and only a book or a style sheet made anew needs it
    from fontTools.ttLib import TTFont

    logging.getLogger("fontTools").setLevel(logging.ERROR)
    font = TTFont(io.BytesIO(data), recalcTimestamp=False, lazy=True)
    wanted = {ord(char) for char in characters} & set(font.getBestCmap())
    if all(chr(code).isspace() for code in wanted):
        return b""
    options = tools.Options()
    options.layout_features = [*options.layout_features, *FIGURES]
    options.drop_tables += ["DSIG", "MVAR", "STAT"] if "fvar" in font else ["DSIG"]
    options.name_IDs = ["*"]  # fontTools would look through every table for the names in use; we look below
    options.notdef_outline = True
    cutter = tools.Subsetter(options)
    cutter.populate(unicodes=wanted)
    cutter.subset(font)
    font = _instance(font, weight)
    font["name"].names = [record for record in font["name"].names if record.nameID in NAMES]
    font.flavor = "woff2" if flavor == "woff2" else None
    out = io.BytesIO()
    font.save(out)
    return out.getvalue()


def _instance(font: Any, weight: str) -> Any:
    """Return a variable font at one weight, every other axis at rest, the optical size at that of text."""
    if "fvar" not in font:
        return font
    from fontTools.varLib import instancer

    place = {}
    for axis in font["fvar"].axes:
        value = {"wght": float(weight.split(maxsplit=1)[0]), "opsz": TEXT_SIZE}.get(axis.axisTag, axis.defaultValue)
        place[axis.axisTag] = min(max(value, axis.minValue), axis.maxValue)
    return instancer.instantiateVariableFont(font, place, inplace=True)
