"""Hostile inputs, from end to end: what each folder of `tests/hostile/` tries, and what must come of it.

Most of them are briefs of one project and are built at once: one test, which tells of every case that went wrong.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from briefpress.document.files import UnreadableFile
from briefpress.document.parser import parse_document
from briefpress.editions.inputs import BriefContext
from briefpress.editions.pdf.model import PdfInputs
from briefpress.editions.pdf.render import render_pdf
from briefpress.editions.web import WebInputs, render_web
from briefpress.manuscript.briefs import parse_brief
from briefpress.model import Brief, Document
from briefpress.press import parse_press
from briefpress.problems import catalogue
from briefpress.schema.formats import check_token
from briefpress.theme.folder import theme_folders
from briefpress.theme.model import Theme
from briefpress.theme.read import read_theme
from hostilepress import (
    AMPLE,
    CASES,
    SECRET,
    TIGHT,
    Case,
    build,
    cases,
    check,
    lay_out_alone,
    lay_out_shared,
    listening,
    told,
)
from output_safety import unsafe_parts

FOUND = cases()
TOGETHER = [case for case in FOUND if not (case.alone or case.endless)]
ALONE = [case for case in FOUND if case.alone]
# These have no line to name: they are of a file as a whole, of a page that a template made, the last of fifty alike,
# or about an element without two letters side by side, which is what carries a place through Markdown.
_NO_LINE = "B02 B03 R03 R04 R18 R19 R20 R25 D05 D06 E05 E08 F01 F04 F05 F11 L01 N02 N03 P03 R09 R10 T02 T06"
NO_LINE = frozenset(_NO_LINE.split())


def test_there_are_two_hundred() -> None:
    """Each has a sentence that says what it tries, and there are more than two hundred."""
    assert len(FOUND) >= 200
    assert all(case.data["says"] for case in FOUND)
    assert not [
        path.name for path in CASES.iterdir() if not (path / "case.toml").is_file()
    ]


def test_what_is_expected_is_well_expected() -> None:
    """Each expected line is a severity, a known code and a line; errors without a line are of few kinds."""
    for case in FOUND:
        for line in case.expect:
            match = re.fullmatch(r"(error|warning) ([A-Z]\d\d)( \d+)?", line)
            assert match, f"{case.name}: {line}"
            assert match[2] in catalogue(), f"{case.name}: {line}"
            exempt = match[1] == "warning" or match[2] in NO_LINE or case.alone
            assert match[3] or exempt, f"{case.name}: {line} has no line"


@pytest.mark.slow
def test_together(tmp_path: Path) -> None:
    """Hundreds of them as briefs of one project: each is told, and no edition holds what it must not."""
    _judge([case for case in TOGETHER if not case.slow], tmp_path)


@pytest.mark.slow
def test_large_ones(tmp_path: Path) -> None:
    """Those that are right and take long, or are refused late."""
    _judge([case for case in TOGETHER if case.slow], tmp_path, AMPLE)


@pytest.mark.slow
def test_endless_ones(tmp_path: Path) -> None:
    """What would not end by itself is ended by the deadline or the memory of its step, and costs nobody else."""
    _judge([case for case in FOUND if case.endless], tmp_path, TIGHT)


@pytest.mark.parametrize("case", ALONE, ids=lambda case: case.name)
def test_alone(case: Case, tmp_path: Path) -> None:
    """What concerns the press as a whole is a project of its own."""
    with listening() as canary:
        project = lay_out_alone(case, tmp_path, canary.address)
        report = build(project, jobs=1) if case.data.get("build") else check(project)
    assert told(report, [])["?"] == case.expect
    assert not report.tracebacks
    assert not canary.heard
    assert not list(unsafe_parts(tmp_path / "out", SECRET))


def test_the_canary_hears() -> None:
    """A server that could not hear would prove nothing."""
    with listening() as canary:
        assert not canary.heard
        with pytest.raises(HTTPError):
            urlopen(f"{canary.address}/seed")  # noqa: S310 - our own server
        assert canary.heard == ["/seed"]


@pytest.mark.parametrize(
    "value",
    [
        *(
            "red; background: blue",
            "red}",
            "{",
            'red "',
            "red '",
            "red /* ",
            "red\\",
            "red !important",
            "rgb(0,0,0",
            ")",
        ),
        *(
            'url("http://e.org")',
            "URL (x)",
            'image-set("x" 1x)',
            "attr(href)",
            "red\nblue",
            "</style>",
            "a" * 1001,
        ),
    ],
)
def test_a_token_cannot_leave_its_rule(value: str) -> None:
    """No value ends, opens or loads anything, whatever it is set into."""
    assert check_token("color-accent", value)


def _judge(found: Sequence[Case], folder: Path, limits: str = "") -> None:
    with listening() as canary:
        project = lay_out_shared(found, folder, canary.address, limits)
        report = build(project)
    said = told(report, found, limits)
    wrong = {
        case.name: said[case.name]
        for case in found
        if said[case.name] not in (case.expect, case.data.get("or"))
    }
    assert not wrong, f"told of them: {wrong}"
    assert not said["?"], "a problem that is no case's"
    assert not report.tracebacks
    assert not canary.heard, "somebody called"
    assert not list(unsafe_parts(folder / "out", SECRET))
    assert sorted(path.name for path in folder.iterdir()) == [
        "cache",
        "out",
        "outside",
        "press",
    ], "nothing beside them"


PIECES = [
    *(
        "\n\n",
        "\n",
        "    ",
        "> ",
        "- ",
        "1. ",
        "## ",
        "```\n",
        "| a | b |\n| - | - |\n",
        ":   ",
        "* * *",
    ),
    *(
        "*",
        "_",
        "`",
        "\\",
        "--",
        '"',
        "[^1]",
        "[^1]: ",
        "[a](b.md)",
        "[",
        "](",
        "![a](",
        "]",
        ")",
    ),
    *(
        "{: #a .b }",
        "{",
        "}",
        "*[A]: ",
        "> [!note]\n",
        "Table: ",
        "<script>",
        "</p>",
        "<div>",
        "</div>",
    ),
    *(
        "<b onclick=x>",
        "<!--",
        "-->",
        "<![CDATA[",
        "<?",
        "<a href='javascript:x'>",
        "<table><tr>",
    ),
    *(
        "&#xE000;",
        "&#x100000;",
        "&#0;",
        "&amp;",
        "&",
        "\ue000",
        "\ue004",
        "\U000f0000",
        "\U00100000",
    ),
    *(
        "\x02",
        "\x03",
        "\u202e",
        "\ufeff",
        "word",
        "A",
        "é",
        "я",
        "م",
        "\u0301",
        " ",
        "\t",
        "\r",
    ),
    "\U0001f468\u200d\U0001f469",
]
FRONT = b"---\ntitle: A brief\ndate: 2024-05-31\n---\n"
TEXTS = st.lists(
    st.one_of(st.sampled_from(PIECES), st.text(max_size=4)), max_size=60
).map("".join)
BYTES = st.one_of(
    st.binary(max_size=200),
    TEXTS.map(lambda text: FRONT + text.encode("utf-8", "surrogatepass")),
)
CALM = {HealthCheck.too_slow, HealthCheck.data_too_large}


@settings(max_examples=600, suppress_health_check=list(CALM))
@given(BYTES)
def test_any_bytes_give_a_page_or_problems(data: bytes) -> None:
    """Whatever a file holds, it becomes a web page without harm, or problems with their file."""
    brief, document = _read(data)
    if brief is not None and document is not None:
        links = dict.fromkeys(("css", "root", "pdf", "epub"), "x")
        context = BriefContext(PRESS, brief, links=links)
        page = render_web(WebInputs(context, document, _theme()))
        assert b"<script" not in page
        assert not re.search(rb"<[^>]*\son[a-z]+=", page)


@settings(max_examples=60, suppress_health_check=list(CALM))
@given(TEXTS)
def test_any_text_gives_a_pdf_or_problems(text: str) -> None:
    """The same for print, where each costs a layout."""
    brief, document = _read(FRONT + text.encode("utf-8", "surrogatepass"))
    if brief is None or document is None:
        return
    made = render_pdf(
        PdfInputs(BriefContext(PRESS, brief, links={}), document, _theme(), {}, {})
    )
    assert made.pdf.startswith(b"%PDF") != bool(made.problems)


PRESS = parse_press(b'[organisation]\nname = "Institute"\n')[0]


@cache
def _theme() -> Theme:
    return read_theme("plain", theme_folders(Path(__file__).parent.parent))[0]


def _read(data: bytes) -> tuple[Brief | None, Document | None]:
    """Return what becomes of bytes, and hold each problem to naming its file."""
    brief, problems = parse_brief(data, "briefs/a.md", PRESS)
    if brief is None:
        assert problems
        return None, None
    parsed = parse_document(brief, lambda _: UnreadableFile("missing"))
    for problem in (
        *problems,
        *(p.placed(brief.file, parsed.positions) for p in parsed.problems),
    ):
        assert problem.span
        assert problem.span.file == "briefs/a.md"
        assert problem.span.line <= data.count(b"\n") + data.count(b"\r") + 1
    failed = any(problem.is_error for problem in (*problems, *parsed.problems))
    return brief, None if failed else parsed.document
