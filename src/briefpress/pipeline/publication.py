"""Which briefs a build publishes: those that are due, and those that are out already."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from briefpress.manuscript.record import (
    Record,
    ReleasedBrief,
    ReleasedCollection,
    digest_of_brief,
)
from briefpress.manuscript.relations import members
from briefpress.model import Brief, Collection, Press
from briefpress.press import FILE as PRESS_FILE
from briefpress.problems import BriefpressError, Problem, Span
from briefpress.schema.formats import check_slug
from briefpress.schema.source import shorten

WAYS_OUT = (
    "restore the file; or add `withdrawn` to it, or `aliases: [{slug}]` to the brief"
    " that replaces it; or run `briefpress release --removed {slug}`"
)


@dataclass(frozen=True, slots=True)
class Publication:
    """Which of the briefs without errors are published on a day."""

    published: tuple[Brief, ...]  # from their sources
    drafts: tuple[Brief, ...] = ()
    held: tuple[Brief, ...] = ()  # until their dates
    # What was released and cannot be published from its source, by its present slug.
    staying: Mapping[str, ReleasedBrief] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def day_of_build(press: Press, as_of: dt.date | None) -> dt.date:
    """Return the day on which a build decides which briefs are due.

    It is the day that was asked for, that of SOURCE_DATE_EPOCH, or today where the
    press is. Raises `BriefpressError` for an SOURCE_DATE_EPOCH that is no number.
    """
    if as_of is not None:
        return as_of
    zone = _zone(press)
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not epoch:
        return dt.datetime.now(zone).date()
    try:
        return dt.datetime.fromtimestamp(int(epoch), zone).date()
    except (ValueError, OverflowError, OSError):
        message = f"SOURCE_DATE_EPOCH is `{epoch}`, which is no number of seconds"
        fix = "unset it, or give the seconds since 1970: `1717113600`"
        raise BriefpressError(Problem("A04", message, fix=fix)) from None


def _zone(press: Press) -> ZoneInfo:
    """Return the time zone of the press. Raises `BriefpressError` if there is none."""
    name = press.organisation.timezone
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        line, column = press.places.get("organisation.timezone", (0, 0))
        span = Span(PRESS_FILE, line, column, len(name) + 2)
        fix = "write a name of the tz database, such as `Asia/Almaty`, or `UTC`"
        message = f"there is no time zone `{name}`"
        raise BriefpressError(Problem("R37", message, span, fix)) from None


def choose_published(
    briefs: Iterable[Brief],
    unreadable: Mapping[str, Brief | None],
    record: Record,
    day: dt.date,
) -> Publication:
    """Return which briefs are published on a day, and which of those that are out stay.

    `briefs` are those without errors, `unreadable` the others as far as they can be
    read, by slug.
    """
    published: list[Brief] = []
    drafts: list[Brief] = []
    held: list[Brief] = []
    staying: dict[str, ReleasedBrief] = {}
    problems: list[Problem] = []
    present: set[str] = set()
    for written in briefs:
        out = record.find(written)
        brief = _identified(written, out)
        if out is not None:
            present.add(out.key)
            if _is_early(brief, day):
                problem = _stays(brief, out, day)
                problems.append(problem)
        if _is_published(brief, out, day):
            published.append(brief)
            problems += _wrong_dates(brief, day)
            continue
        waiting = drafts if brief.draft else held
        waiting.append(brief)
        if out is not None:
            staying[brief.slug] = out
    for slug, partial in unreadable.items():
        out = _released(slug, partial, record)
        if out is not None:
            present.add(out.key)
            staying[slug] = out
    for key, out in record.briefs.items():
        if key not in present:
            staying[key] = out
            problem = _is_gone(out, record)
            problems.append(problem)
    return Publication(
        published=tuple(published),
        drafts=tuple(drafts),
        held=tuple(held),
        staying=staying,
        problems=tuple(problems),
    )


def _released(slug: str, partial: Brief | None, record: Record) -> ReleasedBrief | None:
    """Return what was released of a brief that cannot be read, or only in part."""
    if slug in record.briefs:
        return record.briefs[slug]
    if partial is None:
        return None
    return record.find(partial)


def _identified(brief: Brief, out: ReleasedBrief | None) -> Brief:
    """Return a brief with the identifier that it was released with.

    A withdrawn one has no text any more.
    """
    if brief.withdrawn is not None:
        brief = replace(brief, text="", summary="", takeaways=(), pictures={})
    if out is None:
        return brief
    return replace(brief, identifier=out.identifier)


def _is_early(brief: Brief, day: dt.date) -> bool:
    """Return whether a brief is not to be published yet."""
    return brief.draft or brief.date > day


def _is_published(brief: Brief, out: ReleasedBrief | None, day: dt.date) -> bool:
    """Return whether a brief is published: if it is due, or out as it is."""
    if not _is_early(brief, day):
        return True
    return out is not None and not brief.draft and out.digest == digest_of_brief(brief)


def _stays(brief: Brief, out: ReleasedBrief, day: dt.date) -> Problem:
    """Return the problem of a brief that is out, and is not to be published yet."""
    key = "draft" if brief.draft else "date"
    line, column = brief.places.get(key, (0, 0))
    state = "is a draft now" if brief.draft else f"is not due on {day}"
    return Problem(
        "S02",
        f"`{brief.slug}` was released on {out.released} and {state}: it stays published",
        Span(brief.file, line, column),
        "give it its old date, and no `draft`; or add `withdrawn`",
        brief=brief.slug,
    )


def _is_gone(out: ReleasedBrief, record: Record) -> Problem:
    """Return the problem of a brief that is out, and has no file any more."""
    message = f"`{out.key}` was released on {out.released}, and its file is gone"
    fix = WAYS_OUT.format(slug=out.key)
    span = record.span("briefs", out.key)
    return Problem("S01", message, span, fix, brief=out.key)


def _wrong_dates(brief: Brief, day: dt.date) -> Iterator[Problem]:
    """Yield a problem for each correction or withdrawal on an impossible day."""
    dates = {
        f"corrections.{index}.date": ("correction", correction.date)
        for index, correction in enumerate(brief.corrections)
    }
    if brief.withdrawn is not None:
        dates["withdrawn.date"] = ("withdrawal", brief.withdrawn.date)
    for place, (what, date) in dates.items():
        wrong = "in the future" if date > day else "before the brief's own date"
        if not brief.date <= date <= day:
            line, column = brief.places.get(place, (0, 0))
            message = f"the date of the {what}, {date}, is {wrong}"
            span = Span(brief.file, line, column)
            yield Problem("S04", message, span, brief=brief.slug)


def check_aliases(briefs: Iterable[Brief]) -> Iterator[Problem]:
    """Yield a problem for each alias that is no name, or the name of another brief."""
    owners = {brief.slug: brief for brief in briefs}
    for brief in list(owners.values()):
        for index, alias in enumerate(brief.aliases):
            line, column = brief.places.get(f"aliases.{index}", (0, 0))
            span = Span(brief.file, line, column, len(alias))
            code = "R18"
            message, fix = check_slug(alias)
            other = owners.setdefault(alias, brief)
            if not message and (other is not brief or alias == brief.slug):
                code = "S03"
                message = f"the alias `{alias}` is also a name of {other.file}"
                fix = "remove it from one of them"
            if message:
                shown = shorten(message)
                yield Problem(code, shown, span, fix, brief=brief.slug)


def check_unique(briefs: Iterable[Brief], record: Record) -> Iterator[Problem]:
    """Yield a problem for each brief with the DOI or the number of another.

    It is on the brief that is not released, or else on the later one.
    """
    owners: dict[tuple[str, ...], Brief] = {}
    in_order = sorted(briefs, key=lambda b: (record.find(b) is None, b.date, b.slug))
    for brief in in_order:
        names = {"doi": (brief.doi,), "number": (brief.series, brief.number)}
        for key, name in names.items():
            if not name[-1]:
                continue
            other = owners.setdefault((key, *name), brief)
            if other is not brief:
                line, column = brief.places.get(key, (0, 0))
                what = "DOI" if key == "doi" else "number in the series"
                yield Problem(
                    "S07",
                    f"{other.file} has the same {what}, `{name[-1]}`",
                    Span(brief.file, line, column, len(name[-1])),
                    "give each its own",
                    brief=brief.slug,
                )


def lost_collections(
    press: Press, record: Record, briefs: Iterable[Brief]
) -> list[ReleasedCollection]:
    """Return the released collections that are gone, or have no briefs any more.

    Without those whose briefs were withdrawn: their books must go.
    """
    briefs = tuple(briefs)
    withdrawn = {brief.slug for brief in briefs if brief.withdrawn is not None}
    lost = []
    present = {
        out.key: collection
        for collection in press.collections.values()
        if (out := record.find_collection(collection))
    }
    for key, out in record.collections.items():
        collection = present.get(key)
        is_empty = collection is None or not members(collection, briefs)
        if is_empty and withdrawn.isdisjoint(out.briefs):
            lost.append(out)
    return lost


def collection_is_lost(
    out: ReleasedCollection, press: Press, record: Record
) -> Problem:
    """Return the problem of a released collection that is gone or empty."""
    is_gone = out.key not in press.collections
    state = "is gone from press.toml" if is_gone else "has no briefs any more"
    return Problem(
        "S05",
        f"the collection `{out.key}` was released and {state}: its book stays",
        record.span("collections", out.key),
        f"restore it, or run `briefpress release --removed {out.key}`",
    )


def with_recorded(press: Press, record: Record) -> Press:
    """Return the press with what was recorded of its collections."""
    collections = {
        key: _recorded(collection, record)
        for key, collection in press.collections.items()
    }
    return replace(press, collections=collections)


def _recorded(collection: Collection, record: Record) -> Collection:
    out = record.find_collection(collection)
    if out is None:
        return collection
    return replace(collection, identifier=out.identifier, changed=out.changed)
