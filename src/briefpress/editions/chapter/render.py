"""From a theme's page and a Document to a finished chapter."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from xml.etree.ElementTree import Element

from briefpress.editions.chapter.links import set_links, set_pictures
from briefpress.editions.chapter.model import Chapter
from briefpress.editions.chapter.notes import set_calls, set_notes
from briefpress.editions.chapter.page import CSS, set_head, write_page
from briefpress.editions.pagemarks import EPUB_TYPE, mark_pages, page_mark
from briefpress.model import Brief, Document, PageMap
from briefpress.problems import Problem
from briefpress.xhtml import FORBIDDEN, parse_document, text_of

PROPERTIES = {"svg": "svg", "math": "mathml"}


@dataclass(frozen=True, slots=True)
class Setting:
    """What a chapter is set among: the words of its theme, the files it shows, and where its links lead."""

    words: Mapping[str, str] = field(default_factory=dict)  # the theme's, of the brief's language
    pictures: Mapping[str, bytes] = field(default_factory=dict)  # every `src` of page and body to its bytes
    links: Mapping[str, str] = field(default_factory=dict)  # slug to another chapter ("port.xhtml") or a web page
    address: str = ""  # the brief's own page on the web
    pixels: int = 60_000_000  # how large a picture we open


def render_chapter(
    html: str, brief: Brief, document: Document, pagemap: PageMap | None = None, setting: Setting | None = None
) -> tuple[Chapter, tuple[Problem, ...]]:
    """Return a brief as a chapter, and what is wrong with it. A chapter with an error must not be published.

    `html` is what the theme's `chapter.html.j2` made, with `<div data-slot="body">` where the body goes.
    """
    among = setting or Setting()
    root = parse_document(html)
    problems = list(_graft(root, document))
    set_calls(root)
    set_notes(root, document.notes, among.words)
    set_calls(root)
    problems += set_links(root, among.links, among.address)
    made, faults = set_pictures(root, brief.slug, among.pictures, among.pixels)
    article = _article(root)
    if pagemap is not None:
        body = _slot(root, "data-body")
        back = next((element for element in article.iter() if element.get("role") == "doc-colophon"), None)
        mark_pages(article if body is None else body, pagemap, _mark, article, back)
    for element in root.iter():
        element.attrib.pop("data-body", None)
        if element.tag in {"header", "footer"} and element.get("role", "").startswith("doc-"):
            element.tag = "section"  # ARIA gives those roles to sections alone
    title = document.title or brief.title
    set_head(root, title, document.lang, f"../{CSS}")
    data = write_page(root)
    text = "".join(root.itertext())
    problems += [*faults, *_checked(root, data, text)]
    chapter = Chapter(
        slug=brief.slug,
        href=f"briefs/{brief.slug}.xhtml",
        title=title,
        subtitle=document.subtitle,
        lang=root.attrib["lang"],
        dir=root.attrib["dir"],
        date=brief.date,
        authors=brief.authors,
        program=brief.program,
        tags=brief.tags,
        series=brief.series,
        doi=brief.doi,
        summary=text_of(document.summary) if document.summary is not None else "",
        data=data,
        properties=tuple(sorted({PROPERTIES[tag] for e in root.iter() if (tag := _local(e)) in PROPERTIES})),
        features=tuple(sorted(set(_features(root)))),
        headings=document.outline,
        pages=tuple(start.folio for start in pagemap.starts) if pagemap else (),
        pictures=tuple(made),
        characters="".join(sorted(set(text))),
    )
    return chapter, tuple(_of(problem, brief.slug) for problem in problems)


def _graft(root: Element, document: Document) -> Iterator[Problem]:
    """Put the body's tree into the page's slot: a copy, for other editions use it too."""
    slot = _slot(root, "data-slot", "body")
    if slot is None:
        yield Problem("E05", 'the theme\'s chapter.html.j2 has no <div data-slot="body"></div>')
        return
    del slot.attrib["data-slot"]
    slot.set("data-body", "")
    body = deepcopy(document.body)
    slot.text = body.text
    slot.extend(list(body))


def _slot(root: Element, name: str, value: str = "") -> Element | None:
    """Return the element with a data attribute, and its value."""
    return next((element for element in root.iter() if element.get(name) == value), None)


def _mark(folio: str) -> Element:
    """Return a page's mark in the words of EPUB."""
    mark = page_mark(folio)
    mark.set(EPUB_TYPE, "pagebreak")
    return mark


def _article(root: Element) -> Element:
    """Return what the chapter is, within its page, and name it so.

    Ace wants a role beside every `epub:type`, and ARIA gives that of a chapter to sections, not to articles.
    """
    body = root.find("body")
    assert body is not None, "an HTML5 parser always makes a body"  # noqa: S101
    found = next((element for element in body if element.tag in {"article", "section"}), None)
    if found is None:
        return body
    found.tag = "section"
    found.attrib.update({EPUB_TYPE: "chapter", "role": "doc-chapter"})
    title = next((name for element in found.iter("h1") if (name := element.get("id"))), "")
    if title:
        found.set("aria-labelledby", title)
    return found


def _features(root: Element) -> Iterator[str]:
    """Yield what accessibility metadata is computed from."""
    for element in root.iter():
        tag = _local(element)
        if tag in {"math", "table"}:
            yield tag
        elif tag in {"svg", "img"}:
            yield "pictures"
            named = element.get("alt") or element.get("aria-label") or element.get("aria-labelledby")
            yield "named" if named or _titled(element) else "unnamed"
        elif tag == "details":
            yield "data"
        if element.get("role") == "doc-footnote":
            yield "notes"


def _titled(svg: Element) -> bool:
    """Return whether an inline picture has a title, or is mere decoration."""
    return svg.get("role") in {"presentation", "none"} or any(_local(child) == "title" for child in svg)


def _checked(root: Element, data: bytes, text: str) -> Iterator[Problem]:
    """Yield what would make reading systems refuse the chapter."""
    if unfit := FORBIDDEN.search(text):
        place = next((e for e in root.iter() if FORBIDDEN.search((e.text or "") + (e.tail or ""))), root)
        code = f"U+{ord(unfit[0]):04X}"
        yield Problem("E01", f"control character {code} in the text", about=place.get("id", ""))
        return
    try:
        ET.fromstring(data)  # noqa: S314 (our own bytes, without entities)
    except ET.ParseError as error:
        yield Problem("E01", f"the chapter is not well-formed XHTML: {error}")
    body = root.find("body")
    if body is None or not "".join(body.itertext()).strip():
        yield Problem("E03", "the chapter has no text")
    seen: set[str] = set()
    for element in root.iter():
        if (name := element.get("id")) is not None:
            if name in seen:
                yield Problem("E06", f"the id {name!r} is given twice in the chapter", about=name)
            seen.add(name)


def _of(problem: Problem, slug: str) -> Problem:
    """Return the problem with the brief that it keeps from being published."""
    return replace(problem, brief=slug)


def _local(element: Element) -> str:
    """Return the element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]
