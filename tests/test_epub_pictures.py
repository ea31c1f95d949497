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
def test_what_every_reader_shows_stays_as_it_is(kind: str) -> None:
    data = picture(kind)
    assert fit_picture(data) == (data, f"image/{kind.lower()}")


def test_an_svg_stays_as_it_is() -> None:
    assert fit_picture(SVG % b"") == (SVG % b"", "image/svg+xml")


@pytest.mark.parametrize(
    ("kind", "media"), [("PNG", "image/png"), ("JPEG", "image/jpeg")]
)
def test_a_large_picture_is_drawn_smaller_in_its_proportions(
    kind: str, media: str
) -> None:
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
def test_other_kinds_become_ones_that_every_reader_shows(
    data: bytes, media: str
) -> None:
    drawn, found = fit_picture(data)
    assert found == media
    with Image.open(io.BytesIO(drawn)) as image:
        assert image.size == (60, 40)
        assert image.mode in {"RGB", "RGBA"}


def test_a_picture_that_lies_on_its_side_is_set_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data, _ = fit_picture(picture("JPEG", exif=exif))
    with Image.open(io.BytesIO(data)) as image:
        assert image.size == (40, 60)


def test_of_a_moving_picture_the_first_moment_stays() -> None:
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
        (b"no picture", "can be decoded"),
        (b"", "can be decoded"),
        (picture("PNG")[:-40], "can be decoded"),
        (picture("JPEG")[:200], "can be decoded"),
        (SVG % b"<script>x</script>", "script"),
        (SVG % b'<rect onclick="x()"/>', "script"),
        (SVG % b"<foreignObject/>", "script"),
        (b"<!DOCTYPE svg>" + SVG % b"", "script"),
        (SVG % b'<image href="https://example.org/x.png"/>', "outside"),
        (SVG % b'<use xlink:href="other.svg#a"/>', "outside"),
        (SVG % b"<style>@import 'x.css';</style>", "outside"),
        (SVG % b'<rect fill="url(other.svg#a)"/>', "outside"),
        (SVG % b"<g>", "not well-formed"),
    ],
)
def test_what_no_book_can_carry_is_refused(
    data: bytes, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    with pytest.raises(PictureFormatError, match=words):
        fit_picture(data)


def test_a_picture_of_too_many_pixels_is_not_opened() -> None:
    with pytest.raises(PictureFormatError, match="the limit is 1000"):
        fit_picture(books.png(), pixel_limit=1000)
