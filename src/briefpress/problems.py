"""Problems are values: what is wrong, where, why it matters and how to fix it.

Nothing that reads or renders a brief stops at the first error. It returns what it could
make and the problems that it found, so that one run reports them all.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

MAX_EXCERPT = 400  # characters: a longer line is not shown

# Text of a brief is shown in a terminal, which obeys such characters: ESC ]0; renames
# its window, and the others reverse the line.
CONTROL_CHARACTERS = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class Severity(StrEnum):
    """An error keeps the brief from being published; a warning does not.

    Advice is about taste: not even `--strict` makes an error of it.
    """

    ERROR = "error"
    WARNING = "warning"
    ADVICE = "advice"


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
    `brief` is the slug of the brief that is not published because of an error. `count`
    is more than 1 for places that were counted and not kept.
    """

    code: str
    message: str
    span: Span | None = None
    fix: str = ""
    severity: Severity = Severity.ERROR
    about: str = ""
    brief: str = ""
    count: int = 1

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
            "count": self.count,
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
            count=data["count"],
        )


class BriefpressError(Exception):
    """Raised where there is nothing to return; it carries the problems."""

    def __init__(self, *problems: Problem) -> None:
        """Keep the problems; the message is that of the first."""
        super().__init__(problems[0].message if problems else "")
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Explanation:
    """What `problems.toml` says of a code."""

    title: str
    why: str
    example: str
    severity: Severity = Severity.ERROR

    @property
    def can_change(self) -> bool:
        """Whether `[checks]` in press.toml can change the severity.

        Errors guard notes, paths, parsing, limits and the audit: they stay errors.
        """
        return self.severity is not Severity.ERROR


@cache
def catalogue() -> dict[str, Explanation]:
    """Return the explanation of each code, from `problems.toml`."""
    file = Path(__file__).with_name("problems.toml")
    text = file.read_text("utf-8")
    explanations = {}
    for code, entry in tomllib.loads(text).items():
        severity = Severity(entry.pop("severity", Severity.ERROR))
        explanations[code] = Explanation(**entry, severity=severity)
    return explanations


OFF = "off"
LEVELS = (Severity.ERROR, Severity.WARNING, OFF)


@dataclass(frozen=True, slots=True)
class CheckSettings:
    """How serious warnings are: `[checks]` in press.toml, and `--strict`."""

    levels: Mapping[str, str] = field(default_factory=dict)  # by code
    is_strict: bool = False  # warnings are errors

    def apply(self, problems: Iterable[Problem]) -> tuple[Problem, ...]:
        """Return the problems with the severity that they have in this build."""
        applied = []
        for problem in problems:
            level = self._level(problem)
            if level != OFF:
                applied.append(replace(problem, severity=Severity(level)))
        return tuple(applied)

    def has_error(self, problems: Iterable[Problem]) -> bool:
        """Return whether one of the problems is an error in this build."""
        return any(problem.is_error for problem in self.apply(problems))

    def _level(self, problem: Problem) -> str:
        """Return the severity of a problem, or "off"."""
        if problem.is_error:
            return problem.severity
        level = self.levels.get(problem.code, problem.severity)
        if self.is_strict and level == Severity.WARNING:
            return Severity.ERROR
        return level


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Return the problems by file and line, each once."""
    return sorted(set(problems), key=_sort_key)


@dataclass(frozen=True, slots=True)
class ProblemGroup:
    """Problems with one cause, which are one message."""

    first: Problem  # of the first place
    places: tuple[Span, ...]  # in order; not those that were only counted
    briefs: tuple[str, ...]  # slugs of the briefs that it affects
    count: int  # of all places
    is_same: bool  # whether all have the message of the first
    others: tuple[Problem, ...] = ()  # after the first, except those only counted

    def to_json(self) -> dict[str, Any]:
        """Return plain data, for `--json`."""
        data = self.first.to_json()
        data["count"] = self.count
        data["places"] = [asdict(place) for place in self.places]
        data["briefs"] = list(self.briefs)
        return data


# Warnings with several causes in one file: each script without a font is one.
GROUPED_BY_MESSAGE = frozenset({"P05"})
# Likewise, but what a message quotes differs from place to place: each kind of markup is
# one cause.
GROUPED_BY_WORDS = frozenset({"D10"})
_QUOTED = re.compile(r"`.*`", re.DOTALL)  # from the first sign to the last


def words_of_cause(problem: Problem) -> str:
    """Return the words that tell the causes of one code apart, or nothing."""
    if problem.code not in GROUPED_BY_WORDS:
        return ""
    return _QUOTED.sub("", problem.message)


def group_by_cause(problems: Iterable[Problem]) -> list[ProblemGroup]:
    """Return the problems by cause, in the order of their first places.

    The warnings of one code in one file are one group, but each kind of markup that is
    printed as typed is its own. Errors are one if they have the same message there: two
    calls without a note are two errors. An error in a theme is
    found once for each brief, and is one group too.
    """
    groups: dict[tuple[str, ...], list[Problem]] = {}
    for problem in in_order(problems):
        groups.setdefault(_cause(problem), []).append(problem)
    return [_group(members) for members in groups.values()]


def _cause(problem: Problem) -> tuple[str, ...]:
    """Return what problems of one group have in common."""
    file = problem.span.file if problem.span else ""
    cause = [problem.severity, problem.code, file, words_of_cause(problem)]
    is_own_cause = problem.is_error or problem.code in GROUPED_BY_MESSAGE
    if is_own_cause or not file:
        cause += [problem.message, problem.fix]
    return tuple(cause)


def _group(members: Sequence[Problem]) -> ProblemGroup:
    """Return the group of problems that are in order."""
    placed = [each for each in members if each.span is None or each.span.line]
    counted_alone = [problem for problem in placed if problem.count == 1]
    first = (counted_alone or members)[0]
    places: dict[tuple[Span, str], int] = {}
    for problem in members:
        if problem.span is not None:
            places[problem.span, problem.message] = problem.count
    briefs = dict.fromkeys(problem.brief for problem in members if problem.brief)
    messages = {problem.message for problem in counted_alone}
    return ProblemGroup(
        first=first,
        places=tuple(span for span, _ in places if span.line),
        briefs=tuple(briefs),
        count=sum(places.values()) or 1,
        is_same=len(messages) <= 1,
        others=tuple(each for each in counted_alone if each is not first),
    )


def _sort_key(problem: Problem) -> tuple[Span, str, str, str]:
    """Return the sort key of problems: those without a place are first."""
    return (
        problem.span or Span(""),
        problem.code,
        problem.message,
        problem.brief,
    )


MAX_PLACES = 4  # that a message lists
MAX_QUOTED = 40  # letters that it quotes for each
_FIRST_QUOTED = re.compile(r"`[^`]+`")


def format_group(
    group: ProblemGroup,
    source: Callable[[str], str | None],
    *,
    explain: bool,
    show_all: bool = False,
) -> str:
    """Return a message as the terminal shows it.

    Explained, it has place, line, caret, why and fix; otherwise it is one line.
    `source` returns the text of a file of the project, or None if it cannot be shown.
    """
    first = group.first
    span = first.span
    title = f"{first.severity}[{first.code}]"
    if not explain:
        if span is not None:
            title += f" {_short_place(span)}"
        lines = [f"{title}: {first.message}{_more_places(group)}"]
    else:
        lines = [f"{title}: {first.message}{_more_places(group)}"]
        lines += _explanation(first, source)
    if show_all and group.count > 1:
        lines += [f"  at {place}" for place in group.places]
    visible = [CONTROL_CHARACTERS.sub("\ufffd", line) for line in lines]
    return "\n".join(visible)


def _short_place(span: Span) -> str:
    """Return `file:line`."""
    return f"{span.file}:{span.line}" if span.line else span.file


def _more_places(group: ProblemGroup) -> str:
    """Return "(12 places: 41, 88, 97, …)", or nothing for one place."""
    if group.count == 1:
        return ""
    if group.is_same:
        lines = dict.fromkeys(str(place.line) for place in group.places)
        return f" ({group.count:,} places{_listed(lines, MAX_PLACES, group)})"
    others = dict.fromkeys(map(_line_and_quote, group.others))
    listed = _listed(others, MAX_PLACES - 1, group)
    return f" (and {group.count - 1:,} more of this kind{listed})"


def _listed(places: Iterable[str], limit: int, group: ProblemGroup) -> str:
    """Return ": 41, 88, …", or nothing if no place is known."""
    known = list(places)
    shown = known[:limit]
    if len(shown) < len(known) or group.count > len(group.places):
        shown.append("…")
    return f": {', '.join(shown)}" if shown else ""


def _line_and_quote(problem: Problem) -> str:
    """Return "41", or "41 `#costs`" if the message quotes something."""
    line = str(problem.span.line) if problem.span else ""
    quoted = _FIRST_QUOTED.search(problem.message)
    if quoted is None or len(quoted[0]) > MAX_QUOTED:
        return line
    return f"{line} {quoted[0]}".strip()


def _explanation(problem: Problem, source: Callable[[str], str | None]) -> list[str]:
    """Return the lines below a title: place, excerpt, why and fix."""
    lines = []
    span = problem.span
    if span is not None:
        text = source(span.file)
        lines.append(f"  --> {span}")
        lines += _excerpt(span, text)
    explanation = catalogue().get(problem.code)
    if explanation:
        lines.append(f"  why: {explanation.why}")
    if problem.fix:
        lines.append(f"  fix: {problem.fix}")
    return lines


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
