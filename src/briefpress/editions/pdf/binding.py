"""How names of WeasyPrint's are bound to ours: for the time of one layout or one writing, and then given back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import RLock
from typing import Any

LOCK = RLock()  # the names are the process's, not the layout's


@contextmanager
def bound(ours: Mapping[tuple[Any, str], Any]) -> Iterator[None]:
    """Bind names, each with the module or class that it stands in, to what stands for them here."""
    with LOCK:
        theirs = {(place, name): getattr(place, name) for place, name in ours}
        try:
            _bind(ours)
            yield
        finally:
            _bind(theirs)


def _bind(names: Mapping[tuple[Any, str], Any]) -> None:
    for (place, name), value in names.items():
        setattr(place, name, value)
