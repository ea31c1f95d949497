"""Pictures: their kind and size, found in their content and not in their names.

Pillow reads them. A picture is decoded once, because a truncated one has a good header.
What browsers cannot show is converted, and drawings are cleaned.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from briefpress.document.svg_cleaner import clean_svg
from briefpress.svg import SvgError, check_svg

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.PngImagePlugin import PngImageFile

PNG, JPEG, SVG, CSV = "image/png", "image/jpeg", "image/svg+xml", "text/csv"
GIF, WEBP, AVIF = "image/gif", "image/webp", "image/avif"
SUFFIXES = {
    PNG: (".png",),
    JPEG: (".jpg", ".jpeg", ".jpe", ".jfif"),
    SVG: (".svg",),
    GIF: (".gif",),
    WEBP: (".webp",),
    AVIF: (".avif",),
}
# Pillow's names of further formats: browsers show the first ones; others become PNG.
_SHOWN_BY_BROWSERS = {"GIF": GIF, "WEBP": WEBP, "AVIF": AVIF}
_CONVERTED = ("TIFF", "BMP", "JPEG2000")
CONVERTED_SUFFIXES = (".tif", ".tiff", ".bmp", ".jp2", ".j2k")
# Other kinds of files, by their first bytes, for the message that refuses them.
_OTHER_KINDS = {
    b"%PDF": "a PDF",
    b"%!PS": "an EPS",
    b"\xd7\xcd\xc6\x9a": "a WMF",
    b"\x01\0\0\0": "an EMF",
    b"\x1f\x8b": "a compressed file",
}
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by colour type
_PNG_BLOCK = 1_000_000  # bytes that are decompressed at a time
_JPEG_SIGNATURE = b"\xff\xd8\xff"
EXIF_ORIENTATION = 0x0112
QUARTER_TURNS = (5, 6, 7, 8)  # values of the orientation that exchange width and height
_SAVE_AGAIN = "save or copy it again"
_UTF8_MARK_AND_SPACE = b"\xef\xbb\xbf \r\n\t"
# What Pillow raises for a damaged picture.
_DAMAGE = (OSError, SyntaxError, ValueError, IndexError, struct.error, zlib.error)
_pillow_settings = Lock()


class PictureError(ValueError):
    """A picture that cannot be used.

    The message is a clause, "it is damaged"; `fix` is what to do.
    """

    def __init__(self, clause: str, fix: str = "save it as SVG, PNG or JPEG") -> None:
        """Keep the fix beside the clause."""
        super().__init__(clause)
        self.fix = fix


@dataclass(frozen=True, slots=True)
class Picture:
    """The kind and size of a picture, and how it is published."""

    media: str
    width: int  # pixels, as it is shown: turned if its EXIF data say so
    height: int
    converted: bytes = b""  # as it is published, if not as it is
    suffix: str = ""  # added to the name of a picture that was converted
    losses: tuple[str, ...] = ()  # clauses: "its links were removed"


def inspect_picture(
    data: bytes, max_pixels: int | None = None, *, as_it_is: bool = False
) -> Picture:
    """Return kind and size of a picture. Raises `PictureError` if it cannot be used.

    A picture with more than `max_pixels` is not decoded, so it may be damaged: the
    caller refuses it for its size. With `as_it_is` nothing is converted or cleaned: what
    needs it is refused.
    """
    picture = _inspect(data, max_pixels)
    if as_it_is and picture.converted:
        if picture.media == SVG:
            _check_svg(data)
        raise PictureError("it would have to be converted")
    return picture


def _inspect(data: bytes, max_pixels: int | None) -> Picture:
    """Return kind and size of a picture."""
    if data.startswith(_PNG_SIGNATURE):
        return _inspect_png(data, max_pixels)
    if data.startswith(_JPEG_SIGNATURE):
        return _inspect_jpeg(data, max_pixels)
    if _looks_like_svg(data):
        return _inspect_svg(data)
    if not data:
        raise PictureError("it is empty")
    for start, kind in _OTHER_KINDS.items():
        if data.startswith(start):
            raise PictureError(f"it is {kind}")
    return _inspect_other(data, max_pixels)


@contextmanager
def refuse_truncated_pictures() -> Iterator[None]:
    """Make Pillow raise an error for truncated pictures.

    WeasyPrint makes it fill them up with grey, in the whole process.
    """
    from PIL import ImageFile

    with _pillow_settings:
        before = ImageFile.LOAD_TRUNCATED_IMAGES
        ImageFile.LOAD_TRUNCATED_IMAGES = False
        try:
            yield
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = before


def _inspect_png(data: bytes, max_pixels: int | None) -> Picture:
    from PIL.PngImagePlugin import PngImageFile

    try:
        with refuse_truncated_pictures():
            PngImageFile(io.BytesIO(data)).verify()  # the checksums of all chunks
            image = PngImageFile(io.BytesIO(data))
            if _may_decode(image.size, max_pixels):
                _check_png_lines(data, image)
                if image.mode.startswith("I"):  # WeasyPrint draws 16 bits wrongly
                    return Picture(PNG, image.width, image.height, _as_png(image))
    except _DAMAGE as error:
        raise PictureError("its PNG is damaged or incomplete", _SAVE_AGAIN) from error
    return Picture(PNG, image.width, image.height)


def _check_png_lines(data: bytes, image: PngImageFile) -> None:
    """Raise an error for a PNG with fewer lines than its header declares.

    Pillow leaves the missing lines black. The lines are only counted, so that a picture
    takes no memory; an interlaced one is decoded.
    """
    bit_depth, color_type, is_interlaced = data[24], data[25], data[28]
    if is_interlaced:
        image.load()
        return
    bits_per_line = image.width * bit_depth * _PNG_CHANNELS[color_type]
    # Each line begins with a byte for its filter (PNG, section 9).
    missing = image.height * (1 + (bits_per_line + 7) // 8)
    decompressor = zlib.decompressobj()
    for chunk in _png_data_chunks(data):
        pending = chunk
        while pending and missing > 0:
            missing -= len(decompressor.decompress(pending, _PNG_BLOCK))
            pending = decompressor.unconsumed_tail
    if missing > 0:
        raise ValueError("lines are missing")


def _png_data_chunks(data: bytes) -> Iterator[bytes]:
    """Yield the contents of the IDAT chunks (PNG, section 5.3)."""
    position = len(_PNG_SIGNATURE)
    while position < len(data):
        (length,) = struct.unpack(">I", data[position : position + 4])
        start = position + 8
        if data[position + 4 : start] == b"IDAT":
            yield data[start : start + length]
        position = start + length + 4


def _inspect_jpeg(data: bytes, max_pixels: int | None) -> Picture:
    from PIL.JpegImagePlugin import JpegImageFile

    try:
        with refuse_truncated_pictures():
            image = JpegImageFile(io.BytesIO(data))
            width, height = image.size
            # An eighth of the size, without colours: it reads all data, and is fast.
            image.draft("L", (width // 8 or 1, height // 8 or 1))
            if _may_decode((width, height), max_pixels):
                image.load()
    except _DAMAGE as error:
        raise PictureError("its JPEG is damaged or incomplete", _SAVE_AGAIN) from error
    return Picture(JPEG, *_upright_size(image, width, height))


def _upright_size(image: Image, width: int, height: int) -> tuple[int, int]:
    """Return the size of a picture after the turn that its EXIF data ask for."""
    try:
        orientation = image.getexif().get(EXIF_ORIENTATION, 1)
    except _DAMAGE:
        orientation = 1  # all programs ignore EXIF data that cannot be read
    return (height, width) if orientation in QUARTER_TURNS else (width, height)


def _inspect_other(data: bytes, max_pixels: int | None) -> Picture:
    """Return kind and size of a picture that is neither PNG, JPEG nor SVG."""
    from PIL import Image, UnidentifiedImageError

    formats = [*_SHOWN_BY_BROWSERS, *_CONVERTED]
    try:
        with refuse_truncated_pictures():
            image = Image.open(io.BytesIO(data), formats=formats)
            kind, size = str(image.format), image.size
            if not _may_decode(size, max_pixels):
                return Picture(_SHOWN_BY_BROWSERS.get(kind, PNG), *size)
            image.load()
            width, height = _upright_size(image, *size)
            if kind in _SHOWN_BY_BROWSERS:
                return Picture(_SHOWN_BY_BROWSERS[kind], width, height)
            return Picture(PNG, width, height, _as_png(image), suffix=".png")
    except UnidentifiedImageError as error:
        raise PictureError("it is not a picture") from error
    except Image.DecompressionBombError as error:
        raise PictureError("it has too many pixels", "save it smaller") from error
    except _DAMAGE as error:
        clause = "the picture is damaged or incomplete"
        raise PictureError(clause, _SAVE_AGAIN) from error


def _as_png(image: Image) -> bytes:
    """Return a picture as PNG, upright, with eight bits for each colour.

    The same picture gives the same bytes.
    """
    from PIL import ImageOps

    upright = ImageOps.exif_transpose(image)
    if upright.mode.startswith(("I", "F")):
        upright = _as_grey(upright)
    if upright.mode not in ("1", "L", "LA", "P", "RGB", "RGBA"):
        upright = upright.convert("RGB")
    out = io.BytesIO()
    upright.save(out, "PNG", icc_profile=None, exif=b"")
    return out.getvalue()


def _as_grey(image: Image) -> Image:
    """Return a picture with 16 or more bits as grey with eight."""
    scale = 255.0 if image.mode == "F" else 255 / 65_535  # floats are from 0 to 1
    return image.convert("F").point(lambda value: value * scale).convert("L")


def _check_svg(data: bytes) -> None:
    """Raise `PictureError` for what a drawing must not contain."""
    try:
        check_svg(data)
    except SvgError as error:
        raise PictureError(str(error), error.fix or "save it as a plain SVG") from error


def _inspect_svg(data: bytes) -> Picture:
    try:
        cleaned = clean_svg(data)
    except SvgError as error:
        raise PictureError(str(error), error.fix or "save it as a plain SVG") from error
    if cleaned.size is None:
        raise PictureError("it has no size", "give its <svg> a viewBox")
    return Picture(
        SVG,
        *cleaned.size,
        converted=b"" if cleaned.data is data else cleaned.data,
        losses=cleaned.losses,
    )


def _may_decode(size: tuple[int, int], max_pixels: int | None) -> bool:
    """Return whether a picture is small enough, also for Pillow, to be decoded.

    A small file may declare a huge picture: Pillow calls that a decompression bomb.
    """
    from PIL import Image

    width, height = size
    limits = [limit for limit in (max_pixels, Image.MAX_IMAGE_PIXELS) if limit]
    return all(width * height <= limit for limit in limits)


def _looks_like_svg(data: bytes) -> bool:
    start = data.lstrip(_UTF8_MARK_AND_SPACE)
    return b"<svg" in data[:4096] or start.startswith((b"<?xml", b"<!DOCTYPE svg"))
