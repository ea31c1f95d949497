"""The nearest right name: what somebody most likely suggest_fix."""

from __future__ import annotations

from collections.abc import Iterable


def closest_name(word: str, words: Iterable[str]) -> str:
    """Return the word of `words` that is most like `word`, or nothing when none is."""
    import difflib

    folded = {name.casefold(): name for name in sorted(words, reverse=True)}
    close = difflib.get_close_matches(
        word.casefold()[:100], sorted(folded), n=1, cutoff=0.6
    )
    return folded[close[0]] if close else ""


def suggest_fix(word: str, words: Iterable[str], most: int = 20) -> str:
    """Return a fix: the nearest right name, or all of them where they are few."""
    words = tuple(words)
    if name := closest_name(word, words):
        return f"write `{name}`"
    if len(words) == 1:
        return f"the only one is `{words[0]}`"
    return (
        f"use one of {', '.join(f'`{name}`' for name in words)}"
        if 1 < len(words) <= most
        else ""
    )
