"""Publishing: files of the store become files of a folder, each the old one or the new one and never half of one.

All that changes is first written and flushed in a hidden corner of the folder, then renamed into place. So a full
disk leaves the folder as it was. What did not change is not touched, what is no longer made is taken away, and
what is not ours is left alone.
"""

# For every file of every build, a Path would cost more than the system call.
# ruff: noqa: PTH102, PTH103, PTH105, PTH106, PTH108, PTH112, PTH120

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from briefpress.engine.disk import telling
from briefpress.engine.flush import flush_files, flush_folders, write_new
from briefpress.engine.lock import locked
from briefpress.engine.manifest import (
    HIDDEN,
    Manifest,
    check_paths,
    look_of,
    read_manifest,
    write_manifest,
)
from briefpress.engine.placing import digest_on_disk, place
from briefpress.engine.store import Store
from briefpress.problems import Problem


@dataclass(frozen=True, slots=True)
class Published:
    """What a publication changed, and what it would not change."""

    written: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


class OutFolder:
    """An output folder, held by one build at a time. Use it as a context."""

    def __init__(self, folder: Path | str, seconds: float = 0.0) -> None:
        """Name the folder, and how long to wait for another build that holds it."""
        self._out = str(folder)
        self._seconds = seconds
        self._held = contextlib.ExitStack()

    def __enter__(self) -> Self:
        """Make the folder where there is none, and hold it. Raises B06 when another build does, B07 if it cannot be."""
        with telling(self._out):
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
        governs: Callable[[str], bool] = lambda _: True,
    ) -> Published:
        """Make the folder hold these files (path to digest), and none of ours beside them that this build governs.

        Raises `DamagedError` when the store lacks bytes, before anything has changed: make the steps again.
        Raises B07 when the disk does not take them.
        """
        check_paths(files)
        with telling(self._out):
            return _publish(self._out, files, store, governs)


def _publish(
    out: str, files: Mapping[str, str], store: Store, governs: Callable[[str], bool]
) -> Published:
    """Write, name, rename, take away, and name again."""
    manifest = read_manifest(out)
    unsettled = _settle(out, manifest)
    placing = place(out, files, manifest, governs)
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
