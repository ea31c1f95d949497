"""A small project through the command line: links between editions, in any order."""

from __future__ import annotations

import json
import posixpath
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import fromstring

import pytest

from briefpress.xhtml import parse_page
from sample_press import built_once, press

pytestmark = pytest.mark.slow

ATOM_LINK = "{http://www.w3.org/2005/Atom}link"
PRESS = """\
theme = "plain"
[organisation]
name = "House"
[programs.a]
name = "Program A"
[collections.all]
title = "All briefs"
select = { programs = ["a"] }
"""
BRIEF = """\
---
title: {title}
date: 2024-0{month}-02
lang: en-KZ
authors: [Ann Lee, Ben Oak]
program: a
---
Text of {title}; see [the other one]({other}.md).[^1]

[^1]: A note.
"""


def write_project(folder: Path) -> Path:
    """Write a project of two briefs that link to each other, in two collections."""
    (folder / "briefs").mkdir(parents=True)
    (folder / "press.toml").write_text(PRESS, "utf-8")
    for month, (name, other) in enumerate((("one", "two"), ("two", "one")), 1):
        text = BRIEF.format(title=name.title(), month=month, other=other)
        (folder / "briefs" / f"{name}.md").write_text(text, "utf-8")
    return folder


@pytest.fixture(scope="module")
def complete(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project of which one build has published all editions."""
    return built_once(tmp_path_factory, "edition-links", write_project)


@pytest.fixture
def project(complete: Path, tmp_path: Path) -> Path:
    """Return the same project with its cache, and with nothing published."""
    folder = write_project(tmp_path / "project")
    shutil.copytree(complete / ".briefpress", folder / ".briefpress")
    return folder


def published(project: Path) -> dict[str, bytes]:
    """Return the published files, without manifest and lock."""
    build = project / "build"
    paths = (path for path in build.rglob("*") if path.is_file())
    files = {path.relative_to(build).as_posix(): path.read_bytes() for path in paths}
    return {name: data for name, data in files.items() if ".briefpress" not in name}


def links_of(name: str, data: bytes) -> Iterator[str]:
    """Yield the addresses in a page, the feed or the catalogue."""
    if name.endswith(".html"):
        for element in parse_page(data.decode()).iter():
            for attribute in ("href", "src"):
                if element.get(attribute) is not None:
                    yield element.get(attribute, "")
    elif name == "feed.xml":
        for link in fromstring(data).iter(ATOM_LINK):
            yield link.get("href", "")
    elif name == "opds.json":
        for publication in json.loads(data)["publications"]:
            for link in publication["links"] + publication["images"]:
                yield link["href"]


def broken_links(project: Path) -> list[str]:
    """Return the links inside the output folder that lead to no file."""
    files = published(project)
    broken = []
    for name, data in files.items():
        for href in links_of(name, data):
            url = urlsplit(href)
            if url.scheme or href.startswith("#"):
                continue
            path = posixpath.join(posixpath.dirname(name), unquote(url.path))
            target = posixpath.normpath(path)
            if target not in files and f"{target}/index.html" not in files:
                broken.append(f"{name}: {href!r}")
    return sorted(broken)


def test_a_complete_build_has_no_broken_links(complete: Path) -> None:
    assert broken_links(complete) == []
    names = set(published(complete))
    assert {"html/one/index.html", "pdf/one.pdf", "epub/a.epub", "epub/all.png"} < names


def test_a_language_of_a_region_uses_the_words_of_the_language(complete: Path) -> None:
    # issue 10, fault 9
    page = published(complete)["html/one/index.html"].decode()
    assert "Ann Lee and Ben Oak" in page


def test_one_brief_alone_links_to_no_other_briefs(project: Path) -> None:
    # issue 10, fault 4
    press(project, "build", "one", "--to", "html", "--quiet")
    assert broken_links(project) == []


@pytest.mark.parametrize(
    "order",
    [
        pytest.param(("html", "pdf", "epub"), marks=pytest.mark.slow),
        pytest.param(("html", "epub", "pdf"), marks=pytest.mark.slow),
        pytest.param(("pdf", "html", "epub"), marks=pytest.mark.slow),
        pytest.param(("epub", "html", "pdf"), marks=pytest.mark.slow),
        pytest.param(("pdf", "epub", "html"), marks=pytest.mark.slow),
        pytest.param(("epub", "pdf", "html"), marks=pytest.mark.slow),
    ],
    ids="-".join,
)
def test_editions_built_in_any_order_end_in_the_bytes_of_one_build(
    order: tuple[str, ...], project: Path, complete: Path
) -> None:
    # issue 10, fault 4
    for edition in order:
        press(project, "build", "--to", edition, "--quiet")
        assert broken_links(project) == []
    assert published(project) == published(complete)
