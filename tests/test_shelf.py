"""The index page, the Atom feed and the OPDS catalogue, as other programs read them."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import pytest

from books import theme
from briefpress.editions.inputs import PublishedBrief
from briefpress.model import (
    Author,
    Brief,
    Collection,
    Correction,
    Organisation,
    Press,
    Program,
    Selection,
)
from briefpress.shelf import (
    MAX_ENTRIES,
    CatalogueEntry,
    ShelfInputs,
    catalogue_entry,
    render_atom,
    render_index,
    render_opds,
)
from briefpress.xhtml import parse_page

A = "{http://www.w3.org/2005/Atom}"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
SECURITY = Program(
    "spp", "Security", "SP", "On states.", editor="Ada Editor", theme="plain"
)
COLLECTION = Collection(
    "spp", "Security Briefs", Selection(programs=("spp",)), program="spp"
)
PRESS = Press(
    Organisation(
        "House of Policy", "HP", url="https://example.org/", rights="CC BY 4.0"
    ),
    programs={"spp": SECURITY},
    collections={"spp": COLLECTION},
)
JANE, BEN = Author("Jane Doe", "Doe, Jane"), Author("Ben Öz", "Öz, Ben")
BRIEF = Brief(
    slug="rents",
    file="briefs/rents.md",
    title='The "rent" question',
    date=dt.date(2024, 5, 31),
    lang="en",
    text="Text.",
    line=1,
    summary='Rents rose by *12 %*, it\'s said: see [the "register"](https://example.org/r).',
    authors=(JANE,),
    program="spp",
    tags=("rent", "law"),
    corrections=(Correction(dt.date(2024, 6, 2), "A figure."),),
)
OTHER = replace(
    BRIEF,
    slug="ports",
    title="Ports",
    date=dt.date(2024, 6, 1),
    lang="ru",
    authors=(BEN, JANE),
    tags=("law",),
    corrections=(),
)
OUTSIDE = replace(OTHER, slug="outside", program="", authors=())


def published(brief: Brief, *, pdf: bool = True) -> PublishedBrief:
    """Return a brief whose page is published, and perhaps its PDF."""
    pdf_address = f"pdf/{brief.slug}.pdf" if pdf else ""
    return PublishedBrief(brief, f"html/{brief.slug}/index.html", pdf_address)


def entry_of(
    *briefs: Brief,
    press: Press = PRESS,
    collection: Collection = COLLECTION,
    epub: str = "epub/spp.epub",
    cover: str = "epub/spp.png",
) -> CatalogueEntry:
    """Return the catalogue's entry of a collection."""
    return catalogue_entry(press, collection, briefs, epub, cover)


def shelf(
    *briefs: PublishedBrief,
    press: Press = PRESS,
    collections: tuple[CatalogueEntry, ...] = (),
) -> ShelfInputs:
    """Return what is published."""
    return ShelfInputs(press, briefs, collections, theme(), "assets/plain.css")


def without_site(press: Press = PRESS) -> Press:
    """Return a press without a web address."""
    return replace(press, organisation=replace(press.organisation, url=""))


def feed(*briefs: PublishedBrief, press: Press = PRESS) -> Element:
    """Return the feed of some briefs."""
    return fromstring(render_atom(shelf(*briefs, press=press)))


def entries(root: Element) -> list[Element]:
    """Return the entries of a feed."""
    return root.findall(f"{A}entry")


def links(element: Element) -> dict[str | None, tuple[str | None, str | None]]:
    """Return type and address of an element's own links, by relation."""
    return {
        link.get("rel"): (link.get("type"), link.get("href"))
        for link in element.findall(f"{A}link")
    }


def catalogue(*collections: CatalogueEntry, press: Press = PRESS) -> dict[str, Any]:
    """Return the OPDS catalogue."""
    inputs = shelf(press=press, collections=collections)
    found: dict[str, Any] = json.loads(render_opds(inputs))
    return found


def test_the_feed_names_the_institute_and_its_addresses() -> None:
    root = feed(published(OTHER), published(BRIEF))
    assert root.findtext(f"{A}title") == "House of Policy"
    assert root.findtext(f"{A}author/{A}name") == "House of Policy"
    assert root.get(XML_LANG) == "en"
    assert links(root) == {
        "self": ("application/atom+xml", "https://example.org/feed.xml"),
        "alternate": ("text/html", "https://example.org/"),
    }


def test_the_feed_is_updated_by_briefs_and_corrections() -> None:
    root = feed(published(OTHER), published(BRIEF))
    assert root.findtext(f"{A}updated") == "2024-06-02T00:00:00Z"
    assert feed(published(OTHER)).findtext(f"{A}updated") == "2024-06-01T00:00:00Z"
    assert feed().findtext(f"{A}updated") == "1970-01-01T00:00:00Z"


def test_ids_depend_on_site_and_slug_only() -> None:
    def ids(*briefs: Brief, press: Press = PRESS) -> list[str | None]:
        root = feed(*map(published, briefs), press=press)
        return [root.findtext(f"{A}id"), *(e.findtext(f"{A}id") for e in entries(root))]

    first = ids(BRIEF, OTHER)
    assert len(set(first)) == 3
    assert all(value and value.startswith("urn:uuid:") for value in first)
    changed = replace(BRIEF, title="New", date=dt.date(2025, 1, 1))
    assert ids(changed, OTHER) == first
    assert not set(ids(BRIEF, OTHER, press=without_site())) & set(first)


def test_entries_keep_the_order_and_the_newest_are_listed() -> None:
    briefs = [replace(BRIEF, slug=f"brief-{number}") for number in range(60)]
    root = feed(*map(published, briefs))
    assert len(entries(root)) == MAX_ENTRIES
    found = [links(entry)["alternate"][1] for entry in entries(root)]
    assert found[:2] == [
        "https://example.org/html/brief-0/",
        "https://example.org/html/brief-1/",
    ]


def test_an_entry_has_plain_text_instead_of_markdown() -> None:
    (entry,) = entries(feed(published(BRIEF)))
    assert entry.findtext(f"{A}title") == "The “rent” question"
    summary = "Rents rose by 12 %, it’s said: see the “register”."
    assert entry.findtext(f"{A}summary") == summary
    (without_summary,) = entries(feed(published(replace(BRIEF, summary=""))))
    assert without_summary.find(f"{A}summary") is None


def test_an_entry_has_dates_authors_categories_and_links() -> None:
    entry, other = entries(feed(published(BRIEF), published(OTHER)))
    assert entry.findtext(f"{A}published") == "2024-05-31T00:00:00Z"
    assert entry.findtext(f"{A}updated") == "2024-06-02T00:00:00Z"
    assert [name.text for name in entry.iter(f"{A}name")] == ["Jane Doe"]
    assert [name.text for name in other.iter(f"{A}name")] == ["Ben Öz", "Jane Doe"]
    assert (entry.get(XML_LANG), other.get(XML_LANG)) == ("en", "ru")
    assert [category.attrib for category in entry.iter(f"{A}category")] == [
        {"term": "spp", "label": "Security"},
        {"term": "rent"},
        {"term": "law"},
    ]
    assert links(entry) == {
        "alternate": ("text/html", "https://example.org/html/rents/"),
        "enclosure": ("application/pdf", "https://example.org/pdf/rents.pdf"),
    }


def test_an_entry_outside_all_programs_has_no_program_category() -> None:
    (entry,) = entries(feed(published(OUTSIDE)))
    assert [category.attrib for category in entry.iter(f"{A}category")] == [
        {"term": "law"}
    ]


def test_an_entry_has_no_link_to_an_edition_that_does_not_exist() -> None:
    # issue 10, fault 4
    (entry,) = entries(feed(published(BRIEF, pdf=False)))
    assert set(links(entry)) == {"alternate"}
    (only_pdf,) = entries(feed(PublishedBrief(BRIEF, pdf="pdf/rents.pdf")))
    assert set(links(only_pdf)) == {"enclosure"}


def test_addresses_are_relative_if_the_press_has_no_site() -> None:
    root = feed(published(BRIEF), press=without_site())
    assert links(root) == {}
    (entry,) = entries(root)
    assert links(entry) == {
        "alternate": ("text/html", "html/rents/"),
        "enclosure": ("application/pdf", "pdf/rents.pdf"),
    }
    found = catalogue(entry_of(BRIEF), press=without_site())
    assert found["links"][0]["href"] == "opds.json"
    (publication,) = found["publications"]
    assert publication["links"][0]["href"] == "epub/spp.epub"
    assert publication["images"][0]["href"] == "epub/spp.png"


def test_a_catalogue_entry_describes_the_collection() -> None:
    assert entry_of(OTHER, BRIEF) == CatalogueEntry(
        key="spp",
        title="Security Briefs",
        identifier=entry_of(BRIEF).identifier,
        language="en",
        description="On states.",
        authors=(BEN, JANE),
        editor="Ada Editor",
        publisher="House of Policy",
        date=dt.date(2024, 6, 1),
        modified=dt.date(2024, 6, 2),
        subjects=("law", "rent"),
        rights="CC BY 4.0",
        epub="epub/spp.epub",
        cover="epub/spp.png",
    )


def test_a_collection_s_own_description_and_language_come_first() -> None:
    collection = replace(COLLECTION, description="Of its own.", language="ru")
    entry = entry_of(BRIEF, collection=collection)
    assert (entry.description, entry.language) == ("Of its own.", "ru")
    outside = replace(COLLECTION, program="")
    entry = entry_of(BRIEF, collection=outside)
    assert (entry.description, entry.editor) == ("", "")


def test_the_catalogue_names_the_institute_and_counts_its_books() -> None:
    found = catalogue(entry_of(BRIEF))
    assert found["metadata"] == {"title": "House of Policy", "numberOfItems": 1}
    opds = "application/opds+json"
    self_link = {"rel": "self", "href": "https://example.org/opds.json", "type": opds}
    assert found["links"] == [self_link]


def test_a_publication_has_metadata_download_and_cover() -> None:
    entry = entry_of(OTHER, BRIEF)
    (publication,) = catalogue(entry)["publications"]
    assert publication == {
        "metadata": {
            "@type": "http://schema.org/Book",
            "title": "Security Briefs",
            "identifier": entry.identifier,
            "language": "en",
            "author": [
                {"name": "Ben Öz", "sortAs": "Öz, Ben"},
                {"name": "Jane Doe", "sortAs": "Doe, Jane"},
            ],
            "publisher": "House of Policy",
            "published": "2024-06-01",
            "modified": "2024-06-02T00:00:00Z",
            "description": "On states.",
        },
        "links": [
            {
                "rel": "http://opds-spec.org/acquisition/open-access",
                "href": "https://example.org/epub/spp.epub",
                "type": "application/epub+zip",
            }
        ],
        "images": [
            {
                "href": "https://example.org/epub/spp.png",
                "type": "image/png",
                "width": 1600,
                "height": 2400,
            }
        ],
    }


def test_a_publication_without_description_has_none() -> None:
    entry = entry_of(BRIEF, collection=replace(COLLECTION, program=""))
    (publication,) = catalogue(entry)["publications"]
    assert "description" not in publication["metadata"]


def test_the_catalogue_lists_only_books_that_exist() -> None:
    # issue 10, fault 4
    missing = entry_of(BRIEF, epub="", cover="")
    found = catalogue(missing, entry_of(OTHER, cover=""))
    assert found["metadata"]["numberOfItems"] == 1
    (publication,) = found["publications"]
    assert publication["metadata"]["author"][0]["name"] == "Ben Öz"
    assert "images" not in publication


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_the_index_page_links_to_feed_catalogue_briefs_and_books(lang: str) -> None:
    press = replace(PRESS, language=lang)
    collections = (entry_of(BRIEF, press=press),)
    inputs = shelf(published(BRIEF), press=press, collections=collections)
    root = parse_page(render_index(inputs).decode())
    assert root.get("lang") == lang
    heads = {(link.get("rel"), link.get("href")) for link in root.iter("link")}
    assert heads == {
        ("canonical", "https://example.org/"),
        ("alternate", "feed.xml"),
        ("alternate", "opds.json"),
        ("stylesheet", "assets/plain.css"),
    }
    hrefs = [link.get("href") for link in root.iter("a")]
    assert hrefs == [
        "#briefs",
        "feed.xml",
        "epub/spp.epub",
        "html/rents/index.html",
        "pdf/rents.pdf",
    ]
