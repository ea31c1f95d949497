"""Pictures for a book: of kinds that every reading system shows, and no larger than shops take."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

PIXELS = 5_600_000  # Apple Books refuses a picture with more; others draw it slowly
MEDIA = {"JPEG": "image/jpeg", "PNG": "image/png"}
SUFFIX = {"image/jpeg": ".jpg", "image/png": ".png", "image/svg+xml": ".svg"}
OUTSIDE = re.compile(
    rb"""(?:href|src)\s*=\s*["']\s*(?!\#|data:image/)  # a link, a picture, a `use` of another file
    | url\(\s*["']?(?!["']?\#|data:) | @import""",
    re.IGNORECASE | re.VERBOSE,
)
ACTIVE = re.compile(
    rb"<(?:\w+:)?(?:script|foreignObject) | \son\w+\s*= | <!DOCTYPE | <!ENTITY | javascript:",
    re.IGNORECASE | re.VERBOSE,
)


class PictureFault(ValueError):
    """A picture that no book can carry, and why."""


def fit_picture(data: bytes, limit: int = 60_000_000) -> tuple[bytes, str]:
    """Return a picture as the book carries it, and its media type. Raises `PictureFault`.

    A JPEG or PNG that is small enough stays as it is, byte for byte. Everything else is drawn anew: too
    large, lying on its side, in printer's colours, moving, WebP. `limit` is how many pixels we open at all.
    """
    if b"<svg" in data[:4096].lower() or data[:5] == b"<?xml":
        return _svg(data), "image/svg+xml"
    from PIL import Image, UnidentifiedImageError

    try:
        with _strictly(), Image.open(io.BytesIO(data)) as image:
            if image.width * image.height > limit:
                message = (
                    f"{image.width} × {image.height} pixels, and the limit is {limit}"
                )
                raise PictureFault(message)
            return _raster(image, data)
    except (
        UnidentifiedImageError,
        OSError,
        SyntaxError,
        ValueError,
        Image.DecompressionBombError,
    ) as error:
        if isinstance(error, PictureFault):
            raise
        message = "does not decode as a picture"
        raise PictureFault(message) from error


@contextmanager
def _strictly() -> Iterator[None]:
    """Let a picture that was cut short be one: WeasyPrint has Pillow fill it up with grey, in the whole process."""
    from PIL import ImageFile

    lenient, ImageFile.LOAD_TRUNCATED_IMAGES = ImageFile.LOAD_TRUNCATED_IMAGES, False
    try:
        yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = lenient


def _svg(data: bytes) -> bytes:
    """Return an SVG as it is, when it draws and does nothing else."""
    import xml.etree.ElementTree as ET

    if ACTIVE.search(data):
        message = "has a script, a document type or HTML in it"
        raise PictureFault(message)
    if OUTSIDE.search(data):
        message = "refers to something outside itself"
        raise PictureFault(message)
    try:
        ET.fromstring(data)  # noqa: S314 (a document type, without which there are no entities, is refused above)
    except ET.ParseError as error:
        message = f"is not well-formed: {error}"
        raise PictureFault(message) from error
    return data


def _raster(image: Image, data: bytes) -> tuple[bytes, str]:
    """Return a raster picture as JPEG or PNG."""
    from PIL import Image as Pillow
    from PIL import ImageOps

    upright = image.getexif().get(0x0112, 1) == 1
    plain = (
        image.format in MEDIA
        and image.mode != "CMYK"
        and getattr(image, "n_frames", 1) == 1
    )
    if plain and upright and image.width * image.height <= PIXELS:
        image.load()  # a picture cut short is found here, not in the reader's hand
        return data, MEDIA[str(image.format)]
    photo = image.format in {"JPEG", "MPO", "WEBP"} and not image.has_transparency_data
    kind = "JPEG" if photo else "PNG"
    drawn = ImageOps.exif_transpose(image)
    drawn = drawn.convert(
        "RGB" if kind == "JPEG" or not drawn.has_transparency_data else "RGBA"
    )
    if (factor := (PIXELS / (drawn.width * drawn.height)) ** 0.5) < 1:
        size = (max(1, int(drawn.width * factor)), max(1, int(drawn.height * factor)))
        drawn = drawn.resize(size, Pillow.Resampling.LANCZOS)
    out = io.BytesIO()
    drawn.save(out, kind, optimize=True, **({"quality": 88} if kind == "JPEG" else {}))
    return out.getvalue(), MEDIA[kind]
