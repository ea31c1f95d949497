"""Ctrl-C, TERM and HUP, as one exception that unwinds the build: what was opened is closed, workers first."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator, Mapping
from types import FrameType
from typing import Any

TERMINATION_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class TerminatedError(BaseException):
    """The build was told to end. Not an `Exception`, so that nothing on the way takes it for a fault of a brief."""

    def __init__(self, number: int) -> None:
        """Keep the signal; `128 + number` is the exit status that shells expect."""
        super().__init__(f"ended by {signal.Signals(number).name}")
        self.number = number


@contextlib.contextmanager
def raise_on_termination() -> Iterator[None]:
    """Raise `TerminatedError` at the first of the signals, and hear no other from then on: there is only the end left.

    A signal that was ignored before stays so: `nohup` means it. Only the main thread may ask for this.
    """
    heard = [
        number
        for number in TERMINATION_SIGNALS
        if signal.getsignal(number) is not signal.SIG_IGN
    ]
    before = {number: signal.signal(number, _end) for number in heard}
    try:
        yield
    except TerminatedError:
        raise
    except BaseException:
        _restore(before)
        raise
    else:
        _restore(before)


def _restore(before: Mapping[signal.Signals, Any]) -> None:
    for number, handler in before.items():
        signal.signal(number, handler)


def _end(number: int, _frame: FrameType | None) -> None:
    for other in TERMINATION_SIGNALS:
        signal.signal(other, _be_deaf)
    raise TerminatedError(number)


def _be_deaf(_number: int, _frame: FrameType | None) -> None:
    """Hear nothing. Not `SIG_IGN`: Python prints an error for a signal that came just before that was set."""
