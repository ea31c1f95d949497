"""Markdown to a Document: a tree of XHTML elements, with notes and figures as values.

`parse_document` makes the document, and `docs/markup.md` says what authors can rely on.
Nothing here knows of pages, themes or media.
"""

from __future__ import annotations

from collections.abc import Collection

from briefpress.document.files import ReadFile
from briefpress.model import Brief, Document, Limits, ParsedDocument

__all__ = ["Document", "ParsedDocument", "ReadFile", "parse_document"]


def parse_document(
    brief: Brief,
    read_file: ReadFile,
    limits: Limits | None = None,
    slugs: Collection[str] | None = None,
) -> ParsedDocument:
    """Return what `parser.parse_document` returns.

    It is imported late: code that only loads documents needs no Markdown.
    """
    from briefpress.document import parser

    return parser.parse_document(brief, read_file, limits, slugs)
