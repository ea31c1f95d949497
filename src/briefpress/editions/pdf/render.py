"""From a Document, a theme's page and its style sheet to a PDF: bytes in, bytes out.

WeasyPrint is imported here and in what this imports lazily, for a build with nothing to do must not pay for it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from briefpress.editions.pdf import fonts as type_case
from briefpress.editions.pdf.pagemap import page_map
from briefpress.editions.pdf.setting import Setting, set_for_print
from briefpress.editions.pdf.value import Assets, Audit, Face, Particulars, Pdf
from briefpress.model import Document

VARIANT = "pdf/ua-1"


def render_pdf(  # noqa: PLR0913 - six values make one edition
    html: str, document: Document, css: str, fonts: Sequence[Face], assets: Assets, particulars: Particulars
) -> Pdf:
    """Return the PDF of a document: every note on its page, or the problem that names it."""
    setting = set_for_print(document)
    page = _page(html, setting.body, fonts, assets, particulars)
    rendered = _lay_out(page, setting, css, fonts)
    pagemap = page_map(rendered.pages, setting.body)
    audit = Audit(pages=len(rendered.pages), words=document.words, notes=len(document.notes))
    return Pdf(_write(rendered, particulars), pagemap, audit)


def _page(
    html: str, body: Element, fonts: Sequence[Face], assets: Assets, particulars: Particulars
) -> Any:
    """Return the theme's page with the body grafted into its slot."""
    with type_case.no_system_fonts():
        import weasyprint
    import cssselect2

    from briefpress.editions.pdf.fetcher import BASE, PlannedFetcher

    fetcher = PlannedFetcher({**assets, **type_case.font_assets(fonts)})
    page = weasyprint.HTML(string=html, base_url=BASE, url_fetcher=fetcher)
    root = page.etree_element
    root.set("lang", particulars.lang)
    slot = next(element for element in root.iter("div") if element.get("data-slot") == "body")
    slot.attrib.pop("data-slot")
    slot.text, slot[:] = body.text, list(body)
    page.wrapper_element = cssselect2.ElementWrapper.from_html_root(root, content_language=None)
    return page


def _lay_out(page: Any, setting: Setting, css: str, fonts: Sequence[Face]) -> Any:
    """Return the page laid out with the theme's style sheet."""
    rules = type_case.font_face_rules(fonts, type_case.weights_in(css))
    configuration = type_case.configuration(rules)
    sheets, counters = _sheets(rules + css, tuple(fonts), rules)
    from briefpress.editions.pdf.mends import mended

    with mended(setting.notes):
        return page.render(font_config=configuration, counter_style=counters, stylesheets=sheets)


@lru_cache(maxsize=16)
def _sheets(css: str, fonts: tuple[Face, ...], rules: str) -> tuple[list[Any], Any]:
    """Return parsed style sheets: each theme's once in a process."""
    import weasyprint
    from weasyprint.css.counters import CounterStyle

    from briefpress.editions.pdf.fetcher import BASE, PlannedFetcher

    counters = CounterStyle()
    fetcher = PlannedFetcher(type_case.font_assets(fonts))
    own = Path(__file__).with_name("notes.css").read_text("utf-8")
    return [
        weasyprint.CSS(
            string=text,
            base_url=BASE,
            url_fetcher=fetcher,
            font_config=type_case.configuration(rules),
            counter_style=counters,
        )
        for text in (css, own)
    ], counters


def _write(rendered: Any, particulars: Particulars) -> bytes:
    """Return the PDF's bytes, the same for the same pages."""
    metadata = rendered.metadata
    metadata.title, metadata.lang = particulars.title, particulars.lang
    metadata.authors, metadata.keywords = list(particulars.authors), list(particulars.keywords)
    metadata.description, metadata.generator = particulars.description or None, "briefpress"
    metadata.created = metadata.modified = particulars.date.isoformat()
    identifier = hashlib.md5(repr(particulars).encode(), usedforsecurity=False).digest()
    data: bytes = rendered.write_pdf(pdf_variant=VARIANT, pdf_identifier=identifier)
    return data
