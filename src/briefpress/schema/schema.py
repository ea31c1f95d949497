"""From nodes to values: the fields of a dataclass say which keys a table has.

The type of a field says what its value must be: `str`, `bool`, `int`, `float` and
`datetime.date` are scalars, `tuple[str, ...]` a list of strings, `Mapping[str, str]`
a table of strings, and another dataclass, alone or in a tuple or mapping, a table.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
import re
import typing
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import UnionType
from typing import Any

from briefpress.schema.formats import (
    check_format,
    check_slug,
    check_token,
    correct_date,
)
from briefpress.schema.source import (
    FORBIDDEN,
    Node,
    Source,
    SourceProblems,
    code_point,
    unclosed_bidi_control,
)
from briefpress.schema.suggest import closest_name, suggest_fix

# The most characters of a string, by key. Nobody reads longer ones, and each of these
# is also printed in the mastheads and lists of other briefs.
MAX_CHARACTERS = {
    "title": 500,
    "subtitle": 500,
    "slug": 100_000,  # `check_slug` reports it in its own words
    "tags": 200,
    "authors": 300,
    "name": 500,
    "number": 100,
}
MAX_CHARACTERS_OTHERWISE = 5_000
MAX_ITEMS = 300
# The libraries that parse the pages call themselves once for each level.
MAX_NUMBER = {"nesting": 150}

DATE_FIX = "write year, month and day: `2024-05-31`"


@dataclass(frozen=True, slots=True)
class KeyHint:
    """What somebody means who writes an unknown key: which known one, and the fix."""

    key: str
    fix: str


def _no_hint(key: str, node: Node) -> KeyHint | None:  # noqa: ARG001
    return None


@dataclass(frozen=True, slots=True)
class Schema:
    """The keys of a table and the types of their values.

    `tables` has the schemas of the tables in it. With `all_or_nothing`, one error in
    a table discards it: a selection without its wrong condition selects too much.
    """

    keys: Mapping[str, Any]
    required: tuple[str, ...] = ()
    tables: Mapping[str, Schema] = field(default_factory=dict)
    all_or_nothing: bool = False
    key_hint: Callable[[str, Node], KeyHint | None] = _no_hint
    missing_fixes: Mapping[str, str] = field(default_factory=dict)


def schema_of(
    cls: type, *without: str, tables: Mapping[str, Schema] | None = None, **types: Any
) -> Schema:
    """Return the schema of a dataclass: its fields, and those without default required.

    `without` names the fields that are no keys, `types` gives some another type.
    """
    keys = {
        name: types.get(name, field_type)
        for name, field_type in typing.get_type_hints(cls).items()
        if name not in without
    }
    tables = dict(tables or {})
    for name, field_type in keys.items():
        inner = _dataclass_in(field_type)
        if inner and name not in tables:
            tables[name] = schema_of(inner)
    return Schema(keys, _required_keys(cls, keys), tables)


def parse_table(
    node: Node, schema: Schema, problems: SourceProblems, table: str = ""
) -> dict[str, Any]:
    """Return the values of the keys that are present and right; report the others.

    `table` names the table in messages: "organisation".
    """
    if not isinstance(node.value, dict):
        report_wrong_type(node, f"`{table}` must be a table of keys", problems)
        return {}
    values: dict[str, Any] = {}
    meant_keys = set()
    for key, item in node.value.items():
        if key in schema.keys:
            value = _parse_value(key, item, schema, problems)
            if value is not None:
                values[key] = value
        else:
            meant_keys.add(_report_unknown_key(key, item, schema, problems, table))
    for key in schema.required:
        if key not in node.value and key not in meant_keys:
            fix = schema.missing_fixes.get(key, f"add `{key}`")
            message = f"`{key}` is missing{_in_table(table)}"
            problems.add("R11", node.key_at, message, fix)
        elif values.get(key) == "":
            fix = f"give `{key}` a value"
            problems.add("R13", node.value[key].at, f"`{key}` is empty", fix)
    return {key: value for key, value in values.items() if value != ""}


def value_positions(
    node: Node, source: Source, path: str = ""
) -> dict[str, tuple[int, int]]:
    """Return line and column of every value: "title", "takeaways.0", "programs.spp"."""
    positions = {path: source.place(node.at[0])} if path else {}
    items: typing.Iterable[tuple[Any, Node]] = ()
    if isinstance(node.value, dict):
        items = node.value.items()
    elif isinstance(node.value, tuple):
        items = enumerate(node.value)
    for key, item in items:
        inner_path = f"{path}.{key}" if path else str(key)
        positions |= value_positions(item, source, inner_path)
    return positions


def report_wrong_type(node: Node, expected: str, problems: SourceProblems) -> None:
    """Report that a value has not the type that `expected` names: "`x` must be …"."""
    fix = ""
    value = node.value
    if "string" in expected and isinstance(value, int | float | dt.date | dt.time):
        fix = f'write `"{_as_written(node, problems.source)}"`'
    elif "string" in expected and isinstance(value, tuple):
        fix = "write it without brackets"
    elif "string" in expected and isinstance(value, dict):
        fix = _quote_entry(value, problems.source)
    elif expected.endswith("`false`"):
        fix = _fix_for_bool(value)
    message = f"{expected}, not {_describe(node, problems.source)}"
    problems.add("R12", node.at, message, fix)


def _report_unknown_key(
    key: str, node: Node, schema: Schema, problems: SourceProblems, table: str
) -> str:
    """Report an unknown key, and return the key that was probably meant, or ""."""
    hint = schema.key_hint(key, node)
    if hint is None:
        hint = KeyHint(closest_name(key, schema.keys), suggest_fix(key, schema.keys))
    message = f"unknown key `{key}`{_in_table(table)}"
    problems.add("R10", node.key_at, message, hint.fix)
    return hint.key


def _parse_value(key: str, node: Node, schema: Schema, problems: SourceProblems) -> Any:
    """Return the value of a known key, or None and a problem."""
    value_type = schema.keys[key]
    if node.value is None:  # reported when the file was parsed
        return None
    if key in schema.tables:
        return _parse_tables(key, value_type, node, schema.tables[key], problems)
    if value_type == tuple[str, ...]:
        return _parse_strings(key, node, problems)
    if typing.get_origin(value_type) is Mapping:
        return _parse_string_table(key, node, problems)
    return _parse_scalar(key, value_type, node, problems)


# Tables


def _parse_tables(
    key: str, value_type: Any, node: Node, schema: Schema, problems: SourceProblems
) -> Any:
    """Return a dataclass, a tuple of dataclasses, or a mapping of key to dataclass."""
    cls: Any = _dataclass_in(value_type)
    container = typing.get_origin(value_type)
    if container is Mapping:
        return _parse_keyed_tables(key, cls, node, schema, problems)
    if container is not tuple:
        return _parse_dataclass(key, cls, node, schema, problems)
    if node.value == "":
        return ()
    if not isinstance(node.value, tuple):
        report_wrong_type(node, f"`{key}` must be a list", problems)
        return None
    parsed = [_parse_dataclass(key, cls, item, schema, problems) for item in node.value]
    return tuple(value for value in parsed if value is not None)


def _parse_keyed_tables(
    key: str, cls: Any, node: Node, schema: Schema, problems: SourceProblems
) -> Any:
    """Return dataclasses by the key of each, which they have as their field `key`."""
    if not isinstance(node.value, dict):
        expected = f"`{key}` must be a table of tables, `[{key}.KEY]`"
        report_wrong_type(node, expected, problems)
        return None
    values = {}
    for name, item in node.value.items():
        message, fix = check_slug(name)
        if message:
            problems.add("R18", item.key_at, message, fix)
        table = f"{key}.{name}"
        value = _parse_dataclass(table, cls, item, schema, problems, key=name)
        if value is not None:
            values[name] = value
    return values


def _parse_dataclass(
    table: str,
    cls: Any,
    node: Node,
    schema: Schema,
    problems: SourceProblems,
    **fields: str,
) -> Any:
    """Return a dataclass, or None if a required key is missing or wrong."""
    errors_before = problems.error_count()
    values = parse_table(node, schema, problems, table)
    if schema.all_or_nothing and problems.error_count() > errors_before:
        return None
    if not values.keys() >= set(schema.required):
        return None
    return cls(**fields, **values)


# Lists and tables of strings


def _parse_strings(
    key: str, node: Node, problems: SourceProblems
) -> tuple[str, ...] | None:
    """Return a list of strings. One string is a list of one; "" is an empty list."""
    if not isinstance(node.value, tuple):
        expected = f"`{key}` must be a string or a list of strings"
        value = _parse_scalar(key, str, node, problems, expected)
        if value is None:
            return None
        return (value,) if value else ()
    if len(node.value) > MAX_ITEMS:
        message = f"`{key}` has {len(node.value):,} entries; the limit is {MAX_ITEMS}"
        problems.add("R31", node.at, message, "delete some")
        return None
    values = []
    for item in node.value:
        expected = f"each item of `{key}` must be a string"
        value = _parse_scalar(key, str, item, problems, expected)
        if value:
            values.append(value)
        elif value == "":
            problems.add("R13", item.at, f"an item of `{key}` is empty", "delete it")
    return tuple(values)


def _parse_string_table(
    key: str, node: Node, problems: SourceProblems
) -> dict[str, str] | None:
    """Return a table of strings. Those of `tokens` must be fit for a style sheet."""
    if not isinstance(node.value, dict):
        report_wrong_type(node, f"`{key}` must be a table of strings", problems)
        return None
    values = {}
    for name, item in node.value.items():
        value = _parse_scalar(f"{key}.{name}", str, item, problems)
        if value is None:
            continue
        if key == "tokens" and (reason := check_token(name, value)):
            problems.add("T08", item.at, f"the token `{name}` {reason}")
        else:
            values[name] = value
    return values


# Scalars


def _parse_scalar(
    key: str, value_type: Any, node: Node, problems: SourceProblems, expected: str = ""
) -> Any:
    """Return a string, number, date or truth value, or None and a problem."""
    is_union = isinstance(value_type, UnionType)
    types = typing.get_args(value_type) if is_union else (value_type,)
    value = node.value
    if dt.date in types:
        return _parse_date(key, node, problems)
    if bool in types:
        return _parse_bool(key, node, problems)
    if str in types:
        if isinstance(value, str):
            return _parse_string(key, value, node, problems)
        expected = expected or f"`{key}` must be a string"
    elif int in types:
        if type(value) is int:
            return _check_number(key, value, node, problems)
        expected = f"`{key}` must be a whole number"
    else:
        if type(value) in {int, float}:
            return _check_number(key, value, node, problems)
        expected = f"`{key}` must be a number"
    report_wrong_type(node, expected, problems)
    return None


def _parse_string(
    key: str, text: str, node: Node, problems: SourceProblems
) -> str | None:
    """Return a string in Unicode's composed form, so that equal tags are equal."""
    text = unicodedata.normalize("NFC", text.strip())
    if forbidden := FORBIDDEN.search(text):
        message = f"control character {code_point(forbidden.group())} in `{key}`"
        problems.add("R02", node.at, message, "delete it")
        return None
    limit = MAX_CHARACTERS.get(key, MAX_CHARACTERS_OTHERWISE)
    if len(text) > limit:
        message = f"`{key}` has {len(text):,} characters; the limit is {limit:,}"
        problems.add("R31", node.at, message, "shorten it")
        return None
    if control := unclosed_bidi_control(text):
        name = unicodedata.name(control).lower()
        message = f"`{key}` has a {name} ({code_point(control)}) that is never closed"
        problems.warn("R27", node.at, message, "delete the invisible character")
    message, fix = check_format(key, text) if text else ("", "")
    if message:
        problems.add("R24", node.at, message, fix)
        return None
    return text


def _check_number(
    key: str, value: Any, node: Node, problems: SourceProblems
) -> int | float | None:
    """Return a number above 0. TOML also has `inf` and `nan`, which are no limits."""
    maximum = MAX_NUMBER.get(key, math.inf)
    if value > maximum:
        message = f"`{key}` must be at most {maximum}, not `{value}`"
    elif 0 < value < math.inf:
        return typing.cast("int | float", value)
    else:
        message = f"`{key}` must be a number above 0, not `{value}`"
    problems.add("R12", node.at, message)
    return None


def _parse_bool(key: str, node: Node, problems: SourceProblems) -> bool | None:
    """Return a truth value. YAML's are strings here; "" is false."""
    if isinstance(node.value, bool):
        return node.value
    if node.value == "true":
        return True
    if node.value in {"false", ""}:
        return False
    report_wrong_type(node, f"`{key}` must be `true` or `false`", problems)
    return None


def _parse_date(key: str, node: Node, problems: SourceProblems) -> dt.date | None:
    """Return a date, written as in ISO 8601."""
    value = node.value
    if type(value) is dt.date:
        return value
    if value == "":
        problems.add("R13", node.key_at, f"`{key}` is empty", DATE_FIX)
        return None
    if not isinstance(value, str):
        problems.add("R14", node.at, f"`{key}` must be a date", DATE_FIX)
        return None
    if re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
        try:
            return dt.date.fromisoformat(value)
        except ValueError as error:
            problems.add("R14", node.at, f"there is no day `{value}`: {error}")
            return None
    corrected = correct_date(value)
    fix = f"write `{corrected}`" if corrected else DATE_FIX
    problems.add("R14", node.at, f"`{value}` is not a date", fix)
    return None


# Words for messages


def _describe(node: Node, source: Source) -> str:
    """Return what a value is: "a list", or the value itself."""
    if isinstance(node.value, tuple):
        return "a list"
    if isinstance(node.value, dict):
        return "a table of keys"
    return f"`{_as_written(node, source)}`"


def _as_written(node: Node, source: Source) -> str:
    """Return a scalar as the file has it, more or less."""
    if isinstance(node.value, bool):
        return str(node.value).lower()
    first = source.text[node.at[0] : node.at[0] + 1]
    if isinstance(node.value, str) and first in {"'", '"'}:
        return f'"{node.value}"'
    return str(node.value)


def _quote_entry(table: Mapping[str, Node], source: Source) -> str:
    """Return the fix for a string in which YAML sees a key: `- Rents: they rose`."""
    if len(table) != 1:
        return ""
    (item,) = table.values()
    text = source.text[item.key_at[0] : item.at[1]]
    is_one_line = isinstance(item.value, str) and "\n" not in text
    if not is_one_line or ": " not in text or '"' in text:
        return ""
    return f'put it in quotes: `"{text}"`'


def _fix_for_bool(value: Any) -> str:
    """Return the fix for a truth value in another spelling, or ""."""
    word = str(value).lower()
    if word in {"true", "yes", "on", "1"}:
        return "write `true`"
    if word in {"false", "no", "off", "0"}:
        return "write `false`"
    return ""


def _in_table(table: str) -> str:
    return f" in `{table}`" if table else ""


# Types


def _required_keys(cls: type, keys: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the keys whose fields have no default."""
    required = []
    for member in dataclasses.fields(cls):
        has_default = (
            member.default is not dataclasses.MISSING
            or member.default_factory is not dataclasses.MISSING
        )
        if member.name in keys and not has_default:
            required.append(member.name)
    return tuple(required)


def _dataclass_in(value_type: Any) -> type | None:
    """Return the dataclass that a type is or contains, or None."""
    for candidate in (value_type, *typing.get_args(value_type)):
        if isinstance(candidate, type) and dataclasses.is_dataclass(candidate):
            return candidate
    return None
