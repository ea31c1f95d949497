"""A brief's text, divided by lines before Markdown sees it: the flow, the notes, the code, the abbreviations.

Working on lines, we know where everything stands, and code that holds `[^1]` is out of the way. What Markdown
never sees it cannot misread: fenced code leaves a placeholder behind, a note leaves nothing.
"""

from __future__ import annotations

import re

from briefpress.document.script import (
    APART,
    CODE_CLOSE,
    CODE_OPEN,
    Code,
    Definition,
    Line,
    Script,
)
from briefpress.problems import Problem, Severity, Span

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


def scan(file: str, text: str, first: int, nesting: int) -> Script:
    """Return the text divided. `first` is the number in the file of the text's first line."""
    rows = dict(
        enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), first)
    )
    script = Script(file, rows)
    lines = [
        Line(n, text if text.strip() else "")
        for n in rows
        for text in [_fit(script, n).expandtabs(4)]
    ]
    _Scanner(script, lines, nesting).run()
    return script


def fit(text: str) -> str:
    """Return text without the characters that no edition can hold."""
    return _UNFIT.sub("", text)


def _fit(script: Script, number: int) -> str:
    """Return the line without the characters that no edition can hold."""
    row = script.rows[number]
    if found := _UNFIT.search(row):
        names = sorted({f"U+{ord(character):04X}" for character in _UNFIT.findall(row)})
        message = f"{'characters' if names[1:] else 'a character'} that cannot be printed: {', '.join(names[:4])}"
        span = Span(script.file, number, found.start() + 1)
        script.problems.append(Problem("D01", message, span, severity=Severity.WARNING))
        row = _UNFIT.sub("", row)
    return row


class _Scanner:
    """Walks over the lines once."""

    def __init__(self, script: Script, lines: list[Line], nesting: int) -> None:
        self.script, self.lines, self.nesting = script, lines, nesting

    def run(self) -> None:
        """Divide all lines."""
        self.script.flow = self.divide(self.lines, notes=True)

    def divide(self, lines: list[Line], *, notes: bool) -> list[Line]:
        """Return the lines that Markdown is to read; notes are only found at the outermost level."""
        out: list[Line] = []
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
                self.script.abbreviations[match[1].strip()] = match[2].strip()
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
                        Line(line.number, f"{quote[1]}{APART}"),
                        Line(line.number, ""),
                    ]
                quoted = bool(quote)
                hanging = bool(_ITEM.match(line.text)) or (
                    hanging and (not blank or line.text.startswith(" "))
                )
            blank = not line.text.strip()
            out.append(line)
            at += 1
        return out

    def note(self, lines: list[Line], at: int, match: re.Match[str]) -> int:
        """Keep a note's definition, and return where the text goes on."""
        first = lines[at]
        body = [
            Line(first.number, first.text[match.end() :], first.offset + match.end())
        ]
        span = self.script.span(
            first.number, first.offset + first.text.index("["), len(match[1]) + 3
        )
        at += 1
        blank = False
        while at < len(lines):
            text = lines[at].text
            if text.startswith("    "):
                body.append(Line(lines[at].number, text[4:], lines[at].offset + 4))
            elif not text.strip():
                body.append(Line(lines[at].number, "", 0))
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
        self.script.notes.append(
            Definition(match[1].strip(), span, tuple(self.divide(body, notes=False)))
        )
        return at

    def comment(self, lines: list[Line], at: int, out: list[Line]) -> int:
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
                        Line(
                            lines[at].number,
                            rest.strip(),
                            lines[at].offset + lines[at].text.rindex(rest.strip()),
                        )
                    )
                return at + 1
            at += 1
        span = self.script.span(first.number, first.offset + first.text.index("<"), 4)
        self.script.problems.append(
            Problem("D02", "the comment is never closed", span, "close it with `-->`")
        )
        return at

    def fence(
        self, lines: list[Line], at: int, match: re.Match[str], out: list[Line]
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
            span = self.script.span(
                first.number, first.offset + len(prefix), len(match["fence"])
            )
            self.script.problems.append(
                Problem(
                    "D03",
                    "the code is never closed",
                    span,
                    f"close it with `{match['fence']}`",
                )
            )
        language = _INFO.search(match["info"])
        self.script.codes.append(
            Code(first.number, language[0].lower() if language else "", "\n".join(code))
        )
        indent = prefix if quotes or len(prefix) >= 4 else ""
        mark = f"{indent}{CODE_OPEN}{len(self.script.codes) - 1}{CODE_CLOSE}"
        out += [
            Line(first.number, text)
            for text in (indent.rstrip(), mark, indent.rstrip())
        ]
        return at

    def measure(self, line: Line) -> None:
        """Say so when lists and quotes stand too deep in one another; Markdown would overflow its stack on them."""
        lead = _LEAD.match(line.text)
        marks = _LEVEL.findall(lead[0]) if lead else []
        depth = len(marks) + (lead[0].count(" ") // 4 if lead and marks else 0)
        if depth > self.nesting:
            message = f"lists and quotes stand {depth} deep in one another, and {self.nesting} is the limit"
            self.script.problems.append(
                Problem("D05", message, self.script.span(line.number, line.offset))
            )


def _without(text: str, prefix: str, quotes: int) -> str:
    """Return a line of code without the quote signs and the spaces that stand before the fence."""
    for _ in range(quotes):
        text = text.lstrip(" ").removeprefix(">")
    indent = len(prefix.rpartition(">")[2])
    return text[min(indent, len(text) - len(text.lstrip(" "))) :]
