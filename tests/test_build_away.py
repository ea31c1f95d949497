"""Steps on another executor: the same bytes, and the same care for what goes wrong."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest

from briefpress.engine.outcome import Outcome
from briefpress.engine.run import Engine
from briefpress.engine.step import Step
from briefpress.engine.store import DamagedError, Store
from briefpress.problems import BriefpressError
from test_build_make import join, make, ran, street


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "cache")


@pytest.fixture(scope="module")
def executor() -> Iterator[Executor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


def make_away(
    store: Store, steps: list[Step], executor: Executor
) -> dict[str, Outcome]:
    with Engine(store, 2, preload=["buildsteps"], executor=executor) as engine:
        return engine.make(steps)


def test_the_bytes_are_those_that_are_made_here(
    store: Store, tmp_path: Path, executor: Executor
) -> None:
    here = Store(tmp_path / "here")
    one = make(here, [*street(here, b"one"), join("thin", {}, warn=["thin"])])
    two = make_away(
        store, [*street(store, b"one"), join("thin", {}, warn=["thin"])], executor
    )
    assert {n: (o.state, o.files, o.problems) for n, o in one.items()} == {
        n: (o.state, o.files, o.problems) for n, o in two.items()
    }
    for outcome in two.values():
        for digest in outcome.files.values():
            assert store.read(digest) == here.read(digest)
    assert not ran(make(store, street(store, b"one"))), (
        "a build here finds what was made elsewhere"
    )


@pytest.mark.parametrize(
    ("step", "code"),
    [
        (Step("bad", "buildsteps:misbehave", settings={"how": "exit"}), "B01"),
        (
            Step("bad", "buildsteps:misbehave", settings={"how": "hang"}, seconds=0.4),
            "B02",
        ),
        (
            Step("bad", "buildsteps:misbehave", settings={"how": "eat"}, memory=2**27),
            "B03",
        ),
        (Step("bad", "buildsteps:broken"), "B04"),
        (Step("bad", "buildsteps:refuse"), "X02"),
    ],
)
def test_a_bad_step_costs_itself(
    store: Store, executor: Executor, step: Step, code: str
) -> None:
    outcomes = make_away(
        store, [step, *(join(f"good{n}", {}, n=n) for n in range(5))], executor
    )
    assert [p.code for p in outcomes["bad"].problems] == [code]
    assert sum(outcome.good for outcome in outcomes.values()) == 5


def test_workers_that_are_started_at_once_do_not_hold_one_another(store: Store) -> None:
    """The end of a worker is seen by its pipe, which no other may have inherited."""
    bad = [
        Step(
            f"bad{n}",
            "buildsteps:misbehave",
            settings={"how": "exit", "n": n},
            seconds=30,
        )
        for n in range(8)
    ]
    begun = time.monotonic()
    with ThreadPoolExecutor(4) as pool:
        outcomes = make_away(store, bad, pool)
    assert {p.code for outcome in outcomes.values() for p in outcome.problems} == {
        "B01"
    }
    assert time.monotonic() - begun < 25


def test_an_input_that_was_damaged_is_made_again(
    store: Store, executor: Executor
) -> None:
    steps = street(store, b"one")
    page = make(store, steps)["page"].files["text"]
    (store.folder / "objects" / page[:2] / page).write_bytes(b"text=two;")
    fresh = join("reads it", {"page": steps[1].inputs["page"]})
    assert (
        store.read(
            make_away(store, [*steps, fresh], executor)["reads it"].files["text"]
        )
        == b"page=text=one;;"
    )


def test_an_executor_that_is_gone_is_a_problem(store: Store) -> None:
    with ProcessPoolExecutor(1) as pool:
        pool.shutdown()
        with pytest.raises(BriefpressError, match="the workers elsewhere are gone"):
            make_away(store, [join("page", {})], pool)


def test_a_source_that_is_lost_is_said_so(store: Store, executor: Executor) -> None:
    steps = street(store, b"one")
    for path in store.entries("objects"):
        Path(path).write_bytes(b"eno")
    with pytest.raises(DamagedError):
        make_away(store, steps, executor)
