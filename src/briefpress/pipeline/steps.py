"""The functions that workers run: bytes in, bytes out. Each is one edition, or one stage on the way to it.

A function says with its name what it makes; `graph.py` says what it reads. Imports stand in the functions, so that a
worker that sets PDFs never loads what packs EPUBs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from briefpress.engine.step import Made
from briefpress.pipeline.values import (
    dump_json,
    dump_pagemap,
    load_brief,
    load_pagemap,
    load_press,
)

if TYPE_CHECKING:
    from briefpress.editions.inputs import BriefContext
    from briefpress.model import Brief, Document, Press
    from briefpress.theme import Theme

Inputs = Mapping[str, bytes]
Settings = Mapping[str, Any]
FILE = "file:"  # how the inputs name a file beside the brief: "file:rents.svg"
LOGO = "logo:"  # and a logo: "logo:art/logo.svg"


def document(inputs: Inputs, settings: Settings) -> Made:
    """Make a brief's document, where its ids stand in the file, and which files it shows.

    `asked` has the paths that the text names and nobody looked up: the plan does, and runs the step again.
    """
    from briefpress.document import dump, parse_document
    from briefpress.document.files import UnreadableFile
    from briefpress.model import Limits

    brief = replace(
        load_brief(inputs["brief"]),
        text=inputs["text"].decode("utf-8", "surrogatepass"),
    )
    places_in_front = {
        key: (line, column) for key, (line, column) in settings["places"].items()
    }
    brief = replace(
        brief, line=settings["line"], file=settings["file"], places=places_in_front
    )
    asked: set[str] = set()

    def look(path: str) -> bytes | UnreadableFile:
        if FILE + path in inputs:
            return inputs[FILE + path]
        if path not in settings["absent"]:
            asked.add(path)
        return UnreadableFile(**settings["absent"].get(path, {"reason": "missing"}))

    parsed = parse_document(
        brief, look, Limits(**settings["limits"]), frozenset(settings["slugs"])
    )
    if asked:
        return Made({"asked": dump_json(sorted(asked))})
    files = {"places": dump_json(dict(parsed.positions))}
    made = parsed.document
    if made is not None:
        assets = [
            {"src": asset.src, "path": asset.path, "media": asset.media}
            for asset in made.assets
        ]
        about = {"assets": assets, "links": sorted(_linked(made))}
        files |= {"document": dump(made), "about": dump_json(about)}
    return Made(
        files,
        tuple(
            problem.placed(brief.file, parsed.positions) for problem in parsed.problems
        ),
    )


def pdf(inputs: Inputs, settings: Settings) -> Made:
    """Make a brief's PDF, its page map and its audit."""
    from briefpress.editions.inputs import AssetFile
    from briefpress.editions.pdf import PdfInputs, render_pdf

    press, brief, made, theme = _read(inputs, settings)
    context = _context(press, brief, inputs, settings)
    assets = {
        name: AssetFile(data, media)
        for name, (data, media) in _assets(inputs, settings).items()
    }
    found = render_pdf(PdfInputs(context, made, theme, settings["tokens"], assets))
    files = {
        "pagemap": dump_pagemap(found.page_map),
        "audit": dump_json(found.audit.to_json()),
        "pdf": found.pdf,
    }
    return Made(files, found.problems)


def web(inputs: Inputs, settings: Settings) -> Made:
    """Make a brief's web page."""
    from briefpress.editions.web import WebInputs, render_web

    press, brief, made, theme = _read(inputs, settings)
    context = _context(press, brief, inputs, settings)
    page = render_web(WebInputs(context, made, theme, load_pagemap(inputs["pagemap"])))
    return Made({"html": page})


def chapter(inputs: Inputs, settings: Settings) -> Made:
    """Make a brief's chapter of a book, and what the rest of the book must know of it."""
    from briefpress.editions.epub.chapter import render_chapter
    from briefpress.editions.epub.model import ChapterInputs, dump_chapter
    from briefpress.editions.inputs import AssetFile

    press, brief, made, theme = _read(inputs, settings)
    assets = _assets(inputs, settings)
    found = render_chapter(
        ChapterInputs(
            context=_context(press, brief, inputs, settings),
            document=made,
            theme=theme,
            page_map=load_pagemap(inputs["pagemap"]),
            assets={src: AssetFile(*asset) for src, asset in assets.items()},
            picture_pixels=settings["pixels"],
        )
    )
    entry = replace(found.chapter, data=b"", pictures=())
    return Made(
        {"chapter": dump_chapter(found.chapter), "entry": dump_chapter(entry)},
        found.problems,
    )


def _read(inputs: Inputs, settings: Settings) -> tuple[Press, Brief, Document, Theme]:
    """Return the four values that every edition of a brief is made from."""
    from briefpress import theme
    from briefpress.document import load

    return (
        load_press(inputs["press"], settings["logos"]),
        load_brief(inputs["brief"]),
        load(inputs["document"]),
        theme.load(inputs["theme"]),
    )


def _context(
    press: Press, brief: Brief, inputs: Inputs, settings: Settings
) -> BriefContext:
    """Return what the templates of a brief receive besides its document."""
    from briefpress.editions.inputs import BriefContext

    return BriefContext(
        press=press,
        brief=brief,
        related=tuple(load_brief(other) for other in json.loads(inputs["related"])),
        links=settings["links"],
        addresses=settings["addresses"],
    )


def _assets(inputs: Inputs, settings: Settings) -> dict[str, tuple[bytes, str]]:
    """Return the files that the page shows, by the name that stands in its tree."""
    shown = {
        name: (inputs[FILE + name], media) for name, media in settings["assets"].items()
    }
    return shown | {
        name: (data, _media(name)) for name, data in logos_in(inputs, settings).items()
    }


def logos_in(inputs: Inputs, settings: Settings) -> dict[str, bytes]:
    """Return the logos that an edition carries, by their address in it."""
    return {
        logo["src"]: inputs[LOGO + path] for path, logo in settings["logos"].items()
    }


def _media(name: str) -> str:
    """Return the media type of a theme's picture, which its name tells."""
    return {"svg": "image/svg+xml", "png": "image/png"}.get(
        name.rpartition(".")[2].lower(), "image/jpeg"
    )


def _linked(made: Document) -> set[str]:
    """Return the slugs of the briefs that a document links to."""
    trees = [made.body, *(note.body for note in made.notes)]
    links = (link.get("href", "") for tree in trees for link in tree.iter("a"))
    return {link.removeprefix("brief:") for link in links if link.startswith("brief:")}
