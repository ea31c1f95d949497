"""Fonts come as packages, pinned like any dependency, never from the system.

A `fontpkg-*` package holds the files of one family, under `files/`, with its licence beside them.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

FORMS = (  # of the keys that a face may do without
    (
        "weight",
        r"[1-9]00|[1-9]00 [1-9]00",
        'a `weight` that is neither like "400" nor like "200 900"',
    ),
    ("style", r"normal|italic", "a `style` that is neither `normal` nor `italic`"),
    ("opsz", r"[1-9][0-9]{0,2}", 'an `opsz` that is no size in points, like "28"'),
)


@dataclass(frozen=True, slots=True)
class FontFace:
    """One face of a theme: a file of a font package at one weight and style."""

    family: str
    weight: str  # "400", or "200 900" for the whole range of a variable file
    style: str  # "normal" or "italic"
    package: str  # as on the index: "fontpkg-source-serif-4"
    file: str  # the file's name in the package
    digest: str = ""  # SHA-256 of the file
    opsz: str = ""  # the optical size, in points, that a variable file is held at; nothing: that of text

    @property
    def weights(self) -> tuple[str, ...]:
        """The weights that it is made at where files hold one weight each: a range serves text and strong words."""
        return ("400", "700") if " " in self.weight else (self.weight,)

    def slug(self, weight: str) -> str:
        """Return a file name for it at a weight, without spaces and brackets."""
        stem = (
            "".join(char for char in self.family if char.isalnum() and char.isascii())
            or "font"
        )
        return f"{stem}-{weight}{'-italic' if self.style == 'italic' else ''}"

    def data(self) -> bytes:
        """Return the file's bytes, read once in a process."""
        return font_bytes(self.package, self.file)

    def license_text(self) -> str:
        """Return the licence that the package carries; empty where it carries none."""
        path = package_folder(self.package) / "LICENSE"
        return path.read_text("utf-8") if path.is_file() else ""


def face_fault(raw: Mapping[str, str]) -> str:
    """Return why words do not describe a face, as a clause; nothing where they do.

    They are set into style sheets, and a package of another name than a font's would be run where it is looked for.
    """
    for key in ("family", "package", "file"):
        if not raw.get(key):
            return f"has no `{key}`"
    if not re.fullmatch(r"[^\W_][\w .+-]*", raw["family"]):
        return "has a `family` with signs that no name has"
    if not re.fullmatch(r"fontpkg-[a-z0-9]+(-[a-z0-9]+)*", raw["package"]):
        return f"is of the package `{raw['package']}`, and fonts come in packages named `fontpkg-…`"
    for key, form, clause in FORMS:
        if key in raw and not re.fullmatch(form, raw[key]):
            return f"has {clause}"
    return ""


@cache
def package_folder(package: str) -> Path:
    """Return the folder of an installed font package. Raises FileNotFoundError where it is not installed."""
    spec = find_spec(package.replace("-", "_"))
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError(package)
    return Path(next(iter(spec.submodule_search_locations)))


@cache
def font_bytes(package: str, file: str) -> bytes:
    """Return a font file's bytes. Raises FileNotFoundError where package or file is missing."""
    folder = package_folder(package) / "files"
    path = (folder / file).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise FileNotFoundError(file)
    return path.read_bytes()


@cache
def font_digest(package: str, file: str) -> str:
    """Return the SHA-256 of a font file, in hexadecimal. Raises ValueError where the file is cut short or no font."""
    data = font_bytes(package, file)
    _check_whole(data)
    return hashlib.sha256(data).hexdigest()


def _check_whole(data: bytes) -> None:
    """Raise ValueError where a table of an OpenType file does not lie within it (OpenType 1.9, "Font Files")."""
    if data[:4] not in {b"\0\1\0\0", b"OTTO", b"true"} or len(data) < 12:
        raise ValueError("it is no OpenType font")
    tables = int.from_bytes(data[4:6], "big")
    for at in range(12, 12 + 16 * tables, 16):
        offset, length = (
            int.from_bytes(data[at + 8 : at + 12], "big"),
            int.from_bytes(data[at + 12 : at + 16], "big"),
        )
        if at + 16 > len(data) or offset + length > len(data):
            raise ValueError("it is cut short")


Flavor = Literal["ttf", "woff2"]
# What text needs (HarfBuzz's own list), and the figures that style sheets ask for. Small capitals and stylistic
# sets would double the size: every letter would bring its other forms along.
FIGURES = ("lnum", "onum", "pnum", "tnum", "sups", "zero")
NAMES = frozenset(
    {0, 1, 2, 3, 4, 5, 6, 13, 14}
)  # with copyright and licence, which the OFL asks for
TEXT_SIZE = 12.0  # points: where a face has an optical size, the one for reading


def subset_font(
    data: bytes, characters: frozenset[str], weight: str, flavor: Flavor, opsz: str = ""
) -> bytes:
    """Return a font with no more than these characters, a variable one held at the weight and the optical size.

    The same arguments give the same bytes: no time is written. Empty when the font has none of the characters.
    """
    import uharfbuzz as hb  # late: only a book or a style sheet made anew needs it

    face = hb.Face(data)
    wanted = {ord(char) for char in characters} & set(face.unicodes)
    if all(chr(code).isspace() for code in wanted):
        return b""
    asked = hb.SubsetInput()
    asked.unicode_set.update(wanted)
    asked.layout_feature_tag_set.update(_tag(name) for name in FIGURES)
    asked.drop_table_tag_set.update(_tag(name) for name in ("DSIG", "STAT"))
    asked.name_id_set.clear()
    asked.name_id_set.update(NAMES)
    asked.flags = hb.SubsetFlags.NOTDEF_OUTLINE
    _hold(asked, face, weight, opsz)
    cut = bytes(hb.subset(face, asked).blob.data)
    return _woff2(cut) if flavor == "woff2" else cut


@lru_cache(maxsize=64)
def font_at_weight(data: bytes, weight: str, opsz: str = "") -> bytes:
    """Return a variable font held at a weight and an optical size, with all its letters; any other as it is.

    For print: WeasyPrint 70 draws a variable font at the weight asked for, but sets it with the letter widths of the
    file's own (Source Sans 3 at 400 comes out 5 % too tight), and instances it anew for every size of type.
    """
    import uharfbuzz as hb  # late: as above

    face = hb.Face(data)
    if not face.axis_infos:
        return data
    asked = hb.SubsetInput()
    asked.keep_everything()
    _hold(asked, face, weight, opsz)
    return bytes(hb.subset(face, asked).blob.data)


def _hold(asked: Any, face: Any, weight: str, opsz: str) -> None:
    """Hold a variable font at one weight and optical size, that of text if none is named, every other axis at rest."""
    held = {
        "wght": float(weight.split(maxsplit=1)[0]),
        "opsz": float(opsz or TEXT_SIZE),
    }
    for axis in face.axis_infos:
        value = held.get(axis.tag, axis.default_value)
        asked.pin_axis_location(
            face, axis.tag, min(max(value, axis.min_value), axis.max_value)
        )


def _woff2(data: bytes) -> bytes:
    """Return a font as browsers like it best."""
    from fontTools.ttLib import TTFont

    font = TTFont(io.BytesIO(data), recalcTimestamp=False, recalcBBoxes=False)
    font.flavor = "woff2"
    out = io.BytesIO()
    font.save(out)
    return out.getvalue()


def _tag(name: str) -> int:
    """Return an OpenType tag as HarfBuzz counts it."""
    return int.from_bytes(name.encode("ascii"), "big")
