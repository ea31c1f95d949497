"""The page with the body in its slot, and its layout under the theme's style sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any
from xml.etree.ElementTree import Element

import cssselect2
import weasyprint
from weasyprint.css.counters import CounterStyle

from briefpress.editions.pdf import fonts as case
from briefpress.editions.pdf.fetcher import BASE, PlannedFetcher
from briefpress.editions.pdf.foot import Foot
from briefpress.editions.pdf.mends import mended
from briefpress.editions.pdf.setting import Setting
from briefpress.editions.pdf.value import Assets, Face, Particulars


@dataclass(frozen=True, slots=True)
class Layout:
    """Pages laid out, not yet written."""

    document: Any
    foot: Foot

    @property
    def pages(self) -> list[Any]:
        """The pages, as WeasyPrint has them."""
        return list(self.document.pages)

    def is_hidden(self, element: Element) -> bool:
        """Whether the theme leaves an element out of print."""
        style = self.foot.style_for(element)
        return (
            style is None
            or style["display"] == ("none",)
            or style["position"][0] == "running()"
        )


def page_of(
    html: str, setting: Setting, assets: Assets, particulars: Particulars
) -> Any:
    """Return the theme's page with the body grafted into its slot: no text of the body is parsed twice."""
    page = weasyprint.HTML(
        string=html, base_url=BASE, url_fetcher=PlannedFetcher(assets)
    )
    root = page.etree_element
    root.set("lang", particulars.lang)
    setting.graft(root)
    page.wrapper_element = cssselect2.ElementWrapper.from_html_root(
        root, content_language=None
    )
    return page


def lay_out(page: Any, setting: Setting, css: str, fonts: Sequence[Face]) -> Layout:
    """Return the page's pages under a style sheet, its notes at their feet."""
    sheets, counters, configuration = _sheets(css, tuple(fonts))
    with mended(setting.notes, setting.sign) as feet:
        document = page.render(
            font_config=configuration, counter_style=counters, stylesheets=sheets
        )
    return Layout(document, feet[-1])


@lru_cache(maxsize=8)
def _sheets(css: str, fonts: tuple[Face, ...]) -> tuple[list[Any], Any, Any]:
    """Return parsed style sheets and the fonts that they name: each theme's once in a process."""
    configuration = case.configuration()
    counters = CounterStyle()
    weights = case.weights_in(css)
    fetcher = PlannedFetcher(case.font_assets(fonts, weights))
    rules = case.font_face_rules(fonts, weights)
    own = [
        (files(__package__) / name).read_text("utf-8")
        for name in ("base.css", "notes.css")
    ]
    common = {
        "base_url": BASE,
        "url_fetcher": fetcher,
        "font_config": configuration,
        "counter_style": counters,
    }
    sheets = [
        weasyprint.CSS(string=text, **common) for text in (own[0], rules + css, own[1])
    ]
    return sheets, counters, configuration
