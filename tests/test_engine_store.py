"""The store: whatever is done to its files is found, and costs no more than making them again."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from briefpress.engine.step import Key
from briefpress.engine.store import (
    DamagedError,
    Record,
    Store,
    collect_garbage,
    delete_damaged,
    measure_store,
)
from engine_steps import (
    Settings,
    call,
    chain,
    join,
    names_that_ran,
    run_steps,
    stored,
    text_of,
)

DAY = 86_400


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "cache")


def files(store: Store, kind: str) -> list[Path]:
    return sorted(Path(entry) for entry in store.entries(kind))


def object_of(store: Store, digest: str) -> Path:
    return store.folder / "objects" / digest[:2] / digest


def test_bytes_come_back_by_digest(store: Store) -> None:
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


HARM = [cut, swap, empty, folder, Path.unlink]


@pytest.mark.parametrize("harm", HARM)
def test_damaged_bytes_are_never_returned_and_can_be_added_again(
    store: Store, harm: Callable[[Path], None]
) -> None:
    digest = store.add(b"one")
    harm(object_of(store, digest))
    with pytest.raises(DamagedError):
        store.read(digest)
    assert store.add(b"one") == digest
    assert store.read(digest) == b"one"


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["objects", "records", "names"])
@pytest.mark.parametrize("harm", HARM)
def test_a_build_finds_damage_and_ends_the_same(
    store: Store, kind: str, harm: Callable[[Path], None]
) -> None:
    good = {
        name: dict(outcome.files)
        for name, outcome in run_steps(store, chain(store, b"one")).items()
    }
    for path in files(store, kind):
        harm(path)
        for _ in range(3):  # a source that was damaged is added by its caller again
            try:
                outcomes = run_steps(
                    store,
                    [
                        *chain(store, b"one"),
                        call("fresh", join, x=stored(store, b"1")),
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


def test_a_record_in_the_place_of_another_is_not_believed(store: Store) -> None:
    run_steps(
        store,
        [call("a", join, Settings(more="a")), call("b", join, Settings(more="b"))],
    )
    one, two = files(store, "records")
    shutil.copy(one, two)
    outcomes = run_steps(
        store,
        [call("a", join, Settings(more="a")), call("b", join, Settings(more="b"))],
    )
    assert [store.read(outcomes[name].files["text"]) for name in "ab"] == [b"a", b"b"]
    assert len(names_that_ran(outcomes)) == 1


def test_an_object_in_the_place_of_another_of_its_size_is_made_again_when_it_is_read(
    store: Store,
) -> None:
    steps = chain(store, b"one")
    page = run_steps(store, steps)["page"].files["text"]
    object_of(store, page).write_bytes(b"text=two;")
    store.add(b"one")
    fresh = call("reads it", join, page=text_of(steps[0]))
    outcomes = run_steps(store, [*steps, fresh])
    assert store.read(outcomes["reads it"].files["text"]) == b"page=text=one;;"


def test_a_record_of_another_version_of_the_program_is_made_again(store: Store) -> None:
    key = Key("engine_steps:join", "", {})
    store.save_record("page", key, Record(key.to_json(), {"text": ("0" * 64, 1)}))
    assert store.find_record(key.digest) is None
    path = next(iter(files(store, "records")))
    store._write_json("records", path.name, {"key": key.to_json(), "made": {}})  # noqa: SLF001 - as an older version would
    assert store.find_record(key.digest) is None
    assert names_that_ran(run_steps(store, [call("page", join)])) == {"page"}


def test_a_sweep_finds_all_damage_at_once(store: Store) -> None:
    good, *bad = (store.add(data) for data in (b"one", b"two", b"six"))
    for digest in bad:
        (store.folder / "objects" / digest[:2] / digest).write_bytes(b"bad")
    delete_damaged(store)
    assert [entry.name for entry in store.entries("objects")] == [good]


def test_nothing_is_left_beside(store: Store) -> None:
    run_steps(store, chain(store, b"one"))
    assert not list(store.folder.rglob("*.new"))


def age(
    store: Store, days: float, kinds: tuple[str, ...] = ("objects", "records", "names")
) -> None:
    when = time.time() - days * DAY
    for kind in kinds:
        for path in files(store, kind):
            os.utime(path, (when, when))


def test_gc_keeps_what_was_used_last(store: Store) -> None:
    run_steps(store, chain(store, b"an old text"))
    age(store, 9)
    run_steps(store, chain(store, b"a text of these days"))
    age(store, 2, ("objects",))
    whole = measure_store(store)
    gone = collect_garbage(store, whole.bytes - 1)
    assert gone.objects
    assert gone.bytes > 0
    assert measure_store(store).bytes <= whole.bytes - 1
    assert not names_that_ran(run_steps(store, chain(store, b"a text of these days")))
    assert names_that_ran(run_steps(store, chain(store, b"an old text")))


def test_use_is_remembered(store: Store) -> None:
    run_steps(store, chain(store, b"one"))
    age(store, 9)
    run_steps(store, chain(store, b"one"))
    assert all(
        time.time() - path.stat().st_mtime < DAY for path in files(store, "records")
    )


def test_gc_without_room_leaves_nothing_but_what_is_new(store: Store) -> None:
    run_steps(store, chain(store, b"one"))
    collect_garbage(store, 0)
    assert measure_store(store).records == 0
    assert measure_store(store).objects, "a build that goes on may have put them there"
    age(store, 1)
    collect_garbage(store, 0)
    assert measure_store(store) == measure_store(Store(store.folder / "none"))
    assert not files(store, "names")


def test_gc_with_room_lets_go_only_what_nothing_names(store: Store) -> None:
    run_steps(store, chain(store, b"one"))
    orphan = store.add(b"of a build that was killed")
    age(store, 1)
    assert collect_garbage(store, 10**9).objects == 1
    assert store.size(orphan) == -1
    assert not names_that_ran(run_steps(store, chain(store, b"one")))


def test_the_last_key_of_another_version_of_the_program_counts_as_none(
    store: Store,
) -> None:
    run_steps(store, [call("page", join)])
    (path,) = files(store, "names")
    old_key = {"run": "m:f", "version": "1", "settings": {}, "inputs": {}}
    step = {"name": "page", "key": old_key}
    store._write_json("names", path.name, step)  # noqa: SLF001 - as an older version would
    assert store.last_key("page") is None
    outcome = run_steps(store, [call("page", join, Settings(more="x"))])["page"]
    assert outcome.reasons == ("first time",)
