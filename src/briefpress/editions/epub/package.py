"""EbookLib as the packer of a book: manifest, spine and container, and nothing else.

Left to itself it parses every page and writes another: SVG names in small letters, no `<head>`, white space in
`<pre>`, nothing at all behind an XML declaration. So its items give finished bytes. Its nav lists every
`epub:type` as a page, its metadata repeat ids, and its bytes change with the clock; those are ours too.
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

NCX = "application/x-dtbncx+xml"
XHTML = "application/xhtml+xml"
STORED = (".jpg", ".png", ".ttf")  # what deflating would not make smaller
EARLIEST = 315_532_800  # 1980, the first year that a zip can tell
# EbookLib compresses nothing, for `_rezip` does, and it tells when it fails: left alone it leaves half a file.
OPTIONS = {
    "epub3_pages": False,
    "epub3_landmark": False,
    "raise_exceptions": True,
    "compresslevel": 0,
}
LANG = "{http://www.w3.org/XML/1998/namespace}lang"


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
    """An element of the metadata: `dc:title` and the like, `meta` with a property, or `link`."""

    name: str
    text: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)


class _Finished(epub.EpubHtml):
    """A page that EbookLib must not parse."""

    def get_content(self, default: bytes | None = None) -> bytes:  # noqa: ARG002 (EbookLib's signature)
        """Return the page as it is."""
        return bytes(self.content)

    def get_body_content(self) -> bytes:
        """Return nothing for EbookLib to look for pages in."""
        return b""


class _File(epub.EpubItem):
    """A file that is not a page; EbookLib gives properties only to pages."""

    properties: Sequence[str] = ()


class _Writer(epub.EpubWriter):
    """Writes language and direction on the package, which EbookLib's own calls cannot."""

    language = "en"
    direction = "ltr"

    def _write_opf_file(self, root: Any) -> None:
        root.set(LANG, self.language)
        root.set("dir", self.direction)
        root.attrib.pop(
            "prefix", None
        )  # every prefix that we use is reserved, and needs no declaration
        super()._write_opf_file(root)


def pack(
    metadata: Sequence[Meta],
    items: Sequence[Item],
    spine: Sequence[str],
    lang: str,
    epoch: int,
) -> bytes:
    """Return the package. `spine` are ids of items in reading order; `epoch` is the one date in all of it."""
    book = epub.EpubBook()
    book.metadata, book.IDENTIFIER_ID, book.language = {}, "pub-id", lang
    book.direction = text_direction(lang)
    for meta in metadata:
        space, _, name = meta.name.rpartition(":")
        book.add_metadata(
            "DC" if space else None, name, meta.text or None, dict(meta.attributes)
        )
    for item in items:
        make = _Finished if item.media == XHTML else _File
        made = make(
            uid=item.id, file_name=item.href, media_type=item.media, content=item.data
        )
        made.properties = list(item.properties)
        book.add_item(made)
    book.spine = list(spine)
    moment = dt.datetime.fromtimestamp(max(epoch, EARLIEST), dt.UTC).replace(
        tzinfo=None
    )
    options = OPTIONS | {"mtime": moment}
    out = io.BytesIO()
    writer = _Writer(out, book, options)
    writer.language, writer.direction = lang, book.direction
    writer.process()
    writer.write()
    return _rezip(out.getvalue(), epoch)


def _rezip(data: bytes, epoch: int) -> bytes:
    """Return the archive in one order, with one date and one mode: the same book, the same bytes."""
    source, out = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    stamp = time.gmtime(max(epoch, EARLIEST))[:6]
    names = [
        "mimetype",
        *sorted(name for name in source.namelist() if name != "mimetype"),
    ]
    with zipfile.ZipFile(out, "w") as target:
        for name in names:
            info = zipfile.ZipInfo(name, stamp)
            info.create_system, info.external_attr = 3, 0o100644 << 16
            stored = name == "mimetype" or name.endswith(STORED)
            info.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
            target.writestr(info, source.read(name), compresslevel=9)
    return out.getvalue()
