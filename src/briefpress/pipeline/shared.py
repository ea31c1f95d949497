"""Steps that belong to no brief alone: a collection's book, the shelf, style sheets and fonts of the web pages."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from briefpress.engine.step import Made
from briefpress.pipeline.steps import Inputs, Settings, logos_in
from briefpress.pipeline.values import load_brief, load_collection, load_press

if TYPE_CHECKING:
    from briefpress.editions.epub.model import Book, Chapter


def gather(inputs: Inputs, settings: Settings) -> Made:
    """Make what a book's fonts and cover depend on of its chapters' entries: the letters, and who wrote what.

    A word changed in a brief leaves both as they were, and so the dearest parts of a book.
    """
    from briefpress.editions.epub.cover import book_characters
    from briefpress.editions.epub.model import dump_chapter

    found = _book(inputs, settings, _chapters(inputs, settings))
    bare = [
        replace(chapter, characters="", pages=(), headings=())
        for chapter in found.chapters
    ]
    letters = "".join(sorted(book_characters(found)))
    return Made(
        {
            "letters": letters.encode(),
            "entries": b"\n".join(dump_chapter(chapter) for chapter in bare),
        }
    )


def fonts(inputs: Inputs, settings: Settings) -> Made:  # noqa: ARG001 (every step is handed its settings)
    """Make the fonts of a book, with no more letters than it needs."""
    from briefpress import theme
    from briefpress.editions.epub.cover import book_fonts
    from briefpress.editions.epub.model import dump_fonts

    found = theme.load(inputs["theme"])
    letters = frozenset(inputs["letters"].decode())
    return Made({"fonts": dump_fonts(book_fonts(found, letters))})


def cover(inputs: Inputs, settings: Settings) -> Made:
    """Make the cover of a book."""
    from briefpress.editions.epub.cover import render_cover
    from briefpress.editions.epub.model import load_chapter, load_fonts

    entries = [load_chapter(entry) for entry in inputs["entries"].split(b"\n")]
    found = _book(inputs, settings, entries)
    return Made({"png": render_cover(found, load_fonts(inputs["fonts"]))})


def book(inputs: Inputs, settings: Settings) -> Made:
    """Make a collection's EPUB of its finished chapters, fonts and cover."""
    from briefpress.checks.epub import check_epub
    from briefpress.editions.epub.book import number_pages, render_epub
    from briefpress.editions.epub.model import EpubInputs, load_fonts

    chapters = number_pages(_chapters(inputs, settings))
    found = render_epub(
        EpubInputs(
            book=_book(inputs, settings, chapters),
            fonts=load_fonts(inputs["fonts"]),
            cover=inputs["cover"],
            epoch=settings["epoch"],
        )
    )
    problems = found.problems or check_epub(found.epub)
    return Made({"epub": found.epub}, problems)


def _book(inputs: Inputs, settings: Settings, chapters: Iterable[Chapter]) -> Book:
    """Return what a book is made of."""
    from briefpress import theme
    from briefpress.editions.epub.model import make_book

    return make_book(
        press=load_press(inputs["press"], settings["logos"]),
        collection=load_collection(settings["collection"]),
        chapters=chapters,
        theme=theme.load(inputs["theme"]),
        tokens=settings["tokens"],
        pictures=logos_in(inputs, settings),
    )


def _chapters(inputs: Inputs, settings: Settings) -> list[Chapter]:
    """Return the chapters, or their entries, in reading order."""
    from briefpress.editions.epub.model import load_chapter

    return [load_chapter(inputs[f"chapter:{slug}"]) for slug in settings["chapters"]]


def index(inputs: Inputs, settings: Settings) -> Made:
    """Make the shelf: its page, the feed of the briefs, and the catalogue of the books."""
    from briefpress import theme
    from briefpress.shelf import (
        PublishedBrief,
        ShelfInputs,
        catalogue_entry,
        render_atom,
        render_index,
        render_opds,
    )

    press = load_press(inputs["press"], settings["logos"])
    briefs = [load_brief(brief) for brief in json.loads(inputs["briefs"])]
    bound = {
        brief.slug: brief for brief in map(load_brief, json.loads(inputs["bound"]))
    }
    collections = [
        catalogue_entry(
            press,
            press.collections[key],
            [bound[slug] for slug in slugs],
            epub=f"epub/{key}.epub",
            cover=f"epub/{key}.png",
        )
        for key, slugs in settings["books"].items()
    ]
    listed = [
        PublishedBrief(brief, f"html/{brief.slug}/index.html", f"pdf/{brief.slug}.pdf")
        for brief in briefs
    ]
    shelf = ShelfInputs(
        press,
        tuple(listed),
        tuple(collections),
        theme.load(inputs["theme"]),
        settings["css"],
    )
    return Made(
        {
            "html": render_index(shelf),
            "atom": render_atom(shelf),
            "opds": render_opds(shelf),
        }
    )


def style(inputs: Inputs, settings: Settings) -> Made:
    """Make the style sheet of a theme's web pages, with a rule for each file of letters that its fonts have."""
    from briefpress import theme
    from briefpress.editions.web_assets import StylesheetInputs, render_stylesheet

    files = frozenset(name for name, data in inputs.items() if data)
    found = theme.load(inputs["theme"])
    css = render_stylesheet(StylesheetInputs(found, settings["tokens"], files))
    return Made({"css": css})


def font(inputs: Inputs, settings: Settings) -> Made:  # noqa: ARG001 (every step is handed its inputs)
    """Make the web files of one face: one for each range of letters, empty where it has none of them."""
    from briefpress.editions.web_assets import WebFontInputs, render_web_font
    from briefpress.theme import FontFace

    face = FontFace(**settings["face"])
    return Made(render_web_font(WebFontInputs(face, settings["weight"])).files)
