"""What a plan knows of a document without reading it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shown:
    """What the plan knows of a document: files it shows, by the name in its tree, and briefs it links to."""

    media: Mapping[str, str]  # src to media type
    files: Mapping[
        str, str
    ]  # src to digest: the bytes of all pictures of a press are more than its build should hold
    links: tuple[str, ...]
