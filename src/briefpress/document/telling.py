"""The problems of one brief, as they leave the parse."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from briefpress.model import Brief
from briefpress.problems import Problem, Severity, Span

MANY = 50  # problems of one code; who has more has one cause


def told(problems: Iterable[Problem], brief: Brief) -> tuple[Problem, ...]:
    """Return the problems by place, with the brief's slug, and of each code no more than a person reads."""
    problems, out = list(problems), list[Problem]()
    for code in sorted({problem.code for problem in problems}):
        found = sorted(
            {p for p in problems if p.code == code},
            key=lambda p: (p.span or Span(""), p.message),
        )
        out += found[:MANY]
        if found[MANY:]:
            severe = any(problem.is_error for problem in found[MANY:])
            severity = Severity.ERROR if severe else Severity.WARNING
            out.append(
                Problem(
                    code,
                    f"{len(found) - MANY:,} more of this kind",
                    Span(brief.file),
                    severity=severity,
                )
            )
    return tuple(
        replace(p, brief=brief.slug)
        for p in sorted(out, key=lambda p: (p.span or Span(""), p.code, p.message))
    )
