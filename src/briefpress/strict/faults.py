"""The problems met while one file is read."""

from __future__ import annotations

from dataclasses import dataclass, field

from briefpress.problems import Problem, Severity
from briefpress.strict.node import At
from briefpress.strict.source import Source


@dataclass(frozen=True, slots=True)
class Faults:
    """Problems of one source: offsets become lines only for what is wrong."""

    source: Source
    found: list[Problem] = field(default_factory=list)

    def add(self, code: str, at: At, message: str, fix: str = "") -> None:
        """Note what is wrong with the characters at `at`."""
        self.found.append(Problem(code, message, self.source.span(*at), fix))

    def warn(self, code: str, at: At, message: str, fix: str = "") -> None:
        """Note what is odd, and keeps nothing from being published."""
        self.found.append(Problem(code, message, self.source.span(*at), fix, Severity.WARNING))
