"""Fallback faces are used for what the others lack; what no face has is a box."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from fontTools.ttLib import TTFont
from PIL import Image

import books
from briefpress.editions.epub.cover import book_fonts, render_cover
from briefpress.theme.added_fonts import catalogue, missing_scripts
from briefpress.theme.coverage import (
    BOX_FAMILY,
    box_font,
    choose_faces,
    with_boxes,
)
from briefpress.theme.fonts import FontFace
from briefpress.theme.styles import with_fallback_families

FACES = books.theme().fonts
HAN = frozenset("能源")


def fallback(text: str, family: str, *languages: str) -> FontFace:
    """Return a fallback face that has these characters, made for languages."""
    data = box_font(frozenset(text))
    return FontFace(
        family,
        "400",
        "normal",
        "",
        "",
        digest=family,
        fallback=True,
        languages=languages,
        content=data,
    )


def test_a_fallback_is_chosen_only_for_characters_that_the_theme_lacks() -> None:
    faces = (*FACES, fallback("能源ab", "Song"))
    main_faces = [face for face in FACES if not face.fallback]
    assert list(choose_faces(faces, "abc", "en").faces) == main_faces
    chosen = choose_faces(faces, "abc 能力", "en")
    assert [face.family for face in chosen.faces if face.fallback] == ["Song"]
    assert chosen.missing == {"力"}


def test_the_fallback_of_the_language_comes_first() -> None:
    chinese, japanese = fallback("能", "Song", "zh"), fallback("能", "Mincho", "ja")
    for lang, family in (("ja-JP", "Mincho"), ("zh-TW", "Song"), ("en", "Song")):
        chosen = choose_faces((chinese, japanese), "能", lang)
        assert [face.family for face in chosen.faces] == [family]


@pytest.mark.parametrize(
    "text", ["\u200b\u00ad\u2066\ufe0f\U000e0100", "\n\t \u00a0\u2028"]
)
def test_invisible_characters_need_no_font(text: str) -> None:
    assert not choose_faces((), text, "en").missing


def test_boxes_are_a_face_of_their_own_behind_all_others() -> None:
    assert with_boxes(FACES, frozenset()) == FACES
    faces = with_boxes(FACES, HAN)
    assert faces[:-1] == FACES
    assert faces[-1].family == BOX_FAMILY


def test_a_box_font_shows_each_number_differently() -> None:
    data = box_font(frozenset("能源😀"))
    assert data == box_font(frozenset("😀源能")), "always the same bytes"
    font = TTFont(io.BytesIO(data))
    cmap = font.getBestCmap()
    outlines = set()
    for character in "能源😀":
        name = cmap[ord(character)]
        assert font["hmtx"][name][0] == font["head"].unitsPerEm
        outlines.add(tuple(font["glyf"][name].coordinates))
    assert len(outlines) == 3


@pytest.mark.parametrize(
    ("text", "lang", "fonts"),
    [
        ("里海水位，下降。", "en", ["zh-hans"]),
        ("里海水位，下降。", "zh-TW", ["zh-hant"]),
        ("カスピ海の水位。", "en", ["ja"]),
        ("한국어漢字", "ko", ["ko"]),
        ("საქართველო", "ka", ["ka"]),
        ("😀✅☒⇒", "en", ["emoji", "symbols", "math"]),
        ("កខ", "km", [""]),
    ],
)
def test_characters_are_grouped_by_the_font_that_brings_them(
    text: str, lang: str, fonts: list[str]
) -> None:
    groups = missing_scripts(text, lang)
    assert [group.font for group in groups] == fonts
    assert sum(len(group.characters) for group in groups) == len(set(text))


def test_the_catalogue_names_each_family_and_file_once() -> None:
    fonts = catalogue().values()
    assert len({font.family for font in fonts}) == len(fonts)
    digests = [file.digest for font in fonts for file in font.files]
    assert len(set(digests)) == len(digests)
    assert all(font.scripts or font.blocks for font in fonts)


def test_a_book_embeds_a_fallback_with_the_missing_characters_only() -> None:
    theme = replace(books.theme(), fonts=(*FACES, fallback("能源ab", "Song")))
    without = [font.face.family for font in book_fonts(theme, frozenset("abc"))]
    assert "Song" not in without
    fonts = book_fonts(theme, frozenset("abc能"))
    (song,) = [font for font in fonts if font.face.family == "Song"]
    letters = set(TTFont(io.BytesIO(song.file.data)).getBestCmap()) - {0x20, 0xA0}
    assert letters == {ord("能")}
    tokens = with_fallback_families(theme, {}, ["Song"])
    assert tokens["type-text"].startswith("'Source Serif 4', ")
    assert tokens["type-text"].index("'Song'") < tokens["type-text"].index("Georgia")
    assert with_fallback_families(theme, {"a": "b"}, []) == {"a": "b"}


def test_a_cover_draws_boxes_for_what_no_font_has() -> None:
    def ink(title: str) -> int:
        book = books.as_book(books.three())
        book = replace(book, collection=replace(book.collection, title=title))
        fonts = books.fonts_of("plain", frozenset("Letters"))
        picture = Image.open(io.BytesIO(render_cover(book, fonts))).convert("L")
        return sum(picture.crop((150, 600, 1450, 1000)).histogram()[:128])

    many_bars, few_bars = "\u5b88\u8888", "\u7777\u7171"
    assert ink(many_bars) > ink(few_bars) > 1000, "each box shows its number"
