"""Kinds and sizes of pictures, and pictures that are damaged."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image, ImageFile

from briefpress.document.images import (
    JPEG,
    PNG,
    SVG,
    Picture,
    PictureError,
    inspect_picture,
)
from oddities import content_of


def encoded(kind: str, mode: str = "RGB", size: tuple[int, int] = (300, 200)) -> bytes:
    """Return a picture with noise."""
    noise = Image.effect_noise(size, 50)
    image = Image.new(mode, size) if mode == "I;16" else noise.convert("RGB")
    out = io.BytesIO()
    (image if mode == "I;16" else image.convert(mode)).save(out, kind)
    return out.getvalue()


def kind_and_size(data: bytes) -> tuple[str, int, int]:
    """Return what a picture is, and how large."""
    picture = inspect_picture(data)
    return picture.media, picture.width, picture.height


def with_size(png: bytes, width: int, height: int) -> bytes:
    """Return a PNG that declares another size than it has."""
    head = b"IHDR" + struct.pack(">II", width, height) + png[24:29]
    return png[:12] + head + struct.pack(">I", zlib.crc32(head)) + png[33:]


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1", "I;16"])
def test_the_size_of_a_png(mode: str) -> None:
    assert kind_and_size(encoded("PNG", mode)) == (PNG, 300, 200)
    assert kind_and_size(encoded("PNG", mode, (1, 1))) == (PNG, 1, 1)


@pytest.mark.parametrize("mode", ["RGB", "L", "1", "CMYK"])
def test_the_size_of_a_jpeg(mode: str) -> None:
    assert inspect_picture(encoded("JPEG", mode)) == Picture(JPEG, 300, 200)
    assert inspect_picture(encoded("JPEG", mode, (1, 1))) == Picture(JPEG, 1, 1)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@pytest.mark.parametrize("part", [0.3, 0.6, 0.95])
def test_a_truncated_picture_is_refused(
    kind: str, part: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)  # as WeasyPrint does
    data = encoded(kind)
    with pytest.raises(PictureError, match="damaged or incomplete"):
        inspect_picture(data[: int(len(data) * part)])
    assert ImageFile.LOAD_TRUNCATED_IMAGES is True


def test_a_png_with_a_wrong_checksum_is_refused() -> None:
    data = bytearray(encoded("PNG"))
    data[len(data) // 2] ^= 1
    with pytest.raises(PictureError, match="damaged"):
        inspect_picture(bytes(data))


def test_a_png_that_declares_more_than_it_has_is_refused() -> None:
    with pytest.raises(PictureError, match="damaged"):
        inspect_picture(with_size(encoded("PNG"), 3000, 3000))


def test_a_picture_beyond_the_limit_is_not_decoded() -> None:
    bomb = with_size(encoded("PNG"), 20_000, 20_000)
    assert inspect_picture(bomb) == Picture(PNG, 20_000, 20_000)
    large = with_size(encoded("PNG"), 3000, 3000)
    assert inspect_picture(large, max_pixels=1_000_000) == Picture(PNG, 3000, 3000)


@pytest.mark.parametrize(
    ("data", "clause"),
    [
        (b"", "it is empty"),
        (b"GIF89a", "it is not a picture"),
        (b"%PDF-1.7", "it is a PDF"),
        (b"words", "it is not a picture"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "it has no size"),
        (b"<?xml version='1.0'?><html/>", "it is not an SVG"),
    ],
)
def test_what_is_no_picture_is_refused(data: bytes, clause: str) -> None:
    with pytest.raises(PictureError, match=clause):
        inspect_picture(data)


@pytest.mark.parametrize(
    ("attributes", "size"),
    [
        ('viewBox="0 0 4 3"', (4, 3)),
        ('viewBox="0 0 4 3" width="40"', (4, 3)),
        ('viewBox="0 0 4 3" width="40" height="1in"', (40, 96)),
        ('width="10mm" height="2pc"', (38, 32)),
        ('viewBox="0,0,0.2,900" width="100%"', (1, 900)),
    ],
)
def test_the_size_of_an_svg(attributes: str, size: tuple[int, int]) -> None:
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" {attributes}/>'
    assert kind_and_size(svg.encode()) == (SVG, *size)


def test_oddities_make_the_pictures_that_they_describe() -> None:
    item = {"kind": "picture", "format": "JPEG", "size": [16, 9]}
    assert inspect_picture(content_of(item)) == Picture(JPEG, 16, 9)
