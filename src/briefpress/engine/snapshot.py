"""A snapshot of a build's inputs, and the receipt of a build that kept them unchanged.

The inputs are recorded before the build and compared after it. If both agree, the bytes
that are hashed afterwards are those that the build has read, and no stage of the build
needs to report what it reads.
"""

# For each file of each build, a Path would cost more than the system call.
# ruff: noqa: PTH105, PTH114, PTH116, PTH123

from __future__ import annotations

import contextlib
import os
import stat
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeAlias

from briefpress.engine.manifest import read_manifest
from briefpress.engine.receipt import (
    FIRST_LINE,
    checksum_of,
    content_digest,
    encode_line,
    read_lines,
    visible_names,
)

# Nanoseconds, more than the clock of a file system needs to move on. Until then a file
# can be written again and keep its times.
CLOCK_STEP = 20_000_000

# A state is what the receipt records: kind, size, times and inode.
States: TypeAlias = dict[bytes, bytes]  # by path
AnyPath: TypeAlias = Path | str


class InputSnapshot:
    """The state of every file that a build reads, taken before it starts."""

    def __init__(
        self,
        paths: Iterable[AnyPath],
        lists: Iterable[AnyPath] = (),
    ) -> None:
        """Record files, and folders with everything in them.

        Of the folders in `lists` only the names in them count. Paths that do not exist
        are recorded too.
        """
        self._paths = _encoded(paths)
        self._lists = _encoded(lists)
        self._states = _settled_states(self._paths, self._lists)

    def add(self, paths: Iterable[AnyPath]) -> None:
        """Record more paths before they are read: the first files may name others."""
        more = _encoded(paths)
        self._paths += more
        self._states |= _settled_states(more, [])

    def write_receipt(
        self,
        receipt: AnyPath,
        settings: str,
        out: AnyPath,
        problems: str = "[]",
    ) -> bool:
        """Write the receipt of a good build, and return whether there is one.

        `problems` is JSON in one line. There is no receipt if an input or a published
        file has changed during the build, or if the receipt cannot be written: the next
        build then checks everything.
        """
        folder = Path(out).absolute()
        published = _published_lines(os.fsencode(folder))
        earlier = _earlier_lines(receipt)
        lines = self._input_lines(earlier) + published
        states = _states_of(self._paths, self._lists)
        if states != self._states:
            return False
        if not all(map(_is_unchanged, published)):
            return False
        if any(b"\n" in line for line in lines):
            return False
        first_lines = [FIRST_LINE, encode_line(settings)]
        all_lines = [*first_lines, *lines, problems.encode()]
        body = b"\n".join(all_lines)
        checksum = checksum_of(body)
        return _replace_file(str(receipt), body + b"\n" + checksum)

    def _input_lines(self, earlier: Mapping[bytes, bytes]) -> list[bytes]:
        """Return a line for each input. Unchanged inputs are not read again."""
        lines = []
        for path, state in sorted(self._states.items()):
            line = earlier.get(path, b"")
            if not line.startswith(state + b"|"):
                kind = state[:1]
                digest = content_digest(kind, path)
                line = b"|".join([state, digest, path])
            lines.append(line)
        return lines


def _encoded(paths: Iterable[AnyPath]) -> list[bytes]:
    """Return absolute paths as bytes."""
    absolute = [Path(path).absolute() for path in paths]
    return [os.fsencode(path) for path in absolute]


def _earlier_lines(receipt: AnyPath) -> dict[bytes, bytes]:
    """Return the lines of the last receipt by path."""
    by_path = {}
    lines = read_lines(str(receipt)) or []
    entries = lines[2:-1]
    for line in entries:
        _, _, path = line.split(b"|", 2)
        by_path[path] = line
    return by_path


def _published_lines(out: bytes) -> list[bytes]:
    """Return a line for each published file."""
    manifest = read_manifest(os.fsdecode(out))
    files = sorted(manifest.files.items())
    lines = []
    for path, digest in files:
        stamp = manifest.stamps.get(path, (0, 0, 0, 0))
        state = b"F%d %d %d %d" % stamp
        full_path = out + b"/" + os.fsencode(path)
        line = b"|".join([state, digest.encode(), full_path])
        lines.append(line)
    return lines


def _is_unchanged(line: bytes) -> bool:
    """Return whether a published file is as its line says.

    Only a file that was written at this moment is checked.
    """
    state, digest, path = line.split(b"|", 2)
    if not _is_recent(state):
        return True
    if _state_of(path) != state:
        return False
    return content_digest(b"F", path) == digest


def _replace_file(path: str, data: bytes) -> bool:
    """Replace a file at once, and return whether that was possible."""
    process = os.getpid()
    new_path = f"{path}.{process}.new"
    try:
        with open(new_path, "wb") as file:
            file.write(data)
        os.replace(new_path, path)
    except OSError:
        return False
    return True


def _settled_states(paths: list[bytes], lists: list[bytes]) -> States:
    """Return the state of each path, once the clock of the file system has moved on.

    A file that was written at this moment could change again and keep its state.
    """
    states = _states_of(paths, lists)
    if any(map(_is_recent, states.values())):
        time.sleep(CLOCK_STEP / 1e9)
        states = _states_of(paths, lists)
    return states


def _states_of(paths: list[bytes], lists: list[bytes]) -> States:
    """Return the state of each path, and of everything in those that are folders.

    Of the folders in `lists`, only their own state is returned.
    """
    states = {path: _state_of(path) for path in lists}
    walked: States = {}
    waiting = list(paths)
    while waiting:
        path = waiting.pop()
        if path in walked:
            continue
        state = _state_of(path)
        walked[path] = state
        is_folder = state.startswith(b"D")
        if is_folder and not _contains_itself(path):
            with contextlib.suppress(OSError):
                names = visible_names(path)
                waiting += [path + b"/" + name for name in names]
    return states | walked


def _contains_itself(folder: bytes) -> bool:
    """Return whether the path is a link to a folder that contains the link."""
    if not os.path.islink(folder):
        return False
    target = os.path.realpath(folder)
    return folder.startswith(target + b"/")


def _state_of(path: bytes) -> bytes:
    """Return the state of a path, as the receipt records it.

    The first letter is F for a file, D for a folder, S for anything else and A, alone,
    for an absent path.
    """
    try:
        status = os.stat(path)
    except OSError:
        return b"A"
    return _kind_of(status.st_mode) + b"%d %d %d %d" % (
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
        status.st_ino,
    )


def _kind_of(mode: int) -> bytes:
    """Return the letter for the kind of a path that exists."""
    if stat.S_ISDIR(mode):
        return b"D"
    if stat.S_ISREG(mode):
        return b"F"
    return b"S"


def _is_recent(state: bytes) -> bool:
    """Return whether a path was changed so recently that its clock may stand still."""
    fields = state.split(b" ")
    times = map(int, fields[1:3])
    newest = max(times, default=0)
    return newest > time.time_ns() - CLOCK_STEP
