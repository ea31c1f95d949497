"""Theme folders: where they are, and what files one folder holds.

Themes come from outside, so nothing outside a folder is read. Every problem names the
file, and its line if it has one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn, TypeAlias

from briefpress.problems import BriefpressError, Problem, Span
from briefpress.schema.files import check_path, read_file
from briefpress.schema.source import Node, Source, SourceProblems, decode
from briefpress.schema.suggest import suggest_fix
from briefpress.schema.toml import parse_toml
from briefpress.theme.output_policy import TooComplexError, outside_urls

TEXT_BYTES = 1_000_000  # the limit for a style sheet, a template or a TOML file
IMAGE_BYTES = 10_000_000
THEME_NAME = re.compile(r"[a-z0-9]+([-_][a-z0-9]+)*")
FILE_NAME = re.compile(r"(?!\.\.?\Z)[^/]+")

Toml: TypeAlias = tuple[Node, Source]  # a TOML file as values, and its text


def theme_folders(project: Path) -> tuple[Path, ...]:
    """Return the folders that hold themes: the project's first, then briefpress's own.

    Raises `BriefpressError` if the project's folder is a link that leaves the project.
    """
    problem = check_path(project, "themes")
    if problem:
        raise BriefpressError(problem)
    package = Path(__file__).parent.parent
    own_themes = package / "themes"
    if not own_themes.is_dir():
        repository = package.parent.parent
        own_themes = repository / "themes"
    return (project / "themes", own_themes)


def is_theme_name(name: str) -> bool:
    """Return whether a theme may have this name."""
    return THEME_NAME.fullmatch(name) is not None


def theme_names(folders: Sequence[Path]) -> list[str]:
    """Return the names of all themes in the folders, sorted."""
    names = set()
    for folder in folders:
        for file in folder.glob("*/theme.toml"):
            names.add(file.parent.name)
    right_names = filter(is_theme_name, names)
    return sorted(right_names)


@dataclass(frozen=True, slots=True)
class ThemeFolder:
    """One theme folder, not yet merged with its parents.

    Files are named from the folder: "css/print.css".
    """

    name: str
    path: Path

    def span(self, file: str = "theme.toml", line: int = 0) -> Span:
        """Return a place in a file of the folder, as problems name it."""
        return Span(f"themes/{self.name}/{file}", line)

    def read_bytes(self, file: str, limit: int = TEXT_BYTES) -> bytes | None:
        """Return a file's bytes, or None if there is no such file.

        Raises `BriefpressError` for a folder, a pipe, a link that leaves the theme, or
        a file that is longer than the limit.
        """
        path = self.path / file
        if not os.path.lexists(path):
            return None
        data, problems = read_file(self.path, file, limit)
        span = self.span(file)
        if len(data) > limit:
            message = f"the file is longer than {limit:,} bytes"
            raise BriefpressError(Problem("R03", message, span))
        if problems:
            placed = [replace(problem, span=span) for problem in problems]
            raise BriefpressError(*placed)
        return data

    def read_source(self, file: str) -> Source | None:
        """Return a text file, or None. Raises `BriefpressError` if it is not text."""
        data = self.read_bytes(file)
        if data is None:
            return None
        span = self.span(file)
        source, problems = decode(data, span.file, TEXT_BYTES)
        if problems or source is None:
            raise BriefpressError(*problems)
        return source

    def read_text(self, file: str) -> str | None:
        """Return the text of a file, or None."""
        source = self.read_source(file)
        if source is None:
            return None
        return source.text

    def read_style_sheet(self, name: str) -> Source | None:
        """Return a style sheet of the folder `css`, or None.

        Raises `BriefpressError` if it loads anything that the theme does not ship.
        """
        if not FILE_NAME.fullmatch(name):
            return None
        source = self.read_source(f"css/{name}")
        if source is not None:
            _check_style_sheet(source)
        return source

    def read_toml(self, file: str) -> Toml:
        """Return a TOML file; a missing file is empty.

        Raises `BriefpressError` with the line if it is not TOML.
        """
        source = self.read_source(file)
        if source is None:
            span = self.span(file)
            source = Source(span.file, "")
        problems = SourceProblems(source)
        root = parse_toml(source, problems)
        if root is None:
            of_themes = [replace(problem, code="T03") for problem in problems.found]
            raise BriefpressError(*of_themes)
        return root, source

    def file_names(self, folder: str, suffixes: tuple[str, ...]) -> list[str]:
        """Return the names of the files in a subfolder that end with a suffix."""
        theme_path = self.path.resolve()
        path = self.path / folder
        resolved = path.resolve()
        if not resolved.is_relative_to(theme_path):
            return []
        if not resolved.is_dir():
            return []
        names = []
        for file in resolved.iterdir():
            lower_name = file.name.lower()
            if lower_name.endswith(suffixes):
                names.append(file.name)
        return sorted(names)


def find_theme(name: str, folders: Sequence[Path]) -> ThemeFolder:
    """Return the first theme of that name.

    Raises `BriefpressError`, with the nearest name, if there is none.
    """
    for folder in folders:
        path = folder / name
        file = path / "theme.toml"
        if not is_theme_name(name) or not os.path.lexists(file):
            continue
        problem = check_path(folder, name)
        if problem:
            span = Span(f"themes/{name}")
            raise BriefpressError(replace(problem, span=span))
        return ThemeFolder(name, path)
    known_names = theme_names(folders)
    problem = Problem(
        code="T01",
        message=f"there is no theme `{name}`",
        fix=suggest_fix(name, known_names),
    )
    raise BriefpressError(problem)


def refuse(message: str, span: Span, fix: str = "") -> NoReturn:
    """Raise T08: a value of the theme has the wrong form, so the theme is not used."""
    problem = Problem("T08", message, span, fix)
    raise BriefpressError(problem)


def _check_style_sheet(source: Source) -> None:
    """Raise `BriefpressError` if a style sheet loads something from elsewhere."""
    fix = "copy the file into the theme, and name that copy"
    problems = []
    try:
        for line, url in outside_urls(source.text):
            shown_url = url[:80]
            problem = Problem(
                code="T07",
                message=f"the style sheet loads `{shown_url}` from outside the theme",
                span=Span(source.file, line),
                fix=fix,
            )
            problems.append(problem)
    except TooComplexError as error:
        problem = Problem(
            code="T09",
            message=f"the style sheet {error}",
            span=Span(source.file, error.line),
        )
        problems.append(problem)
    if problems:
        raise BriefpressError(*problems)
