"""Problems are values: what is wrong, where, why it matters and how to fix it.

Nothing that reads or renders a brief stops at the first error. It returns what it could
make and the problems that it found, so that one run reports them all.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

MAX_EXCERPT = 400  # characters: a longer line is not shown

# Text of a brief is shown in a terminal, which obeys such characters: ESC ]0; renames
# its window, and the others reverse the line.
CONTROL_CHARACTERS = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class Severity(StrEnum):
    """An error keeps the brief from being published; a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A place in a file of the project. Lines and columns count characters from 1."""

    file: str  # relative to the project, with forward slashes
    line: int = 0  # 0: the file as a whole
    column: int = 0  # 0: the line as a whole
    length: int = 1

    def __str__(self) -> str:
        """Return `file:line:column`, which editors and terminals can open."""
        place = self.file
        if self.line:
            place += f":{self.line}"
        if self.column:
            place += f":{self.column}"
        return place


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. `problems.toml` explains each code.

    `about` is an id in the document (`note-3`, `b12`), until `placed` finds its line.
    `brief` is the slug of the brief that is not published because of an error.
    """

    code: str
    message: str
    span: Span | None = None
    fix: str = ""
    severity: Severity = Severity.ERROR
    about: str = ""
    brief: str = ""

    @property
    def is_error(self) -> bool:
        """Whether the problem keeps its brief from being published."""
        return self.severity is Severity.ERROR

    def placed(self, file: str, places: Mapping[str, tuple[int, int]]) -> Problem:
        """Return the problem with the line of what it is about.

        `places` has line and column by id. An edition knows only ids.
        """
        if self.span is not None:
            return self
        line, column = places.get(self.about, (0, 0))
        span = Span(file, line, column)
        return replace(self, span=span)

    def to_json(self) -> dict[str, Any]:
        """Return plain data, for `--json` and for the store."""
        span = None
        if self.span is not None:
            span = asdict(self.span)
        return {
            "code": self.code,
            "severity": self.severity.value,
            "message": self.message,
            "span": span,
            "fix": self.fix,
            "about": self.about,
            "brief": self.brief,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Problem:
        """Return the problem that `to_json` described."""
        span = None
        if data["span"]:
            span = Span(**data["span"])
        return cls(
            code=data["code"],
            message=data["message"],
            span=span,
            fix=data["fix"],
            severity=Severity(data["severity"]),
            about=data["about"],
            brief=data["brief"],
        )


class BriefpressError(Exception):
    """Raised where there is nothing to return; it carries the problems."""

    def __init__(self, *problems: Problem) -> None:
        """Keep the problems; the message is that of the first."""
        super().__init__(problems[0].message if problems else "")
        self.problems = problems


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Return `title`, `why` and `example` of each code, from `problems.toml`."""
    file = Path(__file__).with_name("problems.toml")
    text = file.read_text("utf-8")
    return tomllib.loads(text)


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Return the problems by file and line, each once."""
    return sorted(set(problems), key=_sort_key)


def by_cause(problems: Iterable[Problem]) -> dict[Problem, list[str]]:
    """Return each problem once, in order, with the slugs of the briefs that it affects.

    An error in a theme is found once for each brief, but one message is enough.
    """
    briefs_by_cause: dict[Problem, list[str]] = {}
    for problem in in_order(problems):
        slug = problem.brief
        cause = replace(problem, brief="")
        briefs = briefs_by_cause.setdefault(cause, [])
        if slug:
            briefs.append(slug)
    return briefs_by_cause


def _sort_key(problem: Problem) -> tuple[Span, str, str, str]:
    """Return the sort key of problems: those without a place are first."""
    return (
        problem.span or Span(""),
        problem.code,
        problem.message,
        problem.brief,
    )


def format_problem(problem: Problem, source: Callable[[str], str | None]) -> str:
    """Return a problem as the terminal shows it: place, line, caret, why and fix.

    `source` returns the text of a file of the project, or None if it cannot be shown.
    """
    title = f"{problem.severity}[{problem.code}]: {problem.message}"
    lines = [title]
    span = problem.span
    if span is not None:
        text = source(span.file)
        lines.append(f"  --> {span}")
        lines += _excerpt(span, text)
    explanation = catalogue().get(problem.code)
    if explanation:
        why = explanation["why"]
        lines.append(f"  why: {why}")
    if problem.fix:
        lines.append(f"  fix: {problem.fix}")
    visible = [CONTROL_CHARACTERS.sub("\ufffd", line) for line in lines]
    return "\n".join(visible)


def count_of(number: int, noun: str) -> str:
    """Return a number with its noun: "1 brief", "2 briefs"."""
    if number != 1:
        noun += "s"
    return f"{number} {noun}"


def _excerpt(span: Span, text: str | None) -> list[str]:
    """Return the line of a problem and a caret below it.

    There is none for a file as a whole and for a very long line.
    """
    if text is None or span.line == 0:
        return []
    rows = text.split("\n")
    if span.line > len(rows):
        return []
    row = rows[span.line - 1]
    if len(row) > MAX_EXCERPT:
        return []
    row = row.replace("\t", " ").rstrip("\r")
    number = str(span.line)
    margin = " " * len(number)
    excerpt = [
        f" {margin} |",
        f" {number} | {row}",
    ]
    if span.column:
        before = span.column - 1
        rest_of_row = len(row) - before
        length = min(span.length, rest_of_row)
        indent = " " * before
        carets = "^" * max(1, length)
        excerpt.append(f" {margin} | {indent}{carets}")
    return excerpt
