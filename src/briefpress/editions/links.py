"""Links of a document that each edition resolves: to other briefs, and to files.

A document writes a link to another brief as `brief:<slug>#<id>`. Files for download
are next to the web page; a PDF has none, so it links to those of the web page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from urllib.parse import urljoin
from xml.etree.ElementTree import Element

from briefpress.model import Document

BRIEF_SCHEME = "brief:"


def with_addresses(
    document: Document, addresses: Mapping[str, str], web_page: str | None = None
) -> Document:
    """Return a copy of the document whose links to other briefs have addresses.

    `addresses` gives the page of each brief by slug; that of a part that a brief does
    not have, `slug#id`, is empty. `web_page` is the address of the
    brief's own web page, for an edition without files beside it; it is empty if the
    press has no address. A link that has no target becomes plain text.
    """
    linked = deepcopy(document)
    for link in _links_of(linked):
        _resolve_brief_link(link, addresses)
        if web_page is not None and link.get("download"):
            _link_to_web_file(link, web_page)
    return linked


def split_brief_link(href: str) -> tuple[str, str]:
    """Return slug and id of a link to a brief; the slug is empty for other links."""
    if not href.startswith(BRIEF_SCHEME):
        return "", ""
    slug, _, element_id = href.removeprefix(BRIEF_SCHEME).partition("#")
    return slug, element_id


def _links_of(document: Document) -> Iterator[Element]:
    """Yield the links of body, takeaways, notes and summary."""
    trees = [document.body, *document.takeaways]
    trees += [note.body for note in document.notes]
    if document.summary is not None:
        trees.append(document.summary)
    for tree in trees:
        yield from tree.iter("a")


def _resolve_brief_link(link: Element, addresses: Mapping[str, str]) -> None:
    """Give a link to a brief its address; without one it becomes plain text."""
    href = link.get("href", "")
    if not href.startswith(BRIEF_SCHEME):
        return
    slug, element_id = split_brief_link(href)
    target = href.removeprefix(BRIEF_SCHEME)
    address = addresses.get(target, addresses.get(slug))
    if not address:
        del link.attrib["href"]
    else:
        link.set("href", f"{address}#{element_id}" if element_id else address)


def _link_to_web_file(link: Element, web_page: str) -> None:
    """Let a link to a file lead to the web; without a page it becomes plain text."""
    href = link.attrib.pop("href", "")
    if web_page:
        link.set("href", urljoin(web_page, href))
