from __future__ import annotations

import io

import pytest
from PIL import Image, ImageFile

import books
from briefpress.editions.epub.images import (
    MAX_PIXELS,
    PictureFormatError,
    fit_picture,
)

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><defs><path id="p"/></defs><use href="#p"/>%s</svg>'


def picture(
    kind: str, size: tuple[int, int] = (60, 40), mode: str = "RGB", **options: object
) -> bytes:
    """Return a picture with a dark left half."""
    image = Image.new(mode, size, (255, 255, 255, 0) if mode == "RGBA" else "white")
    image.paste("black", (0, 0, size[0] // 2, size[1]))
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_small_png_or_jpeg_is_kept_byte_for_byte(kind: str) -> None:
    data = picture(kind)
    assert fit_picture(data) == (data, f"image/{kind.lower()}")


def test_words_in_an_svg_are_not_taken_for_a_script() -> None:
    # issue 10, fault 1
    svg = SVG % b"<desc>Rents, one = 100</desc>"
    assert fit_picture(svg) == (svg, "image/svg+xml")


def test_an_svg_is_kept_byte_for_byte() -> None:
    assert fit_picture(SVG % b"") == (SVG % b"", "image/svg+xml")


@pytest.mark.parametrize(
    ("kind", "media"), [("PNG", "image/png"), ("JPEG", "image/jpeg")]
)
def test_a_large_picture_is_reduced_in_proportion(kind: str, media: str) -> None:
    data, found = fit_picture(picture(kind, (4000, 2000)))
    assert found == media
    with Image.open(io.BytesIO(data)) as image:
        assert image.width * image.height <= MAX_PIXELS
        assert abs(image.width / image.height - 2) < 0.01
        assert image.convert("L").getpixel((10, 10)) == 0
    assert fit_picture(picture(kind, (4000, 2000)))[0] == data, (
        "the same picture, the same bytes"
    )


@pytest.mark.parametrize(
    ("data", "media"),
    [
        (picture("WEBP"), "image/jpeg"),
        (picture("WEBP", mode="RGBA"), "image/png"),
        (picture("GIF"), "image/png"),
        (picture("TIFF"), "image/png"),
        (picture("JPEG", mode="CMYK"), "image/jpeg"),
    ],
)
def test_other_formats_become_jpeg_or_png(data: bytes, media: str) -> None:
    drawn, found = fit_picture(data)
    assert found == media
    with Image.open(io.BytesIO(drawn)) as image:
        assert image.size == (60, 40)
        assert image.mode in {"RGB", "RGBA"}


def test_a_rotated_picture_is_turned_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data, _ = fit_picture(picture("JPEG", exif=exif))
    with Image.open(io.BytesIO(data)) as image:
        assert image.size == (40, 60)


def test_an_animation_becomes_its_first_frame() -> None:
    frames, out = (
        [Image.new("RGB", (20, 10), colour) for colour in ("white", "black")],
        io.BytesIO(),
    )
    frames[0].save(out, "PNG", save_all=True, append_images=frames[1:])
    data, _ = fit_picture(out.getvalue())
    with Image.open(io.BytesIO(data)) as image:
        assert getattr(image, "n_frames", 1) == 1


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"no picture", "cannot be decoded"),
        (b"", "cannot be decoded"),
        (picture("PNG")[:-40], "cannot be decoded"),
        (picture("JPEG")[:200], "cannot be decoded"),
        (SVG % b"<script>x</script>", "script"),
        (SVG % b'<rect onclick="x()"/>', "handler onclick"),
        (SVG % b"<foreignObject/>", "foreignObject"),
        (b"<!DOCTYPE svg>" + SVG % b"", "DOCTYPE"),
        (SVG % b'<image href="https://example.org/x.png"/>', "outside"),
        (SVG % b'<use href="other.svg#a"/>', "outside"),
        (SVG % b"<style>@import 'x.css';</style>", "outside"),
        (SVG % b'<rect fill="url(other.svg#a)"/>', "outside"),
        (SVG % b"<g>", "not well-formed"),
    ],
)
def test_unsafe_and_damaged_pictures_are_refused(
    data: bytes, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    with pytest.raises(PictureFormatError, match=words):
        fit_picture(data)


def test_a_picture_of_too_many_pixels_is_not_opened() -> None:
    with pytest.raises(PictureFormatError, match="1,000 is the limit"):
        fit_picture(books.png(), pixel_limit=1000)
