"""press.toml: the institute, its programs, its authors, and the collections that bind their briefs."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from pathlib import Path

from briefpress.model import Author, Collection, Organisation, Press, Program, Selection
from briefpress.problems import BriefpressError, Problem, Span
from briefpress.schema import (
    Schema,
    SourceProblems,
    decode,
    parse_table,
    parse_toml,
    read_file,
    schema_of,
    value_positions,
)

FILE = "press.toml"
BYTES = 200_000  # a press of 300 programs fits

# A name of these words is one of an office, and is filed as it is written.
OFFICE = re.compile(
    r"^the |&|\b(program(me)?|institute|cent(er|re)|team|desk|staff|editors|office|council|ministry|of|and)\b",
    re.IGNORECASE,
)
PARTICLE = re.compile(
    r"d[aeiou]|das|del|della|den|der|dos|el|la|le|los|te[nr]|van|von", re.IGNORECASE
)
SUFFIX = re.compile(r"(Jr\.?|Sr\.?|II|III|IV|Ph\.?D\.?|M\.?D\.?|LL\.?M\.?|Esq\.?)")


@cache
def press_schema() -> Schema:
    """Return the keys of press.toml and their types."""
    inner = {
        "programs": schema_of(Program, "key"),
        "authors": schema_of(Author, "key"),
        "collections": replace(schema_of(Collection, "key", "program"), whole=True),
    }
    return schema_of(Press, "places", "logos", inner=inner)


def read_press(project: Path) -> tuple[Press, tuple[Problem, ...]]:
    """Return what press.toml says, and what is wrong with it.

    Raises `BriefpressError` when there is no press to speak of: no file, or no TOML.
    """
    if not (project / FILE).exists():
        message = f"there is no `{FILE}` in `{project.absolute().name}`"
        raise BriefpressError(
            Problem("R25", message, Span(FILE), "run `briefpress init`")
        )
    data, problems = read_file(project, FILE, BYTES)
    if problems:
        raise BriefpressError(*problems)
    return parse_press(data)


def parse_press(data: bytes) -> tuple[Press, tuple[Problem, ...]]:
    """Return the press that the bytes of a press.toml describe; see `read_press`."""
    source, problems = decode(data, FILE, BYTES)
    if source is None:
        raise BriefpressError(*problems)
    faults = SourceProblems(source, list(problems))
    root = None if problems else parse_toml(faults)
    if root is None:
        raise BriefpressError(*faults.found)
    values = parse_table(root, press_schema(), faults)
    values.setdefault("organisation", Organisation(""))
    press = Press(**values, places=value_positions(root, faults))
    authors = {
        key: replace(who, sort=who.sort or sort_name(who.name))
        for key, who in press.authors.items()
    }
    return replace(
        press, authors=authors, collections=_collections(press, faults.found)
    ), tuple(faults.found)


def sort_name(name: str) -> str:
    """Return a name as an index files it: "Kawaguchi, Yoriko"; "Beethoven, Ludwig van"; "King, Martin Luther, Jr.".

    Small particles follow the given names, capitalised ones begin the family name (Van Buren, Martin). One word,
    an office, and names in scripts that set the family name first stand as they are. `sort` overrides.
    """
    words = name.split()
    if len(words) < 2 or OFFICE.search(name) or _sets_family_first(name):
        return name
    tail = f", {words.pop()}" if len(words) > 2 and SUFFIX.fullmatch(words[-1]) else ""
    words[-1] = words[-1].rstrip(",")
    cut = len(words) - 1
    while (
        cut > 1 and words[cut - 1][0].isupper() and PARTICLE.fullmatch(words[cut - 1])
    ):
        cut -= 1
    return f"{' '.join(words[cut:])}, {' '.join(words[:cut])}{tail}"


def _sets_family_first(name: str) -> bool:
    """Return whether a name is in kana, Chinese characters or Hangul, which stand from U+3040 to U+D7AF."""
    return any("\u3040" <= letter <= "\ud7af" for letter in name)


def _collections(press: Press, found: list[Problem]) -> dict[str, Collection]:
    """Return the collections: each program is one by itself, and press.toml may name more."""
    collections = {
        key: _own_collection(program) for key, program in press.programs.items()
    }
    for key, collection in press.collections.items():
        if key in collections:
            span = Span(FILE, *press.places[f"collections.{key}"], len(key))
            message = f"the collection `{key}` has the name of a program, which is a collection by itself"
            found.append(Problem("R23", message, span, "give it another name"))
        collections.setdefault(key, collection)
    return collections


def _own_collection(program: Program) -> Collection:
    select = Selection(programs=(program.key,))
    return Collection(
        program.key,
        program.name,
        select,
        program.key,
        program.description,
        program.theme,
    )
