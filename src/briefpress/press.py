"""press.toml: the institute, its programs, authors and collections."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from functools import cache
from pathlib import Path
from typing import TypeVar

from briefpress.languages import lookup_language
from briefpress.model import (
    Author,
    Collection,
    Organisation,
    Press,
    Program,
    Selection,
    Translation,
)
from briefpress.problems import (
    LEVELS,
    BriefpressError,
    Problem,
    Severity,
    Span,
    catalogue,
)
from briefpress.schema.files import read_file
from briefpress.schema.schema import Schema, parse_table, schema_of, value_positions
from briefpress.schema.source import SourceProblems, decode
from briefpress.schema.suggest import suggest_fix
from briefpress.schema.toml import parse_toml

FILE = "press.toml"
MAX_BYTES = 200_000  # enough for 300 programs

# A name with one of these words is the name of an office, not of a person.
OFFICE = re.compile(
    r"^the |&|\b(program(me)?|institute|cent(er|re)|team|desk|staff|editors|office"
    r"|council|ministry|of|and)\b",
    re.IGNORECASE,
)
PARTICLE = re.compile(
    r"d[aeiou]|das|del|della|den|der|dos|el|la|le|los|te[nr]|van|von", re.IGNORECASE
)
SUFFIX = re.compile(r"(Jr\.?|Sr\.?|II|III|IV|Ph\.?D\.?|M\.?D\.?|LL\.?M\.?|Esq\.?)")


@cache
def press_schema() -> Schema:
    """Return the keys of press.toml and their types."""
    collections = schema_of(Collection, "key", "program", "identifier", "changed")
    tables = {
        "programs": schema_of(Program, "key"),
        "authors": schema_of(Author, "key"),
        "collections": replace(collections, all_or_nothing=True),
    }
    return schema_of(Press, "places", "logos", tables=tables)


def read_press(project: Path) -> tuple[Press, tuple[Problem, ...]]:
    """Return what press.toml says, and what is wrong with it.

    Raises `BriefpressError` if there is no such file or it is not TOML.
    """
    if not (project / FILE).exists():
        message = f"there is no `{FILE}` in `{project.absolute().name}`"
        fix = "run `briefpress init`"
        raise BriefpressError(Problem("R25", message, Span(FILE), fix))
    data, problems = read_file(project, FILE, MAX_BYTES)
    if problems:
        raise BriefpressError(*problems)
    return parse_press(data)


def parse_press(data: bytes) -> tuple[Press, tuple[Problem, ...]]:
    """Return the press that the bytes of a press.toml describe; see `read_press`."""
    source, decoding_problems = decode(data, FILE, MAX_BYTES)
    if source is None or decoding_problems:
        raise BriefpressError(*decoding_problems)
    problems = SourceProblems(source)
    root = parse_toml(source, problems)
    if root is None:
        raise BriefpressError(*problems.found)
    values = parse_table(root, press_schema(), problems)
    values.setdefault("organisation", Organisation(""))
    press = Press(**values, places=value_positions(root, source))
    authors = {
        key: replace(author, sort=author.sort or sort_name(author.name))
        for key, author in press.authors.items()
    }
    collections = _collections(press, problems.found)
    checks = _checks(press, problems.found)
    press = replace(press, authors=authors, collections=collections, checks=checks)
    return press, tuple(problems.found)


def _checks(press: Press, problems: list[Problem]) -> dict[str, str]:
    """Return the levels of `[checks]` that are right; report the others."""
    codes = catalogue()
    levels = {}
    for code, level in press.checks.items():
        line, column = press.places[f"checks.{code}"]
        span = Span(FILE, line, column, len(level) + 2)
        if code not in codes:
            fix = suggest_fix(code, codes) or "docs/problems.md has all codes"
            problems.append(Problem("R10", f"unknown code `{code}`", span, fix))
        elif level not in LEVELS:
            message = f"`{code}` cannot be `{level}`"
            fix = "write `error`, `warning` or `off`"
            problems.append(Problem("R32", message, span, fix))
        elif not codes[code].can_change and level != Severity.ERROR:
            message = f"`{code}` is always an error: {codes[code].title}"
            problems.append(Problem("R32", message, span, "remove this line"))
        else:
            levels[code] = level
    return levels


T = TypeVar("T", Author, Organisation, Program)


def localised(value: T, lang: str) -> T:
    """Return an author, institute or program as it is called in a language."""
    translations = value.translations
    tag = lookup_language(lang, translations)
    value = replace(value, translations={})
    if not tag:
        return value
    words = {
        each.name: getattr(translations[tag], each.name)
        for each in fields(Translation)
        if each.name != "key" and hasattr(value, each.name)
    }
    return replace(value, **{key: word for key, word in words.items() if word})


def sort_name(name: str) -> str:
    """Return a name as an index sorts it: "Kawaguchi, Yoriko"; "King, Martin, Jr.".

    Small particles follow the given names (Beethoven, Ludwig van); capitalised ones
    begin the family name (Van Buren, Martin). A single word, the name of an office, and
    a name in a script that puts the family name first are left as they are. An author
    with `sort` needs no such guess.
    """
    words = name.split()
    if len(words) < 2 or OFFICE.search(name) or _puts_family_name_first(name):
        return name
    suffix = ""
    if len(words) > 2 and SUFFIX.fullmatch(words[-1]):
        suffix = f", {words.pop()}"
    words[-1] = words[-1].rstrip(",")
    family_start = len(words) - 1
    while family_start > 1 and _is_capitalised_particle(words[family_start - 1]):
        family_start -= 1
    family_name = " ".join(words[family_start:])
    given_names = " ".join(words[:family_start])
    return f"{family_name}, {given_names}{suffix}"


def _is_capitalised_particle(word: str) -> bool:
    return word[0].isupper() and PARTICLE.fullmatch(word) is not None


def _puts_family_name_first(name: str) -> bool:
    """Return whether a name has kana, Chinese characters or Hangul (U+3040-U+D7AF)."""
    return any("\u3040" <= letter <= "\ud7af" for letter in name)


def _collections(press: Press, problems: list[Problem]) -> dict[str, Collection]:
    """Return the collections: one for each program, then those of press.toml."""
    collections = {
        key: _collection_of_program(program) for key, program in press.programs.items()
    }
    for key, collection in press.collections.items():
        if key in press.programs:
            span = Span(FILE, *press.places[f"collections.{key}"], len(key))
            message = f"the collection `{key}` has the name of a program"
            problems.append(Problem("R23", message, span, "give it another name"))
        else:
            collections[key] = collection
    return collections


def _collection_of_program(program: Program) -> Collection:
    """Return the collection of all briefs of a program."""
    return Collection(
        program.key,
        program.name,
        Selection(programs=(program.key,)),
        program.key,
        program.description,
        program.theme,
        formerly=program.formerly,
    )
