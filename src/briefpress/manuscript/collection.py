"""Collections: which briefs each binds, and whether what it selects is there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from briefpress.model import Brief, Collection, Press, Selection
from briefpress.problems import Problem, Severity, Span
from briefpress.schema import suggest_fix

MISSING = {
    "programs": "program has the key",
    "authors": "author is called",
    "tags": "brief has the tag",
    "briefs": "brief is called",
}


def members(collection: Collection, briefs: Iterable[Brief]) -> tuple[Brief, ...]:
    """Return the published briefs of a collection: newest first, or in the order of its list."""
    select = collection.select
    found = [brief for brief in briefs if not brief.draft and _answers(brief, select)]
    if select.briefs:
        return tuple(sorted(found, key=lambda brief: select.briefs.index(brief.slug)))
    return tuple(sorted(found, key=lambda brief: (-brief.date.toordinal(), brief.slug)))


def _answers(brief: Brief, select: Selection) -> bool:
    """Return whether a brief answers to every condition: to one of its words each."""
    authors = {word for author in brief.authors for word in (author.key, author.name)}
    return (
        (not select.programs or brief.program in select.programs)
        and (
            not select.tags or not _folded(brief.tags).isdisjoint(_folded(select.tags))
        )
        and (not select.authors or not authors.isdisjoint(select.authors))
        and (select.year is None or brief.date.year == select.year)
        and (not select.briefs or brief.slug in select.briefs)
    )


def check_selections(
    press: Press, briefs: Sequence[Brief], slugs: Iterable[str]
) -> Iterator[Problem]:
    """Yield what the collections of press.toml select and nobody has: programs, tags, authors and briefs.

    A brief that has faults is known by its slug alone, so its tags and authors are not missed while it is mended.
    """
    known = {
        "programs": set(press.programs),
        "authors": {
            word
            for brief in briefs
            for who in brief.authors
            for word in (who.key, who.name)
        }
        | {word for who in press.authors.values() for word in (who.key, who.name)},
        "tags": {tag for brief in briefs for tag in brief.tags},
        "briefs": set(slugs),
    }
    whole = len(briefs) == len(known["briefs"])
    for collection in press.collections.values():
        if collection.program:
            continue
        found = list(_check_selection(collection, known, press, whole=whole))
        yield from found
        if whole and not found and not members(collection, briefs):
            message = f"the collection `{collection.key}` holds no published brief, and is not made"
            yield Problem(
                "R22",
                message,
                _span(press, f"collections.{collection.key}"),
                severity=Severity.WARNING,
            )


def _check_selection(
    collection: Collection, known: dict[str, set[str]], press: Press, *, whole: bool
) -> Iterator[Problem]:
    path = f"collections.{collection.key}.select"
    if collection.select == Selection():
        fix = "give it `tags`, `programs`, `authors`, `year` or `briefs`"
        yield Problem("R22", "a selection without a condition", _span(press, path), fix)
    for kind, names in known.items():
        folded = _folded(names)
        for index, name in enumerate(getattr(collection.select, kind)):
            if name.casefold() in folded if kind == "tags" else name in names:
                continue
            if whole or kind in {"programs", "briefs"}:
                span = _span(
                    press,
                    f"{path}.{kind}.{index}",
                    f"{path}.{kind}",
                    length=len(name) + 2,
                )
                yield Problem(
                    "R22",
                    f"no {MISSING[kind]} `{name}`",
                    span,
                    suggest_fix(name, filter(None, names)),
                )


def _span(press: Press, *paths: str, length: int = 1) -> Span:
    """Return where the first of some values stands that press.toml has."""
    place = next((press.places[path] for path in paths if path in press.places), (0, 0))
    return Span("press.toml", *place, length)


def _folded(tags: Iterable[str]) -> set[str]:
    return {tag.casefold() for tag in tags}
