"""Fonts come as packages, pinned like any dependency, never from the system.

A `fontpkg-*` package holds the files of one family, under `files/`, with its licence beside them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path


@dataclass(frozen=True, slots=True)
class FontFace:
    """One face of a theme: a file of a font package at one weight and style."""

    family: str
    weight: str  # "400", or "200 900" for the whole range of a variable file
    style: str  # "normal" or "italic"
    package: str  # as on the index: "fontpkg-source-serif-4"
    file: str  # the file's name in the package
    digest: str = ""  # SHA-256 of the file

    @property
    def weights(self) -> tuple[str, ...]:
        """The weights that it is made at where files hold one weight each: a range serves text and strong words."""
        return ("400", "700") if " " in self.weight else (self.weight,)

    def slug(self, weight: str) -> str:
        """Return a file name for it at a weight, without spaces and brackets."""
        stem = "".join(char for char in self.family if char.isalnum() and char.isascii()) or "font"
        return f"{stem}-{weight}{'-italic' if self.style == 'italic' else ''}"

    def data(self) -> bytes:
        """Return the file's bytes, read once in a process."""
        return font_bytes(self.package, self.file)

    def license_text(self) -> str:
        """Return the licence that the package carries; empty where it carries none."""
        path = package_folder(self.package) / "LICENSE"
        return path.read_text("utf-8") if path.is_file() else ""


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
    """Return the SHA-256 of a font file, in hexadecimal."""
    return hashlib.sha256(font_bytes(package, file)).hexdigest()
