"""Nodes to values: the fields of a dataclass say which keys there are and of what type each is."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from briefpress.schema.faults import Faults
from briefpress.schema.forms import slug_fault
from briefpress.schema.nearest import meant, nearest
from briefpress.schema.node import Node
from briefpress.schema.values import read_list, read_scalar, read_words, wrong_type


@dataclass(frozen=True, slots=True)
class Shape:
    """The keys of a table and their types; `inner` has the shapes of the tables in it."""

    keys: Mapping[str, Any]
    required: tuple[str, ...] = ()
    inner: Mapping[str, Shape] = field(default_factory=dict)
    whole: bool = False  # one fault, and the table is left out: a selection without its wrong condition takes too much


def shape(
    cls: type, *without: str, inner: Mapping[str, Shape] | None = None, **other: Any
) -> Shape:
    """Return the shape of a dataclass: its fields, but for some that are no keys and some of another type.

    Keys without a default are required.
    """
    keys = {
        name: other.get(name, kind)
        for name, kind in typing.get_type_hints(cls).items()
        if name not in without
    }
    tables = {
        name: shape(t)
        for name, kind in keys.items()
        if (t := _table_in(kind)) and name not in (inner or {})
    }
    return Shape(keys, _needed(cls, keys), {**tables, **(inner or {})})


def read_shape(
    node: Node, form: Shape, faults: Faults, where: str = ""
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
                item.key,
                f"unknown key `{name}`{_inside(where)}",
                meant(name, form.keys),
            )
            guessed.add(nearest(name, form.keys))
        elif (value := _read(name, form.keys[name], item, form, faults)) is not None:
            values[name] = value
    for name in form.required:
        if name not in node.value and name not in guessed:
            faults.add(
                "R11", node.key, f"`{name}` is missing{_inside(where)}", f"add `{name}`"
            )
        elif values.get(name) == "":
            faults.add(
                "R13",
                node.value[name].at,
                f"`{name}` is empty",
                f"give `{name}` a value",
            )
    return {name: value for name, value in values.items() if value != ""}


def _read(name: str, kind: Any, node: Node, form: Shape, faults: Faults) -> Any:
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


def _tables(name: str, kind: Any, node: Node, inner: Shape, faults: Faults) -> Any:
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
    name: str, cls: Any, node: Node, inner: Shape, faults: Faults, **given: str
) -> Any:
    """Return a dataclass, when all that it needs is there."""
    before = len(faults.found)
    values = read_shape(node, inner, faults, name)
    made = values.keys() >= set(inner.required) and not (
        inner.whole and len(faults.found) > before
    )
    return cls(**given, **values) if made else None


def _by_key(name: str, cls: Any, node: Node, inner: Shape, faults: Faults) -> Any:
    """Return dataclasses that have a `key`: the one under which each stands."""
    if not isinstance(node.value, dict):
        return wrong_type(
            node, f"`{name}` is a table of tables, `[{name}.KEY]`", faults
        )
    found = {}
    for key, item in node.value.items():
        message, fix = slug_fault(key)
        if message:
            faults.add("R18", item.key, message, fix)
        found[key] = _table(f"{name}.{key}", cls, item, inner, faults, key=key)
    return {key: value for key, value in found.items() if value is not None}


def places(node: Node, faults: Faults, path: str = "") -> dict[str, tuple[int, int]]:
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
        found |= places(item, faults, f"{path}.{key}" if path else str(key))
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
