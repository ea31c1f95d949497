"""The account of a build: what was made, and every problem in its place."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from briefpress.engine.publish import Published
from briefpress.model import Brief
from briefpress.pipeline.order import Order
from briefpress.pipeline.production import is_there
from briefpress.pipeline.report import BuildReport
from briefpress.pipeline.values import load_places
from briefpress.pipeline.work import Work
from briefpress.problems import Problem


def asked_for(order: Order, problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return the problems of what was asked for: those of other briefs are for another day."""
    return tuple(
        p for p in problems if not order.slugs or not p.brief or p.brief in order.slugs
    )


def account(
    work: Work, published: Published, problems: Iterable[Problem], seconds: float
) -> BuildReport:
    """Return what is to be told."""
    found = [*problems, *published.problems]
    for outcome in work.outcomes.values():
        owner = work.shop.briefs.get(outcome.step.owner)
        places = _places(work, owner) if owner and outcome.problems else {}
        found += [
            p.placed(owner.file, places) if owner else p for p in outcome.problems
        ]
    counts = {
        "html": sum(
            work.good(f"web/{brief.slug}") and work.whole(brief)
            for brief in work.briefs
        ),
        "pdf": sum(work.whole(brief) for brief in work.briefs),
        "epub": sum(work.good(f"epub/{key}") for key in work.bound),
    }
    pdfs = [brief.slug for brief in work.briefs if work.good(f"pdf/{brief.slug}")]
    audits = {
        slug: json.loads(
            work.graph.store.read(work.outcomes[f"pdf/{slug}"].files["audit"])
        )
        for slug in pdfs
    }
    failed = [brief.slug for brief in work.briefs if not work.whole(brief)]
    wanted = set(work.order.slugs)
    failed += [
        slug for slug in sorted(work.shop.unread) if not wanted or slug in wanted
    ]
    ran = [
        outcome
        for outcome in work.outcomes.values()
        if outcome.state in {"done", "failed"} and outcome.why
    ]
    return BuildReport(
        problems=asked_for(work.order, found),
        failed_briefs=tuple(failed),
        skipped_books=tuple(work.held),
        kept_books=tuple(key for key in work.held if is_there(work, key)),
        written=published.written,
        removed=published.removed,
        editions={
            kind: counts[kind]
            for kind in ("html", "pdf", "epub")
            if kind in work.order.formats
        },
        steps_run=len(ran),
        steps_total=len(work.outcomes),
        seconds=seconds,
        reasons=tuple(
            f"{outcome.step.name}: {'; '.join(outcome.why)}" for outcome in ran
        ),
        audits=audits,
        tracebacks=tuple(
            outcome.traceback for outcome in work.outcomes.values() if outcome.traceback
        ),
        keep_going=work.order.keep_going,
    )


def _places(work: Work, brief: Brief) -> Mapping[str, Any]:
    """Return where the ids of a brief's document stand in its file."""
    files = work.outcomes[f"document/{brief.slug}"].files
    return (
        load_places(work.graph.store.read(files["places"])) if "places" in files else {}
    )
