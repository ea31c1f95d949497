"""Which faces a text needs, and a face of boxes for the characters that no font has.

Fallback faces are used only for what the other faces lack, so a text without such
characters is set as if they did not exist. A box is as wide as an em and shows the
number of its character. It is a letter of a font like any other: lines break, are
measured and can be copied as if the font were there.
"""

from __future__ import annotations

import hashlib
import io
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import chain, pairwise
from unicodedata import category

from briefpress.languages import language_rank
from briefpress.theme.fonts import FontFace

BOX_FAMILY = "Briefpress Boxes"
# Control and format characters, separators, surrogates: nothing is drawn for them.
NOT_DRAWN = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp"})
# Other characters that are invisible by default (UAX 44, Default_Ignorable_Code_Point).
IGNORABLE_CODES = (
    0x034F,  # combining grapheme joiner
    0x115F,  # Hangul fillers
    0x1160,
    0x17B4,  # Khmer inherent vowels
    0x17B5,
    *range(0x180B, 0x1810),  # Mongolian variation selectors
    0x3164,  # Hangul filler
    *range(0xFE00, 0xFE10),  # variation selectors
    0xFFA0,  # half-width Hangul filler
    *range(0xE0100, 0xE01F0),  # more variation selectors
)
IGNORABLE = tuple(map(chr, IGNORABLE_CODES))


@dataclass(frozen=True, slots=True)
class ChosenFaces:
    """The faces that a text is set in, and the characters that none of them has."""

    faces: tuple[FontFace, ...]
    missing: frozenset[str]


def choose_faces(
    faces: Sequence[FontFace], characters: Iterable[str], lang: str
) -> ChosenFaces:
    """Return the faces for a text in a language: all of the theme's, and fallbacks.

    A fallback is used if it has characters that no face before it has. Those made for
    the language come first, because Chinese and Japanese share characters that they
    write differently.
    """
    chosen = [face for face in faces if not face.fallback]
    wanted = {ord(character) for character in characters if _is_drawn(character)}
    for face in chosen:
        wanted -= character_codes(face)
    for family in _fallback_families(faces, lang):
        found = frozenset[int]().union(*map(character_codes, family))
        if found & wanted:
            chosen += family
            wanted -= found
    missing = frozenset(map(chr, wanted))
    return ChosenFaces(tuple(chosen), missing)


def without_fallbacks(
    faces: Iterable[FontFace], characters: Iterable[str]
) -> frozenset[str]:
    """Return the characters that no face has, apart from fallbacks."""
    main_faces = [face for face in faces if not face.fallback]
    return choose_faces(main_faces, characters, lang="").missing


def with_boxes(
    faces: Sequence[FontFace], missing: frozenset[str]
) -> tuple[FontFace, ...]:
    """Return the faces, and one of boxes if there are missing characters."""
    if not missing:
        return tuple(faces)
    boxes = box_face(missing)
    return (*faces, boxes)


def missing_from(fonts: Iterable[bytes], characters: Iterable[str]) -> frozenset[str]:
    """Return the characters that need a glyph and that no font file has."""
    known = frozenset[int]().union(*map(codes_in, fonts))
    drawn = filter(_is_drawn, characters)
    missing = [character for character in drawn if ord(character) not in known]
    return frozenset(missing)


@cache
def character_codes(face: FontFace) -> frozenset[int]:
    """Return the code points of the characters that a face has."""
    return codes_in(face.data())


def codes_in(font: bytes) -> frozenset[int]:
    """Return the code points of the characters that a font file has."""
    import uharfbuzz as hb

    return frozenset(hb.Face(font).unicodes)


def _fallback_families(
    faces: Iterable[FontFace], lang: str
) -> list[tuple[FontFace, ...]]:
    """Return the faces of each fallback family, those made for the language first."""
    families: dict[str, list[FontFace]] = {}
    for face in faces:
        if face.fallback:
            family = families.setdefault(face.family, [])
            family.append(face)

    def rank(family: list[FontFace]) -> int:
        first_face = family[0]
        return language_rank(first_face.languages, lang)

    in_order = sorted(families.values(), key=rank)
    return [tuple(family) for family in in_order]


def _is_drawn(character: str) -> bool:
    """Return whether a font needs a glyph for the character."""
    if category(character) in NOT_DRAWN:
        return False
    return character not in IGNORABLE


# The box, in units of a thousandth of an em. The digits are those of a display with
# seven bars, which can show 0 to 9 and A, b, C, d, E, F.
EM = 1000
BOX = (60, -100, 940, 780)  # left, bottom, right, top
STROKE = 36
INSIDE = 70  # from the box to its digits
#        top
#  left upper   right upper
#       middle
#  left lower   right lower
#       bottom
BARS = {
    "0": "t lu ru ll rl b",
    "1": "ru rl",
    "2": "t ru m ll b",
    "3": "t ru m rl b",
    "4": "lu ru m rl",
    "5": "t lu m rl b",
    "6": "t lu m ll rl b",
    "7": "t ru rl",
    "8": "t lu ru m ll rl b",
    "9": "t lu ru m rl b",
    "A": "t lu ru m ll rl",
    "B": "lu m ll rl b",
    "C": "t lu ll b",
    "D": "ru m ll rl b",
    "E": "t lu m ll b",
    "F": "t lu m ll",
}
# A space between two boxes is set in their font. Widths of Unicode's spaces.
SPACES = {
    0x20: 250,
    0xA0: 250,
    0x2002: 500,
    0x2003: EM,
    0x2009: 200,
    0x202F: 200,
}
MOST_RECTANGLES = 2 + 6 * 7  # the frame, and six digits of seven bars
ON_CURVE = 1
EPOCH = 2_082_844_800  # the year 1970, in seconds since 1904
Area = tuple[float, float, float, float]


def box_face(characters: frozenset[str]) -> FontFace:
    """Return a face in which each of the characters is a box with its number."""
    data = box_font(characters)
    digest = hashlib.sha256(data).hexdigest()
    return FontFace(BOX_FAMILY, "400", "normal", "", "boxes.ttf", digest, content=data)


@lru_cache(maxsize=16)
def box_font(characters: frozenset[str]) -> bytes:
    """Return a TrueType font of boxes: the same bytes for the same characters."""
    from fontTools.fontBuilder import FontBuilder
    from fontTools.ttLib.tables._g_l_y_f import Glyph

    codes = sorted(map(ord, characters))
    names = {code: _glyph_name(code) for code in codes}
    spaces = {code: f"space{code:04X}" for code in SPACES}
    glyphs = {".notdef": _glyph_of([])}
    glyphs |= dict.fromkeys(spaces.values(), b"")
    for code, name in names.items():
        bars = _digit_bars(f"{code:04X}")
        glyphs[name] = _glyph_of(bars)
    metrics = dict.fromkeys(glyphs, (EM, BOX[0]))
    for code, width in SPACES.items():
        metrics[spaces[code]] = (width, 0)
    builder = FontBuilder(EM, isTTF=True)
    builder.font.recalcTimestamp = False
    builder.font.recalcBBoxes = False
    builder.setupGlyphOrder(list(glyphs))
    builder.setupCharacterMap({**spaces, **names})
    builder.setupGlyf({})
    table = builder.font["glyf"]
    table.glyphs = {name: Glyph(data) for name, data in glyphs.items()}
    builder.setupHorizontalMetrics(metrics)
    builder.setupHorizontalHeader(ascent=880, descent=-220, advanceWidthMax=EM)
    builder.setupOS2(sTypoAscender=880, sTypoDescender=-220)
    names_of_font = {
        "familyName": BOX_FAMILY,
        "styleName": "Regular",
        # Without a PostScript name resvg ignores a font.
        "psName": BOX_FAMILY.replace(" ", ""),
    }
    builder.setupNameTable(names_of_font)
    builder.setupPost(keepGlyphNames=False)
    left, bottom, right, top = BOX
    builder.updateHead(
        created=EPOCH,
        modified=EPOCH,
        xMin=left,
        yMin=bottom,
        xMax=right,
        yMax=top,
    )
    builder.setupMaxp()
    limits = builder.font["maxp"]
    limits.maxPoints = 4 * MOST_RECTANGLES
    limits.maxContours = MOST_RECTANGLES
    out = io.BytesIO()
    builder.save(out)
    return out.getvalue()


def _glyph_name(code: int) -> str:
    return f"u{code:04X}"


def _digit_bars(number: str) -> list[Area]:
    """Return the bars of the digits of a number, in two rows within the box."""
    columns = (len(number) + 1) // 2
    left, bottom, right, top = BOX
    width = (right - left - 2 * INSIDE) / columns
    height = (top - bottom - 2 * INSIDE) / 2
    bars: list[Area] = []
    for index, digit in enumerate(number):
        row, column = divmod(index, columns)
        x = left + INSIDE + column * width
        y = top - INSIDE - (row + 1) * height
        digit_left = x + 0.2 * width
        digit_right = x + 0.8 * width
        digit_area = (digit_left, y + 40, digit_right, y + height - 40)
        bars += _bars_of(digit, digit_area)
    return bars


def _bars_of(digit: str, area: Area) -> list[Area]:
    """Return the bars of one digit in an area."""
    left, bottom, right, top = area
    middle = (bottom + top) / 2
    below_middle = middle - STROKE / 2
    above_middle = middle + STROKE / 2
    inner_left = left + STROKE
    inner_right = right - STROKE
    places = {
        "t": (left, top - STROKE, right, top),
        "m": (left, below_middle, right, above_middle),
        "b": (left, bottom, right, bottom + STROKE),
        "lu": (left, below_middle, inner_left, top),
        "ru": (inner_right, below_middle, right, top),
        "ll": (left, bottom, inner_left, above_middle),
        "rl": (inner_right, bottom, right, above_middle),
    }
    names = BARS[digit].split()
    return [places[name] for name in names]


def _glyph_of(bars: Iterable[Area]) -> bytes:
    """Return a glyph: the frame of the box, and bars within it (OpenType, `glyf`)."""
    left, bottom, right, top = BOX
    hole = (left + STROKE, bottom + STROKE, right - STROKE, top - STROKE)
    outer = _corners(BOX)
    inner = _corners(hole)[::-1]
    outlines = [outer, inner, *map(_corners, bars)]
    points = list(chain.from_iterable(outlines))
    ends = range(3, len(points), 4)
    xs, ys = zip(*points, strict=True)
    parts = (
        struct.pack(">h4h", len(outlines), *BOX),
        struct.pack(f">{len(ends)}H", *ends),
        struct.pack(">H", 0),  # no instructions
        bytes([ON_CURVE]) * len(points),
        _as_steps(xs),
        _as_steps(ys),
    )
    return b"".join(parts)


def _corners(area: Area) -> list[tuple[int, int]]:
    """Return the corners of a rectangle, clockwise. A hole has them reversed."""
    left, bottom, right, top = map(round, area)
    return [
        (left, bottom),
        (left, top),
        (right, top),
        (right, bottom),
    ]


def _as_steps(numbers: Sequence[int]) -> bytes:
    """Return coordinates as a glyph stores them: each as the step from the last."""
    steps = [now - before for before, now in pairwise((0, *numbers))]
    return struct.pack(f">{len(steps)}h", *steps)
