"""Fonts of themes, and fonts cut down to what an edition needs.

Fonts come as `fontpkg-*` packages, pinned like any dependency, never from the system. A
package contains the files of one family in `files/`, with the licence beside that folder.

HarfBuzz cuts a font in 5 ms. fontTools needs 2 s for a variable file with kerning.
"""

from __future__ import annotations

import hashlib
import io
import re
import struct
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, TypeAlias

# The form of each field of a face, and what is wrong with any other. Families are
# written into style sheets. Python runs a package when it looks for its folder, so only
# packages with a font's name are allowed.
FACE_FORMS = {
    "family": (
        r"[^\W_][\w .+-]*",
        "a font's `family` may contain letters, digits, spaces and .+-_ only",
    ),
    "package": (
        r"fontpkg-[a-z0-9]+(-[a-z0-9]+)*",
        "fonts come from packages named `fontpkg-…` only",
    ),
    "weight": (
        r"[1-9]00|[1-9]00 [1-9]00",
        'a font\'s `weight` must look like "400" or "200 900"',
    ),
    "style": (r"normal|italic", "a font's `style` must be `normal` or `italic`"),
    "opsz": (r"[1-9][0-9]{0,2}", 'a font\'s `opsz` must be in points, like "28"'),
    "languages": (
        r"[a-z]+(-[a-z]+)*( [a-z]+(-[a-z]+)*)*",
        'a font\'s `languages` must look like "ar fa"',
    ),
    "fallback": (r"True|False", "a font's `fallback` must be true or false"),
}

FontFormat = Literal["ttf", "woff2"]
# OpenType features that a subset keeps beside HarfBuzz's own list: the figures that
# style sheets select. Small capitals and stylistic sets would double the size, because
# each letter would bring its other forms along.
FIGURE_FEATURES = ("lnum", "onum", "pnum", "tnum", "sups", "zero")
DROPPED_TABLES = ("DSIG", "STAT")
# Entries of the name table that a subset keeps. The SIL Open Font License asks for the
# copyright (0) and the licence (13, 14).
NAME_IDS = frozenset({0, 1, 2, 3, 4, 5, 6, 13, 14})
TEXT_SIZE = 12.0  # points: the optical size of a face that names none
OPENTYPE_SIGNATURES = frozenset({b"\0\1\0\0", b"OTTO", b"true"})


FontFileNames: TypeAlias = dict[tuple["FontFace", str], str]  # by face and weight


@dataclass(frozen=True, slots=True)
class FontFace:
    """One face of a theme: a font file at one weight and style.

    The file is in a font package, or its bytes are in `content`.
    """

    family: str
    weight: str  # "400", or "200 900" for the full range of a variable file
    style: str  # "normal" or "italic"
    package: str  # "fontpkg-source-serif-4"; of an added font its name: "zh-hans"
    file: str  # the file's name in the package
    digest: str = ""  # SHA-256 of the file
    opsz: str = ""  # optical size of a variable file, in points; "" is TEXT_SIZE
    fallback: bool = False  # only for characters that the other faces lack
    languages: tuple[str, ...] = ()  # those that a fallback is made for, in lower case
    license: str = ""  # the licence of an added font
    # The digest stands for it. It is not kept with the face when a step reads that.
    content: bytes = field(default=b"", compare=False, repr=False)

    @property
    def weights(self) -> tuple[str, ...]:
        """The weights of the files that are cut from this face.

        A range serves text and strong words.
        """
        return ("400", "700") if " " in self.weight else (self.weight,)

    def slug(self, weight: str) -> str:
        """Return a file name for the face at a weight: "SourceSerif4-400-italic".

        Two families can have the same one; see `font_file_names`.
        """
        ascii_name = self.family.encode("ascii", "ignore").decode()
        stem = "".join(filter(str.isalnum, ascii_name)) or "font"
        style = "-italic" if self.style == "italic" else ""
        return f"{stem}-{weight}{style}"

    def data(self) -> bytes:
        """Return the file's bytes. A process reads each file once."""
        return self.content or font_bytes(self.package, self.file)

    def license_text(self) -> str:
        """Return the licence in the package, or "" if there is none."""
        if self.license:
            return self.license
        path = package_folder(self.package) / "LICENSE"
        return path.read_text("utf-8") if path.is_file() else ""


def font_file_names(faces: Iterable[FontFace]) -> FontFileNames:
    """Return a file name, without suffix, for each face at each of its weights.

    Only ASCII letters and digits of a family's name enter the file name, so two
    families can have the same one: `Литература` and `Гарнитура` are both "font-400".
    Then the names of both end with a digest of the family. Capitals do not count,
    because EPUB does not allow two names that differ in nothing else (OCF 3.3).
    """
    names = {
        (face, weight): face.slug(weight) for face in faces for weight in face.weights
    }
    families: dict[str, set[str]] = defaultdict(set)
    for (face, _), name in names.items():
        families[name.lower()].add(face.family)
    for key, name in names.items():
        if len(families[name.lower()]) > 1:
            family = key[0].family.encode()
            digest = hashlib.sha256(family).hexdigest()[:8]
            names[key] = f"{name}-{digest}"
    return names


def check_face(fields: Mapping[str, str]) -> str:
    """Return what is wrong with the fields of a face, or ""."""
    for key in ("family", "package", "file"):
        if not fields.get(key):
            return f"a font has no `{key}`"
    for key, (form, message) in FACE_FORMS.items():
        value = fields.get(key)
        if value is not None and not re.fullmatch(form, value):
            return f"{message}, not `{value}`"
    return ""


@cache
def package_folder(package: str) -> Path:
    """Return the folder of a font package.

    Raises `FileNotFoundError` if the package is not installed.
    """
    spec = find_spec(package.replace("-", "_"))
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError(package)
    return Path(next(iter(spec.submodule_search_locations)))


def is_installed(package: str) -> bool:
    """Return whether a font package is installed."""
    try:
        package_folder(package)
    except FileNotFoundError:
        return False
    return True


@cache
def font_files(package: str) -> tuple[str, ...]:
    """Return the names of the font files in an installed package."""
    folder = package_folder(package) / "files"
    names = [path.name for path in folder.glob("*")]
    return tuple(sorted(names))


@cache
def font_bytes(package: str, file: str) -> bytes:
    """Return the bytes of a font file.

    Raises `FileNotFoundError` if the package or the file is missing.
    """
    folder = (package_folder(package) / "files").resolve()
    path = (folder / file).resolve()
    if not path.is_relative_to(folder):
        raise FileNotFoundError(file)
    return path.read_bytes()


@cache
def font_digest(package: str, file: str) -> str:
    """Return the SHA-256 of a font file, in hexadecimal.

    Raises `FileNotFoundError` if it is missing, `ValueError` if it is damaged.
    """
    data = font_bytes(package, file)
    check_tables(data)
    return hashlib.sha256(data).hexdigest()


def check_tables(data: bytes) -> None:
    """Raise `ValueError` if an OpenType file does not contain all of its tables.

    The table directory has 16 bytes for each table: tag, checksum, offset and length
    (OpenType 1.9, "Font Files").
    """
    if len(data) < 12 or data[:4] not in OPENTYPE_SIGNATURES:
        raise ValueError("it is not an OpenType font")
    table_count = int.from_bytes(data[4:6], "big")
    directory_end = 12 + 16 * table_count
    if directory_end > len(data):
        raise ValueError("the file is incomplete")
    for start in range(12, directory_end, 16):
        _tag_and_checksum, offset, length = struct.unpack_from(">8sII", data, start)
        if offset + length > len(data):
            raise ValueError("the file is incomplete")


def subset_font(
    data: bytes,
    characters: frozenset[str],
    weight: str,
    font_format: FontFormat,
    opsz: str = "",
) -> bytes:
    """Return a font that has these characters only, as TTF or WOFF2.

    A variable font is cut at the weight and the optical size. The same arguments give
    the same bytes. If the font has none of the characters, the result is empty.
    """
    import uharfbuzz as hb  # late: only needed when fonts are made

    face = hb.Face(data)
    codes = set(map(ord, characters)) & set(face.unicodes)
    if all(chr(code).isspace() for code in codes):
        return b""
    plan = hb.SubsetInput()
    plan.unicode_set.update(codes)
    plan.layout_feature_tag_set.update(map(_tag, FIGURE_FEATURES))
    plan.drop_table_tag_set.update(map(_tag, DROPPED_TABLES))
    plan.name_id_set.clear()
    plan.name_id_set.update(NAME_IDS)
    plan.flags = hb.SubsetFlags.NOTDEF_OUTLINE
    _pin_axes(plan, face, weight, opsz)
    ttf = bytes(hb.subset(face, plan).blob.data)
    return _to_woff2(ttf) if font_format == "woff2" else ttf


@lru_cache(maxsize=64)
def font_at_weight(data: bytes, weight: str, opsz: str = "") -> bytes:
    """Return a variable font cut at a weight and an optical size, with all its letters.

    A font that is not variable is returned unchanged. This is for print: WeasyPrint 70
    draws a variable font at the right weight, but measures its letters at the default
    weight of the file (Source Sans 3 at 400 comes out 5 % too tight), and it makes a
    new instance for each size of type.
    """
    import uharfbuzz as hb  # late: as above

    face = hb.Face(data)
    if not face.axis_infos:
        return data
    plan = hb.SubsetInput()
    plan.keep_everything()
    _pin_axes(plan, face, weight, opsz)
    return bytes(hb.subset(face, plan).blob.data)


def _pin_axes(plan: Any, face: Any, weight: str, opsz: str) -> None:
    """Fix each axis of a variable font: weight, optical size, the others at default."""
    wanted = {
        "wght": float(weight.split(maxsplit=1)[0]),
        "opsz": float(opsz or TEXT_SIZE),
    }
    for axis in face.axis_infos:
        value = wanted.get(axis.tag, axis.default_value)
        in_range = min(max(value, axis.min_value), axis.max_value)
        plan.pin_axis_location(face, axis.tag, in_range)


def _to_woff2(ttf: bytes) -> bytes:
    """Return a TTF as WOFF2, the format for browsers. No time is written."""
    from fontTools.ttLib import TTFont

    font = TTFont(io.BytesIO(ttf), recalcTimestamp=False, recalcBBoxes=False)
    font.flavor = "woff2"
    woff2 = io.BytesIO()
    font.save(woff2)
    return woff2.getvalue()


def _tag(name: str) -> int:
    """Return an OpenType tag as the number that HarfBuzz expects."""
    return int.from_bytes(name.encode("ascii"), "big")
