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
                message = f"`{slug}` is a draft, so it is not listed yet"
                severity = Severity.WARNING
            if message:
                span = _span_of_related(brief, index)
                yield Problem("R17", message, span, fix, severity, brief=brief.slug)


def _span_of_related(brief: Brief, index: int) -> Span:
    """Return where an entry of `related` is; a single one may be no list."""
    place = brief.places.get(f"related.{index}") or brief.places["related"]
    return Span(brief.file, *place, len(brief.related[index]))


# Without a space or a capital letter it is meant as a key of `[authors]`, not a name.
AUTHOR_KEY = re.compile(r"[a-z0-9]+([-_.][a-z0-9]+)*")
# "Martin Luther King, Jr." is one author, "Jane Doe, John Roe" are two.
AUTHOR_SEPARATOR = re.compile(
    r",(?!\s*(?:Jr|Sr|II|III|IV|Ph\.?D|M\.?D|LL\.?M|Esq|[A-Z]{2,4})\b\.?\s*$)|;"
)
AND = re.compile(r"\s+and\s+")
AMPERSAND = re.compile(r"\s+&\s+")
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

# Git's lines around and between the two versions of a merge conflict.
CONFLICT_MARKER = re.compile(r"^(?:<{7}|={7}|>{7})(?= |$)", re.MULTILINE)


@cache
def front_matter_schema() -> Schema:
    """Return the keys of front matter and their types."""
    schema = schema_of(Brief, "file", "text", "line", "places", authors=tuple[str, ...])
    return replace(schema, required=("title", "date"), key_hint=_key_hint)


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
        return None, tuple(_with_fix(each, slug) for each in decoding_problems)
    problems = SourceProblems(source, list(decoding_problems))
    brief = _parse_source(source, problems, press)
    if brief is not None:
        slug = brief.slug
    if decoding_problems:  # its text must not be parsed
        brief = None
    return brief, tuple(replace(problem, brief=slug) for problem in problems.found)


def _with_fix(problem: Problem, slug: str) -> Problem:
    """Return a problem of decoding as one of a brief; one too long can be split."""
    fix = problem.fix
    if problem.code == "R03":
        fix = "split the brief, or raise `brief_bytes` under `[limits]` in press.toml"
    return replace(problem, brief=slug, fix=fix)


def slug_of_file(file: str) -> str:
    """Return the slug that the name of a file gives."""
    path = PurePosixPath(file)
    is_in_own_folder = path.name == "index.md" and len(path.parts) > 2
    return path.parent.name if is_in_own_folder else path.stem


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
        if marker[0][0] == "<":
            start, is_separated = marker.span(), False
        elif marker[0][0] == "=":
            is_separated = start is not None
        elif is_separated:
            return start
    return None


def _parse_values(
    front_matter: FrontMatter, press: Press, source: Source, problems: SourceProblems
) -> dict[str, Any]:
    """Return the fields of a brief, checked against the press."""
    root = front_matter.root
    items = root.value if isinstance(root.value, dict) else {}
    author_names = _author_table_names(items.get("authors"))
    if author_names:
        fix = _author_table_fix(author_names)
        message = "`authors` must be a list of names"
        problems.add("R12", items["authors"].at, message, fix)
        items = {key: node for key, node in items.items() if key != "authors"}
    missing_fixes = _missing_fixes(items, source, front_matter.text_start)
    schema = replace(front_matter_schema(), missing_fixes=missing_fixes)
    parsed = parse_table(replace(root, value=items), schema, problems)
    slug = slug_of_file(source.file)
    # A brief without a title or a date is not published, but its text is checked.
    defaults = {
        "title": slug,
        "date": dt.date.min,
        "slug": slug,
        "lang": press.language,
    }
    values = {**defaults, **parsed}
    for key in ("title", "subtitle", "series", "number"):
        if key in values:
            values[key] = " ".join(values[key].split())
    values["tags"] = tuple(dict.fromkeys(values.get("tags", ())))
    _check_slug(values["slug"], items, problems)
    _check_program(values.get("program", ""), items, press, problems)
    _check_tags(items, problems)
    values["authors"] = _parse_authors(items, press, problems)
    return values


def _key_hint(key: str, node: Node) -> KeyHint | None:
    """Return what an unknown key means, if other programs use it."""
    name = key.lower().replace("_", "-")
    value = str(node.value).lower()
    if name == "status" and value == "draft":
        return KeyHint("draft", "write `draft: true`")
    if name == "published" and value in {"false", "no"}:
        return KeyHint("draft", "write `draft: true`")
    if name == "status" or (name == "published" and value in {"true", "yes"}):
        return KeyHint("", "delete it: a brief without `draft: true` is published")
    if name == "author" and (author_names := _author_table_names(node)):
        return KeyHint("authors", _author_table_fix(author_names))
    if name in KEYS_ELSEWHERE:
        known_key = KEYS_ELSEWHERE[name]
        return KeyHint(known_key, f"write `{known_key}`")
    return None


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
        if indented := indented_key.search(source.text, 0, end):
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
        for name in (program.name, program.acronym):
            if name:
                keys_by_name.setdefault(name, program.key)
    closest = keys_by_name.get(closest_name(key, keys_by_name), "")
    fix = f"write `{closest}`" if closest else suggest_fix(key, press.programs)
    fix = fix or "add it to press.toml, under `[programs]`"
    message = f"no program has the key `{key}`"
    problems.add("R15", items["program"].at, message, fix)


def _check_tags(items: Mapping[str, Node], problems: SourceProblems) -> None:
    """Report several tags in one string."""
    for item in _strings(items.get("tags")):
        text = str(item.value)
        if "," in text:
            tags = [tag.strip() for tag in text.split(",")]
            fix = f"write `tags: [{', '.join(filter(None, tags))}]`"
            problems.add("R12", item.at, "a tag cannot contain a comma", fix)


def _parse_authors(
    items: Mapping[str, Node], press: Press, problems: SourceProblems
) -> tuple[Author, ...]:
    """Return the authors, each once: from press.toml by key or name, else by name."""
    authors_by_name = {author.name: author for author in press.authors.values()}
    authors = []
    for item in _strings(items.get("authors")):
        name = unicodedata.normalize("NFC", " ".join(str(item.value).split()))
        author = press.authors.get(name) or authors_by_name.get(name)
        if author is None:
            _check_author(name, item, press, problems)
            author = Author(name, sort_name(name))
        if author.name:
            authors.append(author)
    return tuple(dict.fromkeys(authors))


def _check_author(
    name: str, item: Node, press: Press, problems: SourceProblems
) -> None:
    """Report an unknown key, and several names in one string."""
    known_keys = {key.casefold() for key in press.authors}
    if AUTHOR_KEY.fullmatch(name) or name.casefold() in known_keys:
        fix = suggest_fix(name, press.authors)
        fix = fix or "add it to press.toml, under `[authors]`, or write the name"
        problems.add("R16", item.at, f"no author has the key `{name}`", fix)
        return
    names = _split_authors(name)
    if len(names) > 1:
        fix = (
            f"write `authors: [{', '.join(names)}]`; if this is one name, put it under"
            " `[authors]` in press.toml and write its key"
        )
        problems.add("R16", item.at, f"`{name}` may be several authors", fix)


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
    *others, last = names
    parts = AND.split(last.removeprefix(" and ").strip())
    if not _are_people(parts):
        parts = AMPERSAND.split(last.strip())
        has_full_names = all(" " in part for part in parts)
        if not has_full_names or not _are_people(parts):
            parts = [last]
    return [name.strip() for name in [*others, *parts] if name.strip()]


def _are_people(names: list[str]) -> bool:
    """Return whether each name begins with a capital and has no word of an office."""
    return all(name[:1].isupper() and not OFFICE.search(name) for name in names)


def _author_table_names(node: Node | None) -> list[str]:
    """Return the names in a table of an author or a list of such; none otherwise."""
    if node is None:
        return []
    tables = node.value if isinstance(node.value, tuple) else (node,)
    names = []
    for table in tables:
        if isinstance(table.value, dict) and "name" in table.value:
            names.append(str(table.value["name"].value))
        elif isinstance(table.value, dict):
            names.append("Jane Doe")
    return names


def _author_table_fix(names: list[str]) -> str:
    return f"write `authors: [{', '.join(names)}]`, and {DESCRIBE_AUTHORS}"


def _strings(node: Node | None) -> tuple[Node, ...]:
    """Return the strings of a list, or the string that is the only value."""
    if node is None:
        return ()
    nodes = node.value if isinstance(node.value, tuple) else (node,)
    return tuple(item for item in nodes if isinstance(item.value, str))
