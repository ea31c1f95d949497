"""Files that a brief shows or offers: what their names may say, and the one function that touches the disk."""

from __future__ import annotations

import difflib
import os
import re
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote


@dataclass(frozen=True, slots=True)
class UnreadableFile:
    """Why a file cannot be had: `missing`, `outside`, `special` or `large`, and the nearest name that could."""

    reason: str
    near: str = ""
    size: int = 0


ReadFile = Callable[
    [str], bytes | UnreadableFile
]  # a path relative to the project, to what stands there


class PathError(ValueError):
    """What a brief says is not the name of a file in the project."""


def resolve_path(folder: str, address: str) -> str:
    """Return the path, relative to the project, of an address written in a brief of this folder.

    Raises `PathError` for whatever leaves the project or is no path. Only words are looked at: links on the disk are
    `reader`'s to follow.
    """
    path = unquote(address)
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", path) or path.startswith("//"):
        raise PathError(
            "a file of the project is wanted here: nothing is fetched, and nothing is read from elsewhere"
        )
    if path.startswith("/") or "\\" in path or not path.isprintable() or "\0" in path:
        raise PathError("a file is named from the brief's folder, with forward slashes")
    parts: list[str] = [part for part in folder.split("/") if part]
    for part in path.split("/"):
        if part == ".." and not parts:
            raise PathError("the file lies outside the project")
        if part == "..":
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    if not path or not parts or path.endswith("/"):
        raise PathError("a file is wanted here, not a folder")
    return "/".join(parts)


def published_address(folder: str, address: str) -> str:
    """Return the address of a file in every edition: beside the page or below it, wherever the file itself lies.

    As it is written, `../shared/map.svg` would be published into the folder of another page.
    """
    if {"", ".", ".."}.isdisjoint(unquote(address).split("/")):
        return address
    path = resolve_path(folder, address)
    own = path.removeprefix(f"{folder}/")
    return quote(own if own != path else f"_/{path}")


def project_reader(project: Path, limit: int) -> ReadFile:
    """Return a way to look at the files of a project, which never leaves it.

    A link is followed only while its end lies in the project; pipes, devices and folders are refused without being
    opened for good, and no more than `limit` bytes are read.
    """
    root = project.resolve()

    def look(path: str) -> bytes | UnreadableFile:
        try:
            real = (root / path).resolve(strict=True)
        except (OSError, RuntimeError, ValueError):
            return UnreadableFile("missing", _nearest(root / path, project))
        if not real.is_relative_to(root):
            return UnreadableFile("outside")
        return _read(real, limit)

    return look


def _read(path: Path, limit: int) -> bytes | UnreadableFile:
    """Read a plain file: opened first and asked then, so that nothing can be put in its place between."""
    try:
        handle = os.open(
            path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
        )
    except OSError:
        return UnreadableFile("special")
    found = os.fstat(handle)
    if not stat.S_ISREG(found.st_mode):
        os.close(handle)
        return UnreadableFile("special")
    with os.fdopen(handle, "rb") as file:
        if found.st_size > limit:
            return UnreadableFile("large", size=found.st_size)
        data = file.read(limit + 1)
    return data if len(data) <= limit else UnreadableFile("large", size=len(data))


def _nearest(path: Path, project: Path) -> str:
    """Return the name in the same folder that is nearest to one that is not there."""
    try:
        if not path.parent.resolve().is_relative_to(project.resolve()):
            return ""
        names = sorted(
            entry.name
            for entry in os.scandir(path.parent)
            if not entry.name.startswith(".")
        )
    except (OSError, RuntimeError, ValueError):
        return ""
    return nearest(path.name, names)


def nearest(word: str, words: list[str]) -> str:
    """Return the likeliest of the words, or nothing when none is near."""
    same = [other for other in words if other.casefold() == word.casefold()]
    return (same or difflib.get_close_matches(word, words, n=1, cutoff=0.6) or [""])[0]


def mapping_reader(files: Mapping[str, bytes]) -> ReadFile:
    """Return a way to look at files that are at hand."""

    def look(path: str) -> bytes | UnreadableFile:
        return (
            files[path]
            if path in files
            else UnreadableFile(
                "missing", nearest(path, sorted(files)).rpartition("/")[2]
            )
        )

    return look
