"""Ctrl-C, TERM and HUP become one exception, which ends the build and its workers.

This module is small, because the command line imports it at every start.
"""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator, Mapping
from types import FrameType
from typing import Any

TERMINATION_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class TerminatedError(BaseException):
    """The build was ended by a signal.

    It is not an `Exception`, so that nothing takes it for a problem of a brief.
    """

    def __init__(self, number: int) -> None:
        """Keep the signal. Shells expect `128 + number` as the exit status."""
        super().__init__(f"ended by {signal.Signals(number).name}")
        self.number = number


@contextlib.contextmanager
def raise_on_termination() -> Iterator[None]:
    """Raise `TerminatedError` at the first of the signals, and ignore all later ones.

    A signal that was ignored before is still ignored: `nohup` relies on it. Only the
    main thread may use this.
    """
    handled = [
        number
        for number in TERMINATION_SIGNALS
        if signal.getsignal(number) is not signal.SIG_IGN
    ]
    before = {number: signal.signal(number, _terminate) for number in handled}
    try:
        yield
    except TerminatedError:
        raise  # the process ends: the signals stay ignored
    except BaseException:
        _restore(before)
        raise
    else:
        _restore(before)


def _restore(handlers: Mapping[signal.Signals, Any]) -> None:
    for number, handler in handlers.items():
        signal.signal(number, handler)


def _terminate(number: int, _frame: FrameType | None) -> None:
    for other in TERMINATION_SIGNALS:
        signal.signal(other, _ignore)
    raise TerminatedError(number)


def _ignore(_number: int, _frame: FrameType | None) -> None:
    """Do nothing.

    With `SIG_IGN` instead, Python would print an error for a signal that came just
    before the handler was set.
    """
