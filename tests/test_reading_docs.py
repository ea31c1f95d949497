"""docs/press-toml.md and docs/front-matter.md hold every key with its type and default, and their examples are read."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import tomllib
from pathlib import Path
from typing import Any, get_args

import pytest

from briefpress import model
from briefpress.manuscript import parse_brief
from briefpress.manuscript.brief import front_matter_schema
from briefpress.press import parse_press, press_schema
from briefpress.schema import Schema

DOCS = Path(__file__).parent.parent / "docs"
ROW = re.compile(r"^\| `(\w+)` \| (.+?) \| (.+?) \| (.+?) \| `(.+)` \|$", re.MULTILINE)
PRESS = {
    "organisation": "organisation",
    "programs": "programs.a",
    "authors": "authors.a",
    "collections": "collections.b",
    "limits": "limits",
}
CLASSES = {"organisation": model.Organisation, "limits": model.Limits, "": model.Press}


def rows(page: str, heading: str) -> dict[str, tuple[str, str, str]]:
    """Return type, default and example of each key in the tables under a heading."""
    text = (DOCS / page).read_text("utf-8")
    section = text.partition(f"{heading}\n")[2]
    found = ROW.findall(re.split(r"^#", section, flags=re.MULTILINE)[0])
    return {key: (kind, default, example) for key, kind, default, _, example in found}


SECTIONS: list[tuple[str, str, Schema, str]] = [
    ("press-toml.md", "## The top", press_schema(), ""),
    (
        "press-toml.md",
        "## `[organisation]`",
        press_schema().inner["organisation"],
        "organisation",
    ),
    (
        "press-toml.md",
        "## `[programs.KEY]`",
        press_schema().inner["programs"],
        "programs",
    ),
    ("press-toml.md", "## `[authors.KEY]`", press_schema().inner["authors"], "authors"),
    (
        "press-toml.md",
        "## `[collections.KEY]`",
        press_schema().inner["collections"],
        "collections",
    ),
    (
        "press-toml.md",
        "### `[collections.KEY.select]`",
        press_schema().inner["collections"].inner["select"],
        "select",
    ),
    ("press-toml.md", "## `[limits]`", press_schema().inner["limits"], "limits"),
    (
        "front-matter.md",
        "# Front matter: every key",
        front_matter_schema(),
        "front matter",
    ),
]


@pytest.mark.parametrize(
    ("page", "heading", "shape", "name"),
    SECTIONS,
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_key_stands_in_its_table_with_its_type(
    page: str, heading: str, shape: Schema, name: str
) -> None:
    told = rows(page, heading)
    keys = {
        **shape.keys,
        **(
            front_matter_schema().inner["corrections"].keys
            if name == "front matter"
            else {}
        ),
    }
    assert told.keys() == keys.keys()
    for key, kind in keys.items():
        assert family(kind) in told[key][0] or told[key][0] in FORMS, key
    if name != "front matter":
        assert {
            key for key, (_, default, _) in told.items() if default == "needed"
        } == set(shape.required)


FORMS = {
    "language tag",
    "address",
    "path",
    "ISSN",
    "ORCID iD",
    "e-mail address",
    "name",
    "DOI",
}


def family(kind: Any) -> str:
    """Return how the docs call a type."""
    names = {
        str: "string",
        bool: "`true` or `false`",
        int: "whole number",
        float: "number",
        dt.date: "date",
    }
    if kind in names:
        return names[kind]
    if kind == tuple[str, ...]:
        return "string or list"
    if int in get_args(kind):
        return "whole number"
    return "table"


@pytest.mark.parametrize("name", ["", "limits"])
def test_defaults_are_told(name: str) -> None:
    heading = {"": "## The top", "limits": "## `[limits]`"}[name]
    for field in dataclasses.fields(CLASSES[name]):
        if isinstance(field.default, str | int | float):
            default = (
                f'"{field.default}"'
                if isinstance(field.default, str)
                else str(field.default)
            )
            assert rows("press-toml.md", heading)[field.name][1] == f"`{default}`"


def test_the_examples_make_a_press() -> None:
    """A press.toml of all examples is read without a problem, so each has the right form."""
    lines = [
        f"{key} = {example}"
        for key, (_, _, example) in rows("press-toml.md", "## The top").items()
        if key not in PRESS
    ]
    for _, heading, _, name in SECTIONS[1:-1]:
        path = PRESS.get(name, "collections.b.select")
        lines += [
            f"[{path}]",
            *(
                f"{key} = {row[2]}"
                for key, row in rows("press-toml.md", heading).items()
                if key != "select"
            ),
        ]
    text = "\n".join(lines)
    assert tomllib.loads(text)
    assert parse_press(text.encode())[1] == ()


def test_the_examples_make_a_brief() -> None:
    lines = [
        f"{key}: {row[2]}"
        for key, row in rows("front-matter.md", "# Front matter: every key").items()
        if key != "text"
    ]
    press = model.Press(
        model.Organisation("X"),
        programs={"spp": model.Program("spp", "Security and Politics Program")},
        authors={"kawaguchi": model.Author("Yoriko Kawaguchi")},
    )
    brief, problems = parse_brief(
        f"---\n{chr(10).join(lines)}\n---\n".encode(), "briefs/a.md", press
    )
    assert problems == ()
    assert brief is not None
    assert brief.takeaways == ("Rents rose.", "Wages did not.")
