"""What a build tells when it is over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from briefpress.problems import Problem, in_order


@dataclass(frozen=True, slots=True)
class Report:
    """What was made, what was published, what was refused and why."""

    problems: tuple[Problem, ...] = ()
    failed: tuple[str, ...] = ()  # slugs of briefs that were not published
    held: tuple[str, ...] = ()  # collections whose books were left as they were
    written: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    made: Mapping[str, int] = field(
        default_factory=dict
    )  # "pdf" to how many this order asked for and got
    ran: int = 0
    steps: int = 0
    seconds: float = 0.0
    reasons: tuple[str, ...] = ()  # one line for each step that ran
    audits: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    tracebacks: tuple[str, ...] = ()

    def summary(self) -> str:
        """Return one line: how much there is, and how much of it is new."""
        names = {"html": "web page", "pdf": "PDF", "epub": "EPUB"}
        parts = [
            f"{count} {names[kind]}{'s' * (count != 1)}"
            for kind, count in self.made.items()
        ]
        change = (
            f"{len(self.written)} files written"
            if self.written
            else "all files as they were"
        )
        gone = f", {len(self.removed)} removed" if self.removed else ""
        return f"{', '.join(parts)}: {change}{gone}; {self.ran} of {self.steps} steps run in {self.seconds:.1f} s"

    def mend(self) -> list[str]:
        """Return the last lines of a build that refused something: what to mend, and where."""
        lines = [
            f"held    epub/{key}.epub: left as it was, for a brief or its theme is wrong (--keep-going binds the rest)"
            for key in self.held
        ]
        errors = [problem for problem in in_order(self.problems) if problem.is_error]
        if errors:
            first = errors[0]
            more = f", and {len(errors) - 1} more" if len(errors) > 1 else ""
            what = (
                f"{len(self.failed)} brief{'s' * (len(self.failed) != 1)} not published: "
                if self.failed
                else ""
            )
            lines.append(
                f"{what}mend {first.span or first.brief or 'the project'}: {first.message}{more}"
            )
        return lines

    def to_json(self) -> dict[str, Any]:
        """Return plain data, for `--json`."""
        return {
            "problems": [problem.to_json() for problem in in_order(self.problems)],
            "failed": self.failed,
            "held": self.held,
            "written": self.written,
            "removed": self.removed,
            "made": dict(self.made),
            "steps": {"run": self.ran, "all": self.steps},
            "reasons": self.reasons,
            "audits": dict(self.audits),
        }
