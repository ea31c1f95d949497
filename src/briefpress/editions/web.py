"""The web page of a brief: one file that needs its style sheet and its pictures and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from xml.etree.ElementTree import Element

from briefpress.editions.context import brief_context
from briefpress.editions.pagemarks import mark_pages
from briefpress.model import Brief, Document, PageMap, Press
from briefpress.theme import Theme, render_template
from briefpress.xhtml import inner, to_html

BRIEF = "brief:"  # how the document writes a link to another brief


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
    document = _linked(document, known)
    if pagemap is not None:
        mark_pages(document.body, pagemap)
    context = brief_context(
        press,
        brief,
        document,
        theme.words(brief.lang),
        medium="screen",
        body=f'<div class="body">{inner(document.body, to_html)}</div>',
        links=links,
        related=[(other, known.get(other.slug, "")) for other in related],
        pagemap=pagemap,
    )
    return render_template(theme, "web.html.j2", context).encode()


def _linked(document: Document, addresses: Mapping[str, str]) -> Document:
    """Return a copy of the document whose links to other briefs have the addresses of their pages."""
    linked = deepcopy(document)
    trees = [linked.body, *linked.takeaways, *(note.body for note in linked.notes)]
    for tree in trees if linked.summary is None else [*trees, linked.summary]:
        for link in tree.iter("a"):
            _set_address(link, addresses)
    return linked


def _set_address(link: Element, addresses: Mapping[str, str]) -> None:
    """Give a link to a brief its address; one to a brief that has no page becomes plain text."""
    href = link.get("href", "")
    if not href.startswith(BRIEF):
        return
    slug, _, place = href.removeprefix(BRIEF).partition("#")
    if slug in addresses:
        link.set("href", f"{addresses[slug]}#{place}" if place else addresses[slug])
    else:
        del link.attrib["href"]
