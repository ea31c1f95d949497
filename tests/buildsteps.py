"""Small steps for the tests of the engine, run by real workers."""

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
    """Join the inputs by name, with warnings from the settings.

    A line in the ledger says that the step ran.
    """
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
    """Return the length of the inputs, which a change may leave the same."""
    _tally(settings)
    return Made({"text": str(sum(map(len, inputs.values()))).encode()})


def refuse(inputs: Inputs, settings: Settings) -> Made:
    """Fail by returning an error."""
    _tally(settings)
    return Made({"text": b"half"}, (Problem("X02", f"no good: {len(inputs)}"),))


def refuse_aloud(_inputs: Inputs, settings: Settings) -> Made:
    """Fail by raising an error."""
    _tally(settings)
    raise BriefpressError(Problem("X03", "no input"))


def broken(_inputs: Inputs, _settings: Settings) -> Made:
    """Raise what only a bug raises."""
    raise KeyError("bug")


def misbehave(inputs: Inputs, settings: Settings) -> Made:
    """Die, stop, hang or use up memory; with a `flag` file, only the first time."""
    _tally(settings)
    flag = settings.get("flag")
    if flag and Path(flag).exists():
        return join(inputs, {})
    if flag:
        Path(flag).touch()
    how = settings["how"]
    faulthandler.disable()  # pytest enables it, and it would print a traceback
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
    """Use so many MiB for a moment, between two checks of the pool."""
    return Made(
        {"text": str(len(bytes(range(256)) * (settings["mib"] * 4096))).encode()}
    )


def chatter(_inputs: Inputs, _settings: Settings) -> Made:
    """Print to standard output, as some libraries do, and read standard input."""
    print("chatter")
    return Made({"text": sys.stdin.readline().encode() or b"nothing to read"})


def family(_inputs: Inputs, settings: Settings) -> Made:
    """Start a program that runs for a minute, and wait for it."""
    program = subprocess.Popen(["sleep", "60"])
    Path(settings["ledger"]).write_text(str(program.pid))
    program.wait()
    return Made({})


def pid(_inputs: Inputs, _settings: Settings) -> Made:
    """Return the process id of the worker."""
    return Made({"text": str(os.getpid()).encode()})


def slow(inputs: Inputs, settings: Settings) -> Made:
    """Wait for some seconds."""
    _tally(settings)
    time.sleep(settings["seconds"])
    return join(inputs, {})


def _tally(settings: Settings) -> None:
    """Add a line to the ledger. One write of a few bytes is atomic."""
    if ledger := settings.get("ledger"):
        with Path(ledger).open("a") as file:
            file.write(f"{settings.get('as', '?')}\n")
