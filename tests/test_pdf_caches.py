"""What WeasyPrint is spared changes no byte: every page is set with it and without."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest

sys.path.insert(0, str(Path(__file__).with_name("fuzz")))

from deal import seeds
from press_room import house_theme, printed, theme_of

from briefpress.editions.inputs import AssetFile
from briefpress.editions.pdf.weasyprint import pages, patches
from briefpress.model import Document

CHART = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 60" width="300" height="60"><text x="9" y="30">Plain '
    b'</text><text x="90" y="30" font-family="Source Serif 4" font-weight="bold">bold</text></svg>'
)
ODDITIES = """
<p>One <em>two <u>three <b>four</b></u></em>
<span class="wide">five six</span> <span class="caps">Seven 1234</span>.</p>
<p class="half">Half as wide as its place, and indented by a sum that holds a percentage.</p>
<p class="start">Margins and paddings that are named by the way of reading, with a border.</p>
<p class="rtl" dir="rtl">Latin from the right, <b>bold</b>, 123</p>
<table class="joined"><tr><th>One</th><td>Two</td></tr><tr><td>Three</td><td>Four</td></tr></table>
<table><tr><th>One</th><td>Two</td></tr></table>
<div class="flex"><p>Left</p><p>Right and longer than that</p></div>
<div class="grid"><p>Left</p><p>Right</p></div>
<p><img src="chart.svg" alt="Chart"/><a href="#end">to the end</a></p><pre>a\tb\n\tc</pre><p id="end">“End”</p>
"""
CSS = """
@page { size: A5; margin: 10%; @top-center { content: "Head" } @bottom-left { content: counter(page) } }
html { font: 10pt/1.4 "Source Serif 4"; --gap: 3pt } body { margin: 0 }
u { text-decoration: underline; text-decoration-color: #a00 } a { text-decoration: none }
.wide { letter-spacing: 2pt; word-spacing: 3pt }
.caps { font-variant-numeric: oldstyle-nums; font-feature-settings: "kern" 0 }
.half { width: 50%; text-indent: calc(10% + 2pt); min-height: 2em; box-sizing: border-box; padding: 0 var(--gap) }
.start { margin-inline-start: 20pt; padding-block-end: 5pt; border-inline-end: 2pt solid }
.start { text-align: justify; hyphens: auto }
.rtl { margin-inline-start: 30pt; font-size: 120% } table { width: 80% } td, th { padding: 2% 3pt; border: 1pt solid }
.joined { border-collapse: collapse } .flex { display: flex; gap: 5pt } .flex p { flex: 1 } .grid { display: grid;
grid-template-columns: 1fr 2fr } pre { tab-size: 3 } p::first-letter { font-size: 110% }
p:last-of-type::first-line { color: #00a }
"""


@pytest.fixture
def in_full(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Return what has WeasyPrint work everything out from now on."""

    def spare_nothing() -> None:
        for module in (pages, patches):
            monkeypatch.setattr(module, "quick", dict)
        pages._style_sheets.cache_clear()  # noqa: SLF001 - fonts hold what was remembered of them

    return spare_nothing


def test_oddities(in_full: Callable[[], None]) -> None:
    """Underlines, sums, percentages, logical sides, right to left, joined borders, flex, grid, pictures with text."""
    document = Document(
        "T", "", "en", fromstring(f"<div>{ODDITIES}</div>"), None, (), (), (), (), (), 0
    )
    assets = {"chart.svg": AssetFile(CHART, "image/svg+xml")}

    def pdf() -> bytes:
        return printed(document, theme_of(CSS), assets).pdf

    quick, again = pdf(), pdf()
    in_full()
    assert quick == again == pdf() != b""


@pytest.mark.slow
@pytest.mark.parametrize("seed", [31, 32])
def test_random_briefs(seed: int, in_full: Callable[[], None]) -> None:
    """Random briefs in the themes of the house and in none."""
    dealt = [each for _, each in seeds(seed, 60)]

    def pdfs() -> list[bytes]:
        made = []
        for each in dealt:
            theme = house_theme(each.theme) if each.theme else theme_of(each.css)
            made.append(printed(each.document, theme).pdf)
        return made

    quick = pdfs()
    in_full()
    assert quick == pdfs()
    assert all(quick)
