"""The store: plain files named by their digest, and a record of what each key made.

    <cache>/objects/ab/ab12…    bytes, named by their SHA-256
    <cache>/records/ab/ab34…    by key: the files that it made, and its problems
    <cache>/names/ab/ab56…      by step name: its last key, for `--explain`

All of it may be deleted. A file is written under another name and then renamed, so
several builds may share a store. Nothing is flushed to the disk: a file that a crash
has damaged is found by its digest when it is read, and is made again.
"""

# For each file of each build, a Path would cost more than the system call.
# ruff: noqa: PTH103, PTH105, PTH108, PTH112, PTH116, PTH118, PTH120, PTH123

from __future__ import annotations

import contextlib
import json
import os
import shutil
import time
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from briefpress.engine.disk import disk_errors_as_problems
from briefpress.engine.step import Key, canonical_json, digest_of
from briefpress.problems import Problem

Data: TypeAlias = Mapping[str, Any]
Names: TypeAlias = Container[str]

HOUR = 3600.0  # seconds
DAY = 24 * HOUR


class DamagedError(Exception):
    """The store does not have these bytes, or no longer has them intact.

    A damaged file has been deleted, so that the bytes can be made again.
    """

    def __init__(self, digest: str) -> None:
        """Keep the digest of the bytes."""
        super().__init__(f"the store has no bytes with digest {digest}")
        self.digest = digest


@dataclass(frozen=True, slots=True)
class Record:
    """What a key made: digest and size of each file by name, and its problems."""

    key: Data
    files: Mapping[str, tuple[str, int]]
    problems: tuple[Problem, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether one of the problems is an error."""
        return any(problem.is_error for problem in self.problems)

    @property
    def digests(self) -> set[str]:
        """The digests of all bytes that the record needs: files and inputs."""
        inputs = self.key["inputs"]
        digests = set(inputs.values())
        for digest, _ in self.files.values():
            digests.add(digest)
        return digests

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        problems = [problem.to_json() for problem in self.problems]
        return {
            "key": self.key,
            "files": self.files,
            "problems": problems,
        }

    @classmethod
    def from_json(cls, data: Data) -> Record | None:
        """Return the record that `to_json` described.

        The result is None for a record of another version of briefpress.
        """
        try:
            files = {}
            for name, file in data["files"].items():
                digest, size = file
                files[name] = (digest, size)
            problems = tuple(map(Problem.from_json, data["problems"]))
            return cls(data["key"], files, problems)
        except (KeyError, TypeError, ValueError):
            return None


class Store:
    """A folder of verified bytes. If the disk refuses a file, B07 is raised."""

    def __init__(self, folder: Path | str) -> None:
        """Name the folder. It is created with the first file."""
        self.folder = Path(folder)
        self._root = str(folder)

    def add(self, data: bytes) -> str:
        """Keep bytes, and return their digest."""
        digest = digest_of(data)
        if self.size(digest) != len(data):
            self._write("objects", digest, data)
        return digest

    def read(self, digest: str) -> bytes:
        """Return the bytes of a digest, verified. Raises `DamagedError`."""
        path = self._path("objects", digest)
        try:
            with open(path, "rb") as file:
                data = file.read()
        except OSError as error:
            self._delete("objects", digest)
            raise DamagedError(digest) from error
        if digest_of(data) != digest:
            self._delete("objects", digest)
            raise DamagedError(digest)
        return data

    def size(self, digest: str) -> int:
        """Return the length of the bytes without reading them, or -1."""
        path = self._path("objects", digest)
        try:
            status = os.stat(path)
        except OSError:
            return -1
        return status.st_size

    def find_record(self, key: str, *, mark_used: bool = True) -> Record | None:
        """Return what a key made if all files are still here, and mark it as used."""
        data = self._read_json("records", key)
        if data is None:
            return None
        record = Record.from_json(data)
        if record is None:
            return None
        if digest_of(canonical_json(record.key)) != key:
            return None
        for digest, size in record.files.values():
            if self.size(digest) != size:
                return None
        if mark_used:
            path = self._path("records", key)
            self._mark_used(path)
        return record

    def save_record(self, name: str, key: Key, record: Record) -> None:
        """Keep what a key made, and remember it as the last key of the step."""
        self._write_json("records", key.digest, record.to_json())
        step = {"name": name, "key": key.to_json()}
        name_digest = digest_of(name.encode())
        self._write_json("names", name_digest, step)

    def last_key(self, name: str) -> Key | None:
        """Return the key with which the step of this name was last made here."""
        digest = digest_of(name.encode())
        return self.key_in_name_file(digest)

    def key_in_name_file(self, digest: str) -> Key | None:
        """Return the last key of the step whose name has this digest."""
        step = self._read_json("names", digest)
        if step is None:
            return None
        name = step["name"]
        if digest_of(name.encode()) != digest:
            return None
        try:
            return Key(**step["key"])
        except TypeError:  # of another version of briefpress
            return None

    def entries(self, kind: str) -> Iterator[os.DirEntry[str]]:
        """Yield the files of a kind: "objects", "records" or "names"."""
        folder = os.path.join(self._root, kind)
        with (
            contextlib.suppress(FileNotFoundError),
            os.scandir(folder) as subfolders,
        ):
            for subfolder in subfolders:
                yield from _files_in(subfolder.path)

    def _path(self, kind: str, digest: str) -> str:
        return f"{self._root}/{kind}/{digest[:2]}/{digest}"

    def _write_json(self, kind: str, name: str, value: Any) -> None:
        """Write JSON below a line with its digest, which detects damage."""
        body = canonical_json(value)
        digest = digest_of(body)
        lines = [digest.encode(), body, b""]
        data = b"\n".join(lines)
        self._write(kind, name, data)

    def _read_json(self, kind: str, name: str) -> Any:
        """Return what `_write_json` wrote, or None. A damaged file is deleted."""
        path = self._path(kind, name)
        try:
            with open(path, "rb") as file:
                data = file.read()
        except OSError:
            return None
        first_line, _, body = data.partition(b"\n")
        digest = digest_of(body[:-1])
        if digest.encode() != first_line:
            self._delete(kind, name)
            return None
        return json.loads(body)

    def _write(self, kind: str, name: str, data: bytes) -> None:
        """Write a file under another name, then rename it."""
        path = self._path(kind, name)
        random = os.urandom(6).hex()
        new_path = f"{path}.{random}.new"
        with disk_errors_as_problems(self._root):
            try:
                _write_new(new_path, data)
                if os.path.isdir(path):
                    shutil.rmtree(path)
                os.replace(new_path, path)
            except BaseException:
                with contextlib.suppress(OSError):
                    os.unlink(new_path)
                raise

    def _delete(self, kind: str, name: str) -> None:
        """Delete a file if possible. A folder in its place is replaced by `_write`."""
        path = self._path(kind, name)
        with contextlib.suppress(OSError):
            os.unlink(path)

    def _mark_used(self, path: str) -> None:
        """Mark a record as used today, so that garbage collection keeps it longest."""
        with contextlib.suppress(OSError):
            status = os.stat(path)
            age = time.time() - status.st_mtime
            if abs(age) > DAY:
                os.utime(path)


def _files_in(folder: str) -> Iterator[os.DirEntry[str]]:
    """Yield what a folder contains; nothing if it is not a folder."""
    with (
        contextlib.suppress(FileNotFoundError, NotADirectoryError),
        os.scandir(folder) as files,
    ):
        yield from files


def _write_new(path: str, data: bytes) -> None:
    """Write a file, and create its folder if it is the first one there."""
    try:
        file = open(path, "wb")  # noqa: SIM115 - closed below
    except FileNotFoundError:
        folder = os.path.dirname(path)
        os.makedirs(folder, exist_ok=True)
        file = open(path, "wb")  # noqa: SIM115
    with file:
        file.write(data)


@dataclass(frozen=True, slots=True)
class StoreSize:
    """How many objects and records a store has, and how many bytes the objects take."""

    objects: int = 0
    records: int = 0
    bytes: int = 0


def measure_store(store: Store) -> StoreSize:
    """Return the size of a store."""
    objects = 0
    size = 0
    for entry in store.entries("objects"):
        status = entry.stat()
        objects += 1
        size += status.st_size
    records = list(store.entries("records"))
    return StoreSize(objects, len(records), size)


def collect_garbage(store: Store, limit: int) -> StoreSize:
    """Delete what does not fit into so many bytes, and return how much was deleted.

    The records that were used last are kept. A build that runs at the same time may
    lose a file: it notices that, and makes the file again.
    """
    before = measure_store(store)
    records, objects = _most_recent(store, limit)
    names = _names_with_record(store, records)
    _delete_entries(store, "records", keep=records)
    # A running build may have just written objects that no record names yet.
    _delete_entries(store, "objects", keep=objects, min_age=HOUR)
    _delete_entries(store, "names", keep=names)
    after = measure_store(store)
    return StoreSize(
        objects=before.objects - after.objects,
        records=before.records - after.records,
        bytes=before.bytes - after.bytes,
    )


def delete_damaged(store: Store) -> None:
    """Read all objects, so that damaged ones are deleted.

    If one object is damaged, others may be: the next build then makes all of them
    again.
    """
    entries = list(store.entries("objects"))
    for entry in entries:
        with contextlib.suppress(DamagedError):
            store.read(entry.name)


def _most_recent(store: Store, limit: int) -> tuple[set[str], set[str]]:
    """Return the records that were used last and fit the limit, and their objects."""
    records: set[str] = set()
    objects: set[str] = set()
    room = limit
    for name in _by_last_use(store):
        record = store.find_record(name, mark_used=False)
        if record is None:
            continue
        needed = record.digests
        for digest in needed - objects:
            room -= store.size(digest)
        if room >= 0:
            records.add(name)
            objects |= needed
    return records, objects


def _by_last_use(store: Store) -> list[str]:
    """Return the names of all records, the one that was used last first."""
    used = []
    for entry in store.entries("records"):
        status = entry.stat()
        used.append((status.st_mtime, entry.name))
    used.sort(reverse=True)
    return [name for _, name in used]


def _names_with_record(store: Store, records: Names) -> set[str]:
    """Return the step names whose last key has a record."""
    names = set()
    for entry in store.entries("names"):
        key = store.key_in_name_file(entry.name)
        if key is not None and key.digest in records:
            names.add(entry.name)
    return names


def _delete_entries(
    store: Store,
    kind: str,
    *,
    keep: Names,
    min_age: float = 0.0,
) -> None:
    """Delete the files of a kind, except those to keep and those that are too new."""
    for entry in store.entries(kind):
        if entry.name in keep:
            continue
        if abs(_age(entry)) < min_age:
            continue
        with contextlib.suppress(FileNotFoundError):
            os.unlink(entry.path)


def _age(entry: os.DirEntry[str]) -> float:
    """Return the seconds since a file was written; negative if the clock went back."""
    status = entry.stat()
    return time.time() - status.st_mtime
