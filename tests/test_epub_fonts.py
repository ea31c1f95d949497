from __future__ import annotations

import io
from dataclasses import replace
from unicodedata import category

import pytest
from fontTools.ttLib import TTFont
from PIL import Image

import books
from briefpress.editions.epub.cover import book_fonts, render_cover
from briefpress.editions.epub.model import make_book
from briefpress.theme.fonts import FontFace, subset_font

LETTERS = frozenset("Hamburgefontsiv 0123")


def face(family: str) -> FontFace:
    """Return a face of the plain theme."""
    return next(face for face in books.theme().fonts if face.family == family)


@pytest.mark.parametrize("weight", ["400", "600", "200 900"])
def test_a_variable_font_becomes_a_font_of_one_weight(weight: str) -> None:
    font = TTFont(
        io.BytesIO(subset_font(face("Source Serif 4").data(), LETTERS, weight, "ttf"))
    )
    characters = set(map(chr, font.getBestCmap()))
    visible = {each for each in characters if category(each) not in {"Cf", "Zs"}}
    assert visible == LETTERS - {" "}
    assert not {"fvar", "gvar", "STAT", "HVAR"} & set(font.keys())
    assert font["OS/2"].usWeightClass == int(weight.split(maxsplit=1)[0])


def test_weights_differ_and_the_same_arguments_give_the_same_bytes() -> None:
    data = face("Source Sans 3").data()
    made = [
        subset_font(data, LETTERS, weight, "ttf") for weight in ("400", "600", "400")
    ]
    assert made[0] == made[2] != made[1]


def test_a_subset_keeps_kerning_figures_and_licence() -> None:
    font = TTFont(
        io.BytesIO(subset_font(face("Source Serif 4").data(), LETTERS, "400", "ttf"))
    )
    assert "kern" in {
        record.FeatureTag for record in font["GPOS"].table.FeatureList.FeatureRecord
    }
    assert {"onum", "tnum"} <= {
        record.FeatureTag for record in font["GSUB"].table.FeatureList.FeatureRecord
    }
    assert "SIL Open Font License" in font["name"].getDebugName(13)


def test_arabic_letters_keep_their_joined_forms() -> None:
    font = TTFont(
        io.BytesIO(subset_font(face("Amiri").data(), frozenset("سلام"), "400", "ttf"))
    )
    assert {"init", "medi", "fina"} <= {
        record.FeatureTag for record in font["GSUB"].table.FeatureList.FeatureRecord
    }
    assert len(font.getGlyphOrder()) > 12


def test_web_fonts_are_woff2() -> None:
    data = subset_font(face("Source Sans 3").data(), LETTERS, "400", "woff2")
    assert data[:4] == b"wOF2"
    assert set(map(chr, TTFont(io.BytesIO(data)).getBestCmap())) == LETTERS


@pytest.mark.parametrize("letters", ["", " ", "漢字"])
def test_a_font_without_letters_of_the_book_has_no_file(letters: str) -> None:
    assert subset_font(face("Amiri").data(), frozenset(letters), "400", "ttf") == b""


def test_a_book_has_a_font_file_for_each_weight_of_its_theme() -> None:
    amiri = face("Amiri")
    theme = replace(books.theme(), fonts=(replace(amiri, weight="400"),))
    fonts = book_fonts(theme, LETTERS)
    assert [font.file.href for font in fonts] == ["fonts/Amiri-400.ttf"]
    font = TTFont(io.BytesIO(fonts[0].file.data))
    characters = set(map(chr, font.getBestCmap()))
    visible = {each for each in characters if category(each) not in {"Cf", "Zs"}}
    assert visible == LETTERS - {" "}


def test_the_cover_is_drawn_with_the_fonts_of_the_book() -> None:
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 24">'
        '<text y="20" font-family="Amiri" font-size="20">H</text></svg>'
    )
    amiri = replace(face("Amiri"), weight="400")
    theme = replace(
        books.theme(), templates={"plain:cover.svg.j2": svg}, fonts=(amiri,)
    )
    book = replace(books.as_book(()), theme=theme)
    cover = render_cover(book, book_fonts(theme, LETTERS))
    with Image.open(io.BytesIO(cover)) as image:
        assert image.getbbox() is not None, "without its font, the letter is not drawn"


def test_a_book_has_the_colors_of_its_program() -> None:
    parts = (books.press(), books.collection(), (), books.theme())
    tokens = {"color-accent": "#b00"}
    assert make_book(*parts, tokens).tokens == tokens
    assert make_book(*parts).tokens == {}
