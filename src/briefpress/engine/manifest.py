"""The manifest of an output folder: which of its files are ours, and what they looked like when we left them.

It lives in the folder itself, in `.briefpress/`, so that a lost cache orphans nothing and a moved or copied folder
keeps it. Before files are put in place it names both what they were and what they shall be, so that whatever
moment a build is killed at, the next one knows its own.
"""

# For every file of every build, a Path would cost more than the system call.
# ruff: noqa: PTH105, PTH116, PTH123

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from briefpress.engine.disk import flush_files, flush_folders, write_new
from briefpress.engine.step import canonical, digest_of

HIDDEN = ".briefpress"  # within the output folder: the manifest, the lock, and files that are being written
NAME = f"{HIDDEN}/manifest.json"
Look = tuple[int, int, int, int]


@dataclass(slots=True)
class Manifest:
    """What is ours. Paths are relative to the folder, with forward slashes."""

    files: dict[str, str] = field(default_factory=dict)  # to digests
    looks: dict[str, Look] = field(
        default_factory=dict
    )  # how each looked to the system when it was put there
    coming: dict[str, str] = field(
        default_factory=dict
    )  # what a build that is not done yet puts in place
    folders: list[str] = field(default_factory=list)  # those that we made
    written: int = 0  # when, by the clock of the file system

    def owns(self, path: str) -> bool:
        """Whether the path is one of ours."""
        return path in self.files or path in self.coming

    def made(self, path: str, digest: str) -> bool:
        """Whether these are bytes that we put there."""
        return digest in {self.files.get(path), self.coming.get(path)}

    def drop(self, path: str) -> None:
        """Forget the path."""
        for known in (self.files, self.looks, self.coming):
            known.pop(path, None)

    def is_untouched(self, path: str, look: Look) -> bool:
        """Whether the file looks as we left it. One as young as the manifest may have changed unseen (git's rule)."""
        return self.looks.get(path) == look and max(look[1:3]) < self.written


def look_of(status: os.stat_result) -> Look:
    """Return size, times of change in nanoseconds, and inode. Only a clock that is moved brings the third back."""
    return (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


def read_manifest(out: str) -> Manifest:
    """Return the manifest of the folder: an empty one when there is none, or one that cannot be trusted."""
    path = f"{out}/{NAME}"
    try:
        with open(path, "rb") as file:
            seal, _, body = file.read().partition(b"\n")
        written = os.stat(path).st_mtime_ns
    except OSError:
        return Manifest()
    if digest_of(body).encode() != seal:
        return Manifest()
    data = json.loads(body)
    looks = {name: tuple(look) for name, look in data["looks"].items()}
    return Manifest(data["files"], looks, data["coming"], data["folders"], written)


def write_manifest(out: str, manifest: Manifest) -> None:
    """Put the manifest on the disk, whole."""
    body = canonical(
        {
            "files": manifest.files,
            "looks": manifest.looks,
            "coming": manifest.coming,
            "folders": manifest.folders,
        }
    )
    beside = f"{out}/{NAME}.new"
    write_new(beside, digest_of(body).encode() + b"\n" + body)
    flush_files([beside])
    os.replace(beside, f"{out}/{NAME}")
    flush_folders(out, [HIDDEN])


def check_paths(paths: Mapping[str, str] | Iterable[str]) -> None:
    """Raise `ValueError` for a path that would leave the output folder, or reach what is hidden in it."""
    for path in paths:
        parts = path.split("/")
        if (
            "\0" in path
            or "\\" in path
            or parts[0] == HIDDEN
            or any(part in {"", ".", ".."} for part in parts)
        ):
            raise ValueError(f"not a path within the output folder: {path!r}")
