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
    if problem := check_path(project, "themes"):
        raise BriefpressError(problem)
    package = Path(__file__).parent.parent
    installed = package / "themes"
    in_repository = package.parent.parent / "themes"
    own_themes = installed if installed.is_dir() else in_repository
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
    return sorted(filter(is_theme_name, names))


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
        if not os.path.lexists(self.path / file):
            return None
        data, problems = read_file(self.path, file, limit)
        if len(data) > limit:
            problems = (Problem("R03", f"the file is longer than {limit:,} bytes"),)
        if problems:
            span = self.span(file)
            placed = [replace(problem, span=span) for problem in problems]
            raise BriefpressError(*placed)
        return data

    def read_source(self, file: str) -> Source | None:
        """Return a text file, or None. Raises `BriefpressError` if it is not text."""
        data = self.read_bytes(file)
        if data is None:
            return None
        project_file = self.span(file).file
        source, problems = decode(data, project_file, TEXT_BYTES)
        if problems or source is None:
            raise BriefpressError(*problems)
        return source

    def read_text(self, file: str) -> str | None:
        """Return the text of a file, or None."""
        source = self.read_source(file)
        return source.text if source else None

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
            source = Source(self.span(file).file, "")
        problems = SourceProblems(source)
        root = parse_toml(source, problems)
        if root is None:
            of_themes = [replace(problem, code="T03") for problem in problems.found]
            raise BriefpressError(*of_themes)
        return root, source

    def file_names(self, folder: str, suffixes: tuple[str, ...]) -> list[str]:
        """Return the names of the files in a subfolder that end with a suffix."""
        path = self.path / folder
        is_inside = path.resolve().is_relative_to(self.path.resolve())
        if not path.is_dir() or not is_inside:
            return []
        names = (file.name for file in path.iterdir())
        return sorted(name for name in names if name.lower().endswith(suffixes))


def find_theme(name: str, folders: Sequence[Path]) -> ThemeFolder:
    """Return the first theme of that name.

    Raises `BriefpressError`, with the nearest name, if there is none.
    """
    for folder in folders:
        file = folder / name / "theme.toml"
        if is_theme_name(name) and os.path.lexists(file):
            if problem := check_path(folder, name):
                raise BriefpressError(replace(problem, span=Span(f"themes/{name}")))
            return ThemeFolder(name, file.parent)
    fix = suggest_fix(name, theme_names(folders))
    raise BriefpressError(Problem("T01", f"there is no theme “{name}”", None, fix))


def refuse(message: str, span: Span, fix: str = "") -> NoReturn:
    """Raise T08: a value of the theme has the wrong form, so the theme is not used."""
    raise BriefpressError(Problem("T08", message, span, fix))


def _check_style_sheet(source: Source) -> None:
    """Raise `BriefpressError` if a style sheet loads something from elsewhere."""
    fix = "copy the file into the theme, and name that copy"
    problems = []
    try:
        for line, url in outside_urls(source.text):
            message = f"the style sheet loads {url[:80]!r} from outside the theme"
            span = Span(source.file, line)
            problems.append(Problem("T07", message, span, fix))
    except TooComplexError as error:
        message = f"the style sheet {error}"
        span = Span(source.file, error.line)
        problems.append(Problem("T09", message, span))
    if problems:
        raise BriefpressError(*problems)
