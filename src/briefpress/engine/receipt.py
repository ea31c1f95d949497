"""The receipt of a good build: by it the next one knows in a moment that there is nothing to do.

It is read with nothing but `os` and `zlib`, for Python itself takes most of the time that such a build may take.
One line each: a version and the settings, then everything that was read and everything that was published,

    F<size> <mtime> <ctime> <inode>|<digest>|<path>     a file
    D<size> <mtime> <ctime> <inode>|<digest>|<path>     a folder; the digest is of the names in it
    A||<path>                                           what was looked for and is not there

then the problems to be told again, as JSON, and a checksum. `watch` writes it.
"""

# What this module may import is the point of it, and `pathlib` is more than all the rest.
# ruff: noqa: PTH123, PTH208

from __future__ import annotations

import os
import zlib

FIRST = b"briefpress receipt 1"


def problems_if_current(receipt: str, settings: str) -> str | None:
    """Return the problems that the last build told, as JSON, if one with these settings would find nothing to do.

    The settings name all that the files do not tell: project and output folder, options, versions, environment.
    A file that looks otherwise than it did is read: when its bytes are what they were, a new date is no change.
    """
    lines = read_lines(receipt)
    if lines is None or lines[1] != encode(settings):
        return None
    return lines[-1].decode() if _all_same(lines[2:-1]) else None


def read_lines(receipt: str) -> list[bytes] | None:
    """Return the lines of a receipt, if there is one and it is whole."""
    try:
        with open(receipt, "rb") as file:
            body, _, seal = file.read().rpartition(b"\n")
    except OSError:
        return None
    lines = body.split(b"\n")
    return lines if lines[0] == FIRST and seal == b"%08x" % zlib.crc32(body) else None


def _all_same(lines: list[bytes]) -> bool:
    """Whether everything is as the lines say. This loop is the cost of a build with nothing to do."""
    stat = os.stat
    for line in lines:
        look, digest, path = line.split(b"|", 2)
        try:
            found = stat(path)
        except (OSError, ValueError):
            if look != b"A":
                return False
            continue
        now = b"%d %d %d %d" % (
            found.st_size,
            found.st_mtime_ns,
            found.st_ctime_ns,
            found.st_ino,
        )
        if look[1:] != now and (
            look[:1] not in b"DF" or contents(look[:1], path) != digest
        ):
            return False
    return True


def contents(kind: bytes, path: bytes) -> bytes:
    """Return the digest of a file's bytes or of a folder's names; nothing when it is not of that kind."""
    from hashlib import sha256

    try:
        if kind == b"D":
            return sha256(b"\0".join(names(path))).hexdigest().encode()
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
            return sha256(file.read()).hexdigest().encode()
    except OSError:
        return b""


def names(folder: bytes) -> list[bytes]:
    """Return what a folder holds, in order. Hidden names are for editors and systems, and caches are for Python."""
    return sorted(
        name
        for name in os.listdir(folder)
        if not name.startswith(b".") and name != b"__pycache__"
    )


def encode(text: str) -> bytes:
    """Return a text as one line."""
    return (
        text.encode("utf-8", "surrogateescape")
        .replace(b"\\", b"\\\\")
        .replace(b"\n", b"\\n")
    )
