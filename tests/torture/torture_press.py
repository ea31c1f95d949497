"""What the torture tests share: a small press, the program, and comparisons."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

HERE = Path(__file__).parent
TESTS = HERE.parent
SOURCE = TESTS.parent / "src"
MARK = "TORTURE_MARK"
Row = Callable[[str, int, str], None]

PRESS = """\
theme = "civic"
language = "en"
[organisation]
name = "House"
url = "https://house.example"
[programs.sea]
name = "Seas"
acronym = "S"
tokens = { "color-accent" = "#224466" }
[programs.land]
name = "Lands"
acronym = "L"
[collections.both]
title = "All briefs"
select = { tags = ["all"] }
"""
BRIEF = """\
---
title: "{name}: a brief of {words} words"
date: 2024-0{number}-1{number}
authors: [Ada House]
program: {program}
tags: [all, {name}]
summary: What {name} is about.
takeaways: [First, Second]
---
{text}[^one]

## Figures

| Year | Rail | Sea |
| ---- | ---: | --: |
| 2023 | 1.{number} | 20{number} |

![Bars]({picture} "The third year")
— House

{text}[^two] And once more.[^one]

[^one]: A note on {name}, with *emphasis*.
[^two]: {text}
"""
CHART = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 60 40" width="60" height="40"><title>Bars</title>'
    '<rect x="{x}" y="8" width="9" height="30" fill="#446"/></svg>\n'
)
OLD = {"alpha": 1, "beta": 2, "gamma": 3}
NEW = {
    "alpha": 1,
    "beta": 5,
    "delta": 4,
}  # one unchanged, one edited, one deleted, one new


def brief(name: str, number: int) -> dict[str, str]:
    """Return the files of a brief."""
    text = " ".join(
        f"The {name} of paragraph {n} was measured in {2000 + n}."
        for n in range(3 * number)
    )
    program = "sea" if name < "c" else "land"
    words = len(text.split())
    values = {
        "name": name,
        "number": number,
        "text": text,
        "words": words,
        "program": program,
        "picture": "chart.svg",
    }
    return {"index.md": BRIEF.format_map(values), "chart.svg": CHART.format(x=number)}


def write_press(project: Path, briefs: Mapping[str, int]) -> Path:
    """Write a press with these briefs only. Unchanged files are not touched."""
    put(project / "press.toml", PRESS)
    for folder in (project / "briefs").glob("*"):
        if folder.name not in briefs:
            shutil.rmtree(folder)
    for name, number in briefs.items():
        for file, text in brief(name, number).items():
            put(project / "briefs" / name / file, text)
    return project


def put(path: Path, text: str) -> None:
    """Write a file, unless it has this text already."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text("utf-8") != text:
        path.write_text(text, "utf-8")


def command(
    project: Path | str, *options: str, python: Sequence[str] = ()
) -> list[str]:
    """Return the command that builds a project."""
    return [
        sys.executable,
        *python,
        "-m",
        "briefpress",
        "build",
        "--project",
        str(project),
        *options,
    ]


def environment(**changed: str) -> dict[str, str]:
    """Return the environment with changes. An empty value removes a variable."""
    path = f"{HERE / 'site'}:{TESTS}:{SOURCE}"
    merged = {**os.environ, "PYTHONPATH": path, "COLUMNS": "200", **changed}
    return {name: value for name, value in merged.items() if value}


def start(project: Path, *options: str, **changed: str) -> subprocess.Popen[str]:
    """Start a build."""
    return subprocess.Popen(
        command(project, *options),
        env=environment(**changed),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def build(project: Path, *options: str, **changed: str) -> str:
    """Build with success, and return the output."""
    return finish(start(project, *options, **changed))


def finish(
    process: subprocess.Popen[str], status: int = 0, seconds: float = 180.0
) -> str:
    """Wait for a build, check its status, and return its output without a traceback."""
    out, err = process.communicate(timeout=seconds)
    assert process.returncode == status, out + err
    assert "Traceback" not in out + err, out + err
    return out + err


def published(out: Path) -> dict[str, bytes]:
    """Return the published files of an output folder."""
    files = (path for path in sorted(out.rglob("*")) if path.is_file())
    return {
        str(p.relative_to(out)): p.read_bytes()
        for p in files
        if ".briefpress" not in p.parts
    }


def different_files(one: Mapping[str, bytes], two: Mapping[str, bytes]) -> list[str]:
    """Return the names of the files in which two folders differ."""
    return sorted(
        name for name in one.keys() | two.keys() if one.get(name) != two.get(name)
    )


def is_tidy(project: Path) -> bool:
    """Return whether the output folder has no temporary files."""
    return {path.name for path in (project / "build" / ".briefpress").iterdir()} <= {
        "lock",
        "manifest.json",
    }


def orphans(mark: str, seconds: float = 5.0) -> list[int]:
    """Return the processes with this mark in their environment that do not end in time."""
    until = time.monotonic() + seconds
    while (left := _marked(mark)) and time.monotonic() < until:
        time.sleep(0.02)
    return left


def _marked(mark: str) -> list[int]:
    wanted = f"{MARK}={mark}".encode()
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                if wanted in (folder / "environ").read_bytes().split(b"\0"):
                    found.append(int(folder.name))
            except OSError:
                continue
    return found


def children(process: subprocess.Popen[str]) -> list[int]:
    """Return the workers of a build.

    Each leads a process group, unlike the programs that find libraries.
    """
    try:
        pids = [
            int(pid)
            for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children")
            .read_text()
            .split()
        ]
        return [pid for pid in pids if os.getpgid(pid) == pid]
    except OSError:
        return []
