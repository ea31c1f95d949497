"""The press of the hostile inputs: their folders as projects, built from end to end, and what has come out.

`tests/hostile/<case>/case.toml` says what the case tries, and in `expect` all that must be told of it, as
"error F02 7": severity, code, line (left out: the file as a whole). An empty list is a good build. Beside it:

- `index.md` and other files: a brief and what lies beside it, `briefs/<case>/` in a project that all cases share;
- `theme/`: the theme of that name; `press.toml`: what is added to the press that all share;
- `alone = true`: a project of its own, whose files are in `project/`;
- `[[make]]`: what a repository cannot carry, as `oddities` describes it, named from the project's folder.

`http://canary.invalid` stands for a server that must hear nothing, and `/OUTSIDE/` for a folder beside the project
that nothing may read. `SECRET` is the word in all of its files.
"""

from __future__ import annotations

import http.server
import shutil
import threading
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from briefpress.plan.make import make
from briefpress.plan.order import Order
from briefpress.plan.report import Report
from briefpress.problems import BriefpressError, Problem, in_order
from oddities import add_oddities

CASES = Path(__file__).parent / "hostile"
SECRET = "xylograph8841"  # noqa: S105 - no password: a word that stands nowhere else
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
        """What its case.toml says."""
        return tomllib.loads((self.folder / "case.toml").read_text("utf-8"))

    @property
    def expect(self) -> list[str]:
        """All that must be told of it."""
        return sorted(self.data["expect"])

    @property
    def alone(self) -> bool:
        """Whether it is a project of its own."""
        return bool(self.data.get("alone", False))

    @property
    def slow(self) -> bool:
        """Whether it takes more than a second or two."""
        return bool(self.data.get("slow", False))


def cases() -> list[Case]:
    """Return all of them."""
    return [Case(file.parent) for file in sorted(CASES.glob("*/case.toml"))]


class Canary:
    """A server on this machine that notes down who calls."""

    def __init__(self) -> None:
        """Have heard nothing yet."""
        self.heard: list[str] = []
        heard = self.heard

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                heard.append(self.path)
                self.send_error(404)

            do_HEAD = do_POST = do_GET  # noqa: N815 - likewise

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - likewise
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"


@contextmanager
def listening() -> Iterator[Canary]:
    """Give a canary that listens."""
    canary = Canary()
    thread = threading.Thread(target=canary.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield canary
    finally:
        canary.server.shutdown()
        canary.server.server_close()
        thread.join()


def lay_out_shared(found: Sequence[Case], folder: Path, canary: str) -> Path:
    """Return the project in which each case is a brief."""
    project = folder / "press"
    (project / "briefs").mkdir(parents=True)
    (project / "themes").mkdir()
    press = [BASE]
    for case in found:
        for part, place in (("theme", "themes"), ("brief", "briefs")):
            if (case.folder / part).is_dir():
                shutil.copytree(case.folder / part, project / place / case.name, symlinks=True)
        if (case.folder / "press.toml").is_file():
            press.append((case.folder / "press.toml").read_text("utf-8"))
    (project / "press.toml").write_text("\n".join(press), "utf-8")
    return _finish(project, [item for case in found for item in case.data.get("make", ())], canary)


def lay_out_alone(case: Case, folder: Path, canary: str) -> Path:
    """Return the project that a case is."""
    project = folder / "press"
    shutil.copytree(case.folder / "project", project, symlinks=True)
    if not (project / "press.toml").exists() and not case.data.get("bare"):
        (project / "press.toml").write_text(BASE, "utf-8")
    return _finish(project, case.data.get("make", ()), canary)


def _finish(project: Path, items: Sequence[Mapping[str, Any]], canary: str) -> Path:
    """Put the canary's address and the outside's in, and make the odd things and the outside."""
    outside = project.parent / "outside"
    outside.mkdir(exist_ok=True)
    for name, text in OUTSIDE_FILES.items():
        (outside / name).write_text(text, "utf-8")
    for path in sorted(project.rglob("*")):
        if path.is_file() and not path.is_symlink():
            data = path.read_bytes()
            new = data.replace(CANARY, canary.encode()).replace(OUTSIDE, f"{outside}/".encode())
            if new != data:
                path.write_bytes(new)
    swapped = [{k: _swap(v, canary, outside) for k, v in item.items()} for item in items]
    add_oddities(project, swapped)
    return project


def _swap(value: Any, canary: str, outside: Path) -> Any:
    if not isinstance(value, str):
        return value
    return value.replace(CANARY.decode(), canary).replace(OUTSIDE.decode(), f"{outside}/")


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


def build(project: Path, jobs: int = 2) -> Report:
    """Return what the press says of a project; what cannot be built at all is a report too."""
    order = Order.of(project, project.parent / "out", project.parent / "cache", jobs=jobs, keep_going=True)
    try:
        return make(order)
    except BriefpressError as error:
        return Report(problems=error.problems)


def told(problems: Sequence[Problem]) -> list[str]:
    """Return problems as a case.toml expects them; of several alike, one."""
    return sorted({_short(problem) for problem in in_order(problems)})


def _short(problem: Problem) -> str:
    line = f" {problem.span.line}" if problem.span and problem.span.line else ""
    return f"{problem.severity.value} {problem.code}{line}"
