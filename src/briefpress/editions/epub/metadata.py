"""What the package says of a book: who, what, when, and for whom it can be read.

The accessibility metadata is computed from what the chapters hold. Conformance is a claim that a person answers
for, so it is made only where press.toml says who certified it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from briefpress.editions.epub.package import Meta
from briefpress.editions.epub.value import Book

MANY = 8  # authors; a book of more is signed by the institute, as shops list every creator on the cover's side
STANDARD = "EPUB Accessibility 1.1 - WCAG 2.1 Level AA"


def metadata(book: Book) -> list[Meta]:
    """Return all of the package's metadata but `dcterms:modified`, which EbookLib writes."""
    return [*_work(book), *_people(book), *_series(book), *_accessibility(book)]


def _work(book: Book) -> Iterator[Meta]:
    """Yield what the book is."""
    house, collection = book.press.organisation, book.collection
    yield Meta("dc:identifier", book.identifier, {"id": "pub-id"})
    if len(book.chapters) == 1 and book.chapters[0].doi:
        yield Meta(
            "dc:identifier", f"https://doi.org/{book.chapters[0].doi}", {"id": "doi"}
        )
    yield Meta("dc:title", collection.title, {"id": "title"})
    yield _refine("#title", "title-type", "main")
    for lang in dict.fromkeys(
        [book.lang, *(chapter.lang for chapter in book.chapters)]
    ):
        yield Meta("dc:language", lang)
    if book.newest:
        yield Meta("dc:date", book.newest.isoformat())
    yield Meta("dc:publisher", house.name)
    program = book.press.programs.get(collection.program)
    if description := collection.description or (
        program.description if program else ""
    ):
        yield Meta("dc:description", description)
    for tag, _ in sorted(
        Counter(t for c in book.chapters for t in c.tags).items(),
        key=lambda item: (-item[1], item[0]),
    ):
        yield Meta("dc:subject", tag)
    if house.rights:
        yield Meta("dc:rights", house.rights)
    yield Meta("meta", "", {"name": "cover", "content": "cover-image"})
    yield from _pages(book)


def _pages(book: Book) -> Iterator[Meta]:
    """Yield whose the page marks are. The numbers of a book of several briefs are its own: no PDF has them."""
    paged = [chapter for chapter in book.chapters if chapter.pages]
    pdfs = [
        f"{book.address}/pdf/{c.slug}.pdf" if book.address else f"{c.title} (PDF)"
        for c in paged
    ]
    yield from (Meta("dc:source", pdf) for pdf in pdfs)
    if pdfs:
        yield Meta(
            "meta",
            pdfs[0] if len(pdfs) == 1 else "none",
            {"property": "pageBreakSource"},
        )


def _people(book: Book) -> Iterator[Meta]:
    """Yield creators and contributors with their roles and the names they are filed under."""
    authors = book.authors
    if not authors or len(authors) > MANY:
        yield Meta("dc:creator", book.press.organisation.name, {"id": "creator"})
        yield _refine("#creator", "role", "isb", scheme="marc:relators")
    kind = "contributor" if len(authors) > MANY else "creator"
    for number, author in enumerate(authors, 1):
        yield Meta(f"dc:{kind}", author.name, {"id": f"author-{number}"})
        yield _refine(f"#author-{number}", "role", "aut", scheme="marc:relators")
        yield _refine(f"#author-{number}", "file-as", author.sort or author.name)
    program = book.press.programs.get(book.collection.program)
    if program and program.editor:
        yield Meta("dc:contributor", program.editor, {"id": "editor"})
        yield _refine("#editor", "role", "edt", scheme="marc:relators")


def _series(book: Book) -> Iterator[Meta]:
    """Yield the series: the one that all the briefs are of, otherwise the books of the institute."""
    series = {chapter.series for chapter in book.chapters}
    name = (
        next(iter(series))
        if len(series) == 1 and any(series)
        else book.press.organisation.name
    )
    yield Meta("meta", name, {"property": "belongs-to-collection", "id": "series"})
    yield _refine("#series", "collection-type", "series")
    yield Meta("meta", "", {"name": "calibre:series", "content": name})


def _accessibility(book: Book) -> Iterator[Meta]:
    """Yield the accessibility metadata of schema.org, in the order in which catalogues show it."""
    has = {feature for chapter in book.chapters for feature in chapter.features}
    seen = "pictures" in has
    described = "unnamed" not in has
    yield _schema("accessMode", "textual")
    if seen:
        yield _schema("accessMode", "visual")
    if described:
        yield _schema("accessModeSufficient", "textual")
    if seen:
        yield _schema("accessModeSufficient", "textual,visual")
    for feature in _features(book, has, described=described):
        yield _schema("accessibilityFeature", feature)
    yield _schema("accessibilityHazard", "none")
    yield _schema("accessibilitySummary", _summary(book, has, described=described))
    if book.press.organisation.certified_by:
        yield Meta(
            "meta", STANDARD, {"property": "dcterms:conformsTo", "id": "conformance"}
        )
        yield _refine(
            "#conformance", "a11y:certifiedBy", book.press.organisation.certified_by
        )


def _features(book: Book, has: set[str], *, described: bool) -> Iterator[str]:
    """Yield what helps people to read the book."""
    yield from (
        "structuralNavigation",
        "tableOfContents",
        "readingOrder",
        "displayTransformability",
    )
    if "pictures" in has and described:
        yield "alternativeText"
    if "data" in has:
        yield "longDescription"
    if "math" in has:
        yield "MathML"
    if book.has_pages:
        yield from ("pageBreakMarkers", "pageNavigation")


def _summary(book: Book, has: set[str], *, described: bool) -> str:
    """Return the accessibility metadata in sentences, in the language of the book, as the theme has them."""
    asked = {
        "access_text": True,
        "access_pictures": "pictures" in has and described,
        "access_some_pictures": "pictures" in has and not described,
        "access_tables": "table" in has,
        "access_formulas": "math" in has,
        "access_pages": book.has_pages,
    }
    return " ".join(book.words[name] for name, holds in asked.items() if holds)


def _schema(name: str, value: str) -> Meta:
    """Return a property of schema.org."""
    return Meta("meta", value, {"property": f"schema:{name}"})


def _refine(what: str, name: str, value: str, **attributes: str) -> Meta:
    """Return a property of another element of the metadata."""
    return Meta("meta", value, {"refines": what, "property": name, **attributes})
