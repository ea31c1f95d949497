"""Build a hostile project: `hostile_build.py PROJECT JOBS` prints the problems as JSON.

This process has no threads, so its workers are forks, as in `briefpress build`. A
process of pytest may have threads; then each worker would be a new program that
imports everything again, hundreds of times.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from briefpress.pipeline import build as pipeline
from briefpress.pipeline.report import BuildReport
from briefpress.pipeline.request import BuildRequest
from briefpress.problems import BriefpressError


def build(project: Path, jobs: int) -> BuildReport:
    """Build a project and return the report, also if it cannot be built at all."""
    request = BuildRequest(
        project,
        project.parent / "out",
        project.parent / "cache",
        jobs=jobs,
        keep_going=True,
    )
    try:
        return pipeline.build(request)
    except BriefpressError as error:
        return BuildReport(problems=error.problems)


def main(project: str, jobs: str) -> None:
    """Build a project, and print its problems and tracebacks."""
    report = build(Path(project), int(jobs))
    printed = {
        "problems": [problem.to_json() for problem in report.problems],
        "tracebacks": report.tracebacks,
    }
    print(json.dumps(printed))


if __name__ == "__main__":
    main(*sys.argv[1:])
