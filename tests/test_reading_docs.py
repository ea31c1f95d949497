"""The reference tables of press.toml and front matter list every key, and their examples are valid."""

from __future__ import annotations

import ast
import dataclasses
import datetime as dt
import re
from pathlib import Path
from typing import Any, NamedTuple, get_args

import pytest

from briefpress import model
from briefpress.manuscript.brief_fields import front_matter_schema
from briefpress.manuscript.briefs import parse_brief
from briefpress.press import parse_press, press_schema
from briefpress.problems import catalogue
from briefpress.schema.schema import Schema

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
TABLE_ROW = re.compile(
    r"^\| `(\w+)` \| (.+?) \| (.+?) \| (.+?) \| `(.+)` \|$", re.MULTILINE
)
TYPE_NAMES = {
    str: "string",
    bool: "`true` or `false`",
    int: "whole number",
    float: "number",
    dt.date: "date",
}
# Strings that must have a certain format: the docs name the format.
FORMATS = {
    "language tag",
    "address",
    "path",
    "ISSN",
    "ORCID iD",
    "e-mail address",
    "name",
    "DOI",
}
PRESS = press_schema()
COLLECTION = PRESS.tables["collections"]
FRONT_MATTER = front_matter_schema()
FRONT_MATTER_HEADING = "# Front matter: every key"


class Section(NamedTuple):
    """A section of docs/press-toml.md: its heading, its schema and its TOML table."""

    heading: str
    schema: Schema
    table: str


SECTIONS = (
    Section("## The top", PRESS, ""),
    Section("## `[organisation]`", PRESS.tables["organisation"], "organisation"),
    Section("## `[programs.KEY]`", PRESS.tables["programs"], "programs.a"),
    Section("## `[authors.KEY]`", PRESS.tables["authors"], "authors.a"),
    Section("## `[collections.KEY]`", COLLECTION, "collections.b"),
    Section(
        "### `[collections.KEY.select]`",
        COLLECTION.tables["select"],
        "collections.b.select",
    ),
    Section("## `[limits]`", PRESS.tables["limits"], "limits"),
)


class Row(NamedTuple):
    """What the docs say about a key."""

    type: str
    default: str
    example: str


def documented_keys(page: str, heading: str) -> dict[str, Row]:
    """Return the rows of the tables under a heading, by key."""
    text = (DOCS / page).read_text("utf-8")
    after_heading = text.partition(f"{heading}\n")[2]
    section = re.split(r"^#", after_heading, flags=re.MULTILINE)[0]
    rows = TABLE_ROW.findall(section)
    return {key: Row(kind, default, example) for key, kind, default, _, example in rows}


def documented_type(kind: Any) -> str:
    """Return the name of a type in the docs."""
    if kind in TYPE_NAMES:
        return TYPE_NAMES[kind]
    if kind == tuple[str, ...]:
        return "string or list"
    if int in get_args(kind):
        return "whole number"
    return "table"


def check_types(rows: dict[str, Row], keys: dict[str, Any]) -> None:
    """Assert that the docs list exactly these keys, each with its type."""
    assert rows.keys() == keys.keys()
    for key, kind in keys.items():
        if rows[key].type not in FORMATS:
            assert documented_type(kind) in rows[key].type, key


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.heading)
def test_every_key_of_press_toml_is_documented(section: Section) -> None:
    rows = documented_keys("press-toml.md", section.heading)
    check_types(rows, dict(section.schema.keys))
    required = {key for key, row in rows.items() if row.default == "required"}
    assert required == set(section.schema.required)


def test_every_key_of_the_front_matter_is_documented() -> None:
    rows = documented_keys("front-matter.md", FRONT_MATTER_HEADING)
    keys = dict(FRONT_MATTER.keys)
    for table in ("corrections", "withdrawn"):
        keys.update(FRONT_MATTER.tables[table].keys)
    keys["date"] = dt.date
    check_types(rows, keys)


@pytest.mark.parametrize(
    ("heading", "cls"), [("## The top", model.Press), ("## `[limits]`", model.Limits)]
)
def test_defaults_are_documented(heading: str, cls: type) -> None:
    rows = documented_keys("press-toml.md", heading)
    for field in dataclasses.fields(cls):
        if isinstance(field.default, str):
            assert rows[field.name].default == f'`"{field.default}"`'
        elif isinstance(field.default, int | float):
            assert rows[field.name].default == f"`{field.default}`"


def test_the_examples_are_a_valid_press_toml() -> None:
    lines = []
    for section in SECTIONS:
        if section.table:
            lines.append(f"[{section.table}]")
        for key, row in documented_keys("press-toml.md", section.heading).items():
            is_table = row.example.startswith("[") and not row.type.startswith("string")
            has_its_own_section = is_table or key == "select"
            if not has_its_own_section:
                lines.append(f"{key} = {row.example}")
    _, problems = parse_press("\n".join(lines).encode())
    assert problems == ()


def test_the_examples_are_valid_front_matter() -> None:
    rows = documented_keys("front-matter.md", FRONT_MATTER_HEADING)
    of_tables = {"text", "reason"}  # `corrections` and `withdrawn` have own examples
    lines = [
        f"{key}: {row.example}" for key, row in rows.items() if key not in of_tables
    ]
    source = "\n".join(["---", *lines, "---", "Text.", ""])
    press = model.Press(
        model.Organisation("X"),
        programs={"spp": model.Program("spp", "Security and Politics Program")},
        authors={"kawaguchi": model.Author("Yoriko Kawaguchi")},
    )
    brief, problems = parse_brief(source.encode(), "briefs/a.md", press)
    assert problems == ()
    assert brief is not None
    assert brief.takeaways == ("Rents rose.", "Wages did not.")


FOR_DEVELOPERS = [
    ROOT / "ARCHITECTURE.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "SECURITY.md",
    DOCS / "security.md",
    DOCS / "scale.md",
    *sorted((DOCS / "adr").glob("*.md")),
]
FILE_IN_CODE = re.compile(r"`([\w./-]+\.(?:py|toml|sh|css|conf|lock|md))`")


@pytest.mark.parametrize("page", FOR_DEVELOPERS, ids=lambda page: page.name)
def test_docs_for_developers_name_existing_files(page: Path) -> None:
    named = FILE_IN_CODE.findall(page.read_text("utf-8"))
    folders = ["", "src", "src/briefpress", "src/briefpress/editions", "themes/plain"]
    folders += ["src/briefpress/editions/pdf/weasyprint", "tests"]
    for name in named:
        exists = any((ROOT / folder / name).exists() for folder in folders)
        assert exists, f"{page.name} names {name}"


PACKAGES = sorted((ROOT / "src" / "briefpress").rglob("__init__.py"))


# issue 10, fault 11
@pytest.mark.parametrize("file", PACKAGES, ids=lambda file: file.parent.name)
def test_package_docstrings_name_existing_modules(file: Path) -> None:
    docstring = ast.get_docstring(ast.parse(file.read_text("utf-8"))) or ""
    modules = [*file.parent.glob("*.py"), *(ROOT / "src" / "briefpress").iterdir()]
    known = {path.stem for path in modules}
    for path in file.parent.glob("*.py"):
        known |= set(re.findall(r"^def (\w+)", path.read_text("utf-8"), re.MULTILINE))
    for name in re.findall(r"`([a-z_]+)`", docstring):
        assert name in known, f"{file} names {name}"


def test_every_code_in_the_program_is_in_the_catalogue() -> None:
    used: set[str] = set()
    for file in (ROOT / "src" / "briefpress").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                used |= set(re.findall(r"^[A-Z]\d\d$", node.value))
    assert used
    assert used == catalogue().keys()
