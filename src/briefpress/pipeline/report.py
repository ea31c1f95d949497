"""The result of a build, and the lines that summarise it for an editor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from briefpress.problems import Problem, by_cause, count_of, in_order

EDITION_NAMES = {"html": "web page", "pdf": "PDF", "epub": "EPUB"}


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build made and published, and what is wrong in the project."""

    problems: tuple[Problem, ...] = ()
    failed_briefs: tuple[str, ...] = ()  # slugs of briefs that were not published
    skipped_books: tuple[str, ...] = ()  # collections whose EPUBs were not made
    kept_books: tuple[str, ...] = ()  # skipped, and published by an earlier build
    written: tuple[str, ...] = ()  # files in the output folder
    removed: tuple[str, ...] = ()
    editions: Mapping[str, int] = field(default_factory=dict)  # "pdf" to their number
    steps_run: int = 0
    steps_total: int = 0
    seconds: float = 0.0
    reasons: tuple[str, ...] = ()  # one line for each step that ran
    audits: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # by slug
    tracebacks: tuple[str, ...] = ()  # of bugs in briefpress
    keep_going: bool = False  # EPUBs were to be made without the briefs that failed

    def summary(self) -> str:
        """Return one line: the editions, the files that changed, the steps that ran."""
        editions = ", ".join(
            count_of(number, EDITION_NAMES[kind])
            for kind, number in self.editions.items()
        )
        steps = f"{self.steps_run} of {self.steps_total} steps run"
        return f"{editions}: {self._changes()}; {steps} in {self.seconds:.1f} s"

    def closing_lines(self) -> list[str]:
        """Return the last lines of a build with errors: what is missing, what to fix."""
        lines = [self._skipped_book(key) for key in self.skipped_books]
        errors = [problem for problem in by_cause(self.problems) if problem.is_error]
        if errors:
            lines.append(f"{self._error_counts(errors)}: {_what_to_fix(errors)}")
        return lines

    def to_json(self) -> dict[str, Any]:
        """Return plain data, for `--json`. docs/commands.md describes the keys."""
        return {
            "problems": [problem.to_json() for problem in in_order(self.problems)],
            "failed": self.failed_briefs,
            "held": self.skipped_books,
            "written": self.written,
            "removed": self.removed,
            "made": dict(self.editions),
            "steps": {"run": self.steps_run, "all": self.steps_total},
            "reasons": self.reasons,
            "audits": dict(self.audits),
        }

    def _changes(self) -> str:
        """Return what happened to the files in the output folder."""
        changes = []
        if self.written:
            changes.append(f"{count_of(len(self.written), 'file')} written")
        if self.removed:
            changes.append(f"{count_of(len(self.removed), 'file')} removed")
        if changes:
            return ", ".join(changes)
        has_editions = any(self.editions.values())
        return "all files unchanged" if has_editions else "nothing written"

    def _skipped_book(self, key: str) -> str:
        """Return why the EPUB of a collection was not made, and what readers have."""
        is_kept = key in self.kept_books
        state = "unchanged, from an earlier build" if is_kept else "not published"
        if self.keep_going:
            reason = "all of its briefs, or its theme, have errors"
        else:
            reason = "a brief in it, or its theme, has errors"
            reason += " (--keep-going leaves out briefs with errors)"
        return f"epub/{key}.epub {state}: {reason}"

    def _error_counts(self, errors: Sequence[Problem]) -> str:
        """Return how many briefs failed, and how many errors there are in how many files."""
        counts = count_of(len(errors), "error")
        files = {problem.span.file for problem in errors if problem.span}
        if files:
            counts += f" in {count_of(len(files), 'file')}"
        if not self.failed_briefs:
            return counts
        return f"{count_of(len(self.failed_briefs), 'brief')} not published, {counts}"


def _what_to_fix(errors: Sequence[Problem]) -> str:
    """Return the first error that has a place in a file; otherwise the first."""
    for problem in errors:
        if problem.span:
            return f"fix {problem.span}: {problem.message}"
    return errors[0].message
