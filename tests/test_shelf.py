"""The feed of the briefs, which apps read that know nothing of us."""

from __future__ import annotations

import datetime as dt
from xml.etree.ElementTree import Element, fromstring

from books import theme
from briefpress.model import Author, Brief, Correction, Organisation, Press, Program
from briefpress.shelf import PublishedBrief, ShelfInputs, render_atom

A = "{http://www.w3.org/2005/Atom}"
PRESS = Press(
    Organisation("House", url="https://example.org"),
    programs={"spp": Program("spp", "Security")},
)
BRIEF = Brief(
    *(
        "rents",
        "briefs/rents.md",
        'The "rent" question',
        dt.date(2024, 5, 31),
        "en",
        "Text.",
        1,
    ),
    summary='Rents rose by *12 %*, it\'s said: see [the "register"](https://example.org/r).',
    authors=(Author("Jane Doe", "Doe, Jane"),),
    program="spp",
    tags=("rent",),
    corrections=(Correction(dt.date(2024, 6, 2), "A figure."),),
)


def entry(brief: Brief) -> Element:
    """Return the entry of a brief in a feed of its own."""
    published = PublishedBrief(
        brief, f"html/{brief.slug}/index.html", f"pdf/{brief.slug}.pdf"
    )
    inputs = ShelfInputs(PRESS, (published,), (), theme(), "")
    found = fromstring(render_atom(inputs)).find(f"{A}entry")
    assert found is not None
    return found


def test_a_feed_has_words_where_a_brief_has_markdown() -> None:
    found = entry(BRIEF)
    assert found.findtext(f"{A}title") == "The “rent” question"
    assert (
        found.findtext(f"{A}summary")
        == "Rents rose by 12 %, it’s said: see the “register”."
    )


def test_an_entry_says_when_by_whom_and_where() -> None:
    found = entry(BRIEF)
    assert found.findtext(f"{A}published") == "2024-05-31T00:00:00Z"
    assert found.findtext(f"{A}updated") == "2024-06-02T00:00:00Z"
    assert found.findtext(f"{A}author/{A}name") == "Jane Doe"
    links = {
        link.get("rel"): (link.get("type"), link.get("href"))
        for link in found.iter(f"{A}link")
    }
    assert links == {
        "alternate": ("text/html", "https://example.org/html/rents/"),
        "enclosure": ("application/pdf", "https://example.org/pdf/rents.pdf"),
    }
