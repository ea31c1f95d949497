"""What the store holds, and what it may let go: records by their last use, and bytes that no record names."""

# ruff: noqa: PTH108

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass

from briefpress.engine.store import DamagedError, Store

HOUR = 3600.0  # younger files may belong to a build that goes on


@dataclass(frozen=True, slots=True)
class Stats:
    """How many files and bytes there are of each kind."""

    objects: int = 0
    records: int = 0
    bytes: int = 0


def stats(store: Store) -> Stats:
    """Count what the store holds."""
    sizes = [entry.stat().st_size for entry in store.entries("objects")]
    return Stats(len(sizes), sum(1 for _ in store.entries("records")), sum(sizes))


def collect(store: Store, limit: int) -> Stats:
    """Keep the records used last whose bytes fit into the limit, let the rest go, and return what went.

    A build that goes on meanwhile may lose a file: it finds that out, and makes it again.
    """
    before = stats(store)
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
    after = stats(store)
    return Stats(
        before.objects - after.objects,
        before.records - after.records,
        before.bytes - after.bytes,
    )


def sweep(store: Store) -> None:
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
        record = store.record(name, touch=False)
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
