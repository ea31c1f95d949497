"""Links of a document that each edition resolves: to other briefs, and to files.

A document writes a link to another brief as `brief:<slug>#<id>`. Files for download
are next to the web page; a PDF has none, so it links to those of the web page.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from copy import deepcopy
from urllib.parse import quote, urljoin
from xml.etree.ElementTree import Element

from briefpress.model import Document
from briefpress.problems import Problem, Severity
from briefpress.xhtml import elements_by_id

BRIEF_SCHEME = "brief:"
WEB_SCHEMES = ("http://", "https://", "mailto:", "tel:")
URL_CHARACTERS = "%/:?#[]@!$&'()*+,;=~-._"  # not escaped
LINK_ATTRIBUTES = (
    "href",
    "hreflang",
    "role",
    "rel",
    "type",
)  # only links may have them


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


def resolve_links_in_book(
    root: Element, brief_addresses: Mapping[str, str], web_page: str
) -> Iterator[Problem]:
    """Give every link an address in the book or on the web; yield broken links.

    `brief_addresses` gives the chapter or the web page of each brief by slug. That of a
    part that a brief does not have, `slug#id`, is empty, and has been reported.
    `web_page` is the address of the brief's own web page: downloads are there, because
    a book contains no loose files. A link without a target becomes plain text.
    """
    ids = elements_by_id(root).keys()
    for link in root.iter("a"):
        href = link.get("href")
        if href is None:
            continue
        address = _address_in_book(href, ids, brief_addresses, web_page)
        for name in ("download", "target"):
            link.attrib.pop(name, None)
        if address:
            link.set("href", quote(address, safe=URL_CHARACTERS))
            continue
        _make_plain_text(link)
        if href.startswith("#"):
            message = f"link to `{href}`, but nothing in the chapter has this id"
            yield _broken_link(message, link)
        target = href.removeprefix(BRIEF_SCHEME)
        if href.startswith(BRIEF_SCHEME) and target not in brief_addresses:
            message = f"link to the brief `{target}`, which is not published"
            yield _broken_link(message, link)


def _address_in_book(
    href: str, ids: Container[str], brief_addresses: Mapping[str, str], web_page: str
) -> str:
    """Return the address of a link in the book; empty if it has no target."""
    if href.startswith("#"):
        return href if href.removeprefix("#") in ids else ""
    if href.startswith(BRIEF_SCHEME):
        slug, element_id = split_brief_link(href)
        target = href.removeprefix(BRIEF_SCHEME)
        address = brief_addresses.get(target, brief_addresses.get(slug, ""))
        return f"{address}#{element_id}" if address and element_id else address
    if href.lower().startswith(WEB_SCHEMES) or href in brief_addresses.values():
        return href
    if web_page.lower().startswith(WEB_SCHEMES):
        return urljoin(web_page, href)
    return ""


def _make_plain_text(link: Element) -> None:
    """Turn a link into a span."""
    for name in LINK_ATTRIBUTES:
        link.attrib.pop(name, None)
    link.tag = "span"


def _broken_link(message: str, link: Element) -> Problem:
    """Return the warning about a link that was removed."""
    ids = (element.get("id") for element in link.iter())
    about = next((value for value in ids if value), "")
    return Problem("E04", message, severity=Severity.WARNING, about=about)
