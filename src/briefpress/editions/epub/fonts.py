"""Fonts of a book: the theme's faces cut down to the letters of the book, as TTF.

Kindle and Kobo drop WOFF2, and no reader knows variable fonts for certain.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import asdict, replace

from briefpress.editions.chapter import Resource
from briefpress.theme import FontFace, Theme
from briefpress.theme.fonts import subset_font

Fonts = Sequence[tuple[FontFace, Resource]]  # each face with its file


def book_fonts(theme: Theme, characters: frozenset[str]) -> Fonts:
    """Return the faces that have letters for the book, each with its file."""
    made: dict[str, tuple[FontFace, Resource]] = {}
    for face in theme.fonts:
        for weight in _weights(face):
            href = f"fonts/{_file_name(face, weight)}.ttf"
            if href not in made and (
                data := subset_font(face.data(), characters, weight, "ttf", face.opsz)
            ):
                made[href] = (
                    replace(face, weight=weight),
                    Resource(href, "font/ttf", data),
                )
    return tuple(made[href] for href in sorted(made))


def font_css(fonts: Fonts) -> str:
    """Return the `@font-face` rules, as seen from the style sheet's folder."""
    return "".join(
        f'@font-face{{font-family:"{face.family}";font-style:{face.style};font-weight:{face.weight};'
        f'src:url("../{file.href}")}}\n'
        for face, file in fonts
    )


def dump_fonts(fonts: Fonts) -> bytes:
    """Return the fonts as bytes for the store."""
    made = [
        asdict(face) | {"href": file.href, "data": base64.b64encode(file.data).decode()}
        for face, file in fonts
    ]
    return json.dumps(made, sort_keys=True).encode()


def load_fonts(data: bytes) -> Fonts:
    """Return the fonts that `dump_fonts` wrote."""
    made = []
    for raw in json.loads(data):
        file = Resource(raw.pop("href"), "font/ttf", base64.b64decode(raw.pop("data")))
        made.append((FontFace(**raw), file))
    return tuple(made)


def _weights(face: FontFace) -> tuple[str, ...]:
    """Return the weights that a face is made at: a range is for text and for strong words."""
    return ("400", "700") if " " in face.weight else (face.weight,)


def _file_name(face: FontFace, weight: str) -> str:
    """Return a file name without spaces and brackets."""
    stem = (
        "".join(char for char in face.family if char.isalnum() and char.isascii())
        or "font"
    )
    return f"{stem}-{weight}{'-italic' if face.style == 'italic' else ''}"
