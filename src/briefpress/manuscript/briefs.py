"""The folder of briefs: every brief in it, and the checks across briefs."""

from __future__ import annotations

import datetime as dt
import os
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

from briefpress.manuscript.relations import check_selections, newest_first
from briefpress.model import Author, Brief, Press
from briefpress.press import OFFICE, sort_name
from briefpress.problems import Problem, Severity, Span
from briefpress.schema.files import check_path, read_file
from briefpress.schema.formats import check_slug
from briefpress.schema.schema import (
    KeyHint,
    Schema,
    parse_table,
    schema_of,
    value_positions,
)
from briefpress.schema.source import (
    Node,
    Offsets,
    Source,
    SourceProblems,
    decode,
    shorten,
)
from briefpress.schema.suggest import closest_name, suggest_fix
from briefpress.schema.yaml import FrontMatter, parse_front_matter

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
        problems += found
        if brief is None:
            slugs[file] = found[0].brief
            continue
        slugs[file] = brief.slug
        has_error = any(problem.is_error for problem in found)
        if not has_error:
            briefs.append(brief)
    problems += _check_names(slugs, press)
    problems += _check_related(briefs, slugs)
    problems += check_selections(press, briefs, slugs.values())
    wrong_files = _files_with_errors(problems)
    right = [brief for brief in briefs if brief.file not in wrong_files]
    right.sort(key=newest_first)
    return tuple(right), tuple(problems)


def _files_with_errors(problems: Iterable[Problem]) -> set[str]:
    """Return the files in which one of the problems is an error."""
    files = set()
    for problem in problems:
        if problem.is_error and problem.span:
            files.add(problem.span.file)
    return files


def read_partial_brief(project: Path, press: Press, file: str) -> Brief | None:
    """Return a brief with errors as far as it can be read, or None."""
    brief, _ = _read_brief(project, press, file)
    return brief


def find_briefs(project: Path) -> tuple[list[str], list[Problem]]:
    """Return the files that are briefs, and what looks like a brief and is none."""
    problem = check_path(project, FOLDER)
    if problem:
        return [], [problem]
    folder = project / FOLDER
    if not folder.is_dir():
        no_folder = Problem(
            code="R25",
            message=f"there is no folder `{FOLDER}`",
            span=Span(FOLDER),
            fix=f"create the folder `{FOLDER}`",
        )
        return [], [no_folder]
    try:
        entries = list(os.scandir(folder))
    except OSError as error:
        reason = str(error.strerror).lower()
        message = f"the folder cannot be read: {reason}"
        return [], [Problem("R04", message, Span(FOLDER))]
    entries.sort(key=lambda entry: entry.name)
    files: list[str] = []
    problems: list[Problem] = []
    for entry in entries:
        if entry.name.startswith("."):
            continue
        file, found = _find_brief(project, entry)
        problems += found
        if file:
            files.append(file)
    return files, problems


def _read_brief(
    project: Path, press: Press, file: str
) -> tuple[Brief | None, tuple[Problem, ...]]:
    """Return one brief as far as it can be read, and its problems with its slug."""
    data, problems = read_file(project, file, press.limits.brief_bytes)
    if problems:
        return None, _of_brief(problems, slug_of_file(file))
    return parse_brief(data, file, press)


def _of_brief(problems: Iterable[Problem], slug: str) -> tuple[Problem, ...]:
    """Return problems with the slug of their brief."""
    return tuple(replace(problem, brief=slug) for problem in problems)


def _find_brief(project: Path, entry: os.DirEntry[str]) -> tuple[str, list[Problem]]:
    """Return the brief that an entry of the folder is, or "", and what is wrong."""
    name = f"{FOLDER}/{entry.name}"
    if not entry.name.isprintable():
        return "", [_unprintable_name(name)]
    if entry.is_symlink():
        problem = check_path(project, name)
        if problem:
            return "", [problem]
    if entry.is_dir():
        return _find_brief_in(project, name)
    if entry.name.endswith(".md"):
        return name, []
    if _is_markdown(entry.name):
        return "", [_misplaced(name, is_alone=False)]
    return "", []


def _unprintable_name(name: str) -> Problem:
    """Return the problem of a file whose name the terminal cannot show."""
    escaped = name.encode("unicode_escape").decode()
    return Problem(
        code="R18",
        message="the name of the file has characters that cannot be displayed",
        span=Span(escaped),
        fix="rename it",
    )


def _find_brief_in(project: Path, folder: str) -> tuple[str, list[Problem]]:
    """Return the brief in a folder, or "" and a problem for each Markdown file."""
    index = f"{folder}/index.md"
    if os.path.lexists(project / index):
        return index, []
    files = list(_markdown_files(project, folder))
    is_alone = len(files) == 1
    problems = [_misplaced(file, is_alone=is_alone) for file in files]
    return "", problems


def _misplaced(file: str, *, is_alone: bool) -> Problem:
    """Return the problem of Markdown that is not published, and where it belongs.

    `is_alone` says that the folder has no other Markdown.
    """
    path = PurePosixPath(file)
    place = PurePosixPath(FOLDER, f"{path.stem}.md")
    if _belongs_in_its_folder(path, is_alone=is_alone):
        place = PurePosixPath(FOLDER, path.parent.name, "index.md")
    fix = f"move it to `{place}`"
    if place.parent == path.parent:
        fix = f"rename it to `{place}`"
    return Problem(
        code="R21",
        message=f"`{file}` is Markdown, but not a brief",
        span=Span(file),
        fix=fix,
    )


def _belongs_in_its_folder(path: PurePosixPath, *, is_alone: bool) -> bool:
    """Return whether Markdown is probably the `index.md` of the folder that it is in.

    `rents/brief.md` and `rents/rents.md` are; `2026/e.md` is the brief `e`, put into a
    folder for its year.
    """
    depth = len(path.parts)
    stem = path.stem.lower()
    if depth < 3:
        return False
    if stem == "index":
        return True
    if depth > 3 or not is_alone:
        return False
    return stem == path.parent.name or stem in NAMES_OF_ANY_BRIEF


def _markdown_files(project: Path, folder: str) -> Iterator[str]:
    """Yield the Markdown files below a folder, relative to the project."""
    for path, folders, names in os.walk(project / folder):
        folders.sort()
        for name in sorted(names):
            if not _is_markdown(name) or not name.isprintable():
                continue
            file = Path(path, name).relative_to(project)
            yield file.as_posix()


def _is_markdown(name: str) -> bool:
    """Return whether a file has one of the usual suffixes of Markdown."""
    return name.lower().endswith(MARKDOWN_SUFFIXES)


def _check_names(slugs: Mapping[str, str], press: Press) -> Iterator[Problem]:
    """Yield slugs of collections, slugs that are used twice, and files of one name."""
    for file, slug in slugs.items():
        if slug in press.collections:
            yield Problem(
                code="R19",
                message=f"the brief `{slug}` has the name of a collection",
                span=Span(file),
                fix=f"rename it to `{slug}-brief`",
                brief=slug,
            )
    for file, other in _pairs_with_equal(slugs, slugs.__getitem__):
        slug = slugs[file]
        yield Problem(
            code="R19",
            message=f"`{other}` has the same name, `{slug}`",
            span=Span(file),
            fix="rename one of them, or give one a `slug`",
            brief=slug,
        )
    for file, other in _pairs_with_equal(slugs, _folded_name):
        if slug_of_file(file) == slug_of_file(other):
            continue
        yield Problem(
            code="R20",
            message=f"its name differs from `{other}` only in case or Unicode form",
            span=Span(file),
            fix="rename one of them",
            brief=slugs[file],
        )


def _pairs_with_equal(
    files: Iterable[str], key: Callable[[str], str]
) -> Iterator[tuple[str, str]]:
    """Yield each file whose key another file has too, with that other file."""
    files_by_key: defaultdict[str, list[str]] = defaultdict(list)
    for file in files:
        same_key = files_by_key[key(file)]
        same_key.append(file)
    for equal in files_by_key.values():
        other = equal[-1]
        if len(equal) == 1:
            continue
        for file in equal:
            yield file, other
            other = file


def _folded_name(file: str) -> str:
    """Return a name as a system compares it that ignores case and Unicode form."""
    name = unicodedata.normalize("NFC", slug_of_file(file))
    return unicodedata.normalize("NFC", name.casefold())


def _check_related(
    briefs: Iterable[Brief], slugs: Mapping[str, str]
) -> Iterator[Problem]:
    """Yield entries of `related` that are not another brief, and drafts as warnings."""
    known = set(slugs.values())
    drafts = {brief.slug for brief in briefs if brief.draft}
    for brief in briefs:
        for index, slug in enumerate(brief.related):
            fix = ""
            severity = Severity.ERROR
            if slug not in known:
                message = shorten(f"no brief is called `{slug}`")
                others = sorted(known - {brief.slug})
                fix = suggest_fix(slug, others, max_listed=8)
            elif slug == brief.slug:
                message = "a brief cannot be related to itself"
                fix = "delete it"
            elif slug in drafts and not brief.draft:
                message = f"`{slug}` is a draft, so it is not listed yet"
                severity = Severity.WARNING
            else:
                continue
            yield Problem(
                code="R17",
                message=message,
                span=_span_of_related(brief, index),
                fix=fix,
                severity=severity,
                brief=brief.slug,
            )


def _span_of_related(brief: Brief, index: int) -> Span:
    """Return where an entry of `related` is; a single one may be no list."""
    path = f"related.{index}"
    if path not in brief.places:
        path = "related"
    line, column = brief.places[path]
    length = len(brief.related[index])
    return Span(brief.file, line, column, length)


# Without a space or a capital letter it is meant as a key of `[authors]`, not a name.
AUTHOR_KEY = re.compile(r"[a-z0-9]+([-_.][a-z0-9]+)*")
# "Martin Luther King, Jr." is one author, "Jane Doe, John Roe" are two.
AUTHOR_SEPARATOR = re.compile(
    r",(?!\s*(?:Jr|Sr|II|III|IV|Ph\.?D|M\.?D|LL\.?M|Esq|[A-Z]{2,4})\b\.?\s*$)|;"
)
AND = re.compile(r"\s+and\s+")
AMPERSAND = re.compile(r"\s+&\s+")
ONE_LINE_KEYS = ("title", "subtitle", "series", "number")
DESCRIBE_AUTHORS = "describe each author under `[authors]` in press.toml"

# Keys that other programs use, and what they are called here.
KEYS_ELSEWHERE = {
    "abstract": "summary",
    "byline": "authors",
    "categories": "tags",
    "category": "tags",
    "description": "summary",
    "excerpt": "summary",
    "highlights": "takeaways",
    "issue": "number",
    "key-points": "takeaways",
    "keyword": "tags",
    "keywords": "tags",
    "language": "lang",
    "locale": "lang",
    "permalink": "slug",
    "published": "date",
    "topics": "tags",
}

# What other programs write in place of our `draft`.
SETTINGS_OF_DRAFTS = frozenset(
    {
        "status: draft",
        "published: false",
        "published: no",
    }
)
SETTINGS_OF_PUBLISHED = frozenset({"published: true", "published: yes"})

# Git's lines around and between the two versions of a merge conflict.
CONFLICT_MARKER = re.compile(r"^(?:<{7}|={7}|>{7})(?= |$)", re.MULTILINE)


@cache
def front_matter_schema() -> Schema:
    """Return the keys of front matter and their types."""
    names = tuple[str, ...]
    schema = schema_of(Brief, "file", "text", "line", "places", authors=names)
    return replace(
        schema,
        required=("title", "date"),
        key_hint=_key_hint,
    )


def parse_brief(
    data: bytes, file: str, press: Press
) -> tuple[Brief | None, tuple[Problem, ...]]:
    """Return a brief as far as it can be read, and its problems; None if it cannot.

    A brief with an error is not published. It is returned so that its text can be
    checked as well. `file` is relative to the project and gives the slug:
    "briefs/rents.md" or "briefs/rents/index.md".
    """
    slug = slug_of_file(file)
    source, decoding_problems = decode(data, file, press.limits.brief_bytes)
    if source is None:
        with_fixes = [_with_fix(problem) for problem in decoding_problems]
        return None, _of_brief(with_fixes, slug)
    problems = SourceProblems(source, list(decoding_problems))
    brief = _parse_source(source, problems, press)
    if brief is not None:
        slug = brief.slug
    if decoding_problems:  # its text must not be parsed
        brief = None
    return brief, _of_brief(problems.found, slug)


def _with_fix(problem: Problem) -> Problem:
    """Return a problem of decoding with a fix: a brief that is too long can be split."""
    if problem.code != "R03":
        return problem
    fix = "split the brief, or raise `brief_bytes` under `[limits]` in press.toml"
    return replace(problem, fix=fix)


def slug_of_file(file: str) -> str:
    """Return the slug that the name of a file gives."""
    path = PurePosixPath(file)
    has_own_folder = len(path.parts) > 2
    if has_own_folder and path.name == "index.md":
        return path.parent.name
    return path.stem


def _parse_source(
    source: Source, problems: SourceProblems, press: Press
) -> Brief | None:
    """Return a brief as far as it can be read, or None and a problem."""
    conflict_at = _find_merge_conflict(source.text)
    if conflict_at:
        fix = "keep one of the two versions, and delete the marker lines"
        problems.add("R29", conflict_at, "a merge conflict is not resolved", fix)
        return None
    front_matter = parse_front_matter(source, problems)
    if front_matter is None:
        return None
    values = _parse_values(front_matter, press, source, problems)
    text = source.text[front_matter.text_start :]
    if not text.strip():
        message = "the brief has no text after its front matter"
        problems.warn("R30", None, message)
    return Brief(
        file=source.file,
        text=text,
        line=source.place(front_matter.text_start)[0],
        places=value_positions(front_matter.root, source),
        **values,
    )


def _find_merge_conflict(text: str) -> Offsets | None:
    """Return where the first marker of a merge conflict is, or None.

    Only all three markers in their order are a conflict: a line of equals signs also
    underlines a heading.
    """
    if "<<<<<<<" not in text:
        return None
    start: Offsets | None = None
    is_separated = False
    for marker in CONFLICT_MARKER.finditer(text):
        sign = marker[0][0]
        if sign == "<":
            start = marker.span()
            is_separated = False
        elif sign == "=":
            is_separated = start is not None
        elif is_separated:
            return start
    return None


def _parse_values(
    front_matter: FrontMatter, press: Press, source: Source, problems: SourceProblems
) -> dict[str, Any]:
    """Return the fields of a brief, checked against the press."""
    root = front_matter.root
    items: dict[str, Node] = {}
    if isinstance(root.value, dict):
        items = root.value.copy()
    author_names = _author_table_names(items.get("authors"))
    if author_names:
        authors = items.pop("authors")
        fix = _author_table_fix(author_names)
        message = "`authors` must be a list of names"
        problems.add("R12", authors.at, message, fix)
    missing_fixes = _missing_fixes(items, source, front_matter.text_start)
    schema = replace(front_matter_schema(), missing_fixes=missing_fixes)
    table = replace(root, value=items)
    parsed = parse_table(table, schema, problems)
    slug = slug_of_file(source.file)
    # A brief without a title or a date is not published, but its text is checked.
    values = {
        "title": slug,
        "date": dt.date.min,
        "slug": slug,
        "lang": press.language,
        "program": "",
        "tags": (),
        **parsed,
    }
    for key in ONE_LINE_KEYS:
        if key in values:
            words = values[key].split()
            values[key] = " ".join(words)
    tags = dict.fromkeys(values["tags"])
    values["tags"] = tuple(tags)
    _check_slug(values["slug"], items, problems)
    _check_program(values["program"], items, press, problems)
    _check_tags(items, problems)
    values["authors"] = _parse_authors(items, press, problems)
    return values


def _key_hint(key: str, node: Node) -> KeyHint | None:
    """Return what an unknown key means, if other programs use it."""
    name = key.lower().replace("_", "-")
    setting = f"{name}: {node.value}".lower()
    if setting in SETTINGS_OF_DRAFTS:
        return KeyHint("draft", "write `draft: true`")
    if setting in SETTINGS_OF_PUBLISHED or name == "status":
        return KeyHint("", "delete it: a brief without `draft: true` is published")
    if name == "author":
        author_names = _author_table_names(node)
        if author_names:
            fix = _author_table_fix(author_names)
            return KeyHint("authors", fix)
    known_key = KEYS_ELSEWHERE.get(name)
    if known_key is None:
        return None
    return KeyHint(known_key, f"write `{known_key}`")


def _missing_fixes(
    items: Mapping[str, Node], source: Source, end: int
) -> dict[str, str]:
    """Return fixes for required keys that are there, but part of the value above.

    An indented line `date: 2024-05-31` after `summary: >` belongs to the summary.
    """
    fixes = {}
    for key in front_matter_schema().required:
        if key in items:
            continue
        indented_key = re.compile(rf"^[ \t]+{key}:", re.MULTILINE)
        indented = indented_key.search(source.text, 0, end)
        if indented is None:
            continue
        line, _ = source.place(indented.start())
        fixes[key] = f"remove the spaces before `{key}` in line {line}"
    return fixes


def _check_slug(slug: str, items: Mapping[str, Node], problems: SourceProblems) -> None:
    """Report a slug that cannot name files and addresses."""
    message, fix = check_slug(slug)
    if not message:
        return
    if "slug" in items:
        problems.add("R18", items["slug"].at, message, fix)
        return
    better = fix.removeprefix("write ")
    fix = f"rename the file, or add a `slug`, such as {better}"
    problems.add("R18", None, message, fix)


def _check_program(
    key: str, items: Mapping[str, Node], press: Press, problems: SourceProblems
) -> None:
    """Report a program that is not in press.toml. Its name or acronym is no key."""
    if not key or key in press.programs:
        return
    keys_by_name = {key: key for key in press.programs}
    for program in press.programs.values():
        keys_by_name.setdefault(program.name, program.key)
        keys_by_name.setdefault(program.acronym, program.key)
    keys_by_name.pop("", None)
    fix = suggest_fix(key, press.programs)
    closest = closest_name(key, keys_by_name)
    if closest:
        fix = f"write `{keys_by_name[closest]}`"
    if not fix:
        fix = "add it to press.toml, under `[programs]`"
    message = f"no program has the key `{key}`"
    problems.add("R15", items["program"].at, message, fix)


def _check_tags(items: Mapping[str, Node], problems: SourceProblems) -> None:
    """Report several tags in one string."""
    message = "a tag cannot contain a comma"
    for item in _strings(items.get("tags")):
        text = str(item.value)
        if "," not in text:
            continue
        parts = [part.strip() for part in text.split(",")]
        tags = ", ".join(part for part in parts if part)
        fix = f"write `tags: [{tags}]`"
        problems.add("R12", item.at, message, fix)


def _parse_authors(
    items: Mapping[str, Node], press: Press, problems: SourceProblems
) -> tuple[Author, ...]:
    """Return the authors, each once: from press.toml by key or name, else by name."""
    known: dict[str, Author] = {}
    for described in press.authors.values():
        known[described.name] = described
    known.update(press.authors)
    authors: dict[Author, None] = {}
    for item in _strings(items.get("authors")):
        words = str(item.value).split()
        name = unicodedata.normalize("NFC", " ".join(words))
        author = known.get(name)
        if author is None:
            _check_author(name, item, press, problems)
            author = Author(name, sort_name(name))
        if author.name:
            authors[author] = None
    return tuple(authors)


def _check_author(
    name: str, item: Node, press: Press, problems: SourceProblems
) -> None:
    """Report an unknown key, and several names in one string."""
    known_keys = {key.casefold() for key in press.authors}
    if AUTHOR_KEY.fullmatch(name) or name.casefold() in known_keys:
        fix = suggest_fix(name, press.authors)
        if not fix:
            fix = "add it to press.toml, under `[authors]`, or write the name"
        message = f"no author has the key `{name}`"
        problems.add("R16", item.at, message, fix)
        return
    names = _split_authors(name)
    if len(names) > 1:
        fix = (
            f"{_write_authors(names)}; if this is one name, put it under"
            " `[authors]` in press.toml and write its key"
        )
        message = f"`{name}` may be several authors"
        problems.add("R16", item.at, message, fix)


def _split_authors(text: str) -> list[str]:
    """Return the names in a string, one if it seems to be one.

    "Ministry of Health and Welfare" is one, since it has the word of an office.
    """
    names: list[str] = []
    start = 0
    for separator in AUTHOR_SEPARATOR.finditer(text):
        names.append(text[start : separator.start()])
        start = separator.end()
    names.append(text[start:])
    last = names.pop()
    names += _split_last_authors(last)
    stripped = [name.strip() for name in names]
    return [name for name in stripped if name]


def _split_last_authors(text: str) -> list[str]:
    """Return the two names of "Jane Doe and John Roe", or the text as one name."""
    text_after_and = text.removeprefix(" and ")
    names = AND.split(text_after_and.strip())
    if _are_people(names):
        return names
    names = AMPERSAND.split(text.strip())
    has_full_names = all(" " in name for name in names)
    if has_full_names and _are_people(names):
        return names
    return [text]


def _are_people(names: list[str]) -> bool:
    """Return whether each name begins with a capital and has no word of an office."""
    for name in names:
        first = name[:1]
        if not first.isupper() or OFFICE.search(name):
            return False
    return True


def _author_table_names(node: Node | None) -> list[str]:
    """Return the names in a table of an author or a list of such; none otherwise."""
    names = []
    for item in _items(node):
        if not isinstance(item.value, dict):
            continue
        name = item.value.get("name")
        names.append(str(name.value) if name else "Jane Doe")
    return names


def _author_table_fix(names: list[str]) -> str:
    """Return the fix for tables of authors in front matter."""
    return f"{_write_authors(names)}, and {DESCRIBE_AUTHORS}"


def _write_authors(names: list[str]) -> str:
    """Return the fix that shows how to write these authors."""
    listed = ", ".join(names)
    return f"write `authors: [{listed}]`"


def _strings(node: Node | None) -> list[Node]:
    """Return the strings of a list, or the string that is the only value."""
    return [item for item in _items(node) if isinstance(item.value, str)]


def _items(node: Node | None) -> tuple[Node, ...]:
    """Return the items of a list, or the only value as a list of one."""
    if node is None:
        return ()
    if isinstance(node.value, tuple):
        return node.value
    return (node,)
