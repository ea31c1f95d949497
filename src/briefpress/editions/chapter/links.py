"""Links and pictures of a chapter: each address made into one that the book can keep."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import quote, urljoin
from xml.etree.ElementTree import Element

from briefpress.editions.chapter.model import Resource
from briefpress.editions.chapter.pictures import SUFFIX, PictureFault, fit_picture
from briefpress.problems import Problem, Severity

OUTWARD = ("http://", "https://", "mailto:", "tel:")
SAFE = "%/:?#[]@!$&'()*+,;=~-._"


def set_links(
    root: Element, books: Mapping[str, str], address: str
) -> Iterator[Problem]:
    """Give every link an address: of a chapter, of a place in this one, or on the web.

    `books` leads from a brief's slug to its chapter or its web page. `address` is this brief's own on the web,
    to which its downloads belong: a book carries no loose files. A link that leads nowhere becomes plain text.
    """
    ids = {id_ for element in root.iter() if (id_ := element.get("id"))}
    for link in root.iter("a"):
        href = link.get("href")
        if href is None:
            continue
        target = _target(href, ids, books, address)
        for name in ("download", "target"):
            link.attrib.pop(name, None)
        if target:
            link.set("href", quote(target, safe=SAFE))
            continue
        for name in ("href", "hreflang", "role", "rel", "type"):
            link.attrib.pop(name, None)
        link.tag = "span"
        if href.startswith("#"):
            yield _dead(f"link to {href}, and nothing in the chapter has that id", link)
        elif href.startswith("brief:"):
            yield _dead(f"link to the brief {href[6:]!r}, which is not published", link)


def _target(href: str, ids: set[str], books: Mapping[str, str], address: str) -> str:
    """Return where a link leads in the book; empty when nowhere."""
    if href.startswith("#"):
        return href if href[1:] in ids else ""
    if href.startswith("brief:"):
        slug, _, place = href.removeprefix("brief:").partition("#")
        found = books.get(slug, "")
        return found + ("#" + place if place and found else "")
    if href.lower().startswith(OUTWARD) or href in books.values():
        return href
    return urljoin(address, href) if address.lower().startswith(OUTWARD) else ""


def set_pictures(
    root: Element,
    folder: str,
    pictures: Mapping[str, bytes],
    limit: int,
    up: str = "../",
) -> tuple[list[Resource], list[Problem]]:
    """Point every picture to its place in the book; return the files, and what is wrong with them.

    They go to a folder of the book, which the page reaches by going `up`.
    """
    made: dict[str, Resource] = {}
    problems: list[Problem] = []
    for image in root.iter("img"):
        if image.get("role") == "doc-cover":  # it has a place of its own
            continue
        for name in ("loading", "decoding", "srcset", "sizes", "fetchpriority"):
            image.attrib.pop(name, None)
        src = image.get("src", "")
        if src not in made:
            found = _picture(src, folder, pictures, limit)
            if isinstance(found, Problem):
                problems.append(found)
                continue
            made[src] = found
        image.set("src", up + quote(made[src].href, safe=SAFE))
        if image.get("alt") is None:
            image.set("alt", "")
    return list(made.values()), problems


def _picture(
    src: str, folder: str, pictures: Mapping[str, bytes], limit: int
) -> Resource | Problem:
    """Return a picture as a file of the book, or what is wrong with it."""
    data = pictures.get(src)
    if data is None:
        return Problem("E02", f"picture {src!r} is not there")
    try:
        fitted, media = fit_picture(data, limit)
    except PictureFault as fault:
        return Problem("E02", f"picture {src!r} {fault}")
    stem = src.removesuffix("." + src.rpartition(".")[2]) if "." in src else src
    safe = (
        "".join(c if c.isalnum() or c in "-_/" else "-" for c in stem).strip("/-")
        or "picture"
    )
    return Resource(f"{folder}/{safe}{SUFFIX[media]}", media, fitted)


def _dead(message: str, link: Element) -> Problem:
    """Return the warning about a link that was taken out."""
    about = next((name for element in link.iter() if (name := element.get("id"))), "")
    return Problem("E04", message, severity=Severity.WARNING, about=about)
