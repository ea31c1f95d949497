"""The cover, drawn from the theme's SVG, and the fonts of the book.

Fonts are the theme's faces, subset to the characters of the book, as TTF: Kindle and
Kobo drop WOFF2, and reading systems do not support variable fonts reliably.
"""

from __future__ import annotations

import base64
import io
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from html import unescape
from pathlib import Path
from xml.etree.ElementTree import SubElement, fromstring, tostring

from briefpress.document.images import inspect_picture
from briefpress.editions.epub.model import (
    COVER_HEIGHT,
    COVER_WIDTH,
    Book,
    BookFont,
    Resource,
)
from briefpress.editions.epub.pages import book_template_data
from briefpress.editions.localisation import date_in_words
from briefpress.languages import text_direction
from briefpress.problems import BriefpressError
from briefpress.svg import check_svg
from briefpress.theme.coverage import (
    box_font,
    choose_faces,
    codes_in,
    missing_from,
    without_fallbacks,
)
from briefpress.theme.fonts import FontFace, font_file_names, subset_font
from briefpress.theme.model import Theme
from briefpress.theme.styles import css_for
from briefpress.theme.templates import render_template, template_problem

COVER_TEMPLATE = "cover.svg.j2"
# Name IDs of the OpenType `name` table: family, typographic family, WWS family.
FAMILY_NAME = 1
OTHER_FAMILY_NAMES = frozenset({16, 17, 21, 22})
WINDOWS, UNICODE_BMP, ENGLISH = 3, 1, 0x409


# A fallback has those that stand between its letters.
SPACES_AND_JOINERS = frozenset(" \u00a0\u200c\u200d\u200e\u200f")


def book_characters(book: Book) -> frozenset[str]:
    """Return the characters that the book's fonts must contain.

    They include those that style sheets insert, and capitals for `text-transform`.
    """
    organisation = book.press.organisation
    texts = [
        organisation.name,
        organisation.address,
        organisation.contact,
        organisation.rights,
        book.collection.title,
        book.description,
        *book.words.values(),
        date_in_words(book.newest, book.lang) if book.newest else "",
        *(chapter.characters for chapter in book.chapters),
        css_for(book.theme, "epub", book.tokens),
    ]
    text = "".join(texts)
    return frozenset(text + text.upper())


def book_fonts(theme: Theme, characters: frozenset[str]) -> tuple[BookFont, ...]:
    """Return the theme's faces that have characters of the book, sorted by file."""
    faces = choose_faces(theme.fonts, characters, lang="").faces
    names = font_file_names(faces)
    others = without_fallbacks(theme.fonts, characters) | SPACES_AND_JOINERS
    fonts: dict[str, BookFont] = {}
    for face in faces:
        wanted = others if face.fallback else characters
        for weight in face.weights:
            href = f"fonts/{names[face, weight]}.ttf"
            if href in fonts:
                continue
            data = subset_font(face.data(), wanted, weight, "ttf", face.opsz)
            if data:
                file = Resource(href, "font/ttf", data)
                fonts[href] = BookFont(replace(face, weight=weight), file)
    return tuple(fonts[href] for href in sorted(fonts))


def font_face_rules(fonts: Iterable[BookFont]) -> str:
    """Return the `@font-face` rules, as seen from the folder of the style sheet."""
    return "".join(_font_face_rule(font.face, font.file.href) for font in fonts)


def render_cover(book: Book, fonts: Sequence[BookFont]) -> bytes:
    """Return the cover as PNG, 1600 × 2400 pixels.

    The same values give the same bytes: no font of the system is used. A theme comes
    from outside, so a drawing that would load a file is refused. Raises
    `BriefpressError` if the drawing is refused or cannot be drawn.
    """
    data = book_template_data(_with_inline_logos(book))
    svg = render_template(book.theme, COVER_TEMPLATE, data)
    missing = missing_from([font.file.data for font in fonts], unescape(svg))
    try:
        check_svg(svg.encode(), embedded=True)  # logos are part of it
        svg = _with_fallbacks(svg, fonts, text_direction(book.lang))
        return _rasterise(svg, fonts, missing)
    except ValueError as error:
        message = f"cannot be drawn: {error}"
        problem = template_problem(book.theme, COVER_TEMPLATE, "E08", message)
        raise BriefpressError(problem) from error


# What resvg does not do: it takes any file that has a character, not the bold one, and
# it ignores `direction`.
SVG_TEXT, SVG_SPAN = (
    f"{{http://www.w3.org/2000/svg}}{name}" for name in ("text", "tspan")
)
RTL_EMBEDDING, END_OF_EMBEDDING = "\u202b", "\u202c"


def _with_fallbacks(svg: str, fonts: Sequence[BookFont], direction: str) -> str:
    """Return a drawing that names the fallback families, in lines of the direction."""
    families: dict[str, str] = {}
    for font in fonts:
        if font.face.fallback:
            known = codes_in(font.file.data)
            families |= dict.fromkeys(map(chr, known), font.face.family)
    if not families and direction == "ltr":
        return svg
    root = fromstring(svg)  # noqa: S314 - it was checked
    for text in root.iter(SVG_TEXT):
        if len(text):
            continue
        line = text.text or ""
        if direction == "rtl":
            line = f"{RTL_EMBEDDING}{line}{END_OF_EMBEDDING}"
        text.text = ""
        for family, run in _runs_by_family(line, families):
            span = SubElement(text, SVG_SPAN)
            span.text = run
            if family:
                span.set("font-family", family)
    return tostring(root, "unicode")


def _runs_by_family(line: str, families: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return a line in runs, each with its fallback family or ""."""
    runs: list[tuple[str, str]] = []
    for character in line:
        family = families.get(character, "")
        last_family, last_run = runs[-1] if runs else (family, "")
        if character.isspace() or family == last_family:
            runs[-1:] = [(last_family, last_run + character)]
        else:
            runs.append((family, character))
    return runs


def _with_inline_logos(book: Book) -> Book:
    """Return the book with logos as data URLs, because a cover is a single file."""
    logos = {
        path: replace(logo, src=_data_url(book.pictures[logo.src]))
        for path, logo in book.press.logos.items()
    }
    return replace(book, press=replace(book.press, logos=logos))


def _data_url(picture: bytes) -> str:
    """Return a `data:` URL that contains the picture."""
    media_type = inspect_picture(picture).media
    return f"data:{media_type};base64,{base64.b64encode(picture).decode()}"


def _rasterise(svg: str, fonts: Iterable[BookFont], missing: frozenset[str]) -> bytes:
    """Return the drawing as PNG. resvg reads fonts only from files.

    A character that no font has is drawn as a box.
    """
    import resvg_py  # only a new cover needs it

    with tempfile.TemporaryDirectory() as folder:
        font_files = []
        for font in fonts:
            path = Path(folder, Path(font.file.href).name)
            path.write_bytes(_with_family_name(font.file.data, font.face.family))
            font_files.append(str(path))
        if missing:
            path = Path(folder, "boxes.ttf")
            path.write_bytes(box_font(missing))
            font_files.append(str(path))
        png = resvg_py.svg_to_bytes(
            svg_string=svg,
            width=COVER_WIDTH,
            height=COVER_HEIGHT,
            skip_system_fonts=True,
            font_files=font_files,
            resources_dir=folder,
        )
    return bytes(png)


def _with_family_name(data: bytes, family: str) -> bytes:
    """Return a font with the family name that style sheets use.

    A face cut from a variable font still has the name of the font's default weight:
    "Source Sans 3 ExtraLight".
    """
    from fontTools.ttLib import TTFont

    font = TTFont(io.BytesIO(data), recalcTimestamp=False, recalcBBoxes=False)
    name_table = font["name"]
    name_table.names = [
        record
        for record in name_table.names
        if record.nameID != FAMILY_NAME and record.nameID not in OTHER_FAMILY_NAMES
    ]
    name_table.setName(family, FAMILY_NAME, WINDOWS, UNICODE_BMP, ENGLISH)
    out = io.BytesIO()
    font.save(out)
    return out.getvalue()


def _font_face_rule(face: FontFace, href: str) -> str:
    """Return the `@font-face` rule of one font."""
    return (
        f'@font-face{{font-family:"{face.family}";font-style:{face.style};'
        f'font-weight:{face.weight};src:url("../{href}")}}\n'
    )
