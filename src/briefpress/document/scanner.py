"""A brief's text, divided before Markdown reads it.

Notes, fenced code, abbreviations and comments are found line by line, where their
positions are known. Fenced code leaves a placeholder in the text, a note nothing: so
Markdown never sees a `[^1]` that is code.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from briefpress.problems import Problem, Severity, Span

# Private characters. A brief cannot contain them: `strip_unprintable` removes them.
CODE_OPEN, CODE_CLOSE = "\ue000", "\ue001"  # around the number of a piece of code
# A paragraph between two quotations, which Markdown would join without it.
QUOTE_SEPARATOR = "\ue005"

TAB = 4

_PLANES = range(1, 15)
_NONCHARACTERS = "".join(
    f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in _PLANES
)
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef"
    f"\ufeff\ufff9-\ufffc\ufffe\uffff{_NONCHARACTERS}\U000f0000-\U0010ffff]"
)
_NOTE = re.compile(r" {0,3}\[\^([^\]\n]+)\]:[ ]*")
_ABBREVIATION = re.compile(r" {0,3}\*\[([^\]\n]+)\][ ]?:[ ]*(.*)")
_FENCE = re.compile(r"(?P<prefix>[ >]*)(?P<fence>`{3,}|~{3,})(?P<info>[^`]*)$")
_LANGUAGE = re.compile(r"[\w#+-][\w#+.-]*")
_LIST_ITEM = re.compile(r"[ >]*(?:[-*+]|\d+\.)[ ]+\S| {0,3}:[ ]")
_QUOTE = re.compile(r"([ ]*)>")
# What may stand before the text of a line, and the marks in it that open a level.
_PREFIX = re.compile(r"(?:[ ]|>|[-*+](?=[ ])|\d+\.(?=[ ]))*")
_LEVEL = re.compile(r">|[-*+]|\d+\.")


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line of the brief, of which `offset` characters were removed at the start."""

    number: int  # in the file
    text: str
    offset: int = 0

    @property
    def is_blank(self) -> bool:
        """Whether the line has no text."""
        return not self.text.strip()


@dataclass(frozen=True, slots=True)
class NoteDefinition:
    """A note as it is written."""

    label: str
    span: Span
    lines: tuple[SourceLine, ...]


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """A piece of fenced code."""

    line: int
    language: str
    text: str


@dataclass(slots=True)
class SourceText:
    """A brief's text, divided."""

    file: str
    rows: dict[int, str]  # every line as it is in the file, by number
    flow: list[SourceLine] = field(default_factory=list)  # the text without the rest
    notes: list[NoteDefinition] = field(default_factory=list)
    codes: list[CodeBlock] = field(default_factory=list)
    abbreviations: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def span(self, line: int, index: int = 0, length: int = 1) -> Span:
        """Return the span of a character in a line whose tabs have been expanded."""
        row = self.rows.get(line, "")
        column = _index_in_row(row, index)
        return Span(self.file, line, column + 1, max(1, min(length, len(row) - column)))

    def error(self, code: str, message: str, span: Span, fix: str = "") -> None:
        """Add an error."""
        self.problems.append(Problem(code, message, span, fix))


def scan_source(file: str, text: str, first_line: int, max_nesting: int) -> SourceText:
    """Return the text of a brief, divided. Its first line has the number `first_line`."""
    rows = dict(enumerate(split_lines(text), first_line))
    source = SourceText(file, rows)
    lines = [_printable_line(source, number) for number in rows]
    source.flow = _Divider(source, lines, max_nesting, finds_notes=True).run()
    return source


def split_lines(text: str) -> list[str]:
    """Return the lines of a text, whatever ends them."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def strip_unprintable(text: str) -> str:
    """Return the text without the characters that no edition can contain."""
    return _UNPRINTABLE.sub("", text)


def _printable_line(source: SourceText, number: int) -> SourceLine:
    """Return a line with spaces for tabs, and without unprintable characters."""
    row = source.rows[number]
    found = _UNPRINTABLE.search(row)
    if found:
        names = sorted({_character_name(each) for each in _UNPRINTABLE.findall(row)})
        noun = "characters" if len(names) > 1 else "a character"
        message = f"{noun} that cannot be printed: {', '.join(names[:4])}"
        span = Span(source.file, number, found.start() + 1)
        source.problems.append(Problem("D01", message, span, severity=Severity.WARNING))
        row = strip_unprintable(row)
    text = row.expandtabs(TAB)
    return SourceLine(number, text if text.strip() else "")


def _character_name(character: str) -> str:
    """Return "U+FEFF ZERO WIDTH NO-BREAK SPACE"; control characters have no name."""
    code_point = f"U+{ord(character):04X}"
    name = unicodedata.name(character, "")
    return f"{code_point} {name}" if name else code_point


def _index_in_row(row: str, index: int) -> int:
    """Return the index in a row of what is at `index` once its tabs are expanded."""
    if "\t" not in row:
        return min(index, len(row))
    column = width = 0
    while column < len(row) and width < index:
        width += TAB - width % TAB if row[column] == "\t" else 1
        column += 1
    return column


class _Divider:
    """Divides lines in one pass."""

    def __init__(
        self,
        source: SourceText,
        lines: Sequence[SourceLine],
        max_nesting: int,
        *,
        finds_notes: bool,
    ) -> None:
        self.source = source
        self.lines = lines
        self.max_nesting = max_nesting
        self.finds_notes = finds_notes  # notes are not nested
        self.index = 0
        self.kept: list[SourceLine] = []  # what Markdown reads
        self.in_list = False
        self.after_blank = True
        self.in_quote = False

    def run(self) -> list[SourceLine]:
        """Return the lines that Markdown reads."""
        while self.index < len(self.lines):
            line = self.lines[self.index]
            if not self.take_special(line):
                self.keep(line)
        return self.kept

    def take_special(self, line: SourceLine) -> bool:
        """Take what Markdown does not read. Return whether there was any."""
        note = _NOTE.match(line.text) if self.finds_notes else None
        if note:
            self.take_note(note)
            return True
        if line.text.lstrip(" ").startswith("<!--") and _indent(line.text) < TAB:
            self.take_comment()
            return True
        abbreviation = _ABBREVIATION.match(line.text)
        if abbreviation:
            short, meaning = abbreviation[1].strip(), abbreviation[2].strip()
            self.source.abbreviations[short] = meaning
            self.index += 1
            return True
        fence = _FENCE.match(line.text)
        if fence and (self.in_list or _indent_in_quote(fence["prefix"]) < TAB):
            self.take_code(fence)
            return True
        return False

    def keep(self, line: SourceLine) -> None:
        """Keep a line for Markdown."""
        self.index += 1
        is_blank = line.is_blank
        if not is_blank:
            self.check_nesting(line)
            self.separate_quotations(line)
            starts_item = bool(_LIST_ITEM.match(line.text))
            continues_item = not self.after_blank or line.text.startswith(" ")
            self.in_list = starts_item or (self.in_list and continues_item)
        self.after_blank = is_blank
        self.kept.append(line)

    def separate_quotations(self, line: SourceLine) -> None:
        """Keep two quotations apart that have a blank line between them."""
        quote = _QUOTE.match(line.text)
        if quote and self.in_quote and self.after_blank:
            separator = f"{quote[1]}{QUOTE_SEPARATOR}"
            self.kept.append(SourceLine(line.number, separator))
            self.kept.append(SourceLine(line.number, ""))
        self.in_quote = bool(quote)

    def check_nesting(self, line: SourceLine) -> None:
        """Report lists and quotations that are nested too deep for Markdown's stack."""
        prefix = _PREFIX.match(line.text)
        levels = _LEVEL.findall(prefix[0]) if prefix else []
        if prefix is None or not levels:
            return
        depth = len(levels) + prefix[0].count(" ") // TAB
        if depth > self.max_nesting:
            message = (
                f"lists and quotations are nested {depth} deep, and the limit is"
                f" {self.max_nesting}"
            )
            span = self.source.span(line.number, line.offset)
            self.source.error("D05", message, span)

    def take_note(self, start: re.Match[str]) -> None:
        """Take a note, with the lines that belong to it."""
        first = self.lines[self.index]
        bracket = first.offset + first.text.index("[")
        label = start[1]
        span = self.source.span(first.number, bracket, len(label) + len("[^]"))
        offset = start.end()
        lines = [SourceLine(first.number, first.text[offset:], first.offset + offset)]
        self.index += 1
        after_blank = False
        while self.index < len(self.lines):
            line = self.lines[self.index]
            if line.text.startswith(" " * TAB):
                lines.append(
                    SourceLine(line.number, line.text[TAB:], line.offset + TAB)
                )
            elif line.is_blank:
                lines.append(SourceLine(line.number, ""))
            elif after_blank or _ends_note(line.text):
                break
            else:
                lines.append(line)
            after_blank = line.is_blank
            self.index += 1
        body = _Divider(self.source, lines, self.max_nesting, finds_notes=False).run()
        self.source.notes.append(NoteDefinition(label.strip(), span, tuple(body)))
        self.after_blank = True

    def take_comment(self) -> None:
        """Take a comment. Text after it on its last line is kept."""
        first = self.lines[self.index]
        search_from = first.text.find("<!--") + len("<!--")
        while self.index < len(self.lines):
            line = self.lines[self.index]
            end = line.text.find("-->", search_from)
            search_from = 0
            self.index += 1
            if end < 0:
                continue
            rest = line.text[end + len("-->") :].strip()
            if rest:
                offset = line.offset + line.text.rindex(rest)
                self.kept.append(SourceLine(line.number, rest, offset))
            return
        column = first.offset + first.text.index("<")
        span = self.source.span(first.number, column, len("<!--"))
        self.source.error(
            "D02", "the comment is never closed", span, "close it with `-->`"
        )

    def take_code(self, start: re.Match[str]) -> None:
        """Take fenced code, and keep a placeholder for it."""
        first = self.lines[self.index]
        prefix, fence = start["prefix"], start["fence"]
        quotes = prefix.count(">")
        # Markdown allows any number of spaces before each quotation mark.
        longest_prefix = len(prefix) + quotes
        closing_fence = re.compile(rf"{re.escape(fence[0])}{{{len(fence)},}}[ ]*$")
        code: list[str] = []
        is_closed = False
        self.index += 1
        while self.index < len(self.lines) and not is_closed:
            line = self.lines[self.index]
            if line.text.count(">", 0, longest_prefix) < quotes:
                break
            text = _without_prefix(line.text, prefix, quotes)
            is_closed = bool(closing_fence.match(text.lstrip(" ")))
            if not is_closed:
                code.append(text)
            self.index += 1
        if not is_closed:
            column = first.offset + len(prefix)
            span = self.source.span(first.number, column, len(fence))
            fix = f"close it with `{fence}`"
            self.source.error("D03", "the code is never closed", span, fix)
        language = _LANGUAGE.search(start["info"])
        name = language[0].lower() if language else ""
        placeholder = f"{CODE_OPEN}{len(self.source.codes)}{CODE_CLOSE}"
        self.source.codes.append(CodeBlock(first.number, name, "\n".join(code)))
        indent = prefix if quotes or len(prefix) >= TAB else ""
        blank = indent.rstrip()
        for text in (blank, f"{indent}{placeholder}", blank):
            self.kept.append(SourceLine(first.number, text))
        self.after_blank = True


def _ends_note(text: str) -> bool:
    """Return whether a line that is not indented begins something else than a note."""
    starts_block = text.lstrip(" ").startswith(("#", "<!--"))
    return starts_block or bool(_NOTE.match(text) or _FENCE.match(text))


def _indent(text: str) -> int:
    """Return the number of spaces at the start."""
    return len(text) - len(text.lstrip(" "))


def _indent_in_quote(prefix: str) -> int:
    """Return the number of spaces after the last quotation mark of a prefix."""
    return len(prefix.rpartition(">")[2])


def _without_prefix(text: str, prefix: str, quotes: int) -> str:
    """Return a line of code without the prefix of its fence."""
    for _ in range(quotes):
        text = text.lstrip(" ").removeprefix(">")
    return text[min(_indent_in_quote(prefix), _indent(text)) :]
