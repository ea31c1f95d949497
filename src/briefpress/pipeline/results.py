"""What came of a build: the files to publish, and the report."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias
from urllib.parse import unquote

from briefpress.editions.pdf.model import Audit
from briefpress.engine.publish import Published
from briefpress.engine.scheduler import Engine
from briefpress.engine.step import Outcome, Result, Step
from briefpress.pipeline.goals import is_requested
from briefpress.pipeline.kept import KeptBrief
from briefpress.pipeline.project import LOGOS_ON_SITE, Project
from briefpress.pipeline.release import publication_lines, unreleased_line
from briefpress.pipeline.report import BuildReport
from briefpress.pipeline.request import FORMATS, BuildRequest
from briefpress.pipeline.stages import (
    Editions,
    EditionStages,
    link_problems,
    outcome_problems,
    translation_problems,
)
from briefpress.pipeline.steps import BookSteps, MadeDocument, WebAssets
from briefpress.pipeline.tasks import Shelf
from briefpress.problems import Problem
from briefpress.redirects import LISTS
from briefpress.theme.model import Theme

Files: TypeAlias = dict[str, str]  # path in the output folder to digest
Slugs: TypeAlias = frozenset[str]
Audits: TypeAlias = dict[str, Mapping[str, object]]  # by slug


def publishable_files(stages: EditionStages, editions: Editions) -> Files:
    """Return what to publish: path in the output folder to digest."""
    engine = stages.engine
    project = stages.project
    pictures = _pictures_by_theme(project, engine)
    files: Files = {}
    for brief in stages.complete_briefs(editions):
        slug = brief.slug
        theme = project.theme_of(brief)
        files |= _pdf_files(slug, stages, editions)
        files |= _page_files(slug, editions, engine, pictures[theme])
    for key, book in editions.books.made.items():
        files |= _book_files(key, book, engine)
    assets = editions.web_assets
    if assets is not None:
        files |= web_asset_files(assets, project, engine)
    shelf = editions.shelf
    if shelf is not None and engine.succeeded(shelf.name):
        theme = project.press.theme
        files |= pictures[theme]
        files |= _shelf_files(shelf, engine)
    return files


def _pdf_files(slug: str, stages: EditionStages, editions: Editions) -> Files:
    """Return a brief's PDF, if PDFs were asked for: path to digest."""
    request = stages.request
    engine = stages.engine
    if "pdf" not in request.formats:
        return {}
    path = f"pdf/{slug}.pdf"
    if slug in editions.kept:
        return {path: editions.kept[slug].pdf}
    edition = editions.pdfs[slug]
    pdf = edition.output(lambda made: made.pdf)
    return {path: engine.digest(pdf)}


def _page_files(
    slug: str,
    editions: Editions,
    engine: Engine,
    pictures: Files,
) -> Files:
    """Return a brief's web page, if there is one, with its files: path to digest."""
    if slug not in editions.web_pages:
        return {}
    page = editions.web_pages[slug]
    html = page.output(lambda made: made.html)
    return web_page_files(
        folder=f"html/{slug}",
        html=engine.digest(html),
        document=editions.documents[slug],
        pictures=pictures,
    )


def _pictures_by_theme(project: Project, engine: Engine) -> dict[str, Files]:
    """Return the pictures that templates show, by theme."""
    pictures = {}
    for name, theme in project.themes.items():
        pictures[name] = template_pictures(theme, engine)
    return pictures


def _book_files(key: str, book: BookSteps, engine: Engine) -> Files:
    """Return a book and its cover: path to digest."""
    name = f"epub/{key}"
    epub = book.epub.output(lambda made: made.epub)
    cover = book.cover.output(lambda made: made.png)
    return {
        f"{name}.epub": engine.digest(epub),
        f"{name}.png": engine.digest(cover),
    }


def _shelf_files(shelf: Step[Shelf], engine: Engine) -> Files:
    """Return the files that list all editions: path to digest."""
    html = shelf.output(lambda made: made.html)
    atom = shelf.output(lambda made: made.atom)
    opds = shelf.output(lambda made: made.opds)
    files = {
        "index.html": engine.digest(html),
        "feed.xml": engine.digest(atom),
        "opds.json": engine.digest(opds),
    }
    return files | _items_of("redirects", engine.outcomes[shelf.name].files)


def editions_to_keep(stages: EditionStages, editions: Editions) -> list[KeptBrief]:
    """Return the last good editions of released briefs, as this build has made them."""
    engine, project = stages.engine, stages.project
    kept = []
    for brief in stages.complete_briefs(editions):
        slug = brief.slug
        pdf, made = editions.pdfs.get(slug), editions.documents[slug]
        if pdf is None or project.record.find(brief) is None:
            continue
        if isinstance(made.result, Result):
            kept.append(
                KeptBrief(
                    replace(brief, pictures={}),
                    engine.digest(made.result),
                    engine.digest(pdf.output(lambda made: made.page_map)),
                    engine.digest(pdf.output(lambda made: made.pdf)),
                    made.files,
                    made.media_types,
                    made.links,
                    made.ids,
                )
            )
    return kept


def deletion_policy(stages: EditionStages, editions: Editions) -> DeletionPolicy:
    """Return what this build may delete from the output folder."""
    project = stages.project
    complete = {brief.slug for brief in stages.complete_briefs(editions)}
    requested = frozenset(brief.slug for brief in stages.goals.briefs)
    missing = project.unreadable.union(project.staying) - editions.kept.keys()
    failed = missing | (requested - complete)
    if editions.shelf is None:  # with which redirects are made
        earlier = map(project.earlier_slugs, project.briefs.values())
        failed = failed.union(*earlier)
    books = editions.books
    skipped_books = failed.union(books.skipped, project.lost_books)
    if missing:
        # It cannot be known which books an unreadable brief is in, perhaps alone.
        collections = project.press.collections
        skipped_books |= collections.keys() - books.made.keys()
    return DeletionPolicy(
        request=stages.request,
        requested=requested,
        existing=project.known_slugs,
        failed=failed,
        skipped_books=skipped_books,
        web_pages=stages.before.web_pages,
        has_shelf=editions.shelf is not None,
    )


def make_report(
    stages: EditionStages,
    editions: Editions,
    published: Published,
    problems: Iterable[Problem],
    seconds: float,
) -> BuildReport:
    """Return the report of a build. `problems` are those found while reading."""
    engine = stages.engine
    project = stages.project
    briefs = project.briefs
    found = [*problems, *published.problems]
    found += outcome_problems(engine, briefs)
    found += link_problems(engine, briefs, editions.documents)
    found += translation_problems(briefs, editions.documents)
    found = list(stages.project.checks.apply(found))
    complete = [brief.slug for brief in stages.complete_briefs(editions)]
    failed = _failed_briefs(stages, complete)
    skipped = editions.books.skipped
    kept = [key for key in skipped if key in stages.before.epubs]
    outcomes = engine.outcomes.values()
    ran = [outcome for outcome in outcomes if _has_run(outcome)]
    tracebacks = [each.traceback for each in outcomes if each.traceback]
    return BuildReport(
        problems=_requested_problems(found, stages),
        failed_briefs=tuple(failed),
        skipped_books=skipped,
        kept_books=tuple(kept),
        written=published.written,
        removed=published.removed,
        editions=_edition_counts(stages.request, editions, complete),
        steps_run=len(ran),
        steps_total=len(outcomes),
        seconds=seconds,
        reasons=tuple(map(_reasons_line, ran)),
        audits=_audits(editions, engine),
        tracebacks=tuple(tracebacks),
        keep_going=stages.request.keep_going,
        states=tuple(_states(stages, editions, complete, failed)),
    )


def _states(
    stages: EditionStages,
    editions: Editions,
    complete: Iterable[str],
    failed: Iterable[str],
) -> Iterator[str]:
    """Yield lines about briefs that are held, stay as they were, or are not released."""
    project = stages.project
    yield from publication_lines(project, editions.kept, failed)
    if stages.request.is_full_build:
        new = [slug for slug in complete if slug not in editions.kept]
        yield from unreleased_line(project, new)


def _failed_briefs(stages: EditionStages, complete: Iterable[str]) -> list[str]:
    """Return the slugs of the briefs that were asked for and cannot be published."""
    request = stages.request
    project = stages.project
    goals = stages.goals
    done = set(complete)
    wanted = [brief.slug for brief in goals.briefs]
    failed = [slug for slug in wanted if slug not in done]
    for slug in sorted(project.unreadable - done):
        is_wanted = is_requested(slug, request, project)
        if is_wanted:
            failed.append(slug)
    return failed


def _requested_problems(
    problems: Iterable[Problem], stages: EditionStages
) -> tuple[Problem, ...]:
    """Return the problems that concern the request."""
    request = stages.request
    project = stages.project
    requested = [
        problem for problem in problems if is_requested(problem.brief, request, project)
    ]
    return tuple(requested)


def _edition_counts(
    request: BuildRequest,
    editions: Editions,
    complete: Sequence[str],
) -> dict[str, int]:
    """Return how many editions there are of each format that was asked for."""
    web_pages = [slug for slug in complete if slug in editions.web_pages]
    books = editions.books
    counts = {
        "html": len(web_pages),
        "pdf": len(complete),
        "epub": len(books.made),
    }
    wanted = [kind for kind in FORMATS if kind in request.formats]
    return {kind: counts[kind] for kind in wanted}


def _has_run(outcome: Outcome) -> bool:
    """Return whether a step ran in this build."""
    if not outcome.reasons:
        return False
    return outcome.state in {"done", "failed"}


def _reasons_line(outcome: Outcome) -> str:
    """Return why a step ran, in one line."""
    step = outcome.step
    reasons = "; ".join(outcome.reasons)
    return f"{step.name}: {reasons}"


def _audits(editions: Editions, engine: Engine) -> Audits:
    """Return the audit of every PDF that was made, by slug."""
    audits: Audits = {}
    for slug, pdf in editions.pdfs.items():
        if not engine.succeeded(pdf.name):
            continue
        result = pdf.output(lambda made: made.audit)
        audit = engine.value(result, Audit)
        audits[slug] = audit.to_json()
    return audits


# The top folders of each format; PDFs have a rule of their own.
FOLDERS = {
    "html": ("html", "assets", "images", *LISTS),
    "pdf": (),
    "epub": ("epub",),
}


def web_asset_files(assets: WebAssets, project: Project, engine: Engine) -> Files:
    """Return style sheets with their pictures, fonts and logos: path to digest."""
    files: Files = {}
    for key, sheet in assets.sheets.items():
        if not engine.succeeded(sheet.name):
            continue
        css = sheet.output(lambda made: made.css)
        path = assets.paths[key]
        files[path] = engine.digest(css)
        name, _ = key
        theme = project.themes[name]
        files |= _style_sheet_pictures(theme, name, engine)
    for name, font in assets.fonts.items():
        if not engine.succeeded(font.name):
            continue
        outcome = engine.outcomes[font.name]
        files |= _font_files(name, outcome.files)
    return files | _logo_files(project, engine)


def _logo_files(project: Project, engine: Engine) -> Files:
    """Return the logos of a project: path to digest."""
    store = engine.store
    files = {}
    for logo in project.logos.values():
        path = LOGOS_ON_SITE + logo.name
        files[path] = store.add(logo.data)
    return files


def _style_sheet_pictures(theme: Theme, name: str, engine: Engine) -> Files:
    """Return the pictures of a theme's screen style sheet: path to digest."""
    store = engine.store
    css = theme.styles["screen"]
    pictures = theme.images_named_in(css)
    files = {}
    for image, data in pictures.items():
        path = f"assets/{name}/{image}"
        files[path] = store.add(data)
    return files


def _font_files(name: str, made: Mapping[str, str]) -> Files:
    """Return where the files of a web font are published: path to digest."""
    return {
        f"assets/fonts/{name}-{letters}.woff2": digest
        for letters, digest in _items_of("files", made).items()
    }


def _items_of(field: str, made: Mapping[str, str]) -> Files:
    """Return the items of a field that is a mapping: key to digest."""
    start = f"{field}["
    return {
        place[len(start) : -1]: digest
        for place, digest in made.items()
        if place.startswith(start)
    }


def web_page_files(
    folder: str,
    html: str,
    document: MadeDocument,
    pictures: Files,
) -> Files:
    """Return a web page and the files beside it: path to digest.

    `pictures` are those that the theme's templates show.
    """
    page = f"{folder}/index.html"
    files = {page: html}
    for name, digest in pictures.items():
        path = f"{folder}/{name}"
        files[path] = digest
    for address, digest in document.files.items():
        name = unquote(address)
        path = f"{folder}/{name}"
        files[path] = digest
    return files


def template_pictures(theme: Theme, engine: Engine) -> Files:
    """Return the pictures that a theme's templates show: name to digest."""
    store = engine.store
    templates = theme.templates.values()
    pictures = theme.images_named_in(*templates)
    digests = {}
    for name, data in pictures.items():
        digests[name] = store.add(data)
    return digests


@dataclass(frozen=True, slots=True)
class DeletionPolicy:
    """What a build may delete among the files that earlier builds published."""

    request: BuildRequest
    requested: Slugs  # that this build was asked for
    existing: Slugs  # of all briefs that can be published
    failed: Slugs  # whose files stay, because they cannot be made now
    skipped_books: frozenset[str]  # keys of books that stay, for the same reason
    web_pages: Slugs  # that have a web page now
    has_shelf: bool  # whether the index page and the lists of redirects were made

    def may_delete(self, path: str) -> bool:
        """Return whether this build may delete a file that it does not make.

        A full build deletes outdated files of the formats that it makes. A build of
        some briefs deletes only what belongs to these. The PDF of a brief that no
        longer exists is deleted together with the web page that links to it.
        """
        folder, _, rest = path.partition("/")
        file, _, _ = rest.partition("/")
        name, _ = posixpath.splitext(file)
        if path in LISTS and not self.has_shelf:
            return False
        if folder == "pdf":
            return self._may_delete_pdf(name)
        if folder not in self._folders():
            return False
        if name in self._kept(folder):
            return False
        if self.request.is_full_build:
            return True
        return name in self.requested and folder == "html"

    def _may_delete_pdf(self, slug: str) -> bool:
        formats = self.request.formats
        makes_pdfs = "pdf" in formats
        if slug in self.failed:
            return False
        if not self.request.is_full_build:
            return makes_pdfs and slug in self.requested
        if "html" in formats:
            return makes_pdfs or slug not in self.existing
        return makes_pdfs and slug not in self.web_pages

    def _folders(self) -> set[str]:
        folders: set[str] = set()
        for name in self.request.formats:
            folders.update(FOLDERS[name])
        return folders

    def _kept(self, folder: str) -> frozenset[str]:
        if folder == "epub":
            return self.skipped_books
        return self.failed
