"""The stages of a build: documents, PDFs, then what links to other briefs.

Documents come first: they say which files the editions show, and so what they read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from briefpress.document.files import (
    PathError,
    ReadFile,
    UnreadableFile,
    briefs_named_in,
    resolve_path,
)
from briefpress.document.links import check_links, dead_links
from briefpress.editions.inputs import PublishedBrief
from briefpress.editions.pdf.model import PdfEdition
from briefpress.engine.scheduler import Engine
from briefpress.engine.step import Reference, Result, Step, StoredFile, Value
from briefpress.engine.store import Store
from briefpress.model import Brief, Collection, PageMap
from briefpress.pipeline import tasks
from briefpress.pipeline.goals import Goals, choose_goals
from briefpress.pipeline.kept import KeptBrief, KeptEditions
from briefpress.pipeline.project import Project
from briefpress.pipeline.request import BuildRequest
from briefpress.pipeline.steps import (
    BookSteps,
    MadeDocument,
    PublishedFiles,
    StepFactory,
    WebAssets,
    make_step_factory,
    web_asset_steps,
)
from briefpress.problems import Problem, Severity, Span, count_of

# Where a text can name a file: link targets, references, `data=`. What is found here
# and does not exist is ignored. What is not found here is requested by the document's
# step, which then runs once more. All repetitions are bounded, since these patterns
# read untrusted text in the build's own process, which has no deadline.
FILE_NAMES = re.compile(
    r"""\]\(\s{0,9}<?([^)\s>]{1,500})"""
    r"""|\b(?:src|href|data)\s{0,9}=\s{0,9}["']?([^"'\s}>]{1,500})"""
    r"""|^ {0,3}\[(?!\^)[^\]\n]{1,200}\]:\s{0,9}<?([^\s>]{1,500})""",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Books:
    """The EPUBs of a build."""

    made: Mapping[str, BookSteps]  # by key of the collection
    members: Mapping[str, tuple[Brief, ...]]  # the briefs in each that was made
    skipped: tuple[str, ...]  # keys of those that stay as they are


@dataclass(frozen=True, slots=True)
class Editions:
    """What a build has made. The files are in the engine's store."""

    documents: Mapping[str, MadeDocument]  # by slug
    pdfs: Mapping[str, Step[PdfEdition]]  # by slug
    web_pages: Mapping[str, Step[tasks.WebPage]]  # by slug
    web_assets: WebAssets | None
    books: Books
    shelf: Step[tasks.Shelf] | None
    kept: Mapping[str, KeptBrief]  # last good editions, by slug


@dataclass(frozen=True, slots=True)
class OutputState:
    """What is in the output folder before this build."""

    web_pages: frozenset[str]  # slugs
    pdfs: frozenset[str]  # slugs
    epubs: frozenset[str]  # keys of collections
    has_shelf: bool


def read_output_state(folder: Path) -> OutputState:
    """Return what an earlier build has published to the output folder."""
    return OutputState(
        frozenset(path.parent.name for path in folder.glob("html/*/index.html")),
        frozenset(path.stem for path in folder.glob("pdf/*.pdf")),
        frozenset(path.stem for path in folder.glob("epub/*.epub")),
        (folder / "index.html").is_file(),
    )


@dataclass(frozen=True, slots=True)
class BriefsWithPdf:
    """The briefs whose PDFs were made, or tried."""

    documents: Mapping[str, MadeDocument]  # by slug
    pdfs: Mapping[str, Step[PdfEdition]]  # by slug, of all that were tried
    succeeded: frozenset[str]  # slugs of those that have a PDF
    kept: Mapping[str, KeptBrief] = field(default_factory=dict)  # by slug

    def page_maps(self) -> dict[str, Reference[PageMap]]:
        """Return where the printed pages begin, by slug."""
        maps: dict[str, Reference[PageMap]] = {}
        for slug, pdf in self.pdfs.items():
            maps[slug] = pdf.output(lambda made: made.page_map)
        for slug, kept in self.kept.items():
            maps[slug] = StoredFile(kept.page_map)
        return maps

    def with_kept(self, kept: Mapping[str, KeptBrief]) -> BriefsWithPdf:
        """Return them with the last good editions of those that have none now."""
        documents = {
            slug: MadeDocument(
                StoredFile(each.document),
                Value(tasks.Positions({})),
                each.files,
                each.media_types,
                each.links,
                each.ids,
            )
            for slug, each in kept.items()
        }
        return BriefsWithPdf(
            {**self.documents, **documents},
            {slug: pdf for slug, pdf in self.pdfs.items() if slug not in kept},
            self.succeeded.union(kept),
            kept,
        )


@dataclass(frozen=True, slots=True)
class EditionStages:
    """The stages of one build. Each returns what it made; only the engine changes."""

    request: BuildRequest
    project: Project
    goals: Goals
    before: OutputState
    factory: StepFactory
    engine: Engine
    editions: KeptEditions
    # Released briefs whose last good editions are not on this machine either.
    missing: frozenset[str] = frozenset()

    def run(self, read_file: ReadFile) -> tuple[EditionStages, Editions]:
        """Make everything that was requested, and return it with what made it.

        `read_file` reads the project's files. A released brief that cannot be made is
        taken from its last good edition.
        """
        assets = self._web_asset_steps()
        rendered = self._render_pdfs(read_file, assets.all() if assets else [])
        failed = self._released_without_pdf(rendered)
        if not failed:
            return self, self.make_others(rendered)
        kept = self._last_good_editions(failed)
        stages = replace(self._with_kept(kept), missing=failed.difference(kept))
        return stages, stages.make_others(rendered.with_kept(kept))

    def _released_without_pdf(self, rendered: BriefsWithPdf) -> frozenset[str]:
        """Return the released briefs that were asked for and could not be made."""
        tried = {brief.slug for brief in self._briefs_to_render()}
        released = {slug for slug in tried if slug in self.project.record.briefs}
        return frozenset({*self.project.staying, *released} - rendered.succeeded)

    def _last_good_editions(self, slugs: Iterable[str]) -> dict[str, KeptBrief]:
        """Return those that are on this machine, with their files in the store."""
        found = {}
        for slug in sorted(slugs):
            kept = self.editions.find(slug)
            if kept is not None:
                self.editions.copy_to(self.engine.store, kept)
                found[slug] = kept
        return found

    def _with_kept(self, kept: Mapping[str, KeptBrief]) -> EditionStages:
        """Return stages in which briefs are as they were last published."""
        project = self.project.with_kept(each.brief for each in kept.values())
        return replace(
            self,
            project=project,
            goals=replace(
                choose_goals(self.request, project), partial=self.goals.partial
            ),
            factory=make_step_factory(project),
        )

    def make_others(self, rendered: BriefsWithPdf) -> Editions:
        """Make style sheets, web pages, books and lists of briefs that have PDFs."""
        assets = self._web_asset_steps()
        self.engine.run(assets.all() if assets else [])
        expected = self._expected_files(rendered)
        pages = self._web_page_steps(rendered, expected)
        books = self._make_books(rendered, pages.values())
        actual = self._published_files(pages, books, expected)
        if actual != expected:
            pages = self._web_page_steps(rendered, actual)
            self.engine.run(pages.values())
        shelf = self._shelf_step(pages, books, actual)
        self.engine.run([shelf] if shelf else [])
        documents, pdfs = rendered.documents, rendered.pdfs
        return Editions(documents, pdfs, pages, assets, books, shelf, rendered.kept)

    def _render_pdfs(
        self, read_file: ReadFile, also: Iterable[Step[object]]
    ) -> BriefsWithPdf:
        """Make documents and PDFs, and other steps at the same time."""
        briefs = self._briefs_to_render()
        checked = [*briefs, *self.goals.partial]
        documents = make_documents(checked, self.factory, self.engine, read_file)
        with_errors = self._slugs_with_errors(documents)
        pdfs = {
            brief.slug: self.factory.pdf(brief, documents[brief.slug])
            for brief in briefs
            if brief.slug in documents.keys() - with_errors
        }
        self.engine.run([*pdfs.values(), *also])
        succeeded = [slug for slug, pdf in pdfs.items() if self._has_run(pdf)]
        return BriefsWithPdf(documents, pdfs, frozenset(succeeded))

    def _slugs_with_errors(self, documents: Mapping[str, MadeDocument]) -> set[str]:
        """Return the documents with a warning that is an error in this build."""
        checks = self.project.checks
        links = link_problems(self.engine, self.project.briefs, documents)
        slugs = {problem.brief for problem in checks.apply(links) if problem.is_error}
        for slug, document in documents.items():
            if not isinstance(document.result, Result):
                continue
            outcome = self.engine.outcomes[document.result.step]
            if checks.has_error(outcome.problems):
                slugs.add(slug)
        return slugs

    def _briefs_to_render(self) -> list[Brief]:
        """Return the requested briefs, and those in books with them."""
        members = [
            brief
            for collection in self.goals.collections
            for brief in self.project.members(collection)
        ]
        by_slug = {brief.slug: brief for brief in [*self.goals.briefs, *members]}
        return list(by_slug.values())

    def _web_asset_steps(self) -> WebAssets | None:
        if "html" not in self.request.formats:
            return None
        return web_asset_steps(self.factory, self.goals.briefs)

    def _expected_files(self, rendered: BriefsWithPdf) -> PublishedFiles:
        """Return what will be in the output folder if no further step fails."""
        formats = self.request.formats
        set_slugs = {
            brief.slug
            for brief in self.goals.briefs
            if brief.slug in rendered.succeeded
        }
        pages, pdfs = set(self.before.web_pages), set(self.before.pdfs)
        epubs = set(self.before.epubs)
        if "html" in formats:
            pages |= set_slugs
        if "pdf" in formats:
            pdfs |= set_slugs
        for collection in self.goals.collections:
            members = self._members_with_pdf(collection, rendered)
            if self._can_make_book(collection, members):
                epubs.add(collection.key)
        return PublishedFiles(
            frozenset(pages),
            frozenset(pdfs),
            frozenset(epubs),
            self.before.has_shelf or self._makes_shelf(),
        )

    def _published_files(
        self,
        pages: Mapping[str, Step[tasks.WebPage]],
        books: Books,
        expected: PublishedFiles,
    ) -> PublishedFiles:
        """Return what will be in the output folder, now that all but the shelf is made."""
        failed = {slug for slug, page in pages.items() if not self._has_run(page)}
        return PublishedFiles(
            expected.web_pages - (failed - self.before.web_pages),
            expected.pdfs - (failed - self.before.pdfs),
            self.before.epubs.union(books.made),
            expected.has_index,
        )

    def _web_page_steps(
        self, rendered: BriefsWithPdf, published: PublishedFiles
    ) -> dict[str, Step[tasks.WebPage]]:
        """Return the steps of the web pages, by slug.

        A build without web pages makes those that are already published again: they
        link to the editions that there are after this build.
        """
        page_maps = rendered.page_maps()
        steps = {}
        for brief in self.goals.briefs:
            slug = brief.slug
            if slug not in rendered.succeeded or not self._needs_web_page(slug):
                continue
            theme = self.project.theme_of(brief)
            css = self.factory.style_sheet_path(theme, brief.program)
            document = rendered.documents[slug]
            steps[slug] = self.factory.web_page(
                brief, document, page_maps[slug], css, published
            )
        return steps

    def _needs_web_page(self, slug: str) -> bool:
        if not self.request.publish:
            return False
        return "html" in self.request.formats or slug in self.before.web_pages

    def _make_books(
        self, rendered: BriefsWithPdf, also: Iterable[Step[object]]
    ) -> Books:
        """Make the EPUBs, and other steps at the same time.

        A collection with a brief that failed is skipped; with `--keep-going` its EPUB is
        made without the brief.
        """
        made: dict[str, BookSteps] = {}
        members: dict[str, tuple[Brief, ...]] = {}
        skipped: list[str] = []
        waiting = [
            (collection, self._members_with_pdf(collection, rendered))
            for collection in self.goals.collections
        ]
        while waiting or also:
            possible = []
            for collection, briefs in waiting:
                if self._can_make_book(collection, briefs):
                    possible.append((collection, briefs))
                else:
                    skipped.append(collection.key)
            books = {
                collection.key: self._book_steps(collection, briefs, rendered)
                for collection, briefs in possible
            }
            steps = [step for book in books.values() for step in book.all()]
            self.engine.run([*also, *steps])
            also, waiting = [], []
            for collection, briefs in possible:
                key, book = collection.key, books[collection.key]
                if self._has_run(book.epub):
                    made[key], members[key] = book, tuple(briefs)
                    continue
                chapters = book.chapters
                left = [each for each in briefs if self._has_run(chapters[each.slug])]
                if left == briefs:
                    skipped.append(key)
                else:
                    waiting.append((collection, left))
        return Books(made, members, tuple(skipped))

    def _book_steps(
        self, collection: Collection, briefs: Sequence[Brief], rendered: BriefsWithPdf
    ) -> BookSteps:
        return self.factory.book(
            collection,
            briefs,
            rendered.documents,
            rendered.page_maps(),
            self._slugs_on_site(rendered),
        )

    def _slugs_on_site(self, rendered: BriefsWithPdf) -> frozenset[str]:
        """Return the briefs that other editions link to: all but those that failed.

        One that failed now, but was published earlier, still has its page.
        """
        failed = {brief.slug for brief in self._briefs_to_render()} - rendered.succeeded
        failed |= self.project.unreadable
        return self.project.known_slugs - (failed - self.before.web_pages)

    def _members_with_pdf(
        self, collection: Collection, rendered: BriefsWithPdf
    ) -> list[Brief]:
        members = self.project.members(collection)
        return [brief for brief in members if brief.slug in rendered.succeeded]

    def _can_make_book(self, collection: Collection, briefs: Sequence[Brief]) -> bool:
        """Return whether an EPUB may be made with these briefs of a collection."""
        if (
            not briefs
            or self.project.theme_of_book(collection) not in self.project.themes
        ):
            return False
        if self._lacks_released(collection):
            return False
        is_complete = len(briefs) == len(self.project.members(collection))
        return is_complete or self.request.keep_going

    def _lacks_released(self, collection: Collection) -> bool:
        """Return whether a brief that readers have in this EPUB would be missing."""
        out = self.project.record.collections.get(collection.key)
        return out is not None and not self.missing.isdisjoint(out.briefs)

    def _shelf_step(
        self,
        pages: Mapping[str, Step[tasks.WebPage]],
        books: Books,
        published: PublishedFiles,
    ) -> Step[tasks.Shelf] | None:
        """Return the step of the index page, feed and catalogue.

        They are made with the web pages. Once they are published, every full build
        makes them again, because they link to the editions that there are.
        """
        if not self._makes_shelf():
            return None
        listed = []
        for brief in self.goals.briefs:
            page = pages.get(brief.slug)
            if page is not None and self._has_run(page):
                listed.append(_published_brief(brief, published))
        css = self.factory.style_sheet_path(self.project.press.theme, "")
        return self.factory.shelf(listed, self._books_on_shelf(books, published), css)

    def _makes_shelf(self) -> bool:
        if not self.request.is_full_build or not self.request.publish:
            return False
        if self.missing and self.before.has_shelf:
            return False  # a list without them would not lead to what is there
        return "html" in self.request.formats or self.before.has_shelf

    def _books_on_shelf(
        self, books: Books, published: PublishedFiles
    ) -> dict[str, tuple[Brief, ...]]:
        """Return what is in each EPUB that is published after this build, by key."""
        listed = {}
        for key, collection in self.project.press.collections.items():
            if key not in published.epubs:
                continue
            members = books.members.get(key) or self.project.members(collection)
            if members:
                listed[key] = members
        return listed

    def complete_briefs(self, editions: Editions) -> list[Brief]:
        """Return the briefs whose editions, of those requested, have all been made.

        A brief is published with all of them, or not at all.
        """
        complete = []
        for brief in self.goals.briefs:
            pdf = editions.pdfs.get(brief.slug)
            page = editions.web_pages.get(brief.slug)
            has_pdf = pdf is not None and self._has_run(pdf)
            if not has_pdf and brief.slug not in editions.kept:
                continue
            if page is None or self._has_run(page):
                complete.append(brief)
        return complete

    def _has_run(self, step: Step[object]) -> bool:
        """Return whether a step has a result, and no problem that is an error."""
        if not self.engine.succeeded(step.name):
            return False
        outcome = self.engine.outcomes[step.name]
        return not self.project.checks.has_error(outcome.problems)


def _published_brief(brief: Brief, published: PublishedFiles) -> PublishedBrief:
    """Return a brief with the addresses of its editions, from the top of the output."""
    html = f"html/{brief.slug}/index.html"
    pdf = f"pdf/{brief.slug}.pdf" if brief.slug in published.pdfs else ""
    return PublishedBrief(brief, html, pdf)


@dataclass(frozen=True, slots=True)
class _Manuscript:
    """A brief, and the stored bytes of the files that it names."""

    brief: Brief
    files: Mapping[str, str]  # path to digest
    absent: Mapping[str, UnreadableFile]  # path to why it cannot be read


def make_documents(
    briefs: Iterable[Brief], factory: StepFactory, engine: Engine, read_file: ReadFile
) -> dict[str, MadeDocument]:
    """Run the steps that make the documents of briefs, and return the documents by slug.

    `read_file` reads the project's files. A brief that has no document has its problems in
    the outcomes of the engine.
    """
    waiting = [_read_named_files(brief, read_file, engine.store) for brief in briefs]
    documents: dict[str, MadeDocument] = {}
    linkable = factory.project.linkable_files
    while waiting:
        steps = [
            _document_step(manuscript, factory, linkable) for manuscript in waiting
        ]
        engine.run(steps)
        again: list[_Manuscript] = []
        for manuscript, step in zip(waiting, steps, strict=True):
            if not engine.succeeded(step.name):
                continue
            unread = engine.value(
                step.output(lambda made: made.unread), tasks.UnreadPaths
            )
            if unread.paths:
                again.append(
                    _read_more(manuscript, unread.paths, read_file, engine.store)
                )
            else:
                slug = manuscript.brief.slug
                documents[slug] = _made_document(manuscript, step, engine)
        waiting = again
    return _with_dead_links(documents)


def _with_dead_links(documents: Mapping[str, MadeDocument]) -> dict[str, MadeDocument]:
    """Return the documents with their links to parts that other briefs do not have."""
    ids_by_slug = {slug: made.ids for slug, made in documents.items()}
    checked = {}
    for slug, made in documents.items():
        dead = dead_links(made.links, ids_by_slug)
        targets = frozenset(link.target for link in dead)
        checked[slug] = replace(made, dead_links=targets)
    return checked


def _read_named_files(brief: Brief, read_file: ReadFile, store: Store) -> _Manuscript:
    """Read the files that the text names, and the pictures in it, into the store."""
    files = {path: store.add(data) for path, data in brief.pictures.items()}
    for path in sorted(_named_paths(brief)):
        found = read_file(path)
        if isinstance(found, bytes):
            files[path] = store.add(found)
    return _Manuscript(brief, files, {})


def _read_more(
    manuscript: _Manuscript, paths: Iterable[str], read_file: ReadFile, store: Store
) -> _Manuscript:
    """Read the files that the document's step requested."""
    files, absent = dict(manuscript.files), dict(manuscript.absent)
    for path in paths:
        found = read_file(path)
        if isinstance(found, bytes):
            files[path] = store.add(found)
        else:
            absent[path] = found
    return replace(manuscript, files=files, absent=absent)


def _document_step(
    manuscript: _Manuscript, factory: StepFactory, linkable_files: Mapping[str, str]
) -> Step[tasks.DocumentResult]:
    brief = manuscript.brief
    linkable = briefs_named_in(brief.text, linkable_files)
    return factory.document(brief, manuscript.files, manuscript.absent, linkable)


def _made_document(
    manuscript: _Manuscript, step: Step[tasks.DocumentResult], engine: Engine
) -> MadeDocument:
    summary = engine.value(
        step.output(lambda made: made.summary), tasks.DocumentSummary
    )
    made = engine.outcomes[step.name].files
    files, media_types = {}, {}
    for asset in summary.assets:
        original = manuscript.files[asset.path]
        files[asset.src] = made.get(f"converted[{asset.src}]", original)
        media_types[asset.src] = asset.media
    document = step.output(lambda made: made.document)
    positions = step.output(lambda made: made.positions)
    return MadeDocument(
        document,
        positions,
        files,
        media_types,
        summary.links,
        summary.ids,
        summary.parts,
    )


def _named_paths(brief: Brief) -> set[str]:
    """Return the paths, from the top of the project, that the text may name."""
    paths = set()
    for groups in FILE_NAMES.findall(brief.text):
        address = "".join(groups).partition("#")[0]  # only one group matches
        if not address or address.endswith(".md"):
            continue
        try:
            paths.add(resolve_path(brief.folder, address))
        except PathError:
            continue
    return paths


def outcome_problems(engine: Engine, briefs: Mapping[str, Brief]) -> list[Problem]:
    """Return the problems of all steps, with their places in the files of the briefs."""
    problems: list[Problem] = []
    for outcome in engine.outcomes.values():
        found = outcome.problems
        step = outcome.step
        owner = briefs.get(step.owner)
        if owner is None or not found:
            problems += found
            continue
        file = owner.file
        places = _places(engine, owner.slug)
        for problem in found:
            placed = problem.placed(file, places)
            problems.append(placed)
    return problems


def link_problems(
    engine: Engine,
    briefs: Mapping[str, Brief],
    documents: Mapping[str, MadeDocument],
) -> list[Problem]:
    """Return a warning for each link to a part that another brief does not have."""
    ids_by_slug = {slug: document.ids for slug, document in documents.items()}
    problems: list[Problem] = []
    for slug, document in documents.items():
        found = check_links(document.links, ids_by_slug)
        brief = briefs.get(slug)
        if not found or brief is None:
            continue
        places = _places(engine, slug)
        for problem in found:
            placed = problem.placed(brief.file, places)
            of_brief = replace(placed, brief=slug)
            problems.append(of_brief)
    return problems


def translation_problems(
    briefs: Mapping[str, Brief], documents: Mapping[str, MadeDocument]
) -> Iterator[Problem]:
    """Yield a warning for each translation that has other parts than its original."""
    for slug, brief in briefs.items():
        original = brief.translation_of
        if slug not in documents or original not in documents:
            continue
        parts, expected = documents[slug].parts, documents[original].parts
        differing = [
            f"{count_of(parts[kind], kind)}, not {expected[kind]}"
            for kind in parts.keys() & expected.keys()
            if parts[kind] != expected[kind]
        ]
        if differing:
            found = "; ".join(sorted(differing))
            message = f"the translation of `{original}` has {found}"
            span = Span(brief.file)
            yield Problem("S09", message, span, severity=Severity.WARNING, brief=slug)


def _places(engine: Engine, slug: str) -> Mapping[str, tuple[int, int]]:
    """Return where the ids of a brief's document are in its file."""
    step = f"document/{slug}"
    outcome = engine.outcomes.get(step)
    if outcome is None:
        return {}
    if "positions" not in outcome.files:
        return {}
    result: Result[tasks.Positions] = Result(step, "positions")
    positions = engine.value(result, tasks.Positions)
    return positions.places
