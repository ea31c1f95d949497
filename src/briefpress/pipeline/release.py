"""What `briefpress release` records: what is new, changed or gone since the last time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection as Names
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from briefpress.editions.epub.model import book_identifier
from briefpress.manuscript.record import (
    Record,
    ReleasedBrief,
    ReleasedCollection,
    addresses_of,
    digest_of_brief,
)
from briefpress.model import Brief, Collection
from briefpress.pipeline.project import Project
from briefpress.problems import BriefpressError, Problem, count_of
from briefpress.schema.suggest import suggest_fix
from briefpress.shelf import brief_identifier


@dataclass(frozen=True, slots=True)
class Change:
    """How a brief that is built differs from what was released."""

    slug: str
    what: str  # "new", "changed", "renamed", "moved" or "withdrawn"


def changes(project: Project, built: Names[str]) -> Iterator[Change]:
    """Yield what differs from the record, among the briefs with these slugs."""
    for slug in sorted(built):
        brief = project.briefs[slug]
        what = _change_of(brief, project.record.find(brief))
        if what:
            yield Change(slug, what)


def _change_of(brief: Brief, out: ReleasedBrief | None) -> str:
    """Return in one word how a brief differs from what was released, or ""."""
    if out is None:
        return "new"
    if brief.withdrawn is not None:
        return "withdrawn" if out.withdrawn != brief.withdrawn.date else ""
    if out.key != brief.slug:
        return "renamed"
    if out.addresses != addresses_of(brief.slug):
        return "moved"
    is_same = out.digest == digest_of_brief(brief) and out.withdrawn is None
    return "" if is_same else "changed"


def check_removed(removed: Iterable[str], record: Record) -> None:
    """Raise `BriefpressError` for names that were not released."""
    known = [*record.briefs, *record.collections]
    problems = [
        Problem(
            "A01",
            f"no brief or collection `{name}` was released",
            fix=suggest_fix(name, known),
        )
        for name in removed
        if name not in known
    ]
    if problems:
        raise BriefpressError(*problems)


def record_release(
    project: Project, built: Names[str], removed: Names[str], day: dt.date
) -> Record:
    """Return the record after a release on a day.

    `built` are the slugs of the briefs that are complete, `removed` the names of briefs
    and collections that go without a trace.
    """
    record = project.record
    briefs = {key: out for key, out in record.briefs.items() if key not in removed}
    for slug in sorted(built):
        brief = project.briefs[slug]
        out = record.find(brief)
        if out is not None:
            briefs.pop(out.key, None)
        briefs[slug] = _released(brief, out, project, day)
    collections = {
        key: out for key, out in record.collections.items() if key not in removed
    }
    for key, collection in project.press.collections.items():
        out_before = record.find_collection(collection)
        if out_before is not None:
            collections.pop(out_before.key, None)
        members = project.members(collection)
        slugs = tuple(each.slug for each in members if each.slug not in removed)
        if slugs:
            collections[key] = _released_collection(
                collection, slugs, out_before, project, day
            )
    return Record(briefs, collections)


def _released(
    brief: Brief, out: ReleasedBrief | None, project: Project, day: dt.date
) -> ReleasedBrief:
    addresses = addresses_of(brief.slug)
    withdrawn = brief.withdrawn.date if brief.withdrawn else None
    if out is None:
        identifier = brief_identifier(project.press, brief)
        earlier = tuple(addresses_of(alias) for alias in brief.aliases)
        out = ReleasedBrief(brief.slug, identifier, day, "", addresses, earlier=earlier)
    places = [*out.earlier, out.addresses]
    places += [addresses_of(alias) for alias in brief.aliases]
    earlier = tuple(dict.fromkeys(each for each in places if each != addresses))
    digest = out.digest if withdrawn and out.digest else digest_of_brief(brief)
    return replace(
        out,
        key=brief.slug,
        digest=digest,
        addresses=addresses,
        withdrawn=withdrawn,
        earlier=earlier,
    )


def _released_collection(
    collection: Collection,
    slugs: tuple[str, ...],
    out: ReleasedCollection | None,
    project: Project,
    day: dt.date,
) -> ReleasedCollection:
    identifier = book_identifier(project.press, collection)
    changed = day if out is None or set(out.briefs) != set(slugs) else out.changed
    return ReleasedCollection(collection.key, identifier, changed, slugs)


def publication_lines(
    project: Project, kept: Names[str], failed: Iterable[str]
) -> Iterator[str]:
    """Yield a line for each state of briefs that an editor must know of.

    `kept` are the slugs of last good editions, `failed` those of briefs that were asked
    for and have no editions.
    """
    held = {
        slug: brief.date
        for slug, brief in project.held.items()
        if slug not in project.staying
    }
    for date in sorted(set(held.values())):
        slugs = [slug for slug, day in held.items() if day == date]
        yield f"held until {date.day} {date:%B %Y}: {', '.join(sorted(slugs))}"
    for slug in sorted(kept):
        yield f"{slug} stays as it was published, until its source is right again"
    released = {slug for slug in failed if slug in project.record.briefs}
    for slug in sorted(released.union(project.staying) - set(kept)):
        yield (
            f"{slug} was released, and its last good edition is not on this machine:"
            " what is published of it is left as it is"
        )


def unreleased_line(project: Project, built: Names[str]) -> Iterator[str]:
    """Yield a line if the briefs with these slugs differ from what was released."""
    found = list(changes(project, built))
    if found:
        number = count_of(len(found), "brief")
        names = ", ".join(f"{each.slug} ({each.what})" for each in found[:5])
        more = ", …" if len(found) > 5 else ""
        yield f"built, but not yet released: {number}, {names}{more}: run `briefpress release`"
