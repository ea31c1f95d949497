"""The manifest of an output folder: which files are ours, and how we left them.

It is in the folder itself, in `.briefpress/`. So a lost cache leaves no orphans, and a
folder that is moved or copied keeps it. Before files are renamed into place, the
manifest names both the old and the new ones: at whatever moment a build is killed, the
next build knows which files are ours.
"""

# For each file of each build, a Path would cost more than the system call.
# ruff: noqa: PTH105, PTH116, PTH123

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

from briefpress.engine.disk import flush_files, flush_folders, write_new
from briefpress.engine.step import canonical_json, digest_of

HIDDEN = ".briefpress"  # in the output folder: manifest, lock, files being written
NAME = f"{HIDDEN}/manifest.json"
ODD_PARTS = frozenset({"", ".", ".."})  # of a path
ODD_CHARACTERS = frozenset({"\0", "\\"})
Digests: TypeAlias = dict[str, str]  # by path
Stamp = tuple[int, int, int, int]  # size, mtime and ctime in nanoseconds, inode


@dataclass(slots=True)
class Manifest:
    """Our files. Paths are relative to the folder, with forward slashes."""

    files: Digests = field(default_factory=dict)
    stamps: dict[str, Stamp] = field(default_factory=dict)  # as each file was left
    pending: Digests = field(default_factory=dict)  # not renamed into place yet
    folders: list[str] = field(default_factory=list)  # those that we created
    written_at: int = 0  # nanoseconds, by the clock of the file system

    def owns(self, path: str) -> bool:
        """Return whether a file of this path is ours."""
        return path in self.files or path in self.pending

    def wrote(self, path: str, digest: str) -> bool:
        """Return whether we wrote these bytes to the path."""
        published = self.files.get(path)
        pending = self.pending.get(path)
        return digest in {published, pending}

    def forget(self, path: str) -> None:
        """Remove the path from the manifest."""
        for entries in (self.files, self.stamps, self.pending):
            entries.pop(path, None)

    def is_untouched(self, path: str, stamp: Stamp) -> bool:
        """Return whether a file is as we left it, by its stamp alone.

        A file as new as the manifest may have been changed without a trace, because the
        clock of the file system moves in steps (git has the same rule for its index).
        """
        if self.stamps.get(path) != stamp:
            return False
        _, mtime, ctime, _ = stamp
        return max(mtime, ctime) < self.written_at


def stamp_of(status: os.stat_result) -> Stamp:
    """Return the stamp of a file. Only a changed clock can bring back a ctime."""
    return (
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
        status.st_ino,
    )


def read_manifest(out: str) -> Manifest:
    """Return the manifest of a folder; an empty one if it is missing or damaged."""
    path = f"{out}/{NAME}"
    try:
        with open(path, "rb") as file:
            content = file.read()
        status = os.stat(path)
    except OSError:
        return Manifest()
    first_line, _, body = content.partition(b"\n")
    digest = digest_of(body)
    if digest.encode() != first_line:
        return Manifest()
    data = json.loads(body)
    stamps = {name: tuple(stamp) for name, stamp in data["looks"].items()}
    return Manifest(
        files=data["files"],
        stamps=stamps,
        pending=data["coming"],
        folders=data["folders"],
        written_at=status.st_mtime_ns,
    )


def write_manifest(out: str, manifest: Manifest) -> None:
    """Replace the manifest of a folder, and wait until it is on the disk."""
    # The keys "looks" and "coming" stay, so that every version reads every manifest.
    data = {
        "files": manifest.files,
        "looks": manifest.stamps,
        "coming": manifest.pending,
        "folders": manifest.folders,
    }
    body = canonical_json(data)
    digest = digest_of(body)
    path = f"{out}/{NAME}"
    new_path = f"{path}.new"
    write_new(new_path, digest.encode() + b"\n" + body)
    flush_files([new_path])
    os.replace(new_path, path)
    flush_folders(out, [HIDDEN])


def check_paths(paths: Iterable[str]) -> None:
    """Raise `ValueError` for a path that leaves the output folder or enters HIDDEN."""
    for path in paths:
        parts = path.split("/")
        is_hidden = parts[0] == HIDDEN
        has_odd_part = not ODD_PARTS.isdisjoint(parts)
        has_odd_character = not ODD_CHARACTERS.isdisjoint(path)
        if is_hidden or has_odd_part or has_odd_character:
            raise ValueError(f"not a path within the output folder: {path!r}")
