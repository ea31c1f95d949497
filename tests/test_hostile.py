"""Hostile briefs, themes and projects: each folder of `tests/hostile/` is one case.

Most cases are briefs of one project that is built once. That is one test, and its
failure names each case with another result than expected.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
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
from hostile_projects import (
    AMPLE,
    CASES,
    SECRET,
    TIGHT,
    Canary,
    Case,
    build,
    cases,
    check,
    listening_canary,
    problems_by_case,
    write_own_project,
    write_shared_project,
)
from output_safety import unsafe_parts
from sample_press import add_web_fonts

FOUND = cases()
TOGETHER = [case for case in FOUND if not (case.alone or case.endless)]
ALONE = [
    pytest.param(case, id=case.name, marks=[pytest.mark.slow] if case.slow else [])
    for case in FOUND
    if case.alone
]
# Problems that need no line: they are about a whole file or about a page that a template
# made, they are the last of fifty, or they are about an element without two letters
# side by side, so that it has no mark of its position.
_NO_LINE = "B02 B03 R03 R04 R18 R19 R20 R25 D05 D06 E05 E08 F01 F04 F05 F11 L01 N02 N03 P03 R09 R10 T02 T06"
NO_LINE = frozenset(_NO_LINE.split())


def test_there_are_at_least_200_cases_and_each_says_what_it_tries() -> None:
    assert len(FOUND) >= 200
    assert all(case.data["says"] for case in FOUND)
    assert not [
        path.name for path in CASES.iterdir() if not (path / "case.toml").is_file()
    ]


def test_each_expected_problem_is_severity_code_and_line() -> None:
    for case in FOUND:
        for line in case.expect:
            match = re.fullmatch(r"(error|warning) ([A-Z]\d\d)( \d+)?", line)
            assert match, f"{case.name}: {line}"
            assert match[2] in catalogue(), f"{case.name}: {line}"
            exempt = match[1] == "warning" or match[2] in NO_LINE or case.alone
            assert match[3] or exempt, f"{case.name}: {line} has no line"


@pytest.mark.slow
def test_hostile_briefs_of_one_project_are_reported_and_harmless(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    add_web_fonts(tmp_path_factory, tmp_path / "cache")
    check_cases([case for case in TOGETHER if not case.slow], tmp_path)


@pytest.mark.slow
def test_large_briefs_are_published_or_reported(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    add_web_fonts(tmp_path_factory, tmp_path / "cache")
    check_cases([case for case in TOGETHER if case.slow], tmp_path, AMPLE)


@pytest.mark.slow
def test_limits_of_time_and_memory_end_a_step_and_no_other(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    add_web_fonts(tmp_path_factory, tmp_path / "cache")
    check_cases([case for case in FOUND if case.endless], tmp_path, TIGHT)


@pytest.fixture(scope="module")
def canary() -> Iterator[Canary]:
    """Return a canary to which no test may make a request."""
    with listening_canary() as canary:
        yield canary


@pytest.mark.parametrize("case", ALONE)
def test_a_hostile_project_is_reported_and_harmless(
    case: Case,
    tmp_path: Path,
    canary: Canary,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    if case.slow:
        add_web_fonts(tmp_path_factory, tmp_path / "cache")
    project = write_own_project(case, tmp_path, canary.address)
    report = build(project, jobs=1) if case.data.get("build") else check(project)
    assert problems_by_case(report, [])["?"] == case.expect
    assert not report.tracebacks
    assert canary.requests == []
    assert not list(unsafe_parts(tmp_path / "out", SECRET))


def test_a_canary_notices_a_request() -> None:
    with listening_canary() as canary:
        assert not canary.requests
        with pytest.raises(HTTPError):
            urlopen(f"{canary.address}/seed")  # noqa: S310 - our own server
        assert canary.requests == ["/seed"]


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
def test_a_token_cannot_end_its_declaration_or_load_anything(value: str) -> None:
    assert check_token("color-accent", value)


def check_cases(found: Sequence[Case], folder: Path, limits: str = "") -> None:
    """Build the cases as briefs of one project, and check problems and editions."""
    with listening_canary() as canary:
        project = write_shared_project(found, folder, canary.address, limits)
        report = build(project)
    reported = problems_by_case(report, found, limits)
    wrong = {
        case.name: reported[case.name]
        for case in found
        if reported[case.name] not in (case.expect, case.data.get("or"))
    }
    assert not wrong, f"reported instead: {wrong}"
    assert not reported["?"], "problems of no case"
    assert not report.tracebacks
    assert not canary.requests, "something was fetched from the network"
    assert not list(unsafe_parts(folder / "out", SECRET))
    assert sorted(path.name for path in folder.iterdir()) == [
        "cache",
        "out",
        "outside",
        "press",
    ], "something was written elsewhere"


BLOCK_MARKUP = (
    *("\n\n", "\n", "    ", "> ", "- ", "1. ", "## ", ":   ", "* * *", "```\n"),
    *("| a | b |\n| - | - |\n", "> [!note]\n", "Table: ", "[^1]: ", "*[A]: "),
)
INLINE_MARKUP = (
    *("*", "_", "`", "\\", "--", '"', "[^1]", "[a](b.md)", "[", "](", "![a](", "]"),
    *(")", "{: #a .b }", "{", "}"),
)
HTML_MARKUP = (
    *("<script>", "</p>", "<div>", "</div>", "<b onclick=x>", "<!--", "-->", "<?"),
    *("<![CDATA[", "<a href='javascript:x'>", "<table><tr>", "&amp;", "&"),
    *("&#xE000;", "&#x100000;", "&#0;"),
)
CHARACTERS = (
    *("word", "A", "é", "я", "م", "\u0301", " ", "\t", "\r", "\x02", "\x03"),
    *("\u202e", "\ufeff", "\ue000", "\ue004", "\U000f0000", "\U00100000"),
    "\U0001f468\u200d\U0001f469",
)
PIECES = (*BLOCK_MARKUP, *INLINE_MARKUP, *HTML_MARKUP, *CHARACTERS)
FRONT = b"---\ntitle: A brief\ndate: 2024-05-31\n---\n"
TEXTS = st.lists(
    st.one_of(st.sampled_from(PIECES), st.text(max_size=4)), max_size=60
).map("".join)
BYTES = st.one_of(
    st.binary(max_size=200),
    TEXTS.map(lambda text: FRONT + text.encode("utf-8", "surrogatepass")),
)
SLOW_AND_LARGE = {HealthCheck.too_slow, HealthCheck.data_too_large}


@settings(
    max_examples=6 * settings().max_examples, suppress_health_check=list(SLOW_AND_LARGE)
)
@given(BYTES)
def test_any_bytes_give_a_harmless_web_page_or_problems(data: bytes) -> None:
    brief, document = _read(data)
    if brief is not None and document is not None:
        links = dict.fromkeys(("css", "root", "pdf", "epub"), "x")
        context = BriefContext(PRESS, brief, links=links)
        page = render_web(WebInputs(context, document, _theme()))
        assert b"<script" not in page
        assert not re.search(rb"<[^>]*\son[a-z]+=", page)


@settings(
    max_examples=3 * settings().max_examples // 5,
    suppress_health_check=list(SLOW_AND_LARGE),
)
@given(TEXTS)
def test_any_text_gives_a_pdf_or_problems(text: str) -> None:
    brief, document = _read(FRONT + text.encode("utf-8", "surrogatepass"))
    if brief is None or document is None:
        return
    made = render_pdf(
        PdfInputs(BriefContext(PRESS, brief, links={}), document, _theme(), {}, {})
    )
    has_error = any(problem.is_error for problem in made.problems)
    assert made.pdf.startswith(b"%PDF") != has_error


PRESS = parse_press(b'[organisation]\nname = "Institute"\n')[0]


@cache
def _theme() -> Theme:
    return read_theme("plain", theme_folders(Path(__file__).parent.parent))[0]


def _read(data: bytes) -> tuple[Brief | None, Document | None]:
    """Return the brief and its document; check that each problem names the file."""
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
