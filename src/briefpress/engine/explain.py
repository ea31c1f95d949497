"""Why a step runs, in words: its key beside the one that it had last."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from briefpress.engine.step import Key, canonical


def why(key: Key, last: Key | None) -> tuple[str, ...]:
    """Return the reasons for which a step with this key has to run."""
    if last is None:
        return ("first time",)
    reasons = [
        *(["another function makes it"] if key.run != last.run else []),
        *(["version changed"] if key.version != last.version else []),
        *_changes("settings", key.settings, last.settings),
        *_changes("input", key.inputs, last.inputs),
    ]
    return tuple(reasons) or (
        "it failed last time, or its files are gone from the cache",
    )


def _changes(what: str, now: Mapping[str, Any], last: Mapping[str, Any]) -> list[str]:
    """Name what was added, removed and changed between two mappings."""
    named = {
        "changed": [
            name
            for name in now
            if name in last and canonical(now[name]) != canonical(last[name])
        ],
        "added": [name for name in now if name not in last],
        "removed": [name for name in last if name not in now],
    }
    return [
        f"{what} {how}: {', '.join(sorted(names))}"
        for how, names in named.items()
        if names
    ]
