"""What each language brings of its own: quotation marks, dashes, and the words that a document sets by itself."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

RIGHT_TO_LEFT = frozenset(
    ("ar", "ckb", "dv", "fa", "he", "ks", "ku-arab", "ps", "sd", "ug", "ur", "yi")
)


@dataclass(frozen=True, slots=True)
class Language:
    """One language of `languages.toml`."""

    code: str
    quotes: tuple[str, str, str, str]
    dash: str
    words: dict[str, str]

    def figure(self, number: int) -> str:
        """Return "Figure 3"."""
        return self.words["figure"].format(n=number)

    def table(self, number: int) -> str:
        """Return "Table 3"."""
        return self.words["table"].format(n=number)

    def data(self, label: str) -> str:
        """Return "Data of Figure 3"."""
        return self.words["data"].format(label=label)


@cache
def language(tag: str) -> Language:
    """Return what the language of a tag such as `kk-Cyrl` brings; English, where the table has nothing."""
    code = tag.lower().partition("-")[0]
    table = _table()
    found = table.get(code, table["en"])
    words = {key: value for key, value in found.items() if isinstance(value, str)}
    return Language(
        code if code in table else "en", tuple(found["quotes"]), found["dash"], words
    )


def direction(tag: str) -> str:
    """Return `rtl` or `ltr`."""
    code = tag.lower()
    return (
        "rtl"
        if code in RIGHT_TO_LEFT or code.partition("-")[0] in RIGHT_TO_LEFT
        else "ltr"
    )


def headline_words() -> tuple[str, ...]:
    """Return the words that may begin a table's headline, in every language of the table."""
    return tuple(sorted({entry["headline"] for entry in _table().values()}))


@cache
def _table() -> dict[str, dict[str, Any]]:
    """Return `languages.toml`."""
    return tomllib.loads(
        resources.files("briefpress.document")
        .joinpath("languages.toml")
        .read_text("utf-8")
    )
