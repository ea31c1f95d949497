"""The build of a hostile project, as a program: `hostilebuild.py PROJECT JOBS` prints problems and tracebacks in JSON.

A process of its own has no threads, so it forks its workers as `briefpress build` does. A process of pytest may come to
have some, and then each worker is a program that must import everything itself, hundreds of times.
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
    """Return what the press says of a project; what cannot be built at all is a report too."""
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
    """Build, and print what is told."""
    report = build(Path(project), int(jobs))
    told = {
        "problems": [problem.to_json() for problem in report.problems],
        "tracebacks": report.tracebacks,
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
