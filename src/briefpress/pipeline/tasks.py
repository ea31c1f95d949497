"""The functions that workers run. Each makes one edition, or one stage on the way.

`steps.py` says what each of them reads. They only connect the engine to the stages: the
work is done by `parse_document`, `render_pdf` and their like. Renderers are imported
when they are called, so a worker that sets PDFs never loads what makes e-books.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from xml.etree.ElementTree import Element

from briefpress.document.files import UnreadableFile
from briefpress.document.links import BriefLink, brief_links, document_ids
from briefpress.editions.epub.model import (
    Book,
    BookFont,
    Chapter,
    ChapterInputs,
    EpubEdition,
    EpubInputs,
    make_book,
)
from briefpress.editions.inputs import AssetFile, BriefContext, PublishedBrief
from briefpress.editions.marks import TypedText
from briefpress.editions.pdf.model import PdfEdition, PdfInputs
from briefpress.editions.proof import Proof
from briefpress.editions.web import WebFontInputs
from briefpress.model import (
    Asset,
    Brief,
    Collection,
    Document,
    Limits,
    PageMap,
    Places,
    Press,
)
from briefpress.problems import Problem
from briefpress.redirects import Redirect, render_redirects
from briefpress.theme.added_fonts import with_font_files
from briefpress.theme.model import Theme


@dataclass(frozen=True, slots=True)
class DocumentSource:
    """A brief's text and what its document depends on, besides its files."""

    brief: Brief
    places: Places  # of the front matter, in the brief's file
    absent: Mapping[str, UnreadableFile]  # paths that cannot be read, and why
    linkable: Mapping[str, str]  # files of briefs that the text may name, to slugs
    limits: Limits
    site: str  # the address of the press on the web, or ""
    remarks: Mapping[str, str]  # on briefs that the text may name, by slug


@dataclass(frozen=True, slots=True)
class DocumentSummary:
    """What the pipeline needs to know of a document without reading it."""

    assets: tuple[Asset, ...]
    links: tuple[BriefLink, ...]  # to other briefs
    ids: frozenset[str]  # that links from other briefs can name
    parts: Mapping[str, int]  # how many headings, notes, figures and tables it has


@dataclass(frozen=True, slots=True)
class Positions:
    """Where the ids of a document are in the brief's file."""

    places: Places


@dataclass(frozen=True, slots=True)
class UnreadPaths:
    """Files to read before a document can be made."""

    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DocumentResult:
    """A brief's document, or the files to read before it can be made."""

    document: Document
    summary: DocumentSummary
    positions: Positions
    unread: UnreadPaths  # if there are any, run the step again with these files
    converted: Mapping[str, bytes]  # pictures that are not published as they are
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found in a brief for a proof: no problem makes the step fail."""

    problems: tuple[Problem, ...] = ()
    is_readable: bool = True  # whether the document has the brief's text
    pages: int = 0


@dataclass(frozen=True, slots=True)
class ProofDocument(DocumentResult):
    """A brief's document for a proof, which is kept if it has errors."""

    findings: Findings = Findings()


@dataclass(frozen=True, slots=True)
class ProofSettings:
    """What the marks of a proof depend on, besides the document."""

    date: dt.date
    typed: TypedText
    problems: tuple[Problem, ...]
    gap_label: str  # of a note that is missing
    is_readable: bool = True  # whether the document has the brief's text
    typed_before: tuple[str, ...] | None = None  # the lines of the earlier front matter
    compared_with: str = ""
    pages: int = 0


@dataclass(frozen=True, slots=True)
class MarkedProof:
    """A document with marks, and what else its proof shows."""

    document: Document
    proof: Proof


@dataclass(frozen=True, slots=True)
class ProofLayout:
    """What was found on a brief's pages."""

    findings: Findings


@dataclass(frozen=True, slots=True)
class ProofPdf:
    """The PDF of a proof."""

    pdf: bytes
    page_map: PageMap
    line_numbers: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class PdfSettings:
    """What a brief's PDF depends on besides its document, theme and files."""

    context: BriefContext
    tokens: Mapping[str, str]  # the program's own
    media_types: Mapping[str, str]  # of the files, by name


@dataclass(frozen=True, slots=True)
class WebPage:
    """A brief's web page."""

    html: bytes


@dataclass(frozen=True, slots=True)
class ChapterSettings:
    """What a chapter depends on besides its document, theme, pages and files."""

    context: BriefContext
    media_types: Mapping[str, str]  # of the files, by name
    picture_pixels: int


@dataclass(frozen=True, slots=True)
class ChapterResult:
    """A chapter of a book."""

    chapter: Chapter
    entry: Chapter  # without its text and pictures: what other parts of a book show
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class BookSettings:
    """What a book depends on besides its chapters and theme."""

    press: Press
    collection: Collection
    tokens: Mapping[str, str]  # the program's own
    epoch: int = 0  # the one date in the EPUB, in seconds since 1970


@dataclass(frozen=True, slots=True)
class BookSummary:
    """What a book's fonts and cover depend on.

    A changed word in a brief leaves it as it is, so fonts and cover are not made again.
    """

    characters: str  # each once, sorted
    entries: tuple[Chapter, ...]


@dataclass(frozen=True, slots=True)
class BookFonts:
    """The fonts of a book."""

    fonts: tuple[BookFont, ...]


@dataclass(frozen=True, slots=True)
class Cover:
    """The cover of a book."""

    png: bytes


@dataclass(frozen=True, slots=True)
class ShelfSettings:
    """What the index page, the feed and the catalogue list."""

    press: Press
    briefs: tuple[PublishedBrief, ...]
    books: Mapping[str, tuple[Brief, ...]]  # collections to what their EPUBs contain
    css: str  # the address of the style sheet
    redirects: tuple[Redirect, ...]


@dataclass(frozen=True, slots=True)
class Shelf:
    """The pages that list all editions, and what leads from old addresses to them."""

    html: bytes
    atom: bytes
    opds: bytes
    redirects: Mapping[str, bytes]  # by path


@dataclass(frozen=True, slots=True)
class StyleSheet:
    """The style sheet of a theme's web pages."""

    css: bytes


@dataclass(frozen=True, slots=True)
class WebFontFiles:
    """The WOFF2 files of a face at one weight."""

    files: Mapping[str, bytes] = field(default_factory=dict)  # by range of letters
    ranges: tuple[str, ...] = ()  # those of which it has letters


def make_document(source: DocumentSource, files: Mapping[str, bytes]) -> DocumentResult:
    """Return a brief's document, given the files of the project that it shows.

    If its text names paths that are not among the files, they are in `unread`.
    """
    from briefpress.document.parser import parse_document

    brief = replace(source.brief, places=source.places)
    unread: set[str] = set()

    def read_file(path: str) -> bytes | UnreadableFile:
        if path in files:
            return files[path]
        if path not in source.absent:
            unread.add(path)
        return source.absent.get(path, UnreadableFile("missing"))

    parsed = parse_document(
        brief,
        read_file,
        source.limits,
        source.linkable,
        source.site,
        source.remarks,
    )
    positions = parsed.positions
    placed = tuple(each.placed(brief.file, positions) for each in parsed.problems)
    if unread:
        placed = ()  # they are not final before all files are read
    document = parsed.document
    if document is None:  # a limit was exceeded
        document = _empty_document(brief)
    converted = {each.src: each.converted for each in document.assets if each.converted}
    assets = tuple(replace(asset, converted=b"") for asset in document.assets)
    document = replace(document, assets=assets)
    return DocumentResult(
        document,
        _summary(document),
        Positions(positions),
        UnreadPaths(tuple(sorted(unread))),
        converted,
        placed,
    )


def _empty_document(brief: Brief) -> Document:
    body = Element("div")
    return Document(
        brief.title, brief.subtitle, brief.lang, body, None, (), (), (), (), (), 0
    )


def _summary(document: Document) -> DocumentSummary:
    links = tuple(brief_links(document))
    kinds = Counter(figure.kind for figure in document.figures)
    parts = {
        "heading": len(document.outline),
        "note": len(document.notes),
        "figure": kinds["figure"],
        "table": kinds["table"],
    }
    return DocumentSummary(document.assets, links, document_ids(document), parts)


def make_pdf(
    settings: PdfSettings,
    document: Document,
    theme: Theme,
    files: Mapping[str, bytes],
    font_files: Mapping[str, bytes],
) -> PdfEdition:
    """Return a brief's PDF, its page map and its audit."""
    from briefpress.editions.pdf.render import render_pdf

    theme = with_font_files(theme, font_files)
    assets = _assets(files, settings.media_types)
    inputs = PdfInputs(settings.context, document, theme, settings.tokens, assets)
    return render_pdf(inputs)


def make_web_page(
    context: BriefContext, document: Document, theme: Theme, page_map: PageMap
) -> WebPage:
    """Return a brief's web page, with the page marks of its PDF."""
    from briefpress.editions.web import WebInputs, render_web

    return WebPage(render_web(WebInputs(context, document, theme, page_map)))


def make_proof_document(
    source: DocumentSource, files: Mapping[str, bytes]
) -> ProofDocument:
    """Return a brief's document, also if it has errors."""
    made = make_document(source, files)
    is_readable = bool(len(made.document.body)) or not source.brief.text.strip()
    return ProofDocument(
        made.document,
        made.summary,
        made.positions,
        made.unread,
        made.converted,
        findings=Findings(made.problems, is_readable),
    )


def make_proof_layout(
    settings: PdfSettings,
    document: Document,
    theme: Theme,
    files: Mapping[str, bytes],
    font_files: Mapping[str, bytes],
) -> ProofLayout:
    """Return what is wrong on a brief's pages, and their number."""
    edition = make_pdf(settings, document, theme, files, font_files)
    return ProofLayout(Findings(edition.problems, pages=edition.audit.pages))


def make_marked_proof(
    settings: ProofSettings,
    document: Document,
    positions: Positions,
    before: tuple[Document, ...],
) -> MarkedProof:
    """Return a document with marks, and with changes if there is an earlier one."""
    from briefpress.editions.changes import with_changes
    from briefpress.editions.marks import label_gaps, mark_document

    document = label_gaps(document, settings.gap_label)
    for earlier in before:
        document = with_changes(document, earlier)
    marked = mark_document(
        document,
        positions.places,
        settings.typed,
        settings.problems,
        _listing(settings),
    )
    proof = Proof(
        settings.date,
        settings.pages,
        marked.marks,
        marked.listing,
        settings.compared_with,
    )
    return MarkedProof(marked.document, proof)


def _listing(settings: ProofSettings) -> Element | None:
    """Return the lines of a brief's file that its proof lists, or None.

    They are those of the front matter if there is a problem or a change in it; those of
    the text too if it cannot be read.
    """
    from briefpress.editions.changes import changed_lines
    from briefpress.editions.marks import line_element, lines_near, list_lines

    typed, problems = settings.typed, settings.problems
    front_matter = typed.rows[: typed.first - 1]
    before = settings.typed_before
    if not settings.is_readable:
        numbers = lines_near(typed, problems)
    elif before is not None and before != front_matter:
        return list_lines(changed_lines(front_matter, before))
    elif any(each.span and 0 < each.span.line < typed.first for each in problems):
        numbers = list(range(1, typed.first))
    else:
        return None
    return list_lines(line_element(number, typed.row(number)) for number in numbers)


def make_proof_pdf(
    settings: PdfSettings,
    marked: Document,
    proof: Proof,
    theme: Theme,
    files: Mapping[str, bytes],
    font_files: Mapping[str, bytes],
) -> ProofPdf:
    """Return the PDF of a proof."""
    from briefpress.editions.pdf.render import render_pdf

    theme = with_font_files(theme, font_files)
    assets = _assets(files, settings.media_types)
    inputs = PdfInputs(settings.context, marked, theme, settings.tokens, assets, proof)
    edition = render_pdf(inputs)
    return ProofPdf(edition.pdf, edition.page_map, edition.line_numbers)


def make_proof_page(
    context: BriefContext,
    marked: Document,
    proof: Proof,
    theme: Theme,
    page_map: PageMap,
    line_numbers: Mapping[str, int],
) -> WebPage:
    """Return the web page of a proof, with the pages and lines of its PDF."""
    from briefpress.editions.web import WebInputs, render_web

    inputs = WebInputs(context, marked, theme, page_map, proof, line_numbers)
    return WebPage(render_web(inputs))


def make_chapter(
    settings: ChapterSettings,
    document: Document,
    theme: Theme,
    page_map: PageMap,
    files: Mapping[str, bytes],
) -> ChapterResult:
    """Return a brief's chapter of a book, and its entry in the lists of the book."""
    from briefpress.editions.epub.chapter import render_chapter

    edition = render_chapter(
        ChapterInputs(
            settings.context,
            document,
            theme,
            page_map,
            _assets(files, settings.media_types),
            settings.picture_pixels,
        )
    )
    entry = replace(edition.chapter, data=b"", pictures=())
    return ChapterResult(edition.chapter, entry, edition.problems)


def make_book_summary(
    settings: BookSettings, theme: Theme, entries: tuple[Chapter, ...]
) -> BookSummary:
    """Return the characters of a book, and who wrote what in it."""
    from briefpress.editions.epub.cover import book_characters

    book = _book(settings, theme, entries)
    bare = tuple(
        replace(entry, characters="", pages=(), headings=()) for entry in book.chapters
    )
    return BookSummary("".join(sorted(book_characters(book))), bare)


def make_book_fonts(
    theme: Theme, characters: str, font_files: Mapping[str, bytes]
) -> BookFonts:
    """Return the fonts of a book, with no other characters."""
    from briefpress.editions.epub.cover import book_fonts

    theme = with_font_files(theme, font_files)
    return BookFonts(book_fonts(theme, frozenset(characters)))


def make_cover(
    settings: BookSettings,
    theme: Theme,
    entries: tuple[Chapter, ...],
    fonts: tuple[BookFont, ...],
    logos: Mapping[str, bytes],
) -> Cover:
    """Return the cover of a book."""
    from briefpress.editions.epub.cover import render_cover

    return Cover(render_cover(_book(settings, theme, entries, logos), fonts))


def make_epub(
    settings: BookSettings,
    theme: Theme,
    chapters: tuple[Chapter, ...],
    fonts: tuple[BookFont, ...],
    cover: bytes,
    logos: Mapping[str, bytes],
) -> EpubEdition:
    """Return a collection's EPUB, checked."""
    from briefpress.editions.epub.book import number_pages, render_epub
    from briefpress.epub_check import check_epub

    book = _book(settings, theme, tuple(number_pages(chapters)), logos)
    edition = render_epub(EpubInputs(book, fonts, cover, settings.epoch))
    problems = edition.problems or check_epub(edition.epub)
    return EpubEdition(edition.epub, problems)


def make_shelf(settings: ShelfSettings, theme: Theme) -> Shelf:
    """Return the index page, the feed of the briefs and the catalogue of the books."""
    from briefpress.shelf import (
        ShelfInputs,
        catalogue_entry,
        render_atom,
        render_index,
        render_opds,
    )

    press = settings.press
    collections = []
    for key, briefs in settings.books.items():
        epub, cover = f"epub/{key}.epub", f"epub/{key}.png"
        collection = press.collections[key]
        entry = catalogue_entry(press, collection, briefs, epub=epub, cover=cover)
        collections.append(entry)
    inputs = ShelfInputs(
        press, settings.briefs, tuple(collections), theme, settings.css
    )
    site = press.organisation.url
    return Shelf(
        render_index(inputs),
        render_atom(inputs),
        render_opds(inputs),
        render_redirects(settings.redirects, site),
    )


def make_style_sheet(
    tokens: Mapping[str, str], theme: Theme, ranges: Mapping[str, tuple[str, ...]]
) -> StyleSheet:
    """Return the style sheet of a theme's web pages.

    `ranges` has the ranges of letters of each web font, by the font's file name.
    """
    from briefpress.editions.web import StylesheetInputs, render_stylesheet

    files = [f"{font}-{name}" for font, names in ranges.items() for name in names]
    inputs = StylesheetInputs(theme, tokens, frozenset(files))
    return StyleSheet(render_stylesheet(inputs))


def make_web_font(inputs: WebFontInputs) -> WebFontFiles:
    """Return a face as WOFF2, one file for each range of letters that it has."""
    from briefpress.editions.web import render_web_font

    files = {name: data for name, data in render_web_font(inputs).files.items() if data}
    return WebFontFiles(files, tuple(files))


def _assets(
    files: Mapping[str, bytes], media_types: Mapping[str, str]
) -> dict[str, AssetFile]:
    return {name: AssetFile(data, media_types[name]) for name, data in files.items()}


def _book(
    settings: BookSettings,
    theme: Theme,
    chapters: tuple[Chapter, ...],
    logos: Mapping[str, bytes] | None = None,
) -> Book:
    press, collection = settings.press, settings.collection
    return make_book(press, collection, chapters, theme, settings.tokens, logos or {})
