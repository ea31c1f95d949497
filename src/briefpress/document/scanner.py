"""A brief's text, divided by lines before Markdown sees it: the flow, the notes, the code, the abbreviations.

Working on lines, we know where everything stands, and code that holds `[^1]` is out of the way. What Markdown
never sees it cannot misread: fenced code leaves a placeholder behind, a note leaves nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from briefpress.problems import Problem, Severity, Span

CODE_OPEN, CODE_CLOSE = (
    "\ue000",
    "\ue001",
)  # around the number of a piece of fenced code
APART = "\ue005"  # a paragraph between two quotations, which Markdown would otherwise make one


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line of the brief: `offset` characters of it were taken away before `text`."""

    number: int  # in the file
    text: str
    offset: int = 0


@dataclass(frozen=True, slots=True)
class NoteDefinition:
    """A note as it is written: what Markdown will make the note's body of."""

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
    """A brief's text divided."""

    file: str
    rows: dict[int, str]  # every line as it stands in the file, by number
    flow: list[SourceLine] = field(default_factory=list)
    notes: list[NoteDefinition] = field(default_factory=list)
    codes: list[CodeBlock] = field(default_factory=list)
    abbreviations: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def span(self, line: int, index: int = 0, length: int = 1) -> Span:
        """Return the place of a character of a line whose tabs have been expanded."""
        row, column, width = self.rows.get(line, ""), 0, 0
        if "\t" not in row:
            column = width = min(index, len(row))
        while column < len(row) and width < index:
            width += 4 - width % 4 if row[column] == "\t" else 1
            column += 1
        return Span(self.file, line, column + 1, max(1, min(length, len(row) - column)))


_UNFIT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef\ufeff\ufff9-\ufffc\ufffe\uffff"
    + "".join(
        f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}"
        for plane in range(1, 15)
    )
    + "\U000f0000-\U0010ffff]"
)
_NOTE = re.compile(r" {0,3}\[\^([^\]\n]+)\]:[ ]*")
_ABBREVIATION = re.compile(r" {0,3}\*\[([^\]\n]+)\][ ]?:[ ]*(.*)")
_FENCE = re.compile(r"(?P<prefix>[ >]*)(?P<fence>`{3,}|~{3,})(?P<info>[^`]*)$")
_ITEM = re.compile(r"[ >]*(?:[-*+]|\d+\.)[ ]+\S| {0,3}:[ ]")
_LEAD = re.compile(r"(?:[ ]|>|[-*+](?=[ ])|\d+\.(?=[ ]))*")
_LEVEL = re.compile(r">|[-*+]|\d+\.")
_QUOTE = re.compile(r"([ ]*)>")
_INFO = re.compile(r"[\w#+-][\w#+.-]*")


def scan_source(file: str, text: str, first: int, nesting: int) -> SourceText:
    """Return the text divided. `first` is the number in the file of the text's first line."""
    rows = dict(
        enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), first)
    )
    source = SourceText(file, rows)
    lines = [
        SourceLine(n, text if text.strip() else "")
        for n in rows
        for text in [_fit(source, n).expandtabs(4)]
    ]
    _Scanner(source, lines, nesting).run()
    return source


def strip_unprintable(text: str) -> str:
    """Return text without the characters that no edition can hold."""
    return _UNFIT.sub("", text)


def _fit(source: SourceText, number: int) -> str:
    """Return the line without the characters that no edition can hold."""
    row = source.rows[number]
    if found := _UNFIT.search(row):
        names = sorted({f"U+{ord(character):04X}" for character in _UNFIT.findall(row)})
        message = f"{'characters' if names[1:] else 'a character'} that cannot be printed: {', '.join(names[:4])}"
        span = Span(source.file, number, found.start() + 1)
        source.problems.append(Problem("D01", message, span, severity=Severity.WARNING))
        row = _UNFIT.sub("", row)
    return row


class _Scanner:
    """Walks over the lines once."""

    def __init__(
        self, source: SourceText, lines: list[SourceLine], nesting: int
    ) -> None:
        self.source, self.lines, self.nesting = source, lines, nesting

    def run(self) -> None:
        """Divide all lines."""
        self.source.flow = self.divide(self.lines, notes=True)

    def divide(self, lines: list[SourceLine], *, notes: bool) -> list[SourceLine]:
        """Return the lines that Markdown is to read; notes are only found at the outermost level."""
        out: list[SourceLine] = []
        at, hanging, blank, quoted = 0, False, True, False
        while at < len(lines):
            line = lines[at]
            if notes and (match := _NOTE.match(line.text)):
                at = self.note(lines, at, match)
                blank = True
                continue
            if line.text.lstrip(" ").startswith("<!--") and not line.text.startswith(
                "    "
            ):
                at = self.comment(lines, at, out)
                continue
            if match := _ABBREVIATION.match(line.text):
                self.source.abbreviations[match[1].strip()] = match[2].strip()
                at += 1
                continue
            if (match := _FENCE.match(line.text)) and (
                hanging or len(match["prefix"].rpartition(">")[2]) < 4
            ):
                at = self.fence(lines, at, match, out)
                blank = True
                continue
            if line.text.strip():
                self.measure(line)
                quote = _QUOTE.match(line.text)
                if quote and quoted and blank:
                    out += [
                        SourceLine(line.number, f"{quote[1]}{APART}"),
                        SourceLine(line.number, ""),
                    ]
                quoted = bool(quote)
                hanging = bool(_ITEM.match(line.text)) or (
                    hanging and (not blank or line.text.startswith(" "))
                )
            blank = not line.text.strip()
            out.append(line)
            at += 1
        return out

    def note(self, lines: list[SourceLine], at: int, match: re.Match[str]) -> int:
        """Keep a note's definition, and return where the text goes on."""
        first = lines[at]
        body = [
            SourceLine(
                first.number, first.text[match.end() :], first.offset + match.end()
            )
        ]
        span = self.source.span(
            first.number, first.offset + first.text.index("["), len(match[1]) + 3
        )
        at += 1
        blank = False
        while at < len(lines):
            text = lines[at].text
            if text.startswith("    "):
                body.append(
                    SourceLine(lines[at].number, text[4:], lines[at].offset + 4)
                )
            elif not text.strip():
                body.append(SourceLine(lines[at].number, "", 0))
            elif (
                blank
                or _NOTE.match(text)
                or _FENCE.match(text)
                or text.lstrip(" ").startswith(("#", "<!--"))
            ):
                break
            else:
                body.append(lines[at])
            blank = not text.strip()
            at += 1
        self.source.notes.append(
            NoteDefinition(
                match[1].strip(), span, tuple(self.divide(body, notes=False))
            )
        )
        return at

    def comment(self, lines: list[SourceLine], at: int, out: list[SourceLine]) -> int:
        """Leave a comment out, and return where the text goes on."""
        first, start = lines[at], at
        while at < len(lines):
            end = lines[at].text.find(
                "-->", lines[at].text.find("<!--") + 4 if at == start else 0
            )
            if end >= 0:
                rest = lines[at].text[end + 3 :]
                if rest.strip():
                    out.append(
                        SourceLine(
                            lines[at].number,
                            rest.strip(),
                            lines[at].offset + lines[at].text.rindex(rest.strip()),
                        )
                    )
                return at + 1
            at += 1
        span = self.source.span(first.number, first.offset + first.text.index("<"), 4)
        self.source.problems.append(
            Problem("D02", "the comment is never closed", span, "close it with `-->`")
        )
        return at

    def fence(
        self,
        lines: list[SourceLine],
        at: int,
        match: re.Match[str],
        out: list[SourceLine],
    ) -> int:
        """Keep fenced code, leave a placeholder for it, and return where the text goes on."""
        first, prefix, quotes = lines[at], match["prefix"], match["prefix"].count(">")
        close = re.compile(
            rf"{re.escape(match['fence'][0])}{{{len(match['fence'])},}}[ ]*$"
        )
        code, closed = [], False
        at += 1
        while (
            at < len(lines)
            and not closed
            and lines[at].text.count(">", 0, len(prefix) + quotes) >= quotes
        ):
            text = _without(lines[at].text, prefix, quotes)
            closed = bool(close.match(text.lstrip(" ")))
            code += [] if closed else [text]
            at += 1
        if not closed:
            span = self.source.span(
                first.number, first.offset + len(prefix), len(match["fence"])
            )
            self.source.problems.append(
                Problem(
                    "D03",
                    "the code is never closed",
                    span,
                    f"close it with `{match['fence']}`",
                )
            )
        language = _INFO.search(match["info"])
        self.source.codes.append(
            CodeBlock(
                first.number, language[0].lower() if language else "", "\n".join(code)
            )
        )
        indent = prefix if quotes or len(prefix) >= 4 else ""
        mark = f"{indent}{CODE_OPEN}{len(self.source.codes) - 1}{CODE_CLOSE}"
        out += [
            SourceLine(first.number, text)
            for text in (indent.rstrip(), mark, indent.rstrip())
        ]
        return at

    def measure(self, line: SourceLine) -> None:
        """Say so when lists and quotes stand too deep in one another; Markdown would overflow its stack on them."""
        lead = _LEAD.match(line.text)
        marks = _LEVEL.findall(lead[0]) if lead else []
        depth = len(marks) + (lead[0].count(" ") // 4 if lead and marks else 0)
        if depth > self.nesting:
            message = f"lists and quotes stand {depth} deep in one another, and {self.nesting} is the limit"
            self.source.problems.append(
                Problem("D05", message, self.source.span(line.number, line.offset))
            )


def _without(text: str, prefix: str, quotes: int) -> str:
    """Return a line of code without the quote signs and the spaces that stand before the fence."""
    for _ in range(quotes):
        text = text.lstrip(" ").removeprefix(">")
    indent = len(prefix.rpartition(">")[2])
    return text[min(indent, len(text) - len(text.lstrip(" "))) :]
