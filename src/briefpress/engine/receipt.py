"""The receipt of a good build, from which the next one knows that nothing changed.

Only `os` and `zlib` are imported, because starting Python takes most of the time of a
build with nothing to do. `snapshot` writes the receipt. It has a version and the
settings, then one line for each input and each published file:

    F<size> <mtime> <ctime> <inode>|<digest>|<path>     a file
    D<size> <mtime> <ctime> <inode>|<digest>|<path>     a folder; digest of its names
    A||<path>                                           absent

then the problems of the build, to be reported again, as JSON, and a checksum.
"""

# The imports are the point of this module, and `pathlib` is larger than all of it.
# ruff: noqa: PTH123, PTH208

from __future__ import annotations

import os
import zlib

FIRST_LINE = b"briefpress receipt 1"


def problems_if_current(receipt: str, settings: str) -> str | None:
    """Return the last build's problems, as JSON, if nothing has changed since, or None.

    `settings` is everything that files do not show: project and output folder, options,
    versions, environment. A file with another date is read: if its bytes are the same,
    nothing has changed.
    """
    lines = read_lines(receipt)
    if lines is None or lines[1] != encode_line(settings):
        return None
    return lines[-1].decode() if _all_unchanged(lines[2:-1]) else None


def read_lines(receipt: str) -> list[bytes] | None:
    """Return the lines of a receipt, or None if there is none or it is damaged."""
    try:
        with open(receipt, "rb") as file:
            body, _, checksum = file.read().rpartition(b"\n")
    except OSError:
        return None
    lines = body.split(b"\n")
    is_intact = lines[0] == FIRST_LINE and checksum == checksum_of(body)
    return lines if is_intact else None


def checksum_of(body: bytes) -> bytes:
    """Return the last line of a receipt."""
    return b"%08x" % zlib.crc32(body)


def _all_unchanged(lines: list[bytes]) -> bool:
    """Return whether all files and folders are as the lines say.

    This loop is the cost of a build with nothing to do.
    """
    stat = os.stat
    for line in lines:
        recorded, digest, path = line.split(b"|", 2)
        try:
            found = stat(path)
        except (OSError, ValueError):
            if recorded != b"A":
                return False
            continue
        current = b"%d %d %d %d" % (
            found.st_size,
            found.st_mtime_ns,
            found.st_ctime_ns,
            found.st_ino,
        )
        if recorded[1:] == current:
            continue
        kind = recorded[:1]
        if kind not in b"DF" or content_digest(kind, path) != digest:
            return False
    return True


def content_digest(kind: bytes, path: bytes) -> bytes:
    """Return the digest of a file's bytes or a folder's names, or b"".

    `kind` is b"F" or b"D". The result is empty if the path is of another kind.
    """
    from hashlib import sha256

    try:
        if kind == b"D":
            content = b"\0".join(visible_names(path))
        else:
            descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
            with open(descriptor, "rb") as file:
                content = file.read()
    except OSError:
        return b""
    return sha256(content).hexdigest().encode()


def visible_names(folder: bytes) -> list[bytes]:
    """Return the names in a folder, sorted; not those that editors and Python add."""
    return sorted(
        name
        for name in os.listdir(folder)
        if not name.startswith(b".") and name != b"__pycache__"
    )


def encode_line(text: str) -> bytes:
    """Return a text as one line."""
    data = text.encode("utf-8", "surrogateescape")
    return data.replace(b"\\", b"\\\\").replace(b"\n", b"\\n")
