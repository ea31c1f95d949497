"""Fonts come as packages, pinned like any dependency, never from the system.

A `fontpkg-*` package holds the files of one family, under `files/`, with its licence beside them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

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
