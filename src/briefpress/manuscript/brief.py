"""One brief: its front matter checked against the press, its text left as written."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import PurePosixPath
from typing import Any

from briefpress.model import Author, Brief, Press
from briefpress.press import OFFICE, sort_name
from briefpress.problems import Problem
from briefpress.schema import (
    FrontMatter,
    KeyHint,
    Node,
    Offsets,
    Schema,
    Source,
    SourceProblems,
    check_slug,
    closest_name,
    decode,
    parse_front_matter,
    parse_table,
    schema_of,
    suggest_fix,
    value_positions,
)

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
    if decoding_problems:  # its text may not be parsed
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
    """Return whether each of several names begins with a capital and is no office's."""
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
