"""What a request means for a project: which briefs to build, which EPUBs to make."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from briefpress.model import Brief
from briefpress.pipeline.project import Project
from briefpress.pipeline.request import BuildRequest
from briefpress.pipeline.stages import Goals
from briefpress.problems import BriefpressError, Problem, Span
from briefpress.schema.suggest import closest_name


def choose_goals(request: BuildRequest, project: Project) -> Goals:
    """Return what to make. Raises `BriefpressError` for a name that does not exist."""
    check_names(request, project, project.known_slugs)
    briefs = [brief for brief in project.briefs.values() if request.includes(brief)]
    if request.collection:
        members = project.members(project.press.collections[request.collection])
        briefs = [brief for brief in members if brief in briefs]
    partial = tuple(brief for brief in project.partial if request.includes(brief))
    if "epub" not in request.formats:
        return Goals(tuple(briefs), partial, ())
    slugs = {brief.slug for brief in briefs}
    collections = []
    key = request.collection or request.program
    for collection in project.press.collections.values():
        if key and collection.key != key:
            continue
        members = project.members(collection)
        if any(member.slug in slugs for member in members):
            collections.append(collection)
    if request.epub_each:
        collections += [project.single_brief_collection(brief) for brief in briefs]
    return Goals(tuple(briefs), partial, tuple(collections))


def is_requested(slug: str, request: BuildRequest, project: Project) -> bool:
    """Return whether a brief's problems concern this request.

    Problems that belong to no brief (an empty slug) always do, and so do those of a
    brief whose program or collections cannot be read.
    """
    if not slug:
        return True
    if request.slugs and slug not in request.slugs:
        return False
    brief = project.find(slug)
    if brief is None:
        return True
    if request.program and brief.program != request.program:
        return False
    if not request.collection or slug in project.unreadable:
        return True
    return brief in project.members(project.press.collections[request.collection])


def check_names(
    request: BuildRequest, project: Project, slugs: Collection[str]
) -> None:
    """Raise `BriefpressError` for names on the command line that do not exist.

    `slugs` are those that can be named. Drafts can be checked, but not built.
    """
    problems = list(_wrong_names(request, project, slugs))
    if problems:
        raise BriefpressError(*problems)


def _wrong_names(
    request: BuildRequest, project: Project, slugs: Collection[str]
) -> Iterator[Problem]:
    for slug in request.slugs:
        if slug in slugs:
            continue
        if slug in project.drafts:
            yield _draft(project.drafts[slug])
        else:
            yield _unknown("brief", slug, slugs)
    press = project.press
    if request.program and request.program not in press.programs:
        yield _unknown("program", request.program, press.programs)
    if request.collection and request.collection not in press.collections:
        yield _unknown("collection", request.collection, press.collections)


def _unknown(kind: str, name: str, known: Collection[str]) -> Problem:
    near = closest_name(name, known)
    fix = f"write `{near}`" if near else "`briefpress list` shows what there is"
    return Problem("A01", f"there is no {kind} `{name}`", fix=fix)


def _draft(brief: Brief) -> Problem:
    line, column = brief.places.get("draft", (0, 0))
    message = f"`{brief.slug}` is a draft, and drafts are not published"
    return Problem(
        "A02", message, Span(brief.file, line, column), "remove `draft: true`"
    )
