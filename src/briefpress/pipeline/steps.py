"""Which step reads what: the only place that connects the stages of a build.

A step's function is in `tasks.py`. Everything here is computed from values; nothing
reads the disk.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from briefpress.document.files import UnreadableFile, remarks_for
from briefpress.document.links import BriefLink
from briefpress.editions.epub.model import EpubEdition, book_modified
from briefpress.editions.inputs import BriefContext, PublishedBrief
from briefpress.editions.pdf.model import PdfEdition
from briefpress.editions.web import WebFontInputs, web_font_name
from briefpress.engine.step import (
    Items,
    NamedItems,
    Reference,
    Step,
    StoredFile,
    Value,
    step,
)
from briefpress.manuscript.record import addresses_of
from briefpress.model import Brief, Collection, Document, PageMap
from briefpress.pipeline import tasks
from briefpress.pipeline.project import LOGOS_INSIDE, LOGOS_ON_SITE, Project
from briefpress.redirects import Redirect
from briefpress.theme.model import Theme, for_medium, for_proofs
from briefpress.theme.styles import MEDIA, style_sheet_names

TOP = "../../"  # from html/<slug>/ to the folder that is served
PROOF_SHEET = "assets/proof.css"  # from the web page of a proof


@dataclass(frozen=True, slots=True)
class MadeDocument:
    """A document that was made, and what the pipeline knows about it."""

    result: Reference[Document]
    positions: Reference[tasks.Positions]
    files: Mapping[str, str]  # the name in its tree, to a digest
    media_types: Mapping[str, str]  # the name in its tree, to "image/svg+xml"
    links: tuple[BriefLink, ...]  # to other briefs
    ids: frozenset[str]  # that links from other briefs can name
    parts: Mapping[str, int] = field(default_factory=dict)  # see `DocumentSummary`
    dead_links: frozenset[str] = frozenset()  # `slug#id` that no other brief has


@dataclass(frozen=True, slots=True)
class PublishedFiles:
    """What the output folder contains after this run, so pages can link to it."""

    web_pages: frozenset[str]  # slugs
    pdfs: frozenset[str]  # slugs
    epubs: frozenset[str]  # keys of collections
    has_index: bool  # the page that lists all briefs


@dataclass(frozen=True, slots=True)
class BookSteps:
    """The steps of a collection's EPUB."""

    chapters: Mapping[str, Step[tasks.ChapterResult]]  # by slug, in reading order
    summary: Step[tasks.BookSummary]
    fonts: Step[tasks.BookFonts]
    cover: Step[tasks.Cover]
    epub: Step[EpubEdition]

    def all(self) -> list[Step[object]]:
        """Return them as a list."""
        chapters = self.chapters.values()
        return [*chapters, self.summary, self.fonts, self.cover, self.epub]


@dataclass(frozen=True, slots=True)
class WebAssets:
    """The steps of the style sheets and fonts that web pages use."""

    sheets: Mapping[tuple[str, str], Step[tasks.StyleSheet]]  # by theme and program
    paths: Mapping[tuple[str, str], str]  # where the sheets are published
    fonts: Mapping[str, Step[tasks.WebFontFiles]]  # by file name

    def all(self) -> list[Step[object]]:
        """Return them as a list."""
        return [*self.fonts.values(), *self.sheets.values()]


@dataclass(frozen=True, slots=True)
class _ChapterLinks:
    """Slugs of the briefs that a chapter can link to."""

    in_book: frozenset[str]
    on_site: Container[str]


@dataclass(frozen=True, slots=True)
class StepFactory:
    """Makes the steps of a project. Each theme and logo is one value for all of them."""

    project: Project
    themes: Mapping[tuple[str, str], Value[Theme]]  # by theme and medium
    logos: Mapping[str, Value[bytes]]  # by path
    fonts: Mapping[str, Value[bytes]]  # those of the project, by digest
    style_sheets: Mapping[tuple[str, str], str]  # theme and program to file name
    link_remarks: Mapping[str, str]  # see `Project`
    versions: Mapping[str, Sequence[Brief]]  # a brief in its languages, by its slug

    def style_sheet_path(self, theme: str, program: str) -> str:
        """Return where a style sheet is published.

        Programs that override no tokens share the sheet of their theme.
        """
        sheet = (theme, program if self.project.tokens(program) else "")
        return f"assets/{self.style_sheets[sheet]}"

    def document(
        self,
        brief: Brief,
        files: Mapping[str, str],
        absent: Mapping[str, UnreadableFile],
        linkable: Mapping[str, str],
    ) -> Step[tasks.DocumentResult]:
        """Return the step that makes a brief's document.

        `files` are digests by path, `absent` the paths that cannot be read.
        """
        return step(
            f"document/{brief.slug}",
            tasks.make_document,
            self._document_source(brief, absent, linkable),
            _stored_files(files),
            owner=brief.slug,
        )

    def pdf(self, brief: Brief, made: MadeDocument) -> Step[PdfEdition]:
        """Return the step that makes a brief's PDF."""
        return step(
            f"pdf/{brief.slug}",
            tasks.make_pdf,
            self._pdf_settings(brief, made),
            made.result,
            self.themes[self.project.theme_of(brief), "print"],
            self._files(brief, made),
            NamedItems(self.fonts),
            owner=brief.slug,
        )

    def web_page(
        self,
        brief: Brief,
        made: MadeDocument,
        page_map: Reference[PageMap],
        css: str,
        published: PublishedFiles,
    ) -> Step[tasks.WebPage]:
        """Return the step that makes a brief's web page."""
        neighbours = self._neighbours(brief, made, published.web_pages)
        context = self._context(
            brief,
            self._related(brief, published.web_pages),
            _page_links(brief, css, published),
            dict.fromkeys(made.dead_links, "")
            | {slug: f"../{slug}/index.html" for slug in neighbours},
            f"{TOP}{LOGOS_ON_SITE}",
        )
        return step(
            f"web/{brief.slug}",
            tasks.make_web_page,
            Value(context),
            made.result,
            self.themes[self.project.theme_of(brief), "screen"],
            page_map,
            owner=brief.slug,
        )

    def book(
        self,
        collection: Collection,
        briefs: Sequence[Brief],
        documents: Mapping[str, MadeDocument],
        page_maps: Mapping[str, Reference[PageMap]],
        linkable: Container[str],
    ) -> BookSteps:
        """Return the steps of a collection's EPUB with these briefs, in reading order.

        `linkable` are the slugs of the briefs that have a web page.
        """
        key = collection.key
        slugs = frozenset(brief.slug for brief in briefs)
        chapters = {
            brief.slug: self._chapter(
                collection,
                brief,
                documents[brief.slug],
                page_maps[brief.slug],
                _ChapterLinks(slugs, linkable),
            )
            for brief in briefs
        }
        settings = self._book_settings(collection, briefs)
        basics = Value(settings)
        theme = self.themes[self.project.theme_of_book(collection), "epub"]
        logos = NamedItems(self._logo_files(collection.program))
        entries = [
            each.output(lambda result: result.entry) for each in chapters.values()
        ]
        texts = [
            each.output(lambda result: result.chapter) for each in chapters.values()
        ]
        summary = step(
            f"gather/{key}",
            tasks.make_book_summary,
            basics,
            theme,
            Items(tuple(entries)),
        )
        fonts = step(
            f"fonts/{key}",
            tasks.make_book_fonts,
            theme,
            summary.output(lambda result: result.characters),
            NamedItems(self.fonts),
        )
        cover = step(
            f"cover/{key}",
            tasks.make_cover,
            basics,
            theme,
            summary.output(lambda result: result.entries),
            fonts.output(lambda result: result.fonts),
            logos,
        )
        epub = step(
            f"epub/{key}",
            tasks.make_epub,
            Value(replace(settings, epoch=book_epoch(collection, briefs))),
            theme,
            Items(tuple(texts)),
            fonts.output(lambda result: result.fonts),
            cover.output(lambda result: result.png),
            logos,
        )
        return BookSteps(chapters, summary, fonts, cover, epub)

    def shelf(
        self,
        briefs: Iterable[PublishedBrief],
        books: Mapping[str, Sequence[Brief]],
        css: str,
    ) -> Step[tasks.Shelf]:
        """Return the step that lists these briefs and books, and leads to them."""
        briefs = tuple(briefs)
        redirects = [
            *(each for one in briefs for each in self._redirects(one.brief)),
            *self._redirects_to_books(books),
        ]
        press = self.project.press
        logos = self.project.logo_addresses(press.programs, LOGOS_ON_SITE)
        settings = tasks.ShelfSettings(
            replace(press, logos=logos),
            tuple(replace(each, brief=_front_matter(each.brief)) for each in briefs),
            {
                key: tuple(_front_matter(brief) for brief in members)
                for key, members in books.items()
            },
            css,
            tuple(redirects),
        )
        theme = self.themes[press.theme, "screen"]
        return step("index", tasks.make_shelf, Value(settings), theme)

    def _redirects(self, brief: Brief) -> Iterator[Redirect]:
        """Yield the old addresses of a brief with the present ones."""
        now = addresses_of(brief.slug)
        for slug in self.project.earlier_slugs(brief):
            old = addresses_of(slug)
            pairs = ((old.page, now.page), (old.pdf, now.pdf), (old.epub, now.epub))
            for before, after in pairs:
                yield Redirect(before, after, brief.title, brief.lang)

    def _redirects_to_books(self, keys: Iterable[str]) -> Iterator[Redirect]:
        """Yield the old addresses of books with the present ones."""
        language = self.project.press.language
        for key in keys:
            collection = self.project.press.collections[key]
            for old in collection.formerly:
                before, after = f"epub/{old}.epub", f"epub/{key}.epub"
                yield Redirect(before, after, collection.title, language)

    def style_sheet(self, theme: str, program: str) -> Step[tasks.StyleSheet]:
        """Return the step that makes a theme's style sheet with a program's tokens."""
        return step(
            f"style/{theme}/{program}",
            tasks.make_style_sheet,
            Value(self.project.tokens(program)),
            self.themes[theme, "screen"],
            self._font_ranges(theme),
        )

    def _font_ranges(self, theme: str) -> NamedItems[tuple[str, ...]]:
        """Return the ranges of letters of a theme's web fonts, by file name."""
        ranges = {}
        for name, font in self.web_fonts(theme).items():
            ranges[name] = font.output(lambda result: result.ranges)
        return NamedItems(ranges)

    def web_fonts(self, theme: str) -> dict[str, Step[tasks.WebFontFiles]]:
        """Return the steps that make the web fonts of a theme, by file name."""
        fonts = {}
        for face in self.project.themes[theme].fonts:
            if face.content:  # a font of the project is for print and EPUB only
                continue
            for weight in face.weights:
                name = web_font_name(face, weight)
                inputs = Value(WebFontInputs(face, weight))
                fonts[name] = step(f"font/{name}", tasks.make_web_font, inputs)
        return fonts

    def _document_source(
        self,
        brief: Brief,
        absent: Mapping[str, UnreadableFile],
        linkable: Mapping[str, str],
    ) -> Value[tasks.DocumentSource]:
        """Return what a document depends on besides its files."""
        press = self.project.press
        source = tasks.DocumentSource(
            brief=replace(brief, pictures={}),  # they are among the files
            places=brief.places,
            absent=absent,
            linkable=linkable,
            limits=press.limits,
            site=press.organisation.url,
            remarks=remarks_for(brief.text, self.link_remarks),
        )
        return Value(source)

    def _pdf_settings(
        self, brief: Brief, made: MadeDocument
    ) -> Value[tasks.PdfSettings]:
        """Return what a PDF depends on besides its document, theme and files."""
        known = self.project.known_slugs
        settings = tasks.PdfSettings(
            self._context(
                brief,
                self._related(brief, known),
                {"html": self._site_address(brief.slug)},
                self._site_addresses(brief, made, known),
                LOGOS_INSIDE,
            ),
            self.project.tokens(brief.program),
            self._media_types(brief, made),
        )
        return Value(settings)

    def _chapter(
        self,
        collection: Collection,
        brief: Brief,
        made: MadeDocument,
        page_map: Reference[PageMap],
        targets: _ChapterLinks,
    ) -> Step[tasks.ChapterResult]:
        """Return the step that makes a brief's chapter of a collection's EPUB."""
        addresses = self._site_addresses(brief, made, targets.on_site)
        for slug in targets.in_book & addresses.keys():
            addresses[slug] = f"{slug}.xhtml"
        context = self._context(
            brief,
            self._related(brief, targets.on_site),
            {"html": self._site_address(brief.slug)},
            addresses,
            LOGOS_INSIDE,
        )
        pixels = self.project.press.limits.picture_pixels
        media_types = self._media_types(brief, made)
        return step(
            f"chapter/{collection.key}/{brief.slug}",
            tasks.make_chapter,
            Value(tasks.ChapterSettings(context, media_types, pixels)),
            made.result,
            self.themes[self.project.theme_of_book(collection), "epub"],
            page_map,
            self._files(brief, made),
            owner=brief.slug,
        )

    def _book_settings(
        self, collection: Collection, briefs: Iterable[Brief]
    ) -> tasks.BookSettings:
        program = collection.program
        press = self.project.press_for(
            [program, *(brief.program for brief in briefs)],
            [program],
            LOGOS_INSIDE,
            collection.language,
        )
        return tasks.BookSettings(press, collection, self.project.tokens(program))

    def _context(
        self,
        brief: Brief,
        related: tuple[Brief, ...],
        links: Mapping[str, str],
        addresses: Mapping[str, str],
        logo_folder: str,
    ) -> BriefContext:
        """Return what the templates of an edition receive."""
        programs = [brief.program, *(other.program for other in related)]
        press = self.project.press_for(
            programs, [brief.program], logo_folder, brief.lang
        )
        translations = tuple(
            _front_matter(other) for other in self._translations(brief)
        )
        return BriefContext(
            press, _front_matter(brief), related, links, addresses, translations
        )

    def _translations(self, brief: Brief) -> list[Brief]:
        """Return the published translations of a brief, and its original, by language."""
        versions = self.versions.get(brief.original, ())
        return [other for other in versions if other.slug != brief.slug]

    def _related(self, brief: Brief, linkable: Container[str]) -> tuple[Brief, ...]:
        """Return the related briefs that can be linked to."""
        slugs = self.project.related[brief.slug]
        return tuple(
            _front_matter(self.project.briefs[slug])
            for slug in slugs
            if slug in linkable
        )

    def _neighbours(
        self, brief: Brief, made: MadeDocument, linkable: Container[str]
    ) -> list[str]:
        """Return the slugs that a brief links to or is related to, sorted."""
        linked = {link.slug for link in made.links}
        slugs = linked.union(self.project.related[brief.slug])
        slugs |= {other.slug for other in self._translations(brief)}
        known = self.project.known_slugs
        return sorted(slug for slug in slugs if slug in known and slug in linkable)

    def _site_addresses(
        self, brief: Brief, made: MadeDocument, linkable: Container[str]
    ) -> dict[str, str]:
        """Return the web addresses of neighbours, for editions that leave the site.

        Those of parts that a neighbour does not have are empty.
        """
        slugs = self._neighbours(brief, made, linkable)
        addresses = dict.fromkeys(made.dead_links, "")
        addresses.update((slug, self._site_address(slug)) for slug in slugs)
        return addresses

    def _site_address(self, slug: str) -> str:
        """Return the canonical address of a brief's page; empty if there is no site."""
        site = self.project.press.organisation.url.rstrip("/")
        return f"{site}/html/{slug}/" if site else ""

    def _files(self, brief: Brief, made: MadeDocument) -> NamedItems[bytes]:
        """Return the files that an edition carries: those it shows, and the logos."""
        shown_files = _stored_files(made.files).items
        return NamedItems({**shown_files, **self._logo_files(brief.program)})

    def _logo_files(self, program: str) -> dict[str, Reference[bytes]]:
        """Return the logos by their addresses in an edition that contains them."""
        logos = self.project.logos_of([program])
        return {
            LOGOS_INSIDE + logo.name: self.logos[path] for path, logo in logos.items()
        }

    def _media_types(self, brief: Brief, made: MadeDocument) -> dict[str, str]:
        """Return the media types of what `_files` returns."""
        logos = self.project.logos_of([brief.program]).values()
        of_logos = {LOGOS_INSIDE + logo.name: logo.picture.media for logo in logos}
        return {**made.media_types, **of_logos}


@dataclass(frozen=True, slots=True)
class ProofStepFactory(StepFactory):
    """Makes the steps of proofs. Their themes have the style sheet of proofs."""

    proof_themes: Mapping[tuple[str, str], Value[Theme]] = field(default_factory=dict)

    def document(
        self,
        brief: Brief,
        files: Mapping[str, str],
        absent: Mapping[str, UnreadableFile],
        linkable: Mapping[str, str],
    ) -> Step[tasks.ProofDocument]:
        """Return the step that makes a brief's document, also if it has errors."""
        return step(
            f"proof-document/{brief.slug}",
            tasks.make_proof_document,
            self._document_source(brief, absent, linkable),
            _stored_files(files),
            owner=brief.slug,
        )

    def layout(self, brief: Brief, made: MadeDocument) -> Step[tasks.ProofLayout]:
        """Return the step that finds what is wrong on a brief's pages."""
        return step(
            f"proof-layout/{brief.slug}",
            tasks.make_proof_layout,
            self._pdf_settings(brief, made),
            made.result,
            self.themes[self.project.theme_of(brief), "print"],
            self._files(brief, made),
            NamedItems(self.fonts),
            owner=brief.slug,
        )

    def marked(
        self,
        brief: Brief,
        settings: tasks.ProofSettings,
        made: MadeDocument,
        before: Iterable[MadeDocument],
    ) -> Step[tasks.MarkedProof]:
        """Return the step that marks problems and changes in a document."""
        return step(
            f"proof-marks/{brief.slug}",
            tasks.make_marked_proof,
            Value(settings),
            made.result,
            made.positions,
            Items(tuple(earlier.result for earlier in before)),
            owner=brief.slug,
        )

    def proof_pdf(
        self, brief: Brief, made: MadeDocument, marked: Step[tasks.MarkedProof]
    ) -> Step[tasks.ProofPdf]:
        """Return the step that makes the PDF of a proof."""
        return step(
            f"proof-pdf/{brief.slug}",
            tasks.make_proof_pdf,
            self._pdf_settings(brief, made),
            marked.output(lambda result: result.document),
            marked.output(lambda result: result.proof),
            self.proof_themes[self.project.theme_of(brief), "print"],
            self._files(brief, made),
            NamedItems(self.fonts),
            owner=brief.slug,
        )

    def proof_page(
        self,
        brief: Brief,
        made: MadeDocument,
        marked: Step[tasks.MarkedProof],
        pdf: Step[tasks.ProofPdf],
    ) -> Step[tasks.WebPage]:
        """Return the step that makes the web page of a proof.

        Everything that it shows is in its folder, so it can be sent to an author.
        """
        known = self.project.known_slugs
        context = self._context(
            brief,
            self._related(brief, known),
            {"css": PROOF_SHEET, "pdf": f"../{brief.slug}.pdf"},
            self._site_addresses(brief, made, known),
            LOGOS_ON_SITE,
        )
        return step(
            f"proof-page/{brief.slug}",
            tasks.make_proof_page,
            Value(context),
            marked.output(lambda result: result.document),
            marked.output(lambda result: result.proof),
            self.proof_themes[self.project.theme_of(brief), "screen"],
            pdf.output(lambda result: result.page_map),
            pdf.output(lambda result: result.line_numbers),
            owner=brief.slug,
        )

    def web_assets(self, brief: Brief) -> WebAssets:
        """Return the steps of the style sheet and the fonts of a proof's web page."""
        theme = self.project.theme_of(brief)
        program = brief.program if self.project.tokens(brief.program) else ""
        sheet = step(
            f"proof-style/{theme}/{program}",
            tasks.make_style_sheet,
            Value(self.project.tokens(program)),
            self.proof_themes[theme, "screen"],
            self._font_ranges(theme),
        )
        key = (theme, program)
        return WebAssets({key: sheet}, {key: PROOF_SHEET}, self.web_fonts(theme))


def web_asset_steps(factory: StepFactory, briefs: Iterable[Brief]) -> WebAssets:
    """Return the steps for the pages of these briefs and for the index page."""
    project = factory.project
    used = {(project.theme_of(brief), brief.program) for brief in briefs}
    used.add((project.press.theme, ""))
    fonts = {}
    for theme in sorted({theme for theme, _ in used}):
        fonts.update(factory.web_fonts(theme))
    sheets = {
        (theme, program): factory.style_sheet(theme, program)
        for theme, program in sorted(used)
    }
    paths = {sheet: factory.style_sheet_path(*sheet) for sheet in sheets}
    return WebAssets(sheets, paths, fonts)


def make_step_factory(project: Project) -> StepFactory:
    """Return the factory of a project's steps."""
    themes = {
        (name, medium): Value(for_medium(theme, medium))
        for name, theme in project.themes.items()
        for medium in MEDIA
    }
    logos = {path: Value(logo.data) for path, logo in project.logos.items()}
    fonts = {
        face.digest: Value(face.content)
        for face in project.themes[project.press.theme].fonts
        if face.content
    }
    return StepFactory(
        project,
        themes,
        logos,
        fonts,
        _style_sheet_names(project),
        project.link_remarks,
        _versions(project),
    )


def _versions(project: Project) -> dict[str, list[Brief]]:
    """Return each brief with its translations, by language, under its slug."""
    versions: dict[str, list[Brief]] = {}
    for brief in sorted(project.briefs.values(), key=lambda each: each.lang):
        listed = versions.setdefault(brief.original, [])
        if brief.is_listed:
            listed.append(brief)
    return versions


def make_proof_step_factory(project: Project) -> ProofStepFactory:
    """Return the factory of the steps of proofs."""
    factory = make_step_factory(project)
    proof_themes = {
        (name, medium): Value(for_proofs(theme, medium))
        for name, theme in project.themes.items()
        for medium in ("print", "screen")
    }
    return ProofStepFactory(
        project,
        factory.themes,
        factory.logos,
        factory.fonts,
        factory.style_sheets,
        factory.link_remarks,
        factory.versions,
        proof_themes,
    )


def _style_sheet_names(project: Project) -> dict[tuple[str, str], str]:
    """Return the file name of every style sheet of the project."""
    sheets = [(project.press.theme, "")]
    for brief in project.briefs.values():
        program = brief.program if project.tokens(brief.program) else ""
        sheets.append((project.theme_of(brief), program))
    return style_sheet_names(dict.fromkeys(sheets))


def book_epoch(collection: Collection, briefs: Iterable[Brief]) -> int:
    """Return when a book last changed, in seconds. It never comes from the clock."""
    day = book_modified(collection, briefs)
    return int(dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC).timestamp())


def _front_matter(brief: Brief) -> Brief:
    """Return the brief without its text, and without its place in the project.

    So a line that is added above the text changes no edition.
    """
    return replace(brief, text="", line=0, file="", pictures={}, places={})


def _page_links(brief: Brief, css: str, published: PublishedFiles) -> dict[str, str]:
    """Return the links of a web page to other files, as seen from it."""
    links = {"css": f"{TOP}{css}", "root": "", "pdf": "", "epub": ""}
    if published.has_index:
        links["root"] = f"{TOP}index.html"
    if brief.slug in published.pdfs:
        links["pdf"] = f"{TOP}pdf/{brief.slug}.pdf"
    if brief.program in published.epubs:
        links["epub"] = f"{TOP}epub/{brief.program}.epub"
    return links


def _stored_files(digests: Mapping[str, str]) -> NamedItems[bytes]:
    return NamedItems({name: StoredFile(digest) for name, digest in digests.items()})
