"""A brief: front matter checked against the press, text left as written."""

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
from briefpress.press import sort_name
from briefpress.problems import Problem
from briefpress.schema import (
    Node,
    Schema,
    SourceProblems,
    check_slug,
    closest_name,
    decode,
    parse_front_matter,
    parse_table,
    schema_of,
    split_front_matter,
    suggest_fix,
    value_positions,
)

KEY = re.compile(
    r"[a-z0-9]+([-_.][a-z0-9]+)*"
)  # all in small letters, no space: a key and no name
# "Martin Luther King, Jr." is one author; "Jane Doe, John Roe" are two.
COMMA = re.compile(
    r",(?!\s*(Jr|Sr|II|III|IV|Ph\.?D|M\.?D|LL\.?M|Esq|[A-Z]{2,4})\b\.?\s*$)|;"
)


@cache
def front_matter_schema() -> Schema:
    """Return the keys of front matter and their types."""
    strings = tuple[str, ...]
    form = schema_of(Brief, "file", "text", "line", "places", authors=strings)
    return replace(form, required=("title", "date"))


def parse_brief(
    data: bytes, file: str, press: Press
) -> tuple[Brief | None, tuple[Problem, ...]]:
    """Return the brief that the bytes of a file are, and what is wrong; no brief where something is.

    `file` is its name in the project, which gives the slug: "briefs/rents.md" or "briefs/rents/index.md".
    """
    brief, found = parse_as_far(data, file, press)
    return (None if any(problem.is_error for problem in found) else brief), found


def parse_as_far(
    data: bytes, file: str, press: Press
) -> tuple[Brief | None, tuple[Problem, ...]]:
    """Return a brief as far as its front matter can be read, for what is wrong in its text to be told too."""
    slug = name_of_file(file)
    source, problems = decode(data, file, press.limits.brief_bytes)
    if source is None:
        return None, tuple(replace(problem, brief=slug) for problem in problems)
    faults = SourceProblems(source, list(problems))
    cut = split_front_matter(source, faults)
    node = parse_front_matter(faults, cut[0], cut[1]) if cut else None
    values = _values(node, press, faults, slug) if node else {}
    slug = values.get("slug", slug)
    found = tuple(replace(problem, brief=slug) for problem in faults.found)
    if (
        cut is None or node is None or any(problem.is_error for problem in problems)
    ):  # of the text as it is encoded
        return None, found
    line = source.place(cut[2])[0]
    values = {"title": slug, "date": dt.date.min, **values}
    return Brief(
        file=file,
        text=source.text[cut[2] :],
        line=line,
        places=value_positions(node, faults),
        **values,
    ), found


def name_of_file(file: str) -> str:
    """Return the slug that a file's name gives."""
    path = PurePosixPath(file)
    return (
        path.parent.name
        if path.name == "index.md" and len(path.parts) > 2
        else path.stem
    )


def _values(
    node: Node, press: Press, faults: SourceProblems, slug: str
) -> dict[str, Any]:
    """Return the fields of a brief, checked against the press."""
    values = parse_table(node, front_matter_schema(), faults)
    items = node.value if isinstance(node.value, dict) else {}
    for name in ("title", "subtitle", "series", "number"):
        if name in values:
            values[name] = " ".join(values[name].split())
    values["tags"] = tuple(dict.fromkeys(values.get("tags", ())))
    values = {"slug": slug, "lang": press.language, **values}
    _check_slug(values["slug"], items, faults)
    _check_program(values.get("program", ""), items, press, faults)
    _check_tags(items, faults)
    values["authors"] = _authors(items, press, faults)
    return values


def _check_slug(slug: str, items: Mapping[str, Node], faults: SourceProblems) -> None:
    """Note a slug that cannot name files and addresses, where it was given or else for the file."""
    message, fix = check_slug(slug)
    if message:
        given = items.get("slug")
        rename = (
            fix.replace("write", "rename the file, or give it a `slug:`, such as")
            if not given
            else fix
        )
        faults.add("R18", given.at if given else None, message, rename)


def _check_program(
    key: str, items: Mapping[str, Node], press: Press, faults: SourceProblems
) -> None:
    """Note a program that is not in press.toml; who wrote its name or acronym is told the key."""
    if not key or key in press.programs:
        return
    names = {
        word: program.key
        for program in press.programs.values()
        for word in (program.acronym, program.name)
        if word
    }
    names |= {word: word for word in press.programs}
    close = names.get(closest_name(key, names), "")
    fix = (
        f"write `{close}`"
        if close
        else suggest_fix(key, press.programs)
        or "add it to press.toml, under `[programs]`"
    )
    faults.add("R15", items["program"].at, f"no program has the key `{key}`", fix)


def _check_tags(items: Mapping[str, Node], faults: SourceProblems) -> None:
    """Note tags that are several in one string."""
    for item in _strings(items.get("tags")):
        if "," in str(item.value):
            words = ", ".join(
                word.strip() for word in str(item.value).split(",") if word.strip()
            )
            faults.add("R12", item.at, "a tag has no comma", f"write `tags: [{words}]`")


def _authors(
    items: Mapping[str, Node], press: Press, faults: SourceProblems
) -> tuple[Author, ...]:
    """Return the authors: by their keys in press.toml, by a name that stands there, or by name alone."""
    named = {author.name: author for author in press.authors.values()}
    found = []
    for item in _strings(items.get("authors")):
        name = unicodedata.normalize("NFC", " ".join(str(item.value).split()))
        known = press.authors.get(name) or named.get(name)
        found.append(known or Author(name, sort_name(name)))
        if known is None:
            _check_author(name, item, press, faults)
    return tuple(dict.fromkeys(author for author in found if author.name))


def _check_author(name: str, item: Node, press: Press, faults: SourceProblems) -> None:
    """Note a key that nobody has, and two names in one string."""
    folded = {key.casefold(): key for key in press.authors}
    if KEY.fullmatch(name) or name.casefold() in folded:
        fix = (
            suggest_fix(name, press.authors)
            or "add it to press.toml, under `[authors]`, or write the name"
        )
        faults.add("R16", item.at, f"no author has the key `{name}`", fix)
    elif COMMA.search(name):
        fix = "write `[Jane Doe, John Roe]` for two; one name with a comma goes under `[authors]` in press.toml"
        faults.add("R16", item.at, f"`{name}` may be two authors", fix)


def _strings(node: Node | None) -> tuple[Node, ...]:
    """Return the strings of a list, or the one that stands alone."""
    if node is None:
        return ()
    nodes = node.value if isinstance(node.value, tuple) else (node,)
    return tuple(item for item in nodes if isinstance(item.value, str))
