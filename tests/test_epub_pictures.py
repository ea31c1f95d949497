from __future__ import annotations

import io
from collections.abc import Mapping
from urllib.parse import quote
from xml.etree.ElementTree import fromstring

import pytest
from PIL import Image, ImageFile

import books
from briefpress.editions.epub.images import (
    MAX_PIXELS,
    PictureFormatError,
    fit_picture,
    place_pictures,
)
from briefpress.xhtml import inner

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


@pytest.mark.slow
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
    ("data", "media", "mode"),
    [
        (picture("WEBP"), "image/jpeg", "RGB"),
        (picture("WEBP", mode="RGBA"), "image/png", "RGBA"),
        (picture("GIF"), "image/png", "RGB"),
        (picture("TIFF"), "image/png", "RGB"),
        (picture("TIFF", mode="RGBA"), "image/png", "RGBA"),
        (picture("JPEG", mode="CMYK"), "image/jpeg", "RGB"),
    ],
)
def test_other_formats_become_jpeg_or_png(data: bytes, media: str, mode: str) -> None:
    drawn, found = fit_picture(data)
    assert found == media
    with Image.open(io.BytesIO(drawn)) as image:
        assert image.size == (60, 40)
        assert image.mode == mode


def test_a_rotated_picture_is_turned_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data, _ = fit_picture(picture("JPEG", exif=exif))
    with Image.open(io.BytesIO(data)) as image:
        assert image.size == (40, 60)


def test_a_converted_photograph_has_a_high_quality() -> None:
    data, _ = fit_picture(picture("WEBP"))
    with Image.open(io.BytesIO(data)) as image:
        tables: dict[int, list[int]] = image.quantization  # type: ignore[attr-defined]
    assert tables[0][0] == 4, "16 at a quality of 50, 4 at 88"


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
        (SVG % b'<rect onclick="x()"/>', "attribute onclick"),
        (SVG % b"<foreignObject/>", "foreignObject"),
        (b"<!DOCTYPE svg>" + SVG % b"", "DOCTYPE"),
        (SVG % b'<image href="https://example.org/x.png"/>', "loads"),
        (SVG % b'<use href="other.svg#a"/>', "loads"),
        (SVG % b"<style>@import 'x.css';</style>", "imports"),
        (SVG % b'<rect fill="url(other.svg#a)"/>', "loads"),
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
    message = "it has 40 × 30 pixels, and 1,199 is the limit"
    with pytest.raises(PictureFormatError, match=message):
        fit_picture(books.png(), pixel_limit=1199)
    assert fit_picture(books.png(), pixel_limit=1200) == (books.png(), "image/png")


def placed(
    html: str, pictures: Mapping[str, bytes], up: str = "../"
) -> tuple[str, dict[str, str], list[str]]:
    """Return a page with its pictures placed, their files by type, and the problems."""
    root = fromstring(f"<div>{html}</div>")
    resources, problems = place_pictures(root, "pictures/a", pictures, 10_000, up)
    files = {resource.href: resource.media for resource in resources}
    return inner(root), files, [str(problem.message) for problem in problems]


def test_pictures_are_placed_once_without_attributes_for_browsers() -> None:
    html = (
        '<img src="m.webp" alt="M" loading="lazy" decoding="async" srcset="x" '
        'sizes="y" fetchpriority="z"/><img src="m.webp"/>'
    )
    page, files, problems = placed(html, {"m.webp": picture("WEBP")})
    assert page == (
        '<img src="../pictures/a/m.jpg" alt="M"/><img src="../pictures/a/m.jpg" alt=""/>'
    )
    assert files == {"pictures/a/m.jpg": "image/jpeg"}
    assert problems == []


def test_the_cover_is_not_placed() -> None:
    html = '<img src="cover.png" role="doc-cover" loading="lazy"/>'
    assert placed(html, {}) == (html, {}, [])


@pytest.mark.parametrize(
    ("src", "file"),
    [
        ("map.png", "map.png"),
        ("a b/c&amp;d.png", "a-b/c-d.png"),
        ("Карта_1.png", "Карта_1.png"),
        ("../m-1.png", "m-1.png"),
        ("map", "map.png"),
        ("....png", "picture.png"),
    ],
)
def test_files_of_pictures_have_safe_names(src: str, file: str) -> None:
    pictures = {src.replace("&amp;", "&"): books.png()}
    page, files, _ = placed(f'<img src="{src}" alt=""/>', pictures, up="")
    assert files == {f"pictures/a/{file}": "image/png"}
    assert page == f'<img src="pictures/a/{quote(file)}" alt=""/>'


def test_a_missing_or_unusable_picture_is_a_problem() -> None:
    html = '<img src="lost.png"/><img src="bad.png"/><img src="large.png"/>'
    pictures = {"bad.png": b"x", "large.png": books.png(200, 100)}
    page, files, problems = placed(html, pictures)
    assert (page, files) == (html, {})
    missing, undecodable, large = problems
    assert missing == "there is no picture `lost.png`"
    assert undecodable == "the picture `bad.png` cannot be used: it cannot be decoded"
    reason = "it has 200 × 100 pixels, and 10,000 is the limit"
    assert large == f"the picture `large.png` cannot be used: {reason}"
