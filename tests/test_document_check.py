"""Faults in the text of briefs, through the command line."""

from __future__ import annotations

import json
import re
import time
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from briefpress.cli import main
from warm_start import run_warm

PRESS = """\
[organisation]
name = "Example Policy Center"

[programs.water]
name = "Water Program"
"""
HEAD = "---\ntitle: A brief\ndate: 2024-05-31\nprogram: water\n---\n"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 3"{}>{}<path d="M0 3 4 0"/></svg>'


def write_project(folder: Path, files: Mapping[str, str]) -> Path:
    """Write a project with these files below `briefs/`."""
    (folder / "press.toml").write_text(PRESS, "utf-8")
    for name, text in files.items():
        path = folder / "briefs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


def check(folder: Path) -> list[dict[str, Any]]:
    """Return the problems that `briefpress check` reports."""
    result = CliRunner().invoke(main, ["check", "--json", "--project", str(folder)])
    problems: list[dict[str, Any]] = json.loads(result.stdout)["problems"]
    return problems


def check_text(folder: Path, text: str, **files: str) -> list[dict[str, Any]]:
    """Return the problems of a brief with this text."""
    others = {name.replace("_", "."): content for name, content in files.items()}
    return check(write_project(folder, {"a.md": HEAD + text, **others}))


def build(folder: Path, edition: str) -> None:
    """Build one kind of edition into `build/`."""
    arguments = ["build", "--to", edition, "--quiet", "--project", str(folder)]
    folders = ["--out", str(folder / "build"), "--cache", str(folder / "cache")]
    done = run_warm([*arguments, *folders])
    assert done.returncode == 0, done.stderr


# issue 10, fault 1: words are not scripts


@pytest.mark.parametrize(
    ("attributes", "content"),
    [
        ("", "<desc>Rents, index one = 100, javascript: none</desc>"),
        (' aria-label="Costs, see url(annex) and image(1)"', ""),
        (' id="a" class="src(b)" data-source="url(c)"', ""),
        ("", "<style>/* url(https://example.org/a.png) */ path { fill: red }</style>"),
        ("", "<text>onload=1 @import url(a) &lt;script&gt;</text>"),
        (' xmlns:i="http://example.org/i" i:one="1" i:label="url(x)"', ""),
    ],
)
def test_words_in_an_svg_are_not_taken_for_code(
    attributes: str, content: str, tmp_path: Path
) -> None:
    svg = SVG.format(attributes, content)
    assert check_text(tmp_path, "![A line](a.svg)\n", a_svg=svg) == []


@pytest.mark.parametrize(
    "content",
    [
        "<script>1</script>",
        '<path onclick="f()"/>',
        '<style><b/>@import "https://example.org/a.css";</style>',
        '<path style="fill: url(https://example.org/a.svg#b)"/>',
        '<path fill="url( &quot;https://example.org/a.svg#b&quot; )"/>',
        '<image href="https://example.org/a.png"/>',
        '<image href="data:image/png;base64,AAAA"/>',
    ],
)
def test_code_and_addresses_in_an_svg_are_refused(content: str, tmp_path: Path) -> None:
    svg = SVG.format("", content)
    problems = check_text(tmp_path, "![A line](a.svg)\n", a_svg=svg)
    assert [problem["code"] for problem in problems] == ["F05"]


def test_an_epub_contains_an_svg_with_words_like_code(tmp_path: Path) -> None:
    svg = SVG.format("", "<desc>Rents, index one = 100, javascript: none</desc>")
    write_project(tmp_path, {"a.md": HEAD + "![A line](a.svg)\n", "a.svg": svg})
    build(tmp_path, "epub")
    with zipfile.ZipFile(tmp_path / "build" / "epub" / "water.epub") as book:
        pictures = [book.read(name) for name in book.namelist() if name[-4:] == ".svg"]
    assert pictures == [svg.encode()]


# issue 10, fault 3: time grows with the length of the text, not with its square

GROWING: dict[str, Callable[[int], str]] = {
    "formulas in one line": lambda _: "$$ ",
    "links": lambda n: f"See [{n}](https://example.org/{n}).\n\n",
    "links to nothing": lambda n: f"See [this](#part-{n}).\n\n",
    "links to briefs that are missing": lambda n: f"See [this](brief-{n}.md).\n\n",
    "refused links": lambda n: f"See [this](ftp://example.org/{n}).\n\n",
    "links without text": lambda n: f"See [](https://example.org/{n}).\n\n",
    "headings": lambda n: f"## Heading {n}\n\n",
    "headings with the same words": lambda _: "## Heading\n\n",
    "headings of level 1": lambda n: f"# Heading {n}\n\n",
    "notes": lambda n: f"Word.[^{n}]\n\n[^{n}]: Note {n}.\n\n",
    "calls without notes": lambda n: f"Word.[^{n}]\n\n",
    "pictures": lambda n: f"![A line](a.svg 'Headline {n}')\n\n",
    "pictures without alternative texts": lambda _: "![](a.svg)\n\n",
    "missing pictures": lambda n: f"![A line](b{n}.svg)\n\n",
    "tables": lambda n: f"| a | b |\n|---|---|\n| {n} | x |\n\n",
    "list items": lambda n: f"- Item {n}\n\n",
    "tags": lambda n: f"Some <b>bold {n}</b> text.\n\n",
    "tags that are not allowed": lambda n: f"Some <foo>odd {n}</foo> text.\n\n",
    "ids that are used twice": lambda _: "Word\n{: #name }\n\n",
    "abbreviations": lambda n: f"*[A{n}]: meaning\n\nThe A{n}.\n\n",
    "references to control characters": lambda n: f"Word &#0; {n}.\n\n",
    "code": lambda n: f"```\ncode {n}\n```\n\n",
    "callouts": lambda n: f"> [!note] Title {n}\n> text\n\n",
}


def seconds_to_check(folder: Path, text: str) -> float:
    """Return the CPU time of a check."""
    files = {"a.md": HEAD + text, "a.svg": SVG.format("", "")}
    write_project(folder, files)
    start = time.process_time()
    check(folder)
    return time.process_time() - start


def growth(folder: Path, kind: str, count: int) -> float:
    """Return by what factor the time of a check grows if its text is doubled."""
    make = GROWING[kind]
    short = "".join([make(n) for n in range(count)])
    long = "".join([make(n) for n in range(2 * count)])
    seconds_to_check(folder, "Text.\n")  # imports
    return seconds_to_check(folder, long) / seconds_to_check(folder, short)


WERE_QUADRATIC = {
    "links to nothing",
    "refused links",
    "headings with the same words",
    "pictures without alternative texts",
    "references to control characters",
    "formulas in one line",
}


def quick_or_slow(kind: str) -> Any:
    """Return a kind of text as a parameter; those that were never slow are slow tests."""
    marks = [] if kind in WERE_QUADRATIC else [pytest.mark.slow]
    return pytest.param(kind, marks=marks, id=kind)


@pytest.mark.parametrize("kind", [quick_or_slow(kind) for kind in GROWING])
def test_time_is_proportional_to_the_text(kind: str, tmp_path: Path) -> None:
    factors = []
    for _ in range(3):  # another process may disturb one measurement
        factors.append(growth(tmp_path, kind, count=600))
        if factors[-1] <= 2.6:
            return
    pytest.fail(f"twice the text takes {min(factors):.1f} times as long")


@pytest.mark.slow
def test_14000_links_take_twice_the_time_of_7000(tmp_path: Path) -> None:
    factors = []
    for _ in range(3):
        factors.append(growth(tmp_path, "links to nothing", count=7000))
        if factors[-1] <= 2.3:
            return
    pytest.fail(f"twice the links take {min(factors):.1f} times as long")


def test_the_first_problems_of_a_kind_are_reported_with_their_lines(
    tmp_path: Path,
) -> None:
    text = "".join(f"See [this](#part-{n}).\n\n" for n in range(400))
    [problem] = check_text(tmp_path, text)
    lines = [place["line"] for place in problem["places"]]
    assert lines == list(range(6, 106, 2))


# issue 10, fault 8: links to the files of briefs


@pytest.mark.parametrize(
    ("file", "link"),
    [
        ("rent-limits.md", "rent-limits.md"),
        ("rent-limits.md", "rents.md"),
        ("rent-limits.md", "rent%2Dlimits.md"),
        ("rent-limits.md", "../briefs/rent-limits.md#part"),
        ("rent-limits/index.md", "rent-limits/index.md"),
        ("rent-limits/index.md", "rent-limits.md"),
        ("Rent limits.md", "Rent%20limits.md"),
        ("Rent limits.md", "<Rent limits.md>"),
    ],
)
def test_a_link_names_the_file_or_the_slug_of_a_brief(
    file: str, link: str, tmp_path: Path
) -> None:
    other = HEAD.replace("---\ntitle", "---\nslug: rents\ntitle") + "## Part\n\nText.\n"
    files = {"a.md": f"{HEAD}See [this]({link}).\n", file: other}
    assert check(write_project(tmp_path, files)) == []


def test_a_link_to_a_missing_brief_suggests_another(tmp_path: Path) -> None:
    files = {
        "a.md": f"{HEAD}See [this](rent-limit.md).\n",
        "rent-limits.md": f"{HEAD}T.\n",
    }
    [problem] = check(write_project(tmp_path, files))
    assert (problem["code"], problem["fix"]) == ("L02", "write `rent-limits.md`")


# issue 10, item 5: links to a missing part of another brief


@pytest.mark.parametrize(
    ("link", "problems"),
    [
        ("rents.md#part", []),
        ("rents.md#p%61rt", []),
        ("rents.md#parts", [("L06", "warning", "write `rents.md#part`")]),
        ("rents.md#b99", [("L06", "warning", "link to `rents.md`")]),
    ],
)
def test_a_link_to_a_missing_part_of_another_brief_is_a_warning(
    link: str, problems: list[tuple[str, str, str]], tmp_path: Path
) -> None:
    other = f"{HEAD}Text.\n\n## Part\n\nMore text.\n"
    files = {"a.md": f"{HEAD}Text.\n\nSee [this]({link}).\n", "rents.md": other}
    found = check(write_project(tmp_path, files))
    assert [(each["code"], each["severity"], each["fix"]) for each in found] == problems
    assert {each["span"]["line"] for each in found} <= {8}


# issue 10, item 4: a suggestion is a file of the same kind


@pytest.mark.parametrize(
    ("existing", "fix"),
    [
        ({"cost_csv": "a,b\n1,2\n"}, "put picture `cost.svg` into the folder"),
        (
            {"cost_csv": "a,b\n1,2\n", "costs_svg": SVG.format("", "")},
            "write `costs.svg`",
        ),
    ],
)
def test_a_missing_picture_suggests_a_picture(
    existing: dict[str, str], fix: str, tmp_path: Path
) -> None:
    [problem] = check_text(tmp_path, "![A line](cost.svg)\n", **existing)
    assert (problem["code"], problem["fix"]) == ("F01", fix)


# issue 10, fault 7: the direction of scripts


def test_a_passage_has_the_direction_of_its_script(tmp_path: Path) -> None:
    right_to_left = ("az-Arab", "uz-Arab-AF", "fa")
    left_to_right = ("az", "kk-Cyrl", "pa")
    passages = [f"[words]{{: lang={each} }}" for each in right_to_left + left_to_right]
    write_project(tmp_path, {"a.md": HEAD + " and ".join(passages) + "\n"})
    build(tmp_path, "epub")
    with zipfile.ZipFile(tmp_path / "build" / "epub" / "water.epub") as book:
        [chapter] = [name for name in book.namelist() if name.endswith("/a.xhtml")]
        page = book.read(chapter).decode()
    spans = re.findall(r"<span ([^>]*)>words</span>", page)
    directions = dict.fromkeys(right_to_left + left_to_right, "")
    for attributes in spans:
        found = dict(re.findall(r'\b([a-z]+)="([^"]*)"', attributes))
        directions[found["lang"]] = found.get("dir", "")
    assert directions == {
        **dict.fromkeys(right_to_left, "rtl"),
        **dict.fromkeys(left_to_right, ""),
    }
