"""Style sheets and fonts of the web pages."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from fontTools.ttLib import TTFont

from books import theme
from briefpress.editions import web
from briefpress.editions.web import (
    UNICODE_RANGES,
    StylesheetInputs,
    WebFontInputs,
    characters_in,
    render_stylesheet,
    render_web_font,
    web_font_name,
)
from briefpress.theme.fonts import FontFace


def test_unicode_ranges_do_not_overlap() -> None:
    sets = [characters_in(ranges) for ranges in UNICODE_RANGES.values()]
    samples = dict(zip(UNICODE_RANGES, ["aé–→", "жЁ", "αΩ", "آسﻼ"], strict=True))
    assert list(samples) == ["latin", "cyrillic", "greek", "arabic"]
    for characters, sample in zip(sets, samples.values(), strict=True):
        assert set(sample) <= characters
    assert characters_in("U+0041-0043, U+0061-0061") == frozenset("ABCa")
    assert sum(map(len, sets)) == len(frozenset().union(*sets))


def face(family: str) -> FontFace:
    """Return a face of the plain theme."""
    return next(face for face in theme().fonts if face.family == family)


def test_a_web_font_has_a_file_for_each_range_of_its_letters() -> None:
    ranges = {"greek": "U+0370-03FF", "thai": "U+0E00-0E7F"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(web, "UNICODE_RANGES", ranges)
        font = render_web_font(WebFontInputs(face("Source Code Pro"), "400"))
    assert set(font.files) == {"greek", "thai"}
    assert font.files["thai"] == b""
    characters = TTFont(io.BytesIO(font.files["greek"])).getBestCmap()
    assert ord("π") in characters
    assert ord("a") not in characters


def test_the_name_of_a_web_font_changes_with_its_file() -> None:
    first = face("Source Serif 4")
    name = web_font_name(first, "400", "latin")
    assert name == f"SourceSerif4-400-{first.digest[:8]}-latin"
    assert web_font_name(replace(first, digest="0" * 64), "400", "latin") != name
    optical = replace(first, opsz="28")
    assert web_font_name(optical, "400") == f"SourceSerif4-400-28-{first.digest[:8]}"


def test_the_style_sheet_has_a_rule_for_each_published_font() -> None:
    amiri = face("Amiri")
    file = web_font_name(amiri, "400", "arabic")
    inputs = StylesheetInputs(theme(), {"color-accent": "#123456"}, frozenset({file}))
    css = render_stylesheet(inputs).decode()
    assert css.count("@font-face") == 1
    assert css.startswith('@font-face{font-family:"Amiri";font-style:normal;')
    rule = css.partition("}")[0]
    assert "font-weight:400;font-display:swap;" in rule
    assert f'src:url("fonts/{file}.woff2") format("woff2")' in rule
    assert rule.endswith(f"unicode-range:{UNICODE_RANGES['arabic']}")
    assert "--color-accent" in css
    assert "#123456" in css
