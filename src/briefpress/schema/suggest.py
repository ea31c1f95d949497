"""The closest known name: what somebody who mistyped a name most likely meant."""

from __future__ import annotations

from collections.abc import Iterable

# `titel` and `title` are alike by 0.8, `status` and `tags` by 0.6.
MIN_SIMILARITY = 0.7
MAX_LENGTH = 100  # characters: comparing takes quadratic time


def closest_name(word: str, names: Iterable[str]) -> str:
    """Return the name that is most like a word, or "" if none is close.

    Case is ignored. Every suggestion of the program comes from here.
    """
    import difflib

    by_lower_case = {name.casefold(): name for name in sorted(names, reverse=True)}
    matches = difflib.get_close_matches(
        word.casefold()[:MAX_LENGTH],
        sorted(by_lower_case),
        n=1,
        cutoff=MIN_SIMILARITY,
    )
    return by_lower_case[matches[0]] if matches else ""


def suggest_fix(word: str, names: Iterable[str], max_listed: int = 20) -> str:
    """Return a fix: the closest name, or all names if they are few, or ""."""
    names = tuple(names)
    closest = closest_name(word, names)
    if closest:
        return f"write `{closest}`"
    if len(names) == 1:
        return f"the only one is `{names[0]}`"
    if 1 < len(names) <= max_listed:
        listed = ", ".join(f"`{name}`" for name in names)
        return f"use one of {listed}"
    return ""
