"""A finished EPUB, checked from its bytes: what epubcheck and Ace miss and readers see.

Nothing here relies on the code that makes EPUBs: the book is opened as a reading
system opens it.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

from briefpress.problems import Problem, Severity
from briefpress.xhtml import elements_by_id

XHTML = "{http://www.w3.org/1999/xhtml}"
OPS = "{http://www.idpf.org/2007/ops}"
OPF = "{http://www.idpf.org/2007/opf}"
NCX = "{http://www.daisy.org/z3986/2005/ncx/}"
SVG = "{http://www.w3.org/2000/svg}"
COMMENT = re.compile(rb"<!--(.*?)-->", re.DOTALL)
XML_SUFFIXES = (".xhtml", ".opf", ".ncx", ".svg")
# The first bytes of the archive: the local header has 30 bytes (EPUB OCF 3.3).
MEDIA_TYPE_BYTES = slice(30, 58)
MEDIA_TYPE = b"mimetypeapplication/epub+zip"
# Old readers turn the pages of larger files slowly, or split the files.
MAX_PAGE_BYTES = 300_000
MAX_PICTURE_PIXELS = 5_600_000  # Apple Books refuses more
MAX_BOOK_BYTES = 100_000_000  # mail servers and shops refuse more
LICENSE_NAME_IDS = (13, 14)  # of the OpenType `name` table
MIXED_CASE_SVG_NAMES = """linearGradient radialGradient clipPath textPath foreignObject
viewBox preserveAspectRatio gradientUnits gradientTransform patternUnits
patternTransform clipPathUnits maskUnits textLength lengthAdjust startOffset refX refY
markerWidth markerHeight markerUnits spreadMethod stdDeviation feGaussianBlur feOffset
feMerge feBlend feFlood"""
SVG_NAMES = {name.lower(): name for name in MIXED_CASE_SVG_NAMES.split()}

Files = Mapping[str, bytes]  # the archive: name to content


@dataclass(frozen=True, slots=True)
class _Page:
    """A page of the book: its name in the archive, its tree, and its brief."""

    name: str
    root: Element
    slug: str

    @property
    def ids(self) -> list[str]:
        """Every id of the page, in order."""
        ids = (element.get("id") for element in self.root.iter())
        return [value for value in ids if value is not None]

    def error(self, code: str, message: str) -> Problem:
        """Return an error of the page."""
        return Problem(code, f"{self.name}: {message}", brief=self.slug)


def check_epub(data: bytes) -> tuple[Problem, ...]:
    """Return the problems of a book, from its bytes alone."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files = {info.filename: archive.read(info) for info in archive.infolist()}
    if not any(name.endswith(".opf") for name in files):
        return (Problem("E20", "the book has no package document"),)
    problems = [*_check_archive(data, files), *_check_sizes(data, files)]
    pages: list[_Page] = []
    for name, content in files.items():
        if not name.endswith(".xhtml"):
            continue
        try:
            root = ET.fromstring(content)  # noqa: S314 (our own bytes)
        except ET.ParseError as error:
            message = f"{name}: not well-formed: {error}"
            problems.append(Problem("E01", message, brief=_slug_of(name)))
        else:
            pages.append(_Page(name, root, _slug_of(name)))
    for page in pages:
        for check in PAGE_CHECKS:
            problems += check(page)
    problems += _check_links({page.name: page for page in pages})
    problems += _check_page_lists(pages, files)
    return tuple(problems)


def _slug_of(name: str) -> str:
    """Return the brief of a file in the archive; empty for pages around the briefs."""
    folder, _, file = name.rpartition("/")
    return file.removesuffix(".xhtml") if folder.endswith("briefs") else ""


def _check_archive(data: bytes, files: Files) -> Iterator[Problem]:
    """Check what a reading system reads first: the media type, and the file names."""
    if data[MEDIA_TYPE_BYTES] != MEDIA_TYPE:
        yield Problem("E20", "the archive does not begin with its media type, stored")
    if len({name.casefold() for name in files}) != len(files):
        yield Problem("E20", "two file names of the book differ only in case")
    for name, content in files.items():
        comments = COMMENT.findall(content) if name.endswith(XML_SUFFIXES) else []
        if any(b"--" in comment for comment in comments):
            message = f"{name}: a comment contains two hyphens"
            yield Problem("E17", message, brief=_slug_of(name))


def _check_sizes(data: bytes, files: Files) -> Iterator[Problem]:
    """Check that nothing is larger than readers and shops accept, and the fonts."""
    if len(data) > MAX_BOOK_BYTES:
        size, limit = len(data) / 1e6, MAX_BOOK_BYTES / 1e6
        message = f"the book has {size:.0f} MB; many shops accept {limit:.0f} MB"
        yield Problem("E18", message, severity=Severity.WARNING)
    for name, content in files.items():
        if name.endswith(".xhtml") and len(content) > MAX_PAGE_BYTES:
            yield _large_page(name, content)
        elif name.endswith((".png", ".jpg")):
            yield from _check_picture(name, content)
        elif name.endswith(".ttf"):
            yield from _check_font(name, content)


def _large_page(name: str, content: bytes) -> Problem:
    """Return the warning about a page that is too large for old readers."""
    size, limit = len(content) / 1000, MAX_PAGE_BYTES / 1000
    message = f"{name}: the page has {size:.0f} kB; the limit is {limit:.0f} kB"
    return Problem("E18", message, severity=Severity.WARNING, brief=_slug_of(name))


def _check_picture(name: str, content: bytes) -> Iterator[Problem]:
    """Check that a file is a picture, and its size."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(content)) as image:
            if image.width * image.height > MAX_PICTURE_PIXELS:
                size = f"{image.width} × {image.height} pixels"
                limit = f"{MAX_PICTURE_PIXELS:,} is the limit"
                yield Problem("E18", f"{name}: the picture has {size}; {limit}")
    except OSError:
        yield Problem("E02", f"{name}: the file is not a picture")


def _check_font(name: str, content: bytes) -> Iterator[Problem]:
    """Check that a font contains its licence."""
    from fontTools.ttLib import TTFont

    names = TTFont(io.BytesIO(content), lazy=True)["name"]
    if not any(names.getDebugName(name_id) for name_id in LICENSE_NAME_IDS):
        message = f"{name}: the font contains no licence"
        yield Problem("E19", message, severity=Severity.WARNING)


def _check_head(page: _Page) -> Iterator[Problem]:
    """Check that the page has a title, a language and a direction."""
    title = page.root.findtext(f"{XHTML}head/{XHTML}title") or ""
    if not title.strip():
        yield page.error("E12", "the page has no title")
    if not page.root.get("lang") or page.root.get("dir") not in {"ltr", "rtl"}:
        yield page.error("E12", "the page has no language or no direction")


def _check_svg(page: _Page) -> Iterator[Problem]:
    """Check the names of SVG: lowercased, drawings lose gradients, clipping and size."""
    for element in page.root.iter():
        tag = element.tag.rpartition("}")[2]
        if element.tag.startswith(SVG):
            for name in [tag, *element.keys()]:
                right_name = SVG_NAMES.get(name.lower(), name)
                if name != right_name:
                    message = f"`{name}` in a drawing should be `{right_name}`"
                    yield page.error("E11", message)
        elif element.tag.startswith(XHTML) and tag.lower() in {"svg", "math"}:
            yield page.error("E11", f"<{tag.lower()}> outside its namespace")


def _check_ids(page: _Page) -> Iterator[Problem]:
    """Check that each id occurs once and begins with a letter."""
    ids = page.ids
    for value in _repeated(ids):
        yield page.error("E06", f"the id `{value}` occurs twice")
    for value in ids:
        begins_with_letter = value[:1].isalpha() or value.startswith("_")
        if not begins_with_letter:
            yield page.error("E16", f"the id `{value}` does not begin with a letter")


def _check_notes(page: _Page) -> Iterator[Problem]:
    """Check that every call has a note with text, and every note a link back."""
    elements = elements_by_id(page.root)
    called = set()
    for call in _of_epub_type(page.root, "noteref"):
        note_id = call.get("href", "").removeprefix("#")
        called.add(note_id)
        note = elements.get(note_id)
        if note is None or not _has_text(note):
            number = "".join(call.itertext()).strip()
            yield page.error("E14", f"note {number} has no text")
    for note in _of_epub_type(page.root, "footnote"):
        note_id = note.get("id", "")
        targets = {link.get("href", "").removeprefix("#") for link in _backlinks(note)}
        links_back = bool(targets) and targets <= elements.keys()
        if note_id not in called or not links_back:
            message = f"the note `{note_id}` has no call, or no link back to it"
            yield page.error("E14", message)


def _of_epub_type(root: Element, epub_type: str) -> Iterator[Element]:
    """Yield the elements of a type of EPUB's vocabulary."""
    for element in root.iter():
        if element.get(f"{OPS}type") == epub_type:
            yield element


def _backlinks(note: Element) -> list[Element]:
    """Return the links of a note to its calls."""
    links = note.iter(f"{XHTML}a")
    return [link for link in links if link.get("role") == "doc-backlink"]


def _has_text(note: Element) -> bool:
    """Return whether a note has text besides its links back."""
    backlink_length = sum(_text_length(link) for link in _backlinks(note))
    return _text_length(note) > backlink_length


def _text_length(element: Element) -> int:
    """Return the number of characters in an element, without white space."""
    return len("".join("".join(element.itertext()).split()))


def _check_content(page: _Page) -> Iterator[Problem]:
    """Check that the page shows text or a picture."""
    body = page.root.find(f"{XHTML}body")
    if body is None or not _shows_something(body):
        yield page.error("E03", "the page is empty")


def _shows_something(body: Element) -> bool:
    """Return whether a body has text or a picture."""
    has_text = bool("".join(body.itertext()).strip())
    return has_text or body.find(f".//{XHTML}img") is not None


PAGE_CHECKS: tuple[Callable[[_Page], Iterable[Problem]], ...] = (
    _check_head,
    _check_svg,
    _check_ids,
    _check_notes,
    _check_content,
)


def _check_links(pages: Mapping[str, _Page]) -> Iterator[Problem]:
    """Check that every link inside the book has a target."""
    ids = {name: set(page.ids) for name, page in pages.items()}
    for name, page in pages.items():
        for link in page.root.iter(f"{XHTML}a"):
            href = link.get("href", "")
            file, _, element_id = unquote(href).partition("#")
            if ":" in file:
                continue
            path = posixpath.join(posixpath.dirname(name), file)
            target = posixpath.normpath(path) if file else name
            exists = target in ids and (not element_id or element_id in ids[target])
            if not exists:
                yield page.error("E04", f"the link `{href}` has no target")


def _check_page_lists(pages: list[_Page], files: Files) -> Iterator[Problem]:
    """Check that marks, page list and NCX have the same pages in the same order."""
    nav = next((page for page in pages if page.name.endswith("nav.xhtml")), None)
    ncx = next((files[name] for name in files if name.endswith(".ncx")), None)
    if nav is None or ncx is None:
        yield Problem("E13", "the book has no navigation document, or no NCX")
        return
    in_nav = list(_nav_pages(nav))
    in_ncx = list(_ncx_pages(ncx))
    in_text = list(_marked_pages(_in_spine(pages, files), posixpath.dirname(nav.name)))
    if not in_ncx == in_nav == in_text:
        yield Problem("E13", "page marks, page list and NCX list different pages")
    for label in _repeated(label for label, _ in in_nav):
        message = f"page `{label}` is listed twice"
        yield Problem("E13", message, severity=Severity.WARNING)


def _nav_pages(nav: _Page) -> Iterator[tuple[str, str]]:
    """Yield label and address of each page in the navigation document."""
    for page_list in _of_epub_type(nav.root, "page-list"):
        for link in page_list.iter(f"{XHTML}a"):
            yield "".join(link.itertext()), link.get("href", "")


def _ncx_pages(ncx: bytes) -> Iterator[tuple[str, str]]:
    """Yield label and address of each page in the NCX."""
    root = ET.fromstring(ncx)  # noqa: S314 (our own bytes)
    for target in root.iter(f"{NCX}pageTarget"):
        content = target.find(f"{NCX}content")
        address = "" if content is None else content.get("src", "")
        yield target.findtext(f".//{NCX}text") or "", address


def _marked_pages(pages: Iterable[_Page], folder: str) -> Iterator[tuple[str, str]]:
    """Yield label and address, seen from `folder`, of each page mark in the text."""
    for page in pages:
        file = posixpath.relpath(page.name, folder)
        for mark in _of_epub_type(page.root, "pagebreak"):
            yield mark.get("aria-label", ""), f"{file}#{mark.get('id')}"


def _in_spine(pages: list[_Page], files: Files) -> list[_Page]:
    """Return the pages in reading order."""
    package_name = next(name for name in files if name.endswith(".opf"))
    folder = posixpath.dirname(package_name)
    package = ET.fromstring(files[package_name])  # noqa: S314 (our own bytes)
    hrefs = {
        item.get("id"): item.get("href", "") for item in package.iter(f"{OPF}item")
    }
    by_name = {page.name: page for page in pages}
    names = [
        posixpath.join(folder, hrefs[reference.get("idref")])
        for reference in package.iter(f"{OPF}itemref")
    ]
    return [by_name[name] for name in names if name in by_name]


def _repeated(values: Iterable[str]) -> list[str]:
    """Return the values that occur more than once, sorted."""
    return sorted(value for value, count in Counter(values).items() if count > 1)
