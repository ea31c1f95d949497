"""The NCX: contents and pages for readers of EPUB 2."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import count

from briefpress.editions.epub.nav import Entry
from briefpress.editions.epub.value import Book

Pages = Sequence[tuple[str, str]]  # folio and address


def render_ncx(book: Book, entries: Sequence[Entry], pages: Pages) -> bytes:
    """Return the NCX of a book."""
    points = "".join(_points(entries, count(1)))
    arabic = [int(folio) for folio, _ in pages if folio.isdecimal()]
    head = {
        "dtb:uid": book.identifier,
        "dtb:depth": 2 if any(entry.children for entry in entries) else 1,
        "dtb:totalPageCount": len(pages),
        "dtb:maxPageNumber": max(arabic, default=0),
    }
    metas = "".join(
        f'<meta name="{name}" content="{escape(str(value))}"/>\n'
        for name, value in head.items()
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/" version="2005-1" xml:lang="{book.lang}">\n'
        f"<head>\n{metas}</head>\n<docTitle><text>{escape(book.collection.title)}</text></docTitle>\n"
        f"<navMap>\n{points}</navMap>\n{_page_list(pages, book.words['pages'])}</ncx>\n"
    ).encode()


def _points(entries: Sequence[Entry], numbers: Iterator[int]) -> Iterator[str]:
    """Yield the contents, each line with its place in reading order."""
    for entry in entries:
        number = next(numbers)
        below = "".join(_points(entry.children, numbers))
        yield (
            f'<navPoint id="point-{number}" playOrder="{number}">'
            f"<navLabel><text>{escape(entry.title)}</text></navLabel>"
            f'<content src="{escape(entry.href)}"/>{below}</navPoint>\n'
        )


def _page_list(pages: Pages, title: str) -> str:
    """Return the list of pages; numerals in roman are those of the opening pages.

    It has no `playOrder`: the DTD asks for one only where both lists are to be played in one sequence.
    """
    if not pages:
        return ""
    targets = "".join(
        f'<pageTarget id="target-{index}" type="{"normal" if folio.isdecimal() else "front"}"'
        + (f' value="{int(folio)}"' if folio.isdecimal() else "")
        + f'><navLabel><text>{escape(folio)}</text></navLabel><content src="{escape(href)}"/></pageTarget>\n'
        for index, (folio, href) in enumerate(pages, 1)
    )
    return f"<pageList>\n<navLabel><text>{escape(title)}</text></navLabel>\n{targets}</pageList>\n"
