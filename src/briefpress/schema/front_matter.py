"""Front matter as nodes: YAML, TOML, JSON, or the title block of Pandoc.

Every scalar of YAML and JSON is a string: `no` stays a word, `1.10` keeps its zero, and
a date is parsed where a date is expected. Only plain YAML is read: aliases, anchors,
tags, merge keys, second documents and repeated keys are errors.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from briefpress.schema.source import (
    MAX_DEPTH,
    Node,
    Offsets,
    Source,
    SourceProblems,
)
from briefpress.schema.toml import parse_toml

if TYPE_CHECKING:
    from yaml import Event, YAMLError

FENCE = re.compile(r"^---[ \t]*$", re.MULTILINE)
# Pandoc's front matter may end with `...`. In YAML a second document may follow it.
CLOSING_FENCE = re.compile(r"^(?:---|\.\.\.(?![ \t]*\n---))[ \t]*$", re.MULTILINE)
# A line of hyphens above a blank line and a sentence is a rule.
RULE = re.compile(r"---[ \t]*\n[ \t]*\n(?![ \t]*\n|[\w-]+:)")
TOML_FENCE = re.compile(r"^\+\+\+[ \t]*$", re.MULTILINE)
JSON_START = re.compile(r'\{\s*(?:"|\}\s*$)', re.MULTILINE)
# `% title`, `% authors` and `% date`; a line that begins with a space goes on.
TITLE_BLOCK_LINE = re.compile(r"%([^\n]*(?:\n[ \t]+\S[^\n]*)*)(?:\n|\Z)")
TITLE_BLOCK_KEYS = ("title", "author", "date")
FRONT_MATTER_LINE = re.compile(r"[\w-]+:(\s|$)|\s+\S|- |#(?!#)")
# YAML 1.1 takes these separators for ends of lines; no editor shows them as such.
SEPARATORS = {0x2028: " ", 0x2029: " "}
# A comment is written `# like this`, so `#1` was probably meant as text.
LOST_TEXT = re.compile(r"[ \t]+(#[^\s#].*)")
QUOTE_MARKS = ("'", '"', "|", ">")

# What libyaml says, what the cause most often is, and the fix.
EXPLANATIONS = (
    (
        "mapping values are not allowed",
        "a colon in the value",
        "put the value in quotes",
    ),
    (
        "cannot start any token",
        "a character that cannot begin a value",
        "put the value in quotes, and indent with spaces",
    ),
    (
        "could not find expected ':'",
        "a key without a colon",
        "write `key: value`, or indent the line",
    ),
    ("end of stream", "a quotation mark that is never closed", "close it"),
    (
        "unknown escape character",
        "an unknown escape after a backslash",
        "put the value in single quotes",
    ),
    (
        "alphabetic or numeric",
        "a value that begins with `*` or `&`",
        "put the value in quotes",
    ),
    ("',' or ']'", "a list whose bracket is never closed", "close it with `]`"),
    ("',' or '}'", "a table whose brace is never closed", "close it with `}`"),
    (
        "did not find expected",
        "the line does not fit the line above",
        "check its quotes, brackets and indentation",
    ),
)


# A line is repaired only in short texts: each repair that is tried parses it again.
MAX_REPAIRED_TEXT = 20_000
MAX_REPAIRED_LINE = 2_000

INDENTED_KEY = re.compile(r" +([\w-]+):(?:\s|$)")
KEY_IN_LINE = re.compile(r"( *(?:- +)*)[\w-]+:(?:\s|$)")
# `key: value`, `- value` or `- key: value`; the first group is all before the value.
ENTRY = re.compile(r"(\s*(?:- +)*(?:[\w-]+: +|(?<=- )))(\S.*?)\s*")
BARE_WORD = re.compile(r"[\w-]+")
CURLY_QUOTED = re.compile(r"[“„«‘‹]([^“”„«»‹›]*)[”“»’›]")


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The front matter of a brief, and the offset at which the brief's text begins."""

    root: Node
    text_start: int


@dataclass(frozen=True, slots=True)
class _Repair:
    """What to change in one line. Without `message`, the parser's is used."""

    line: int  # from 0
    text: str  # the repaired line
    fix: str
    message: str = ""


class _UnreadableError(Exception):
    """Raised where parsing stops; the problem was reported already."""


def parse_front_matter(source: Source, problems: SourceProblems) -> FrontMatter | None:
    """Return the front matter of a brief, or None and a problem.

    A brief that begins with its text has front matter without keys.
    """
    text = source.text
    if FENCE.match(text) and not RULE.match(text):
        return _parse_yaml(source, problems)
    if TOML_FENCE.match(text):
        return _parse_toml(source, problems)
    if JSON_START.match(text):
        return _parse_json(source, problems)
    if text.startswith("% "):
        return _parse_title_block(source)
    start = (0, 0)
    return FrontMatter(Node({}, start, start), 0)


def _parse_yaml(source: Source, problems: SourceProblems) -> FrontMatter | None:
    """Return front matter between two lines `---`, or None and a problem."""
    import yaml

    fences = _find_fences(source, FENCE, CLOSING_FENCE, problems)
    if fences is None:
        return None
    start, end, text_start = fences
    text = source.text[start:end].translate(SEPARATORS)
    parser = _Parser(source, problems, yaml.parse(text, Loader=_loader()), start)
    try:
        return FrontMatter(parser.parse_document(), text_start)
    except yaml.YAMLError as error:
        _report_syntax_error(error, text, start, problems)
    except _UnreadableError:
        pass
    return None


def _parse_toml(source: Source, problems: SourceProblems) -> FrontMatter | None:
    """Return Hugo's front matter between two lines `+++`, or None and a problem."""
    fences = _find_fences(source, TOML_FENCE, TOML_FENCE, problems)
    if fences is None:
        return None
    start, end, text_start = fences
    # Spaces in place of the first fence keep the offsets those of the file.
    before = " " * (start - 1) + "\n"
    toml = Source(source.file, before + source.text[start:end])
    toml_problems = SourceProblems(toml)
    root = parse_toml(toml, toml_problems)
    for problem in toml_problems.found:
        problems.found.append(replace(problem, code="R06"))
    if root is None:
        return None
    fence = (0, 3)
    return FrontMatter(Node(root.value, fence, fence), text_start)


def _parse_json(source: Source, problems: SourceProblems) -> FrontMatter | None:
    """Return Hugo's front matter of one JSON object, or None and a problem."""
    brace = (0, 1)
    decoder = json.JSONDecoder(
        object_pairs_hook=_JsonObject,
        parse_float=str,
        parse_int=str,
        parse_constant=str,
    )
    try:
        pairs, end = decoder.raw_decode(source.text)
        table = _json_table(pairs, source.text[:end], problems)
    except json.JSONDecodeError as error:
        at = (error.pos, error.pos + 1)
        problems.add("R06", at, f"not JSON: {error.msg.lower()}")
        return None
    except RecursionError:
        message = f"values nested more than {MAX_DEPTH} deep"
        problems.add("R09", brace, message)
        return None
    if source.text.startswith("\n", end):
        end += 1
    return FrontMatter(Node(table, brace, brace), end)


class _JsonObject(list[tuple[str, Any]]):
    """The keys and values of a JSON object, in order."""


def _json_table(
    pairs: _JsonObject, text: str, problems: SourceProblems
) -> dict[str, Node]:
    """Return the keys of front matter and their values, each at the place of its key.

    `json` tells no offsets, so each key is searched for, and none after the first that
    is written with escapes.
    """
    table: dict[str, Node] = {}
    end = 0
    at: Offsets = (0, 1)
    for key, value in pairs:
        quoted = json.dumps(key, ensure_ascii=False)
        start = text.find(quoted, end)
        if start < 0:
            end = len(text)
        else:
            end = start + len(quoted)
            at = (start, end)
        if key in table:
            problems.add("R08", at, f"the key `{key}` is used twice", "keep one")
        table[key] = _json_node(value, at, 1)
    return table


def _json_node(value: Any, at: Offsets, depth: int) -> Node:
    """Return a value of `json` as a node.

    Raises `RecursionError` if values are nested too deeply.
    """
    if depth > MAX_DEPTH:
        raise RecursionError
    if isinstance(value, _JsonObject):
        table = {key: _json_node(item, at, depth + 1) for key, item in value}
        return Node(table, at, at)
    if isinstance(value, list):
        items = [_json_node(item, at, depth + 1) for item in value]
        return Node(tuple(items), at, at)
    if value is None:
        value = ""
    return Node(value, at, at)


def _parse_title_block(source: Source) -> FrontMatter:
    """Return the title block of Pandoc: title, authors and date in lines with `%`."""
    table = {}
    position = 0
    for key in TITLE_BLOCK_KEYS:
        line = TITLE_BLOCK_LINE.match(source.text, position)
        if line is None:
            break
        position = line.end()
        words = line[1].strip()
        if key == "author":  # one in each line
            words = re.sub(r"\s*\n\s*", "; ", words)
        if words:
            at = line.span(1)
            table[key] = Node(" ".join(words.split()), at, at)
    start = (0, 1)
    return FrontMatter(Node(table, start, start), position)


def _loader() -> Any:
    """Return libyaml's parser, or PyYAML's own: not every machine has libyaml."""
    import yaml

    return getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def _find_fences(
    source: Source,
    opening: re.Pattern[str],
    closing: re.Pattern[str],
    problems: SourceProblems,
) -> tuple[int, int, int] | None:
    """Return the offsets at which front matter begins and ends and the text begins.

    Without the closing line, report it and return None.
    """
    text = source.text
    first = opening.match(text)
    if first is None:
        return None
    start = min(first.end() + 1, len(text))
    last = closing.search(text, start)
    if last is None:
        fix = f"add a line `{text[:3]}` after line {_last_line(source, start)}"
        message = "the front matter is never closed"
        problems.add("R05", first.span(), message, fix)
        return None
    text_start = min(last.end() + 1, len(text))
    return start, last.start(), text_start


def _last_line(source: Source, start: int) -> int:
    """Return the number of the last line that looks like front matter."""
    last = 1
    for number, line in enumerate(source.text[start:].split("\n"), 2):
        if not FRONT_MATTER_LINE.match(line):
            break
        last = number
    return last


class _Parser:
    """Turns the events of PyYAML into nodes. `start` is the offset of the YAML text."""

    def __init__(
        self,
        source: Source,
        problems: SourceProblems,
        events: Iterator[Event],
        start: int,
    ) -> None:
        self.source = source
        self.problems = problems
        self.events = events
        self.start = start

    def parse_document(self) -> Node:
        """Return the mapping that is the one document."""
        fence: Offsets = (0, 3)
        next(self.events)  # the start of the stream
        if not _is(next(self.events), "DocumentStartEvent"):
            return Node({}, fence, fence)
        node = self.parse_node(next(self.events), None, 0)
        next(self.events)  # the end of the document
        extra = next(self.events)
        if not _is(extra, "StreamEndEvent"):
            message = "a second document in the front matter"
            self.report(
                self.offsets(extra), message, "keep one, between two lines `---`"
            )
        if not isinstance(node.value, dict):
            message = "the front matter is not a list of keys"
            fix = "write `key: value` on each line"
            self.problems.add("R06", node.at, message, fix)
            raise _UnreadableError
        return Node(node.value, fence, fence)

    def parse_node(self, event: Any, key_at: Offsets | None, depth: int) -> Node:
        """Return the node that an event begins."""
        at = self.offsets(event)
        key_at = key_at or at
        if _is(event, "AliasEvent"):
            fix = "write the value out, or put it in quotes"
            self.report(at, f"an alias, `*{event.anchor}`", fix)
            return Node(None, at, key_at)
        if event.anchor:
            fix = "delete it, or put the value in quotes"
            self.report(at, f"an anchor, `&{event.anchor}`", fix)
        if event.tag:
            fix = "delete it, or put the value in quotes"
            self.report(at, "a tag, `!`, before a value", fix)
        if depth > MAX_DEPTH:
            self.report(at, f"values nested more than {MAX_DEPTH} deep")
            raise _UnreadableError
        if _is(event, "ScalarEvent"):
            self.check_comment(at)
            return Node(event.value, at, key_at)
        bracket = (at[0], at[0] + 1)
        if _is(event, "SequenceStartEvent"):
            return Node(tuple(self.parse_items(depth)), bracket, key_at)
        return Node(self.parse_mapping(depth), bracket, key_at)

    def parse_items(self, depth: int) -> Iterator[Node]:
        """Yield the items of a list."""
        event = next(self.events)
        while not _is(event, "SequenceEndEvent"):
            yield self.parse_node(event, None, depth + 1)
            event = next(self.events)

    def parse_mapping(self, depth: int) -> dict[str, Node]:
        """Return the keys of a table and their values."""
        table: dict[str, Node] = {}
        event = next(self.events)
        while not _is(event, "MappingEndEvent"):
            key = self.parse_node(event, None, depth + 1)
            node = self.parse_node(next(self.events), key.at, depth + 1)
            if not isinstance(key.value, str):
                fix = "put a value that begins with `{` or `[` into quotes"
                self.report(key.at, "a key that is not a word", fix)
            elif key.value in table:
                line, _ = self.source.place(table[key.value].key_at[0])
                message = f"the key `{key.value}` is used twice"
                fix = f"keep one; the first is in line {line}"
                self.problems.add("R08", key.at, message, fix)
            else:
                table[key.value] = node
            event = next(self.events)
        return table

    def check_comment(self, at: Offsets) -> None:
        """Warn if text after a plain scalar is lost because YAML sees a comment."""
        start, end = at
        text = self.source.text
        if start < end and text.startswith(QUOTE_MARKS, start):
            return
        line_end = text.find("\n", end)
        lost = LOST_TEXT.fullmatch(text, end, line_end)
        if lost is None:
            return
        line_start = text.rfind("\n", 0, start) + 1
        line = _quoted_line(text[line_start:line_end])
        fix = f"put the value in quotes: `{line.strip()}`" if line else ""
        message = f"`{lost[1].strip()}` is a comment in YAML and is not published"
        offset = lost.start(1)
        self.problems.warn("R28", (offset, line_end), message, fix)

    def offsets(self, event: Any) -> Offsets:
        """Return where an event is in the file. libyaml counts characters, as we do."""
        start = self.start + event.start_mark.index
        return start, self.start + event.end_mark.index

    def report(self, at: Offsets, message: str, fix: str = "") -> None:
        """Report a part of YAML that front matter may not have."""
        self.problems.add("R09", at, message, fix)


def _is(event: Any, name: str) -> bool:
    """Return whether an event of PyYAML is of a class."""
    return type(event).__name__ == name


def _report_syntax_error(
    error: YAMLError, text: str, start: int, problems: SourceProblems
) -> None:
    """Report where the YAML cannot be parsed, for readers who do not know YAML.

    `text` is the YAML, which begins at the offset `start` of the file.
    """
    description = str(getattr(error, "problem", None) or "the YAML cannot be parsed")
    message, fix = description, ""
    for words, cause, cure in EXPLANATIONS:
        if words in description:
            message, fix = cause, cure
            break
    marks = [getattr(error, name, None) for name in ("problem_mark", "context_mark")]
    lines = [mark.line for mark in marks if mark is not None]
    repair = _find_repair(text, lines)
    # What is never closed is best shown where it begins, not where the parser stopped.
    if "never closed" in message or "without a colon" in message:
        marks.reverse()
    index = next((mark.index for mark in marks if mark is not None), 0)
    if repair is not None:
        message = repair.message or message
        fix = repair.fix
        index = _index_in_line(text, index, repair)
    offset = min(start + index, start + max(0, len(text) - 1))
    problems.add("R06", (offset, offset + 1), message, fix)


def _index_in_line(text: str, index: int, repair: _Repair) -> int:
    """Return the index if it is in the repaired line, else that of the line's text."""
    lines = text.split("\n")
    line_start = sum(len(line) + 1 for line in lines[: repair.line])
    line = lines[repair.line]
    if line_start <= index <= line_start + len(line):
        return index
    return line_start + len(line) - len(line.lstrip())


def _line_of_error(text: str) -> int | None:
    """Return the line, from 0, in which parsing stops; None if the YAML is valid."""
    import yaml

    try:
        for _ in yaml.parse(text, Loader=_loader()):
            pass
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        return mark.line if mark is not None else 0
    return None


def _find_repair(text: str, lines: list[int]) -> _Repair | None:
    """Return a repair of one of some lines after which the YAML can be parsed.

    If the text has more errors below the repaired line, the repair counts as well.
    """
    if len(text) > MAX_REPAIRED_TEXT:
        return None
    rows = text.split("\n")
    stops_at = _line_of_error(text)
    candidates = dict.fromkeys([*lines, *(line - 1 for line in lines)])
    for number in candidates:
        if not 0 <= number < len(rows) or len(rows[number]) > MAX_REPAIRED_LINE:
            continue
        for repair in _repairs(rows, number):
            repaired = "\n".join([*rows[:number], repair.text, *rows[number + 1 :]])
            now_stops_at = _line_of_error(repaired)
            if now_stops_at is None:
                return repair
            if now_stops_at > number and now_stops_at != stops_at:
                return repair
    return None


def _quoted_line(line: str) -> str:
    """Return a line with its value in quotes, or "" if it is not a key and value."""
    if len(line) > MAX_REPAIRED_LINE:
        return ""
    entry = ENTRY.fullmatch(line)
    if entry is None:
        return ""
    before, value = entry.groups()
    return before + _quote(value)


def _repairs(rows: list[str], number: int) -> Iterator[_Repair]:
    """Yield repairs of a line, those that guess least first."""
    line = rows[number]
    words = line.lstrip(" \t")
    if "\t" in line[: len(line) - len(words)]:
        message = "a tab in the indentation"
        fix = "indent with spaces, or not at all"
        yield _Repair(number, words, fix, message)
        yield _Repair(number, f"  {words}", fix, message)
    if indented := INDENTED_KEY.match(line):
        key = indented[1]
        for column in _key_columns(rows[:number]):
            fix = f"remove the spaces before `{key}`"
            if column:
                fix = f"indent `{key}` by {column} spaces"
            yield _Repair(
                number, " " * column + words, fix, f"`{key}` is indented wrongly"
            )
    if entry := ENTRY.fullmatch(line):
        before, value = entry.groups()
        yield from _repairs_of_value(number, before, value)
    if BARE_WORD.fullmatch(line):
        fix = f"write `{line}: value`, or indent the line"
        yield _Repair(number, f"{line}:", fix, "a key without a colon")


def _key_columns(rows: list[str]) -> Iterator[int]:
    """Yield the columns, from 0, in which keys above begin, nearest first; then 0."""
    keys = [KEY_IN_LINE.match(row) for row in reversed(rows)]
    columns = [len(key[1]) for key in keys if key]
    yield from dict.fromkeys([*columns, 0])


def _repairs_of_value(number: int, before: str, value: str) -> Iterator[_Repair]:
    """Yield repairs of the value of a line."""
    closing = {"'": "'", '"': '"', "[": "]", "{": "}"}.get(value[0])
    if closing:
        text = before + value + closing
        kind = {"]": "list", "}": "table"}.get(closing, "quotation mark")
        message = f"a {kind} that is never closed"
        yield _Repair(number, text, f"close the {kind}: `{text.strip()}`", message)
    if curly := CURLY_QUOTED.fullmatch(value):
        text = before + _quote(curly[1])
        fix = f"write `{text.strip()}`, with straight quotation marks"
        message = "curly quotation marks do not quote a value"
        yield _Repair(number, text, fix, message)
    is_quoted = value[0] in {"'", '"'} and value.endswith(value[0]) and len(value) > 1
    if is_quoted:
        inner = value[1:-1]
        text = before + _quote(inner)
        if "\\" in inner:
            fix = f"put the value in single quotes: `{text.strip()}`"
            yield _Repair(number, text, fix)
        else:
            message = "a quotation mark within the value ends it"
            yield _Repair(number, text, f"write `{text.strip()}`", message)
    text = before + _quote(value)
    yield _Repair(number, text, f"put the value in quotes: `{text.strip()}`")


def _quote(value: str) -> str:
    """Return a YAML string in quotes that nothing in it can end."""
    if '"' not in value and "\\" not in value:
        return f'"{value}"'
    escaped = value.replace("'", "''")
    return f"'{escaped}'"
