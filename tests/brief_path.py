"""The files that a reader opens to follow one brief through one build: `brief_path.py SRC`.

One brief is built from nothing. The files are those with a function on a call stack
from the start of the build to one of these stages: the press and the briefs are
read, the document is parsed, the step of the document or of an edition is made, the
web page, the PDF, the chapter and the book are rendered, the editions are published.

Not counted are the command line, functions of an `__init__.py` that only call another
module, and the engine's own files between `engine.run(steps)` and a step's function, if
the program names that function where it makes the step: then a reader jumps from the
one to the other. If it names it in a string, a reader has to find out how the engine
looks it up. `--all` counts these files too.
"""

from __future__ import annotations

import argparse
import ast
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import FrameType

PRESS = '[organisation]\nname = "House"\n[programs.a]\nname = "A"\n'
BRIEF = """\
---
title: One
date: 2024-01-02
program: a
---
## A heading

Text.[^1]

[^1]: A note.
"""
STAGES = {
    ("", "read_press"),
    ("manuscript", "read_manuscript"),
    ("document", "parse_document"),
    ("editions", "render_pdf"),
    ("editions", "render_web"),
    ("editions", "render_chapter"),
    ("editions", "render_epub"),
    ("engine", "publish"),
    ("build", "publish"),  # the name of engine/ before
}
NAMES = {"__init__", *(name for _, name in STAGES)}
STEPS = ("document/", "pdf/", "web/", "chapter/", "epub/")
NOT_COUNTED = ("cli/", "__main__.py")
SHELF = ("shelf/", "shelf.py")  # the feed parses summaries
# The engine's files below `engine.run`, which call a step's function.
INSIDE_THE_ENGINE = (
    "engine/executor.py",
    "engine/pool.py",
    "engine/scheduler.py",
    "engine/step.py",
    "engine/worker.py",
)
TASKS = "pipeline/tasks.py"  # the functions of steps


def files_to_open(source: Path, cache: Path | None = None) -> list[str]:
    """Return the files that a reader opens to follow one brief through one build.

    `cache` may have the web fonts, which take long to make.
    """
    files = files_on_the_path(source, cache)
    if not names_the_functions_of_steps(source):
        return files
    return [file for file in files if file not in INSIDE_THE_ENGINE]


def names_the_functions_of_steps(source: Path) -> bool:
    """Return whether each function of a step is named where a step is made of it.

    That is `step("pdf/rents", tasks.make_pdf, ...)`, and no string.
    """
    package = source / "briefpress"
    if not (package / TASKS).is_file():
        return False
    tasks = ast.parse((package / TASKS).read_text("utf-8"))
    functions = {
        node.name
        for node in tasks.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("make_")
    }
    steps = ast.parse((package / "pipeline" / "steps.py").read_text("utf-8"))
    calls = [node for node in ast.walk(steps) if isinstance(node, ast.Call)]
    named = {
        call.args[1].attr
        for call in calls
        if isinstance(call.func, ast.Name)
        and call.func.id == "step"
        and isinstance(call.args[1], ast.Attribute)
    }
    return bool(functions) and functions == named


def files_on_the_path(source: Path, cache: Path | None = None) -> list[str]:
    """Return the files that one brief passes through, relative to the package.

    `source` is the folder that contains the package briefpress.
    """
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "stacks")
        project = Path(folder, "project")
        (project / "briefs").mkdir(parents=True)
        if cache is not None:
            shutil.copytree(cache, project / ".briefpress")
        (project / "press.toml").write_text(PRESS, "utf-8")
        (project / "briefs" / "one.md").write_text(BRIEF, "utf-8")
        command = [sys.executable, __file__, "--trace", str(log), str(source)]
        environment = {**os.environ, "PYTHONPATH": str(source)}
        subprocess.run(
            command, cwd=project, env=environment, check=True, capture_output=True
        )
        return sorted(set(log.read_text("utf-8").split()))


def trace_build(source: Path, log: Path) -> None:
    """Build the project in the current folder; write the files of each stage to a log.

    Workers are forks of this process, so a stack in a worker begins with the build.
    """
    package = f"{source.resolve() / 'briefpress'}{os.sep}"

    def look(frame: FrameType, event: str, _: object) -> None:
        if event != "call" or frame.f_code.co_name not in NAMES:
            return
        if is_stage(frame, package):
            with log.open("a", encoding="utf-8") as out:
                out.write("\n".join(files_of_stack(frame, package)) + "\n")

    from briefpress.cli import main as briefpress

    sys.argv = ["briefpress", "build", "--quiet", "--jobs", "1"]
    sys.setprofile(look)
    try:
        briefpress()
    finally:
        sys.setprofile(None)


def is_stage(frame: FrameType, package: str) -> bool:
    """Whether a call begins a stage of the build."""
    code = frame.f_code
    if code.co_name == "__init__":
        made = frame.f_locals.get("self")
        name = str(frame.f_locals.get("name", ""))
        return type(made).__name__ == "Step" and name.startswith(STEPS)
    if not code.co_filename.startswith(package):
        return False
    folder = code.co_filename.removeprefix(package).rpartition("/")[0].split("/")[0]
    return (folder, code.co_name) in STAGES


def files_of_stack(frame: FrameType | None, package: str) -> set[str]:
    """Return the files of ours with a function on the stack; none for the shelf's."""
    files: set[str] = set()
    while frame:
        code = frame.f_code
        if code.co_filename.startswith(package) and code.co_name != "<module>":
            files.add(code.co_filename.removeprefix(package))
        frame = frame.f_back
    if any(file.startswith(SHELF) for file in files):
        return set()
    return {
        file
        for file in files
        if not file.startswith(NOT_COUNTED) and not file.endswith("__init__.py")
    }


def main() -> None:
    """Print the files and their number."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path, help="the folder that contains briefpress")
    parser.add_argument("--all", action="store_true", help="the engine's files too")
    parser.add_argument("--trace", type=Path, help="build here, and log to this file")
    chosen = parser.parse_args()
    if chosen.trace:
        trace_build(chosen.source, chosen.trace)
        return
    find = files_on_the_path if chosen.all else files_to_open
    files = find(chosen.source.resolve())
    sys.stdout.write("\n".join([*files, f"{len(files)} files"]) + "\n")


if __name__ == "__main__":
    main()
