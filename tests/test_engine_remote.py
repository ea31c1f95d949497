"""Steps on another executor: the same bytes, and the same care for what goes wrong."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest

from briefpress.engine.executor import StepLimits
from briefpress.engine.remote import RemoteExecutor
from briefpress.engine.scheduler import Engine
from briefpress.engine.step import Outcome, Step
from briefpress.engine.store import DamagedError, Store
from briefpress.problems import BriefpressError
from engine_steps import (
    Function,
    Settings,
    Text,
    call,
    chain,
    have_bug,
    join,
    misbehave,
    names_that_ran,
    return_error,
    run_steps,
    text_of,
)

pytestmark = pytest.mark.slow


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "cache")


@pytest.fixture(scope="module")
def executor() -> Iterator[Executor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


def run_remotely(
    store: Store,
    steps: Iterable[Step[Text]],
    executor: Executor,
    limits: StepLimits | None = None,
    version_function: str = "",
) -> dict[str, Outcome]:
    remote = RemoteExecutor(store, 2, ["engine_steps"], executor, version_function)
    with Engine(store, remote, limits=limits or StepLimits()) as engine:
        return engine.run(steps)


def test_the_bytes_are_those_that_are_made_locally(
    store: Store, tmp_path: Path, executor: Executor
) -> None:
    local = Store(tmp_path / "local")
    thin = call("thin", join, Settings(warn=("thin",)))
    one = run_steps(local, [*chain(local, b"one"), thin])
    two = run_remotely(store, [*chain(store, b"one"), thin], executor)
    assert {n: (o.state, o.files, o.problems) for n, o in one.items()} == {
        n: (o.state, o.files, o.problems) for n, o in two.items()
    }
    for outcome in two.values():
        for digest in outcome.files.values():
            assert store.read(digest) == local.read(digest)
    again = run_steps(store, chain(store, b"one"))
    assert not names_that_ran(again), "a local build uses what was made remotely"


@pytest.mark.parametrize(
    ("function", "settings", "code"),
    [
        (misbehave, Settings(how="exit"), "B01"),
        (misbehave, Settings(how="hang"), "B02"),
        (misbehave, Settings(how="use memory"), "B03"),
        (have_bug, Settings(), "B04"),
        (return_error, Settings(), "X02"),
    ],
)
def test_a_bad_step_costs_only_itself(
    store: Store, executor: Executor, function: Function, settings: Settings, code: str
) -> None:
    good = [call(f"good{n}", join, Settings(number=n)) for n in range(5)]
    limits = StepLimits(seconds=2.0, memory=2**27)
    bad = call("bad", function, settings)
    outcomes = run_remotely(store, [bad, *good], executor, limits)
    assert [problem.code for problem in outcomes["bad"].problems] == [code]
    assert sum(outcome.succeeded for outcome in outcomes.values()) == 5


def test_workers_that_start_at_the_same_time_do_not_hold_the_pipes_of_others(
    store: Store,
) -> None:
    """The end of a worker is seen by its pipe, which no other may have inherited."""
    bad = [call(f"bad{n}", misbehave, Settings(how="exit", number=n)) for n in range(8)]
    start = time.monotonic()
    with ThreadPoolExecutor(4) as pool:
        outcomes = run_remotely(store, bad, pool, StepLimits(seconds=30))
    codes = {each.code for outcome in outcomes.values() for each in outcome.problems}
    assert codes == {"B01"}
    assert time.monotonic() - start < 25


def test_an_input_that_was_damaged_is_made_again(
    store: Store, executor: Executor
) -> None:
    steps = chain(store, b"one")
    page = run_steps(store, steps)["page"].files["text"]
    (store.folder / "objects" / page[:2] / page).write_bytes(b"text=two;")
    fresh = call("reads it", join, page=text_of(steps[0]))
    outcomes = run_remotely(store, [*steps, fresh], executor)
    text = store.read(outcomes["reads it"].files["text"])
    assert text == b"page=text=one;;"


def test_an_executor_that_is_closed_is_a_problem(store: Store) -> None:
    with ProcessPoolExecutor(1) as pool:
        pool.shutdown()
        with pytest.raises(BriefpressError, match="the remote workers failed"):
            run_remotely(store, [call("page", join)], pool)


def test_a_file_that_is_lost_is_an_error(store: Store, executor: Executor) -> None:
    steps = chain(store, b"one")
    for path in store.entries("objects"):
        Path(path).write_bytes(b"eno")
    with pytest.raises(DamagedError):
        run_remotely(store, steps, executor)
