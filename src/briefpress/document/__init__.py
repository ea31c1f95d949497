"""A brief's text to a Document: one neutral tree of XHTML elements, with notes, figures and headings beside it.

`parse_document` is the way in, `dump` and `load` keep what came out, and `docs/markup.md` says what may be relied on.
Nothing here knows of pages, themes or media.
"""

from __future__ import annotations

from collections.abc import Collection

from briefpress.document.files import Look
from briefpress.document.store import dump, load
from briefpress.model import Brief, Document, Limits, Places
from briefpress.problems import Problem

__all__ = ["Document", "Look", "dump", "load", "parse_document"]


def parse_document(
    brief: Brief,
    look: Look,
    limits: Limits | None = None,
    slugs: Collection[str] | None = None,
) -> tuple[Document | None, Places, tuple[Problem, ...]]:
    """Return the brief as a Document, the places of its ids, and what is wrong: see `parse`.

    Who only loads documents is spared the import of Markdown.
    """
    from briefpress.document.parse import parse_document as parse

    return parse(brief, look, limits, slugs)
