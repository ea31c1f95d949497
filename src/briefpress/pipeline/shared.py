"""Steps that belong to no brief alone: a collection's book, the shelf, style sheets and fonts of the web pages."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from briefpress.engine.step import Made
from briefpress.pipeline.steps import Inputs, Settings, logos_in
from briefpress.pipeline.values import load_brief, load_collection, load_press

if TYPE_CHECKING:
    from briefpress.editions.chapter import Chapter
    from briefpress.editions.epub import Book
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
    """Make what a book's fonts and cover depend on of its chapters' entries: the letters, and who wrote what.

    A word changed in a brief leaves both as they were, and so the dearest parts of a book.
    """
    from briefpress.editions.chapter import dump
    from briefpress.editions.epub import book_letters

    found = _book(inputs, settings, _chapters(inputs, settings))
    bare = [
        replace(chapter, characters="", pages=(), headings=())
        for chapter in found.chapters
    ]
    letters = "".join(sorted(book_letters(found)))
    return Made(
        {
            "letters": letters.encode(),
            "entries": b"\n".join(dump(chapter) for chapter in bare),
        }
    )


def fonts(inputs: Inputs, settings: Settings) -> Made:  # noqa: ARG001 (every step is handed its settings)
    """Make the fonts of a book, with no more letters than it needs."""
    from briefpress import theme
    from briefpress.editions.epub import book_fonts, dump_fonts

    return Made(
        {
            "fonts": dump_fonts(
                book_fonts(
                    theme.load(inputs["theme"]), frozenset(inputs["letters"].decode())
                )
            )
        }
    )


def cover(inputs: Inputs, settings: Settings) -> Made:
    """Make the cover of a book."""
    from briefpress.editions.chapter import load
    from briefpress.editions.epub import book_cover, load_fonts

    found = _book(
        inputs, settings, [load(entry) for entry in inputs["entries"].split(b"\n")]
    )
    return Made({"png": book_cover(_in_one_file(found), load_fonts(inputs["fonts"]))})


def book(inputs: Inputs, settings: Settings) -> Made:
    """Make a collection's EPUB of its finished chapters, fonts and cover."""
    from briefpress.checks.epub import check_epub
    from briefpress.editions.chapter import relabel
    from briefpress.editions.epub import load_fonts, render_epub

    chapters = _chapters(inputs, settings)
    chapters = [
        relabel(chapter, row)
        for chapter, row in zip(chapters, folios(chapters), strict=True)
    ]
    found = _book(inputs, settings, chapters)
    data = render_epub(
        found, load_fonts(inputs["fonts"]), inputs["cover"], settings["epoch"]
    )
    return Made({"epub": data}, check_epub(data))


def _book(inputs: Inputs, settings: Settings, chapters: Iterable[Chapter]) -> Book:
    """Return what a book is made of."""
    from briefpress import theme
    from briefpress.editions.epub import Book

    press, collection = (
        load_press(inputs["press"], settings["logos"]),
        load_collection(settings["collection"]),
    )
    pictures, chapters = logos_in(inputs, settings), tuple(chapters)
    if [collection.key] == [
        chapter.slug for chapter in chapters
    ]:  # a brief by itself, in words rather than Markdown
        collection = replace(
            collection, title=chapters[0].title, description=chapters[0].summary
        )
    return Book(
        press,
        collection,
        chapters,
        theme.load(inputs["theme"]),
        settings["tokens"],
        pictures,
    )


def _in_one_file(book: Book) -> Book:
    """Return the book with its logos in their addresses: a cover is drawn from one file, and nothing is fetched."""
    logos = {
        path: replace(logo, src=_address(book.pictures[logo.src]))
        for path, logo in book.press.logos.items()
    }
    return replace(book, press=replace(book.press, logos=logos))


def _address(picture: bytes) -> str:
    """Return a `data:` address that is the picture."""
    from briefpress.document.pictures import inspect

    return f"data:{inspect(picture).media};base64,{base64.b64encode(picture).decode()}"


def _chapters(inputs: Inputs, settings: Settings) -> list[Chapter]:
    """Return the chapters, or their entries, in reading order."""
    from briefpress.editions.chapter import load

    return [load(inputs[f"chapter:{slug}"]) for slug in settings["chapters"]]


def folios(chapters: Iterable[Chapter]) -> Iterator[list[str]]:
    """Yield the folios of each brief in the collection's print edition: one after the other, each from a recto on.

    So they are known without setting that edition: they are sums of the briefs' own page counts.
    """
    first = 1
    for chapter in chapters:
        last = first + len(chapter.pages) - 1
        yield [str(folio) for folio in range(first, last + 1)]
        first = last + 1 + last % 2


def index(inputs: Inputs, settings: Settings) -> Made:
    """Make the shelf: its page, the feed of the briefs, and the catalogue of the books."""
    from briefpress import theme
    from briefpress.shelf import OnShelf, render_atom, render_index, render_opds

    press, found = (
        load_press(inputs["press"], settings["logos"]),
        theme.load(inputs["theme"]),
    )
    briefs = [load_brief(brief) for brief in json.loads(inputs["briefs"])]
    books = {key: {"epub": f"epub/{key}.epub"} for key in settings["books"]}
    bound = {
        brief.slug: brief for brief in map(load_brief, json.loads(inputs["bound"]))
    }
    shelved = [
        OnShelf.of(
            press, press.collections[key], found, [bound[slug] for slug in slugs]
        )
        for key, slugs in settings["books"].items()
    ]
    page = render_index(press, briefs, books, found, settings["css"])
    return Made(
        {
            "html": page,
            "atom": render_atom(press, briefs),
            "opds": render_opds(press, shelved),
        }
    )


def style(inputs: Inputs, settings: Settings) -> Made:
    """Make the style sheet of a theme's web pages, with a rule for each file of letters that its fonts have."""
    from briefpress import theme
    from briefpress.theme import css_for, with_image_folder

    found = theme.load(inputs["theme"])
    css = with_image_folder(
        css_for(found, "screen", settings["tokens"]), found, f"{found.name}/"
    )
    rules = [
        f'@font-face{{font-family:"{face.family}";font-style:{face.style};font-weight:{weight};font-display:swap;'
        f'src:url("fonts/{file}.woff2") format("woff2");unicode-range:{RANGES[name]}}}\n'
        for face in found.fonts
        for weight in face.weights
        for name in RANGES
        if inputs[file := f"{web_name(face, weight)}-{name}"]
    ]
    return Made({"css": ("".join(rules) + css).encode()})


def font(inputs: Inputs, settings: Settings) -> Made:  # noqa: ARG001 (every step is handed its inputs)
    """Make the web files of one face: one for each range of letters, empty where it has none of them."""
    from briefpress.theme import FontFace
    from briefpress.theme.fonts import subset_font

    face, weight = FontFace(**settings["face"]), settings["weight"]
    data = face.data()
    return Made(
        {
            name: subset_font(data, letters(row), weight, "woff2", face.opsz)
            for name, row in RANGES.items()
        }
    )


def web_name(face: FontFace, weight: str) -> str:
    """Return a file name that changes with the font, so that no browser keeps an old one."""
    return f"{face.slug(weight)}{face.opsz and f'-{face.opsz}'}-{face.digest[:8]}"


def letters(ranges: str) -> frozenset[str]:
    """Return the characters of a `unicode-range`."""
    pairs = (part.strip().removeprefix("U+").split("-") for part in ranges.split(","))
    return frozenset(
        chr(code)
        for first, last in pairs
        for code in range(int(first, 16), int(last, 16) + 1)
    )
