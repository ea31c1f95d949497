"""The store: plain files named by their digest, and records of what each key made. Any of it may be deleted.

    <cache>/objects/ab/ab12…    bytes, named by their SHA-256
    <cache>/records/ab/ab34…    by key: which files it made, and the problems that it told
    <cache>/names/ab/ab56…      by step name: the key it had last, for `--explain`

A file is written beside and renamed, and nothing here is flushed to the disk: whatever a crash leaves torn
is found by its digest when it is read, taken away and made again. So several builds may share a store.
"""

# For every file of every build, a Path would cost more than the system call.
# ruff: noqa: PTH103, PTH105, PTH108, PTH112, PTH116, PTH118, PTH120, PTH123

from __future__ import annotations

import contextlib
import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from briefpress.engine.disk import disk_errors_as_problems
from briefpress.engine.step import Key, canonical, digest_of
from briefpress.problems import Problem

DAY = 86_400.0


class DamagedError(Exception):
    """The store does not have these bytes (any more). What was left of them is gone, so they can be made again."""

    def __init__(self, digest: str) -> None:
        """Name the bytes by their digest."""
        super().__init__(f"the store has no bytes with digest {digest}")
        self.digest = digest


@dataclass(frozen=True, slots=True)
class Record:
    """What a key made: name of a file to its digest and size, and the problems that came with it."""

    key: Mapping[str, Any]
    files: Mapping[str, tuple[str, int]]
    problems: tuple[Problem, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether a problem among them is an error."""
        return any(problem.is_error for problem in self.problems)

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "key": self.key,
            "files": self.files,
            "problems": [p.to_json() for p in self.problems],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Record | None:
        """Return the record that `to_json` described; None for one of another version of briefpress."""
        try:
            files = {
                name: (digest, size) for name, (digest, size) in data["files"].items()
            }
            return cls(
                data["key"],
                files,
                tuple(Problem.from_json(p) for p in data["problems"]),
            )
        except (KeyError, TypeError, ValueError):
            return None


class Store:
    """A folder of verified bytes. Where something is written, a disk that does not take it raises B07."""

    def __init__(self, folder: Path | str) -> None:
        """Name the folder; it is made when something is put in."""
        self.folder = Path(folder)
        self._root = str(folder)

    def add(self, data: bytes) -> str:
        """Keep the bytes, and return their digest."""
        digest = digest_of(data)
        if self.size(digest) != len(data):
            self._write("objects", digest, data)
        return digest

    def read(self, digest: str) -> bytes:
        """Return the bytes of that digest, verified. Raises `DamagedError`."""
        try:
            with open(self._path("objects", digest), "rb") as file:
                data = file.read()
        except OSError as error:
            self._drop("objects", digest)
            raise DamagedError(digest) from error
        if digest_of(data) != digest:
            self._drop("objects", digest)
            raise DamagedError(digest)
        return data

    def size(self, digest: str) -> int:
        """Return how long the bytes are, or -1 without them: a look that does not read."""
        try:
            return os.stat(self._path("objects", digest)).st_size
        except OSError:
            return -1

    def find_record(self, key: str, *, touch: bool = True) -> Record | None:
        """Return what the key made, if the files are all still here, and mark it as used."""
        data = self._sealed("records", key)
        if data is None:
            return None
        record = Record.from_json(data)
        if (
            record is None
            or digest_of(canonical(record.key)) != key
            or any(self.size(d) != n for d, n in record.files.values())
        ):
            return None
        if touch:
            self._touch(self._path("records", key))
        return record

    def save_record(self, name: str, key: Key, record: Record) -> None:
        """Keep what the key made, and that it was the last one of the step of this name."""
        self._seal("records", key.digest, record.to_json())
        self._seal(
            "names", digest_of(name.encode()), {"name": name, "key": key.to_json()}
        )

    def last_key(self, name: str) -> Key | None:
        """Return the key that the step of this name had when it was last made here."""
        return self.last_of(digest_of(name.encode()))

    def last_of(self, digest: str) -> Key | None:
        """Return the same for a name's digest, under which it is kept."""
        data = self._sealed("names", digest)
        return (
            Key(**data["key"])
            if data is not None and digest_of(data["name"].encode()) == digest
            else None
        )

    def entries(self, kind: str) -> Iterator[os.DirEntry[str]]:
        """Walk the files of a kind: "objects", "records" or "names"."""
        with (
            contextlib.suppress(FileNotFoundError),
            os.scandir(os.path.join(self._root, kind)) as shelves,
        ):
            for shelf in shelves:
                with (
                    contextlib.suppress(FileNotFoundError, NotADirectoryError),
                    os.scandir(shelf.path) as files,
                ):
                    yield from files

    def _path(self, kind: str, digest: str) -> str:
        return f"{self._root}/{kind}/{digest[:2]}/{digest}"

    def _seal(self, kind: str, name: str, value: Any) -> None:
        """Write JSON below a line with its digest, by which a torn one is known."""
        body = canonical(value)
        self._write(kind, name, digest_of(body).encode() + b"\n" + body + b"\n")

    def _sealed(self, kind: str, name: str) -> Any:
        """Return the JSON that was sealed; None, and the file taken away, when it is not what was written."""
        try:
            with open(self._path(kind, name), "rb") as file:
                seal, _, body = file.read().partition(b"\n")
        except OSError:
            return None
        if digest_of(body[:-1]).encode() != seal:
            self._drop(kind, name)
            return None
        return json.loads(body)

    def _write(self, kind: str, name: str, data: bytes) -> None:
        path = self._path(kind, name)
        beside = f"{path}.{os.urandom(6).hex()}.new"
        with disk_errors_as_problems(self._root):
            try:
                _write_new(beside, data)
                if os.path.isdir(path):
                    shutil.rmtree(path)
                os.replace(beside, path)
            except BaseException:
                with contextlib.suppress(OSError):
                    os.unlink(beside)
                raise

    def _drop(self, kind: str, name: str) -> None:
        with contextlib.suppress(
            OSError
        ):  # a folder in its place is taken away when it is written again
            os.unlink(self._path(kind, name))

    def _touch(self, path: str) -> None:
        """Mark a record as used today: `gc` keeps what was used last. Once a day is enough, and cheap."""
        with contextlib.suppress(OSError):
            if abs(time.time() - os.stat(path).st_mtime) > DAY:
                os.utime(path)


def _write_new(path: str, data: bytes) -> None:
    """Write a file, and make its folder the first time."""
    try:
        file = open(path, "wb")  # noqa: SIM115 - closed below
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        file = open(path, "wb")  # noqa: SIM115
    with file:
        file.write(data)


HOUR = 3600.0  # younger files may belong to a build that goes on


@dataclass(frozen=True, slots=True)
class StoreSize:
    """How many files and bytes there are of each kind."""

    objects: int = 0
    records: int = 0
    bytes: int = 0


def measure_store(store: Store) -> StoreSize:
    """Count what the store holds."""
    sizes = [entry.stat().st_size for entry in store.entries("objects")]
    return StoreSize(len(sizes), sum(1 for _ in store.entries("records")), sum(sizes))


def collect_garbage(store: Store, limit: int) -> StoreSize:
    """Keep the records used last whose bytes fit into the limit, let the rest go, and return what went.

    A build that goes on meanwhile may lose a file: it finds that out, and makes it again.
    """
    before = measure_store(store)
    kept, objects = _fitting(store, limit)
    for kind, wanted in (
        ("records", kept),
        ("objects", objects),
        ("names", _names(store, kept)),
    ):
        for entry in store.entries(kind):
            if entry.name not in wanted and (kind != "objects" or _is_old(entry)):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(entry.path)
    after = measure_store(store)
    return StoreSize(
        before.objects - after.objects,
        before.records - after.records,
        before.bytes - after.bytes,
    )


def delete_damaged(store: Store) -> None:
    """Read everything, and let go of what is damaged: where one object is, others may be, and all are found at once."""
    for entry in list(store.entries("objects")):
        with contextlib.suppress(DamagedError):
            store.read(entry.name)


def _fitting(store: Store, limit: int) -> tuple[set[str], set[str]]:
    """Return the records that fit, newest use first, and the objects that they name."""
    kept: set[str] = set()
    objects: set[str] = set()
    room = limit
    for name in _by_last_use(store):
        record = store.find_record(name, touch=False)
        needs = (
            {d for d, _ in record.files.values()} | set(record.key["inputs"].values())
            if record
            else set()
        )
        room -= sum(store.size(digest) for digest in needs - objects)
        if record is None or room < 0:
            continue
        kept.add(name)
        objects |= needs
    return kept, objects


def _by_last_use(store: Store) -> Iterator[str]:
    times = [(entry.stat().st_mtime, entry.name) for entry in store.entries("records")]
    return (name for _, name in sorted(times, reverse=True))


def _names(store: Store, kept: set[str]) -> set[str]:
    """Return the names whose last key still has its record."""
    names = {entry.name: store.last_of(entry.name) for entry in store.entries("names")}
    return {
        name for name, key in names.items() if key is not None and key.digest in kept
    }


def _is_old(entry: os.DirEntry[str]) -> bool:
    return abs(time.time() - entry.stat().st_mtime) > HOUR
