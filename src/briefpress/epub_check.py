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
from briefpress.xhtml import elements_by_id, text_of

XHTML = "{http://www.w3.org/1999/xhtml}"
OPS = "{http://www.idpf.org/2007/ops}"
OPF = "{http://www.idpf.org/2007/opf}"
NCX = "{http://www.daisy.org/z3986/2005/ncx/}"
SVG = "{http://www.w3.org/2000/svg}"
BODY = f"{XHTML}body"
IMAGE = f".//{XHTML}img"
LINK = f"{XHTML}a"
TITLE = f"{XHTML}head/{XHTML}title"
EPUB_TYPE = f"{OPS}type"
MANIFEST_ITEM = f"{OPF}item"
SPINE_ITEM = f"{OPF}itemref"
NCX_PAGE = f"{NCX}pageTarget"
NCX_CONTENT = f"{NCX}content"
NCX_TEXT = f".//{NCX}text"

COMMENT = re.compile(rb"<!--(.*?)-->", re.DOTALL)
XML_SUFFIXES = (".xhtml", ".opf", ".ncx", ".svg")
# The first bytes of the archive: the local header has 30 bytes (EPUB OCF 3.3).
MEDIA_TYPE_BYTES = slice(30, 58)
MEDIA_TYPE = b"mimetypeapplication/epub+zip"
KILOBYTE = 1_000
MEGABYTE = 1_000_000
# Old readers turn the pages of larger files slowly, or split the files.
MAX_PAGE_BYTES = 300 * KILOBYTE
MAX_PICTURE_PIXELS = 5_600_000  # Apple Books refuses more
MAX_BOOK_BYTES = 100 * MEGABYTE  # mail servers and shops refuse more
LICENSE_NAME_IDS = (13, 14)  # of the OpenType `name` table
DIRECTIONS = frozenset({"ltr", "rtl"})
# Each of these has a namespace of its own.
FOREIGN_ELEMENTS = frozenset({f"{XHTML}svg", f"{XHTML}math"})
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
        ids = []
        for element in self.root.iter():
            element_id = element.get("id")
            if element_id is not None:
                ids.append(element_id)
        return ids

    def error(self, code: str, message: str) -> Problem:
        """Return an error of the page."""
        return Problem(
            code=code,
            message=f"{self.name}: {message}",
            brief=self.slug,
        )


Pages = Mapping[str, _Page]  # by name


@dataclass(frozen=True, slots=True)
class _ListedPage:
    """A printed page as a list of pages has it; its address is seen from the nav."""

    label: str
    address: str


def check_epub(data: bytes) -> tuple[Problem, ...]:
    """Return the problems of a book, from its bytes alone."""
    files = _read_files(data)
    if not _find_file(files, ".opf"):
        return (Problem("E20", "the book has no package document"),)
    problems = list(_check_archive(data, files))
    problems += _check_sizes(data, files)
    pages: dict[str, _Page] = {}
    for name, content in files.items():
        if not name.endswith(".xhtml"):
            continue
        slug = _slug_of(name)
        try:
            root = ET.fromstring(content)  # noqa: S314 (our own bytes)
        except ET.ParseError as error:
            message = f"{name}: not well-formed: {error}"
            problems.append(Problem("E01", message, brief=slug))
            continue
        pages[name] = _Page(name, root, slug)
    for page in pages.values():
        for check in PAGE_CHECKS:
            problems += check(page)
    problems += _check_links(pages)
    problems += _check_page_lists(pages, files)
    return tuple(problems)


def _read_files(data: bytes) -> Files:
    """Return the files of the archive, in its order."""
    files = {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for info in archive.infolist():
            files[info.filename] = archive.read(info)
    return files


def _find_file(names: Iterable[str], suffix: str) -> str:
    """Return the first of some names that ends with the suffix, or ""."""
    for name in names:
        if name.endswith(suffix):
            return name
    return ""


def _slug_of(name: str) -> str:
    """Return the brief of a file in the archive; empty for pages around the briefs."""
    folder, _, file = name.rpartition("/")
    if not folder.endswith("briefs"):
        return ""
    return file.removesuffix(".xhtml")


def _check_archive(data: bytes, files: Files) -> Iterator[Problem]:
    """Check what a reading system reads first: the media type, and the file names."""
    if data[MEDIA_TYPE_BYTES] != MEDIA_TYPE:
        message = "the archive does not begin with its media type, stored"
        yield Problem("E20", message)
    folded_names = {name.casefold() for name in files}
    if len(folded_names) != len(files):
        message = "two file names of the book differ only in case"
        yield Problem("E20", message)
    for name, content in files.items():
        if not name.endswith(XML_SUFFIXES):
            continue
        if _has_wrong_comment(content):
            yield Problem(
                code="E17",
                message=f"{name}: a comment contains two hyphens",
                brief=_slug_of(name),
            )


def _has_wrong_comment(content: bytes) -> bool:
    """Return whether an XML file has a comment with two hyphens in it."""
    comments = COMMENT.findall(content)
    return any(b"--" in comment for comment in comments)


def _check_sizes(data: bytes, files: Files) -> Iterator[Problem]:
    """Check that nothing is larger than readers and shops accept, and the fonts."""
    if len(data) > MAX_BOOK_BYTES:
        yield _large_book(data)
    for name, content in files.items():
        if name.endswith(".xhtml"):
            yield from _check_page_size(name, content)
        elif name.endswith((".png", ".jpg")):
            yield from _check_picture(name, content)
        elif name.endswith(".ttf"):
            yield from _check_font(name, content)


def _large_book(data: bytes) -> Problem:
    """Return the warning about a book that is too large for shops."""
    size = len(data) / MEGABYTE
    limit = MAX_BOOK_BYTES / MEGABYTE
    return Problem(
        code="E18",
        message=f"the book has {size:.0f} MB; many shops accept {limit:.0f} MB",
        severity=Severity.WARNING,
    )


def _check_page_size(name: str, content: bytes) -> Iterator[Problem]:
    """Check that a page is not too large for old readers."""
    if len(content) <= MAX_PAGE_BYTES:
        return
    size = len(content) / KILOBYTE
    limit = MAX_PAGE_BYTES / KILOBYTE
    yield Problem(
        code="E18",
        message=f"{name}: the page has {size:.0f} kB; the limit is {limit:.0f} kB",
        severity=Severity.WARNING,
        brief=_slug_of(name),
    )


def _check_picture(name: str, content: bytes) -> Iterator[Problem]:
    """Check that a file is a picture, and its size."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(content)) as image:
            width, height = image.size
    except OSError:
        yield Problem("E02", f"{name}: the file is not a picture")
        return
    if width * height > MAX_PICTURE_PIXELS:
        size = f"{width} × {height} pixels"
        limit = f"{MAX_PICTURE_PIXELS:,} is the limit"
        message = f"{name}: the picture has {size}; {limit}"
        yield Problem("E18", message)


def _check_font(name: str, content: bytes) -> Iterator[Problem]:
    """Check that a font contains its licence."""
    from fontTools.ttLib import TTFont

    font = TTFont(io.BytesIO(content), lazy=True)
    names = font["name"]
    for name_id in LICENSE_NAME_IDS:
        if names.getDebugName(name_id):
            return
    yield Problem(
        code="E19",
        message=f"{name}: the font contains no licence",
        severity=Severity.WARNING,
    )


def _check_head(page: _Page) -> Iterator[Problem]:
    """Check that the page has a title, a language and a direction."""
    title = page.root.findtext(TITLE, default="")
    if not title.strip():
        yield page.error("E12", "the page has no title")
    language = page.root.get("lang")
    direction = page.root.get("dir")
    if not language or direction not in DIRECTIONS:
        message = "the page has no language or no direction"
        yield page.error("E12", message)


def _check_svg(page: _Page) -> Iterator[Problem]:
    """Check the names of SVG: lowercased, drawings lose gradients, clipping and size."""
    for element in page.root.iter():
        if element.tag.startswith(SVG):
            yield from _check_svg_names(page, element)
            continue
        tag = element.tag.lower()
        if tag in FOREIGN_ELEMENTS:
            name = tag.removeprefix(XHTML)
            message = f"<{name}> outside its namespace"
            yield page.error("E11", message)


def _check_svg_names(page: _Page, element: Element) -> Iterator[Problem]:
    """Check the names of an element of SVG and of its attributes."""
    names = [element.tag.removeprefix(SVG)]
    names += element.keys()
    for name in names:
        right_name = SVG_NAMES.get(name.lower(), name)
        if name == right_name:
            continue
        message = f"`{name}` in a drawing should be `{right_name}`"
        yield page.error("E11", message)


def _check_ids(page: _Page) -> Iterator[Problem]:
    """Check that each id occurs once and begins with a letter."""
    ids = page.ids
    for value in _repeated(ids):
        message = f"the id `{value}` occurs twice"
        yield page.error("E06", message)
    for value in ids:
        first = value[:1]
        if first.isalpha() or first == "_":
            continue
        message = f"the id `{value}` does not begin with a letter"
        yield page.error("E16", message)


def _check_calls(page: _Page) -> Iterator[Problem]:
    """Check that every call has a note with text."""
    elements = elements_by_id(page.root)
    calls = _of_epub_type(page.root, "noteref")
    for call in calls:
        note = elements.get(_target_id(call))
        if note is not None and _has_text(note):
            continue
        number = text_of(call)
        message = f"note {number} has no text"
        yield page.error("E14", message)


def _check_notes(page: _Page) -> Iterator[Problem]:
    """Check that every note has a call and a link back."""
    ids = elements_by_id(page.root).keys()
    calls = _of_epub_type(page.root, "noteref")
    called = {_target_id(call) for call in calls}
    notes = _of_epub_type(page.root, "footnote")
    for note in notes:
        note_id = note.get("id", "")
        backlinks = _backlinks(note)
        targets = {_target_id(link) for link in backlinks}
        links_back = bool(targets) and targets <= ids
        if note_id in called and links_back:
            continue
        message = f"the note `{note_id}` has no call, or no link back to it"
        yield page.error("E14", message)


def _target_id(link: Element) -> str:
    """Return the id that a link inside a page leads to."""
    href = link.get("href", "")
    return href.removeprefix("#")


def _of_epub_type(root: Element, epub_type: str) -> Iterator[Element]:
    """Yield the elements of a type of EPUB's vocabulary."""
    for element in root.iter():
        if element.get(EPUB_TYPE) == epub_type:
            yield element


def _backlinks(note: Element) -> Iterator[Element]:
    """Yield the links of a note to its calls."""
    for link in note.iter(LINK):
        if link.get("role") == "doc-backlink":
            yield link


def _has_text(note: Element) -> bool:
    """Return whether a note has text besides its links back."""
    length = _text_length(note)
    for link in _backlinks(note):
        length -= _text_length(link)
    return length > 0


def _text_length(element: Element) -> int:
    """Return the number of characters in an element, without white space."""
    text = text_of(element)
    return len(text) - text.count(" ")


def _check_content(page: _Page) -> Iterator[Problem]:
    """Check that the page shows text or a picture."""
    body = page.root.find(BODY)
    has_text = False
    has_picture = False
    if body is not None:
        has_text = bool(text_of(body))
        has_picture = body.find(IMAGE) is not None
    if not has_text and not has_picture:
        yield page.error("E03", "the page is empty")


PAGE_CHECKS: tuple[Callable[[_Page], Iterable[Problem]], ...] = (
    _check_head,
    _check_svg,
    _check_ids,
    _check_calls,
    _check_notes,
    _check_content,
)


def _check_links(pages: Pages) -> Iterator[Problem]:
    """Check that every link inside the book has a target."""
    ids_by_page = {}
    for page in pages.values():
        ids = set(page.ids)
        ids.add("")  # a link without an id leads to the top of the page
        ids_by_page[page.name] = ids
    for page in pages.values():
        links = page.root.iter(LINK)
        for link in links:
            href = link.get("href", "")
            address, _, element_id = unquote(href).partition("#")
            if ":" in address:  # outside the book
                continue
            file = _linked_file(page, address)
            if element_id in ids_by_page.get(file, ()):
                continue
            message = f"the link `{href}` has no target"
            yield page.error("E04", message)


def _linked_file(page: _Page, address: str) -> str:
    """Return the file that an address in a page means; "" is the page itself."""
    if not address:
        return page.name
    folder = posixpath.dirname(page.name)
    path = posixpath.join(folder, address)
    return posixpath.normpath(path)


def _check_page_lists(pages: Pages, files: Files) -> Iterator[Problem]:
    """Check that marks, page list and NCX have the same pages in the same order."""
    nav = _find_file(pages, "nav.xhtml")
    ncx = _find_file(files, ".ncx")
    if not nav or not ncx:
        message = "the book has no navigation document, or no NCX"
        yield Problem("E13", message)
        return
    in_nav = list(_nav_pages(pages[nav]))
    in_ncx = list(_ncx_pages(files[ncx]))
    spine = _in_spine(pages, files)
    folder = posixpath.dirname(nav)
    in_text = list(_marked_pages(spine, folder))
    if not in_ncx == in_nav == in_text:
        message = "page marks, page list and NCX list different pages"
        yield Problem("E13", message)
    labels = [listed.label for listed in in_nav]
    for label in _repeated(labels):
        yield Problem(
            code="E13",
            message=f"page `{label}` is listed twice",
            severity=Severity.WARNING,
        )


def _nav_pages(nav: _Page) -> Iterator[_ListedPage]:
    """Yield each page in the navigation document."""
    page_lists = _of_epub_type(nav.root, "page-list")
    for page_list in page_lists:
        for link in page_list.iter(LINK):
            label = "".join(link.itertext())
            address = link.get("href", "")
            yield _ListedPage(label, address)


def _ncx_pages(ncx: bytes) -> Iterator[_ListedPage]:
    """Yield each page in the NCX."""
    root = ET.fromstring(ncx)  # noqa: S314 (our own bytes)
    for target in root.iter(NCX_PAGE):
        label = target.findtext(NCX_TEXT, default="")
        content = target.find(NCX_CONTENT)
        address = ""
        if content is not None:
            address = content.get("src", "")
        yield _ListedPage(label, address)


def _marked_pages(pages: Iterable[_Page], folder: str) -> Iterator[_ListedPage]:
    """Yield each page mark in the text, with its address seen from `folder`."""
    for page in pages:
        file = posixpath.relpath(page.name, folder)
        marks = _of_epub_type(page.root, "pagebreak")
        for mark in marks:
            label = mark.get("aria-label", "")
            mark_id = mark.get("id")
            address = f"{file}#{mark_id}"
            yield _ListedPage(label, address)


def _in_spine(pages: Pages, files: Files) -> Iterator[_Page]:
    """Yield the pages in reading order."""
    package_name = _find_file(files, ".opf")
    folder = posixpath.dirname(package_name)
    package = ET.fromstring(files[package_name])  # noqa: S314 (our own bytes)
    hrefs = {}
    manifest = package.iter(MANIFEST_ITEM)
    for item in manifest:
        item_id = item.get("id")
        hrefs[item_id] = item.get("href", "")
    spine = package.iter(SPINE_ITEM)
    for reference in spine:
        item_id = reference.get("idref")
        name = posixpath.join(folder, hrefs[item_id])
        if name in pages:
            yield pages[name]


def _repeated(values: Iterable[str]) -> list[str]:
    """Return the values that occur more than once, sorted."""
    counts = Counter(values)
    return sorted(value for value in counts if counts[value] > 1)
