"""Small steps for the tests of the engine, to be run by real workers."""

from __future__ import annotations

import faulthandler
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from briefpress.engine.step import Made
from briefpress.problems import BriefpressError, Problem, Severity

Inputs = Mapping[str, bytes]
Settings = Mapping[str, Any]


def join(inputs: Inputs, settings: Settings) -> Made:
    """Join the inputs by name, and warn when told to. A line in the ledger says that it ran."""
    _tally(settings)
    text = b"".join(
        name.encode() + b"=" + data + b";" for name, data in sorted(inputs.items())
    )
    warnings = tuple(
        Problem("X01", word, severity=Severity.WARNING)
        for word in settings.get("warn", ())
    )
    return Made({"text": text + settings.get("more", "").encode()}, warnings)


def length(inputs: Inputs, settings: Settings) -> Made:
    """Say only how long the inputs are: a change that keeps the length ends here."""
    _tally(settings)
    return Made({"text": str(sum(map(len, inputs.values()))).encode()})


def refuse(inputs: Inputs, settings: Settings) -> Made:
    """Fail by its own word."""
    _tally(settings)
    return Made({"text": b"half"}, (Problem("X02", f"no good: {len(inputs)}"),))


def refuse_aloud(_inputs: Inputs, settings: Settings) -> Made:
    """Fail by raising its own word."""
    _tally(settings)
    raise BriefpressError(Problem("X03", "nothing to speak of"))


def broken(_inputs: Inputs, _settings: Settings) -> Made:
    """Have a bug."""
    raise KeyError("bug")


def misbehave(inputs: Inputs, settings: Settings) -> Made:
    """Die, stop, hang or eat memory: each time, or only the first time when there is a `flag` file to make."""
    _tally(settings)
    flag = settings.get("flag")
    if flag and Path(flag).exists():
        return join(inputs, {})
    if flag:
        Path(flag).touch()
    how = settings["how"]
    faulthandler.disable()  # pytest's, which would print where
    if how == "exit":
        os._exit(3)
    if how in {"KILL", "STOP", "SEGV", "ABRT"}:
        os.kill(os.getpid(), getattr(signal, f"SIG{how}"))
    while how == "eat":
        hoard.append(bytes(range(256)) * 40_000)
    time.sleep(600)
    return join(inputs, {})


hoard: list[bytes] = []


def spike(_inputs: Inputs, settings: Settings) -> Made:
    """Hold so many MiB for a moment that is too short to be seen."""
    return Made(
        {"text": str(len(bytes(range(256)) * (settings["mib"] * 4096))).encode()}
    )


def chatter(_inputs: Inputs, _settings: Settings) -> Made:
    """Print to standard output, as some libraries do, and look for something to read."""
    print("chatter")
    return Made({"text": sys.stdin.readline().encode() or b"nothing to read"})


def family(_inputs: Inputs, settings: Settings) -> Made:
    """Start a program that takes its time, as a checker in another language does, and wait for it."""
    program = subprocess.Popen(["sleep", "60"])
    Path(settings["ledger"]).write_text(str(program.pid))
    program.wait()
    return Made({})


def who(_inputs: Inputs, _settings: Settings) -> Made:
    """Tell the number of the process, which no decent step does."""
    return Made({"text": str(os.getpid()).encode()})


def slow(inputs: Inputs, settings: Settings) -> Made:
    """Take some time."""
    _tally(settings)
    time.sleep(settings["seconds"])
    return join(inputs, {})


def _tally(settings: Settings) -> None:
    """Add a line to the ledger: one write of a few bytes, which the system does not tear."""
    if ledger := settings.get("ledger"):
        with Path(ledger).open("a") as file:
            file.write(f"{settings.get('as', '?')}\n")
