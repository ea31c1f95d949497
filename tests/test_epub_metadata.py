"""The metadata of the package document, element by element."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from xml.etree.ElementTree import fromstring

import books
from briefpress.editions.epub.model import Book, Chapter
from briefpress.editions.epub.package import package_metadata
from briefpress.model import Author

OPF = "{http://www.idpf.org/2007/opf}"
ADA = Author("Ada Quay", "Quay, Ada")
BEN = Author("Ben Öz")
WATER = Chapter(
    "water",
    "briefs/water.xhtml",
    "Water",
    dt.date(2024, 3, 12),
    lang="en",
    authors=(ADA,),
    tags=("water", "energy"),
    series="Briefing",
    features=("pictures", "table"),
    pages=("1", "2"),
)
COAL = Chapter(
    "coal",
    "briefs/coal.xhtml",
    "Coal",
    dt.date(2023, 1, 5),
    lang="ru",
    authors=(BEN, ADA),
    tags=("energy", "coal"),
    series="Briefing",
    pages=("3",),
)


def book_of(*chapters: Chapter, **organisation: Any) -> Book:
    """Return a book of these chapters, by an organisation with these values."""
    press = books.press()
    press = replace(press, organisation=replace(press.organisation, **organisation))
    return Book(press, books.collection(), chapters, books.theme())


def texts(book: Book, name: str) -> list[str]:
    """Return the texts of the elements, or of the properties, of this name."""
    return [
        meta.text
        for meta in package_metadata(book)
        if name in {meta.name, meta.attributes.get("property")}
    ]


def refinements(book: Book, element: str) -> dict[str, tuple[str, str]]:
    """Return what refines an element: property to value and scheme."""
    return {
        meta.attributes["property"]: (meta.text, meta.attributes.get("scheme", ""))
        for meta in package_metadata(book)
        if meta.attributes.get("refines") == f"#{element}"
    }


def ids(book: Book, name: str) -> list[str]:
    """Return the ids of the elements of this name."""
    metadata = package_metadata(book)
    return [meta.attributes.get("id", "") for meta in metadata if meta.name == name]


def test_the_work_is_described_by_name_date_language_and_rights() -> None:
    book = book_of(WATER, COAL)
    assert texts(book, "dc:identifier") == [book.identifier]
    assert ids(book, "dc:identifier") == ["pub-id"]
    assert texts(book, "dc:title") == ["Environment and Water Program"]
    assert refinements(book, "title") == {"title-type": ("main", "")}
    assert texts(book, "dc:language") == ["en", "ru"]
    assert texts(book, "dc:date") == ["2024-03-12"]
    assert texts(book, "dc:description") == ["What rivers carry."]
    assert texts(book, "dc:rights") == ["© 2024. All rights reserved."]
    assert texts(book_of(WATER, rights=""), "dc:rights") == []


def test_the_publisher_is_the_full_name_of_the_institute() -> None:
    assert texts(book_of(WATER), "dc:publisher") == ["Example Policy Center"]


def test_subjects_are_the_tags_and_the_most_frequent_comes_first() -> None:
    assert texts(book_of(WATER, COAL), "dc:subject") == ["energy", "coal", "water"]


def test_languages_begin_with_that_of_the_collection() -> None:
    book = replace(book_of(WATER, COAL), collection=books.collection("fa"))
    assert texts(book, "dc:language") == ["fa", "en", "ru"]


def test_the_doi_identifies_a_single_brief_book_only() -> None:
    with_doi = replace(WATER, doi="10.1234/water")
    book = book_of(with_doi)
    doi = "https://doi.org/10.1234/water"
    assert texts(book, "dc:identifier") == [book.identifier, doi]
    assert ids(book, "dc:identifier") == ["pub-id", "doi"]
    assert len(texts(book_of(with_doi, COAL), "dc:identifier")) == 1


def test_the_identifier_depends_on_site_and_collection_only() -> None:
    first = book_of(WATER).identifier
    assert first.startswith("urn:uuid:")
    assert book_of(COAL, rights="", acronym="X").identifier == first
    assert book_of(WATER, url="https://example.org/").identifier == first
    assert book_of(WATER, url="https://example.com").identifier != first
    without_site = book_of(WATER, url="").identifier
    assert book_of(WATER, url="", name="Another").identifier != without_site


def test_identifiers_never_change() -> None:
    """Shops and reading systems take a book with another identifier for another book."""
    with_site, without_site = book_of(WATER), book_of(WATER, url="")
    assert with_site.identifier == "urn:uuid:1f3982d7-59d8-5802-9940-42b24024712c"
    assert without_site.identifier == "urn:uuid:8366cf6a-3c32-5038-992f-cc5750a6825b"


def test_authors_are_creators_with_role_and_sort_name() -> None:
    book = book_of(WATER, COAL)
    assert texts(book, "dc:creator") == ["Ada Quay", "Ben Öz"]
    assert ids(book, "dc:creator") == ["author-1", "author-2"]
    assert refinements(book, "author-1") == {
        "role": ("aut", "marc:relators"),
        "file-as": ("Quay, Ada", ""),
    }
    assert refinements(book, "author-2")["file-as"] == ("Ben Öz", "")


def test_the_editor_of_the_program_is_a_contributor() -> None:
    book = book_of(WATER)
    assert texts(book, "dc:contributor") == ["Ada Editor"]
    assert refinements(book, "editor") == {"role": ("edt", "marc:relators")}
    program = replace(book.press.programs["ewp"], editor="")
    without_editor = replace(book, press=replace(book.press, programs={"ewp": program}))
    assert texts(without_editor, "dc:contributor") == []
    without_program = replace(book, collection=replace(book.collection, program=""))
    assert texts(without_program, "dc:contributor") == []
    assert texts(without_program, "dc:description") == []


def test_eight_authors_are_creators_and_nine_are_contributors() -> None:
    authors = [Author(f"Author {number}") for number in range(9)]
    names = [author.name for author in authors]
    eight = book_of(replace(WATER, authors=tuple(authors[:8])))
    assert texts(eight, "dc:creator") == names[:8]
    nine = book_of(replace(WATER, authors=tuple(authors)))
    assert texts(nine, "dc:creator") == ["Example Policy Center"]
    assert ids(nine, "dc:creator") == ["creator"]
    assert refinements(nine, "creator") == {"role": ("isb", "marc:relators")}
    numbers = [f"author-{number}" for number in range(1, 10)]
    assert ids(nine, "dc:contributor") == [*numbers, "editor"]
    assert texts(nine, "dc:contributor") == [*names, "Ada Editor"]


def test_a_book_without_authors_is_by_the_institute() -> None:
    book = book_of(replace(WATER, authors=()))
    assert texts(book, "dc:creator") == ["Example Policy Center"]


def test_the_series_is_that_of_all_briefs_or_else_the_institute() -> None:
    def series(*chapters: Chapter) -> Sequence[str]:
        book = book_of(*chapters)
        assert refinements(book, "series") == {"collection-type": ("series", "")}
        (calibre,) = [
            meta.attributes["content"]
            for meta in package_metadata(book)
            if meta.attributes.get("name") == "calibre:series"
        ]
        assert texts(book, "belongs-to-collection") == [calibre]
        return calibre

    assert series(WATER, COAL) == "Briefing"
    assert series(WATER, replace(COAL, series="Note")) == "Example Policy Center"
    assert series(replace(WATER, series="")) == "Example Policy Center"


def test_page_numbers_of_one_brief_are_those_of_its_pdf() -> None:
    pdf = "https://example.org/pdf/water.pdf"
    assert texts(book_of(WATER), "dc:source") == [pdf]
    assert texts(book_of(WATER), "pageBreakSource") == [pdf]
    assert texts(book_of(WATER, url=""), "dc:source") == ["Water (PDF)"]


def test_page_numbers_of_several_briefs_are_the_book_s_own() -> None:
    book = book_of(WATER, COAL)
    pdfs = ["https://example.org/pdf/water.pdf", "https://example.org/pdf/coal.pdf"]
    assert texts(book, "dc:source") == pdfs
    assert texts(book, "pageBreakSource") == ["none"]
    without_pages = book_of(replace(WATER, pages=()))
    assert texts(without_pages, "dc:source") == []
    assert texts(without_pages, "pageBreakSource") == []


def test_accessibility_metadata_is_computed_from_the_chapters() -> None:
    book = book_of(WATER, COAL)
    assert texts(book, "schema:accessMode") == ["textual", "visual"]
    assert texts(book, "schema:accessModeSufficient") == ["textual", "textual,visual"]
    assert texts(book, "schema:accessibilityFeature") == [
        "structuralNavigation",
        "tableOfContents",
        "readingOrder",
        "displayTransformability",
        "alternativeText",
        "pageBreakMarkers",
        "pageNavigation",
    ]
    assert texts(book, "schema:accessibilityHazard") == ["none"]
    labels = books.theme().labels("en")
    keys = ("access_text", "access_pictures", "access_tables", "access_pages")
    summary = " ".join(labels[key] for key in keys)
    assert texts(book, "schema:accessibilitySummary") == [summary]


def test_pictures_without_alternative_text_are_not_accessible_as_text() -> None:
    book = book_of(replace(WATER, features=("pictures", "unnamed"), pages=()))
    assert texts(book, "schema:accessMode") == ["textual", "visual"]
    assert texts(book, "schema:accessModeSufficient") == ["textual,visual"]
    assert "alternativeText" not in texts(book, "schema:accessibilityFeature")
    labels = books.theme().labels("en")
    summary = f"{labels['access_text']} {labels['access_some_pictures']}"
    assert texts(book, "schema:accessibilitySummary") == [summary]


def test_formulas_and_data_are_accessibility_features() -> None:
    book = book_of(replace(WATER, features=("data", "math"), pages=()))
    assert texts(book, "schema:accessMode") == ["textual"]
    assert texts(book, "schema:accessModeSufficient") == ["textual"]
    assert texts(book, "schema:accessibilityFeature")[4:] == [
        "longDescription",
        "MathML",
    ]
    labels = books.theme().labels("en")
    summary = f"{labels['access_text']} {labels['access_formulas']}"
    assert texts(book, "schema:accessibilitySummary") == [summary]


def test_the_accessibility_summary_is_in_the_language_of_the_book() -> None:
    book = replace(book_of(COAL), collection=books.collection("ru"))
    assert texts(book, "schema:accessibilitySummary")[0].startswith("Текст можно")


def test_conformance_is_claimed_only_if_a_person_certifies_it() -> None:
    assert texts(book_of(WATER), "dcterms:conformsTo") == []
    book = book_of(WATER, certified_by="Example Audit Office")
    conformance = "EPUB Accessibility 1.1 - WCAG 2.1 Level AA"
    assert texts(book, "dcterms:conformsTo") == [conformance]
    assert refinements(book, "conformance") == {
        "a11y:certifiedBy": ("Example Audit Office", "")
    }


def test_the_package_document_contains_all_metadata() -> None:
    """EbookLib drops what it cannot write, and reports it only in a log."""
    book = books.as_book(books.three())
    package = fromstring(books.files(books.bind(book))["EPUB/content.opf"])
    metadata = package.find(f"{OPF}metadata")
    assert metadata is not None
    written = [
        (element.tag.rpartition("}")[2], element.text or "", dict(element.attrib))
        for element in metadata
    ]
    modified = {"property": "dcterms:modified"}
    assert written[0] == ("meta", "2023-11-14T22:13:20Z", modified)
    expected = [
        (meta.name.rpartition(":")[2], meta.text, dict(meta.attributes))
        for meta in package_metadata(book)
    ]
    assert sorted(map(str, written[1:])) == sorted(map(str, expected))
    assert package.attrib == {
        "unique-identifier": "pub-id",
        "version": "3.0",
        "{http://www.w3.org/XML/1998/namespace}lang": "en",
        "dir": "ltr",
    }
