"""The shelf: where readers find the editions. A page, an Atom feed of the briefs, an OPDS catalogue of the books."""

from briefpress.shelf.atom import render_atom
from briefpress.shelf.opds import OnShelf, render_opds
from briefpress.shelf.page import render_index

__all__ = ["OnShelf", "render_atom", "render_index", "render_opds"]
