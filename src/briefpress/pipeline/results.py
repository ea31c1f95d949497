"""What came of a build: the files to publish, and the report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from briefpress.editions.pdf.model import Audit
from briefpress.engine.publish import Published
from briefpress.engine.scheduler import Engine
from briefpress.engine.step import Result
from briefpress.model import Brief
from briefpress.pipeline.editions import Editions, EditionStages
from briefpress.pipeline.goals import is_requested
from briefpress.pipeline.output_paths import (
    DeletionPolicy,
    template_pictures,
    web_asset_files,
    web_page_files,
)
from briefpress.pipeline.report import BuildReport
from briefpress.pipeline.request import FORMATS
from briefpress.pipeline.steps import BookSteps
from briefpress.pipeline.tasks import Positions
from briefpress.problems import Problem


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
