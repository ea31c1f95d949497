"""Nodes to values: the fields of a dataclass say which keys there are and of what type each is."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
import re
import typing
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import UnionType
from typing import Any

from briefpress.schema.formats import check_format, check_slug, check_token
from briefpress.schema.source import FORBIDDEN, Node, SourceProblems, name_of
from briefpress.schema.suggest import closest_name, suggest_fix

# No such text is longer that anybody reads: each stands in the mastheads of others too, and costs them its time.
LONGEST = {
    "title": 500,
    "subtitle": 500,
    "slug": 100_000,
    "tags": 200,
    "authors": 300,
    "name": 500,
    "number": 100,
}
LONG, MANY = 5_000, 300
CEILING = {"nesting": 150}  # the libraries below us call themselves for each level


@dataclass(frozen=True, slots=True)
class Schema:
    """The keys of a table and their types; `inner` has the shapes of the tables in it."""

    keys: Mapping[str, Any]
    required: tuple[str, ...] = ()
    inner: Mapping[str, Schema] = field(default_factory=dict)
    whole: bool = False  # one fault, and the table is left out: a selection without its wrong condition takes too much


def schema_of(
    cls: type, *without: str, inner: Mapping[str, Schema] | None = None, **other: Any
) -> Schema:
    """Return the shape of a dataclass: its fields, but for some that are no keys and some of another type.

    Keys without a default are required.
    """
    keys = {
        name: other.get(name, kind)
        for name, kind in typing.get_type_hints(cls).items()
        if name not in without
    }
    tables = {
        name: schema_of(t)
        for name, kind in keys.items()
        if (t := _table_in(kind)) and name not in (inner or {})
    }
    return Schema(keys, _needed(cls, keys), {**tables, **(inner or {})})


def parse_table(
    node: Node, form: Schema, faults: SourceProblems, where: str = ""
) -> dict[str, Any]:
    """Return the values of a table's keys, those that are there and right, and note what is wrong.

    `where` names the table in messages: "organisation".
    """
    if not isinstance(node.value, dict):
        wrong_type(node, f"`{where}` is a table of keys", faults)
        return {}
    values = {}
    guessed = set()
    for name, item in node.value.items():
        if name not in form.keys:
            faults.add(
                "R10",
                item.key_at,
                f"unknown key `{name}`{_inside(where)}",
                suggest_fix(name, form.keys),
            )
            guessed.add(closest_name(name, form.keys))
        elif (value := _read(name, form.keys[name], item, form, faults)) is not None:
            values[name] = value
    for name in form.required:
        if name not in node.value and name not in guessed:
            faults.add(
                "R11",
                node.key_at,
                f"`{name}` is missing{_inside(where)}",
                f"add `{name}`",
            )
        elif values.get(name) == "":
            faults.add(
                "R13",
                node.value[name].at,
                f"`{name}` is empty",
                f"give `{name}` a value",
            )
    return {name: value for name, value in values.items() if value != ""}


def _read(
    name: str, kind: Any, node: Node, form: Schema, faults: SourceProblems
) -> Any:
    """Return a value of one type, or None and a problem."""
    if node.value is None:  # told already
        return None
    if name in form.inner:
        return _tables(name, kind, node, form.inner[name], faults)
    if kind == tuple[str, ...]:
        return read_list(name, node, faults)
    if typing.get_origin(kind) is Mapping:
        return read_words(name, node, faults)
    return read_scalar(name, kind, node, faults)


def _tables(
    name: str, kind: Any, node: Node, inner: Schema, faults: SourceProblems
) -> Any:
    """Return a dataclass, a tuple of them, or a mapping of them by the key that names each."""
    cls: Any = _table_in(kind)
    origin = typing.get_origin(kind)
    if origin is Mapping:
        return _by_key(name, cls, node, inner, faults)
    if origin is not tuple:
        return _table(name, cls, node, inner, faults)
    if node.value == "":
        return ()
    if not isinstance(node.value, tuple):
        return wrong_type(node, f"`{name}` is a list", faults)
    read = [_table(name, cls, item, inner, faults) for item in node.value]
    return tuple(value for value in read if value is not None)


def _table(
    name: str, cls: Any, node: Node, inner: Schema, faults: SourceProblems, **given: str
) -> Any:
    """Return a dataclass, when all that it needs is there."""
    before = len(faults.found)
    values = parse_table(node, inner, faults, name)
    made = values.keys() >= set(inner.required) and not (
        inner.whole and len(faults.found) > before
    )
    return cls(**given, **values) if made else None


def _by_key(
    name: str, cls: Any, node: Node, inner: Schema, faults: SourceProblems
) -> Any:
    """Return dataclasses that have a `key`: the one under which each stands."""
    if not isinstance(node.value, dict):
        return wrong_type(
            node, f"`{name}` is a table of tables, `[{name}.KEY]`", faults
        )
    found = {}
    for key, item in node.value.items():
        message, fix = check_slug(key)
        if message:
            faults.add("R18", item.key_at, message, fix)
        found[key] = _table(f"{name}.{key}", cls, item, inner, faults, key=key)
    return {key: value for key, value in found.items() if value is not None}


def value_positions(
    node: Node, faults: SourceProblems, path: str = ""
) -> dict[str, tuple[int, int]]:
    """Return line and column of every value: "title", "takeaways.0", "programs.spp.theme"."""
    found = {path: faults.source.place(node.at[0])} if path else {}
    value = node.value
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, tuple)
        else ()
    )
    for key, item in inner:
        found |= value_positions(item, faults, f"{path}.{key}" if path else str(key))
    return found


def _needed(cls: type, keys: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the keys that have no default."""
    missing = dataclasses.MISSING
    fields = dataclasses.fields(cls)
    return tuple(
        f.name
        for f in fields
        if f.name in keys and f.default is missing and f.default_factory is missing
    )


def _table_in(kind: Any) -> type | None:
    """Return the dataclass that a type is, or is a collection of."""
    kinds = (kind, *typing.get_args(kind))
    return next(
        (t for t in kinds if isinstance(t, type) and dataclasses.is_dataclass(t)), None
    )


def _inside(where: str) -> str:
    return f" in `{where}`" if where else ""


def read_list(name: str, node: Node, faults: SourceProblems) -> tuple[str, ...] | None:
    """Return strings: one that stands alone is a list of one, and an empty value a list of none."""
    if not isinstance(node.value, tuple):
        one = read_scalar(
            name, str, node, faults, called=f"`{name}` is a string or a list of strings"
        )
        return None if one is None else (one,) if one else ()
    if len(node.value) > MANY:
        faults.add(
            "R24",
            node.at,
            f"`{name}` has {len(node.value):,} entries, and {MANY} is the limit",
        )
        return None
    read = [
        read_scalar(name, str, item, faults, called=f"each of `{name}` is a string")
        for item in node.value
    ]
    for item, value in zip(node.value, read, strict=True):
        if value == "":
            faults.add("R13", item.at, f"one of `{name}` is empty", "delete it")
    return tuple(value for value in read if value)


def read_words(name: str, node: Node, faults: SourceProblems) -> Any:
    """Return a table of strings."""
    if not isinstance(node.value, dict):
        return wrong_type(node, f"`{name}` is a table of strings", faults)
    read = {
        key: read_scalar(f"{name}.{key}", str, item, faults)
        for key, item in node.value.items()
    }
    for key, value in read.items() if name == "tokens" else ():
        if value is not None and (fault := check_token(key, value)):
            faults.add("R24", node.value[key].at, f"the token `{key}` {fault}")
            read[key] = None
    return {key: value for key, value in read.items() if value is not None}


def read_scalar(
    name: str, kind: Any, node: Node, faults: SourceProblems, called: str = ""
) -> Any:
    """Return a string, number, date or truth value."""
    kinds = typing.get_args(kind) if isinstance(kind, UnionType) else (kind,)
    value = node.value
    if str in kinds and isinstance(value, str):
        return _string(name, value, node, faults)
    if dt.date in kinds:
        return value if type(value) is dt.date else _date(name, node, faults)
    if bool in kinds:
        truth = (
            {"true": True, "false": False, "": False}.get(value)
            if isinstance(value, str)
            else value
        )
        return (
            truth
            if isinstance(truth, bool)
            else wrong_type(node, f"`{name}` is `true` or `false`", faults)
        )
    if (int in kinds and type(value) is int) or (
        float in kinds and type(value) in {int, float}
    ):
        return _number(name, value, node, faults)
    wanted = (
        "a string" if str in kinds else "a whole number" if int in kinds else "a number"
    )
    return wrong_type(node, called or f"`{name}` is {wanted}", faults)


def _string(name: str, value: str, node: Node, faults: SourceProblems) -> str | None:
    """Return a string in Unicode's composed form: two spellings of one tag are one tag."""
    value = unicodedata.normalize("NFC", value.strip())
    if odd := FORBIDDEN.search(value):
        faults.add(
            "R02",
            node.at,
            f"control character {name_of(odd.group())} in `{name}`",
            "delete it",
        )
        return None
    if len(value) > (most := LONGEST.get(name, LONG)):
        faults.add(
            "R24",
            node.at,
            f"`{name}` has {len(value):,} characters, and {most:,} is the limit",
            "shorten it",
        )
        return None
    message, fix = check_format(name, value) if value else ("", "")
    if message:
        faults.add("R24", node.at, message, fix)
        return None
    return value


def _number(
    name: str, value: Any, node: Node, faults: SourceProblems
) -> int | float | None:
    """Return a number above nought: a limit of none, or one without end, is no limit. TOML has `inf` and `nan`."""
    if value > (most := CEILING.get(name, math.inf)):
        faults.add(
            "R12",
            node.at,
            f"`{name}` is at most {most:,}, for what reads the pages has no more room",
        )
        return None
    if 0 < value < math.inf:
        return typing.cast("int | float", value)
    faults.add("R12", node.at, f"`{name}` is a number above 0, and this is `{value}`")
    return None


def _date(name: str, node: Node, faults: SourceProblems) -> dt.date | None:
    value = node.value
    if value == "":
        faults.add(
            "R13",
            node.key_at,
            f"`{name}` is empty",
            "write it as year, month and day: `2024-05-31`",
        )
        return None
    try:
        if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
            return dt.date.fromisoformat(value)
    except ValueError as error:
        faults.add("R14", node.at, f"there is no day `{value}`: {error}")
        return None
    said = (
        f"`{value}` is not a date" if isinstance(value, str) else f"`{name}` is a date"
    )
    faults.add("R14", node.at, said, "write it as year, month and day: `2024-05-31`")
    return None


def wrong_type(node: Node, message: str, faults: SourceProblems) -> Any:
    """Note a wrong type, and what stands there instead."""
    value = node.value
    shown = (
        str(value).lower()
        if isinstance(value, bool)
        else f'"{value}"'
        if _quoted(node, faults)
        else value
    )
    said = (
        "a list"
        if isinstance(value, tuple)
        else "a table of keys"
        if isinstance(value, dict)
        else f"`{shown}`"
    )
    fix = (
        f'write `"{shown}"`'
        if "string" in message and isinstance(value, int | float | dt.date | dt.time)
        else ""
    )
    if message.endswith("`false`"):
        fix = {"yes": "write `true`", "no": "write `false`"}.get(str(value).lower(), "")
    faults.add("R12", node.at, f"{message}, and this is {said}", fix)
    return None


def _quoted(node: Node, faults: SourceProblems) -> bool:
    return isinstance(node.value, str) and faults.source.text[
        node.at[0] : node.at[0] + 1
    ] in {"'", '"'}
