"""The EPUB of a collection: chapters that are finished, bound."""

from briefpress.editions.epub.book import book_cover, book_letters, render_epub
from briefpress.editions.epub.fonts import Fonts, book_fonts, dump_fonts, load_fonts
from briefpress.editions.epub.value import Book

__all__ = [
    "Book",
    "Fonts",
    "book_cover",
    "book_fonts",
    "book_letters",
    "dump_fonts",
    "load_fonts",
    "render_epub",
]
