"""From a Document, a theme's page and its style sheet to a PDF: bytes in, bytes out.

WeasyPrint is imported when a page is made and not before: a build with nothing to do must not pay for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from briefpress.editions.pdf.pagemap import page_map
from briefpress.editions.pdf.setting import Setting, set_for_print
from briefpress.editions.pdf.value import Assets, Audit, Face, Particulars, Pdf
from briefpress.model import Document, PageMap
from briefpress.problems import Problem


def render_pdf(
    html: str,
    document: Document,
    css: str,
    fonts: Sequence[Face],
    assets: Assets,
    particulars: Particulars,
) -> Pdf:
    """Return the PDF of a document: every note on the page of its call, or no PDF and the problems that say why."""
    from briefpress.editions.pdf.door import weasyprint
    from briefpress.editions.pdf.layout import page_of
    from briefpress.editions.pdf.refusals import unplanned

    setting = set_for_print(document)
    try:
        return _render(
            page_of(html, setting, assets, particulars),
            setting,
            document,
            css,
            fonts,
            particulars,
        )
    except (
        weasyprint.urls.FatalURLFetchingError
    ) as error:  # no Exception: WeasyPrint must not carry on without the file
        return _refused(unplanned(error, setting))
    except RecursionError:
        return _refused(
            (Problem("D05", "elements stand too deep in one another for a page"),)
        )


def _render(
    page: Any,
    setting: Setting,
    document: Document,
    css: str,
    fonts: Sequence[Face],
    particulars: Particulars,
) -> Pdf:
    """Return the PDF of a page that has its body."""
    from briefpress.editions.pdf.glyphs import missing_glyphs
    from briefpress.editions.pdf.guard import guard
    from briefpress.editions.pdf.layout import Layout, lay_out
    from briefpress.editions.pdf.refusals import refusals
    from briefpress.editions.pdf.repair import ROUNDS, repair
    from briefpress.editions.pdf.write import write

    laid: Layout = lay_out(page, setting, css, fonts)
    seen = guard(laid.pages, setting, laid.is_hidden)
    repaired = 0
    for attempt in range(1, ROUNDS + 1):
        if not seen.faults:
            break
        repaired += repair(setting, seen.faults, attempt)
        laid = lay_out(page, setting, css, fonts)
        seen = guard(laid.pages, setting, laid.is_hidden)
    audit = Audit(
        pages=len(laid.pages),
        words=document.words,
        notes=len(setting.notes),
        split=sum(len(pages) > 1 for pages in seen.pieces.values()),
        repaired=repaired,
        faults=len(seen.faults),
    )
    if seen.faults:
        return _refused(refusals(seen.faults, setting, document), audit)
    data = write(laid.document, particulars)
    missing = missing_glyphs(laid.document, setting.body)
    return Pdf(b"" if missing else data, page_map(laid.pages, setting), audit, missing)


def _refused(problems: tuple[Problem, ...], audit: Audit | None = None) -> Pdf:
    """Return no PDF, and why."""
    return Pdf(b"", PageMap(()), audit or Audit(), problems)
