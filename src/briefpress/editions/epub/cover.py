"""The cover: the theme's SVG drawn as PNG, with the theme's own fonts and no others."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

from briefpress.editions.chapter.pictures import fit_picture
from briefpress.editions.epub.fonts import Fonts
from briefpress.problems import BriefpressError, Problem, Span

WIDTH, HEIGHT = 1600, 2400


def render_cover(svg: str, fonts: Fonts, theme: str = "") -> bytes:
    """Return the cover as PNG, 1600 × 2400. Raises `BriefpressError` where the SVG cannot be drawn.

    The same SVG and fonts give the same bytes: the system's fonts are not looked at. A theme comes from outside, so
    a drawing that would fetch a file is refused. The rasteriser reads fonts from files alone, so they lie in a
    folder for that moment.
    """
    try:
        fit_picture(svg.encode())
        return _drawn(svg, fonts)
    except ValueError as error:
        where = Span(f"themes/{theme}/templates/cover.svg.j2") if theme else None
        raise BriefpressError(
            Problem(
                "E08", f"the theme's cover.svg.j2 cannot be drawn: it {error}", where
            )
        ) from error


def _drawn(svg: str, fonts: Fonts) -> bytes:
    """Return the drawing as PNG."""
    import resvg_py  # late: only a cover made anew needs it

    with tempfile.TemporaryDirectory() as folder:
        files = []
        for face, font in fonts:
            path = Path(folder, Path(font.href).name)
            path.write_bytes(_named(font.data, face.family))
            files.append(str(path))
        png = resvg_py.svg_to_bytes(
            svg_string=svg,
            width=WIDTH,
            height=HEIGHT,
            skip_system_fonts=True,
            font_files=files,
            resources_dir=folder,
        )
    return bytes(png)


def _named(data: bytes, family: str) -> bytes:
    """Return a font under the name that style sheets call it by.

    A face cut from a variable file still has the name of the file's own weight: "Source Sans 3 ExtraLight".
    """
    from fontTools.ttLib import TTFont

    font = TTFont(io.BytesIO(data), recalcTimestamp=False, recalcBBoxes=False)
    names = font["name"]
    names.names = [
        record for record in names.names if record.nameID not in {1, 16, 17, 21, 22}
    ]
    names.setName(family, 1, 3, 1, 0x409)
    out = io.BytesIO()
    font.save(out)
    return out.getvalue()
