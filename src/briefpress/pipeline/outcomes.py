"""The problems of steps, with their places in the files of the briefs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeAlias

from briefpress.document.links import check_links
from briefpress.engine.scheduler import Engine
from briefpress.engine.step import Result
from briefpress.model import Brief
from briefpress.pipeline.steps import MadeDocument
from briefpress.pipeline.tasks import Positions
from briefpress.problems import Problem

Documents: TypeAlias = Mapping[str, MadeDocument]  # by slug
Places: TypeAlias = Mapping[str, tuple[int, int]]  # id to line and column


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
    documents: Documents,
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


def _places(engine: Engine, slug: str) -> Places:
    """Return where the ids of a brief's document are in its file."""
    step = f"document/{slug}"
    outcome = engine.outcomes.get(step)
    if outcome is None:
        return {}
    if "positions" not in outcome.files:
        return {}
    result: Result[Positions] = Result(step, "positions")
    positions = engine.value(result, Positions)
    return positions.places
