"""Variable fonts are cut at one weight for print, so that letters have the right widths."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from fontTools.ttLib import TTFont

from briefpress.editions.pdf.weasyprint.pages import font_assets, font_face_rules
from briefpress.theme.fonts import FontFace, font_at_weight, font_bytes

SANS = font_bytes("fontpkg-source-sans-3", "SourceSans3[wght].ttf")
STATIC = font_bytes("fontpkg-fira-sans", "FiraSans-Regular.ttf")


def width(data: bytes, letter: str = "n") -> int:
    """Return the width of a letter, in units of the font."""
    font = TTFont(io.BytesIO(data))
    return int(font["hmtx"][font.getBestCmap()[ord(letter)]][0])


def test_a_cut_font_has_the_widths_of_its_weight() -> None:
    light, regular, bold = (
        font_at_weight(SANS, weight) for weight in ("200", "400", "600")
    )
    assert width(SANS) == width(light) < width(regular) < width(bold), (
        "the file's own weight is 200"
    )
    assert "fvar" not in TTFont(io.BytesIO(regular))
    assert font_at_weight(SANS, "400") == regular, "the bytes are always the same"


def test_a_cut_font_keeps_all_letters_and_features() -> None:
    original, cut = (
        TTFont(io.BytesIO(SANS)),
        TTFont(io.BytesIO(font_at_weight(SANS, "400"))),
    )
    assert cut.getBestCmap().keys() == original.getBestCmap().keys()
    features = [
        {record.FeatureTag for record in font["GSUB"].table.FeatureList.FeatureRecord}
        for font in (original, cut)
    ]
    assert features[0] == features[1]


def test_a_font_of_one_weight_is_unchanged() -> None:
    assert font_at_weight(STATIC, "400") == STATIC


@pytest.mark.parametrize("weight", ["600", "200 900"])
def test_each_font_face_rule_has_its_file(weight: str) -> None:
    face = FontFace(
        "Source Sans 3",
        weight,
        "normal",
        "fontpkg-source-sans-3",
        "SourceSans3[wght].ttf",
        "d1",
    )
    weights = frozenset({400, 600})
    rules, assets = font_face_rules([face], weights), font_assets([face], weights)
    named = [part.partition('"')[0] for part in rules.split('url("')[1:]]
    assert named
    assert set(named) == set(assets)


def test_one_file_is_cut_at_two_optical_sizes() -> None:
    file = ("fontpkg-source-serif-4", "SourceSerif4[opsz,wght].ttf")
    text = FontFace("Serif", "600", "normal", *file, "d1")
    title = replace(text, family="Serif Display", opsz="32")
    assets = font_assets([text, title], frozenset({600}))
    assert len(assets) == 2
    heights = {name: stem_width(asset.data) for name, asset in assets.items()}
    assert heights["fonts/d1-600-32.ttf"] < heights["fonts/d1-600.ttf"], (
        "large sizes have finer hairlines"
    )


def stem_width(data: bytes) -> float:
    """Return the height of the hyphen, a hairline."""
    font = TTFont(io.BytesIO(data))
    glyph = font["glyf"][font.getBestCmap()[ord("-")]]
    return float(glyph.yMax - glyph.yMin)
