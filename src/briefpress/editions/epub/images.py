"""Pictures of a book: in formats that every reading system shows, small enough for shops."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote
from xml.etree.ElementTree import Element

from briefpress.document.images import refuse_truncated_pictures
from briefpress.editions.epub.model import Resource
from briefpress.editions.links import URL_CHARACTERS
from briefpress.problems import Problem
from briefpress.svg import SvgError, check_svg

if TYPE_CHECKING:
    from PIL.Image import Image

# Apple Books refuses larger pictures; other reading systems draw them slowly.
MAX_PIXELS = 5_600_000
JPEG_QUALITY = 88
EXIF_ORIENTATION = 0x0112
UPRIGHT = 1
MEDIA_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png"}  # by Pillow's format
SUFFIXES = {"image/jpeg": ".jpg", "image/png": ".png", "image/svg+xml": ".svg"}
BROWSER_ATTRIBUTES = ("loading", "decoding", "srcset", "sizes", "fetchpriority")


class PictureFormatError(ValueError):
    """The book cannot contain the picture; the message is a clause: "it is …"."""


def place_pictures(
    root: Element,
    folder: str,
    pictures: Mapping[str, bytes],
    pixel_limit: int,
    up: str = "../",
) -> tuple[list[Resource], list[Problem]]:
    """Point every picture of a page to its file in the book; return files and problems.

    The files are placed in `folder`, which the page reaches by the prefix `up`.
    """
    placed: dict[str, Resource] = {}
    problems: list[Problem] = []
    for image in root.iter("img"):
        if image.get("role") == "doc-cover":  # the cover has its own place
            continue
        for name in BROWSER_ATTRIBUTES:
            image.attrib.pop(name, None)
        src = image.get("src", "")
        if src not in placed:
            resource = _picture_resource(src, folder, pictures.get(src), pixel_limit)
            if isinstance(resource, Problem):
                problems.append(resource)
                continue
            placed[src] = _with_name_of_its_own(resource, placed.values())
        image.set("src", up + quote(placed[src].href, safe=URL_CHARACTERS))
        if image.get("alt") is None:
            image.set("alt", "")
    return list(placed.values()), problems


def fit_picture(data: bytes, pixel_limit: int = 60_000_000) -> tuple[bytes, str]:
    """Return a picture as the book contains it, and its media type.

    A JPEG or PNG that is small enough is kept byte for byte. Everything else is
    converted: too large, rotated, in CMYK, animated, WebP. A picture with more than
    `pixel_limit` pixels is not opened. Raises `PictureFormatError`.
    """
    if b"<svg" in data[:4096].lower() or data[:5] == b"<?xml":
        _check_svg(data)
        return data, "image/svg+xml"
    from PIL import Image, UnidentifiedImageError

    try:
        with refuse_truncated_pictures(), Image.open(io.BytesIO(data)) as image:
            _check_pixels(image, pixel_limit)
            return _converted(image, data)
    except PictureFormatError:
        raise
    except (
        UnidentifiedImageError,
        OSError,
        SyntaxError,
        ValueError,
        Image.DecompressionBombError,
    ) as error:
        raise PictureFormatError("it cannot be decoded") from error


def _picture_resource(
    src: str, folder: str, data: bytes | None, pixel_limit: int
) -> Resource | Problem:
    """Return a picture as a file of the book, or its problem."""
    if data is None:
        return Problem("E02", f"there is no picture `{src}`")
    try:
        fitted, media = fit_picture(data, pixel_limit)
    except PictureFormatError as error:
        return Problem("E02", f"the picture `{src}` cannot be used: {error}")
    return Resource(f"{folder}/{_file_stem(src)}{SUFFIXES[media]}", media, fitted)


def _with_name_of_its_own(resource: Resource, others: Iterable[Resource]) -> Resource:
    """Return the file under a name that no other has, whatever its capitals."""
    taken = {other.href.lower() for other in others}
    stem, dot, suffix = resource.href.rpartition(".")
    number = 1
    href = resource.href
    while href.lower() in taken:
        number += 1
        href = f"{stem}-{number}{dot}{suffix}"
    return replace(resource, href=href)


def _file_stem(src: str) -> str:
    """Return a file name without suffix, of letters, digits, "-", "_" and "/" only."""
    stem = src.rpartition(".")[0] if "." in src else src
    safe = "".join(char if char.isalnum() or char in "-_/" else "-" for char in stem)
    return safe.strip("/-") or "picture"


def _check_svg(data: bytes) -> None:
    """Raise `PictureFormatError` if an SVG does more than draw."""
    try:
        check_svg(data)
    except SvgError as error:
        raise PictureFormatError(str(error)) from error


def _check_pixels(image: Image, limit: int) -> None:
    """Raise `PictureFormatError` if a picture has too many pixels."""
    if image.width * image.height > limit:
        size = f"{image.width} × {image.height}"
        raise PictureFormatError(f"it has {size} pixels, and {limit:,} is the limit")


def _converted(image: Image, data: bytes) -> tuple[bytes, str]:
    """Return a raster picture as JPEG or PNG, and its media type."""
    if _can_be_kept(image):
        image.load()  # finds a truncated picture here rather than in the reader's hand
        return data, MEDIA_TYPES[str(image.format)]
    from PIL import ImageOps

    is_photo = image.format in {"JPEG", "MPO", "WEBP", "AVIF"}
    target = "JPEG" if is_photo and not image.has_transparency_data else "PNG"
    upright = ImageOps.exif_transpose(image)
    keep_alpha = target == "PNG" and upright.has_transparency_data
    picture = _shrunk(upright.convert("RGBA" if keep_alpha else "RGB"))
    out = io.BytesIO()
    options = {"quality": JPEG_QUALITY} if target == "JPEG" else {}
    picture.save(out, target, optimize=True, **options)
    return out.getvalue(), MEDIA_TYPES[target]


def _can_be_kept(image: Image) -> bool:
    """Return whether every reading system shows the picture as it is."""
    is_plain = image.format in MEDIA_TYPES and image.mode != "CMYK"
    is_still = getattr(image, "n_frames", 1) == 1
    is_upright = image.getexif().get(EXIF_ORIENTATION, UPRIGHT) == UPRIGHT
    is_small = image.width * image.height <= MAX_PIXELS
    return all((is_plain, is_still, is_upright, is_small))


def _shrunk(image: Image) -> Image:
    """Return a picture with at most `MAX_PIXELS` pixels, in the same proportions."""
    from PIL import Image as Pillow

    factor = (MAX_PIXELS / (image.width * image.height)) ** 0.5
    if factor >= 1:
        return image
    width = max(1, int(image.width * factor))
    height = max(1, int(image.height * factor))
    return image.resize((width, height), Pillow.Resampling.LANCZOS)
