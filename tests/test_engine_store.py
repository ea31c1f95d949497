"""The store: damage to its files is found, and what was lost is made again."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from briefpress.engine.step import Key, Source
from briefpress.engine.store import (
    DamagedError,
    Record,
    Store,
    collect_garbage,
    delete_damaged,
    measure_store,
)
from test_build_make import join, make, ran, street

DAY = 86_400


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "cache")


def files(store: Store, kind: str) -> list[Path]:
    return sorted(Path(entry) for entry in store.entries(kind))


def object_of(store: Store, digest: str) -> Path:
    return store.folder / "objects" / digest[:2] / digest


def test_bytes_are_read_by_their_digest(store: Store) -> None:
    digest = store.add(b"one")
    assert store.read(digest) == b"one"
    assert [path.name for path in files(store, "objects")] == [digest]


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def swap(path: Path) -> None:
    path.write_bytes(path.read_bytes()[::-1].swapcase() or b"x")


def empty(path: Path) -> None:
    path.write_bytes(b"")


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


DAMAGE = [cut, swap, empty, folder, Path.unlink]


@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_bytes_are_never_returned_and_can_be_added_again(
    store: Store, damage: Callable[[Path], None]
) -> None:
    digest = store.add(b"one")
    damage(object_of(store, digest))
    with pytest.raises(DamagedError):
        store.read(digest)
    assert store.add(b"one") == digest
    assert store.read(digest) == b"one"


@pytest.mark.parametrize("kind", ["objects", "records", "names"])
@pytest.mark.parametrize("damage", DAMAGE)
def test_a_build_finds_damage_and_makes_the_same_files(
    store: Store, kind: str, damage: Callable[[Path], None]
) -> None:
    good = {
        name: dict(outcome.files)
        for name, outcome in make(store, street(store, b"one")).items()
    }
    for path in files(store, kind):
        damage(path)
        for _ in range(3):  # the caller adds a damaged source again
            try:
                outcomes = make(
                    store,
                    [
                        *street(store, b"one"),
                        join("fresh", {"x": Source(store.add(b"1"))}),
                    ],
                )
                for outcome in outcomes.values():
                    for digest in outcome.files.values():
                        store.read(digest)
                break
            except DamagedError:
                continue
        else:
            pytest.fail("the store did not recover")
        assert {name: dict(outcomes[name].files) for name in good} == good


def test_a_record_in_the_place_of_another_is_ignored(store: Store) -> None:
    make(store, [join("a", {}, more="a"), join("b", {}, more="b")])
    one, two = files(store, "records")
    shutil.copy(one, two)
    outcomes = make(store, [join("a", {}, more="a"), join("b", {}, more="b")])
    assert [store.read(outcomes[name].files["text"]) for name in "ab"] == [b"a", b"b"]
    assert len(ran(outcomes)) == 1


def test_an_object_with_the_bytes_of_another_is_made_again_when_it_is_read(
    store: Store,
) -> None:
    steps = street(store, b"one")
    page = make(store, steps)["page"].files["text"]
    object_of(store, page).write_bytes(b"text=two;")
    store.add(b"one")
    fresh = join("reads it", {"page": steps[1].inputs["page"]})
    outcomes = make(store, [*steps, fresh])
    assert store.read(outcomes["reads it"].files["text"]) == b"page=text=one;;"


def test_a_record_of_another_version_of_briefpress_is_ignored(store: Store) -> None:
    key = Key("buildsteps:join", "", {}, {})
    store.save_record("page", key, Record(key.to_json(), {"text": ("0" * 64, 1)}))
    assert store.find_record(key.digest) is None
    path = next(iter(files(store, "records")))
    store._write_json("records", path.name, {"key": key.to_json(), "made": {}})  # noqa: SLF001 - an older version wrote it
    assert store.find_record(key.digest) is None
    assert ran(make(store, [join("page", {})])) == {"page"}


def test_all_damaged_objects_are_deleted_at_once(store: Store) -> None:
    good, *bad = (store.add(data) for data in (b"one", b"two", b"six"))
    for digest in bad:
        (store.folder / "objects" / digest[:2] / digest).write_bytes(b"bad")
    delete_damaged(store)
    assert [entry.name for entry in store.entries("objects")] == [good]


def test_no_temporary_files_are_left(store: Store) -> None:
    make(store, street(store, b"one"))
    assert not list(store.folder.rglob("*.new"))


def age(
    store: Store, days: float, kinds: tuple[str, ...] = ("objects", "records", "names")
) -> None:
    when = time.time() - days * DAY
    for kind in kinds:
        for path in files(store, kind):
            os.utime(path, (when, when))


def test_garbage_collection_keeps_what_was_used_last(store: Store) -> None:
    make(store, street(store, b"an old text"))
    age(store, 9)
    make(store, street(store, b"a recent text"))
    age(store, 2, ("objects",))
    before = measure_store(store)
    deleted = collect_garbage(store, before.bytes - 1)
    assert deleted.objects
    assert deleted.bytes > 0
    assert measure_store(store).bytes <= before.bytes - 1
    assert not ran(make(store, street(store, b"a recent text")))
    assert ran(make(store, street(store, b"an old text")))


def test_a_record_that_is_used_is_marked(store: Store) -> None:
    make(store, street(store, b"one"))
    age(store, 9)
    make(store, street(store, b"one"))
    assert all(
        time.time() - path.stat().st_mtime < DAY for path in files(store, "records")
    )


def test_garbage_collection_without_room_keeps_new_objects_only(store: Store) -> None:
    make(store, street(store, b"one"))
    collect_garbage(store, 0)
    assert measure_store(store).records == 0
    assert measure_store(store).objects, "a running build may have written them"
    age(store, 1)
    collect_garbage(store, 0)
    assert measure_store(store) == measure_store(Store(store.folder / "none"))
    assert not files(store, "names")


def test_garbage_collection_with_room_deletes_only_unused_objects(store: Store) -> None:
    make(store, street(store, b"one"))
    orphan = store.add(b"of a build that was killed")
    age(store, 1)
    assert collect_garbage(store, 10**9).objects == 1
    assert store.size(orphan) == -1
    assert not ran(make(store, street(store, b"one")))
