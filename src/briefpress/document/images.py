"""Pictures, judged by what they hold and not by what they are called: kind, size in pixels, whole or cut short."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field

from briefpress.svg import SvgError, svg_size

PNG, JPEG, SVG_MEDIA, CSV = "image/png", "image/jpeg", "image/svg+xml", "text/csv"
SUFFIXES = {PNG: (".png",), JPEG: (".jpg", ".jpeg"), SVG_MEDIA: (".svg",)}
# A frame of a JPEG begins with one of these markers; the others in the range are tables.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
COUNTED = 400_000_000  # bytes that are unpacked at most: the pixels of the largest picture, four times over
_OTHERS = {
    b"GIF8": "a GIF",
    b"RIFF": "a WebP",
    b"BM": "a BMP",
    b"II*\0": "a TIFF",
    b"MM\0*": "a TIFF",
    b"%PDF": "a PDF",
}


class PictureError(ValueError):
    """The file is no picture that a press can set."""


@dataclass(frozen=True, slots=True)
class Picture:
    """What a picture's header says."""

    media: str
    width: int
    height: int


def inspect_picture(data: bytes) -> Picture:
    """Return kind and size of a picture. Raises `PictureError` with a clause that says what is wrong."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return Picture(PNG, *_png(data))
    if data.startswith(b"\xff\xd8\xff"):
        return Picture(JPEG, *_jpeg(data))
    if b"<svg" in data[:4096] or data.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(
        (b"<?xml", b"<!DOCTYPE svg")
    ):
        try:
            return Picture(SVG_MEDIA, *svg_size(data))
        except SvgError as error:
            raise PictureError(str(error)) from error
    kind = next((name for magic, name in _OTHERS.items() if data.startswith(magic)), "")
    raise PictureError(
        f"it holds {kind}" if kind else "it holds no picture" if data else "it is empty"
    )


@dataclass(slots=True)
class _Lines:
    """The lines of a PNG, unpacked only to be counted: a picture that declares more than it holds is cut short."""

    lacking: int = 0  # bytes
    unpack: zlib._Decompress = field(default_factory=zlib.decompressobj)

    @classmethod
    def of(cls, header: bytes) -> _Lines:
        """Return what a header promises: nothing when the lines are interlaced, or too many to be counted here."""
        width, height, depth, colour, _, _, interlaced = struct.unpack(
            ">IIBBBBB", header
        )
        line = 1 + (width * depth * {2: 3, 4: 2, 6: 4}.get(colour, 1) + 7) // 8
        return cls(0 if interlaced or line * height > COUNTED else line * height)

    def add(self, body: bytes) -> None:
        """Count the bytes of a piece, a megabyte at a time."""
        try:
            while body and self.lacking > 0:
                self.lacking -= min(
                    self.lacking, len(self.unpack.decompress(body, 1 << 20))
                )
                body = self.unpack.unconsumed_tail
        except zlib.error as error:
            raise PictureError("its PNG is damaged") from error


def _png(data: bytes) -> tuple[int, int]:
    """Return the size of a PNG whose pieces are all there and sound."""
    at, size, ended = 8, (0, 0), False
    lines = _Lines()
    while at + 12 <= len(data) and not ended:
        length, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + 4 : at + 8 + length]
        if (
            at + 12 + length > len(data)
            or zlib.crc32(body) != struct.unpack_from(">I", data, at + 8 + length)[0]
        ):
            break
        if kind == b"IHDR" and length == 13:
            size = struct.unpack_from(">II", data, at + 8)
            lines = _Lines.of(data[at + 8 : at + 21])
        elif kind == b"IDAT":
            lines.add(body[4:])
        ended = kind == b"IEND"
        at += 12 + length
    if not ended or not all(size) or lines.lacking:
        raise PictureError("its PNG is damaged or cut short")
    return size


def _jpeg(data: bytes) -> tuple[int, int]:
    """Return the size of a JPEG that has a frame, a scan and an end."""
    at = 2
    size = (0, 0)
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF or 0xD0 <= marker <= 0xD8 or marker == 0x01:
            at += 1 if marker == 0xFF else 2
            continue
        if marker in _FRAMES and at + 9 <= len(data):
            height, width = struct.unpack_from(">HH", data, at + 5)
            size = (width, height)
        if marker == 0xDA:
            break
        at += 2 + int(struct.unpack_from(">H", data, at + 2)[0])
    if not all(size) or b"\xff\xd9" not in data[at:]:
        raise PictureError("its JPEG is damaged or cut short")
    return size
