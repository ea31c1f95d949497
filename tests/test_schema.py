"""What people wrote, read strictly: places, forms, and laws that hold for any bytes."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from briefpress.problems import Problem, Span
from briefpress.schema import (
    Node,
    Source,
    SourceProblems,
    check_slug,
    closest_name,
    decode,
    parse_front_matter,
    parse_toml,
    read_file,
    slugify,
    split_front_matter,
)
from briefpress.schema.formats import check_format

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
    """Return what a node holds, without places."""
    if isinstance(node.value, dict):
        return {key: plain(item) for key, item in node.value.items()}
    return (
        [plain(item) for item in node.value]
        if isinstance(node.value, tuple)
        else node.value
    )


def front_matter(text: str) -> tuple[Node, SourceProblems]:
    """Return the front matter of a text, and what is wrong with it."""
    faults = SourceProblems(Source("a.md", text))
    cut = split_front_matter(faults.source, faults)
    assert cut is not None
    node = parse_front_matter(faults, cut[0], cut[1])
    assert node is not None
    return node, faults


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


def test_toml_has_the_place_of_every_key_and_value() -> None:
    node = parse_toml(faults := SourceProblems(Source("x.toml", TOML)))
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


@given(st.lists(LINES, max_size=6).map("\n".join))
def test_the_place_of_every_value_holds_the_value(text: str) -> None:
    node = parse_toml(SourceProblems(Source("x.toml", text)))
    if node is not None:
        assert plain(node) == tomllib.loads(text)
        check_places(node, text)


def check_places(node: Node, text: str) -> None:
    """See that the characters of each key and value say what the node says."""
    for name, item in node.value.items() if isinstance(node.value, dict) else ():
        key, said = text[slice(*item.key_at)], text[slice(*item.at)]
        assert next(iter(tomllib.loads(f"{key} = 1"))) == name
        if (
            item.at != item.key_at
        ):  # else it is a table, begun by its header or by a dotted key
            assert tomllib.loads(f"x = {said}")["x"] == plain(item)
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
def test_toml_that_is_none_has_its_place(text: str, line: int, column: int) -> None:
    faults = SourceProblems(Source("x.toml", text))
    assert parse_toml(faults) is None
    [problem] = faults.found
    assert problem.code == "R07"
    assert problem.span is not None
    assert (problem.span.line, problem.span.column) == (line, column)


def test_deep_tables_are_refused_and_not_walked() -> None:
    faults = SourceProblems(Source("x.toml", f"{'.'.join('a' * 90_000)} = 1"))
    assert parse_toml(faults) is None
    assert [problem.message for problem in faults.found] == [
        "values nested more than 20 deep"
    ]


def test_front_matter_is_strings_with_places() -> None:
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


def test_separators_of_other_alphabets_do_not_move_the_place() -> None:
    text = "---\ntitle: a\u2028b\nsubtitle: é\U0001f600\ntitel: x\n---\n"
    node, faults = front_matter(text)
    assert places_in(node, text)["titel"] == ("titel", "x")
    assert faults.source.place(text.index("titel")) == (4, 1)


def test_windows_files_say_the_same() -> None:
    unix, _ = decode("a\né\n".encode(), "a.md", 100)
    windows, problems = decode("\ufeffa\r\né\r\n".encode(), "a.md", 100)
    assert unix == windows
    assert problems == ()


@given(st.text())
def test_what_slug_of_gives_is_a_slug(text: str) -> None:
    slug = slugify(text)
    assert (
        slug == ""
        or check_slug(slug)[0] == ""
        or "taken by the system" in check_slug(slug)[0]
    )


@given(
    st.sampled_from(["lang", "doi", "orcid", "issn", "url", "email", "logo", "theme"]),
    st.text(),
)
def test_a_fix_is_right(name: str, value: str) -> None:
    _, fix = check_format(name, value)
    if fix:
        assert check_format(name, fix.removeprefix("write `").removesuffix("`"))[0] in {
            "",
            check_format(name, fix[7:-1])[0],
        }


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("lang", "zh-Hant-TW", "english"),
        ("orcid", "0000-0002-1694-233X", "0000-0002-1694-2330"),
        ("issn", "2049-3630", "2049-3631"),
        ("logo", "art/logo..svg", "art/../../logo.svg"),
        ("logo", "logo.svg", "C:\\logo.svg"),
        ("url", "https://example.org/briefs", "javascript:alert(1)"),
        ("doi", "10.1000/182", "doi:10.1000"),
    ],
)
def test_forms(name: str, good: str, bad: str) -> None:
    assert check_format(name, good) == ("", "")
    assert check_format(name, bad)[0]


@pytest.mark.parametrize("name", ["lang", "doi", "url", "email", "logo", "theme"])
def test_a_long_value_is_refused_quickly_and_not_quoted_whole(name: str) -> None:
    value = (
        {"url": "http://", "email": "a@", "doi": "10.1234/"}.get(name, "")
        + "a" * 100_000
        + " #@"
    )
    faults = SourceProblems(Source("x.toml", ""))
    faults.add("R24", (0, 0), check_format(name, value)[0] or value)
    assert len(faults.found[0].message) == 300


def test_nearest() -> None:
    assert closest_name("titel", ["title", "subtitle", "date"]) == "title"
    assert closest_name("SPP", ["spp", "eep"]) == "spp"
    assert closest_name("colour", ["title"]) == ""


def test_no_more_is_read_than_the_limit_asks(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(bytes(100))
    assert len(read_file(tmp_path, "a.md", 10)[0]) == 11


@pytest.mark.parametrize(
    "name",
    ["../a.md", "/etc/passwd", "a\0b.md", "x" * 300, "folder", "gone.md", "pipe"],
)
def test_what_is_no_file_of_the_project_is_a_problem(tmp_path: Path, name: str) -> None:
    project = tmp_path / "project"
    (project / "folder").mkdir(parents=True)
    (tmp_path / "a.md").write_text("outside", "utf-8")
    os.mkfifo(project / "pipe")
    data, problems = read_file(project, name, 100)
    assert data == b""
    assert [problem.code for problem in problems] == ["R04"]


def test_a_file_that_may_not_be_read_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.md").write_text("mine", "utf-8")

    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    problem = Problem("R04", "the file cannot be read: permission denied", Span("a.md"))
    assert read_file(tmp_path, "a.md", 100) == (b"", (problem,))
