"""Books for the tests: chapters in three languages, with everything a chapter can contain."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from xml.etree.ElementTree import Element, fromstring

from briefpress.editions.epub.book import render_epub, with_folios
from briefpress.editions.epub.chapter import render_chapter
from briefpress.editions.epub.cover import book_characters, book_fonts, render_cover
from briefpress.editions.epub.model import (
    Book,
    BookFont,
    Chapter,
    ChapterInputs,
    EpubInputs,
)
from briefpress.editions.inputs import AssetFile, BriefContext
from briefpress.model import (
    Author,
    Brief,
    Collection,
    Document,
    Heading,
    Note,
    Organisation,
    PageMap,
    PageStart,
    Press,
    Program,
    Selection,
)
from briefpress.theme.model import Theme
from briefpress.theme.read import read_theme
from briefpress.xhtml import parse_fragment, text_of

THEMES = Path(__file__).parent.parent / "themes"
EPOCH = 1_700_000_000
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 40" role="img"><title>Two bars</title>'
    '<linearGradient id="fade" gradientUnits="userSpaceOnUse"><stop offset="0" stop-color="#333"/></linearGradient>'
    '<rect width="40" height="20" fill="url(#fade)"/><rect x="50" width="40" height="40"/></svg>'
)
MATH = '<math xmlns="http://www.w3.org/1998/Math/MathML"><mfrac><mi>a</mi><mi>b</mi></mfrac><mo>=</mo><mn>2</mn></math>'
AUTHORS = (
    Author(
        "Aigul Sadykova",
        "Sadykova, Aigul",
        bio="Writes on rivers.",
        orcid="0000-0002-1825-0097",
    ),
    Author("Мария Иванова", "Иванова, Мария", bio="Пишет о портах."),
)
ENGLISH = f"""<h2 id="water">Water &amp; power</h2>
<p id="b1">Rivers fell by a third<a class="call" id="call-1" href="#note-1" role="doc-noteref">1</a> in ten years, and
nobody <em>measured</em> it twice. See <a href="#flows">table 1</a>, <a href="brief:port">the port</a>, and
<a href="https://example.org/a b?x=1&amp;y=2">the register</a>.</p>
<figure class="figure" id="bars"><figcaption><p class="headline" id="b2"><span class="label">Figure 1</span> Two bars
</p></figcaption><div class="picture">{SVG}</div><p class="source" id="b3">Source: the authors</p></figure>
<ul><li id="b4">one item that runs on for a line<a class="call" id="call-2" href="#note-2" role="doc-noteref">2</a></li>
<li id="b5">another item<ul><li id="b6">and one within</li></ul></li></ul>
<figure class="table" id="flows"><figcaption><p class="headline" id="b7"><span class="label">Table 1</span>
Flows</p></figcaption><div class="scroll" role="region" tabindex="0" aria-labelledby="b7">
<table><thead><tr><th scope="col" id="b8">Year</th>
<th scope="col" id="b9">Flow</th></tr></thead><tbody><tr><th scope="row" id="b10">2020</th><td id="b11">31.5</td></tr>
<tr><th scope="row" id="b12">2024</th><td id="b13">21.0</td></tr></tbody></table></div></figure>
<h2 id="end">What to do</h2><p id="b14">The ratio is {MATH} and the note<a class="call" id="call-1-2" href="#note-1"
role="doc-noteref">1</a> says why.</p><pre id="b15"><code>  two
    lines</code></pre><p id="b16"><img src="map.png" alt="A map of the basin" width="40" height="30"/></p>"""
RUSSIAN = """<h2 id="port">Порт</h2><p id="b1">Грузооборот вырос на треть<a class="call" id="call-1" href="#note-1"
role="doc-noteref">1</a>, а дорога — нет. См. <span lang="fa" dir="rtl">آب</span>.</p><p id="b2">Второй абзац.</p>"""
PERSIAN = """<h2 id="ab">آب</h2><p id="b1">رودها کم‌آب شدند<a class="call" id="call-1" href="#note-1"
role="doc-noteref">1</a> و کسی اندازه نگرفت.</p><p id="b2">بند دوم.</p>"""
NOTES = {
    "river": (
        "<p>Basin office, <em>Yearbook</em>, p. 4.</p>",
        "<p>A note with a list:</p><ul><li>one</li><li>two</li></ul>",
    ),
    "port": ("<p>Управление порта, отчёт.</p>",),
    "darya": ("<p>سالنامهٔ آب، ص ۴.</p>",),
}
PAGES = {
    "river": (
        PageStart("1", "", 0),
        PageStart("2", "b1", 26),
        PageStart("3", "b11", 0),
        PageStart("4", "", 0),
    ),
    "port": (PageStart("1", "", 0), PageStart("2", "b2", 7)),
    "darya": (PageStart("1", "", 0), PageStart("2", "b2", 0)),
}


def png(width: int = 40, height: int = 30) -> bytes:
    """Return a small picture."""
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (width, height), (40, 90, 140)).save(out, "PNG")
    return out.getvalue()


@cache
def theme(name: str = "plain") -> Theme:
    """Return a theme of the repository."""
    return read_theme(name, [THEMES])[0]


def press() -> Press:
    """Return a press with one program."""
    house = Organisation(
        "Example Policy Center",
        "EPC",
        "https://example.org",
        address="1 Example Square",
        rights="© 2024. All rights reserved.",
    )
    program = Program(
        "ewp",
        "Environment and Water Program",
        "EWP",
        "What rivers carry.",
        editor="Ada Editor",
    )
    return Press(house, programs={"ewp": program})


def collection(lang: str = "en") -> Collection:
    """Return the program's collection."""
    return Collection(
        "ewp",
        "Environment and Water Program",
        Selection(programs=("ewp",)),
        program="ewp",
        language=lang,
    )


def brief(slug: str, lang: str, title: str, year: int = 2024) -> Brief:
    """Return a brief's front matter."""
    authors = AUTHORS if lang == "en" else AUTHORS[1:]
    return Brief(
        slug,
        f"briefs/{slug}.md",
        title,
        dt.date(year, 3, 12),
        lang,
        "",
        1,
        authors=authors,
        program="ewp",
        tags=("water",),
    )


def document(
    body: str | Element, lang: str, title: str, notes: Sequence[str] = ()
) -> Document:
    """Return a document from its body and its notes, as XHTML."""
    tree = body if isinstance(body, Element) else fromstring(f"<div>{body}</div>")
    calls = [a.get("id", "") for a in tree.iter("a") if a.get("role") == "doc-noteref"]
    made = [
        Note(
            str(n),
            n,
            parse_fragment(text),
            tuple(c for c in calls if c == f"call-{n}" or c.startswith(f"call-{n}-")),
        )
        for n, text in enumerate(notes, 1)
    ]
    outline = tuple(
        Heading(int(h.tag[1]), h.get("id", ""), text_of(h))
        for h in tree.iter()
        if h.tag in {"h2", "h3"}
    )
    return Document(
        title,
        "",
        lang,
        tree,
        None,
        (),
        outline,
        tuple(made),
        (),
        (),
        len(text_of(tree).split()),
    )


def chapter_inputs(
    front: Brief,
    doc: Document,
    look: str = "plain",
    page_map: PageMap | None = None,
    pictures: Sequence[str] = (),
) -> ChapterInputs:
    """Return what a chapter is made from, with links to two other briefs."""
    context = BriefContext(
        press(),
        front,
        links={"html": f"https://example.org/html/{front.slug}/"},
        addresses={"port": "port.xhtml", "river": "river.xhtml"},
    )
    assets = {name: AssetFile(png(), "image/png") for name in pictures}
    return ChapterInputs(context, doc, theme(look), page_map, assets)


def chapter(
    slug: str, lang: str, title: str, body: str, year: int = 2024, look: str = "plain"
) -> Chapter:
    """Return a finished chapter without problems."""
    front = brief(slug, lang, title, year)
    doc = document(body, lang, title, NOTES.get(slug, ()))
    page_map = PageMap(PAGES[slug]) if slug in PAGES else None
    inputs = chapter_inputs(front, doc, look, page_map, pictures=("map.png",))
    made = render_chapter(inputs)
    assert not made.problems
    return made.chapter


@cache
def three(look: str = "plain") -> tuple[Chapter, ...]:
    """Return three chapters, the first with a picture, a formula and notes."""
    return (
        chapter("river", "en", "Rivers & ratios", ENGLISH, look=look),
        chapter("port", "ru", "Порт и дорога", RUSSIAN, look=look),
        chapter("darya", "fa", "آب و رود", PERSIAN, 2023, look=look),
    )


def as_book(chapters: Sequence[Chapter], lang: str = "en", look: str = "plain") -> Book:
    """Return some chapters as a book, with the folios of one book."""
    counted, folio = [], 0
    for made in chapters:
        folios = [str(folio + number) for number, _ in enumerate(made.pages, 1)]
        counted.append(with_folios(made, folios))
        folio += len(folios)
    return Book(press(), collection(lang), tuple(counted), theme(look))


@cache
def fonts_of(look: str, characters: frozenset[str]) -> tuple[BookFont, ...]:
    """Return the fonts of a book, made once in a run of the tests."""
    return book_fonts(theme(look), characters)


def bind(book: Book) -> bytes:
    """Return a book as EPUB, without problems."""
    fonts = fonts_of(book.theme.name, book_characters(book))
    made = render_epub(EpubInputs(book, fonts, render_cover(book, fonts), EPOCH))
    assert not made.problems
    return made.epub


def files(epub: bytes) -> dict[str, bytes]:
    """Return the files of an EPUB by name."""
    with zipfile.ZipFile(io.BytesIO(epub)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
