"""Problems are values: what is wrong, where, why it matters and how to mend it.

Nothing that reads or sets a brief stops at the first fault. It returns what it could make and the
problems that it met, so that one run tells an editor everything.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any


class Severity(StrEnum):
    """An error keeps the brief from being published; a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A place in a file of the project: lines and columns count from 1, in characters."""

    file: str  # relative to the project, with forward slashes
    line: int = 0  # 0: the file as a whole
    column: int = 0  # 0: the line as a whole
    length: int = 1

    def __str__(self) -> str:
        """Return `file:line:column`, as editors and terminals know how to open it."""
        return ":".join([self.file, *(str(n) for n in (self.line, self.column) if n)])


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. `problems.toml` says what each code means and why it matters."""

    code: str
    message: str
    span: Span | None = None
    fix: str = ""
    severity: Severity = Severity.ERROR
    about: str = (
        ""  # an id in the document (`note-3`, `b12`), until `placed` finds its line
    )
    brief: str = ""  # the slug of the brief that it keeps from being published

    @property
    def is_error(self) -> bool:
        """Whether it keeps the brief from being published."""
        return self.severity is Severity.ERROR

    def placed(self, file: str, places: Mapping[str, tuple[int, int]]) -> Problem:
        """Return the problem with the line of what it is about, where an edition only knew an id."""
        if self.span is not None:
            return self
        line, column = places.get(self.about, (0, 0))
        return replace(self, span=Span(file, line, column))

    def to_json(self) -> dict[str, Any]:
        """Return plain data, for `--json` and for the store."""
        span = self.span
        where = (
            {
                "file": span.file,
                "line": span.line,
                "column": span.column,
                "length": span.length,
            }
            if span
            else None
        )
        return {
            "code": self.code,
            "severity": self.severity.value,
            "message": self.message,
            "span": where,
            "fix": self.fix,
            "about": self.about,
            "brief": self.brief,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Problem:
        """Return the problem that `to_json` described."""
        span = Span(**data["span"]) if data["span"] else None
        severity = Severity(data["severity"])
        return cls(
            data["code"],
            data["message"],
            span,
            data["fix"],
            severity,
            data["about"],
            data["brief"],
        )


class BriefpressError(Exception):
    """Raised where there is nothing to return: it carries the problems that say why."""

    def __init__(self, *problems: Problem) -> None:
        """Keep the problems, and let `str()` tell the first."""
        super().__init__(problems[0].message if problems else "")
        self.problems = problems


# What a brief says is shown in a terminal, which obeys such characters: ESC ]0; renames its window.
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Return what `problems.toml` says of each code: `title`, `why`, `example`."""
    return tomllib.loads(Path(__file__).with_name("problems.toml").read_text("utf-8"))


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Return the problems by file and line, each once."""
    return sorted(set(problems), key=_sort_key)


def by_cause(problems: Iterable[Problem]) -> dict[Problem, list[str]]:
    """Return each problem once, in order, with the slugs of the briefs that it affects.

    An error in a theme is found once for each brief, but one message is enough.
    """
    briefs_by_cause: dict[Problem, list[str]] = {}
    for problem in in_order(problems):
        cause = replace(problem, brief="")
        briefs = briefs_by_cause.setdefault(cause, [])
        if problem.brief:
            briefs.append(problem.brief)
    return briefs_by_cause


def _sort_key(problem: Problem) -> tuple[Span, str, str, str]:
    return problem.span or Span(""), problem.code, problem.message, problem.brief


def report(problem: Problem, source: Callable[[str], str | None]) -> str:
    """Return a problem as an editor reads it in the terminal: place, line, caret, why and fix.

    `source` gives the text of a file of the project, or None when it cannot be shown.
    """
    lines = [f"{problem.severity}[{problem.code}]: {problem.message}"]
    if problem.span is not None:
        lines += [
            f"  --> {problem.span}",
            *_excerpt(problem.span, source(problem.span.file)),
        ]
    why = catalogue().get(problem.code, {}).get("why", "")
    lines += [f"  why: {why}"] if why else []
    lines += [f"  fix: {problem.fix}"] if problem.fix else []
    return "\n".join(CONTROL.sub("\ufffd", line) for line in lines)


def count_of(number: int, noun: str) -> str:
    """Return a number with its noun: "1 brief", "2 briefs"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _excerpt(span: Span, text: str | None) -> list[str]:
    """Return the line at fault with a caret below it; nothing for a whole file or a very long line."""
    rows = text.split("\n") if text is not None else []
    if not 0 < span.line <= len(rows) or len(rows[span.line - 1]) > 400:
        return []
    row = rows[span.line - 1].replace("\t", " ").rstrip("\r")
    number = str(span.line)
    margin = " " * len(number)
    out = [f" {margin} |", f" {number} | {row}"]
    if span.column:
        out.append(
            f" {margin} | {' ' * (span.column - 1)}{'^' * max(1, min(span.length, len(row) - span.column + 1))}"
        )
    return out
