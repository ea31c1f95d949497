"""A brief as a chapter: the theme's page with body, notes, pictures and page marks.

Notes are in the file of their calls, so that reading systems can show them as pop-ups.
A note is a `<div>`, for two reasons: some readers hide `<aside epub:type="footnote">`
and leave an empty heading "Notes", and ARIA allows a `<li>` no other role.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from xml.etree.ElementTree import Element, SubElement

from briefpress.editions.epub.content_document import (
    STYLESHEET,
    accessibility_features,
    check_page,
    manifest_properties,
    set_head,
    write_page,
)
from briefpress.editions.epub.images import place_pictures
from briefpress.editions.epub.model import (
    Chapter,
    ChapterEdition,
    ChapterInputs,
    Resource,
)
from briefpress.editions.links import resolve_links_in_book
from briefpress.editions.page_breaks import EPUB_TYPE, mark_page_breaks, page_mark
from briefpress.editions.template_context import brief_context
from briefpress.model import Document, Note, PageMap
from briefpress.problems import Problem
from briefpress.theme.model import Theme
from briefpress.theme.templates import render_template, template_problem
from briefpress.xhtml import (
    elements_by_id,
    is_call,
    mark_adjacent_calls,
    parents_of,
    parse_page,
    text_of,
    unwrap,
)

TEMPLATE = "chapter.html.j2"
BACKLINK = "doc-backlink"
NO_BREAK_SPACE = "\u00a0"


def render_chapter(inputs: ChapterInputs) -> ChapterEdition:
    """Return a brief as a chapter of a book, and its problems.

    Raises `BriefpressError` if a template of the theme cannot be rendered.
    """
    words = inputs.theme.labels(inputs.context.brief.lang)
    data = brief_context(inputs.context, inputs.document, words, medium="epub")
    html = render_template(inputs.theme, TEMPLATE, data)
    return chapter_from_html(html, inputs)


def chapter_from_html(html: str, inputs: ChapterInputs) -> ChapterEdition:
    """Return a chapter made from the page of a theme, and its problems.

    `html` is what `chapter.html.j2` rendered, with `<div data-slot="body">` in place of
    the body.
    """
    context, document = inputs.context, inputs.document
    root = parse_page(html)
    problems = list(_insert_body(root, document, inputs.theme))
    _set_notes(root, document.notes, inputs.theme.labels(context.brief.lang))
    _mark_calls(root)
    web_page = context.links.get("html", "")
    problems += resolve_links_in_book(root, context.addresses, web_page)
    pictures, picture_problems = _place_pictures(root, inputs)
    _name_parts(root, inputs.page_map)
    set_head(root, document.title, document.lang, f"../{STYLESHEET}")
    data = write_page(root)
    problems += [*picture_problems, *check_page(root, data)]
    chapter = _describe_chapter(root, inputs, data, pictures)
    slug = context.brief.slug
    return ChapterEdition(
        chapter, tuple(replace(problem, brief=slug) for problem in problems)
    )


def _describe_chapter(
    root: Element, inputs: ChapterInputs, data: bytes, pictures: Sequence[Resource]
) -> Chapter:
    """Return the chapter with all that package and contents say about it."""
    brief, document = inputs.context.brief, inputs.document
    summary = text_of(document.summary) if document.summary is not None else ""
    page_starts = inputs.page_map.starts if inputs.page_map is not None else ()
    return Chapter(
        slug=brief.slug,
        href=f"briefs/{brief.slug}.xhtml",
        title=document.title,
        date=brief.date,
        subtitle=document.subtitle,
        lang=root.attrib["lang"],
        dir=root.attrib["dir"],
        authors=brief.authors,
        program=brief.program,
        tags=brief.tags,
        series=brief.series,
        doi=brief.doi,
        summary=summary,
        data=data,
        properties=manifest_properties(root),
        features=accessibility_features(root),
        headings=document.outline,
        pages=tuple(start.folio for start in page_starts),
        pictures=tuple(pictures),
        characters="".join(sorted(set("".join(root.itertext())))),
    )


def _insert_body(root: Element, document: Document, theme: Theme) -> Iterator[Problem]:
    """Put a copy of the body into the page's slot."""
    slot = _find_by_attribute(root, "data-slot", "body")
    if slot is None:
        message = 'has no <div data-slot="body"></div>'
        yield template_problem(theme, TEMPLATE, "E05", message)
        return
    del slot.attrib["data-slot"]
    slot.set("data-body", "")
    body = deepcopy(document.body)
    slot.text = body.text
    slot.extend(list(body))


def _place_pictures(
    root: Element, inputs: ChapterInputs
) -> tuple[list[Resource], list[Problem]]:
    """Place the pictures of theme and brief in the book."""
    assets = {src: asset.data for src, asset in inputs.assets.items()}
    pictures = {**inputs.theme.images, **assets}
    folder = f"pictures/{inputs.context.brief.slug}"
    return place_pictures(root, folder, pictures, inputs.picture_pixels)


def _name_parts(root: Element, page_map: PageMap | None) -> None:
    """Name the parts of the page for EPUB and ARIA, and mark the printed pages."""
    article = _name_chapter(root)
    body = _find_by_attribute(root, "data-body", "")
    if page_map is not None:
        colophon = _find_by_attribute(article, "role", "doc-colophon")
        marked = article if body is None else body
        mark_page_breaks(marked, page_map, _epub_page_mark, article, colophon)
    if body is not None:
        del body.attrib["data-body"]
    for element in article.iter():
        has_dpub_role = element.get("role", "").startswith("doc-")
        if has_dpub_role and element.tag in {"header", "footer"}:
            element.tag = "section"  # ARIA allows these roles on sections only


def _name_chapter(root: Element) -> Element:
    """Return the element of the chapter, named so; the body if there is none.

    Ace requires a role beside each `epub:type`, and ARIA allows that of a chapter on
    sections, not on articles.
    """
    body = root.find("body")
    assert body is not None, "an HTML5 parser always makes a body"  # noqa: S101
    parts = (element for element in body if element.tag in {"article", "section"})
    chapter = next(parts, None)
    if chapter is None:
        return body
    chapter.tag = "section"
    chapter.attrib.update({EPUB_TYPE: "chapter", "role": "doc-chapter"})
    heading_ids = (heading.get("id") for heading in chapter.iter("h1"))
    title_id = next((value for value in heading_ids if value), "")
    if title_id:
        chapter.set("aria-labelledby", title_id)
    return chapter


def _epub_page_mark(folio: str) -> Element:
    """Return a page mark with its type in EPUB's vocabulary."""
    mark = page_mark(folio)
    mark.set(EPUB_TYPE, "pagebreak")
    return mark


def _mark_calls(root: Element) -> None:
    """Give every note call its role and its type."""
    mark_adjacent_calls(root)
    for link in root.iter("a"):
        if is_call(link) or link.get("role") == "doc-noteref":
            link.set("role", "doc-noteref")
            link.set(EPUB_TYPE, "noteref")


def _set_notes(root: Element, notes: Sequence[Note], words: Mapping[str, str]) -> None:
    """Make sure that each note is in the chapter and links back to each of its calls.

    The theme's template contains the notes. A note that it leaves out is added at the
    slot for notes, or at the end.
    """
    elements = elements_by_id(root)
    missing = [note for note in notes if note.id not in elements]
    if missing:
        place = _place_for_notes(root)
        place.extend(map(_new_note, missing))
        elements = elements_by_id(root)
    parents = parents_of(root)
    for note in notes:
        element = elements[note.id]
        parent = parents[element]
        if element.tag != "div" and parent.tag in {"ol", "ul"}:
            parent.tag = "div"
        element.tag = "div"
        element.attrib.update({"role": "doc-footnote", EPUB_TYPE: "footnote"})
        calls = [call for call in note.calls if call in elements]
        _link_back(element, note, calls, words)


def _place_for_notes(root: Element) -> Element:
    """Return the template's slot for notes, or a new element at the end."""
    slot = _find_by_attribute(root, "data-slot", "notes")
    if slot is not None:
        del slot.attrib["data-slot"]
        return slot
    parts = (part for part in root.iter() if part.tag in {"article", "main", "body"})
    return SubElement(next(parts, root), "div", {"class": "notes"})


def _new_note(note: Note) -> Element:
    """Return a note that the template left out: its number and its blocks."""
    element = deepcopy(note.body)
    element.tag, element.tail = "div", "\n"
    element.attrib.update({"id": note.id, "class": "note"})
    href = f"#{note.calls[0]}" if note.calls else "#"
    number = Element("p", {"class": "back"})
    link = SubElement(number, "a", {"href": href, "role": BACKLINK})
    link.text = str(note.number)
    number.tail, element.text = element.text, None
    element.insert(0, number)
    return element


def _link_back(
    element: Element, note: Note, calls: Sequence[str], words: Mapping[str, str]
) -> None:
    """Give a note a link back to each call in the chapter, and no other links back."""
    parents = parents_of(element)
    backlinks = [link for link in element.iter("a") if link.get("role") == BACKLINK]
    linked = {link.get("href", "").removeprefix("#") for link in backlinks}
    for link in backlinks:
        if link.get("href", "").removeprefix("#") not in calls:
            unwrap(parents[link], link)
    ends_in_paragraph = len(element) > 0 and element[-1].tag == "p"
    last = element[-1] if ends_in_paragraph else element
    for count, call in enumerate(calls, 1):
        if call in linked:
            continue
        number = f"{note.number}.{count}"
        _append_text(last, NO_BREAK_SPACE)
        attributes = {
            "class": "again",
            "href": f"#{call}",
            "role": BACKLINK,
            "aria-label": f"{words.get('back', '')} ({number})".strip(),
        }
        SubElement(last, "a", attributes).text = number


def _append_text(element: Element, text: str) -> None:
    """Add text at the end of an element."""
    if len(element):
        element[-1].tail = (element[-1].tail or "") + text
    else:
        element.text = (element.text or "") + text


def _find_by_attribute(root: Element, name: str, value: str) -> Element | None:
    """Return the first element with an attribute of this value."""
    found = (element for element in root.iter() if element.get(name) == value)
    return next(found, None)
