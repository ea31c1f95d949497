"""Small steps for the tests of the engine, run by real workers."""

from __future__ import annotations

import faulthandler
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from briefpress.engine.executor import LocalExecutor, StepLimits
from briefpress.engine.pool import Pool
from briefpress.engine.scheduler import Engine
from briefpress.engine.step import (
    Event,
    NamedItems,
    Outcome,
    Reference,
    Result,
    Step,
    StoredFile,
    Value,
    step,
)
from briefpress.engine.store import Store
from briefpress.problems import BriefpressError, Problem, Severity

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Settings:
    """What the steps below can be told to do."""

    more: str = ""  # text to add
    warn: tuple[str, ...] = ()  # warnings to report
    lang: str = ""  # ignored
    number: int = 0  # ignored: it makes a step differ from others
    ledger: str = ""  # a file that gets a line for each run
    name: str = "?"  # that line
    how: str = ""  # how to misbehave
    flag: str = ""  # a file: with it, misbehave only while it does not exist
    mib: int = 0  # memory to hold for a moment
    seconds: float = 0.0  # time to take


@dataclass(frozen=True, slots=True)
class Text:
    """What each step returns."""

    text: bytes
    problems: tuple[Problem, ...] = ()


Inputs = Mapping[str, bytes]
Function = Callable[[Settings, Inputs], Text]


def call(
    name: str,
    function: Function,
    settings: Settings | None = None,
    owner: str = "",
    /,
    **inputs: Reference[bytes],
) -> Step[Text]:
    """Return a step that calls one of these functions."""
    value = Value(settings or Settings())
    return step(name, function, value, NamedItems(inputs), owner=owner)


def text_of(one: Step[Text]) -> Result[bytes]:
    """Return a reference to the text that a step makes."""
    return one.output(lambda made: made.text)


def stored(store: Store, data: bytes) -> StoredFile[bytes]:
    """Put bytes into the store, and return a reference to them."""
    return StoredFile(store.add(data))


def open_engine(
    store: Store,
    jobs: int = 1,
    *,
    version: str = "",
    seconds: float = 60.0,
    memory: int = 2**30,
    on_event: Callable[[Event], None] = lambda _: None,
) -> Engine:
    """Return an engine with workers on this machine."""
    executor = LocalExecutor(store, Pool(jobs, ["engine_steps"]))
    limits = StepLimits(seconds, memory)
    return Engine(store, executor, version=version, limits=limits, on_event=on_event)


def run_steps(
    store: Store, steps: Iterable[Step[Text]], jobs: int = 1, **options: float
) -> dict[str, Outcome]:
    """Run steps with an engine of their own."""
    memory = int(options.get("memory", 2**30))
    seconds = options.get("seconds", 60.0)
    with open_engine(store, jobs, seconds=seconds, memory=memory) as engine:
        return engine.run(steps)


def names_that_ran(outcomes: Mapping[str, Outcome]) -> set[str]:
    """Return the steps that were not cached."""
    return {name for name, outcome in outcomes.items() if outcome.state == "done"}


def chain(
    store: Store, text: bytes, settings: Settings | None = None
) -> list[Step[Text]]:
    """Return three steps: a text is joined, its length taken, the length joined."""
    page = call("page", join, settings, text=stored(store, text))
    length = call("length", measure, page=text_of(page))
    return [page, length, call("book", join, length=text_of(length))]


def join(settings: Settings, inputs: Inputs) -> Text:
    """Join the inputs by name, and report the warnings of the settings."""
    _record_run(settings)
    parts = [
        name.encode() + b"=" + data + b";" for name, data in sorted(inputs.items())
    ]
    warnings = tuple(
        Problem("X01", word, severity=Severity.WARNING) for word in settings.warn
    )
    return Text(b"".join(parts) + settings.more.encode(), warnings)


def measure(settings: Settings, inputs: Inputs) -> Text:
    """Return how long the inputs are: a change that keeps the length ends here."""
    _record_run(settings)
    return Text(str(sum(map(len, inputs.values()))).encode())


def return_error(settings: Settings, inputs: Inputs) -> Text:
    """Fail by returning an error."""
    _record_run(settings)
    return Text(b"half", (Problem("X02", f"no good: {len(inputs)}"),))


def raise_error(settings: Settings, _inputs: Inputs) -> Text:
    """Fail by raising an error."""
    _record_run(settings)
    raise BriefpressError(Problem("X03", "nothing can be made"))


def have_bug(_settings: Settings, _inputs: Inputs) -> Text:
    """Raise what no step should raise."""
    raise KeyError("bug")


def misbehave(settings: Settings, inputs: Inputs) -> Text:
    """Die, stop, hang or use up memory: always, or only while the flag is missing."""
    _record_run(settings)
    flag = settings.flag
    if flag and Path(flag).exists():
        return join(Settings(), inputs)
    if flag:
        Path(flag).touch()
    faulthandler.disable()  # pytest's, which would print where
    if settings.how == "exit":
        os._exit(3)
    if settings.how in {"KILL", "STOP", "SEGV", "ABRT"}:
        os.kill(os.getpid(), getattr(signal, f"SIG{settings.how}"))
    while settings.how == "use memory":
        hoard.append(bytes(range(256)) * 40_000)
    time.sleep(600)
    return join(Settings(), inputs)


hoard: list[bytes] = []


def hold_memory_briefly(settings: Settings, _inputs: Inputs) -> Text:
    """Hold memory for a moment that is too short for the build to see."""
    return Text(str(len(bytes(range(256)) * (settings.mib * 4096))).encode())


def print_and_read(_settings: Settings, _inputs: Inputs) -> Text:
    """Print to standard output, as some libraries do, and read standard input."""
    print("chatter")
    return Text(sys.stdin.readline().encode() or b"nothing to read")


def start_program(settings: Settings, _inputs: Inputs) -> Text:
    """Start a program that takes long, and wait for it."""
    program = subprocess.Popen(["sleep", "60"])
    Path(settings.ledger).write_text(str(program.pid))
    program.wait()
    return Text(b"")


def process_id(_settings: Settings, _inputs: Inputs) -> Text:
    """Return the number of the process, which no real step does."""
    return Text(str(os.getpid()).encode())


def take_time(settings: Settings, inputs: Inputs) -> Text:
    """Take some time, then join the inputs."""
    _record_run(settings)
    time.sleep(settings.seconds)
    return join(Settings(), inputs)


def _record_run(settings: Settings) -> None:
    """Add a line to the ledger, in one write, which the system does not split."""
    if settings.ledger:
        with Path(settings.ledger).open("a") as file:
            file.write(f"{settings.name}\n")
