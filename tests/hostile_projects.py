"""Hostile projects: the cases of `tests/hostile/` as files, their builds and problems.

`tests/hostile/<case>/case.toml` says what the case tries. Its `expect` lists all
problems that must be reported, as "error F02 7": severity, code, line (without a line
if the problem is about the whole file). An empty list is a build without problems.
`or` is a list that may be reported instead. Beside case.toml:

- `brief/`: becomes `briefs/<case>/` in a project that all cases share;
- `theme/`: the theme of that name; `press.toml`: is added to the shared press.toml;
- `endless = true`: the case is in a shared project with tight limits;
- `alone = true`: the case has its own project in `project/`, which is checked, and with
  `build = true` also built;
- `[[make]]`: files that cannot be in a repository; `oddities` describes them. Paths
  start from the project's folder.

`http://canary.invalid` is replaced by the address of a server that must get no request,
and `/OUTSIDE/` by a folder beside the project that nothing may read. All files in that
folder contain the word `SECRET`.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from briefpress.pipeline import build as pipeline
from briefpress.pipeline.report import BuildReport
from briefpress.pipeline.request import BuildRequest
from briefpress.problems import BriefpressError, Problem, in_order
from oddities import add_oddities

CASES = Path(__file__).parent / "hostile"
BUILD = Path(__file__).with_name("hostile_build.py")
SECRET = "xylograph8841"  # noqa: S105 - not a password
CANARY, OUTSIDE = b"http://canary.invalid", b"/OUTSIDE/"
BASE = """\
theme = "plain"
language = "en"

[organisation]
name = "Institute of Rivers"
url = "https://rivers.example"

[programs.hostile]
name = "Program of Ill Will"
"""

AMPLE = "[limits]\nseconds = 600\n"  # enough on a busy machine
TIGHT = "[limits]\nseconds = 4\nmemory = 400_000_000\n"


@dataclass(frozen=True)
class Case:
    """One hostile input."""

    folder: Path

    @property
    def name(self) -> str:
        """The name of its folder, its brief and its theme."""
        return self.folder.name

    @cached_property
    def data(self) -> Mapping[str, Any]:
        """The values of its case.toml."""
        return tomllib.loads((self.folder / "case.toml").read_text("utf-8"))

    @property
    def expect(self) -> list[str]:
        """All problems that must be reported."""
        return sorted(self.data["expect"])

    @property
    def alone(self) -> bool:
        """Whether it has its own project."""
        return bool(self.data.get("alone", False))

    @property
    def endless(self) -> bool:
        """Whether only a limit of time or memory ends it."""
        return bool(self.data.get("endless", False))

    @property
    def slow(self) -> bool:
        """Whether it takes more than a second or two."""
        return bool(self.data.get("slow", False))


def cases() -> list[Case]:
    """Return all cases in order of their names."""
    return [Case(file.parent) for file in sorted(CASES.glob("*/case.toml"))]


CANARY_PROGRAM = """
import http.server, sys

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        print(self.path, flush=True)
        self.send_error(404)
    do_HEAD = do_POST = do_OPTIONS = do_GET
    def log_message(self, *args):
        pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
"""


class Canary:
    """A server on this machine that records the requests it gets."""

    def __init__(self, log: Path) -> None:
        """Start the server."""
        self.log = log
        self.last: list[str] | None = None  # the requests before it was closed
        with log.open("w") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-c", CANARY_PROGRAM], stdout=out
            )
        while not log.read_text("utf-8").endswith("\n"):
            time.sleep(0.02)
        self.address = f"http://127.0.0.1:{log.read_text('utf-8').split()[0]}"

    @property
    def requests(self) -> list[str]:
        """The paths that were requested."""
        return (
            self.log.read_text("utf-8").split("\n")[1:-1]
            if self.last is None
            else self.last
        )


@contextmanager
def listening_canary() -> Iterator[Canary]:
    """Open a canary, and close it at the end."""
    with tempfile.TemporaryDirectory() as folder:
        canary = Canary(Path(folder, "requests"))
        try:
            yield canary
        finally:
            canary.last = canary.requests
            canary.process.terminate()
            canary.process.wait()


def write_shared_project(
    found: Sequence[Case], folder: Path, canary: str, limits: str = ""
) -> Path:
    """Write and return a project in which each case is a brief."""
    project = folder / "press"
    (project / "briefs").mkdir(parents=True)
    (project / "themes").mkdir()
    for case in found:
        for part, place in (("theme", "themes"), ("brief", "briefs")):
            if (case.folder / part).is_dir():
                shutil.copytree(
                    case.folder / part, project / place / case.name, symlinks=True
                )
    (project / "press.toml").write_text(
        "".join(text for _, text in _press(found, limits)), "utf-8"
    )
    return _finish(
        project, [item for case in found for item in case.data.get("make", ())], canary
    )


def _press(found: Sequence[Case], limits: str) -> Iterator[tuple[str, str]]:
    """Yield the parts of the shared press.toml, each with its case's name."""
    yield "", BASE + limits
    for case in found:
        if (case.folder / "press.toml").is_file():
            yield case.name, (case.folder / "press.toml").read_text("utf-8")


def write_own_project(case: Case, folder: Path, canary: str) -> Path:
    """Write and return a case's own project."""
    project = folder / "press"
    shutil.copytree(case.folder / "project", project, symlinks=True)
    if not (project / "press.toml").exists() and not case.data.get("bare"):
        (project / "press.toml").write_text(BASE, "utf-8")
    return _finish(project, case.data.get("make", ()), canary)


def _finish(project: Path, items: Sequence[Mapping[str, Any]], canary: str) -> Path:
    """Insert the addresses, and write the odd files and the folder outside."""
    outside = project.parent / "outside"
    outside.mkdir(exist_ok=True)
    for name, text in OUTSIDE_FILES.items():
        (outside / name).write_text(text, "utf-8")
    for path in sorted(project.rglob("*")):
        if path.is_file() and not path.is_symlink():
            data = path.read_bytes()
            new = data.replace(CANARY, canary.encode()).replace(
                OUTSIDE, f"{outside}/".encode()
            )
            if new != data:
                path.write_bytes(new)
    swapped = [
        {k: _swap(v, canary, outside) for k, v in item.items()} for item in items
    ]
    add_oddities(project, swapped)
    return project


def _swap(value: Any, canary: str, outside: Path) -> Any:
    if not isinstance(value, str):
        return value
    return value.replace(CANARY.decode(), canary).replace(
        OUTSIDE.decode(), f"{outside}/"
    )


OUTSIDE_FILES = {
    "secret.svg": '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 20" role="img"><title>x</title>'
    f'<text y="15" font-family="Source Serif 4">{SECRET}</text></svg>',
    "secret.csv": f"Name,Value\n{SECRET},1\n",
    "secret.txt": SECRET,
    "secret.css": f'body::before {{ content: "{SECRET}" }}',
    "secret.html.j2": SECRET,
    "secret.md": f"---\ntitle: {SECRET}\ndate: 2024-05-31\n---\nA word.\n",
    "press.toml": f'[organisation]\nname = "{SECRET}"\n',
    "theme.toml": f'[color]\naccent = "{SECRET}"\n',
}


def build(project: Path, jobs: int = 2) -> BuildReport:
    """Build a project in another process, and return its report."""
    command = [sys.executable, "-W", "error", str(BUILD), str(project), str(jobs)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    said = json.loads(done.stdout)
    problems = tuple(Problem.from_json(problem) for problem in said["problems"])
    return BuildReport(problems=problems, tracebacks=tuple(said["tracebacks"]))


def check(project: Path) -> BuildReport:
    """Check a project without a layout, and return the report."""
    try:
        return BuildReport(problems=pipeline.check(BuildRequest(project))[1])
    except BriefpressError as error:
        return BuildReport(problems=error.problems)


def problems_by_case(
    report: BuildReport, found: Sequence[Case], limits: str = ""
) -> dict[str, list[str]]:
    """Return the problems of each case in the form of `expect`, each once.

    Problems of no case are under "?". A problem in a case's part of press.toml is the
    case's, with the line in that part.
    """
    names = {case.name for case in found}
    lines = [
        (name, n)
        for name, text in _press(found, limits)
        for n in range(1, text.count("\n") + 1)
    ]
    out: dict[str, set[str]] = {name: set() for name in ("?", *names)}
    for problem in in_order(report.problems):
        if (
            found
            and problem.span
            and problem.span.file == "press.toml"
            and 0 < problem.span.line <= len(lines)
        ):
            name, line = lines[problem.span.line - 1]
            out[name or "?"].add(
                short(replace(problem, span=replace(problem.span, line=line)))
            )
            continue
        out[next((name for name in _owners(problem) if name in names), "?")].add(
            short(problem)
        )
    return {name: sorted(lines) for name, lines in out.items()}


def _owners(problem: Problem) -> Iterator[str]:
    """Yield names, one of which may be a case: of the brief, or of the file.

    The name of the file is also tried without its last words: "bomb-svg-2", "bomb-svg".
    """
    yield problem.brief
    file = problem.span.file if problem.span else ""
    name = re.split(r"[^a-z0-9-]", file.partition("/")[2].lower(), maxsplit=1)[0]
    yield name
    while "-" in name:
        name = name.rpartition("-")[0]
        yield name


def short(problem: Problem) -> str:
    """Return a problem in the form of `expect`: "error F02 7"."""
    line = f" {problem.span.line}" if problem.span and problem.span.line else ""
    return f"{problem.severity.value} {problem.code}{line}"
