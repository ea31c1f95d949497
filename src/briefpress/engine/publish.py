"""Publishing: objects of the store become files of a folder.

A reader finds the old file or the new one, never half of one. New files are first
written and flushed in a hidden subfolder, then renamed into place, so a full disk
leaves the folder unchanged. Unchanged files are not touched, files that are no longer
made are deleted, and files that are not ours are left alone.
"""

# For each file of each build, a Path would cost more than the system call.
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
    read_manifest,
    stamp_of,
    write_manifest,
)
from briefpress.engine.step import digest_of
from briefpress.engine.store import Store
from briefpress.problems import BriefpressError, Problem, Severity

LOCK_INTERVAL = 0.05  # seconds between two attempts to lock a folder


@dataclass(frozen=True, slots=True)
class Published:
    """Which files were written and deleted, and what was left because of a problem."""

    written: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


class OutputFolder:
    """An output folder, locked by one build at a time. Use it as a context."""

    def __init__(self, folder: Path | str, seconds: float = 0.0) -> None:
        """Name the folder, and how long to wait for a build that has locked it."""
        self._out = str(folder)
        self._seconds = seconds
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        """Create the folder if necessary, and lock it.

        Raises B06 if another build has it, B07 if it cannot be created.
        """
        lock_file = Path(f"{self._out}/{HIDDEN}/lock")
        with disk_errors_as_problems(self._out):
            os.makedirs(f"{self._out}/{HIDDEN}", exist_ok=True)
            lock = _locked(lock_file, self._out, self._seconds)
            self._stack.enter_context(lock)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Unlock the folder."""
        self._stack.close()

    def publish(
        self,
        files: Mapping[str, str],
        store: Store,
        may_delete: Callable[[str], bool] = lambda _: True,
    ) -> Published:
        """Write these files (path to digest), and delete our other ones if allowed.

        `may_delete` says which of the files that are no longer made this build may
        delete. Raises `DamagedError`, before anything has changed, if the store lacks
        bytes: then make the steps again. Raises B07 if the disk cannot be written.
        """
        check_paths(files)
        with disk_errors_as_problems(self._out):
            return _publish(self._out, files, store, may_delete)


def _publish(
    out: str,
    files: Mapping[str, str],
    store: Store,
    may_delete: Callable[[str], bool],
) -> Published:
    """Change the folder. The manifest is written before and after the changes."""
    manifest = read_manifest(out)
    was_interrupted = bool(manifest.pending)
    _adopt_pending(out, manifest)
    plan = _plan(out, files, manifest, may_delete)
    if plan.write or plan.delete:
        _stage(out, plan.write, files, store)
        manifest.pending |= {path: files[path] for path in plan.write}
        manifest.folders += _missing_folders(out, plan.write)
        write_manifest(out, manifest)
        _move_into_place(out, plan.write, manifest)
        _delete(out, plan.delete, manifest)
        changed = [*plan.write, *plan.delete]
        flush_folders(out, {os.path.dirname(path) for path in changed})
    for path in [*plan.delete, *plan.forget]:
        manifest.forget(path)
    if was_interrupted or plan.changes_manifest:
        write_manifest(out, manifest)
    return Published(tuple(plan.write), tuple(plan.delete), tuple(plan.problems))


def _adopt_pending(out: str, manifest: Manifest) -> None:
    """Note which pending files an interrupted build had already renamed into place."""
    for path, digest in manifest.pending.items():
        if _digest_on_disk(f"{out}/{path}") == digest:
            manifest.files[path] = digest
            manifest.stamps.pop(path, None)
    manifest.pending.clear()


def _stage(
    out: str, paths: Iterable[str], files: Mapping[str, str], store: Store
) -> None:
    """Write the new files to a hidden folder, numbered in order, and flush them.

    If one of them does not fit on the disk, nothing has changed yet.
    """
    folder = f"{out}/{HIDDEN}/new"
    shutil.rmtree(folder, ignore_errors=True)
    os.mkdir(folder)
    staged = []
    try:
        for number, path in enumerate(paths):
            staged.append(f"{folder}/{number}")
            write_new(staged[-1], store.read(files[path]))
        flush_files(staged)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _missing_folders(out: str, paths: Iterable[str]) -> list[str]:
    """Return the folders that have to be created, outermost first.

    We may delete these again.
    """
    missing = set()
    for path in paths:
        for folder in _folders_of(path):
            if not os.path.isdir(f"{out}/{folder}"):
                missing.add(folder)
    return sorted(missing)


def _folders_of(path: str) -> Iterator[str]:
    """Yield the folders around a path, innermost first: "a/b", "a" for "a/b/c"."""
    folder, _, _ = path.rpartition("/")
    while folder:
        yield folder
        folder, _, _ = folder.rpartition("/")


def _move_into_place(out: str, paths: Iterable[str], manifest: Manifest) -> None:
    """Rename the staged files to their paths."""
    for number, path in enumerate(paths):
        target = f"{out}/{path}"
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.replace(f"{out}/{HIDDEN}/new/{number}", target)
        manifest.files[path] = manifest.pending.pop(path)
        manifest.stamps[path] = stamp_of(os.lstat(target))
    shutil.rmtree(f"{out}/{HIDDEN}/new")


def _delete(out: str, paths: Iterable[str], manifest: Manifest) -> None:
    """Delete files, and folders that we created and that are empty now."""
    for path in paths:
        os.unlink(f"{out}/{path}")
    for folder in sorted(manifest.folders, reverse=True):
        with contextlib.suppress(OSError):
            os.rmdir(f"{out}/{folder}")
    manifest.folders = [
        folder for folder in manifest.folders if os.path.isdir(f"{out}/{folder}")
    ]


@dataclass(slots=True)
class _Plan:
    """What a publication has to do to a folder."""

    write: list[str] = field(default_factory=list)
    delete: list[str] = field(default_factory=list)
    forget: list[str] = field(default_factory=list)  # gone already, or changed by hand
    adopted: bool = False  # whether files turned out to be right that were not known
    problems: list[Problem] = field(default_factory=list)

    @property
    def changes_manifest(self) -> bool:
        """Whether the manifest is another one afterwards."""
        return self.adopted or bool(self.write or self.delete or self.forget)


def _plan(
    out: str,
    files: Mapping[str, str],
    manifest: Manifest,
    may_delete: Callable[[str], bool],
) -> _Plan:
    """Compare the folder with the files that it should have.

    A file is read only if its stamp is not enough. The stamps of files that turn out to
    be right enter the manifest.
    """
    plan = _Plan()
    for path, digest in sorted(files.items()):
        _plan_file(out, path, digest, manifest, plan)
    ours = {*manifest.files, *manifest.pending}
    for path in sorted(ours - files.keys()):
        if may_delete(path):
            _plan_deletion(out, path, manifest, plan)
    return plan


def _plan_file(
    out: str, path: str, digest: str, manifest: Manifest, plan: _Plan
) -> None:
    """Plan to write a file, unless it is right already or something is in the way."""
    full_path = f"{out}/{path}"
    try:
        status = os.lstat(full_path)
    except FileNotFoundError:
        _plan_write(out, path, plan)
        return
    except NotADirectoryError:
        plan.problems.append(_in_the_way(full_path))
        return
    if not stat.S_ISREG(status.st_mode):
        plan.problems.append(_in_the_way(full_path))
        return
    stamp = stamp_of(status)
    is_known = manifest.files.get(path) == digest
    if is_known and manifest.is_untouched(path, stamp):
        return
    if _digest_on_disk(full_path) == digest:
        manifest.files[path] = digest
        manifest.stamps[path] = stamp
        plan.adopted = True
    elif manifest.owns(path):
        _plan_write(out, path, plan)
    else:
        plan.problems.append(_in_the_way(full_path))


def _plan_write(out: str, path: str, plan: _Plan) -> None:
    """Plan to write a file, unless a file or a link stands where a folder should be."""
    for folder in _folders_of(path):
        full_path = f"{out}/{folder}"
        if not os.path.lexists(full_path):
            continue
        if not stat.S_ISDIR(os.lstat(full_path).st_mode):
            plan.problems.append(_in_the_way(full_path))
            return
    plan.write.append(path)


def _plan_deletion(out: str, path: str, manifest: Manifest, plan: _Plan) -> None:
    """Plan to delete a file that is no longer made, unless it was changed by hand."""
    digest = _digest_on_disk(f"{out}/{path}")
    if digest and manifest.wrote(path, digest):
        plan.delete.append(path)
        return
    plan.forget.append(path)
    if digest:
        state = "was changed by hand and is no longer made: it was not deleted"
        message = f"{out}/{path} {state}"
        plan.problems.append(Problem("B08", message, severity=Severity.WARNING))


def _in_the_way(path: str) -> Problem:
    """Return the problem for something that briefpress did not write."""
    message = f"{path} is in the way: briefpress did not write it"
    fix = "move it, or choose another folder with --out"
    return Problem("B05", message, fix=fix)


def _digest_on_disk(path: str) -> str:
    """Return the digest of a regular file's bytes; "" if there is no such file."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        descriptor = os.open(path, flags)
    except OSError:
        return ""
    with open(descriptor, "rb") as file:
        is_file = stat.S_ISREG(os.fstat(descriptor).st_mode)
        return digest_of(file.read()) if is_file else ""


@contextlib.contextmanager
def _locked(lock_file: Path, folder: str, seconds: float) -> Iterator[None]:
    """Hold the lock of a folder, and write to the lock file which process holds it.

    The system releases the lock when the process dies. `filelock` is not used: it
    empties the file at each attempt, and with it the holder's name. Raises B06 if
    another process still has the lock after so many seconds.
    """
    with lock_file.open("a+") as file:
        _wait_for_lock(file.fileno(), lock_file, folder, time.monotonic() + seconds)
        file.truncate(0)
        file.write(f"process {os.getpid()} since {time.strftime('%H:%M:%S')}")
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)
            # Closing is not enough: a worker that was forked has the file open too.
            fcntl.flock(file, fcntl.LOCK_UN)


def _wait_for_lock(
    descriptor: int, lock_file: Path, folder: str, deadline: float
) -> None:
    """Take the lock, and try again until the deadline."""
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise BriefpressError(_in_use(lock_file, folder)) from None
            time.sleep(LOCK_INTERVAL)
        else:
            return


def _in_use(lock_file: Path, folder: str) -> Problem:
    """Return the problem for a folder that another process has locked."""
    holder = lock_file.read_text() or "another process"
    fix = "wait until it ends, or choose another folder with --out"
    return Problem("B06", f"{folder} is in use by {holder}", fix=fix)
