"""The result of a build, and the lines that summarise it for an editor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from briefpress.problems import Problem, count_of, group_by_cause

Names: TypeAlias = tuple[str, ...]

EDITION_NAMES = {
    "html": "web page",
    "pdf": "PDF",
    "epub": "EPUB",
}


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build made and published, and what is wrong in the project."""

    problems: tuple[Problem, ...] = ()
    failed_briefs: Names = ()  # slugs of briefs that were not published
    skipped_books: Names = ()  # collections whose EPUBs were not made
    kept_books: Names = ()  # skipped, and published by an earlier build
    written: Names = ()  # files in the output folder
    removed: Names = ()
    editions: Mapping[str, int] = field(default_factory=dict)  # "pdf" to their number
    steps_run: int = 0
    steps_total: int = 0
    seconds: float = 0.0
    reasons: tuple[str, ...] = ()  # one line for each step that ran
    audits: Mapping[str, Mapping[str, object]] = field(default_factory=dict)  # by slug
    tracebacks: tuple[str, ...] = ()  # of bugs in briefpress
    states: tuple[str, ...] = ()  # a line for each state of briefs: held, unreleased
    keep_going: bool = False  # EPUBs were to be made without the briefs that failed

    def summary(self) -> str:
        """Return one line: the editions, the files that changed, the steps that ran."""
        counts = []
        for kind, number in self.editions.items():
            name = EDITION_NAMES[kind]
            counts.append(count_of(number, name))
        editions = ", ".join(counts)
        changes = self._changes()
        steps = f"{self.steps_run} of {self.steps_total} steps run"
        return f"{editions}: {changes}; {steps} in {self.seconds:.1f} s"

    def closing_lines(self, *, quiet: bool = False) -> list[str]:
        """Return the last lines of a build: what is missing, and what to do next.

        Quiet lines are about problems only.
        """
        has_errors = any(problem.is_error for problem in self.problems)
        states = self.states if has_errors or not quiet else ()
        lines = [*states, *map(self._skipped_book, self.skipped_books)]
        groups = group_by_cause(self.problems)
        errors = [group.first for group in groups if group.first.is_error]
        if errors:
            counts = self._error_counts(errors)
            fix = _what_to_fix(errors)
            lines.append(f"{counts}: {fix}")
        elif groups:
            warnings = count_of(len(groups), "warning")
            lines.append(f"{warnings}: `--explain-warnings` says how to fix them")
        return lines

    def to_json(self) -> dict[str, object]:
        """Return plain data, for `--json`. docs/commands.md describes the keys."""
        problems = [group.to_json() for group in group_by_cause(self.problems)]
        steps = {"run": self.steps_run, "all": self.steps_total}
        return {
            "problems": problems,
            "failed": self.failed_briefs,
            "held": self.skipped_books,
            "written": self.written,
            "removed": self.removed,
            "made": dict(self.editions),
            "steps": steps,
            "reasons": self.reasons,
            "audits": dict(self.audits),
            "states": self.states,
        }

    def _changes(self) -> str:
        """Return what happened to the files in the output folder."""
        changes = []
        if self.written:
            written = count_of(len(self.written), "file")
            changes.append(f"{written} written")
        if self.removed:
            removed = count_of(len(self.removed), "file")
            changes.append(f"{removed} removed")
        if changes:
            return ", ".join(changes)
        has_editions = any(self.editions.values())
        return "all files unchanged" if has_editions else "nothing written"

    def _skipped_book(self, key: str) -> str:
        """Return why the EPUB of a collection was not made, and what readers have."""
        state = "not published"
        if key in self.kept_books:
            state = "unchanged, from an earlier build"
        reason = (
            "a brief in it, or its theme, has errors"
            " (--keep-going leaves out briefs with errors)"
        )
        if self.keep_going:
            reason = "its theme has errors, or all of its briefs do"
        return f"epub/{key}.epub {state}: {reason}"

    def _error_counts(self, errors: Sequence[Problem]) -> str:
        """Return how many briefs failed, and how many errors there are in how many files."""
        counts = count_of(len(errors), "error")
        files = {problem.span.file for problem in errors if problem.span}
        if files:
            in_files = count_of(len(files), "file")
            counts = f"{counts} in {in_files}"
        if not self.failed_briefs:
            return counts
        briefs = count_of(len(self.failed_briefs), "brief")
        return f"{briefs} not published, {counts}"


def _what_to_fix(errors: Sequence[Problem]) -> str:
    """Return the first error that has a place in a file; otherwise the first."""
    for problem in errors:
        if problem.span:
            return f"fix {problem.span}: {problem.message}"
    return errors[0].message
