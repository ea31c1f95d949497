"""The problems met while one file is read."""

from __future__ import annotations

from dataclasses import dataclass, field

from briefpress.problems import Problem, Span
from briefpress.schema.node import At
from briefpress.schema.source import Source

MANY = 50  # problems of one code; who has more has one cause


@dataclass(frozen=True, slots=True)
class Faults:
    """Problems of one source: offsets become lines only for what is wrong."""

    source: Source
    found: list[Problem] = field(default_factory=list)

    def add(self, code: str, at: At | None, message: str, fix: str = "") -> None:
        """Note what is wrong with the characters at `at`, or with the file as a whole."""
        alike = sum(problem.code == code for problem in self.found)
        if alike > MANY:
            return
        if alike == MANY:
            message, fix, at = "there are more of this kind", "", None
        span = self.source.span(*at) if at else Span(self.source.file)
        self.found.append(Problem(code, short(message), span, short(fix)))


def short(text: str, most: int = 300) -> str:
    """Return a text cut where it is too long to be read: it quotes what somebody wrote, which may be a book."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
