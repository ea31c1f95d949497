"""The folder of briefs: every brief in it, and the checks across briefs."""

from __future__ import annotations

import os
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

from briefpress.manuscript.brief import parse_brief, slug_of_file
from briefpress.manuscript.collection import check_selections, newest_first
from briefpress.model import Brief, Press
from briefpress.problems import Problem, Severity, Span
from briefpress.schema import check_path, read_file, shorten, suggest_fix

FOLDER = "briefs"
MARKDOWN_SUFFIXES = (".md", ".markdown", ".mdown", ".mkd")
# Names that say nothing of what a brief is about, so that its folder must.
NAMES_OF_ANY_BRIEF = frozenset({"brief", "index", "main", "readme", "text"})


def read_manuscript(
    project: Path, press: Press
) -> tuple[tuple[Brief, ...], tuple[Problem, ...]]:
    """Return the briefs without errors, newest first, and the problems of all briefs.

    Drafts are among the briefs.
    """
    files, problems = find_briefs(project)
    briefs: list[Brief] = []
    slugs: dict[str, str] = {}  # by file, of briefs with errors too
    for file in files:
        brief, found = _read_brief(project, press, file)
        slugs[file] = brief.slug if brief else found[0].brief
        problems.extend(found)
        has_error = any(problem.is_error for problem in found)
        if brief and not has_error:
            briefs.append(brief)
    problems.extend(_check_names(slugs, press))
    problems.extend(_check_related(briefs, slugs))
    problems.extend(check_selections(press, briefs, slugs.values()))
    errors = [problem for problem in problems if problem.is_error]
    files_with_errors = {error.span.file for error in errors if error.span}
    right = [brief for brief in briefs if brief.file not in files_with_errors]
    right.sort(key=newest_first)
    return tuple(right), tuple(problems)


def read_partial_brief(project: Path, press: Press, file: str) -> Brief | None:
    """Return a brief with errors as far as it can be read, or None."""
    brief, _ = _read_brief(project, press, file)
    return brief


def find_briefs(project: Path) -> tuple[list[str], list[Problem]]:
    """Return the files that are briefs, and what looks like a brief and is none."""
    problem = check_path(project, FOLDER)
    if problem:
        return [], [problem]
    if not (project / FOLDER).is_dir():
        fix = f"create the folder `{FOLDER}`"
        message = f"there is no folder `{FOLDER}`"
        return [], [Problem("R25", message, Span(FOLDER), fix)]
    try:
        entries = sorted(os.scandir(project / FOLDER), key=lambda entry: entry.name)
    except OSError as error:
        message = f"the folder cannot be read: {str(error.strerror).lower()}"
        return [], [Problem("R04", message, Span(FOLDER))]
    files: list[str] = []
    problems: list[Problem] = []
    for entry in entries:
        if entry.name.startswith("."):
            continue
        file, found = _find_brief(project, entry)
        files += [file] if file else []
        problems += found
    return files, problems


def _read_brief(
    project: Path, press: Press, file: str
) -> tuple[Brief | None, tuple[Problem, ...]]:
    """Return one brief as far as it can be read, and its problems with its slug."""
    data, problems = read_file(project, file, press.limits.brief_bytes)
    if problems:
        slug = slug_of_file(file)
        return None, tuple(replace(problem, brief=slug) for problem in problems)
    return parse_brief(data, file, press)


def _find_brief(project: Path, entry: os.DirEntry[str]) -> tuple[str, list[Problem]]:
    """Return the brief that an entry of the folder is, or "", and what is wrong."""
    name = f"{FOLDER}/{entry.name}"
    if not entry.name.isprintable():
        span = Span(name.encode("unicode_escape").decode())
        message = "the name of the file has characters that cannot be displayed"
        return "", [Problem("R18", message, span, "rename it")]
    if entry.is_symlink() and (problem := check_path(project, name)):
        return "", [problem]
    if entry.is_dir():
        return _find_brief_in(project, name)
    if entry.name.endswith(".md"):
        return name, []
    is_misplaced = _is_markdown(entry.name)
    return "", [_misplaced(name, is_alone=False)] if is_misplaced else []


def _find_brief_in(project: Path, folder: str) -> tuple[str, list[Problem]]:
    """Return the brief in a folder, or "" and a problem for each Markdown file."""
    if os.path.lexists(project / folder / "index.md"):
        return f"{folder}/index.md", []
    files = list(_markdown_files(project, folder))
    is_alone = len(files) == 1
    return "", [_misplaced(file, is_alone=is_alone) for file in files]


def _misplaced(file: str, *, is_alone: bool) -> Problem:
    """Return the problem of Markdown that is not published, and where it belongs.

    `is_alone` says that the folder has no other Markdown.
    """
    place = f"{FOLDER}/{PurePosixPath(file).stem}.md"
    if _belongs_in_its_folder(file, is_alone=is_alone):
        place = f"{FOLDER}/{PurePosixPath(file).parent.name}/index.md"
    stays = PurePosixPath(file).parent == PurePosixPath(place).parent
    fix = f"rename it to `{place}`" if stays else f"move it to `{place}`"
    return Problem("R21", f"`{file}` is Markdown, but not a brief", Span(file), fix)


def _belongs_in_its_folder(file: str, *, is_alone: bool) -> bool:
    """Return whether Markdown is probably the `index.md` of the folder that it is in.

    `rents/brief.md` and `rents/rents.md` are; `2026/e.md` is the brief `e`, put into a
    folder for its year.
    """
    path = PurePosixPath(file)
    folder, stem = path.parent.name, path.stem.lower()
    if len(path.parts) < 3:
        return False
    if stem == "index":
        return True
    is_directly_below = len(path.parts) == 3
    return is_alone and is_directly_below and stem in {*NAMES_OF_ANY_BRIEF, folder}


def _markdown_files(project: Path, folder: str) -> Iterator[str]:
    """Yield the Markdown files below a folder, relative to the project."""
    for path, folders, names in os.walk(project / folder):
        folders.sort()
        for name in sorted(names):
            if _is_markdown(name) and name.isprintable():
                yield Path(path, name).relative_to(project).as_posix()


def _is_markdown(name: str) -> bool:
    return name.lower().endswith(MARKDOWN_SUFFIXES)


def _check_names(slugs: Mapping[str, str], press: Press) -> Iterator[Problem]:
    """Yield slugs of collections, slugs that are used twice, and files of one name."""
    for file, slug in slugs.items():
        if slug in press.collections:
            message = f"the brief `{slug}` has the name of a collection"
            fix = f"rename it to `{slug}-brief`"
            yield Problem("R19", message, Span(file), fix, brief=slug)
    for file, other in _pairs_with_equal(slugs, slugs.__getitem__):
        slug = slugs[file]
        message = f"`{other}` has the same name, `{slug}`"
        fix = "rename one of them, or give one a `slug`"
        yield Problem("R19", message, Span(file), fix, brief=slug)
    for file, other in _pairs_with_equal(slugs, _folded_name):
        if slug_of_file(file) != slug_of_file(other):
            message = f"its name differs from `{other}` only in case or Unicode form"
            fix = "rename one of them"
            yield Problem("R20", message, Span(file), fix, brief=slugs[file])


def _pairs_with_equal(
    files: Iterable[str], key: Callable[[str], str]
) -> Iterator[tuple[str, str]]:
    """Yield each file whose key another file has too, with that other file."""
    files_by_key: defaultdict[str, list[str]] = defaultdict(list)
    for file in files:
        files_by_key[key(file)].append(file)
    for equal in files_by_key.values():
        if len(equal) > 1:
            others = [equal[-1], *equal[:-1]]
            yield from zip(equal, others, strict=True)


def _folded_name(file: str) -> str:
    """Return a name as a system compares it that ignores case and Unicode form."""
    name = slug_of_file(file)
    folded = unicodedata.normalize("NFC", name).casefold()
    return unicodedata.normalize("NFC", folded)


def _check_related(
    briefs: Iterable[Brief], slugs: Mapping[str, str]
) -> Iterator[Problem]:
    """Yield entries of `related` that are not another brief, and drafts as warnings."""
    known = set(slugs.values())
    drafts = {brief.slug for brief in briefs if brief.draft}
    for brief in briefs:
        for index, slug in enumerate(brief.related):
            message, fix, severity = "", "", Severity.ERROR
            if slug not in known:
                message = shorten(f"no brief is called `{slug}`")
                fix = suggest_fix(slug, sorted(known - {brief.slug}), max_listed=8)
            elif slug == brief.slug:
                message = "a brief cannot be related to itself"
                fix = "delete it"
            elif slug in drafts and not brief.draft:
                message = f"`{slug}` is a draft and is not shown until it is published"
                severity = Severity.WARNING
            if message:
                span = _span_of_related(brief, index)
                yield Problem("R17", message, span, fix, severity, brief=brief.slug)


def _span_of_related(brief: Brief, index: int) -> Span:
    """Return where an entry of `related` is; a single one may be no list."""
    place = brief.places.get(f"related.{index}") or brief.places["related"]
    return Span(brief.file, *place, len(brief.related[index]))
