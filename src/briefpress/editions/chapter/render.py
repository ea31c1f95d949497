"""From a theme's page and a Document to a finished chapter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any
from xml.etree.ElementTree import Element

from briefpress.editions.chapter.found import check_page, features, properties
from briefpress.editions.chapter.links import set_links, set_pictures
from briefpress.editions.chapter.model import Chapter
from briefpress.editions.chapter.notes import set_calls, set_notes
from briefpress.editions.chapter.page import CSS, set_head, write_page
from briefpress.editions.pagemarks import EPUB_TYPE, mark_pages, page_mark
from briefpress.model import Brief, Document, PageMap
from briefpress.problems import Problem
from briefpress.xhtml import parse_document, text_of


@dataclass(frozen=True, slots=True)
class Setting:
    """What a chapter is set among: the words of its theme, the files it shows, and where its links lead."""

    words: Mapping[str, str] = field(
        default_factory=dict
    )  # the theme's, of the brief's language
    pictures: Mapping[str, bytes] = field(
        default_factory=dict
    )  # every `src` of page and body to its bytes
    links: Mapping[str, str] = field(
        default_factory=dict
    )  # slug to another chapter ("port.xhtml") or a web page
    address: str = ""  # the brief's own page on the web
    pixels: int = 60_000_000  # how large a picture we open


def render_chapter(
    html: str,
    brief: Brief,
    document: Document,
    pagemap: PageMap | None = None,
    setting: Setting | None = None,
) -> tuple[Chapter, tuple[Problem, ...]]:
    """Return a brief as a chapter, and what is wrong with it. A chapter with an error must not be published.

    `html` is what the theme's `chapter.html.j2` made, with `<div data-slot="body">` where the body goes.
    """
    among = setting or Setting()
    root = parse_document(html)
    problems = [*_graft(root, document), *_linked(root, document, among)]
    pictures, faults = set_pictures(
        root, f"pictures/{brief.slug}", among.pictures, among.pixels
    )
    _name_parts(root, pagemap)
    set_head(root, document.title or brief.title, document.lang, f"../{CSS}")
    data = write_page(root)
    problems += [*faults, *check_page(root, data)]
    chapter = replace(
        _described(brief, document), data=data, pictures=tuple(pictures), **_found(root)
    )
    if pagemap is not None:
        chapter = replace(chapter, pages=tuple(start.folio for start in pagemap.starts))
    return chapter, tuple(replace(problem, brief=brief.slug) for problem in problems)


def _described(brief: Brief, document: Document) -> Chapter:
    """Return the chapter with what brief and document say of themselves."""
    taken = {
        name: getattr(brief, name)
        for name in ("date", "authors", "program", "tags", "series", "doi")
    }
    return Chapter(
        slug=brief.slug,
        href=f"briefs/{brief.slug}.xhtml",
        title=document.title or brief.title,
        subtitle=document.subtitle,
        summary=text_of(document.summary) if document.summary is not None else "",
        headings=document.outline,
        **taken,
    )


def _found(root: Element) -> dict[str, Any]:
    """Return what the finished page tells of the chapter."""
    return {
        "lang": root.attrib["lang"],
        "dir": root.attrib["dir"],
        "properties": properties(root),
        "features": features(root),
        "characters": "".join(sorted(set("".join(root.itertext())))),
    }


def _linked(root: Element, document: Document, among: Setting) -> Iterator[Problem]:
    """Set calls, notes and links; yield what leads nowhere."""
    set_notes(root, document.notes, among.words)
    set_calls(root)
    yield from set_links(root, among.links, among.address)


def _graft(root: Element, document: Document) -> Iterator[Problem]:
    """Put the body's tree into the page's slot: a copy, for other editions use it too."""
    slot = _slot(root, "data-slot", "body")
    if slot is None:
        yield Problem(
            "E05", 'the theme\'s chapter.html.j2 has no <div data-slot="body"></div>'
        )
        return
    del slot.attrib["data-slot"]
    slot.set("data-body", "")
    body = deepcopy(document.body)
    slot.text = body.text
    slot.extend(list(body))


def _slot(root: Element, name: str, value: str = "") -> Element | None:
    """Return the element with a data attribute, and its value."""
    return next(
        (element for element in root.iter() if element.get(name) == value), None
    )


def _mark(folio: str) -> Element:
    """Return a page's mark in the words of EPUB."""
    mark = page_mark(folio)
    mark.set(EPUB_TYPE, "pagebreak")
    return mark


def _name_parts(root: Element, pagemap: PageMap | None) -> None:
    """Say what the parts of the page are in the words of EPUB and ARIA, and mark where the printed pages begin."""
    article = _article(root)
    body = _slot(root, "data-body")
    if pagemap is not None:
        back = next(
            (
                element
                for element in article.iter()
                if element.get("role") == "doc-colophon"
            ),
            None,
        )
        mark_pages(article if body is None else body, pagemap, _mark, article, back)
    if body is not None:
        del body.attrib["data-body"]
    for element in article.iter():
        if element.tag in {"header", "footer"} and element.get("role", "").startswith(
            "doc-"
        ):
            element.tag = "section"  # ARIA gives those roles to sections alone


def _article(root: Element) -> Element:
    """Return what the chapter is, within its page, and name it so.

    Ace wants a role beside every `epub:type`, and ARIA gives that of a chapter to sections, not to articles.
    """
    body = root.find("body")
    assert body is not None, "an HTML5 parser always makes a body"  # noqa: S101
    found = next(
        (element for element in body if element.tag in {"article", "section"}), None
    )
    if found is None:
        return body
    found.tag = "section"
    found.attrib.update({EPUB_TYPE: "chapter", "role": "doc-chapter"})
    title = next(
        (name for element in found.iter("h1") if (name := element.get("id"))), ""
    )
    if title:
        found.set("aria-labelledby", title)
    return found
