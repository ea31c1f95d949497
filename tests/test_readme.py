"""The README's examples run, and all commands, goals and codes are documented."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from briefpress.problems import catalogue
from reference import commands, commands_page, problems_page, theme_page
from sample_press import copy_samples

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
README = (ROOT / "README.md").read_text("utf-8")
PAGES = [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]


@pytest.mark.parametrize(
    ("name", "page"),
    [
        ("problems.md", problems_page),
        ("commands.md", commands_page),
        ("themes.md", lambda: theme_page(ROOT / "themes" / "plain")),
    ],
)
def test_the_reference_pages_match_the_program(
    name: str, page: Callable[[], str], golden: Callable[[Path, str], None]
) -> None:
    golden(DOCS / name, page())


def test_every_make_target_is_in_the_readme() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))
    assert {"test-quick", "mutants"} < targets
    missing = [name for name in targets - {"all"} if f"`make {name}" not in README]
    assert missing == []


def test_make_knows_every_target_that_the_docs_name() -> None:
    typed = re.compile(r"(?:^(?: {4}|\$ )|`)make ([a-z-]+(?:/[a-z-]+)?)", re.MULTILINE)
    named = {name for page in PAGES for name in typed.findall(page.read_text("utf-8"))}
    assert len(named) > 12
    dry_run = ["make", "--dry-run", *sorted(named)]
    done = subprocess.run(
        dry_run, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_every_command_is_in_the_readme() -> None:
    assert [
        path
        for path, command, _ in commands()
        if not hasattr(command, "commands") and path not in README
    ] == []


def test_every_problem_code_has_title_why_and_example() -> None:
    for code, entry in catalogue().items():
        assert re.fullmatch(r"[A-Z]\d\d", code)
        assert all((entry.title, entry.why, entry.example)), code


def blocks_of(page: str) -> list[str]:
    """Return the console blocks of a page."""
    return re.findall(r"^```console\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


def commands_of(block: str) -> list[tuple[str, str]]:
    """Return the commands of a console block, each with the output shown."""
    parts = re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
    return [
        (line.strip(), answer)
        for line, _, answer in (part.partition("\n") for part in parts)
    ]


def matches(shown: str, said: str) -> bool:
    """Return whether an output is the one shown, where `...` matches anything."""
    pattern = ".*".join(re.escape(part.strip()) for part in shown.strip().split("..."))
    return re.fullmatch(pattern, said.strip(), re.DOTALL) is not None


@pytest.mark.slow
def test_the_console_blocks_of_the_readme_run(tmp_path: Path) -> None:
    copy_samples(tmp_path)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    typed = [pair for block in blocks_of(README) for pair in commands_of(block)]
    assert typed
    for line, shown in typed:
        done = subprocess.run(
            ["sh", "-c", f"{line} 2>&1"],
            cwd=tmp_path,
            env={**os.environ, "PATH": path, "COLUMNS": "100"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode in {0, 1}, done.stdout
        assert matches(shown, done.stdout), f"$ {line}\n{done.stdout}"


def test_every_link_of_the_docs_exists() -> None:
    for page in [
        *PAGES,
        ROOT / "ARCHITECTURE.md",
        ROOT / "CHANGELOG.md",
        *sorted((DOCS / "adr").glob("*.md")),
    ]:
        prose = re.sub(
            r"^( {4}|```.*?^```).*?$|`[^`\n]*`",
            "",
            page.read_text("utf-8"),
            flags=re.MULTILINE | re.DOTALL,
        )
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", prose):
            assert re.match(r"[a-z]+:", target) or (page.parent / target).exists(), (
                f"{page.name}: {target}"
            )
