"""The caches spare WeasyPrint work and change no byte."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import CodeType, FrameType
from typing import Any
from xml.etree.ElementTree import fromstring

import cssselect2
import pydyf
import pytest
from weasyprint.css import ComputedStyle
from weasyprint.layout import percent
from weasyprint.text import line_break

sys.path.insert(0, str(Path(__file__).with_name("fuzz")))

from random_briefs import random_briefs
from rendering import render, render_random, theme_of

from briefpress.editions.inputs import AssetFile
from briefpress.editions.pdf.weasyprint import pages, patches
from briefpress.model import Document

pytestmark = pytest.mark.slow

CHART = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 60" width="300"'
    b' height="60"><text x="9" y="30">Plain </text><text x="90" y="30"'
    b' font-family="Source Serif 4" font-weight="bold">bold</text></svg>'
)
BODY = """
<p>One <em>two <u>three <b>four</b></u></em>
<span class="wide">five six</span> <span class="caps">Seven 1234</span>.</p>
<p class="half">Half as wide as its place, and indented by a sum with a percentage.</p>
<p class="start">Margins and paddings named by the reading direction, with a border.</p>
<p class="rtl" dir="rtl">Latin from the right, <b>bold</b>, 123</p>
<table class="joined"><tr><th>One</th><td>Two</td></tr>
<tr><td>Three</td><td>Four</td></tr></table>
<table><tr><th>One</th><td>Two</td></tr></table>
<div class="flex"><p>Left</p><p>Right and longer than that</p></div>
<div class="grid"><p>Left</p><p>Right</p></div>
<p><img src="chart.svg" alt="Chart"/><a href="#end">to the end</a></p>
<pre>a\tb\n\tc</pre><p id="end">“End”</p>
"""
CSS = """
@page { size: A5; margin: 10%; @top-center { content: "Head" }
  @bottom-left { content: counter(page) } }
html { font: 10pt/1.4 "Source Serif 4"; --gap: 3pt } body { margin: 0 }
u { text-decoration: underline; text-decoration-color: #a00 }
a { text-decoration: none }
.wide { letter-spacing: 2pt; word-spacing: 3pt }
.caps { font-variant-numeric: oldstyle-nums; font-feature-settings: "kern" 0 }
.half { width: 50%; text-indent: calc(10% + 2pt); min-height: 2em;
  box-sizing: border-box; padding: 0 var(--gap) }
.start { margin-inline-start: 20pt; padding-block-end: 5pt;
  border-inline-end: 2pt solid; text-align: justify; hyphens: auto }
.rtl { margin-inline-start: 30pt; font-size: 120% }
table { width: 80% } td, th { padding: 2% 3pt; border: 1pt solid }
.joined { border-collapse: collapse } .flex { display: flex; gap: 5pt }
.flex p { flex: 1 } .grid { display: grid; grid-template-columns: 1fr 2fr }
pre { tab-size: 3 } p::first-letter { font-size: 110% }
p:has(+ table) { margin-bottom: 1pt }
p:last-of-type::first-line { color: #00a }
"""
ASSETS = {"chart.svg": AssetFile(CHART, "image/svg+xml")}


def document(body: str) -> Document:
    """Return a document without notes."""
    element = fromstring(f"<div>{body}</div>")
    return Document("T", "", "en", element, None, (), (), (), (), (), 0)


@pytest.fixture
def leave_out(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Return a function that renders without the caches of a name from then on."""

    def leave_out(name: str) -> None:
        without = {patch for patch in patches.CACHES if name in ("all", patch.name)}
        assert without
        patched = partial(patches.patched, without=frozenset(without))
        monkeypatch.setattr(pages, "patched", patched)
        # Font configurations contain what is cached for their fonts.
        pages._style_sheets.cache_clear()  # noqa: SLF001 - a test may

    return leave_out


def test_bytes_are_the_same_without_caches(leave_out: Callable[[str], None]) -> None:
    """Sums, percentages, logical sides, borders, flex, grid, text in pictures."""
    first = render(document(BODY), theme_of(CSS), ASSETS).pdf
    again = render(document(BODY), theme_of(CSS), ASSETS).pdf
    leave_out("all")
    assert first == again == render(document(BODY), theme_of(CSS), ASSETS).pdf
    assert first


@pytest.mark.parametrize("seed", [31, 32])
def test_random_briefs_are_the_same_without_caches(
    seed: int, leave_out: Callable[[str], None]
) -> None:
    briefs = [brief for _, brief in random_briefs(seed, 60)]
    with_caches = [render_random(brief).pdf for brief in briefs]
    leave_out("all")
    assert with_caches == [render_random(brief).pdf for brief in briefs]
    assert all(with_caches)


FONT_KEY = line_break._font_style_cache_key  # noqa: SLF001 - a test may
# For each cache the function of WeasyPrint that it calls less often, and the share of its calls
# that may remain.
SPARED: dict[str, tuple[Any, float]] = {
    "__missing__": (ComputedStyle.__missing__, 0.5),
    "iter_next_siblings": (cssselect2.ElementWrapper.iter_children, 0.5),
    "setup": (line_break.Layout.setup, 0.2),
    "_font_style_cache_key": (FONT_KEY, 0.0),
    "page_references": (pydyf.PDF.page_references.fget, 0.2),
    "resolve_percentages": (percent.resolve_one_percentage, 0.5),
}


def calls_of(code: CodeType, run: Callable[[], object]) -> int:
    """Return how often a function is called during a run."""
    count = 0

    def profile(frame: FrameType, event: str, _: object) -> None:
        nonlocal count
        if event == "call" and frame.f_code is code:
            count += 1

    sys.setprofile(profile)
    try:
        run()
    finally:
        sys.setprofile(None)
    return count


def test_every_cache_is_listed() -> None:
    assert {patch.name for patch in patches.CACHES} == SPARED.keys()


@pytest.mark.parametrize("name", SPARED)
def test_cache_avoids_calls(name: str, leave_out: Callable[[str], None]) -> None:
    function, share = SPARED[name]
    body = document("<p>One <b>two</b> three.</p><p>Four.</p>" * 12)

    def run() -> object:
        return render(body, theme_of(CSS)).pdf

    run()
    with_cache = calls_of(function.__code__, run)
    leave_out(name)
    run()
    without_cache = calls_of(function.__code__, run)
    assert with_cache <= share * without_cache
    assert without_cache > 0
