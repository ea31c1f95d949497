"""TOML, YAML, formats and files: offsets, suggestions, and laws for any text."""

from __future__ import annotations

import os
import tomllib
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from briefpress.problems import Problem, Span
from briefpress.schema.files import read_file
from briefpress.schema.formats import (
    FORMATS,
    check_format,
    check_slug,
    check_token,
    slugify,
)
from briefpress.schema.front_matter import parse_front_matter
from briefpress.schema.schema import Schema, parse_table
from briefpress.schema.source import Node, Source, SourceProblems, decode
from briefpress.schema.suggest import closest_name, suggest_fix
from briefpress.schema.toml import parse_toml

TOML = '''\
# a comment = "with a key"
theme = "civic"  # and another
"quoted key" = 1
a.b.c = [1, [2, "x = 3"], { y = 4 }]
text = """
[not] = "a table" """""
path = 'C:\\temp'
when = 1979-05-27 07:32:00.5

[programs.spp] # here
tokens = { "color-accent" = "#8a1c2b", page.margin = "2cm" }

[[fruit]]
name = "apple"
[fruit.size]
cm = 1.5e3
[[fruit]]
name = "pear"
'''


def plain(node: Node) -> Any:
    """Return the value of a node, without offsets."""
    if isinstance(node.value, dict):
        return {key: plain(item) for key, item in node.value.items()}
    return (
        [plain(item) for item in node.value]
        if isinstance(node.value, tuple)
        else node.value
    )


def toml(text: str) -> tuple[Node | None, SourceProblems]:
    """Return a TOML text as a node, and what is wrong with it."""
    source = Source("x.toml", text)
    problems = SourceProblems(source)
    return parse_toml(source, problems), problems


def front_matter(text: str) -> tuple[Node, SourceProblems]:
    """Return the front matter of a text, and what is wrong with it."""
    source = Source("a.md", text)
    problems = SourceProblems(source)
    front_matter = parse_front_matter(source, problems)
    assert front_matter is not None
    return front_matter.root, problems


def places_in(node: Node, text: str, path: str = "") -> dict[str, tuple[str, str]]:
    """Return for each path the characters of its key and of its value."""
    found = {path: (text[slice(*node.key_at)], text[slice(*node.at)])} if path else {}
    value = node.value
    for key, item in (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, tuple)
        else ()
    ):
        found |= places_in(item, text, f"{path}.{key}" if path else str(key))
    return found


def test_toml_nodes_have_the_offsets_of_every_key_and_value() -> None:
    node, faults = toml(TOML)
    assert node is not None
    assert plain(node) == tomllib.loads(TOML)
    assert faults.found == []
    places = places_in(node, TOML)
    assert places["theme"] == ("theme", '"civic"')
    assert places["quoted key"] == ('"quoted key"', "1")
    assert places["a.b"] == ("b", "b")
    assert places["a.b.c"] == ("c", '[1, [2, "x = 3"], { y = 4 }]')
    assert places["a.b.c.1.1"][1] == '"x = 3"'
    assert places["a.b.c.2.y"] == ("y", "4")
    assert places["text"][1].endswith('a table" """""')
    assert places["when"] == ("when", "1979-05-27 07:32:00.5")
    assert places["programs.spp.tokens.color-accent"] == ('"color-accent"', '"#8a1c2b"')
    assert places["programs.spp.tokens.page.margin"] == ("margin", '"2cm"')
    assert places["fruit.0.size.cm"] == ("cm", "1.5e3")
    assert places["fruit.1.name"] == ("name", '"pear"')


KEYS = st.sampled_from(["a", "b-c", "1", '"q.u o#te"', "'x'", '"\\u00e9"'])
SCALARS = [
    "1",
    "-1.5e3",
    "true",
    '"x # y"',
    "'z]'",
    '"""a\n"b" c"""',
    "'''d\n,e'''",
    "1979-05-27 07:32:00",
    "inf",
    '""',
]
VALUES = st.recursive(
    st.sampled_from(SCALARS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.lists(inner, max_size=3).map(
            lambda items: "[ # c ]\n" + "".join(f"  {item},\n" for item in items) + "]"
        ),
        st.lists(inner, max_size=3).map(
            lambda items: (
                f"{{{', '.join(f'k{n}.v = {v}' for n, v in enumerate(items))}}}"
            )
        ),
    ),
    max_leaves=6,
)
DOTTED = st.lists(KEYS, min_size=1, max_size=3).map(" . ".join)
LINES = st.one_of(
    st.builds("{} = {}".format, DOTTED, VALUES),
    DOTTED.map("[{}]".format),
    DOTTED.map("[[{}]]".format),
    st.sampled_from(["", "# [a]", "  "]),
)


# Python 3.11.2 read these two strings as one, with a possessive group in a pattern.
@example("a = {b = ['''d\n,e'''], c = 'z]'}")
@given(st.lists(LINES, max_size=6).map("\n".join))
def test_the_offsets_of_a_toml_value_contain_the_value(text: str) -> None:
    node, _ = toml(text)
    if node is not None:
        assert plain(node) == tomllib.loads(text)
        check_places(node, text)


def check_places(node: Node, text: str) -> None:
    """Check that the text at each key and value is that of the node."""
    for name, item in node.value.items() if isinstance(node.value, dict) else ():
        key, value = text[slice(*item.key_at)], text[slice(*item.at)]
        assert next(iter(tomllib.loads(f"{key} = 1"))) == name
        if (
            item.at != item.key_at
        ):  # else it is a table, begun by its header or by a dotted key
            assert tomllib.loads(f"x = {value}")["x"] == plain(item)
        check_places(item, text)


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("a = 1\na = 2\n", 2, 6),
        ("x = [1,\n", 1, 8),
        (f"x = {'[' * 2000}", 1, 25),
        (f"x = {'9' * 5000}", 1, 1),
    ],
    ids=["twice", "open", "deep", "digits"],
)
def test_a_toml_error_has_its_line_and_column(
    text: str, line: int, column: int
) -> None:
    node, faults = toml(text)
    assert node is None
    [problem] = faults.found
    assert problem.code == "R07"
    assert problem.span is not None
    assert (problem.span.line, problem.span.column) == (line, column)


def test_closed_brackets_do_not_count_as_nesting() -> None:
    node, problems = toml(f"x = [{'[1], ' * 50}{'[' * 19}{']' * 19}]")
    assert node is not None
    assert problems.found == []
    _, problems = toml(f"x = [{'[1], ' * 50}{'[' * 20}{']' * 20}]")
    assert [problem.code for problem in problems.found] == ["R07"]


def test_a_dotted_key_may_have_twenty_dots() -> None:
    node, _ = toml(f"{'.'.join('a' * 21)} = 1\n{'.'.join('b' * 21)} = 2")
    assert node is not None
    node, _ = toml(f"{'.'.join('a' * 22)} = 1")
    assert node is None


def test_deeply_nested_tables_are_an_error() -> None:
    node, faults = toml(f"{'.'.join('a' * 90_000)} = 1")
    assert node is None
    assert [problem.message for problem in faults.found] == [
        "values nested more than 20 deep"
    ]


def test_front_matter_values_are_strings_with_offsets() -> None:
    text = (
        "---\ntitle: no\nversion: 1.10\ntags: [yes, 'null', ~]\nwhen: 2024-05-31\n---\n"
    )
    node, faults = front_matter(text)
    assert plain(node) == {
        "title": "no",
        "version": "1.10",
        "tags": ["yes", "null", "~"],
        "when": "2024-05-31",
    }
    assert places_in(node, text)["tags.1"] == ("'null'", "'null'")
    assert faults.found == []


def test_the_front_matter_as_a_whole_is_at_its_first_line() -> None:
    text = "---\ntitle: A\n---\n"
    node, _ = front_matter(text)
    assert text[slice(*node.at)] == "---"
    assert text[slice(*node.key_at)] == "---"


@pytest.mark.parametrize(
    ("key", "limit"),
    [
        ("title", 500),
        ("subtitle", 500),
        ("name", 500),
        ("authors", 300),
        ("tags", 200),
        ("number", 100),
        ("summary", 5_000),
        ("slug", 100_000),
    ],
)
def test_a_string_may_be_as_long_as_the_limit_of_its_key(key: str, limit: int) -> None:
    for length, codes in ((limit, []), (limit + 1, ["R31"])):
        node, faults = front_matter(f"---\n{key}: {'a' * length}\n---\n")
        parse_table(node, Schema({key: str}), faults)
        assert [problem.code for problem in faults.found] == codes


def test_unicode_line_separators_do_not_move_offsets() -> None:
    text = "---\ntitle: a\u2028b\nsubtitle: é\u2029\U0001f600\ntitel: x\n---\n"
    node, faults = front_matter(text)
    assert places_in(node, text)["titel"] == ("titel", "x")
    assert faults.source.place(text.index("titel")) == (4, 1)


def test_windows_line_endings_make_no_difference() -> None:
    unix, _ = decode("a\né\n".encode(), "a.md", 100)
    windows, problems = decode("\ufeffa\r\né\r\n".encode(), "a.md", 100)
    assert unix == windows
    assert problems == ()


@given(st.text())
def test_slugify_returns_a_valid_slug(text: str) -> None:
    slug = slugify(text)
    assert (
        slug == "" or check_slug(slug)[0] == "" or "is reserved" in check_slug(slug)[0]
    )


@given(
    st.sampled_from(["lang", "doi", "orcid", "issn", "url", "email", "logo", "theme"]),
    st.text(),
)
def test_a_corrected_value_has_the_right_format(name: str, value: str) -> None:
    _, fix = check_format(name, value)
    if fix:
        corrected = fix.removeprefix("write `").removesuffix("`")
        message, _ = check_format(name, corrected)
        assert message == "" or "check digit" in message


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("lang", "zh-Hant-TW", "english"),
        ("orcid", "0000-0002-1694-233X", "0000-0002-1694-2330"),
        ("orcid", "0000-0001-5109-3700", "0000-0001-5109-3701"),
        ("orcid", "0000-0002-1097-0081", "0000-0002-1097-0080"),
        ("issn", "2049-3630", "2049-3631"),
        ("logo", "art/logo..svg", "art/../../logo.svg"),
        ("logo", "logo.svg", "C:\\logo.svg"),
        ("url", "https://example.org/briefs", "javascript:alert(1)"),
        ("doi", "10.1000/182", "doi:10.1000"),
    ],
)
def test_formats(name: str, good: str, bad: str) -> None:
    assert check_format(name, good) == ("", "")
    assert check_format(name, bad)[0]


def test_no_brief_can_change_the_formats_that_all_of_them_share() -> None:
    with pytest.raises(FrozenInstanceError):
        FORMATS["doi"].pattern = ".*"  # type: ignore[misc]  # as a careless check does


@pytest.mark.parametrize("name", ["lang", "doi", "url", "email", "logo", "theme"])
def test_a_long_value_is_rejected_quickly_and_cut_in_the_message(name: str) -> None:
    value = (
        {"url": "http://", "email": "a@", "doi": "10.1234/"}.get(name, "")
        + "a" * 100_000
        + " #@"
    )
    faults = SourceProblems(Source("x.toml", ""))
    faults.add("R24", (0, 0), check_format(name, value)[0] or value)
    assert len(faults.found[0].message) == 300


@pytest.mark.parametrize(
    ("word", "names", "closest"),
    [
        ("titel", ["title", "subtitle", "date"], "title"),
        ("SPP", ["spp", "eep"], "spp"),
        ("watre", ["water", "waters"], "water"),
        ("status", ["tags", "title"], ""),  # issue 10, item 4
        ("colour", ["title"], ""),
        ("a" * 200_000, ["a" * 90, "b"], "a" * 90),
    ],
)
def test_the_closest_name_is_suggested_if_it_is_close(
    word: str, names: list[str], closest: str
) -> None:
    assert closest_name(word, names) == closest


def test_all_names_are_listed_if_they_are_few() -> None:
    assert suggest_fix("titel", ["title", "date"]) == "write `title`"
    assert suggest_fix("x", ["title"]) == "the only one is `title`"
    assert suggest_fix("x", ["title", "date"]) == "use one of `title`, `date`"
    assert suggest_fix("x", ["title", "date"], max_listed=1) == ""
    assert suggest_fix("x", []) == ""


def test_many_problems_of_one_kind_are_cut() -> None:
    problems = SourceProblems(Source("a.md", "text"))
    for number in range(60):
        problems.add("R10", (0, 1), f"unknown key `k{number}`")
    problems.add("R11", (0, 1), "`date` is missing")
    assert len(problems.found) == 52
    assert problems.found[50].message == "more problems of this kind are not listed"
    assert problems.found[51].code == "R11"


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("color-accent", "#8a1c2b", ""),
        ("page-inner", "calc(1cm + (2mm * 3))", ""),
        ("type-body", "'Gentium', serif", ""),
        ("Color", "red", "has a name"),
        ("color", "a" * 1000, ""),
        ("color", "a" * 1001, "is longer than 1,000"),
        ("color", "url(x.png)", "loads a file: `url(`"),
        ("color", "red; } body {", "contains `;`"),
        ("color", "(1", "has parentheses"),
        ("color", "1) + (2", "has parentheses"),
        ("color", "1 /* 2", "contains `/`"),
        ("color", "1 / 2", ""),
    ],
)
def test_a_token_cannot_end_its_declaration(name: str, value: str, reason: str) -> None:
    found = check_token(name, value)
    assert found.startswith(reason)
    assert bool(found) == bool(reason)


@pytest.mark.parametrize(
    ("slug", "fix"),
    [
        ("rent-limits", None),
        ("a" * 100, None),
        ("a" * 101, "choose a shorter name"),
        ("Rent Limits", "write `rent-limits`"),
        ("rent--limits", "write `rent-limits`"),
        ("café", "write `cafe`"),
        ("вода", "write `voda`"),
        ("水", "write `shui`"),
        ("!?", ""),
        ("nul", "write `nul-brief`"),
        ("com9", "write `com9-brief`"),
        ("com10", None),
        ("Assets", ""),  # `assets` is reserved
    ],
)
def test_slugs(slug: str, fix: str | None) -> None:
    message, found = check_slug(slug)
    assert bool(message) == (fix is not None)
    assert found == (fix or "")


def test_only_one_byte_more_than_the_limit_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(bytes(100))
    assert len(read_file(tmp_path, "a.md", 10)[0]) == 11


@pytest.mark.parametrize(
    "name",
    ["../a.md", "/etc/passwd", "a\0b.md", "x" * 300, "folder", "gone.md", "pipe"],
)
def test_a_name_that_is_no_file_of_the_project_is_a_problem(
    tmp_path: Path, name: str
) -> None:
    project = tmp_path / "project"
    (project / "folder").mkdir(parents=True)
    (tmp_path / "a.md").write_text("outside", "utf-8")
    os.mkfifo(project / "pipe")
    data, problems = read_file(project, name, 100)
    assert data == b""
    assert [problem.code for problem in problems] == ["R04"]


def test_a_file_without_permission_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.md").write_text("mine", "utf-8")

    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    problem = Problem("R04", "the file cannot be read: permission denied", Span("a.md"))
    assert read_file(tmp_path, "a.md", 100) == (b"", (problem,))
