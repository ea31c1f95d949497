"""What a request means for a project: which briefs to build, which EPUBs to make."""

from __future__ import annotations

from collections import abc
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from briefpress.model import Brief, Collection
from briefpress.pipeline.project import Project
from briefpress.pipeline.request import BuildRequest
from briefpress.problems import BriefpressError, Problem, Span
from briefpress.schema.suggest import closest_name

Names: TypeAlias = abc.Collection[str]


@dataclass(frozen=True, slots=True)
class Goals:
    """What was requested: briefs to build, and collections to make EPUBs of."""

    briefs: tuple[Brief, ...]
    partial: tuple[Brief, ...]  # cannot be published; only their text is checked
    collections: tuple[Collection, ...]


def choose_goals(request: BuildRequest, project: Project) -> Goals:
    """Return what to make. Raises `BriefpressError` for a name that does not exist."""
    check_names(request, project, project.known_slugs)
    briefs = _chosen_briefs(request, project)
    partial = [brief for brief in project.partial if request.includes(brief)]
    collections: list[Collection] = []
    if "epub" in request.formats:
        collections = _chosen_collections(request, project, briefs)
    return Goals(
        briefs=tuple(briefs),
        partial=tuple(partial),
        collections=tuple(collections),
    )


def _chosen_briefs(request: BuildRequest, project: Project) -> list[Brief]:
    """Return the briefs to set; those of a collection in its order."""
    candidates: Iterable[Brief] = project.briefs.values()
    if request.collection:
        collection = project.press.collections[request.collection]
        candidates = project.members(collection)
    return [brief for brief in candidates if request.includes(brief)]


def _chosen_collections(
    request: BuildRequest, project: Project, briefs: Sequence[Brief]
) -> list[Collection]:
    """Return the collections that contain one of the briefs, then single briefs."""
    chosen = []
    slugs = {brief.slug for brief in briefs}
    key = request.collection or request.program
    for collection in project.press.collections.values():
        if key and collection.key != key:
            continue
        members = {brief.slug for brief in project.members(collection)}
        if not slugs.isdisjoint(members):
            chosen.append(collection)
    if request.epub_each:
        chosen += map(project.single_brief_collection, briefs)
    return chosen


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
    collection = project.press.collections[request.collection]
    return brief in project.members(collection)


def check_names(request: BuildRequest, project: Project, slugs: Names) -> None:
    """Raise `BriefpressError` for names on the command line that do not exist.

    `slugs` are those that can be named. Drafts can be checked, but not built.
    """
    problems = list(_wrong_names(request, project, slugs))
    if problems:
        raise BriefpressError(*problems)


def _wrong_names(
    request: BuildRequest, project: Project, slugs: Names
) -> Iterator[Problem]:
    for slug in request.slugs:
        if slug in slugs:
            continue
        if slug in project.staying:
            continue
        if slug in project.drafts:
            yield _draft(project.drafts[slug])
        elif slug in project.held:
            yield _held(project.held[slug])
        else:
            yield _unknown("brief", slug, slugs)
    programs = project.press.programs
    if request.program and request.program not in programs:
        yield _unknown("program", request.program, programs)
    collections = project.press.collections
    if request.collection and request.collection not in collections:
        yield _unknown("collection", request.collection, collections)


def _unknown(kind: str, name: str, known: Names) -> Problem:
    message = f"there is no {kind} `{name}`"
    fix = "run `briefpress list` to see all names"
    near = closest_name(name, known)
    if near:
        fix = f"write `{near}`"
    return Problem("A01", message, fix=fix)


def _draft(brief: Brief) -> Problem:
    line, column = brief.places.get("draft", (0, 0))
    return Problem(
        code="A02",
        message=f"`{brief.slug}` is a draft, and drafts are not published",
        span=Span(brief.file, line, column),
        fix=f"run `briefpress proof {brief.slug}` to see it; to publish it, remove"
        " `draft: true`",
    )


def _held(brief: Brief) -> Problem:
    line, column = brief.places.get("date", (0, 0))
    return Problem(
        code="A02",
        message=f"`{brief.slug}` is held until {brief.date}",
        span=Span(brief.file, line, column),
        fix=f"add `--as-of {brief.date}`",
    )
