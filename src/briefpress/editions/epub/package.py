"""The package of a book: metadata, manifest, spine and container, written by EbookLib.

EbookLib parses each page and writes a different one: SVG names in lower case, no
`<head>`, other white space in `<pre>`, and nothing after an XML declaration. So it gets
finished bytes. Its nav lists every `epub:type` as a page, its metadata repeat ids, and
its bytes change with the clock, so these are ours as well (ADR 12).

The accessibility metadata is computed from the contents of the chapters. Conformance is
a claim for which a person is responsible, so it is made only if press.toml names one.
"""

from __future__ import annotations

import datetime as dt
import io
import time
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ebooklib import epub

from briefpress.editions.epub.model import Book
from briefpress.languages import text_direction

XHTML = "application/xhtml+xml"
NCX = "application/x-dtbncx+xml"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
MIMETYPE = "mimetype"
COMPRESSED_FORMATS = (".jpg", ".png", ".ttf")  # stored, because deflate gains nothing
UNIX, REGULAR_FILE = 3, 0o100644  # in a zip: the system, and the mode of every file
FIRST_ZIP_DATE = 315_532_800  # 1980-01-01, the earliest date of the zip format
# EbookLib does not compress, because `_normalise_zip` does. By default it swallows its
# own errors and leaves half a file.
EBOOKLIB_OPTIONS = {"raise_exceptions": True, "compresslevel": 0}


@dataclass(frozen=True, slots=True)
class Item:
    """A file of the package."""

    id: str
    href: str
    media: str
    data: bytes
    properties: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Meta:
    """An element of the metadata: `dc:title`, or `meta` with a property."""

    name: str
    text: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)


class _FinishedPage(epub.EpubHtml):
    """A page that EbookLib must not parse."""

    def get_content(self, default: bytes | None = None) -> bytes:  # noqa: ARG002 (EbookLib's signature)
        """Return the page unchanged."""
        return bytes(self.content)


class _File(epub.EpubItem):
    """A file that is not a page. EbookLib gives properties only to pages."""

    properties: Sequence[str] = ()


class _Writer(epub.EpubWriter):
    """Writes language and direction on the package, which EbookLib cannot."""

    language = "en"
    direction = "ltr"

    def _write_opf_file(self, root: Any) -> None:
        root.set(XML_LANG, self.language)
        root.set("dir", self.direction)
        # Our prefixes are all reserved (EPUB 3.3, section 5.2): no declaration needed.
        root.attrib.pop("prefix", None)
        super()._write_opf_file(root)


def pack(
    metadata: Sequence[Meta],
    items: Sequence[Item],
    spine: Sequence[str],
    lang: str,
    epoch: int,
) -> bytes:
    """Return the EPUB.

    `spine` has the ids of pages in reading order. `epoch` is the only date in the
    archive, in seconds since 1970.
    """
    epoch = max(epoch, FIRST_ZIP_DATE)
    book = epub.EpubBook()
    book.metadata, book.IDENTIFIER_ID = {}, "pub-id"
    book.language, book.direction = lang, text_direction(lang)
    for meta in metadata:
        prefix, _, name = meta.name.rpartition(":")
        namespace = "DC" if prefix else None
        book.add_metadata(namespace, name, meta.text or None, dict(meta.attributes))
    for item in items:
        book.add_item(_ebooklib_item(item))
    book.spine = list(spine)
    modified = dt.datetime.fromtimestamp(epoch, dt.UTC).replace(tzinfo=None)
    out = io.BytesIO()
    writer = _Writer(out, book, EBOOKLIB_OPTIONS | {"mtime": modified})
    writer.language, writer.direction = book.language, book.direction
    writer.process()
    writer.write()
    return _normalise_zip(out.getvalue(), epoch)


def _ebooklib_item(item: Item) -> epub.EpubItem:
    """Return a file as EbookLib's item."""
    item_class = _FinishedPage if item.media == XHTML else _File
    made = item_class(
        uid=item.id, file_name=item.href, media_type=item.media, content=item.data
    )
    made.properties = list(item.properties)
    return made


def _normalise_zip(data: bytes, epoch: int) -> bytes:
    """Return the archive in one order, with one date and one mode for all files.

    So the same book gives the same bytes. `mimetype` comes first and is stored (OCF).
    """
    source = zipfile.ZipFile(io.BytesIO(data))
    names = sorted(set(source.namelist()) - {MIMETYPE})
    date = time.gmtime(epoch)[:6]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        for name in [MIMETYPE, *names]:
            info = zipfile.ZipInfo(name, date)
            info.create_system = UNIX
            info.external_attr = REGULAR_FILE << 16
            is_stored = name == MIMETYPE or name.endswith(COMPRESSED_FORMATS)
            info.compress_type = (
                zipfile.ZIP_STORED if is_stored else zipfile.ZIP_DEFLATED
            )
            target.writestr(info, source.read(name), compresslevel=9)
    return out.getvalue()


# Shops list every creator beside the cover, so a book of more authors is by the institute.
MAX_CREATORS = 8
CONFORMANCE = "EPUB Accessibility 1.1 - WCAG 2.1 Level AA"
RELATORS = "marc:relators"  # https://id.loc.gov/vocabulary/relators.html
ISSUING_BODY, AUTHOR, EDITOR = "isb", "aut", "edt"


def package_metadata(book: Book) -> list[Meta]:
    """Return the package's metadata without `dcterms:modified`, which EbookLib adds."""
    return [
        *_work(book),
        *_people(book),
        *_series(book),
        *_accessibility(book),
    ]


def _work(book: Book) -> Iterator[Meta]:
    """Yield what describes the work."""
    organisation, collection = book.press.organisation, book.collection
    yield Meta("dc:identifier", book.identifier, {"id": "pub-id"})
    if len(book.chapters) == 1 and book.chapters[0].doi:
        doi = f"https://doi.org/{book.chapters[0].doi}"
        yield Meta("dc:identifier", doi, {"id": "doi"})
    yield Meta("dc:title", collection.title, {"id": "title"})
    yield _refinement("#title", "title-type", "main")
    languages = [book.lang, *(chapter.lang for chapter in book.chapters)]
    for lang in dict.fromkeys(languages):
        yield Meta("dc:language", lang)
    if book.newest:
        yield Meta("dc:date", book.newest.isoformat())
    yield Meta("dc:publisher", organisation.name)
    if book.description:
        yield Meta("dc:description", book.description)
    for subject in book.subjects:
        yield Meta("dc:subject", subject)
    if organisation.rights:
        yield Meta("dc:rights", organisation.rights)
    yield Meta("meta", "", {"name": "cover", "content": "cover-image"})
    yield from _page_source(book)


def _page_source(book: Book) -> Iterator[Meta]:
    """Yield the PDFs whose pages are marked.

    The page numbers of a book of several briefs are its own: no PDF has them.
    """
    sources = []
    for chapter in book.chapters:
        if chapter.pages and book.site:
            sources.append(f"{book.site}/pdf/{chapter.slug}.pdf")
        elif chapter.pages:
            sources.append(f"{chapter.title} (PDF)")
    for source in sources:
        yield Meta("dc:source", source)
    if sources:
        source = sources[0] if len(sources) == 1 else "none"
        yield Meta("meta", source, {"property": "pageBreakSource"})


def _people(book: Book) -> Iterator[Meta]:
    """Yield creators and contributors with their roles and their names for sorting."""
    authors = book.authors
    too_many = len(authors) > MAX_CREATORS
    if not authors or too_many:
        yield Meta("dc:creator", book.press.organisation.name, {"id": "creator"})
        yield _role("#creator", ISSUING_BODY)
    element = "dc:contributor" if too_many else "dc:creator"
    for number, author in enumerate(authors, 1):
        yield Meta(element, author.name, {"id": f"author-{number}"})
        yield _role(f"#author-{number}", AUTHOR)
        sort_name = author.sort or author.name
        yield _refinement(f"#author-{number}", "file-as", sort_name)
    program = book.press.programs.get(book.collection.program)
    if program and program.editor:
        yield Meta("dc:contributor", program.editor, {"id": "editor"})
        yield _role("#editor", EDITOR)


def _series(book: Book) -> Iterator[Meta]:
    """Yield the series: that of all its briefs, or else the institute's books."""
    series = {chapter.series for chapter in book.chapters}
    common_series = series.pop() if len(series) == 1 else ""
    name = common_series or book.press.organisation.name
    yield Meta("meta", name, {"property": "belongs-to-collection", "id": "series"})
    yield _refinement("#series", "collection-type", "series")
    yield Meta("meta", "", {"name": "calibre:series", "content": name})


def _accessibility(book: Book) -> Iterator[Meta]:
    """Yield the accessibility metadata of schema.org, in the order of catalogues."""
    features = {feature for chapter in book.chapters for feature in chapter.features}
    has_pictures = "pictures" in features
    all_described = "unnamed" not in features
    yield _schema("accessMode", "textual")
    if has_pictures:
        yield _schema("accessMode", "visual")
    if all_described:
        yield _schema("accessModeSufficient", "textual")
    if has_pictures:
        yield _schema("accessModeSufficient", "textual,visual")
    for feature in _accessibility_features(book, features):
        yield _schema("accessibilityFeature", feature)
    yield _schema("accessibilityHazard", "none")
    yield _schema("accessibilitySummary", _accessibility_summary(book, features))
    certifier = book.press.organisation.certified_by
    if certifier:
        conformance = {"property": "dcterms:conformsTo", "id": "conformance"}
        yield Meta("meta", CONFORMANCE, conformance)
        yield _refinement("#conformance", "a11y:certifiedBy", certifier)


def _accessibility_features(book: Book, features: set[str]) -> Iterator[str]:
    """Yield what helps people to read the book, in schema.org's terms."""
    yield "structuralNavigation"
    yield "tableOfContents"
    yield "readingOrder"
    yield "displayTransformability"
    if "pictures" in features and "unnamed" not in features:
        yield "alternativeText"
    if "data" in features:
        yield "longDescription"
    if "math" in features:
        yield "MathML"
    if book.has_pages:
        yield "pageBreakMarkers"
        yield "pageNavigation"


def _accessibility_summary(book: Book, features: set[str]) -> str:
    """Return the accessibility metadata as sentences of the theme."""
    sentences = ["access_text"]
    if "pictures" in features:
        some_lack_text = "unnamed" in features
        sentences.append(
            "access_some_pictures" if some_lack_text else "access_pictures"
        )
    if "table" in features:
        sentences.append("access_tables")
    if "math" in features:
        sentences.append("access_formulas")
    if book.has_pages:
        sentences.append("access_pages")
    return " ".join(book.words[key] for key in sentences)


def _schema(name: str, value: str) -> Meta:
    """Return a property of schema.org."""
    return Meta("meta", value, {"property": f"schema:{name}"})


def _refinement(refines: str, name: str, value: str) -> Meta:
    """Return a property of another element of the metadata."""
    return Meta("meta", value, {"refines": refines, "property": name})


def _role(refines: str, relator: str) -> Meta:
    """Return the role of a person or an organisation."""
    attributes = {"refines": refines, "property": "role", "scheme": RELATORS}
    return Meta("meta", relator, attributes)
