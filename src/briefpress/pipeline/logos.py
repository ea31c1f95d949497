"""Logos: read through the fence, judged like any picture, and given to each edition under an address of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from briefpress.document.files import ReadFile, UnreadableFile
from briefpress.document.images import SUFFIXES, Picture, PictureError, inspect_picture
from briefpress.engine.step import JSON, digest_of
from briefpress.model import Limits, Organisation, Press
from briefpress.press import FILE
from briefpress.problems import Problem, Span

WITHIN = "logos/"  # where a PDF and a book have them
SITE = "assets/logos/"  # and the web pages, from the folder that is served


@dataclass(frozen=True, slots=True)
class LogoFile:
    """A logo as it was read. Its name changes with it, so that no browser keeps an old one."""

    name: str
    data: bytes
    picture: Picture


@dataclass(frozen=True, slots=True)
class Logos:
    """The logos of a press that can be shown, by their path."""

    press: Press
    known: Mapping[str, LogoFile] = field(default_factory=dict)

    def settings(
        self, programs: Iterable[str], folder: str = WITHIN
    ) -> dict[str, JSON]:
        """Return the institute's logo and those of programs as an edition shows them, from a folder of its own."""
        return {
            path: {
                "src": folder + logo.name,
                "width": logo.picture.width,
                "height": logo.picture.height,
            }
            for path, logo in self._of(programs)
        }

    def files(self, programs: Iterable[str]) -> dict[str, bytes]:
        """Return the bytes of the institute's logo and of those of programs."""
        return {path: logo.data for path, logo in self._of(programs)}

    def published(self) -> dict[str, bytes]:
        """Return every logo under the name that web pages know it by."""
        return {logo.name: logo.data for logo in self.known.values()}

    def _of(self, programs: Iterable[str]) -> Iterator[tuple[str, LogoFile]]:
        listed = [
            self.press.programs[key].logo
            for key in programs
            if key in self.press.programs
        ]
        return (
            (path, self.known[path])
            for path in (self.press.organisation.logo, *listed)
            if path in self.known
        )


NO_LOGOS = Logos(Press(Organisation("")))


def read_logos(press: Press, look: ReadFile) -> tuple[Logos, tuple[Problem, ...]]:
    """Return the logos that press.toml names, and what is wrong with the others: editions are made without those."""
    known: dict[str, LogoFile] = {}
    problems = []
    for path, place in _named(press):
        found = look(path)
        span = Span(FILE, *press.places.get(place, (0, 0)), len(path) + 2)
        read = (
            _judged(path, found, press.limits, span)
            if isinstance(found, bytes)
            else _absent(path, found, span)
        )
        if isinstance(read, LogoFile):
            known[path] = read
        else:
            problems.append(read)
    return Logos(press, known), tuple(problems)


def _named(press: Press) -> Iterator[tuple[str, str]]:
    """Yield the path of each logo, and the key that names it."""
    keys = {"organisation.logo": press.organisation.logo}
    keys |= {
        f"programs.{key}.logo": program.logo for key, program in press.programs.items()
    }
    return ((path, key) for key, path in keys.items() if path)


def _judged(path: str, data: bytes, limits: Limits, span: Span) -> LogoFile | Problem:
    """Return a logo, or why it cannot be shown."""
    try:
        picture = inspect_picture(data)
    except PictureError as error:
        return Problem(
            "F05",
            f"the logo {path!r} cannot be set: {error}",
            span,
            "save it as SVG, PNG or JPEG",
        )
    if picture.width * picture.height > limits.picture_pixels:
        size = f"{picture.width:,} by {picture.height:,} pixels"
        return Problem("F04", f"the logo {path!r} has {size}", span, "save it smaller")
    stem = "".join(
        c if c.isascii() and c.isalnum() else "-" for c in PurePosixPath(path).stem
    ).strip("-")
    name = (
        "-".join(filter(None, (stem, digest_of(data)[:8]))) + SUFFIXES[picture.media][0]
    )
    return LogoFile(name, data, picture)


def _absent(path: str, absent: UnreadableFile, span: Span) -> Problem:
    """Return why a logo cannot be had."""
    if absent.reason == "missing":
        near = str(PurePosixPath(path).with_name(absent.near)) if absent.near else ""
        return Problem(
            "F01", f"there is no file {path!r}", span, f"write {near!r}" if near else ""
        )
    if absent.reason == "large":
        return Problem(
            "F04",
            f"the logo {path!r} has {absent.size:,} bytes",
            span,
            "save it smaller",
        )
    outside = absent.reason == "outside"
    return Problem(
        "F02",
        f"the logo {path!r} {'leads out of the project' if outside else 'is no plain file'}",
        span,
    )
