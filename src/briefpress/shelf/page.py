"""The shelf's page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from briefpress.editions.context import shelf_context
from briefpress.model import Brief, Press
from briefpress.theme import Theme, render_template


def render_index(
    press: Press,
    briefs: Sequence[Brief],
    books: Mapping[str, Mapping[str, str]],
    theme: Theme,
    css: str,
) -> bytes:
    """Return the shelf's page as HTML: every brief under its program, newest first, and the books by their keys."""
    shown = [
        (
            brief,
            {"html": f"html/{brief.slug}/index.html", "pdf": f"pdf/{brief.slug}.pdf"},
        )
        for brief in briefs
    ]
    links = {"css": css, "root": "index.html", "feed": "feed.xml", "opds": "opds.json"}
    context = shelf_context(
        press, shown, books, press.language, theme.labels(press.language), links
    )
    return render_template(theme, "index.html.j2", context).encode()
