"""A finished EPUB read again from its bytes: what epubcheck and Ace let pass, and readers would see.

Nothing here trusts what the editions say of themselves: the book is opened as a reading system opens it.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

from briefpress.checks.archive import check_archive, slug_of
from briefpress.problems import Problem, Severity

XHTML, OPS = "{http://www.w3.org/1999/xhtml}", "{http://www.idpf.org/2007/ops}"
OPF, NCX = "{http://www.idpf.org/2007/opf}", "{http://www.daisy.org/z3986/2005/ncx/}"
SVG = "{http://www.w3.org/2000/svg}"
CASED = """linearGradient radialGradient clipPath textPath foreignObject viewBox preserveAspectRatio gradientUnits
gradientTransform patternUnits patternTransform clipPathUnits maskUnits textLength lengthAdjust startOffset refX refY
markerWidth markerHeight markerUnits spreadMethod stdDeviation feGaussianBlur feOffset feMerge feBlend feFlood"""
SVG_NAMES = {name.lower(): name for name in CASED.split()}


@dataclass(frozen=True, slots=True)
class _Page:
    """A page of the book: its name in the archive, its tree, and the brief that it is."""

    name: str
    root: Element
    slug: str

    @property
    def ids(self) -> list[str]:
        """Every id of the page, in order."""
        return [
            value
            for element in self.root.iter()
            if (value := element.get("id")) is not None
        ]

    def problem(
        self, code: str, message: str, severity: Severity = Severity.ERROR
    ) -> Problem:
        """Return a problem of the page."""
        return Problem(
            code, f"{self.name}: {message}", severity=severity, brief=self.slug
        )


def check_epub(data: bytes) -> tuple[Problem, ...]:
    """Return what is wrong with a book, by its bytes alone."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files = {info.filename: archive.read(info) for info in archive.infolist()}
    package = next((name for name in files if name.endswith(".opf")), "")
    if not package:
        return (Problem("E20", "the book has no package document"),)
    problems = list(check_archive(data, files))
    pages = []
    for name, content in files.items():
        if name.endswith(".xhtml"):
            try:
                pages.append(_Page(name, ET.fromstring(content), slug_of(name)))  # noqa: S314 (our own bytes)
            except ET.ParseError as error:
                problems.append(
                    Problem(
                        "E01", f"{name}: not well-formed: {error}", brief=slug_of(name)
                    )
                )
    for page in pages:
        problems += [
            *_named(page),
            *_svg(page),
            *_ids(page),
            *_notes(page),
            *_text(page),
        ]
    problems += [*_links({page.name: page for page in pages}), *_folios(pages, files)]
    return tuple(problems)


def _named(page: _Page) -> Iterator[Problem]:
    """Check that the page says what it is called and in which language and direction it is written."""
    title = page.root.findtext(f"{XHTML}head/{XHTML}title") or ""
    if not title.strip():
        yield page.problem("E12", "the page has no title")
    if not page.root.get("lang") or page.root.get("dir") not in {"ltr", "rtl"}:
        yield page.problem("E12", "the page does not say its language and direction")


def _svg(page: _Page) -> Iterator[Problem]:
    """Check the names of SVG: in small letters a drawing loses its gradients, its clipping, its size."""
    for element in page.root.iter():
        space, brace, tag = element.tag.rpartition("}")
        for name in (tag, *element.keys()) if space + brace == SVG else ():
            if SVG_NAMES.get(name.lower(), name) != name:
                yield page.problem(
                    "E11",
                    f"{name!r} in a drawing should be {SVG_NAMES[name.lower()]!r}",
                )
        if tag.lower() in {"svg", "math"} and element.tag.startswith(XHTML):
            yield page.problem("E11", f"<{tag.lower()}> outside its namespace")


def _ids(page: _Page) -> Iterator[Problem]:
    """Check the ids: each once, none beginning with a digit."""
    ids = page.ids
    for value in (
        sorted({value for value in ids if ids.count(value) > 1})
        if len(set(ids)) < len(ids)
        else ()
    ):
        yield page.problem("E06", f"the id {value!r} is given twice")
    for value in ids:
        if not value or not (value[0].isalpha() or value[0] == "_"):
            yield page.problem("E16", f"the id {value!r} does not begin with a letter")


def _notes(page: _Page) -> Iterator[Problem]:
    """Check that every call has a note with text, and every note a way back to its call."""
    elements = {
        value: element for element in page.root.iter() if (value := element.get("id"))
    }
    called = set()
    for element in page.root.iter(f"{XHTML}a"):
        if element.get(f"{OPS}type") == "noteref":
            name = element.get("href", "").removeprefix("#")
            called.add(name)
            note = elements.get(name)
            if note is None or not _said(note):
                yield page.problem(
                    "E14", f"note {''.join(element.itertext()).strip()} has no text"
                )
    for name, element in elements.items():
        if element.get(f"{OPS}type") == "footnote":
            back = [
                a.get("href", "")[1:]
                for a in element.iter(f"{XHTML}a")
                if a.get("role") == "doc-backlink"
            ]
            if name not in called or not back or not set(back) <= elements.keys():
                yield page.problem(
                    "E14", f"no call leads to {name!r}, or it does not lead back"
                )


def _said(note: Element) -> bool:
    """Return whether a note says anything beside its ways back."""
    ways = [a for a in note.iter(f"{XHTML}a") if a.get("role") == "doc-backlink"]
    length = len("".join("".join(note.itertext()).split()))
    return length > sum(len("".join("".join(a.itertext()).split())) for a in ways)


def _text(page: _Page) -> Iterator[Problem]:
    """Check that a reader finds something on the page."""
    body = page.root.find(f"{XHTML}body")
    if body is None or not (
        "".join(body.itertext()).strip() or any(True for _ in body.iter(f"{XHTML}img"))
    ):
        yield page.problem("E03", "the page is empty")


def _links(pages: Mapping[str, _Page]) -> Iterator[Problem]:
    """Check that every link within the book arrives."""
    ids = {name: set(page.ids) for name, page in pages.items()}
    for name, page in pages.items():
        for element in page.root.iter(f"{XHTML}a"):
            file, _, place = unquote(element.get("href", "")).partition("#")
            if ":" in file:
                continue
            target = (
                posixpath.normpath(posixpath.join(posixpath.dirname(name), file))
                if file
                else name
            )
            if target not in ids or (place and place not in ids[target]):
                yield page.problem(
                    "E04", f"the link {element.get('href')!r} leads nowhere"
                )


def _folios(pages: list[_Page], files: Mapping[str, bytes]) -> Iterator[Problem]:
    """Check that marks, page list and NCX tell the same pages in the same order, each once."""
    nav = next((page for page in pages if page.name.endswith("nav.xhtml")), None)
    ncx = next(
        (content for name, content in files.items() if name.endswith(".ncx")), None
    )
    if nav is None or ncx is None:
        yield Problem("E13", "the book has no nav, or no NCX")
        return
    lists = [
        n for n in nav.root.iter(f"{XHTML}nav") if n.get(f"{OPS}type") == "page-list"
    ]
    listed = [
        ("".join(a.itertext()), a.get("href", ""))
        for n in lists
        for a in n.iter(f"{XHTML}a")
    ]
    targets = ET.fromstring(ncx).iter(f"{NCX}pageTarget")  # noqa: S314 (our own bytes)
    older = []
    for target in targets:
        content = target.find(f"{NCX}content")
        source = "" if content is None else content.get("src", "")
        older.append((target.findtext(f".//{NCX}text") or "", source))
    folder = posixpath.dirname(nav.name)
    marked = [
        (
            e.get("aria-label", ""),
            f"{posixpath.relpath(page.name, folder)}#{e.get('id')}",
        )
        for page in _in_spine(pages, files)
        for e in page.root.iter()
        if e.get(f"{OPS}type") == "pagebreak"
    ]
    if not older == listed == marked:
        yield Problem("E13", "marks, page list and NCX do not tell the same pages")
    labels = [label for label, _ in listed]
    for label in sorted({label for label in labels if labels.count(label) > 1}):
        yield Problem(
            "E13", f"page {label!r} is listed twice", severity=Severity.WARNING
        )


def _in_spine(pages: list[_Page], files: Mapping[str, bytes]) -> list[_Page]:
    """Return the pages in reading order."""
    name = next(name for name in files if name.endswith(".opf"))
    package = ET.fromstring(files[name])  # noqa: S314 (our own bytes)
    hrefs = {
        item.get("id"): item.get("href", "") for item in package.iter(f"{OPF}item")
    }
    order = [
        posixpath.join(posixpath.dirname(name), hrefs[i.get("idref")])
        for i in package.iter(f"{OPF}itemref")
    ]
    return sorted(
        (page for page in pages if page.name in order),
        key=lambda page: order.index(page.name),
    )
