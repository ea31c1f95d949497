"""Repairs of broken YAML lines: a fix is offered only if the parser then accepts it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

MAX_TEXT = 20_000  # characters: each repair that is tried parses the text again
MAX_LINE = 2_000

INDENTED_KEY = re.compile(r" +([\w-]+):(?:\s|$)")
KEY_IN_LINE = re.compile(r"( *(?:- +)*)[\w-]+:(?:\s|$)")
# `key: value`, `- value` or `- key: value`; the first group is all before the value.
ENTRY = re.compile(r"(\s*(?:- +)*(?:[\w-]+: +|(?<=- )))(\S.*?)\s*")
CURLY_QUOTED = re.compile(r"[“„«‘‹]([^“”„«»‹›]*)[”“»’›]")


@dataclass(frozen=True, slots=True)
class Repair:
    """What to change in one line. Without `message` the parser's explanation stands."""

    line: int  # from 0
    text: str  # the repaired line
    fix: str
    message: str = ""


def find_repair(
    text: str, lines: Iterable[int], line_of_error: Callable[[str], int | None]
) -> Repair | None:
    """Return a repair of one of some lines after which the YAML can be parsed.

    If the text has more errors below the repaired line, the repair counts as well.
    """
    if len(text) > MAX_TEXT:
        return None
    rows = text.split("\n")
    stops_at = line_of_error(text)
    candidates = dict.fromkeys(
        number for line in lines for number in (line, line - 1) if number >= 0
    )
    for number in candidates:
        if number >= len(rows) or len(rows[number]) > MAX_LINE:
            continue
        for repair in _repairs(rows, number):
            repaired = "\n".join([*rows[:number], repair.text, *rows[number + 1 :]])
            now_stops_at = line_of_error(repaired)
            if now_stops_at is None:
                return repair
            if now_stops_at > number and now_stops_at != stops_at:
                return repair
    return None


def quoted_line(line: str) -> str:
    """Return a line with its value in quotes, or "" if it is not a key and value."""
    entry = ENTRY.fullmatch(line)
    if entry is None:
        return ""
    before, value = entry.groups()
    return before + _quote(value)


def _repairs(rows: list[str], number: int) -> Iterator[Repair]:
    """Yield repairs of a line, those that guess least first."""
    line = rows[number]
    words = line.lstrip(" \t")
    if "\t" in line[: len(line) - len(words)]:
        message = "a tab in the indentation"
        fix = "indent with spaces, or not at all"
        yield Repair(number, words, fix, message)
        yield Repair(number, f"  {words}", fix, message)
    if indented := INDENTED_KEY.match(line):
        key = indented[1]
        for column in _key_columns(rows[:number]):
            fix = f"remove the spaces before `{key}`"
            if column:
                fix = f"indent `{key}` by {column} spaces"
            yield Repair(
                number, " " * column + words, fix, f"`{key}` is indented wrongly"
            )
    if entry := ENTRY.fullmatch(line):
        before, value = entry.groups()
        yield from _repairs_of_value(number, before, value)


def _key_columns(rows: list[str]) -> Iterator[int]:
    """Yield the columns, from 0, in which keys above begin, nearest first; then 0."""
    keys = [KEY_IN_LINE.match(row) for row in reversed(rows)]
    columns = [len(key[1]) for key in keys if key]
    yield from dict.fromkeys([*columns, 0])


def _repairs_of_value(number: int, before: str, value: str) -> Iterator[Repair]:
    """Yield repairs of the value of a line."""
    closing = {"'": "'", '"': '"', "[": "]", "{": "}"}.get(value[0])
    if closing:
        text = before + value + closing
        kind = {"]": "list", "}": "table"}.get(closing, "quotation mark")
        message = f"a {kind} that is never closed"
        yield Repair(number, text, f"close the {kind}: `{text.strip()}`", message)
    if curly := CURLY_QUOTED.fullmatch(value):
        text = before + _quote(curly[1])
        fix = f"write `{text.strip()}`, with straight quotation marks"
        message = "curly quotation marks do not quote a value"
        yield Repair(number, text, fix, message)
    is_quoted = value[0] in {"'", '"'} and value.endswith(value[0]) and len(value) > 1
    if is_quoted:
        inner = value[1:-1]
        text = before + _quote(inner)
        if "\\" in inner:
            fix = f"put the value in single quotes: `{text.strip()}`"
            yield Repair(number, text, fix)
        else:
            message = "a quotation mark within the value ends it"
            yield Repair(number, text, f"write `{text.strip()}`", message)
    text = before + _quote(value)
    yield Repair(number, text, f"put the value in quotes: `{text.strip()}`")


def _quote(value: str) -> str:
    """Return a YAML string in quotes that nothing in it can end."""
    if '"' not in value and "\\" not in value:
        return f'"{value}"'
    escaped = value.replace("'", "''")
    return f"'{escaped}'"
