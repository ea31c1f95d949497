"""Links of a chapter, each with an address that works inside the book."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from urllib.parse import quote, urljoin
from xml.etree.ElementTree import Element

from briefpress.editions.links import BRIEF_SCHEME, split_brief_link
from briefpress.problems import Problem, Severity
from briefpress.xhtml import elements_by_id

WEB_SCHEMES = ("http://", "https://", "mailto:", "tel:")
URL_CHARACTERS = "%/:?#[]@!$&'()*+,;=~-._"  # not escaped
LINK_ATTRIBUTES = (
    "href",
    "hreflang",
    "role",
    "rel",
    "type",
)  # only links may have them


def resolve_links(
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
