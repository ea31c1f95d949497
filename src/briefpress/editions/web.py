"""The web page of a brief: one file that needs its style sheet and its pictures and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from briefpress.editions.addresses import with_addresses
from briefpress.editions.context import brief_context
from briefpress.editions.pagemarks import mark_pages
from briefpress.model import Brief, Document, PageMap, Press
from briefpress.theme import Theme, render_template
from briefpress.xhtml import inner, to_html


def render_web(  # noqa: PLR0913 - all that one page shows
    press: Press,
    brief: Brief,
    document: Document,
    theme: Theme,
    *,
    links: Mapping[str, str],
    addresses: Mapping[str, str] | None = None,
    related: Sequence[Brief] = (),
    pagemap: PageMap | None = None,
) -> bytes:
    """Return the page as HTML.

    `links` says where the style sheet, the shelf, the PDF and the EPUB are, seen from the page: `css`, `root`,
    `pdf`, `epub`. `addresses` gives the pages of other briefs by slug. With a `pagemap`, the body carries
    the folios of the PDF as anchors, so that "#page-3" means the same page.
    """
    known = addresses or {}
    document = with_addresses(document, known)
    if pagemap is not None:
        mark_pages(document.body, pagemap)
    context = brief_context(
        press,
        brief,
        document,
        theme.labels(brief.lang),
        medium="screen",
        body=f'<div class="body">{inner(document.body, to_html)}</div>',
        links=links,
        related=[(other, known.get(other.slug, "")) for other in related],
        pagemap=pagemap,
    )
    return render_template(theme, "web.html.j2", context).encode()
