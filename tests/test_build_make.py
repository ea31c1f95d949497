"""The laws of the engine: what runs, what does not, and that it makes no difference how."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from briefpress.engine.outcome import Event, Outcome
from briefpress.engine.run import Engine
from briefpress.engine.step import Key, Output, Source, Step, canonical
from briefpress.engine.store import DamagedError, Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "cache")


def make(store: Store, steps: Iterable[Step], jobs: int = 1) -> dict[str, Outcome]:
    with Engine(store, jobs, preload=["buildsteps"]) as engine:
        return engine.make(steps)


def ran(outcomes: Mapping[str, Outcome]) -> set[str]:
    return {name for name, outcome in outcomes.items() if outcome.state == "done"}


def join(name: str, inputs: Mapping[str, Any], **keys: Any) -> Step:
    return Step(name, "buildsteps:join", inputs, keys)


def street(store: Store, text: bytes, **keys: Any) -> list[Step]:
    """A text is joined; its length is taken; the length is joined."""
    return [
        join("page", {"text": Source(store.add(text))}, **keys),
        Step("length", "buildsteps:length", {"page": Output("page", "text")}),
        join("book", {"length": Output("length", "text")}),
    ]


def test_a_second_build_runs_no_step(store: Store) -> None:
    assert ran(make(store, street(store, b"one"))) == {"page", "length", "book"}
    again = make(store, street(store, b"one"))
    assert {outcome.state for outcome in again.values()} == {"cached"}
    assert not any(outcome.why for outcome in again.values())


def test_the_files_are_those_that_the_functions_made(store: Store) -> None:
    outcomes = make(store, street(store, b"one"))
    assert [
        store.read(outcomes[n].files["text"]) for n in ("page", "length", "book")
    ] == [
        b"text=one;",
        b"9",
        b"length=9;",
    ]


def test_a_change_that_leaves_an_output_the_same_makes_nothing_after_it(
    store: Store,
) -> None:
    make(store, street(store, b"one"))
    assert ran(make(store, street(store, b"two"))) == {"page", "length"}
    assert ran(make(store, street(store, b"three"))) == {"page", "length", "book"}


def test_going_back_runs_nothing(store: Store) -> None:
    for text in (b"one", b"three"):
        make(store, street(store, text))
    assert not ran(make(store, street(store, b"one")))


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"text": b"four"}, "input changed: text"),
        ({"more": "!"}, "settings added: more"),
        ({"lang": "de"}, "settings changed: lang"),
        ({"version": "2"}, "version changed"),
        ({"extra": b"x"}, "input added: extra"),
        ({"run": "buildsteps:length"}, "another function makes it"),
    ],
)
def test_every_run_can_say_why(store: Store, changed: dict[str, Any], why: str) -> None:
    def step(
        text: bytes = b"one",
        run: str = "buildsteps:join",
        version: str = "1",
        **rest: Any,
    ) -> Step:
        inputs = {"text": Source(store.add(text))}
        if extra := rest.pop("extra", b""):
            inputs["extra"] = Source(store.add(extra))
        return Step("page", run, inputs, {"lang": "en", **rest}, version)

    assert make(store, [step()])["page"].why == ("first time",)
    assert make(store, [step(**changed)])["page"].why == (why,)
    if "more" in changed:
        assert make(store, [step(lang="fr")])["page"].why == (
            "settings changed: lang",
            "settings removed: more",
        )


def test_a_list_that_was_written_as_a_tuple_is_no_change(store: Store) -> None:
    make(store, [join("page", {}, tags=("a", "b"), lang="en")])
    assert make(store, [join("page", {}, tags=("a", "b"), lang="de")])["page"].why == (
        "settings changed: lang",
    )
    assert not ran(make(store, [join("page", {}, tags=["a", "b"], lang="en")]))


def test_a_warning_is_told_again_from_the_record(store: Store) -> None:
    first, second = (
        make(store, [join("page", {}, warn=["thin"])])["page"] for _ in range(2)
    )
    assert (first.state, second.state) == ("done", "cached")
    assert (
        [p.message for p in first.problems]
        == [p.message for p in second.problems]
        == ["thin"]
    )


def test_a_problem_belongs_to_the_owner_of_the_step(store: Store) -> None:
    for owner in ("japan", "korea"):
        step = Step("page", "buildsteps:join", settings={"warn": ["thin"]}, owner=owner)
        assert make(store, [step])["page"].problems[0].brief == owner


@pytest.mark.parametrize("how", ["refuse", "refuse_aloud"])
def test_an_error_fails_the_step_skips_what_needs_it_and_nothing_else(
    store: Store, tmp_path: Path, how: str
) -> None:
    ledger = tmp_path / "ledger"
    steps = [
        Step("bad", f"buildsteps:{how}", settings={"ledger": str(ledger)}),
        join("needs", {"x": Output("bad", "text")}),
        join("needs needs", {"x": Output("needs", "text")}),
        join("good", {}),
    ]
    for _ in range(2):
        outcomes = make(store, steps)
        assert [outcomes[s.name].state for s in steps[:3]] == [
            "failed",
            "skipped",
            "skipped",
        ]
        assert outcomes["good"].good
        assert not outcomes["bad"].files
        assert outcomes["bad"].problems[0].is_error
        assert outcomes["needs needs"].why == ("without needs",)
    assert len(ledger.read_text().splitlines()) == 1, (
        "what a step says of its inputs it would say again"
    )


def test_a_bug_is_told_with_its_traceback_and_tried_again_next_time(
    store: Store,
) -> None:
    steps = [Step("page", "buildsteps:broken"), join("good", {})]
    for _ in range(2):
        outcomes = make(store, steps)
        bug = outcomes["page"]
        assert (bug.state, bug.problems[0].code) == ("failed", "B04")
        assert 'raise KeyError("bug")' in bug.traceback
        assert outcomes["good"].good


@pytest.mark.parametrize(
    "run", ["buildsteps:nothing_of_this_name", "no_such_module:step"]
)
def test_a_function_that_is_not_there_is_a_bug(store: Store, run: str) -> None:
    assert make(store, [Step("page", run)])["page"].problems[0].code == "B04"


def test_two_steps_of_one_name_are_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="same name"):
        make(store, [join("page", {}), join("page", {"x": Source(store.add(b""))})])


def test_an_input_that_nobody_makes_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="page reads text of nobody, which is no step"):
        make(store, [join("page", {"x": Output("nobody", "text")})])
    with pytest.raises(ValueError, match="other makes no html: text"):
        make(store, [join("other", {}), join("page", {"x": Output("other", "html")})])


def test_steps_that_wait_for_one_another_are_refused(store: Store) -> None:
    circle = [
        join("a", {"x": Output("b", "text")}),
        join("b", {"x": Output("a", "text")}),
    ]
    with pytest.raises(ValueError, match="cycle"):
        make(store, circle)


def test_phases_share_workers_and_outputs(store: Store) -> None:
    with Engine(store, 1) as engine:
        first = engine.make([join("page", {"x": Source(store.add(b"1"))})])
        second = engine.make([join("book", {"page": Output("page", "text")})])
    assert (
        store.read(second["book"].files["text"])
        == b"page=" + store.read(first["page"].files["text"]) + b";"
    )


def test_events_count_every_step_once(store: Store) -> None:
    events: list[Event] = []
    with Engine(store, 2, on_event=events.append) as engine:
        engine.make(street(store, b"one"))
    assert [(e.step.name, e.outcome is not None, e.done, e.total) for e in events] == [
        ("page", False, 0, 3),
        ("page", True, 1, 3),
        ("length", False, 1, 3),
        ("length", True, 2, 3),
        ("book", False, 2, 3),
        ("book", True, 3, 3),
    ]


def test_a_source_that_is_not_in_the_store_is_said_so(store: Store) -> None:
    digest = store.add(b"one")
    for lost in store.entries("objects"):
        Path(lost).unlink()
    with pytest.raises(DamagedError, match=digest):
        make(store, [join("page", {"x": Source(digest)})])


def test_nothing_runs_and_nothing_is_forked_when_all_is_known(store: Store) -> None:
    make(store, street(store, b"one"))
    with Engine(store, 2, preload=["no.such.module"]) as engine:
        assert not ran(engine.make(street(store, b"one")))


def test_a_key_can_be_printed_and_has_one_spelling() -> None:
    one = Key("m:f", "1", {"b": 1, "a": "é"}, {"y": "2", "x": "1"})
    two = Key("m:f", "1", {"a": "é", "b": 1}, {"x": "1", "y": "2"})
    assert one.digest == two.digest
    assert canonical(one.to_json()).decode() == (
        '{"inputs":{"x":"1","y":"2"},"run":"m:f","settings":{"a":"é","b":1},"version":"1"}'
    )


@st.composite
def graphs(draw: st.DrawFn) -> list[tuple[str, list[int], str]]:
    """Steps by number: what they do, which earlier ones they read, and a text of their own."""
    size = draw(st.integers(1, 8))
    kinds = st.sampled_from(["join", "join", "join", "length", "refuse", "broken"])
    return [
        (
            draw(kinds),
            draw(st.lists(st.integers(0, max(0, n - 1)), max_size=3)) if n else [],
            draw(st.text(max_size=3)),
        )
        for n in range(size)
    ]


def graph(store: Store, plan: list[tuple[str, list[int], str]]) -> list[Step]:
    return [
        Step(
            f"s{number}",
            f"buildsteps:{kind}",
            {f"i{n}": Output(f"s{n}", "text") for n in before}
            | {"own": Source(store.add(text.encode()))},
        )
        for number, (kind, before, text) in enumerate(plan)
    ]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(graphs(), st.data())
def test_serial_and_parallel_builds_agree_and_a_second_one_runs_nothing(
    plan: list[tuple[str, list[int], str]], data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        serial, parallel = Store(f"{folder}/serial"), Store(f"{folder}/parallel")
        one = make(serial, graph(serial, plan), jobs=1)
        shuffled = data.draw(st.permutations(graph(parallel, plan)))
        two = make(parallel, shuffled, jobs=3)
        assert {n: (o.good, o.files, o.problems) for n, o in one.items()} == {
            n: (o.good, o.files, o.problems) for n, o in two.items()
        }
        assert not ran(make(parallel, shuffled, jobs=3))
        files = {d for o in one.values() for d in o.files.values()}
        assert [serial.read(d) for d in sorted(files)] == [
            parallel.read(d) for d in sorted(files)
        ]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(graphs(), st.integers(0, 7), st.text(max_size=3))
def test_after_an_edit_a_build_equals_the_clean_one(
    plan: list[tuple[str, list[int], str]], which: int, text: str
) -> None:
    kind, before, _ = plan[which % len(plan)]
    edited = [*plan]
    edited[which % len(plan)] = (kind, before, text)
    with tempfile.TemporaryDirectory() as folder:
        warm, clean = Store(f"{folder}/warm"), Store(f"{folder}/clean")
        make(warm, graph(warm, plan))
        one, two = make(warm, graph(warm, edited)), make(clean, graph(clean, edited))
        assert {n: (o.good, o.files) for n, o in one.items()} == {
            n: (o.good, o.files) for n, o in two.items()
        }
