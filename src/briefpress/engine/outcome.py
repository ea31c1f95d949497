"""What a build tells: events while it goes on, and what became of every step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from briefpress.engine.step import Step
from briefpress.problems import Problem


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a step. A cached one tells again the problems that it told when it was made."""

    step: Step
    state: Literal["done", "cached", "failed", "skipped"]
    files: Mapping[str, str] = field(default_factory=dict)  # name to digest
    problems: tuple[Problem, ...] = ()
    why: tuple[str, ...] = ()  # it ran or was skipped; empty when its record told all
    traceback: str = ""  # of a bug

    @property
    def good(self) -> bool:
        """Whether its files are there."""
        return self.state in {"done", "cached"}


@dataclass(frozen=True, slots=True)
class Event:
    """What a progress bar needs: a step began (no outcome yet) or came to its end, and how many of how many did."""

    step: Step
    outcome: Outcome | None
    done: int
    total: int
