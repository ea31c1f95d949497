"""Workers: one that is lost fails its own step only, after a second try."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from briefpress.engine.hands import Here
from briefpress.engine.outcome import Event
from briefpress.engine.run import Engine
from briefpress.engine.signals import TerminatedError
from briefpress.engine.step import JSON, Source, Step
from briefpress.engine.store import Store
from test_build_make import join, make

HERE = Path(__file__).parent
MIB = 2**20


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "cache")


def step(
    name: str, run: str, seconds: float = 60.0, memory: int = 2**30, **keys: Any
) -> Step:
    return Step(
        name, f"buildsteps:{run}", {}, keys, owner=name, seconds=seconds, memory=memory
    )


@pytest.mark.parametrize(
    ("how", "code", "said"),
    [
        ("exit", "B01", "with status 3"),
        ("KILL", "B01", "by signal SIGKILL"),
        ("SEGV", "B01", "by signal SIGSEGV"),
        ("ABRT", "B01", "by signal SIGABRT"),
        ("STOP", "B01", "stopped from outside"),
        ("hang", "B02", "longer than 0.4 seconds"),
        ("eat", "B03", "more than 128 MiB"),
    ],
)
def test_a_lost_worker_fails_its_own_step_only(
    store: Store, tmp_path: Path, how: str, code: str, said: str
) -> None:
    ledger = tmp_path / "ledger"
    bad = step(
        "bad", "misbehave", how=how, ledger=str(ledger), seconds=0.4, memory=128 * MIB
    )
    outcomes = make(
        store, [bad, *(join(f"good{n}", {}, n=n) for n in range(20))], jobs=2
    )
    assert all(outcomes[f"good{n}"].good for n in range(20))
    (problem,) = outcomes["bad"].problems
    assert (problem.code, problem.brief) == (code, "bad")
    assert said in problem.message
    assert len(ledger.read_text().splitlines()) == 2, "it is tried twice"


@pytest.mark.parametrize("how", ["exit", "KILL", "STOP", "hang", "eat"])
def test_a_step_whose_worker_is_lost_once_is_made_by_the_next(
    store: Store, tmp_path: Path, how: str
) -> None:
    flaky = step(
        "flaky",
        "misbehave",
        how=how,
        flag=str(tmp_path / "flag"),
        seconds=1.0,
        memory=128 * MIB,
    )
    outcomes = make(store, [flaky, join("good", {})], jobs=2)
    assert outcomes["flaky"].state == "done"
    assert not outcomes["flaky"].problems


def test_a_second_try_runs_alone(store: Store, tmp_path: Path) -> None:
    ledger = str(tmp_path / "ledger")
    bad = Step(
        "bad",
        "buildsteps:misbehave",
        settings={"how": "exit", "ledger": ledger, "as": "bad"},
    )
    slow: dict[str, JSON] = {"seconds": 0.1, "ledger": ledger, "as": "slow"}
    others = [
        Step(f"slow{n}", "buildsteps:slow", settings={**slow, "n": n}) for n in range(4)
    ]
    running: set[str] = set()
    beside: list[set[str]] = []

    def watch(event: Event) -> None:
        if event.outcome is None and event.step.name == "bad":
            beside.append(set(running))
        (running.discard if event.outcome else running.add)(event.step.name)

    with Engine(store, 2, on_event=watch) as engine:
        engine.make([bad, *others])
    assert (tmp_path / "ledger").read_text().split()[-1] == "bad"
    assert beside[-1] <= {"bad"}


def test_a_short_peak_of_memory_counts(store: Store) -> None:
    outcomes = make(store, [step("spike", "spike", mib=300, memory=200 * MIB)])
    assert outcomes["spike"].problems[0].code == "B03"
    assert make(store, [step("spike", "spike", mib=100, memory=200 * MIB)])[
        "spike"
    ].good


def test_a_worker_that_has_grown_is_replaced(store: Store) -> None:
    with Engine(store, 1) as engine:
        pids = []
        for number, mib in enumerate((1, 300, 1)):
            engine.make(
                [
                    step(f"spike{number}", "spike", mib=mib),
                    step(f"pid{number}", "pid", n=number),
                ]
            )
            pids.append(pid_of_worker(engine))
    assert pids[0] == pids[1] or pids[1] == pids[2]
    assert len(set(pids)) == 2


def hands(engine: Engine) -> Here:
    """Return the executor of an engine, which is private."""
    assert isinstance(engine._hands, Here)  # noqa: SLF001
    return engine._hands  # noqa: SLF001


def pid_of_worker(engine: Engine) -> int:
    (worker,) = hands(engine).pool._workers  # noqa: SLF001 - workers are private
    return worker.pid


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_worker_that_is_lost_while_idle_is_replaced(
    store: Store, number: int
) -> None:
    with Engine(store, 1) as engine:
        engine.make([join("one", {})])
        os.kill(pid_of_worker(engine), number)
        many = {
            f"{n:0300}": Source(store.add(b"1")) for n in range(1_000)
        }  # more than a pipe takes
        assert engine.make([join("two", many)])["two"].state == "done"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_worker_that_is_lost_while_busy_is_replaced(
    store: Store, number: int
) -> None:
    with Engine(store, 1) as engine:
        lost: list[int] = []

        def lose(event: Event) -> None:
            if event.step.name == "slow" and event.outcome is None and not lost:
                lost.append(pid_of_worker(engine))
                os.kill(lost[0], number)

        engine._on_event = lose  # noqa: SLF001 - it must know the engine
        slow = Step("slow", "buildsteps:slow", settings={"seconds": 0.2})
        outcomes = engine.make([join("first", {}), slow])
    assert lost
    assert outcomes["slow"].state == "done"


def test_a_signal_while_a_worker_is_started_leaves_no_process(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def end(*_: object) -> None:
        raise TerminatedError(signal.SIGINT)

    with Engine(store, 1) as engine:
        monkeypatch.setattr(hands(engine).pool._selector, "register", end)  # noqa: SLF001 - its last action
        with pytest.raises(TerminatedError):
            engine.make([join("page", {})])
        pid = pid_of_worker(engine)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_output_of_libraries_does_not_enter_the_output_of_the_build(
    tmp_path: Path,
) -> None:
    done = driver(
        tmp_path,
        """
        with Engine(store, 1) as engine:
            outcomes = engine.make([Step("page", "buildsteps:chatter")])
        print(store.read(outcomes["page"].files["text"]).decode())
        """,
    ).communicate(timeout=20)
    assert done[0] == "nothing to read\n"


def test_a_build_with_threads_starts_its_workers_as_programs(store: Store) -> None:
    """The preview has threads, and so has a progress bar that moves by itself."""
    ended = threading.Event()
    thread = threading.Thread(target=ended.wait)
    thread.start()
    try:
        steps = [
            step("pid", "pid"),
            step("bad", "misbehave", how="exit"),
            step("chatter", "chatter"),
            join("good", {}),
        ]
        with Engine(store, 2, preload=["buildsteps"]) as engine:
            outcomes = engine.make(steps)
            pids = [worker.pid for worker in hands(engine).pool._workers]  # noqa: SLF001
            assert all(
                b"briefpress.engine.worker" in Path(f"/proc/{pid}/cmdline").read_bytes()
                for pid in pids
            )
    finally:
        ended.set()
        thread.join()
    assert {name for name, outcome in outcomes.items() if outcome.good} == {
        "pid",
        "chatter",
        "good",
    }
    assert outcomes["bad"].problems[0].code == "B01"


def test_the_memory_of_the_build_does_not_count_for_a_worker_that_is_a_program(
    tmp_path: Path,
) -> None:
    """For the system, the peak memory of a program begins with that of its parent."""
    process = driver(
        tmp_path,
        """
        import threading
        threading.Thread(target=threading.Event().wait, daemon=True).start()
        large = bytes(range(256)) * (300 * 4096)
        with Engine(store, 1, preload=["buildsteps"]) as engine:
            steps = [Step(str(n), "buildsteps:pid", settings={"n": n}, memory=200 * 2**20) for n in range(3)]
            outcomes = engine.make(steps)
        print(*(outcome.state for outcome in outcomes.values()))
        print(len({digest for outcome in outcomes.values() for digest in outcome.files.values()}), "worker")
        """,
    )
    assert process.communicate(timeout=60) == ("done done done\n1 worker\n", "")


@pytest.mark.slow
def test_ten_thousand_steps_take_little_memory(tmp_path: Path) -> None:
    process = driver(
        tmp_path,
        """
        import resource
        with Engine(store, 2, preload=["buildsteps"]) as engine:
            for phase in range(10):
                names = [f"{phase}/{n}" for n in range(1_000)]
                engine.make(Step(name, "buildsteps:join", settings={"more": name}) for name in names)
                if phase == 0:
                    first = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - first)
        """,
    )
    out, err = process.communicate(timeout=300)
    assert err == ""
    assert int(out) < 30 * 1024, "KiB: only the outcomes of nine thousand steps"


def driver(tmp_path: Path, body: str) -> subprocess.Popen[str]:
    """Start a process with an engine."""
    head = """
        import os, sys, time
        from briefpress.engine.run import Engine
        from briefpress.engine.step import Step
        from briefpress.engine.store import Store
        store = Store(sys.argv[1])
        """
    program = textwrap.dedent(head) + textwrap.dedent(body)
    return subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path / "cache")],
        env={**os.environ, "PYTHONPATH": f"{HERE}:{HERE.parent / 'src'}"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_time_for_which_the_build_was_stopped_does_not_count(tmp_path: Path) -> None:
    """Ctrl-Z and `fg` later: the time between them does not count for a deadline."""
    flag = tmp_path / "flag"
    process = driver(
        tmp_path,
        f"""
        step = Step("page", "buildsteps:slow", settings={{"seconds": 0.8, "ledger": {str(flag)!r}}}, seconds=2.0)
        with Engine(store, 1) as engine:
            print(engine.make([step])["page"].state)
        """,
    )
    while not flag.exists():
        time.sleep(0.02)
    process.send_signal(signal.SIGSTOP)
    worker = int(
        Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()[0]
    )
    os.kill(worker, signal.SIGSTOP)
    time.sleep(3.0)
    os.kill(worker, signal.SIGCONT)
    process.send_signal(signal.SIGCONT)
    assert process.communicate(timeout=20)[0] == "done\n"
    assert len(flag.read_text().splitlines()) == 1
