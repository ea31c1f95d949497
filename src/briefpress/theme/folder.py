"""One theme folder: what lies in it as bytes and words, and nothing from outside it.

A theme comes from somebody else. Each fault names its file, and its line where it has one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

from briefpress.problems import BriefpressError, Problem, Span
from briefpress.schema import (
    Node,
    Source,
    SourceProblems,
    decode,
    parse_toml,
    read_file,
)
from briefpress.theme.output_policy import outside

BYTES = 1_000_000  # of a sheet, a template or a file of words
IMAGE_BYTES = 10_000_000
Toml: TypeAlias = tuple[Node, Source]  # theme.toml, and where in it everything stands


@dataclass(frozen=True, slots=True)
class ThemeFolder:
    """One theme folder, not yet merged with what it inherits from."""

    name: str
    folder: Path

    def span(self, line: int = 0, file: str = "theme.toml") -> Span:
        """Return a place in a file of the folder, as problems name it."""
        return Span(f"themes/{self.name}/{file}", line)

    def data(self, *parts: str, limit: int = BYTES) -> bytes | None:
        """Return a file's bytes, or None where there is none. Raises `BriefpressError` for what is no plain file."""
        if not os.path.lexists(self.folder.joinpath(*parts)):
            return None
        name = "/".join(parts)
        data, problems = read_file(self.folder, name, limit)
        if len(data) > limit:
            problems = (
                Problem("R03", f"the file is longer than {limit:,} bytes", Span(name)),
            )
        if problems:
            self.refuse(
                *(replace(problem, span=self.span(file=name)) for problem in problems)
            )
        return data

    def source(self, *parts: str) -> Source | None:
        """Return a text file. Raises `BriefpressError` where it is no text."""
        data = self.data(*parts)
        if data is None:
            return None
        source, problems = decode(data, self.span(file="/".join(parts)).file, BYTES)
        return self.refuse(*problems) if problems or source is None else source

    def text(self, *parts: str) -> str | None:
        """Return what a text file says."""
        source = self.source(*parts)
        return None if source is None else source.text

    def sheet(self, name: str) -> str | None:
        """Return a style sheet. Raises `BriefpressError` where it would load something from elsewhere."""
        source = (
            self.source("css", name)
            if "/" not in name and name not in {"", ".", ".."}
            else None
        )
        if source is None:
            return None
        faults = [
            Problem(
                "T07",
                f"the sheet leads outside, to {address[:80]!r}",
                Span(source.file, line),
                "ship it with it",
            )
            for line, address in outside(source.text)
        ]
        return self.refuse(*faults) if faults else source.text

    def names(self, part: str, suffixes: tuple[str, ...]) -> Iterator[str]:
        """Yield the names of the files with such suffixes in one of its folders."""
        path = self.folder / part
        if path.is_dir() and path.resolve().is_relative_to(self.folder.resolve()):
            yield from sorted(
                file.name
                for file in path.iterdir()
                if file.name.lower().endswith(suffixes)
            )

    def toml(self, name: str) -> Toml:
        """Return a TOML file, empty where there is none. Raises `BriefpressError` with the line where it is no TOML."""
        source = self.source(name) or Source(self.span(file=name).file, "")
        faults = SourceProblems(source)
        root = parse_toml(faults)
        if root is None:
            self.refuse(*(replace(problem, code="T03") for problem in faults.found))
        return root, source

    def refuse(self, *problems: Problem) -> NoReturn:
        """Raise: nothing can be set in the theme."""
        raise BriefpressError(*problems)


def words_of(node: Node) -> dict[str, Any]:
    """Return a table as plain strings and tables of them; what is a list is left out."""
    items = node.value.items() if isinstance(node.value, dict) else ()
    return {
        key: words_of(item) if isinstance(item.value, dict) else str(item.value)
        for key, item in items
        if not isinstance(item.value, tuple)
    }
