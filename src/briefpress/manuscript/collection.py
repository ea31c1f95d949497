"""Collections: which briefs each has, and whether what it selects exists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from briefpress.model import Brief, Collection, Press, Selection
from briefpress.problems import Problem, Severity, Span
from briefpress.schema import suggest_fix

# The message for a condition without result: "no brief has the tag `x`".
NOT_FOUND = {
    "programs": "no program has the key",
    "authors": "no author is called",
    "tags": "no brief has the tag",
    "briefs": "no brief is called",
}


def members(collection: Collection, briefs: Iterable[Brief]) -> tuple[Brief, ...]:
    """Return the published briefs of a collection.

    They are in the order of `select.briefs`, or newest first.
    """
    select = collection.select
    selected = [
        brief for brief in briefs if not brief.draft and is_selected(brief, select)
    ]
    if select.briefs:
        return tuple(sorted(selected, key=lambda each: select.briefs.index(each.slug)))
    return tuple(sorted(selected, key=newest_first))


def newest_first(brief: Brief) -> tuple[int, str]:
    """Return the sort key of briefs: by date, newest first, then by slug."""
    return -brief.date.toordinal(), brief.slug


def is_selected(brief: Brief, select: Selection) -> bool:
    """Return whether a brief fulfils every condition that is not empty."""
    if select.programs and brief.program not in select.programs:
        return False
    if select.tags and _folded(brief.tags).isdisjoint(_folded(select.tags)):
        return False
    if select.authors and _author_names(brief).isdisjoint(select.authors):
        return False
    if select.year is not None and brief.date.year != select.year:
        return False
    return not select.briefs or brief.slug in select.briefs


def check_selections(
    press: Press, briefs: Sequence[Brief], slugs: Iterable[str]
) -> Iterator[Problem]:
    """Yield what the collections of press.toml select and nothing has.

    `slugs` has those of briefs with errors too. While there are any, tags and authors
    are not checked: a brief with an error may have them.
    """
    known = _known_names(press, briefs, set(slugs))
    is_complete = len(briefs) == len(known["briefs"])
    for collection in press.collections.values():
        if collection.program:
            continue
        problems = list(
            _check_selection(collection, known, press, is_complete=is_complete)
        )
        yield from problems
        if is_complete and not problems and not members(collection, briefs):
            message = (
                f"the collection `{collection.key}` has no published brief, so it has"
                " no book"
            )
            span = _span(press, [f"collections.{collection.key}"])
            yield Problem("R22", message, span, severity=Severity.WARNING)


def _known_names(
    press: Press, briefs: Iterable[Brief], slugs: set[str]
) -> dict[str, set[str]]:
    """Return the names that each condition of a selection may have."""
    authors: set[str] = set()
    tags: set[str] = set()
    for author in press.authors.values():
        authors |= {author.key, author.name}
    for brief in briefs:
        authors |= _author_names(brief)
        tags |= set(brief.tags)
    authors.discard("")
    programs = set(press.programs)
    return {"programs": programs, "authors": authors, "tags": tags, "briefs": slugs}


def _check_selection(
    collection: Collection,
    known: Mapping[str, set[str]],
    press: Press,
    *,
    is_complete: bool,
) -> Iterator[Problem]:
    """Yield the conditions of a selection that nothing fulfils."""
    path = f"collections.{collection.key}.select"
    if collection.select == Selection():
        message = "the selection has no condition"
        fix = "add `tags`, `programs`, `authors`, `year` or `briefs`"
        yield Problem("R22", message, _span(press, [path]), fix)
    for condition, names in known.items():
        if not is_complete and condition in {"tags", "authors"}:
            continue
        folded = _folded(names)
        for index, name in enumerate(getattr(collection.select, condition)):
            is_known = name in names
            if condition == "tags":
                is_known = name.casefold() in folded
            if not is_known:
                paths = [f"{path}.{condition}.{index}", f"{path}.{condition}"]
                span = _span(press, paths, len(name) + 2)  # with its quotes
                message = f"{NOT_FOUND[condition]} `{name}`"
                yield Problem("R22", message, span, suggest_fix(name, sorted(names)))


def _span(press: Press, paths: Iterable[str], length: int = 1) -> Span:
    """Return where the first of some values is that press.toml has."""
    for path in paths:
        if path in press.places:
            return Span("press.toml", *press.places[path], length)
    return Span("press.toml", 0, 0, length)


def _author_names(brief: Brief) -> set[str]:
    """Return the names and keys of a brief's authors."""
    names = {author.name for author in brief.authors}
    return names | {author.key for author in brief.authors}


def _folded(tags: Iterable[str]) -> set[str]:
    return {tag.casefold() for tag in tags}
