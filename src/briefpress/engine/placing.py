"""What a publication has to do to a folder: found by looks first, and by digest where the looks are not enough."""

# For every file of every build, a Path would cost more than the system call.
# ruff: noqa: PTH123

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from briefpress.engine.manifest import Manifest, look_of
from briefpress.engine.step import digest_of
from briefpress.problems import Problem, Severity


@dataclass(slots=True)
class Placing:
    """Which files to write and to take away, and what stands in the way."""

    write: list[str] = field(default_factory=list)
    remove: list[str] = field(default_factory=list)
    forget: list[str] = field(
        default_factory=list
    )  # no longer there, or no longer ours
    problems: list[Problem] = field(default_factory=list)
    learned: bool = False  # whether the manifest knows more now than what was read


def place(
    out: str,
    files: Mapping[str, str],
    manifest: Manifest,
    governs: Callable[[str], bool],
) -> Placing:
    """Compare the folder with what it shall hold. The manifest learns the looks of files that turn out to be right."""
    placing = Placing()
    for path, digest in sorted(files.items()):
        _compare(out, path, digest, manifest, placing)
    for path in sorted({*manifest.files, *manifest.coming} - files.keys()):
        if governs(path):
            _give_up(out, path, manifest, placing)
    return placing


def _compare(
    out: str, path: str, digest: str, manifest: Manifest, placing: Placing
) -> None:
    """Find out whether the file is right, is to be written, or is in the way."""
    try:
        status = os.lstat(f"{out}/{path}")
    except FileNotFoundError:
        status = None
    except NotADirectoryError:
        placing.problems.append(_in_the_way(f"{out}/{path}"))
        return
    if status is None:
        _need(out, path, placing)
    elif not stat.S_ISREG(status.st_mode):
        placing.problems.append(_in_the_way(f"{out}/{path}"))
    elif manifest.files.get(path) == digest and manifest.is_untouched(
        path, look_of(status)
    ):
        return
    elif digest_on_disk(f"{out}/{path}") == digest:
        manifest.files[path] = digest
        manifest.looks[path] = look_of(status)
        placing.learned = True
    elif manifest.owns(path):
        _need(out, path, placing)
    else:
        placing.problems.append(_in_the_way(f"{out}/{path}"))


def _need(out: str, path: str, placing: Placing) -> None:
    """Have the file written, unless what should be a folder above it is something else: a link, or a file."""
    above = path
    while above := above.rpartition("/")[0]:
        full = f"{out}/{above}"
        if os.path.lexists(full) and not stat.S_ISDIR(os.lstat(full).st_mode):
            placing.problems.append(_in_the_way(full))
            return
    placing.write.append(path)


def _give_up(out: str, path: str, manifest: Manifest, placing: Placing) -> None:
    """Have a file that nothing makes any more taken away, unless somebody has made it theirs."""
    found = digest_on_disk(f"{out}/{path}")
    if found and manifest.made(path, found):
        placing.remove.append(path)
        return
    placing.forget.append(path)
    if found:
        message = (
            f"{out}/{path} is no longer made, but was changed by hand, so it was left"
        )
        placing.problems.append(Problem("B08", message, severity=Severity.WARNING))


def _in_the_way(path: str) -> Problem:
    fix = "move it away, or give the build another --out"
    return Problem(
        "B05", f"{path} is in the way: briefpress did not put it there", fix=fix
    )


def digest_on_disk(path: str) -> str:
    """Return the digest of a regular file's bytes; nothing when there is none."""
    try:
        number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return ""
    with open(number, "rb") as file:
        return digest_of(file.read()) if stat.S_ISREG(os.fstat(number).st_mode) else ""
