"""Where readers find the editions: index page, Atom feed of briefs, OPDS catalogue."""

from briefpress.editions.inputs import PublishedBrief
from briefpress.shelf.atom import render_atom
from briefpress.shelf.model import CatalogueEntry, ShelfInputs, catalogue_entry
from briefpress.shelf.opds import render_opds
from briefpress.shelf.page import render_index

__all__ = [
    "CatalogueEntry",
    "PublishedBrief",
    "ShelfInputs",
    "catalogue_entry",
    "render_atom",
    "render_index",
    "render_opds",
]
