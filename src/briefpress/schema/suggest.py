"""The closest known name: what somebody who mistyped a name most likely meant."""

from __future__ import annotations

from collections.abc import Iterable

# `titel` and `title` are alike by 0.8, `status` and `tags` by 0.6.
MIN_SIMILARITY = 0.7
MAX_LETTERS = 2  # that a name may differ from a word, for `nearest_name`
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


def nearest_name(word: str, names: Iterable[str]) -> str:
    """Return the name that at most two letters make of a word, or "" if none is.

    Case is ignored. Half of a short word must stay: `toc` is not nearly `doi`.
    """
    letters = word.casefold()
    best = min(MAX_LETTERS, len(letters) // 2) + 1
    nearest = ""
    for name in sorted(names):
        if abs(len(name) - len(letters)) >= best:
            continue
        distance = _edit_distance(letters, name.casefold())
        if distance < best:
            best = distance
            nearest = name
    return nearest


def _edit_distance(first: str, second: str) -> int:
    """Return how many letters must be added, removed or replaced."""
    above = list(range(len(second) + 1))
    for row, letter in enumerate(first, 1):
        current = [row]
        for column, other in enumerate(second, 1):
            replaced = above[column - 1] + (letter != other)
            current.append(min(replaced, above[column] + 1, current[-1] + 1))
        above = current
    return above[-1]


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
