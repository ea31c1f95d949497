"""Press, brief and page map as bytes: what steps read and pass on, the same bytes for the same value."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from typing import Any

from briefpress.model import (
    Author,
    Brief,
    Collection,
    Correction,
    Limits,
    Logo,
    Organisation,
    PageMap,
    PageStart,
    Places,
    Press,
    Program,
    Selection,
)


def dump_json(value: Any) -> bytes:
    """Return a value's one spelling in JSON."""
    return json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str
    ).encode("utf-8", "surrogatepass")


def dump_brief(brief: Brief) -> bytes:
    """Return a brief's front matter: not its text, nor where it stands, so that a line more changes nothing here."""
    data = {
        key: value
        for key, value in asdict(replace(brief, text="", line=0, places={})).items()
        if key != "file"
    }
    return dump_json(data)


def load_brief(data: bytes | dict[str, Any]) -> Brief:
    """Return the brief that `dump_brief` wrote."""
    raw = json.loads(data) if isinstance(data, bytes) else data
    corrections = tuple(
        Correction(dt.date.fromisoformat(c["date"]), c["text"])
        for c in raw["corrections"]
    )
    named = {key: tuple(raw[key]) for key in ("tags", "takeaways", "related")}
    fixed = {
        "file": "",
        "date": dt.date.fromisoformat(raw["date"]),
        "corrections": corrections,
    }
    return Brief(
        **{
            **raw,
            **named,
            **fixed,
            "authors": tuple(Author(**author) for author in raw["authors"]),
        }
    )


def slim(press: Press, programs: Iterable[str]) -> Press:
    """Return as much of the press as an edition prints, so that the rest may change without making it again."""
    kept = {
        key: press.programs[key]
        for key in sorted(set(programs))
        if key in press.programs
    }
    return Press(press.organisation, theme="", language=press.language, programs=kept)


def dump_press(press: Press) -> bytes:
    """Return a press, its programs in the order of press.toml; not where it says what."""
    return dump_json(
        {**asdict(replace(press, places={}, logos={})), "order": list(press.programs)}
    )


def load_press(
    data: bytes, logos: Mapping[str, Mapping[str, Any]] | None = None
) -> Press:
    """Return the press that `dump_press` wrote, with the logos of one edition: their addresses differ in each."""
    raw = json.loads(data)
    return Press(
        organisation=Organisation(**raw["organisation"]),
        theme=raw["theme"],
        language=raw["language"],
        programs={key: Program(**raw["programs"][key]) for key in raw["order"]},
        authors={key: Author(**value) for key, value in raw["authors"].items()},
        collections={
            key: load_collection(value) for key, value in raw["collections"].items()
        },
        limits=Limits(**raw["limits"]),
        logos={path: Logo(**logo) for path, logo in (logos or {}).items()},
    )


def load_collection(raw: dict[str, Any]) -> Collection:
    """Return a collection from plain data."""
    select = raw["select"]
    lists = {
        key: tuple(select[key]) for key in ("programs", "tags", "authors", "briefs")
    }
    return Collection(**{**raw, "select": Selection(**{**select, **lists})})


def dump_pagemap(pagemap: PageMap) -> bytes:
    """Return a page map."""
    return dump_json([asdict(start) for start in pagemap.starts])


def load_pagemap(data: bytes) -> PageMap:
    """Return the page map that `dump_pagemap` wrote."""
    return PageMap(tuple(PageStart(**start) for start in json.loads(data)))


def load_places(data: bytes) -> Places:
    """Return where in the brief's file the ids of its document stand."""
    return {key: (line, column) for key, (line, column) in json.loads(data).items()}
