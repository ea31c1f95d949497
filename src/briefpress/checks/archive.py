"""The files of an EPUB as files: the archive itself, comments, sizes, pictures, fonts."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping

from briefpress.problems import Problem, Severity

COMMENT = re.compile(rb"<!--(.*?)-->", re.DOTALL)
PAGE_BYTES = (
    300_000  # above it, old readers turn pages slowly or split the file where they like
)
PIXELS = 5_600_000
BOOK_BYTES = 100_000_000  # above it, mail and many a shop's upload refuse


def check_archive(data: bytes, files: Mapping[str, bytes]) -> Iterator[Problem]:
    """Yield what is wrong with the files of a book, whatever they say."""
    yield from _first_bytes(data, files)
    yield from _sizes(files, len(data))


def slug_of(name: str) -> str:
    """Return the brief that a file of the archive is; empty for the pages around the briefs."""
    folder, _, file = name.rpartition("/")
    return file.removesuffix(".xhtml") if folder.endswith("briefs") else ""


def _first_bytes(data: bytes, files: Mapping[str, bytes]) -> Iterator[Problem]:
    """Check what a reading system looks at first: the type in the first bytes, no name twice."""
    if data[30:58] != b"mimetypeapplication/epub+zip":
        yield Problem("E20", "the archive does not begin with its media type, stored")
    if len({name.casefold() for name in files}) != len(files):
        yield Problem("E20", "two files of the book differ in capitals only")
    for name, content in files.items():
        if name.endswith((".xhtml", ".opf", ".ncx", ".svg")) and any(
            b"--" in c for c in COMMENT.findall(content)
        ):
            yield Problem(
                "E17", f"{name}: a comment with two hyphens in it", brief=slug_of(name)
            )


def _sizes(files: Mapping[str, bytes], size: int) -> Iterator[Problem]:
    """Check that nothing is larger than readers and shops bear."""
    if size > BOOK_BYTES:
        yield Problem(
            "E18", f"the book has {size / 1e6:.0f} MB", severity=Severity.WARNING
        )
    for name, content in files.items():
        if name.endswith(".xhtml") and len(content) > PAGE_BYTES:
            message = f"{name}: {len(content) / 1000:.0f} kB in one page"
            yield Problem(
                "E18", message, severity=Severity.WARNING, brief=slug_of(name)
            )
        elif name.endswith((".png", ".jpg")):
            yield from _picture(name, content)
        elif name.endswith(".ttf"):
            yield from _font(name, content)


def _picture(name: str, content: bytes) -> Iterator[Problem]:
    """Check a picture's size, and that it is one."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(content)) as image:
            if image.width * image.height > PIXELS:
                yield Problem("E18", f"{name}: {image.width} × {image.height} pixels")
    except OSError:
        yield Problem("E02", f"{name}: not a picture")


def _font(name: str, content: bytes) -> Iterator[Problem]:
    """Check that a font says under which licence it may be here."""
    from fontTools.ttLib import TTFont

    names = TTFont(io.BytesIO(content), lazy=True)["name"]
    if not (names.getDebugName(13) or names.getDebugName(14)):
        yield Problem(
            "E19", f"{name}: the font names no licence", severity=Severity.WARNING
        )
