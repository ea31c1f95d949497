"""A brief's text, divided before Markdown reads it.

Notes, fenced code, abbreviations and comments are found line by line, where their
positions are known. Fenced code leaves a placeholder in the text, a note nothing: so
Markdown never sees a `[^1]` that is code.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from briefpress.problems import Problem, Severity, Span

# Private characters. A brief cannot contain them: `strip_unprintable` removes them.
CODE_OPEN, CODE_CLOSE = "\ue000", "\ue001"  # around the number of a piece of code
# A paragraph between two quotations, which Markdown would join without it.
QUOTE_SEPARATOR = "\ue005"

TAB = 4
_INDENT = " " * TAB
MAX_LISTED = 4  # unprintable characters of a line that a message lists

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

    def without_start(self, length: int) -> SourceLine:
        """Return the line without its first characters."""
        return SourceLine(self.number, self.text[length:], self.offset + length)


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

    @property
    def first_line(self) -> int:
        """The number of the first line."""
        return next(iter(self.rows))

    @property
    def last_line(self) -> int:
        """The number of the last line."""
        return next(reversed(self.rows))

    def span(self, line: int, index: int = 0, length: int = 1) -> Span:
        """Return the span of a character in a line whose tabs have been expanded."""
        row = self.rows.get(line, "")
        start = _index_in_row(row, index)
        rest = len(row) - start
        visible_length = max(1, min(length, rest))
        return Span(self.file, line, start + 1, visible_length)

    def error(self, code: str, message: str, span: Span, fix: str = "") -> None:
        """Add an error."""
        self.problems.append(Problem(code, message, span, fix))


def scan_source(file: str, text: str, first_line: int, max_nesting: int) -> SourceText:
    """Return the text of a brief, divided. Its first line has the number `first_line`."""
    rows = dict(enumerate(split_lines(text), first_line))
    source = SourceText(file, rows)
    lines = [_printable_line(source, number) for number in rows]
    divider = _Divider(source, lines, max_nesting, finds_notes=True)
    source.flow = divider.run()
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
    if _UNPRINTABLE.search(row):
        _report_unprintable(source, number, row)
        row = strip_unprintable(row)
    text = row.expandtabs(TAB)
    if not text.strip():
        text = ""
    return SourceLine(number, text)


def _report_unprintable(source: SourceText, number: int, row: str) -> None:
    """Report the unprintable characters of a row."""
    characters = _UNPRINTABLE.findall(row)
    names = sorted({_character_name(character) for character in characters})
    noun = "characters" if len(names) > 1 else "a character"
    listed = ", ".join(names[:MAX_LISTED])
    message = f"{noun} that cannot be printed: {listed}"
    column = row.index(characters[0]) + 1
    span = Span(source.file, number, column)
    problem = Problem("D01", message, span, severity=Severity.WARNING)
    source.problems.append(problem)


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
        for line in self.remaining_lines():
            if not self.take_special(line):
                self.keep(line)
        return self.kept

    def take_special(self, line: SourceLine) -> bool:
        """Take what Markdown does not read. Return whether there was any."""
        note = _NOTE.match(line.text) if self.finds_notes else None
        if note:
            self.take_note(note)
            return True
        if _starts_comment(line.text):
            self.take_comment()
            return True
        abbreviation = _ABBREVIATION.match(line.text)
        if abbreviation:
            short = abbreviation[1].strip()
            self.source.abbreviations[short] = abbreviation[2].strip()
            self.index += 1
            return True
        fence = _FENCE.match(line.text)
        if fence and (self.in_list or _indent_in_quote(fence["prefix"]) < TAB):
            self.take_code(fence)
            return True
        return False

    def remaining_lines(self) -> Iterator[SourceLine]:
        """Yield the line at `index` until there is none. The caller advances it."""
        while self.index < len(self.lines):
            yield self.lines[self.index]

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
        match = _PREFIX.match(line.text)
        prefix = match[0] if match else ""
        levels = _LEVEL.findall(prefix)
        if not levels:
            return
        depth = len(levels) + prefix.count(" ") // TAB
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
        label = start[1]
        bracket = first.offset + first.text.index("[")
        length = len("[^") + len(label) + len("]")
        span = self.source.span(first.number, bracket, length)
        lines = [first.without_start(start.end()), *self.take_note_lines()]
        divider = _Divider(self.source, lines, self.max_nesting, finds_notes=False)
        body = tuple(divider.run())
        note = NoteDefinition(label.strip(), span, body)
        self.source.notes.append(note)
        self.after_blank = True

    def take_note_lines(self) -> list[SourceLine]:
        """Take the lines of a note after its first, without their indent."""
        lines: list[SourceLine] = []
        self.index += 1
        after_blank = False
        for line in self.remaining_lines():
            if line.text.startswith(_INDENT):
                lines.append(line.without_start(TAB))
            elif line.is_blank:
                lines.append(SourceLine(line.number, ""))
            elif after_blank or _ends_note(line.text):
                break
            else:
                lines.append(line)
            after_blank = line.is_blank
            self.index += 1
        return lines

    def take_comment(self) -> None:
        """Take a comment. Text after it on its last line is kept."""
        first = self.lines[self.index]
        start = first.text.index("<!--")
        search_from = start + len("<!--")
        for line in self.remaining_lines():
            end = line.text.find("-->", search_from)
            search_from = 0
            self.index += 1
            if end >= 0:
                self.keep_rest(line, end + len("-->"))
                return
        column = first.offset + start
        span = self.source.span(first.number, column, len("<!--"))
        message = "the comment is never closed"
        self.source.error("D02", message, span, "close it with `-->`")

    def keep_rest(self, line: SourceLine, start: int) -> None:
        """Keep the text of a line from an index, if there is any."""
        rest = line.text[start:].strip()
        if rest:
            offset = line.offset + line.text.rindex(rest)
            self.kept.append(SourceLine(line.number, rest, offset))

    def take_code(self, start: re.Match[str]) -> None:
        """Take fenced code, and keep a placeholder for it."""
        source = self.source
        first = self.lines[self.index]
        prefix = start["prefix"]
        code = self.take_code_lines(start)
        info = _LANGUAGE.search(start["info"])
        language = info[0].lower() if info else ""
        number = len(source.codes)
        source.codes.append(CodeBlock(first.number, language, "\n".join(code)))
        placeholder = f"{CODE_OPEN}{number}{CODE_CLOSE}"
        is_nested = ">" in prefix or len(prefix) >= TAB
        indent = prefix if is_nested else ""
        blank = indent.rstrip()
        for text in (blank, indent + placeholder, blank):
            self.kept.append(SourceLine(first.number, text))
        self.after_blank = True

    def take_code_lines(self, start: re.Match[str]) -> list[str]:
        """Take the lines of fenced code, and its closing fence."""
        first = self.lines[self.index]
        prefix, fence = start["prefix"], start["fence"]
        quotes = prefix.count(">")
        # Markdown allows a space more before each quotation mark.
        longest_prefix = len(prefix) + quotes
        closing_fence = re.compile(rf"{re.escape(fence[0])}{{{len(fence)},}}[ ]*$")
        code: list[str] = []
        self.index += 1
        for line in self.remaining_lines():
            if line.text.count(">", 0, longest_prefix) < quotes:
                break
            self.index += 1
            text = _without_prefix(line.text, prefix, quotes)
            if closing_fence.match(text.lstrip(" ")):
                return code
            code.append(text)
        column = first.offset + len(prefix)
        span = self.source.span(first.number, column, len(fence))
        fix = f"close it with `{fence}`"
        self.source.error("D03", "the code is never closed", span, fix)
        return code


def _starts_comment(text: str) -> bool:
    """Return whether a line begins with a comment, and is not code."""
    is_comment = text.lstrip(" ").startswith("<!--")
    return is_comment and not text.startswith(_INDENT)


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
    indent = min(_indent_in_quote(prefix), _indent(text))
    return text[indent:]
