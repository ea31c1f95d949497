"""One weight of a variable font as a font of its own, by HarfBuzz in some twenty milliseconds.

A variable file behind `@font-face` is measured by Pango at the file's default weight and drawn by WeasyPrint at the weight
that was asked for: letters then stand too close (veraPDF: 7.21.5). A font of one weight is measured as it is drawn, and
need not be made anew for each PDF. fontTools takes ten seconds for the same; HarfBuzz is in the house with WeasyPrint.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

OPTICAL_SIZE = 11.0  # points: between the text and its notes
KEEP_ALL = range(8)  # hb_subset_sets_t: glyphs, characters, tables to leave alone and to drop, names, languages, features
DROP_TABLES = 3
FLAGS = 0x02 | 0x08 | 0x10 | 0x40  # retain glyph ids, legacy names and all tables; keep the outline of .notdef

DECLARATIONS = """
    hb_blob_t * hb_blob_create (const char *data, unsigned int length, int mode, void *user_data, void *destroy);
    hb_face_t * hb_face_create (hb_blob_t *blob, unsigned int index);
    void hb_set_invert (hb_set_t *set);
    void hb_set_clear (hb_set_t *set);
    hb_bool_t hb_subset_input_pin_axis_location (hb_subset_input_t *input, hb_face_t *face, hb_tag_t axis, float value);
"""


@lru_cache(maxsize=64)
def at_weight(data: bytes, weight: int) -> bytes:
    """Return a variable font file at one weight; a file that is not variable as it is."""
    pins = _axes(data)
    if not pins:
        return data
    pins = {tag: (least, default, most) for tag, (least, default, most) in pins.items()}
    wanted = {"wght": float(weight), "opsz": OPTICAL_SIZE}
    return _pin(data, {tag: min(max(wanted.get(tag, axis[1]), axis[0]), axis[2]) for tag, axis in pins.items()})


def _axes(data: bytes) -> dict[str, tuple[float, float, float]]:
    """Return the axes of a variable font with their least, default and greatest values."""
    from io import BytesIO

    from fontTools.ttLib import TTFont

    with TTFont(BytesIO(data), lazy=True) as font:
        axes = font["fvar"].axes if "fvar" in font else []
        return {axis.axisTag: (axis.minValue, axis.defaultValue, axis.maxValue) for axis in axes}


def _pin(data: bytes, pins: dict[str, float]) -> bytes:
    """Return a font with all its axes pinned and all its glyphs, features and names kept."""
    ffi, harfbuzz, subset = _libraries()
    blob = ffi.gc(harfbuzz.hb_blob_create(data, len(data), 0, ffi.NULL, ffi.NULL), harfbuzz.hb_blob_destroy)
    face = ffi.gc(harfbuzz.hb_face_create(blob, 0), harfbuzz.hb_face_destroy)
    wanted = ffi.gc(subset.hb_subset_input_create_or_fail(), subset.hb_subset_input_destroy)
    for number in KEEP_ALL:
        chosen = subset.hb_subset_input_set(wanted, number)
        harfbuzz.hb_set_clear(chosen)
        if number not in (2, DROP_TABLES):
            harfbuzz.hb_set_invert(chosen)
    subset.hb_subset_input_set_flags(wanted, FLAGS)
    for tag, value in pins.items():
        subset.hb_subset_input_pin_axis_location(wanted, face, int.from_bytes(tag.encode(), "big"), value)
    made = ffi.gc(subset.hb_subset_or_fail(face, wanted), harfbuzz.hb_face_destroy)
    result = ffi.gc(harfbuzz.hb_face_reference_blob(made), harfbuzz.hb_blob_destroy)
    length = ffi.new("unsigned int *")
    content = harfbuzz.hb_blob_get_data(result, length)
    return bytes(ffi.buffer(content, length[0]))


@lru_cache(maxsize=1)
def _libraries() -> tuple[Any, Any, Any]:
    """Return WeasyPrint's way into HarfBuzz, with the functions that it does not call itself."""
    from weasyprint.text import ffi as weasyprint_ffi

    weasyprint_ffi.ffi.cdef(DECLARATIONS)
    return weasyprint_ffi.ffi, weasyprint_ffi.harfbuzz, weasyprint_ffi.harfbuzz_subset
