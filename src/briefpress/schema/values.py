"""One node to one value: strings, numbers, dates and truth values, lists and tables of strings."""

from __future__ import annotations

import datetime as dt
import math
import re
import typing
import unicodedata
from types import UnionType
from typing import Any

from briefpress.schema.faults import Faults
from briefpress.schema.forms import form_fault
from briefpress.schema.node import Node
from briefpress.schema.source import FORBIDDEN, name_of
from briefpress.schema.tokens import token_fault

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


def read_list(name: str, node: Node, faults: Faults) -> tuple[str, ...] | None:
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


def read_words(name: str, node: Node, faults: Faults) -> Any:
    """Return a table of strings."""
    if not isinstance(node.value, dict):
        return wrong_type(node, f"`{name}` is a table of strings", faults)
    read = {
        key: read_scalar(f"{name}.{key}", str, item, faults)
        for key, item in node.value.items()
    }
    for key, value in read.items() if name == "tokens" else ():
        if value is not None and (fault := token_fault(key, value)):
            faults.add("R24", node.value[key].at, f"the token `{key}` {fault}")
            read[key] = None
    return {key: value for key, value in read.items() if value is not None}


def read_scalar(
    name: str, kind: Any, node: Node, faults: Faults, called: str = ""
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


def _string(name: str, value: str, node: Node, faults: Faults) -> str | None:
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
    message, fix = form_fault(name, value) if value else ("", "")
    if message:
        faults.add("R24", node.at, message, fix)
        return None
    return value


def _number(name: str, value: Any, node: Node, faults: Faults) -> int | float | None:
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


def _date(name: str, node: Node, faults: Faults) -> dt.date | None:
    value = node.value
    if value == "":
        faults.add(
            "R13",
            node.key,
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


def wrong_type(node: Node, message: str, faults: Faults) -> Any:
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


def _quoted(node: Node, faults: Faults) -> bool:
    return isinstance(node.value, str) and faults.source.text[
        node.at[0] : node.at[0] + 1
    ] in {"'", '"'}
