"""Steps that belong to no brief alone: a collection's book, the shelf, style sheets and fonts of the web pages."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from briefpress.build.step import Made
from briefpress.plan.steps import Inputs, Settings
from briefpress.plan.values import load_brief, load_collection, load_press

if TYPE_CHECKING:
    from briefpress.editions.chapter import Chapter
    from briefpress.model import Collection, Press
    from briefpress.theme import FontFace

# Letters that most pages need come in one file of each face, and scripts that few need in files of their own:
# a browser fetches only what a page uses (CSS Fonts 4, unicode-range).
RANGES = {
    "latin": "U+0000-024F, U+1E00-1EFF, U+2000-206F, U+2070-209F, U+20A0-20CF, U+2100-214F, U+2190-21BB, U+2200-22FF",
    "cyrillic": "U+0400-052F",
    "greek": "U+0370-03FF",
    "arabic": "U+0600-06FF, U+0750-077F, U+08A0-08FF, U+FB50-FDFF, U+FE70-FEFF",
}


def gather(inputs: Inputs, settings: Settings) -> Made:
    """Make what a book's fonts and cover depend on of its chapters: the letters, and the chapters without their text.

    A word changed in a brief leaves both as they were, and so the dearest parts of a book.
    """
    from briefpress import theme
    from briefpress.editions.chapter import dump
    from briefpress.editions.epub import book_letters

    press, collection, chapters = _book(inputs, settings)
    letters = book_letters(press, collection, chapters, theme.load(inputs["theme"]))
    entries = [
        dump(replace(chapter, data=b"", pictures=(), characters="", pages=(), headings=())) for chapter in chapters
    ]
    return Made({"letters": "".join(sorted(letters)).encode(), "entries": b"\n".join(entries)})


def fonts(inputs: Inputs, settings: Settings) -> Made:  # noqa: ARG001 (every step is handed its settings)
    """Make the fonts of a book, with no more letters than it needs."""
    from briefpress import theme
    from briefpress.editions.epub import book_fonts, dump_fonts

    return Made({"fonts": dump_fonts(book_fonts(theme.load(inputs["theme"]), frozenset(inputs["letters"].decode())))})


def cover(inputs: Inputs, settings: Settings) -> Made:
    """Make the cover of a book."""
    from briefpress import theme
    from briefpress.editions.chapter import load
    from briefpress.editions.epub import book_cover, load_fonts

    press, collection = load_press(inputs["press"]), load_collection(settings["collection"])
    chapters = [load(entry) for entry in inputs["entries"].split(b"\n")]
    found = theme.load(inputs["theme"])
    return Made(
        {"png": book_cover(press, collection, chapters, found, load_fonts(inputs["fonts"]), settings["tokens"])}
    )


def book(inputs: Inputs, settings: Settings) -> Made:
    """Make a collection's EPUB of its finished chapters, fonts and cover."""
    from briefpress import theme
    from briefpress.checks.epub import check_epub
    from briefpress.editions.chapter import relabel
    from briefpress.editions.epub import load_fonts, render_epub

    press, collection, chapters = _book(inputs, settings)
    data = render_epub(
        press,
        collection,
        [relabel(chapter, row) for chapter, row in zip(chapters, folios(chapters), strict=True)],
        theme.load(inputs["theme"]),
        fonts=load_fonts(inputs["fonts"]),
        cover=inputs["cover"],
        epoch=settings["epoch"],
        tokens=settings["tokens"],
    )
    return Made({"epub": data}, check_epub(data))


def folios(chapters: Iterable[Chapter]) -> Iterator[list[str]]:
    """Yield the folios of each brief in the collection's print edition: one after the other, each from a recto on.

    So they are known without setting that edition: they are sums of the briefs' own page counts.
    """
    first = 1
    for chapter in chapters:
        last = first + len(chapter.pages) - 1
        yield [str(folio) for folio in range(first, last + 1)]
        first = last + 1 + last % 2


def _book(inputs: Inputs, settings: Settings) -> tuple[Press, Collection, list[Chapter]]:
    """Return what a book is made of."""
    from briefpress.editions.chapter import load

    chapters = [load(inputs[f"chapter:{slug}"]) for slug in settings["chapters"]]
    return load_press(inputs["press"]), load_collection(settings["collection"]), chapters


def index(inputs: Inputs, settings: Settings) -> Made:
    """Make the shelf's page: every brief under its program, and the books."""
    from briefpress import theme
    from briefpress.editions.context import shelf_context
    from briefpress.theme import render_template

    press, found = load_press(inputs["press"]), theme.load(inputs["theme"])
    briefs = [(load_brief(brief), editions) for brief, editions in json.loads(inputs["briefs"])]
    words = found.words(press.language)
    context = shelf_context(press, briefs, settings["books"], press.language, words, settings["links"])
    return Made({"html": render_template(found, "index.html.j2", context).encode()})


def style(inputs: Inputs, settings: Settings) -> Made:
    """Make the style sheet of a theme's web pages, with a rule for each file of letters that its fonts have."""
    from briefpress import theme
    from briefpress.theme import css_for

    found = theme.load(inputs["theme"])
    rules = [
        f'@font-face{{font-family:"{face.family}";font-style:{face.style};font-weight:{weight};font-display:swap;'
        f'src:url("fonts/{file}.woff2") format("woff2");unicode-range:{RANGES[name]}}}\n'
        for face in found.fonts
        for weight in face.weights
        for name in RANGES
        if inputs[file := f"{web_name(face, weight)}-{name}"]
    ]
    return Made({"css": ("".join(rules) + css_for(found, "screen", settings["tokens"])).encode()})


def font(inputs: Inputs, settings: Settings) -> Made:  # noqa: ARG001 (every step is handed its inputs)
    """Make the web files of one face: one for each range of letters, empty where it has none of them."""
    from briefpress.theme import FontFace
    from briefpress.theme.subset import subset

    data = FontFace(**settings["face"]).data()
    return Made({name: subset(data, letters(row), settings["weight"], "woff2") for name, row in RANGES.items()})


def web_name(face: FontFace, weight: str) -> str:
    """Return a file name that changes with the font, so that no browser keeps an old one."""
    return f"{face.slug(weight)}-{face.digest[:8]}"


def letters(ranges: str) -> frozenset[str]:
    """Return the characters of a `unicode-range`."""
    pairs = (part.strip().removeprefix("U+").split("-") for part in ranges.split(","))
    return frozenset(chr(code) for first, last in pairs for code in range(int(first, 16), int(last, 16) + 1))
