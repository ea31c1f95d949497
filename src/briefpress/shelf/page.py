"""The index page: every brief under its program, newest first, and the books."""

from __future__ import annotations

from briefpress.editions.template_context import index_context
from briefpress.shelf.model import ShelfInputs
from briefpress.theme import render_template


def render_index(inputs: ShelfInputs) -> bytes:
    """Return the page as HTML."""
    press, theme = inputs.press, inputs.theme
    links = {
        "css": inputs.css,
        "root": "index.html",
        "feed": "feed.xml",
        "opds": "opds.json",
    }
    epubs = {entry.key: entry.epub for entry in inputs.collections}
    words = theme.labels(press.language)
    data = index_context(press, inputs.briefs, epubs, words, links)
    return render_template(theme, "index.html.j2", data).encode()
