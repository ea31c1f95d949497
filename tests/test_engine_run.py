"""The laws of the engine: what runs, what does not, and that it makes no difference how."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from briefpress.engine.step import (
    Event,
    Key,
    Outcome,
    Result,
    Step,
    StoredFile,
    canonical_json,
)
from briefpress.engine.store import DamagedError, Store
from engine_steps import (
    Function,
    Settings,
    Text,
    call,
    chain,
    have_bug,
    join,
    measure,
    names_that_ran,
    open_engine,
    raise_error,
    return_error,
    run_steps,
    stored,
    text_of,
)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "cache")


def texts(store: Store, outcomes: dict[str, Outcome]) -> list[bytes]:
    return [store.read(outcome.files["text"]) for outcome in outcomes.values()]


def test_a_second_build_runs_no_step(store: Store) -> None:
    first = run_steps(store, chain(store, b"one"))
    assert names_that_ran(first) == {"page", "length", "book"}
    second = run_steps(store, chain(store, b"one"))
    assert {outcome.state for outcome in second.values()} == {"cached"}
    assert not any(outcome.reasons for outcome in second.values())


def test_the_files_are_those_that_the_functions_made(store: Store) -> None:
    outcomes = run_steps(store, chain(store, b"one"))
    assert texts(store, outcomes) == [b"text=one;", b"9", b"length=9;"]


def test_a_change_that_leaves_an_output_the_same_makes_nothing_after_it(
    store: Store,
) -> None:
    run_steps(store, chain(store, b"one"))
    same_length = run_steps(store, chain(store, b"two"))
    assert names_that_ran(same_length) == {"page", "length"}
    longer = run_steps(store, chain(store, b"three"))
    assert names_that_ran(longer) == {"page", "length", "book"}


def test_going_back_to_an_earlier_text_runs_nothing(store: Store) -> None:
    for text in (b"one", b"three"):
        run_steps(store, chain(store, text))
    assert not names_that_ran(run_steps(store, chain(store, b"one")))


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"text": b"four"}, "input changed: inputs[text]"),
        ({"more": "!"}, "input changed: settings (more)"),
        ({"more": "!", "lang": "de"}, "input changed: settings (more, lang)"),
        ({"extra": b"x"}, "input added: inputs[extra]"),
        ({"function": measure}, "it is made by another function now"),
        ({"version": "2"}, "version changed"),
    ],
)
def test_every_run_has_a_reason(
    store: Store, changed: dict[str, object], reason: str
) -> None:
    def run(
        text: bytes = b"one",
        function: Function = join,
        version: str = "1",
        extra: bytes = b"",
        more: str = "",
        lang: str = "en",
    ) -> Outcome:
        inputs = {"text": stored(store, text)}
        if extra:
            inputs["extra"] = stored(store, extra)
        page = call("page", function, Settings(more=more, lang=lang), **inputs)
        with open_engine(store, version=version) as engine:
            return engine.run([page])["page"]

    assert run().reasons == ("first time",)
    assert run(**changed).reasons == (reason,)  # type: ignore[arg-type]


def test_a_warning_is_reported_again_from_the_record(store: Store) -> None:
    page = call("page", join, Settings(warn=("thin",)))
    first, second = (run_steps(store, [page])["page"] for _ in range(2))
    assert (first.state, second.state) == ("done", "cached")
    for outcome in (first, second):
        assert [problem.message for problem in outcome.problems] == ["thin"]


def test_a_problem_belongs_to_the_owner_of_the_step(store: Store) -> None:
    for owner in ("japan", "korea"):
        page = call("page", join, Settings(warn=("thin",)), owner)
        assert run_steps(store, [page])["page"].problems[0].brief == owner


@pytest.mark.parametrize("function", [return_error, raise_error])
def test_an_error_fails_the_step_skips_what_needs_it_and_nothing_else(
    store: Store, tmp_path: Path, function: Function
) -> None:
    ledger = tmp_path / "ledger"
    bad = call("bad", function, Settings(ledger=str(ledger)))
    needs_bad = call("needs bad", join, x=text_of(bad))
    needs_that = call("needs that", join, x=text_of(needs_bad))
    for _ in range(2):
        outcomes = run_steps(store, [bad, needs_bad, needs_that, call("good", join)])
        states = [outcomes[each.name].state for each in (bad, needs_bad, needs_that)]
        assert states == ["failed", "skipped", "skipped"]
        assert outcomes["good"].succeeded
        assert not outcomes["bad"].files
        assert outcomes["bad"].problems[0].is_error
        assert outcomes["needs that"].reasons == ("without needs bad",)
    runs = ledger.read_text().splitlines()
    assert len(runs) == 1, "the same inputs would give the same error"


def test_a_bug_is_reported_with_its_traceback_and_the_step_runs_again_next_time(
    store: Store,
) -> None:
    for _ in range(2):
        outcomes = run_steps(store, [call("page", have_bug), call("good", join)])
        bug = outcomes["page"]
        assert (bug.state, bug.problems[0].code) == ("failed", "B04")
        assert 'raise KeyError("bug")' in bug.traceback
        assert outcomes["good"].succeeded


def test_a_function_that_workers_cannot_import_is_a_bug(store: Store) -> None:
    def local(_settings: Settings, _inputs: object) -> Text:
        return Text(b"")

    outcome = run_steps(store, [call("page", local)])["page"]
    assert outcome.problems[0].code == "B04"


def test_two_steps_with_one_name_are_refused(store: Store) -> None:
    pages = [call("page", join), call("page", join, x=stored(store, b""))]
    with pytest.raises(ValueError, match="same name"):
        run_steps(store, pages)


def test_a_result_that_no_step_makes_is_refused(store: Store) -> None:
    nothing: Result[bytes] = Result("nothing", "text")
    with pytest.raises(
        ValueError, match="page reads text of nothing, which is no step"
    ):
        run_steps(store, [call("page", join, x=nothing)])
    html: Result[bytes] = Result("other", "html")
    with pytest.raises(ValueError, match="other makes no html: text"):
        run_steps(store, [call("other", join), call("page", join, x=html)])


def test_steps_that_wait_for_one_another_are_refused(store: Store) -> None:
    text_of_b: Result[bytes] = Result("b", "text")
    a = call("a", join, x=text_of_b)
    with pytest.raises(ValueError, match="cycle"):
        run_steps(store, [a, call("b", join, x=text_of(a))])


def test_an_output_is_one_field_of_the_result() -> None:
    page = call("page", join)
    assert text_of(page) == Result("page", "text")
    with pytest.raises(TypeError, match="one field"):
        page.output(lambda made: made)


def test_later_steps_share_workers_and_results(store: Store) -> None:
    page = call("page", join, x=stored(store, b"1"))
    with open_engine(store) as engine:
        engine.run([page])
        engine.run([call("book", join, page=text_of(page))])
        book = store.read(engine.outcomes["book"].files["text"])
    assert book == b"page=x=1;;"


def test_events_count_every_step_once(store: Store) -> None:
    events: list[Event] = []
    with open_engine(store, 2, on_event=events.append) as engine:
        engine.run(chain(store, b"one"))
        engine.run([call("more", join)])
    found = [(e.step.name, e.outcome is not None, e.done, e.total) for e in events]
    assert found == [
        ("page", False, 0, 3),
        ("page", True, 1, 3),
        ("length", False, 1, 3),
        ("length", True, 2, 3),
        ("book", False, 2, 3),
        ("book", True, 3, 3),
        ("more", False, 3, 4),
        ("more", True, 4, 4),
    ]


def test_a_file_that_is_not_in_the_store_is_an_error(store: Store) -> None:
    digest = store.add(b"one")
    for lost in store.entries("objects"):
        Path(lost).unlink()
    with pytest.raises(DamagedError, match=digest):
        run_steps(store, [call("page", join, x=StoredFile(digest))])


def test_a_value_that_is_lost_is_stored_again(store: Store) -> None:
    with open_engine(store) as engine:
        engine.run([call("page", join, Settings(number=1))])
        for lost in store.entries("objects"):
            Path(lost).unlink()
        for record in store.entries("records"):
            Path(record).unlink()
        assert engine.run([call("page", join, Settings(number=1))])["page"].succeeded


def test_no_worker_is_started_if_all_is_cached(store: Store) -> None:
    run_steps(store, chain(store, b"one"))
    with open_engine(store, 2) as engine:
        assert not names_that_ran(engine.run(chain(store, b"one")))
        assert not engine._executor._pool._workers  # type: ignore[attr-defined]  # noqa: SLF001


def test_a_key_has_one_form() -> None:
    one = Key("m:f", "1", {"y": "2", "x": "1"})
    two = Key("m:f", "1", {"x": "1", "y": "2"})
    assert one.digest == two.digest
    assert canonical_json(one.to_json()).decode() == (
        '{"function":"m:f","inputs":{"x":"1","y":"2"},"version":"1"}'
    )


Plan = list[tuple[Function, list[int], str]]


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Steps by number: what they do, which earlier ones they read, their own text."""
    size = draw(st.integers(1, 8))
    functions = st.sampled_from([join, join, join, measure, return_error, have_bug])
    rows = []
    for number in range(size):
        earlier = st.lists(st.integers(0, max(0, number - 1)), max_size=3)
        rows.append(
            (
                draw(functions),
                draw(earlier) if number else [],
                draw(st.text(max_size=3)),
            )
        )
    return rows


def steps_of(store: Store, plan: Plan) -> list[Step[Text]]:
    steps: list[Step[Text]] = []
    for number, (function, earlier, text) in enumerate(plan):
        inputs = {f"i{n}": text_of(steps[n]) for n in earlier}
        own = stored(store, text.encode())
        steps.append(call(f"s{number}", function, **inputs, own=own))
    return steps


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plans(), st.data())
def test_serial_and_parallel_builds_agree_and_a_second_one_runs_nothing(
    plan: Plan, data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        serial, parallel = Store(f"{folder}/serial"), Store(f"{folder}/parallel")
        one = run_steps(serial, steps_of(serial, plan), jobs=1)
        shuffled = data.draw(st.permutations(steps_of(parallel, plan)))
        two = run_steps(parallel, shuffled, jobs=3)
        assert {n: (o.succeeded, o.files, o.problems) for n, o in one.items()} == {
            n: (o.succeeded, o.files, o.problems) for n, o in two.items()
        }
        assert not names_that_ran(run_steps(parallel, shuffled, jobs=3))
        files = {d for o in one.values() for d in o.files.values()}
        assert [serial.read(d) for d in sorted(files)] == [
            parallel.read(d) for d in sorted(files)
        ]


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plans(), st.integers(0, 7), st.text(max_size=3))
def test_after_an_edit_a_build_equals_a_clean_one(
    plan: Plan, which: int, text: str
) -> None:
    function, earlier, _ = plan[which % len(plan)]
    edited = [*plan]
    edited[which % len(plan)] = (function, earlier, text)
    with tempfile.TemporaryDirectory() as folder:
        warm, clean = Store(f"{folder}/warm"), Store(f"{folder}/clean")
        run_steps(warm, steps_of(warm, plan))
        one = run_steps(warm, steps_of(warm, edited))
        two = run_steps(clean, steps_of(clean, edited))
        assert {n: (o.succeeded, o.files) for n, o in one.items()} == {
            n: (o.succeeded, o.files) for n, o in two.items()
        }
