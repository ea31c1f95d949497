"""A brief as a chapter of a book: finished XHTML, its pictures, and all that a package must know of it."""

from briefpress.editions.chapter.model import Chapter, Resource, dump, load, relabel
from briefpress.editions.chapter.render import Setting, render_chapter

__all__ = [
    "Chapter",
    "Resource",
    "Setting",
    "dump",
    "load",
    "relabel",
    "render_chapter",
]
