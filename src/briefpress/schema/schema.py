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
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import UnionType
from typing import Any

from briefpress.schema.formats import (
    check_format,
    check_slug,
    check_token,
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

ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
DATE_FIX = "write year, month and day: `2024-05-31`"


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
    missing_fixes: Mapping[str, str] = field(default_factory=dict)


def schema_of(
    cls: type, *without: str, tables: Mapping[str, Schema] | None = None, **types: Any
) -> Schema:
    """Return the schema of a dataclass: its fields, and those without default required.

    `without` names the fields that are no keys, `types` gives some another type.
    """
    keys = typing.get_type_hints(cls)
    for name in without:
        del keys[name]
    keys.update(types)
    all_tables = dict(tables or {})
    for name, field_type in keys.items():
        inner = _dataclass_in(field_type)
        if inner is not None and name not in all_tables:
            is_keyed = typing.get_origin(field_type) is Mapping
            all_tables[name] = schema_of(inner, "key") if is_keyed else schema_of(inner)
    return Schema(
        keys=keys,
        required=_required_keys(cls, keys),
        tables=all_tables,
    )


def parse_table(
    node: Node, schema: Schema, problems: SourceProblems, table: str = ""
) -> dict[str, Any]:
    """Return the values of the keys that are present and right; report the others.

    `table` names the table in messages: "organisation".
    """
    if not isinstance(node.value, dict):
        expected = f"`{table}` must be a table of keys"
        report_wrong_type(node, expected, problems)
        return {}
    values: dict[str, Any] = {}
    present_or_meant = set(node.value)
    for key, item in node.value.items():
        if key not in schema.keys:
            meant_key = _report_unknown_key(key, item, schema, problems, table)
            present_or_meant.add(meant_key)
            continue
        value = _parse_value(key, item, schema, problems)
        if value is not None:
            values[key] = value
    for key in schema.required:
        if key not in present_or_meant:
            fix = schema.missing_fixes.get(key, f"add `{key}`")
            place = _in_table(table)
            message = f"`{key}` is missing{place}"
            problems.add("R11", node.key_at, message, fix)
        elif values.get(key) == "":
            item = node.value[key]
            fix = f"give `{key}` a value"
            message = f"`{key}` is empty"
            problems.add("R13", item.at, message, fix)
    return {key: value for key, value in values.items() if value != ""}


def value_positions(
    node: Node, source: Source, path: str = ""
) -> dict[str, tuple[int, int]]:
    """Return line and column of every value: "title", "takeaways.0", "programs.spp"."""
    positions: dict[str, tuple[int, int]] = {}
    prefix = ""
    if path:
        start, _ = node.at
        positions[path] = source.place(start)
        prefix = f"{path}."
    items: typing.Iterable[tuple[Any, Node]] = ()
    if isinstance(node.value, dict):
        items = node.value.items()
    elif isinstance(node.value, tuple):
        items = enumerate(node.value)
    for key, item in items:
        inner_path = f"{prefix}{key}"
        positions |= value_positions(item, source, inner_path)
    return positions


def report_wrong_type(node: Node, expected: str, problems: SourceProblems) -> None:
    """Report that a value has not the type that `expected` names: "`x` must be …"."""
    fix = ""
    if "string" in expected:
        fix = _fix_for_string(node, problems.source)
    elif expected.endswith("`false`"):
        fix = _fix_for_bool(node.value)
    description = _describe(node, problems.source)
    message = f"{expected}, not {description}"
    problems.add("R12", node.at, message, fix)


def _report_unknown_key(
    key: str, node: Node, schema: Schema, problems: SourceProblems, table: str
) -> str:
    """Report an unknown key, and return the key that was probably meant, or ""."""
    place = _in_table(table)
    message = f"unknown key `{key}`{place}"
    fix = suggest_fix(key, schema.keys)
    problems.add("R10", node.key_at, message, fix)
    return closest_name(key, schema.keys)


def _parse_value(key: str, node: Node, schema: Schema, problems: SourceProblems) -> Any:
    """Return the value of a known key, or None and a problem."""
    value_type = schema.keys[key]
    if node.value is None:  # reported when the file was parsed
        return None
    table_schema = schema.tables.get(key)
    if table_schema is not None:
        return _parse_tables(key, value_type, node, table_schema, problems)
    if value_type == tuple[str, ...]:
        return _parse_strings(key, node, problems)
    container = typing.get_origin(value_type)
    if container is Mapping:
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
    values = []
    for item in node.value:
        value = _parse_dataclass(key, cls, item, schema, problems)
        if value is not None:
            values.append(value)
    return tuple(values)


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
    has_new_errors = problems.error_count() > errors_before
    if schema.all_or_nothing and has_new_errors:
        return None
    is_complete = values.keys() >= set(schema.required)
    if not is_complete:
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
        if value == "":
            return ()
        return (value,)
    count = len(node.value)
    if count > MAX_ITEMS:
        message = f"`{key}` has {count:,} entries; the limit is {MAX_ITEMS}"
        problems.add("R31", node.at, message, "delete some")
        return None
    values = []
    expected = f"each item of `{key}` must be a string"
    for item in node.value:
        value = _parse_scalar(key, str, item, problems, expected)
        if value:
            values.append(value)
        elif value == "":
            message = f"an item of `{key}` is empty"
            problems.add("R13", item.at, message, "delete it")
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
        reason = ""
        if key == "tokens":
            reason = check_token(name, value)
        if reason:
            message = f"the token `{name}` {reason}"
            problems.add("T08", item.at, message)
        else:
            values[name] = value
    return values


# Scalars


def _parse_scalar(
    key: str, value_type: Any, node: Node, problems: SourceProblems, expected: str = ""
) -> Any:
    """Return a string, number, date or truth value, or None and a problem."""
    types: tuple[Any, ...] = (value_type,)
    if isinstance(value_type, UnionType):
        types = typing.get_args(value_type)
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
    text = text.strip()
    text = unicodedata.normalize("NFC", text)
    forbidden = FORBIDDEN.search(text)
    if forbidden:
        number = code_point(forbidden.group())
        message = f"control character {number} in `{key}`"
        problems.add("R02", node.at, message, "delete it")
        return None
    limit = MAX_CHARACTERS.get(key, MAX_CHARACTERS_OTHERWISE)
    length = len(text)
    if length > limit:
        message = f"`{key}` has {length:,} characters; the limit is {limit:,}"
        problems.add("R31", node.at, message, "shorten it")
        return None
    control = unclosed_bidi_control(text)
    if control:
        name = unicodedata.name(control).lower()
        number = code_point(control)
        message = f"`{key}` has a {name} ({number}) that is never closed"
        problems.warn("R27", node.at, message, "delete the invisible character")
    if not text:
        return text
    message, fix = check_format(key, text)
    if message:
        problems.add("R24", node.at, message, fix)
        return None
    return text


def _check_number(
    key: str, value: Any, node: Node, problems: SourceProblems
) -> int | float | None:
    """Return a number above 0. TOML also has `inf` and `nan`, which are no limits."""
    maximum = MAX_NUMBER.get(key, math.inf)
    is_positive = 0 < value < math.inf
    if is_positive and value <= maximum:
        return typing.cast("int | float", value)
    message = f"`{key}` must be a number above 0, not `{value}`"
    if value > maximum:
        message = f"`{key}` must be at most {maximum}, not `{value}`"
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
        message = f"`{key}` is empty"
        problems.add("R13", node.key_at, message, DATE_FIX)
        return None
    if not isinstance(value, str):
        message = f"`{key}` must be a date"
        problems.add("R14", node.at, message, DATE_FIX)
        return None
    if ISO_DATE.fullmatch(value):
        try:
            return dt.date.fromisoformat(value)
        except ValueError as error:
            message = f"there is no day `{value}`: {error}"
            problems.add("R14", node.at, message)
            return None
    problems.add("R14", node.at, f"`{value}` is not a date", DATE_FIX)
    return None


# Words for messages


def _describe(node: Node, source: Source) -> str:
    """Return what a value is: "a list", or the value itself."""
    if isinstance(node.value, tuple):
        return "a list"
    if isinstance(node.value, dict):
        return "a table of keys"
    written = _as_written(node, source)
    return f"`{written}`"


def _as_written(node: Node, source: Source) -> str:
    """Return a scalar as the file has it, more or less."""
    written = str(node.value)
    if isinstance(node.value, bool):
        return written.lower()
    start, _ = node.at
    is_quoted = source.text.startswith(("'", '"'), start)
    if is_quoted and isinstance(node.value, str):
        return f'"{written}"'
    return written


def _fix_for_string(node: Node, source: Source) -> str:
    """Return the fix for a value that must be a string, or ""."""
    if isinstance(node.value, int | float | dt.date | dt.time):
        written = _as_written(node, source)
        return f'write `"{written}"`'
    if isinstance(node.value, tuple):
        return "write it without brackets"
    return ""


def _fix_for_bool(value: Any) -> str:
    """Return the fix for a truth value in another spelling, or ""."""
    word = str(value).lower()
    if word in {"true", "yes", "on", "1"}:
        return "write `true`"
    if word in {"false", "no", "off", "0"}:
        return "write `false`"
    return ""


def _in_table(table: str) -> str:
    """Return the words that name the table, if it has a name."""
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
    candidates = (value_type, *typing.get_args(value_type))
    for candidate in candidates:
        if not isinstance(candidate, type):
            continue
        if dataclasses.is_dataclass(candidate):
            return candidate
    return None
