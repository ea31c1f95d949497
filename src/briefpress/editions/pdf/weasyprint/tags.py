"""Tags of the PDF for notes, table headers and languages, beyond those of WeasyPrint.

A footnote call is `Reference > Link`. A note is `Note`, with its number as `Lbl` and
the id that it has in every edition. A table header has the scope of a row or a column.
Running heads, folios and the sign above a continued note are artifacts: screen readers
leave them out, because listeners turn no pages.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any
from xml.etree.ElementTree import Element

from weasyprint.formatting_structure import boxes
from weasyprint.pdf import tags

from briefpress.editions.pdf.print_tree import SIGN
from briefpress.editions.pdf.weasyprint.boxes import page_boxes, walk
from briefpress.theme.coverage import BOX_FAMILY

Function = Callable[..., Any]

pydyf = tags.pydyf  # the PDF writer that WeasyPrint uses

NAMES = {"fn-call": "Reference", "fn-note": "Note", "fn-mark": "Lbl"}
# Glyphs are shown as `<00410042>-12<0043>`: four digits each, kerning between them.
GLYPH_NUMBER = re.compile(r"(?<=[0-9a-f<])[0-9a-f]{4}(?=[0-9a-f]*>)")
SCOPES = {"row": "/Row", "rowgroup": "/Row", "col": "/Column", "colgroup": "/Column"}


def mark_artifacts(document: Any) -> None:
    """Mark the boxes of running heads, folios and signs of a document as artifacts."""
    for page in page_boxes(document):
        for box in _artifacts(page):
            box.is_artifact = True


def keep_outer_links(document: Any) -> None:
    """Remove the links of the phrases in a link, which WeasyPrint would add once more.

    Listeners would hear the link again for each of them, and PDF/UA-1 (7.18.5) allows
    none outside a `Link` tag.
    """
    for page in document.pages:
        page.links[:] = [link for link in page.links if not _is_inner_link(link)]


def _is_inner_link(link: tuple[Any, ...]) -> bool:
    """Whether a link belongs to a phrase in the link itself."""
    *_, box = link
    return box.link is None and isinstance(box, boxes.InlineLevelBox)


def _artifacts(page: Any) -> Iterator[Any]:
    """Yield the boxes of a page that are not part of its text.

    A margin box with a link is no artifact: links must be tagged.
    """
    for box in walk(page):
        if isinstance(box, boxes.MarginBox):
            content = list(walk(box))
            if not any(each.link_annotation for each in content):
                yield from content
        elif box.element is not None and box.element.tag == SIGN:
            yield box


def _is_artifact(box: Any) -> bool:
    """Whether a box was marked as an artifact."""
    return getattr(box, "is_artifact", False)


def tag_name(original: Function) -> Function:
    """Return `_get_pdf_tag`, which names the tag of an element."""

    def get_pdf_tag(tag: str | None) -> str:
        return NAMES.get(tag or "") or str(original(tag))

    return get_pdf_tag


def box_tags(original: Function) -> Function:
    """Return `_build_box_tree`, which yields the tags of a box."""

    def build_box_tree(box: Any, parent: Any, pdf: Any, *args: Any) -> Iterator[Any]:
        if _is_artifact(box):
            return
        for tag in original(box, parent, pdf, *args):
            if box.element is not None and "::" not in box.element_tag:
                _complete(tag, box.element, pdf)
            if tag["S"] == "/LI":
                _wrap_item_content(tag, pdf)
            yield tag

    return build_box_tree


def marked_content(original: Function) -> Function:
    """Return `Stream.marked`, the context in which the content of a box is drawn."""

    def marked(stream: Any, box: Any, tag: str) -> Any:
        if _is_artifact(box):
            return stream.artifact()
        return original(stream, box, tag)

    return marked


def shown_text(original: Function) -> Function:
    """Return `Stream.show_text`, which shows glyphs of the current font.

    A box stands for its character (ISO 32000-2, 14.9.4): readers copy and speak that.
    """

    def show_text(stream: Any, glyphs: str) -> None:
        characters = _boxed_characters(stream, glyphs)
        if not characters:
            original(stream, glyphs)
            return
        actual_text = pydyf.Dictionary({"ActualText": pydyf.String(characters)})
        stream.begin_marked_content("Span", actual_text)
        original(stream, glyphs)
        stream.end_marked_content()

    return show_text


def _boxed_characters(stream: Any, glyphs: str) -> str:
    """Return the characters that are shown as boxes; none in another font."""
    name, _ = stream._current_font  # noqa: SLF001 - there is no other way
    for font in stream._fonts.values():  # noqa: SLF001
        if font.hash == name and font.family == BOX_FAMILY:
            numbers = GLYPH_NUMBER.findall(glyphs)
            return "".join(font.to_unicode[int(number, 16)] for number in numbers)
    return ""


def page_references(original: property) -> property:
    """Return `PDF.page_references`, which builds the same list for each tag, once."""
    compute = original.fget
    assert compute is not None  # noqa: S101 - for mypy

    def references(pdf: Any) -> Any:
        count = len(pdf.pages["Kids"])
        known_count, known = pdf.__dict__.get("briefpress_references", (0, ()))
        if known_count != count:
            known = compute(pdf)
            pdf.briefpress_references = count, known
        return known

    return property(references)


def _complete(tag: Any, element: Element, pdf: Any) -> None:
    """Add id, scope and language to the tag of an element."""
    kind = tag["S"]
    if kind == "/Note":
        tag["ID"] = pydyf.String(_note_id(element, pdf))
    elif kind == "/TH" and "A" in tag:
        scope = element.get("scope", "")
        tag["A"]["Scope"] = SCOPES.get(scope, "/Column")
    elif kind == "/Link" and not element.get("href"):
        tag["S"] = "/Span"  # a link to a brief without a web address
    if lang := element.get("lang"):
        tag["Lang"] = pydyf.String(lang)


def _note_id(element: Element, pdf: Any) -> str:
    """Return the id of a fragment of a note: "note-3", then "note-3-2"."""
    counts = pdf.__dict__.setdefault("briefpress_note_fragments", {})
    count = counts.get(element, 0) + 1
    counts[element] = count
    name = element.get("id", "")
    return name if count == 1 else f"{name}-{count}"


def _wrap_item_content(item: Any, pdf: Any) -> None:
    """Put the content of a list item into `LBody` tags.

    An item may contain labels and bodies only (ISO 14289-1, 7.2). WeasyPrint makes a
    body for bare text, but not for paragraphs.
    """
    kids: list[Any] = []
    body: Any = None
    for reference in item["K"]:
        number, *_ = reference.split()
        kid = pdf.objects[int(number)]
        if kid["S"] in {"/Lbl", "/LBody"}:
            body = None
            kids.append(reference)
            continue
        if body is None:
            body = _new_body(item, pdf)
            kids.append(body.reference)
        body["K"].append(reference)
        kid["P"] = body.reference
    item["K"] = pydyf.Array(kids)


def _new_body(item: Any, pdf: Any) -> Any:
    """Return an empty `LBody` tag of a list item."""
    body = pydyf.Dictionary(
        {"Type": "/StructElem", "S": "/LBody", "K": pydyf.Array([]), "Pg": item["Pg"]}
    )
    body["P"] = item.reference
    pdf.add_object(body)
    return body
