"""Links to other briefs, which a document leaves open, get the addresses that an edition has for them.

So do those to files beside the brief, where the edition has no files beside it: they are on the web page.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from urllib.parse import urljoin
from xml.etree.ElementTree import Element

from briefpress.model import Document

BRIEF = "brief:"  # how the document writes a link to another brief


def with_addresses(
    document: Document, addresses: Mapping[str, str], page: str | None = None
) -> Document:
    """Return a copy of the document whose links to other briefs lead to the addresses, by slug, of their pages.

    `page` is the address of the brief's own page on the web, for an edition that does not lie beside its files; it is
    empty where the press has no address.
    """
    linked = deepcopy(document)
    trees = [linked.body, *linked.takeaways, *(note.body for note in linked.notes)]
    for tree in trees if linked.summary is None else [*trees, linked.summary]:
        for link in tree.iter("a"):
            _set_address(link, addresses)
            if page is not None and link.get("download"):
                _lead_to_page(link, page)
    return linked


def _lead_to_page(link: Element, page: str) -> None:
    """Let a link to a file lead to the page that has it; without a page it becomes plain text."""
    href = link.attrib.pop("href", "")
    if page:
        link.set("href", urljoin(page, href))


def _set_address(link: Element, addresses: Mapping[str, str]) -> None:
    """Give a link to a brief its address; one to a brief that has no page becomes plain text."""
    href = link.get("href", "")
    if not href.startswith(BRIEF):
        return
    slug, _, place = href.removeprefix(BRIEF).partition("#")
    if addresses.get(slug):
        link.set("href", f"{addresses[slug]}#{place}" if place else addresses[slug])
    else:
        del link.attrib["href"]
