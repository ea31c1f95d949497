"""What a build reads, looked at before it is read, and the receipt that is written when none of it changed meanwhile.

Whoever reads the files need not take part: each is looked at before the build and again after it. Only when both
looks agree do the bytes that are hashed now stand for the bytes that the build has read.
"""

# For every file of every build, a Path would cost more than the system call.
# ruff: noqa: PTH105, PTH114, PTH116, PTH123

from __future__ import annotations

import contextlib
import os
import stat
import time
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from briefpress.engine.manifest import read_manifest
from briefpress.engine.receipt import FIRST, contents, encode, names, read_lines

TICK = 20_000_000  # nanoseconds, more than a file system's clock takes to move on


class InputSnapshot:
    """Everything that a build is about to read."""

    def __init__(
        self, paths: Iterable[Path | str], lists: Iterable[Path | str] = ()
    ) -> None:
        """Look at files and everything below folders, and at folders of which only the `lists` of names matter.

        What is not there is watched as well. A file that was written this very moment could change again without
        looking any different: wait for the clock to move on, and look again.
        """
        self._paths = [os.fsencode(Path(path).absolute()) for path in paths]
        self._lists = [os.fsencode(Path(path).absolute()) for path in lists]
        self._looks = self._look()
        if any(map(_is_young, self._looks.values())):
            time.sleep(TICK / 1e9)
            self._looks = self._look()

    def add(self, paths: Iterable[Path | str]) -> None:
        """Look at more, before it is read: what the files read first have named."""
        more = [os.fsencode(Path(path).absolute()) for path in paths]
        self._paths += more
        looks = _look_at(more)
        if any(map(_is_young, looks.values())):
            time.sleep(TICK / 1e9)
            looks = _look_at(more)
        self._looks |= looks

    def write_receipt(
        self, receipt: Path | str, settings: str, out: Path | str, problems: str = "[]"
    ) -> bool:
        """Write the receipt of a good build that has read this and published to `out`; `problems` is JSON in one line.

        Returns whether there is one: not when something has changed since it was looked at.
        """
        published = _published(os.fsencode(Path(out).absolute()))
        lines = self._lines(_known(receipt)) + published
        same = self._look() == self._looks and all(map(_stands, published))
        if not same or any(b"\n" in line for line in lines):
            return False
        body = b"\n".join([FIRST, encode(settings), *lines, problems.encode()])
        beside = f"{receipt}.{os.getpid()}.new"
        with contextlib.suppress(
            OSError
        ):  # without it the next build looks into everything, and that is all
            with open(beside, "wb") as file:
                file.write(body + b"\n%08x" % zlib.crc32(body))
            os.replace(beside, receipt)
            return True
        return False

    def _look(self) -> dict[bytes, bytes]:
        return {path: _look(path) for path in self._lists} | _look_at(self._paths)

    def _lines(self, known: Mapping[bytes, bytes]) -> list[bytes]:
        """Return a line for everything that was looked at, with what it holds; the last receipt may know it."""
        lines = []
        for path, look in sorted(self._looks.items()):
            before = known.get(path, b"")
            same = before.startswith(look + b"|")
            lines.append(
                before if same else b"|".join((look, contents(look[:1], path), path))
            )
        return lines


def _known(receipt: Path | str) -> dict[bytes, bytes]:
    """Return the lines of a receipt by path, so that what looks as it did is not read again."""
    lines = (read_lines(str(receipt)) or [])[2:-1]
    return {line.split(b"|", 2)[2]: line for line in lines}


def _published(out: bytes) -> list[bytes]:
    """Return a line for every file that was published."""
    manifest = read_manifest(os.fsdecode(out))
    lines = []
    for path, digest in sorted(manifest.files.items()):
        look = b"F%d %d %d %d" % manifest.looks.get(path, (0, 0, 0, 0))
        lines.append(b"|".join((look, digest.encode(), out + b"/" + os.fsencode(path))))
    return lines


def _stands(line: bytes) -> bool:
    """Whether a file has what its line says. One that was put there this very moment is worth a second look."""
    look, digest, path = line.split(b"|", 2)
    return not _is_young(look) or (
        _look(path) == look and contents(b"F", path) == digest
    )


def _look_at(paths: Iterable[bytes]) -> dict[bytes, bytes]:
    """Return how each of the paths looks, and everything below those that are folders."""
    looks: dict[bytes, bytes] = {}
    waiting = list(paths)
    while waiting:
        path = waiting.pop()
        if path in looks:
            continue
        looks[path] = look = _look(path)
        if look.startswith(b"D") and not _is_loop(path):
            with contextlib.suppress(OSError):
                waiting += [path + b"/" + name for name in names(path)]
    return looks


def _is_loop(folder: bytes) -> bool:
    """Whether it is a link to a folder that holds it."""
    return os.path.islink(folder) and folder.startswith(os.path.realpath(folder) + b"/")


def _look(path: bytes) -> bytes:
    """Return the look of a file (F), a folder (D), something else (S) or nothing (A), as the receipt has it."""
    try:
        found = os.stat(path)
    except OSError:
        return b"A"
    kind = (
        b"D"
        if stat.S_ISDIR(found.st_mode)
        else b"F"
        if stat.S_ISREG(found.st_mode)
        else b"S"
    )
    return kind + b"%d %d %d %d" % (
        found.st_size,
        found.st_mtime_ns,
        found.st_ctime_ns,
        found.st_ino,
    )


def _is_young(look: bytes) -> bool:
    """Whether what looks like this could change again and look the same."""
    return max(map(int, look.split(b" ")[1:3]), default=0) > time.time_ns() - TICK
