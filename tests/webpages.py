"""A press, a brief and its document, for the tests of templates and web pages."""

from __future__ import annotations

import datetime as dt
from xml.etree.ElementTree import Element, fromstring

from briefpress.model import (
    Author,
    Brief,
    Collection,
    Correction,
    Document,
    Figure,
    Heading,
    Note,
    Organisation,
    PageMap,
    PageStart,
    Press,
    Program,
    Selection,
)

HOUSE = Organisation(
    name="Institute of Rivers & Seas",
    acronym="IRS",
    url="https://rivers.example/press/",
    address="1 Quay Street",
    contact="press@rivers.example",
    issn="1234-5679",
    rights="CC BY 4.0",
)
WATER = Program(
    key="water",
    name="Water Program",
    acronym="WP",
    description="On water.",
    tokens={"color-accent": "#114488"},
)
COLLECTION = Collection(
    key="water",
    title="Water Program",
    select=Selection(programs=("water",)),
    program="water",
)
ANN = Author(
    name="Ann Lee",
    sort="Lee, Ann",
    affiliation="University of Delta",
    bio="studies deltas.",
    orcid="0000-0002-1825-0097",
)
BEN = Author(name="Ben Öz", sort="Öz, Ben")
PRESS = Press(HOUSE, programs={"water": WATER}, collections={"water": COLLECTION})
BRIEF = Brief(
    slug="low-water",
    file="briefs/low-water.md",
    title="Low Water",
    date=dt.date(2024, 3, 12),
    lang="en",
    text="",
    line=1,
    subtitle="Why the sea <falls>",
    authors=(ANN, BEN),
    program="water",
    tags=("water", "climate"),
    series="Briefing",
    number="7",
    doi="10.1234/low",
    corrections=(Correction(dt.date(2024, 4, 2), "A unit was wrong."),),
)
OTHER = Brief(
    slug="ports",
    file="briefs/ports.md",
    title="Ports on the Move",
    date=dt.date(2023, 1, 5),
    lang="en",
    text="",
    line=1,
    authors=(BEN,),
    program="water",
)
LONE = Brief(
    slug="lone",
    file="briefs/lone.md",
    title="Alone",
    date=dt.date(2022, 1, 5),
    lang="fa",
    text="",
    line=1,
)
PAGES = PageMap((PageStart("1", "", 0), PageStart("2", "b2", 4)))
BODY = """<div><p id="b1">The level falls.<a class="call" id="call-1" href="#note-1" role="doc-noteref">1</a> See
<a href="brief:ports#quays">Ports</a> and <a href="brief:gone">a draft</a>.</p><h2 id="measure">How it is measured</h2>
<p id="b2">Each year in May &amp; June.<a class="call" id="call-2" href="#note-2" role="doc-noteref">2</a> Again<a
class="call" id="call-1-2" href="#note-1" role="doc-noteref">1</a>.</p></div>"""


def tree(text: str) -> Element:
    """Return a tree from XHTML."""
    return fromstring(text)


NOTES = (
    Note(
        "a",
        1,
        tree('<div><p id="note-1-b1">Tide tables, <em>passim</em>.</p></div>'),
        ("call-1", "call-1-2"),
    ),
    Note(
        "b",
        2,
        tree('<div><p id="note-2-b1">See <a href="brief:ports">Ports</a>.</p></div>'),
        ("call-2",),
    ),
)
DOCUMENT = Document(
    title="Low Water",
    subtitle="Why the sea <falls>",
    lang="en",
    body=tree(BODY),
    summary=tree("<div>The sea falls by <em>seven</em> centimetres.</div>"),
    takeaways=(
        tree("<div><strong>What?</strong> Less water.</div>"),
        tree("<div>Build lower quays.</div>"),
    ),
    outline=(Heading(2, "measure", "How it is measured"),),
    notes=NOTES,
    figures=(Figure("table", 1, "levels", "Levels"),),
    assets=(),
    words=20,
)
LINKS = {
    "css": "../../assets/civic.css",
    "root": "../../index.html",
    "pdf": "../../pdf/low-water.pdf",
}
ADDRESSES = {"ports": "../ports/index.html", "low-water": "../low-water/index.html"}
