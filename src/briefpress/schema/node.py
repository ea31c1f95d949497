"""What a TOML or YAML file says, with the place of every word: the one tree that both become."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TypeAlias

At: TypeAlias = tuple[
    int, int
]  # offsets in the text: of the first character, and after the last
Scalar: TypeAlias = str | bool | int | float | dt.date | dt.time
Value: TypeAlias = "Scalar | tuple[Node, ...] | dict[str, Node] | None"  # None: told already, and not read
DEPTH = 20  # nothing that briefpress reads is nested deeper than five


@dataclass(frozen=True, slots=True)
class Node:
    """A value, where it stands, and where the key stands that names it (the value itself when none does)."""

    value: Value
    at: At
    key: At
