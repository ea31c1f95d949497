"""Pictures of other programs come out right in every edition, whatever their names."""

# ruff: noqa: E501 - drawings as programs write them

from __future__ import annotations

import base64
import io
import random
import re
import zipfile
from pathlib import Path
from urllib.parse import unquote

import pypdfium2 as pdfium
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from briefpress.document.images import SVG, PictureError, inspect_picture
from briefpress.document.svg_cleaner import clean_svg
from briefpress.editions.pdf.weasyprint.drawings import theme_families
from briefpress.model import Limits
from briefpress.svg import SvgError, check_svg
from foreign_pictures import DRAWINGS, RASTERS, data_url, raster
from foreign_pictures import SVG as NAMESPACES
from small_press import PRESS, run

FRONT_MATTER = "---\ntitle: Pictures\ndate: 2024-01-02\nprogram: a\n---\n"
# A name in the project, and how the brief writes it.
NAMES = {
    "карта 1.PNG": "карта%201.PNG",
    "PHOTO.JPG": "PHOTO.JPG",
    "photo.jpg": "photo.jpg",
    "50%.png": "50%.png",
    "a%20b.png": "a%20b.png",
    "plan (1).png": "plan%20(1).png",
    "cafe\u0301.png": "caf\u00e9.png",
    "a'b&c+d=e,f;g@h.png": "a'b&c+d=e,f;g@h.png",
    "q?r#s.png": "q%3Fr%23s.png",
    "été/n° 2.png": "été/n°%202.png",
}


def write_press(
    folder: Path, pictures: dict[str, bytes], names: dict[str, str]
) -> None:
    """Write a press with one brief that shows the pictures."""
    home = folder / "briefs" / "one"
    home.mkdir(parents=True)
    (folder / "press.toml").write_text(PRESS, "utf-8")
    text = FRONT_MATTER
    for name, data in pictures.items():
        (home / name).parent.mkdir(exist_ok=True)
        (home / name).write_bytes(data)
        text += f"\n![Shows something]({names.get(name, name)})\n"
    (home / "index.md").write_text(text, "utf-8")


def shown_on_web(out: Path) -> list[Path]:
    """Return the files that the web page shows."""
    page = (out / "html/one/index.html").read_text("utf-8")
    addresses = re.findall(r'<img [^>]*?\bsrc="([^"]+)"', page)
    return [
        out / "html/one" / unquote(each.replace("&amp;", "&")) for each in addresses
    ]


def built(project: Path) -> Path:
    """Build all editions without an error, and return the output folder."""
    done = run("build", project)
    assert done.returncode == 0, done.stdout + done.stderr
    return project / "build"


@pytest.mark.slow
def test_pictures_of_any_name_are_in_every_edition(tmp_path: Path) -> None:
    pictures = {name: raster("PNG") for name in NAMES}
    pictures |= {"PHOTO.JPG": raster("JPEG"), "photo.jpg": raster("JPEG", "L")}
    write_press(tmp_path, pictures, NAMES)
    out = built(tmp_path)
    on_web = shown_on_web(out)
    assert [path.read_bytes() for path in on_web] == list(pictures.values())
    with pdfium.PdfDocument(out / "pdf/one.pdf") as pdf:
        objects = [each for page in pdf for each in page.get_objects()]
        drawn = [each for each in objects if isinstance(each, pdfium.PdfImage)]
    assert len(drawn) == len(pictures)
    with zipfile.ZipFile(out / "epub/a.epub") as book:
        files = [name for name in book.namelist() if "/pictures/one/" in name]
    assert len({name.lower() for name in files}) == len(pictures)


@pytest.mark.slow
def test_pictures_of_other_programs_are_in_every_edition(tmp_path: Path) -> None:
    pictures = {name: text.encode() for name, text in DRAWINGS.items()} | RASTERS
    write_press(tmp_path, pictures, {})
    out = built(tmp_path)
    assert len(shown_on_web(out)) == len(pictures)
    for path in shown_on_web(out):
        if path.suffix == ".svg":
            check_svg(path.read_bytes())
        else:
            assert path.suffix.lower() in (
                ".png",
                ".jpg",
                ".jpeg",
                ".jfif",
                ".gif",
                ".webp",
                ".avif",
            )
    with pdfium.PdfDocument(out / "pdf/one.pdf") as pdf:
        text = "".join(page.get_textpage().get_text_range() for page in pdf)
        drawn = [
            each
            for page in pdf
            for each in page.get_objects(max_depth=9)
            if isinstance(each, pdfium.PdfImage)
        ]
    squeezed = re.sub(r"\s", "", text)
    assert squeezed.count("WORDS") == len(DRAWINGS)
    assert "Textisnot" not in squeezed
    assert len(drawn) >= len(RASTERS) + 2


@pytest.mark.slow
def test_a_picture_in_the_text_is_in_every_edition(tmp_path: Path) -> None:
    noise = random.Random(1).randbytes(1200 * 900)  # noqa: S311 - noise
    out = io.BytesIO()
    Image.frombytes("L", (1200, 900), noise).save(out, "PNG")
    address = f"data:image/png;base64,{base64.b64encode(out.getvalue()).decode()}"
    assert len(address) > Limits().brief_bytes
    write_press(tmp_path, {}, {})
    brief = tmp_path / "briefs/one/index.md"
    text = f"Words ![Noise][image1] between.\n\n![Again]({address})\n\n[image1]: <{address}>\n"
    brief.write_text(f"{FRONT_MATTER}\n{text}", "utf-8")
    published = built(tmp_path)
    assert [path.read_bytes() for path in shown_on_web(published)] == [
        out.getvalue()
    ] * 2
    with pdfium.PdfDocument(published / "pdf/one.pdf") as pdf:
        drawn = [each for page in pdf for each in page.get_objects()]
        assert sum(isinstance(each, pdfium.PdfImage) for each in drawn) == 2
    with zipfile.ZipFile(published / "epub/a.epub") as book:
        assert len([name for name in book.namelist() if "/pictures/one/" in name]) == 1


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_drawing_of_another_program_is_cleaned(name: str) -> None:
    cleaned = clean_svg(DRAWINGS[name].encode())
    text = cleaned.data.decode()
    assert "WORDS" in text
    assert "foreignObject" not in text
    assert "DOCTYPE" not in text
    assert clean_svg(cleaned.data).data == cleaned.data, "it is clean already"


@pytest.mark.parametrize("name", RASTERS)
def test_a_raster_picture_is_shown_upright_and_in_its_colours(name: str) -> None:
    picture = inspect_picture(RASTERS[name])
    turned = name == "turned.jpg"
    assert (picture.width, picture.height) == ((48, 64) if turned else (64, 48))
    published = picture.converted or RASTERS[name]
    assert inspect_picture(RASTERS[name]).converted == picture.converted
    with Image.open(io.BytesIO(published)) as image:
        grey = image.convert("L")
    dark, light = grey.crop((2, 2, 3, 3)), grey.crop((60, 40, 61, 41))
    assert dark.tobytes()[0] < 90
    assert light.tobytes()[0] > 190


UNSAFE = [
    "<script>alert(1)</script>",
    '<g onclick="alert(1)"/>',
    '<foreignObject width="9" height="9"><div xmlns="http://www.w3.org/1999/xhtml" onclick="a()">x</div></foreignObject>',
    '<switch><foreignObject><iframe xmlns="http://www.w3.org/1999/xhtml" src="https://example.org"/></foreignObject><text/></switch>',
    '<a href="javascript:alert(1)"><text>x</text></a>',
    '<a href="data:text/html,x"><text>x</text></a>',
    '<set attributeName="onclick" to="alert(1)"/>',
    '<animate attributeName="xlink:href" to="javascript:alert(1)"/>',
    '<image href="https://example.org/a.png"/>',
    f'<feImage href="{data_url()}"/>',
    '<image href="data:image/svg+xml;base64,PHN2Zy8+"/>',
    '<image href="data:image/png;base64,AAAA"/>',
    f'<use href="{data_url()}"/>',
    "<style>@font-face { font-family: a; src: url(https://example.org/a.woff) }</style>",
    '<style>@import "https://example.org/a.css";</style>',
    '<rect fill="url(https://example.org/a.svg#b)"/>',
]


@pytest.mark.parametrize("part", UNSAFE)
@pytest.mark.parametrize("around", ["{}", "<g><switch>{}</switch></g>"])
def test_what_runs_or_loads_is_refused(part: str, around: str) -> None:
    svg = f'<svg {NAMESPACES} viewBox="0 0 9 9">{around.format(part)}</svg>'
    with pytest.raises(SvgError):
        clean_svg(svg.encode())


ENTITIES = [
    '<!ENTITY a "<g/>">',
    '<!ENTITY a "x"><!ENTITY b "&a;&a;">',
    '<!ENTITY a SYSTEM "file:///etc/passwd">',
    '<!ENTITY % a "x">',
    f'<!ENTITY a "{"x" * 101}">',
]


@pytest.mark.parametrize("declared", ENTITIES)
def test_entities_other_than_names_are_refused(declared: str) -> None:
    svg = f'<!DOCTYPE svg [{declared}]><svg {NAMESPACES} viewBox="0 0 9 9"/>'
    with pytest.raises(SvgError, match="entities"):
        clean_svg(svg.encode())


def test_an_entity_that_is_used_too_often_is_refused() -> None:
    svg = f'<!DOCTYPE svg [<!ENTITY a "xxxxxxxxx">]><svg {NAMESPACES}><text>{"&a;" * 201}</text></svg>'
    with pytest.raises(SvgError, match="entities"):
        clean_svg(svg.encode())


PARTS = st.recursive(
    st.sampled_from([*UNSAFE, "<text>a</text>", "<metadata>a</metadata>", "b"]),
    lambda inner: st.builds(
        "<{0}>{1}</{0}>".format,
        st.sampled_from(["g", "a", "switch", "text", "foreignObject", "defs", "x"]),
        st.lists(inner, max_size=3).map("".join),
    ),
    max_leaves=8,
)


@given(PARTS)
def test_every_cleaned_drawing_passes_the_strict_check(part: str) -> None:
    try:
        cleaned = clean_svg(
            f'<svg {NAMESPACES} viewBox="0 0 9 9">{part}</svg>'.encode()
        )
    except SvgError:
        return
    check_svg(cleaned.data)
    assert clean_svg(cleaned.data).data == cleaned.data


def test_a_drawing_that_needs_nothing_is_kept_byte_for_byte() -> None:
    svg = f'<svg {NAMESPACES} viewBox="0 0 9 9"><style>a{{fill:red}}</style><g/></svg>'.encode()
    assert clean_svg(svg).data is svg
    assert inspect_picture(svg).converted == b""


def test_a_picture_of_a_theme_is_not_cleaned_but_refused() -> None:
    for name in ("mermaid.svg", "drawio.svg", "graphviz.svg"):
        with pytest.raises(PictureError):
            inspect_picture(DRAWINGS[name].encode(), as_it_is=True)
    with pytest.raises(PictureError, match="converted"):
        inspect_picture(RASTERS["scan.tif"], as_it_is=True)


def test_html_labels_keep_their_lines_and_their_place() -> None:
    label = "<div xmlns='http://www.w3.org/1999/xhtml' style='font-size:10px;color:#123456'>one two<br/>three</div>"
    svg = f'<svg {NAMESPACES} viewBox="0 0 90 90"><foreignObject x="10" y="0" width="40" height="40">{label}</foreignObject></svg>'
    cleaned = clean_svg(svg.encode())
    text = cleaned.data.decode()
    assert [*re.findall(r">([\w ]+)</tspan>", text)] == ["one two", "three"]
    assert 'x="30"' in text
    assert 'fill="#123456"' in text
    assert cleaned.losses == ("its HTML labels are set as plain text",)


FAMILIES = {"sans": "'Source Sans 3', Arial", "serif": "Source Serif 4", "mono": "Code"}


@pytest.mark.parametrize(
    ("written", "first"),
    [
        ("sans-serif", "Source Sans 3"),
        ("Helvetica, Arial, sans-serif", "Source Sans 3"),
        ("'DejaVu Sans Mono', monospace", "Code"),
        ("Times New Roman,serif", "Source Serif 4"),
        ('"Liberation Serif"', "Source Serif 4"),
        ("Calibri,Calibri_MSFontService,sans-serif", "Source Sans 3"),
        ("Roboto", "Source Sans 3"),
        ("Source Serif 4, serif", "Source Serif 4"),
        ("", "Source Sans 3"),
    ],
)
def test_fonts_of_a_drawing_become_those_of_the_theme(written: str, first: str) -> None:
    assert theme_families(written, FAMILIES).split(",")[0] == first


def test_the_kind_of_a_picture_is_that_of_its_content() -> None:
    assert inspect_picture(DRAWINGS["mermaid.svg"].encode()).media == SVG
    assert inspect_picture(RASTERS["scan.tif"]).suffix == ".png"


def test_a_drawing_that_weasyprint_cannot_draw_is_an_error(tmp_path: Path) -> None:
    svg = f'<svg {NAMESPACES} viewBox="0 0 9 9"><rect width="9" height="9" transform="rotate(x)"/></svg>'
    write_press(tmp_path, {"wrong.svg": svg.encode()}, {})
    done = run("build", tmp_path, "--to", "pdf")
    assert (
        "error[P07]: picture `wrong.svg` cannot be drawn" in done.stdout + done.stderr
    )
