"""A page of HTML to laid-out pages, and laid-out pages to the bytes of a PDF."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import logging
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from functools import lru_cache
from importlib.resources import files
from typing import Any
from urllib.parse import unquote
from xml.etree.ElementTree import Element

import cssselect2
import weasyprint
from weasyprint.css.counters import CounterStyle
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from briefpress.editions.inputs import AssetFile
from briefpress.editions.pdf.model import PdfMetadata
from briefpress.editions.pdf.print_tree import PrintTree, mark_directions
from briefpress.editions.pdf.weasyprint import no_system_fonts
from briefpress.editions.pdf.weasyprint.drawings import Families
from briefpress.editions.pdf.weasyprint.footnotes import FootnoteContext
from briefpress.editions.pdf.weasyprint.patches import patched
from briefpress.editions.pdf.weasyprint.tags import keep_outer_links, mark_artifacts
from briefpress.theme.fonts import FontFace, font_at_weight

# An https address, so that relative addresses can be joined to it; `.invalid` never
# resolves. It is the same on every machine, so no path of a machine is in the PDF.
BASE_URL = "https://press.invalid/"
RASTER_URL = re.compile(r"data:(image/(?:png|jpe?g|gif|webp));base64,", re.IGNORECASE)
PICTURE_FAILURES = ("Failed to render SVG image", "Failed to load image")
VARIANT = "pdf/ua-1"

Assets = Mapping[str, AssetFile]


class UnknownFileError(FatalURLFetchingError):
    """The page or a style sheet names a file that is not part of the edition.

    WeasyPrint goes on after other errors of a fetcher, and leaves the file out.
    """

    def __init__(self, url: str) -> None:
        """Keep the address of the file, and the name under which it is looked for."""
        super().__init__(url)
        self.url = url
        self.name = unquote(url.removeprefix(BASE_URL))


class AssetFetcher(URLFetcher):
    """Serves the files of an edition, and pictures within drawings: nothing else."""

    def __init__(self, assets: Assets) -> None:
        """Serve these files, each by its name under `BASE_URL`."""
        # No `super().__init__()`: it installs handlers for file, http, ftp and data.
        self.assets = {unquote(name): asset for name, asset in assets.items()}
        self._fail_on_errors = True

    def fetch(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,  # noqa: ARG002 - WeasyPrint passes it
    ) -> URLFetcherResponse:
        """Return one of the files. Raises `UnknownFileError` for anything else."""
        raster = RASTER_URL.match(url)
        if raster:  # within a drawing; `check_svg` has checked it
            data = base64.b64decode(url[raster.end() :])
            return URLFetcherResponse(url, data, {"Content-Type": raster[1]})
        name = unquote(url.removeprefix(BASE_URL))
        if name not in self.assets:
            raise UnknownFileError(url)
        asset = self.assets[name]
        return URLFetcherResponse(url, asset.data, {"Content-Type": asset.media_type})


@dataclass(frozen=True, slots=True)
class LaidOut:
    """A document on pages, not yet written."""

    document: Any  # WeasyPrint's
    context: FootnoteContext

    def is_hidden(self, element: Element) -> bool:
        """Whether the theme leaves an element out of print."""
        style = self.context.style_for(element)
        if style is None or style["display"] == ("none",):
            return True
        return bool(style["position"][0] == "running()")

    def is_in_flow(self, element: Element) -> bool:
        """Whether an element is neither floated nor positioned."""
        style = self.context.style_for(element)
        if style is None:
            return True
        is_positioned = style["position"] in ("absolute", "fixed")
        return not is_positioned and style["float"] == "none"


def parse_page(html: str, tree: PrintTree, assets: Assets, lang: str) -> Any:
    """Return the theme's page with the print tree in its slot.

    The body is put in as elements: as text, a note with two paragraphs would end the
    paragraph that calls it.
    """
    page = weasyprint.HTML(
        string=html, base_url=BASE_URL, url_fetcher=AssetFetcher(assets)
    )
    root = page.etree_element
    root.set("lang", lang)
    tree.put_into(root)
    mark_directions(root)
    page.wrapper_element = cssselect2.ElementWrapper.from_html_root(
        root, content_language=None
    )
    page.print_tree = tree  # `make_all_pages` finds the notes here
    return page


def lay_out(
    page: Any, css: str, fonts: Sequence[FontFace], families: Families | None = None
) -> LaidOut:
    """Return the page laid out with a style sheet, and its notes in footnote areas.

    `families` replace the typefaces in drawings.
    """
    with patched():
        sheets, counters, configuration = _style_sheets(css, tuple(fonts))
        configuration.drawing_families = families
        document = page.render(
            font_config=configuration, counter_style=counters, stylesheets=sheets
        )
    return LaidOut(document, page.layout_context)


@lru_cache(maxsize=8)
def _style_sheets(
    css: str, fonts: tuple[FontFace, ...]
) -> tuple[list[Any], CounterStyle, FontConfiguration]:
    """Return parsed style sheets and their fonts: once in a process for each theme."""
    with no_system_fonts():
        configuration = FontConfiguration()
    counters = CounterStyle()
    weights = weights_in(css)
    fetcher = AssetFetcher(font_assets(fonts, weights))
    folder = files(__package__)
    before_theme = (folder / "base.css").read_text("utf-8")
    after_theme = (folder / "notes.css").read_text("utf-8")
    sheets = [
        weasyprint.CSS(
            string=text,
            base_url=BASE_URL,
            url_fetcher=fetcher,
            font_config=configuration,
            counter_style=counters,
        )
        for text in (before_theme, font_face_rules(fonts, weights) + css, after_theme)
    ]
    return sheets, counters, configuration


def write_pdf(document: Any, metadata: PdfMetadata) -> bytes:
    """Return a laid-out document as PDF/UA-1: the same bytes for the same pages."""
    target = document.metadata
    target.title = metadata.title
    target.lang = metadata.lang
    target.authors = list(metadata.authors)
    target.keywords = list(metadata.keywords)
    target.description = metadata.description or None
    target.generator = "briefpress"
    target.created = metadata.date.isoformat()
    target.modified = (metadata.modified or metadata.date).isoformat()
    # No attachments from a theme's page: their dates come from the clock.
    target.attachments = []
    mark_artifacts(document)
    keep_outer_links(document)
    with patched(), _clock_at(metadata.date):
        data: bytes = document.write_pdf(
            pdf_variant=VARIANT, pdf_identifier=_identifier(metadata)
        )
    return data


class PictureFailures(logging.Handler):
    """Collects the pictures that WeasyPrint leaves out: it only logs them."""

    def __init__(self) -> None:
        """Begin without any."""
        super().__init__()
        self.addresses: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the address in a message about a picture."""
        if record.msg.startswith(PICTURE_FAILURES) and isinstance(record.args, tuple):
            self.addresses.append(str(record.args[0]))


@contextmanager
def picture_failures() -> Iterator[list[str]]:
    """Return a list to which the addresses of undrawn pictures are added."""
    handler = PictureFailures()
    logger = logging.getLogger("weasyprint")
    logger.addHandler(handler)
    try:
        yield handler.addresses
    finally:
        logger.removeHandler(handler)


def _identifier(metadata: PdfMetadata) -> bytes:
    """Return the identifier of the PDF, which depends on nothing but its metadata."""
    values = [
        f"{each.name}={getattr(metadata, each.name)!r}"
        for each in fields(metadata)
        if getattr(metadata, each.name) is not None
    ]
    # "Particulars" was the name of the class: with another text, all PDFs would differ.
    text = f"Particulars({', '.join(values)})"
    return hashlib.md5(text.encode(), usedforsecurity=False).digest()


@contextmanager
def _clock_at(date: dt.date) -> Iterator[None]:
    """Set the time that fontTools reads: it writes the time into each font it makes."""
    before = os.environ.get("SOURCE_DATE_EPOCH")
    midnight = dt.datetime.combine(date, dt.time(), dt.UTC)
    os.environ["SOURCE_DATE_EPOCH"] = str(max(0, int(midnight.timestamp())))
    try:
        yield
    finally:
        os.environ.pop("SOURCE_DATE_EPOCH")
        if before is not None:
            os.environ["SOURCE_DATE_EPOCH"] = before


# Fonts. Pages use no font of the machine, so they are the same on every machine, and a
# character that the theme has no font for becomes a problem (ADR 22).

REGULAR, BOLD = 400, 700
KEYWORDS = {"normal": REGULAR, "bold": BOLD}
WEIGHT = re.compile(r"font(?:-weight)?\s*:[^;}]*?\b([1-9]00|bold)\b")


def weights_in(css: str) -> frozenset[int]:
    """Return the font weights that a style sheet uses; regular and bold always."""
    found = {_weight(text) for text in WEIGHT.findall(css)}
    return frozenset({REGULAR, BOLD, *found})


def font_face_rules(fonts: Sequence[FontFace], weights: frozenset[int]) -> str:
    """Return one `@font-face` rule for each face and weight.

    WeasyPrint measures text at the default weight of a variable font and draws it at
    another, so each weight is a file of its own.
    """
    return "".join(
        f'@font-face{{font-family:"{face.family}";font-style:{face.style};'
        f'font-weight:{weight};src:url("{_file_name(face, weight)}")}}\n'
        for face, weight in _faces_at_weights(fonts, weights)
    )


def font_assets(
    fonts: Sequence[FontFace], weights: frozenset[int]
) -> dict[str, AssetFile]:
    """Return the font files that the rules name, variable fonts at each weight."""
    assets = {}
    for face, weight in _faces_at_weights(fonts, weights):
        data = font_at_weight(face.data(), str(weight), face.opsz)
        assets[_file_name(face, weight)] = AssetFile(data, "font/ttf")
    return assets


def _faces_at_weights(
    fonts: Sequence[FontFace], weights: frozenset[int]
) -> Iterator[tuple[FontFace, int]]:
    """Yield each face with its own weight, or with those weights in its range."""
    for face in fonts:
        first, _, last = face.weight.partition(" ")
        if not last:
            yield face, _weight(first)
            continue
        for weight in sorted(weights):
            if int(first) <= weight <= int(last):
                yield face, weight


def _weight(text: str) -> int:
    """Return a font weight as a number: "bold" is 700."""
    return KEYWORDS.get(text) or int(text)


def _file_name(face: FontFace, weight: int) -> str:
    """Return the file name of a face at a weight, and at its optical size if any."""
    optical_size = f"-{face.opsz}" if face.opsz else ""
    return f"fonts/{face.digest}-{weight}{optical_size}.ttf"
