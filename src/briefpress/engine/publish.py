"""Publishing: files of the store become files of a folder, each the old one or the new one and never half of one.

All that changes is first written and flushed in a hidden corner of the folder, then renamed into place. So a full
disk leaves the folder as it was. What did not change is not touched, what is no longer made is taken away, and
what is not ours is left alone.
"""

# For every file of every build, a Path would cost more than the system call.
# ruff: noqa: PTH102, PTH103, PTH105, PTH106, PTH108, PTH112, PTH120, PTH123

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import stat
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from briefpress.engine.disk import (
    disk_errors_as_problems,
    flush_files,
    flush_folders,
    write_new,
)
from briefpress.engine.manifest import (
    HIDDEN,
    Manifest,
    check_paths,
    look_of,
    read_manifest,
    write_manifest,
)
from briefpress.engine.step import digest_of
from briefpress.engine.store import Store
from briefpress.problems import BriefpressError, Problem, Severity


@dataclass(frozen=True, slots=True)
class Published:
    """What a publication changed, and what it would not change."""

    written: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


class OutputFolder:
    """An output folder, held by one build at a time. Use it as a context."""

    def __init__(self, folder: Path | str, seconds: float = 0.0) -> None:
        """Name the folder, and how long to wait for another build that holds it."""
        self._out = str(folder)
        self._seconds = seconds
        self._held = contextlib.ExitStack()

    def __enter__(self) -> Self:
        """Make the folder where there is none, and hold it. Raises B06 when another build does, B07 if it cannot be."""
        with disk_errors_as_problems(self._out):
            os.makedirs(f"{self._out}/{HIDDEN}", exist_ok=True)
            self._held.enter_context(
                locked(Path(f"{self._out}/{HIDDEN}/lock"), self._out, self._seconds)
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """Let it go."""
        self._held.close()

    def publish(
        self,
        files: Mapping[str, str],
        store: Store,
        may_delete: Callable[[str], bool] = lambda _: True,
    ) -> Published:
        """Make the folder hold these files (path to digest), and none of ours beside them that this build may_delete.

        Raises `DamagedError` when the store lacks bytes, before anything has changed: make the steps again.
        Raises B07 when the disk does not take them.
        """
        check_paths(files)
        with disk_errors_as_problems(self._out):
            return _publish(self._out, files, store, may_delete)


def _publish(
    out: str, files: Mapping[str, str], store: Store, may_delete: Callable[[str], bool]
) -> Published:
    """Write, name, rename, take away, and name again."""
    manifest = read_manifest(out)
    unsettled = _settle(out, manifest)
    placing = place(out, files, manifest, may_delete)
    if placing.write or placing.remove:
        _stage(out, placing.write, files, store)
        manifest.coming |= {path: files[path] for path in placing.write}
        manifest.folders += _lacking(out, placing.write)
        write_manifest(out, manifest)
        _put(out, placing.write, manifest)
        _take_away(out, placing.remove, manifest)
        flush_folders(
            out, {path.rpartition("/")[0] for path in placing.write + placing.remove}
        )
    for path in placing.remove + placing.forget:
        manifest.drop(path)
    if (
        unsettled
        or placing.learned
        or placing.write
        or placing.remove
        or placing.forget
    ):
        write_manifest(out, manifest)
    return Published(
        tuple(placing.write), tuple(placing.remove), tuple(placing.problems)
    )


def _settle(out: str, manifest: Manifest) -> bool:
    """Learn what a build that was killed had put in place already, and whether there was one."""
    unsettled = bool(manifest.coming)
    for path, digest in manifest.coming.items():
        if digest_on_disk(f"{out}/{path}") == digest:
            manifest.files[path] = digest
            manifest.looks.pop(path, None)
    manifest.coming.clear()
    return unsettled


def _stage(
    out: str, paths: Iterable[str], files: Mapping[str, str], store: Store
) -> None:
    """Write the new files where nobody looks, so that nothing has changed yet should one of them not fit."""
    new = f"{out}/{HIDDEN}/new"
    paths = list(paths)
    shutil.rmtree(new, ignore_errors=True)
    os.mkdir(new)
    try:
        for number, path in enumerate(paths):
            write_new(f"{new}/{number}", store.read(files[path]))
        flush_files([f"{new}/{number}" for number in range(len(paths))])
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise


def _lacking(out: str, paths: Iterable[str]) -> list[str]:
    """Return the folders that have to be made, from the top down: those that we may take away again."""
    above = {
        path[:at] for path in paths for at, letter in enumerate(path) if letter == "/"
    }
    return sorted(folder for folder in above if not os.path.isdir(f"{out}/{folder}"))


def _put(out: str, paths: Iterable[str], manifest: Manifest) -> None:
    """Rename the staged files into place."""
    for number, path in enumerate(paths):
        os.makedirs(os.path.dirname(f"{out}/{path}"), exist_ok=True)
        os.replace(f"{out}/{HIDDEN}/new/{number}", f"{out}/{path}")
        manifest.files[path] = manifest.coming.pop(path)
        manifest.looks[path] = look_of(os.lstat(f"{out}/{path}"))
    shutil.rmtree(f"{out}/{HIDDEN}/new")


def _take_away(out: str, paths: Iterable[str], manifest: Manifest) -> None:
    """Remove what is ours, and the folders that we made and that are empty now."""
    for path in paths:
        os.unlink(f"{out}/{path}")
    for folder in sorted(manifest.folders, reverse=True):
        with contextlib.suppress(OSError):
            os.rmdir(f"{out}/{folder}")
    manifest.folders = [
        folder for folder in manifest.folders if os.path.isdir(f"{out}/{folder}")
    ]


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
    may_delete: Callable[[str], bool],
) -> Placing:
    """Compare the folder with what it shall hold. The manifest learns the looks of files that turn out to be right."""
    placing = Placing()
    for path, digest in sorted(files.items()):
        _compare(out, path, digest, manifest, placing)
    for path in sorted({*manifest.files, *manifest.coming} - files.keys()):
        if may_delete(path):
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


PATIENCE = 0.05  # seconds between two tries


@contextlib.contextmanager
def locked(path: Path, what: str, seconds: float = 0.0) -> Iterator[None]:
    """Hold the lock of that file, and say in it who does. Raises B06 when another still has it after so many seconds.

    `flock` and not `filelock`: that empties the file whenever somebody tries, and with it the holder's name.
    """
    with path.open("a+") as file:
        _take(file.fileno(), path, what, time.monotonic() + seconds)
        file.truncate(0)
        file.write(f"process {os.getpid()} since {time.strftime('%H:%M:%S')}")
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)
            fcntl.flock(
                file, fcntl.LOCK_UN
            )  # a worker that was forked meanwhile has the file open too


def _take(number: int, path: Path, what: str, until: float) -> None:
    while True:
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                holder = path.read_text() or "another process"
                fix = "wait for it to end, or give this build another --out"
                raise BriefpressError(
                    Problem("B06", f"{what} is in use by {holder}", fix=fix)
                ) from None
            time.sleep(PATIENCE)
        else:
            return
