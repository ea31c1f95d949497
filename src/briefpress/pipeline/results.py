"""What came of a build: the files to publish, and the report."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import unquote

from briefpress.document.links import check_links
from briefpress.editions.pdf.model import Audit
from briefpress.engine.publish import Published
from briefpress.engine.scheduler import Engine
from briefpress.engine.step import Result
from briefpress.model import Brief
from briefpress.pipeline.goals import is_requested
from briefpress.pipeline.project import LOGOS_ON_SITE, Project
from briefpress.pipeline.report import BuildReport
from briefpress.pipeline.request import FORMATS, BuildRequest
from briefpress.pipeline.stages import Editions, EditionStages
from briefpress.pipeline.steps import BookSteps, MadeDocument, WebAssets
from briefpress.pipeline.tasks import Positions
from briefpress.problems import Problem
from briefpress.theme.model import Theme


def publishable_files(stages: EditionStages, editions: Editions) -> dict[str, str]:
    """Return what to publish: path in the output folder to digest."""
    engine, project = stages.engine, stages.project
    files: dict[str, str] = {}
    pictures = {
        name: template_pictures(theme, engine) for name, theme in project.themes.items()
    }
    for brief in stages.complete_briefs(editions):
        slug = brief.slug
        if "pdf" in stages.request.formats:
            pdf = editions.pdfs[slug].output(lambda made: made.pdf)
            files[f"pdf/{slug}.pdf"] = engine.digest(pdf)
        if slug in editions.web_pages:
            page = editions.web_pages[slug].output(lambda made: made.html)
            files |= web_page_files(
                slug,
                engine.digest(page),
                editions.documents[slug],
                pictures[project.theme_of(brief)],
            )
    for key, book in editions.books.made.items():
        files |= _book_files(key, book, engine)
    if editions.web_assets is not None:
        files |= web_asset_files(editions.web_assets, project, engine)
    if editions.shelf is not None and engine.succeeded(editions.shelf.name):
        shelf = editions.shelf
        files |= pictures[project.press.theme]
        files["index.html"] = engine.digest(shelf.output(lambda made: made.html))
        files["feed.xml"] = engine.digest(shelf.output(lambda made: made.atom))
        files["opds.json"] = engine.digest(shelf.output(lambda made: made.opds))
    return files


def _book_files(key: str, book: BookSteps, engine: Engine) -> dict[str, str]:
    epub = engine.digest(book.epub.output(lambda made: made.epub))
    cover = engine.digest(book.cover.output(lambda made: made.png))
    return {f"epub/{key}.epub": epub, f"epub/{key}.png": cover}


def deletion_policy(stages: EditionStages, editions: Editions) -> DeletionPolicy:
    """Return what this build may delete from the output folder."""
    project, goals = stages.project, stages.goals
    complete = {brief.slug for brief in stages.complete_briefs(editions)}
    requested = frozenset(brief.slug for brief in goals.briefs)
    failed = project.unreadable | (requested - complete)
    skipped = failed.union(editions.books.skipped)
    if project.unreadable:
        # It cannot be known which books an unreadable brief is in, perhaps alone.
        skipped |= project.press.collections.keys() - editions.books.made.keys()
    return DeletionPolicy(
        stages.request,
        requested,
        project.known_slugs,
        failed,
        skipped,
        stages.before.web_pages,
    )


def make_report(
    stages: EditionStages,
    editions: Editions,
    published: Published,
    problems: Iterable[Problem],
    seconds: float,
) -> BuildReport:
    """Return the report of a build. `problems` are those found while reading."""
    engine, project, request = stages.engine, stages.project, stages.request
    found = [*problems, *published.problems]
    found += outcome_problems(engine, project.briefs)
    found += link_problems(engine, project.briefs, editions.documents)
    complete = [brief.slug for brief in stages.complete_briefs(editions)]
    failed = [brief.slug for brief in stages.goals.briefs if brief.slug not in complete]
    failed += [
        slug
        for slug in sorted(project.unreadable)
        if is_requested(slug, request, project)
    ]
    ran = [each for each in engine.outcomes.values() if each.reasons]
    ran = [each for each in ran if each.state in {"done", "failed"}]
    counts = {
        "html": sum(slug in editions.web_pages for slug in complete),
        "pdf": len(complete),
        "epub": len(editions.books.made),
    }
    skipped = editions.books.skipped
    return BuildReport(
        problems=tuple(
            problem
            for problem in found
            if is_requested(problem.brief, request, project)
        ),
        failed_briefs=tuple(failed),
        skipped_books=skipped,
        kept_books=tuple(key for key in skipped if key in stages.before.epubs),
        written=published.written,
        removed=published.removed,
        editions={kind: counts[kind] for kind in FORMATS if kind in request.formats},
        steps_run=len(ran),
        steps_total=len(engine.outcomes),
        seconds=seconds,
        reasons=tuple(f"{each.step.name}: {'; '.join(each.reasons)}" for each in ran),
        audits=_audits(editions, engine),
        tracebacks=tuple(
            each.traceback for each in engine.outcomes.values() if each.traceback
        ),
        keep_going=request.keep_going,
    )


def outcome_problems(engine: Engine, briefs: Mapping[str, Brief]) -> list[Problem]:
    """Return the problems of all steps, with their places in the files of the briefs."""
    problems: list[Problem] = []
    for outcome in engine.outcomes.values():
        owner = briefs.get(outcome.step.owner)
        if owner is None or not outcome.problems:
            problems += outcome.problems
            continue
        places = _places(engine, owner.slug)
        problems += [each.placed(owner.file, places) for each in outcome.problems]
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
        if not found or slug not in briefs:
            continue
        places, file = _places(engine, slug), briefs[slug].file
        placed = [problem.placed(file, places) for problem in found]
        problems += [replace(problem, brief=slug) for problem in placed]
    return problems


def _places(engine: Engine, slug: str) -> Mapping[str, tuple[int, int]]:
    """Return where the ids of a brief's document are in its file."""
    outcome = engine.outcomes.get(f"document/{slug}")
    if outcome is None or "positions" not in outcome.files:
        return {}
    positions = engine.value(Result(outcome.step.name, "positions"), Positions)
    return positions.places


def _audits(editions: Editions, engine: Engine) -> dict[str, Mapping[str, object]]:
    """Return the audit of every PDF that was made, by slug."""
    audits: dict[str, Mapping[str, object]] = {}
    for slug, pdf in editions.pdfs.items():
        if engine.succeeded(pdf.name):
            audit = engine.value(pdf.output(lambda made: made.audit), Audit)
            audits[slug] = audit.to_json()
    return audits


# The top folders of each format; PDFs have a rule of their own.
FOLDERS = {"html": ("html", "assets", "images"), "pdf": (), "epub": ("epub",)}


def web_asset_files(
    assets: WebAssets, project: Project, engine: Engine
) -> dict[str, str]:
    """Return style sheets with their pictures, fonts and logos: path to digest."""
    files: dict[str, str] = {}
    for (theme, program), sheet in assets.sheets.items():
        if not engine.succeeded(sheet.name):
            continue
        path = assets.paths[theme, program]
        files[path] = engine.digest(sheet.output(lambda made: made.css))
        css = project.themes[theme].styles["screen"]
        for name, data in project.themes[theme].images_named_in(css).items():
            files[f"assets/{theme}/{name}"] = engine.store.add(data)
    for name, font in assets.fonts.items():
        if engine.succeeded(font.name):
            files |= _font_files(name, engine.outcomes[font.name].files)
    for logo in project.logos.values():
        files[LOGOS_ON_SITE + logo.name] = engine.store.add(logo.data)
    return files


def _font_files(name: str, made: Mapping[str, str]) -> dict[str, str]:
    """Return where the files of a web font are published: path to digest."""
    files = {}
    for field, digest in made.items():
        if field.startswith("files["):
            letters = field.removeprefix("files[").removesuffix("]")
            files[f"assets/fonts/{name}-{letters}.woff2"] = digest
    return files


def web_page_files(
    slug: str, html: str, document: MadeDocument, pictures: Mapping[str, str]
) -> dict[str, str]:
    """Return a web page and the files beside it: path to digest.

    `pictures` are those that the theme's templates show.
    """
    folder = f"html/{slug}"
    files = {f"{folder}/index.html": html}
    for name, digest in pictures.items():
        files[f"{folder}/{name}"] = digest
    for name, digest in document.files.items():
        files[f"{folder}/{unquote(name)}"] = digest
    return files


def template_pictures(theme: Theme, engine: Engine) -> dict[str, str]:
    """Return the pictures that a theme's templates show: name to digest."""
    pictures = theme.images_named_in(*theme.templates.values())
    return {name: engine.store.add(data) for name, data in pictures.items()}


@dataclass(frozen=True, slots=True)
class DeletionPolicy:
    """What a build may delete among the files that earlier builds published."""

    request: BuildRequest
    requested: frozenset[str]  # slugs that this build was asked for
    existing: frozenset[str]  # slugs of all briefs that can be published
    failed: frozenset[str]  # slugs whose files stay, because they cannot be made now
    skipped_books: frozenset[str]  # keys of books that stay, for the same reason
    web_pages: frozenset[str]  # slugs that have a web page now

    def may_delete(self, path: str) -> bool:
        """Return whether this build may delete a file that it does not make.

        A full build deletes outdated files of the formats that it makes. A build of
        some briefs deletes only what belongs to these. The PDF of a brief that no
        longer exists is deleted together with the web page that links to it.
        """
        folder, _, rest = path.partition("/")
        name = posixpath.splitext(rest.partition("/")[0])[0]
        if folder == "pdf":
            return self._may_delete_pdf(name)
        if folder not in self._folders() or name in self._kept(folder):
            return False
        if self.request.is_full_build:
            return True
        return name in self.requested and folder == "html"

    def _may_delete_pdf(self, slug: str) -> bool:
        formats = self.request.formats
        if slug in self.failed:
            return False
        if not self.request.is_full_build:
            return slug in self.requested and "pdf" in formats
        if "html" in formats:
            return "pdf" in formats or slug not in self.existing
        return "pdf" in formats and slug not in self.web_pages

    def _folders(self) -> set[str]:
        formats = self.request.formats
        return {folder for name in formats for folder in FOLDERS[name]}

    def _kept(self, folder: str) -> frozenset[str]:
        return self.skipped_books if folder == "epub" else self.failed
