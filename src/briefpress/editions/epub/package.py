"""The package of a book: manifest, spine and container, written by EbookLib.

EbookLib parses each page and writes a different one: SVG names in lower case, no
`<head>`, other white space in `<pre>`, and nothing after an XML declaration. So it gets
finished bytes. Its nav lists every `epub:type` as a page, its metadata repeat ids, and
its bytes change with the clock, so these are ours as well (ADR 12).
"""

from __future__ import annotations

import datetime as dt
import io
import time
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ebooklib import epub

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
EBOOKLIB_OPTIONS = {
    "epub3_pages": False,
    "epub3_landmark": False,
    "raise_exceptions": True,
    "compresslevel": 0,
}


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

    def get_body_content(self) -> bytes:
        """Return nothing, so that EbookLib finds no pages in it."""
        return b""


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
