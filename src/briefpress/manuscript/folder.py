"""The folder of briefs: what is in it, each brief by itself, and what only all of them together can tell."""

from __future__ import annotations

import os
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from briefpress.manuscript.brief import name_of_file, parse_as_far, parse_brief
from briefpress.manuscript.collection import check_selections
from briefpress.model import Brief, Press
from briefpress.problems import Problem, Severity, Span
from briefpress.schema import check_path, read_file, shorten, suggest_fix

FOLDER = "briefs"
Parse = Callable[[bytes, str, Press], tuple[Brief | None, tuple[Problem, ...]]]


def read_manuscript(
    project: Path, press: Press, names: Iterable[str] = (), parse: Parse = parse_brief
) -> tuple[tuple[Brief, ...], tuple[Problem, ...]]:
    """Return the briefs that are right, newest first, drafts too, and all problems of all briefs.

    Names leave only the briefs of these slugs, with their problems; all are read, for what one says of another.
    `parse` may be a function that remembers what `parse_brief` said of the same bytes.
    """
    files, problems = find_briefs(project)
    briefs: list[Brief] = []
    slugs: dict[str, str] = {}  # file to slug, of those that have faults too
    for file in files:
        data, odd = read_file(project, file, press.limits.brief_bytes)
        brief, found = (None, odd) if odd else parse(data, file, press)
        briefs += [brief] if brief else []
        told = next(
            (problem.brief for problem in found if problem.brief), name_of_file(file)
        )
        slugs[file] = brief.slug if brief else told
        problems += [replace(problem, brief=slugs[file]) for problem in found]
    problems += [*_clashes(slugs, press), *_check_related(briefs, slugs)]
    problems += check_selections(press, briefs, slugs.values())
    wrong = {
        problem.span.file for problem in problems if problem.span and problem.is_error
    }
    right = [brief for brief in briefs if brief.file not in wrong]
    right.sort(key=lambda brief: (-brief.date.toordinal(), brief.slug))
    return (
        _named(right, problems, set(names), slugs)
        if names
        else (tuple(right), tuple(problems))
    )


def read_as_far(project: Path, press: Press, file: str) -> Brief | None:
    """Return a brief that has faults, as far as it can be read."""
    data, odd = read_file(project, file, press.limits.brief_bytes)
    return None if odd else parse_as_far(data, file, press)[0]


def find_briefs(project: Path) -> tuple[list[str], list[Problem]]:
    """Return the files that briefs are in, and Markdown or links in the folder that are none."""
    odd = check_path(project, FOLDER)
    if odd or not (project / FOLDER).is_dir():
        return [], [
            odd
            or Problem(
                "R25",
                f"there is no folder `{FOLDER}`",
                Span(FOLDER),
                "make it, for the briefs",
            )
        ]
    try:
        entries = sorted(os.scandir(project / FOLDER), key=lambda entry: entry.name)
    except OSError as error:
        return [], [
            Problem(
                "R04",
                f"the folder cannot be read: {str(error.strerror).lower()}",
                Span(FOLDER),
            )
        ]
    looked = [
        _look(project, entry) for entry in entries if not entry.name.startswith(".")
    ]
    return [file for file, _ in looked if file], [
        problem for _, found in looked for problem in found
    ]


def _look(project: Path, entry: os.DirEntry[str]) -> tuple[str, list[Problem]]:
    """Return the file of the brief that one thing in the folder is, or nothing, and what is wrong with it."""
    name = f"{FOLDER}/{entry.name}"
    if not entry.name.isprintable():
        shown = Span(name.encode("unicode_escape").decode())
        return "", [
            Problem(
                "R18",
                "the name of the file has characters that cannot be shown",
                shown,
                "rename it",
            )
        ]
    if entry.is_symlink() and (odd := check_path(project, name)):
        return "", [odd]
    if entry.is_dir():
        if os.path.lexists(Path(entry.path, "index.md")):
            return f"{name}/index.md", []
        strays = list(_markdown_in(project, name))
        return "", [_no_brief(stray, alone=len(strays) == 1) for stray in strays]
    if entry.name.endswith(".md"):
        return name, []
    return "", [_no_brief(name)] if _is_markdown(entry.name) else []


def _no_brief(file: str, *, alone: bool = False) -> Problem:
    """Return the problem of Markdown that nobody would publish, and where it belongs."""
    path = PurePosixPath(file)
    if path.stem.lower() == "index" and len(path.parts) > 2:
        place = f"{FOLDER}/{path.parent.name}/index.md"
    else:
        place = (
            f"{path.parent}/index.md"
            if alone and len(path.parts) == 3
            else f"{FOLDER}/{path.stem}.md"
        )
    return Problem(
        "R21", f"`{file}` is Markdown, and no brief", Span(file), f"name it `{place}`"
    )


def _markdown_in(project: Path, folder: str) -> Iterator[str]:
    for path, folders, names in os.walk(project / folder):
        folders.sort()
        yield from (
            Path(path, name).relative_to(project).as_posix()
            for name in sorted(names)
            if _is_markdown(name)
        )


def _is_markdown(name: str) -> bool:
    return (
        name.lower().endswith((".md", ".markdown", ".mdown", ".mkd"))
        and name.isprintable()
    )


def _clashes(slugs: Mapping[str, str], press: Press) -> Iterator[Problem]:
    """Yield briefs of one name, and of names that are one on a system that folds case or Unicode form."""
    by_name: defaultdict[str, list[str]] = defaultdict(list)
    by_slug: defaultdict[str, list[str]] = defaultdict(list)
    for file, slug in slugs.items():
        by_name[_fold(name_of_file(file))].append(file)
        by_slug[slug].append(file)
        if slug in press.collections:
            message = f"the brief `{slug}` has the name of a collection"
            yield Problem(
                "R19", message, Span(file), f"rename it: `{slug}-brief`", brief=slug
            )
    for slug, files in by_slug.items():
        for file, other in _others(files):
            message = f"`{other}` is called `{slug}` too"
            yield Problem(
                "R19",
                message,
                Span(file),
                "rename one, or give it a `slug:`",
                brief=slug,
            )
    for files in by_name.values():
        for file, other in _others(files):
            if name_of_file(file) != name_of_file(other):
                message = (
                    f"the name differs from `{other}` only in case or in Unicode form"
                )
                yield Problem(
                    "R20", message, Span(file), "rename one of them", brief=slugs[file]
                )


def _others(files: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield each of several files with another of them."""
    if len(files) > 1:
        yield from zip(files, [files[-1], *files[:-1]], strict=True)


def _fold(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _check_related(
    briefs: Iterable[Brief], slugs: Mapping[str, str]
) -> Iterator[Problem]:
    """Yield what `related` names and is no other brief; a draft is a warning, for it may come."""
    known = set(slugs.values())
    drafts = {brief.slug for brief in briefs if brief.draft}
    for brief in briefs:
        for index, slug in enumerate(brief.related):
            place = brief.places.get(f"related.{index}") or brief.places["related"]
            span = Span(brief.file, *place, len(slug))
            if slug not in known:
                fix = suggest_fix(slug, sorted(known - {brief.slug}), most=8)
                yield Problem(
                    "R17",
                    shorten(f"no brief is called `{slug}`"),
                    span,
                    fix,
                    brief=brief.slug,
                )
            elif slug == brief.slug:
                yield Problem(
                    "R17",
                    "a brief is not related to itself",
                    span,
                    "leave it out",
                    brief=brief.slug,
                )
            elif slug in drafts and not brief.draft:
                message = f"`{slug}` is a draft, and is not shown until it is published"
                yield Problem(
                    "R17", message, span, severity=Severity.WARNING, brief=brief.slug
                )


def _named(
    briefs: list[Brief],
    problems: list[Problem],
    names: set[str],
    slugs: Mapping[str, str],
) -> tuple[tuple[Brief, ...], tuple[Problem, ...]]:
    """Return the briefs of some names, with their problems; a name that is nobody's is one too."""
    known = set(slugs.values())
    found = [problem for problem in problems if problem.brief in names]
    found += [
        Problem(
            "R26",
            f"no brief is called `{name}`",
            fix=suggest_fix(name, sorted(known), most=8),
        )
        for name in sorted(names - known)
    ]
    return tuple(brief for brief in briefs if brief.slug in names), tuple(found)
