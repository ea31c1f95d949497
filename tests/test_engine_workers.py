"""A lost worker costs its own step only, after a second attempt with nothing beside it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from briefpress.engine.executor import LocalExecutor
from briefpress.engine.pool import Pool
from briefpress.engine.scheduler import Engine
from briefpress.engine.signals import TerminatedError
from briefpress.engine.step import Event
from briefpress.engine.store import Store
from engine_steps import (
    Settings,
    call,
    hold_memory_briefly,
    join,
    misbehave,
    open_engine,
    print_and_read,
    process_id,
    run_steps,
    stored,
    take_time,
)

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
MIB = 2**20


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "cache")


@pytest.mark.parametrize(
    ("how", "code", "words", "attempts"),
    [
        ("exit", "B01", "crashed twice (exit status 3)", 2),
        ("KILL", "B01", "crashed twice (signal SIGKILL", 2),
        ("SEGV", "B01", "crashed twice (signal SIGSEGV", 2),
        ("ABRT", "B01", "crashed twice (signal SIGABRT", 2),
        ("STOP", "B01", "was stopped twice by another program", 2),
        ("hang", "B02", "longer than 2 seconds", 1),
        ("use memory", "B03", "more than 128 MiB", 2),
    ],
)
def test_a_lost_worker_costs_its_own_step(
    store: Store, tmp_path: Path, how: str, code: str, words: str, attempts: int
) -> None:
    ledger = tmp_path / "ledger"
    settings = Settings(how=how, ledger=str(ledger))
    bad = call("bad", misbehave, settings, "bad")
    good = [call(f"good{n}", join, Settings(number=n)) for n in range(20)]
    seconds = 2.0 if how == "hang" else 30.0
    limits = {"seconds": seconds, "memory": 128 * MIB}
    outcomes = run_steps(store, [bad, *good], jobs=2, **limits)
    assert all(outcomes[each.name].succeeded for each in good)
    (problem,) = outcomes["bad"].problems
    assert (problem.code, problem.brief) == (code, "bad")
    assert words in problem.message
    assert len(ledger.read_text().splitlines()) == attempts


@pytest.mark.parametrize("how", ["exit", "KILL", "STOP", "use memory"])
def test_a_step_whose_worker_is_lost_once_succeeds_the_second_time(
    store: Store, tmp_path: Path, how: str
) -> None:
    settings = Settings(how=how, flag=str(tmp_path / "flag"))
    flaky = call("flaky", misbehave, settings)
    outcomes = run_steps(
        store, [flaky, call("good", join)], jobs=2, seconds=5.0, memory=128 * MIB
    )
    assert outcomes["flaky"].state == "done"
    assert not outcomes["flaky"].problems


def test_the_second_attempt_starts_when_nothing_else_runs(
    store: Store, tmp_path: Path
) -> None:
    ledger = str(tmp_path / "ledger")
    bad = call("bad", misbehave, Settings(how="exit", ledger=ledger, name="bad"))
    slow = Settings(seconds=0.1, ledger=ledger, name="slow")
    others = [
        call(f"slow{n}", take_time, slow, x=stored(store, b"%d" % n)) for n in range(4)
    ]
    running: set[str] = set()
    beside: list[set[str]] = []

    def watch(event: Event) -> None:
        if event.outcome is None and event.step.name == "bad":
            beside.append(set(running))
        (running.discard if event.outcome else running.add)(event.step.name)

    with open_engine(store, 2, on_event=watch) as engine:
        engine.run([bad, *others])
    assert (tmp_path / "ledger").read_text().split()[-1] == "bad"
    assert beside[-1] <= {"bad"}


def test_memory_that_is_held_for_a_moment_is_noticed(store: Store) -> None:
    much = call("much", hold_memory_briefly, Settings(mib=300))
    little = call("little", hold_memory_briefly, Settings(mib=100))
    outcomes = run_steps(store, [much, little], memory=200 * MIB)
    assert outcomes["much"].problems[0].code == "B03"
    assert outcomes["little"].succeeded


def test_a_worker_that_has_grown_is_replaced(store: Store) -> None:
    with open_engine(store) as engine:
        pids = []
        for number, mib in enumerate((1, 300, 1)):
            grow = call(f"grow{number}", hold_memory_briefly, Settings(mib=mib))
            pid = call(f"pid{number}", process_id, Settings(number=number))
            engine.run([grow, pid])
            pids.append(pid_of_worker(engine))
    assert pids[0] == pids[1] or pids[1] == pids[2]
    assert len(set(pids)) == 2


def pool(engine: Engine) -> Pool:
    """Return the pool of an engine, which has no public name."""
    executor = engine._executor  # noqa: SLF001
    assert isinstance(executor, LocalExecutor)
    return executor._pool  # noqa: SLF001


def pid_of_worker(engine: Engine) -> int:
    (worker,) = pool(engine)._workers  # noqa: SLF001
    return worker.pid


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_worker_that_is_lost_while_idle_costs_nothing(
    store: Store, number: int
) -> None:
    with open_engine(store) as engine:
        engine.run([call("one", join)])
        os.kill(pid_of_worker(engine), number)
        # More than a pipe takes.
        many = {f"{n:0300}": stored(store, b"1") for n in range(1_000)}
        assert engine.run([call("two", join, **many)])["two"].state == "done"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_worker_that_is_lost_while_busy_is_replaced(
    store: Store, number: int
) -> None:
    with open_engine(store) as engine:
        lost: list[int] = []

        def lose(event: Event) -> None:
            if event.step.name == "slow" and event.outcome is None and not lost:
                lost.append(pid_of_worker(engine))
                os.kill(lost[0], number)

        engine._on_event = lose  # noqa: SLF001 - it needs the engine
        slow = call("slow", take_time, Settings(seconds=0.2))
        outcomes = engine.run([call("first", join), slow])
    assert lost
    assert outcomes["slow"].state == "done"


def test_a_signal_that_comes_while_a_worker_is_started_leaves_no_process(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def end(*_: object) -> None:
        raise TerminatedError(signal.SIGINT)

    with open_engine(store) as engine:
        # Registering the worker's pipe is the last step of starting it.
        monkeypatch.setattr(pool(engine)._selector, "register", end)  # noqa: SLF001
        with pytest.raises(TerminatedError):
            engine.run([call("page", join)])
        pid = pid_of_worker(engine)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_what_a_library_prints_does_not_reach_the_output_of_the_build(
    tmp_path: Path,
) -> None:
    done = driver(
        tmp_path,
        """
        with open_engine(store) as engine:
            outcomes = engine.run([call("page", print_and_read)])
        print(store.read(outcomes["page"].files["text"]).decode())
        """,
    ).communicate(timeout=20)
    assert done[0] == "nothing to read\n"


def test_a_build_with_threads_starts_its_workers_as_programs(store: Store) -> None:
    """A preview has threads, and so has a progress bar that moves by itself."""
    ended = threading.Event()
    thread = threading.Thread(target=ended.wait)
    thread.start()
    try:
        steps = [
            call("pid", process_id),
            call("bad", misbehave, Settings(how="exit")),
            call("print", print_and_read),
            call("good", join),
        ]
        with open_engine(store, 2) as engine:
            outcomes = engine.run(steps)
            pids = [worker.pid for worker in pool(engine)._workers]  # noqa: SLF001
            commands = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in pids]
    finally:
        ended.set()
        thread.join()
    assert all(b"briefpress.engine.worker" in command for command in commands)
    succeeded = {name for name, outcome in outcomes.items() if outcome.succeeded}
    assert succeeded == {"pid", "print", "good"}
    assert outcomes["bad"].problems[0].code == "B01"


def test_the_size_of_the_build_does_not_count_as_the_workers(tmp_path: Path) -> None:
    """The system counts the memory of a program from what its parent held."""
    process = driver(
        tmp_path,
        """
        import threading
        threading.Thread(target=threading.Event().wait, daemon=True).start()
        large = bytes(range(256)) * (300 * 4096)
        steps = [call(str(n), process_id, Settings(number=n)) for n in range(3)]
        with open_engine(store, memory=200 * 2**20) as engine:
            outcomes = engine.run(steps)
        print(*(outcome.state for outcome in outcomes.values()))
        digests = {outcome.files["text"] for outcome in outcomes.values()}
        print(len(digests), "worker")
        """,
    )
    assert process.communicate(timeout=60) == ("done done done\n1 worker\n", "")


def test_ten_thousand_steps_leave_the_build_small(tmp_path: Path) -> None:
    process = driver(
        tmp_path,
        """
        import resource
        with open_engine(store, 2) as engine:
            for phase in range(10):
                names = [f"{phase}/{n}" for n in range(1_000)]
                engine.run([call(name, join, Settings(more=name)) for name in names])
                if phase == 0:
                    first = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - first)
        """,
    )
    out, err = process.communicate(timeout=300)
    assert err == ""
    kibibytes = int(out)
    assert kibibytes < 30 * 1024, "only the outcomes of nine thousand steps are kept"


def driver(tmp_path: Path, body: str) -> subprocess.Popen[str]:
    """Start a process of its own that has an engine."""
    head = """
        import os, sys, time
        from briefpress.engine.store import Store
        from engine_steps import *
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


def test_the_time_for_which_a_build_is_stopped_counts_against_no_deadline(
    tmp_path: Path,
) -> None:
    """Ctrl-Z, and `fg` later."""
    flag = tmp_path / "flag"
    process = driver(
        tmp_path,
        f"""
        step = call("page", take_time, Settings(seconds=0.8, ledger={str(flag)!r}))
        with open_engine(store, seconds=2.0) as engine:
            print(engine.run([step])["page"].state)
        """,
    )
    while not flag.exists():
        time.sleep(0.02)
    process.send_signal(signal.SIGSTOP)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    worker = int(children.split()[0])
    os.kill(worker, signal.SIGSTOP)
    time.sleep(3.0)
    os.kill(worker, signal.SIGCONT)
    process.send_signal(signal.SIGCONT)
    assert process.communicate(timeout=20)[0] == "done\n"
    assert len(flag.read_text().splitlines()) == 1
