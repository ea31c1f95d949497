"""YAML front matter as nodes: every scalar a string, and nothing of YAML that surprises.

`no` stays a word, `1.10` keeps its nought, a date is read where a date is wanted. Aliases, anchors, tags,
merge keys, several documents and keys written twice are errors with their place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from briefpress.schema.source import DEPTH, Node, Offsets, Source, SourceProblems

if TYPE_CHECKING:
    from yaml import Event

FENCE = re.compile(r"^---[ \t]*$", re.MULTILINE)
SPACES = {
    0x2028: " ",
    0x2029: " ",
}  # separators that YAML 1.1 takes for ends of lines, and no editor shows as such
ADVICE = (  # what libyaml says, what most often caused it, and how it is mended
    (
        "mapping values are not allowed",
        "a colon in the value",
        'put the value in quotes: `title: "Rents: a view"`',
    ),
    (
        "cannot start any token",
        "a character that begins no value",
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
        "the line does not fit the one above",
        "check its quotes, brackets and indentation",
    ),
)


def split_front_matter(
    source: Source, faults: SourceProblems
) -> tuple[int, int, int] | None:
    """Return where the front matter begins and ends, and where the text begins."""
    first = FENCE.match(source.text)
    if first is None:
        faults.add(
            "R05",
            (0, 0),
            "the brief has no front matter",
            "begin it with `---`, `title:`, `date:` and `---`",
        )
        return None
    start = min(first.end() + 1, len(source.text))
    last = FENCE.search(source.text, start)
    if last is None:
        faults.add(
            "R05",
            first.span(),
            "the front matter is never closed",
            f"add a line `---` {_guess(source, start)}",
        )
        return None
    return start, last.start(), min(last.end() + 1, len(source.text))


def parse_front_matter(faults: SourceProblems, start: int, end: int) -> Node | None:
    """Return the mapping that stands between two offsets, or nothing when it is no YAML."""
    import yaml

    loader = getattr(
        yaml, "CBaseLoader", yaml.BaseLoader
    )  # libyaml is not on every machine; the events are the same
    whole: Offsets = (0, 3)
    events = yaml.parse(faults.source.text[start:end].translate(SPACES), Loader=loader)
    reader = _Reader(faults, events, start)
    try:
        return reader.document(whole)
    except yaml.YAMLError as error:
        _syntax(error, faults, start, end)
    except _RefusedError:
        pass
    return None


def _syntax(error: Any, faults: SourceProblems, start: int, end: int) -> None:
    """Note where YAML breaks off, in words for somebody who does not know YAML."""
    said = str(getattr(error, "problem", None) or "the YAML cannot be read")
    what, fix = next(
        ((what, fix) for words, what, fix in ADVICE if words in said), (said, "")
    )
    # What is never closed is best shown where it was begun, not where that was noticed.
    begun = "never closed" in what or "without a colon" in what
    marks = [getattr(error, name, None) for name in ("problem_mark", "context_mark")]
    mark = next(filter(None, reversed(marks) if begun else marks), None)
    at = min(start + getattr(mark, "index", 0), max(start, end - 1))
    text = faults.source.text
    if text[at : at + 1] == "\t":
        what, fix = "a tab", "indent with spaces"
    elif text[max(0, at - 1) : at] in {"'", '"'} and what.startswith("the line"):
        what, fix = (
            "words after a quotation mark that closes the value",
            "use the other kind of quotation mark around it",
        )
    faults.add("R06", (at, at + 1), what, fix)


class _RefusedError(Exception):
    """Raised where a node is not read on; the problem is among the faults."""


class _Reader:
    """Events to nodes. What is open is the stream of events."""

    def __init__(
        self, faults: SourceProblems, events: Iterator[Event], base: int
    ) -> None:
        self.faults, self.events, self.base = faults, events, base

    def at(self, event: Any) -> Offsets:
        """Return where an event stands in the file; libyaml counts characters, as we do."""
        return self.base + event.start_mark.index, self.base + event.end_mark.index

    def document(self, whole: Offsets) -> Node:
        """Return the one mapping of the one document."""
        kinds = {
            type(event).__name__: event
            for event in (next(self.events), next(self.events))
        }
        if "DocumentStartEvent" not in kinds:
            return Node({}, whole, whole)
        node = self.node(next(self.events), None, 0)
        next(self.events)
        if type(extra := next(self.events)).__name__ != "StreamEndEvent":
            self.odd(
                self.at(extra),
                "a second document in the front matter",
                "keep one, between two lines `---`",
            )
        if not isinstance(node.value, dict):
            self.faults.add(
                "R12",
                node.at,
                "the front matter is no list of keys",
                "write `key: value` on each line",
            )
            raise _RefusedError
        return Node(node.value, whole, whole)

    def node(self, event: Any, key: Offsets | None, depth: int) -> Node:
        """Return what an event begins."""
        at = self.at(event)
        kind = type(event).__name__
        if kind == "AliasEvent":
            self.odd(
                at,
                f"an alias, `*{event.anchor}`",
                "write the value out, or put it in quotes",
            )
            return Node(None, at, key or at)
        if event.anchor:
            self.odd(
                at,
                f"an anchor, `&{event.anchor}`",
                "leave it out, or put the value in quotes",
            )
        if event.tag:
            self.odd(
                at,
                "a tag, `!`, before a value",
                "leave it out, or put the value in quotes",
            )
        if depth > DEPTH:
            self.odd(at, f"values nested more than {DEPTH} deep")
            raise _RefusedError
        if kind == "ScalarEvent":
            return Node(event.value, at, key or at)
        if kind == "SequenceStartEvent":
            return Node(tuple(self.items(depth)), (at[0], at[0] + 1), key or at)
        return Node(self.mapping(depth), (at[0], at[0] + 1), key or at)

    def items(self, depth: int) -> Iterator[Node]:
        while type(event := next(self.events)).__name__ != "SequenceEndEvent":
            yield self.node(event, None, depth + 1)

    def mapping(self, depth: int) -> dict[str, Node]:
        found: dict[str, Node] = {}
        while type(event := next(self.events)).__name__ != "MappingEndEvent":
            name = self.node(event, None, depth + 1)
            node = self.node(next(self.events), name.at, depth + 1)
            if not isinstance(name.value, str):
                self.odd(name.at, "a key that is no word")
            elif name.value in found:
                line = self.faults.source.place(found[name.value].key_at[0])[0]
                self.faults.add(
                    "R08",
                    name.at,
                    f"the key `{name.value}` is written twice",
                    f"keep one; line {line} has the first",
                )
            else:
                found[name.value] = node
        return found

    def odd(self, at: Offsets, message: str, fix: str = "") -> None:
        """Note a part of YAML that front matter does without."""
        self.faults.add("R09", at, message, fix)


def _guess(source: Source, start: int) -> str:
    """Return where the closing line belongs: after the last line that looks like front matter."""
    last = 1
    for number, line in enumerate(source.text[start:].split("\n"), 2):
        if not re.match(r"[\w-]+:(\s|$)|\s+\S|- |#(?!#)", line):
            break
        last = number
    return f"after line {last}"
