"""What the PDF tells a screen reader of notes, header cells and languages, beyond WeasyPrint's own tags.

A call is `Reference > Link`, a note `Note` with its number as `Lbl`, each with the id that it has in every edition; a
header cell says whether it heads a row or a column; a passage in another language says which; a link leads somewhere.
Running heads, folios and the sign that a note goes on are artifacts: who listens has turned no page.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from contextlib import AbstractContextManager
from functools import partial, partialmethod
from typing import Any

from weasyprint.formatting_structure import boxes
from weasyprint.pdf import stream, tags

from briefpress.editions.pdf.weasyprint.footnote_layout import walk
from briefpress.editions.pdf.weasyprint.patches import bound

pydyf = tags.pydyf  # the writer that WeasyPrint brings

NAMES = {"fn-call": "Reference", "fn-note": "Note", "fn-mark": "Lbl"}
SIGN = "fn-sign"
SCOPES = {"row": "/Row", "rowgroup": "/Row", "col": "/Column", "colgroup": "/Column"}


def tagged(pages: Iterable[Any]) -> AbstractContextManager[None]:
    """Let WeasyPrint write our tags while the PDF of these pages is made, and count its pages once."""
    apart = frozenset(box for page in pages for box in _apart(page._page_box))  # noqa: SLF001 - no other way there
    references = pydyf.PDF.page_references.fget
    return bound(
        {
            (tags, "_get_pdf_tag"): partial(_name, tags._get_pdf_tag),  # noqa: SLF001
            (tags, "_build_box_tree"): partial(_tree, tags._build_box_tree, apart, {}),  # noqa: SLF001
            (pydyf.PDF, "page_references"): property(partial(_references, references)),
            (stream.Stream, "marked"): partialmethod(
                _marked, stream.Stream.marked, apart
            ),
        }
    )


def _apart(page: Any) -> Iterator[Any]:
    """Yield the boxes of a page that are no part of its text: running heads, folios, the sign of a note that goes on.

    WeasyPrint numbers what stands in heads as if it were text, and has no tag for it. A link must have one.
    """
    for box in walk(page):
        if isinstance(box, boxes.MarginBox):
            within = list(walk(box))
            if not any(each.link_annotation for each in within):
                yield from within
        elif box.element is not None and box.element.tag == SIGN:
            yield box


def _name(original: Any, tag: str | None) -> str:
    """Return the PDF's name of an element."""
    return NAMES.get(tag or "") or str(original(tag))


def _tree(
    original: Any, apart: Container[Any], seen: dict[Any, int], box: Any, *args: Any
) -> Iterator[Any]:
    """Yield the tags of a box, with what they lack."""
    if box in apart:
        return
    for tag in original(box, *args):
        source = box.element
        if source is not None and "::" not in box.element_tag:
            _complete(tag, source, seen)
        if tag["S"] == "/LI":
            _embody(tag, args[1])
        yield tag


def _marked(self: Any, original: Any, apart: Container[Any], box: Any, tag: str) -> Any:
    """Return the context in which the contents of a box are drawn."""
    return self.artifact() if box in apart else original(self, box, tag)


def _embody(item: Any, pdf: Any) -> None:
    """Put what stands loose in a list item into bodies: an item holds labels and bodies only (ISO 14289-1, 7.2).

    WeasyPrint makes a body of an item's bare text, and of its paragraphs nothing.
    """
    kids: list[Any] = []
    body: Any = None
    for reference in item["K"]:
        kid = pdf.objects[int(reference.split()[0])]
        if kid["S"] in {"/Lbl", "/LBody"}:
            body = None
            kids.append(reference)
            continue
        if body is None:
            body = pydyf.Dictionary(
                {
                    "Type": "/StructElem",
                    "S": "/LBody",
                    "K": pydyf.Array([]),
                    "Pg": item["Pg"],
                }
            )
            body["P"] = item.reference
            pdf.add_object(body)
            kids.append(body.reference)
        body["K"].append(reference)
        kid["P"] = body.reference
    item["K"] = pydyf.Array(kids)


def _complete(tag: Any, source: Any, seen: dict[Any, int]) -> None:
    """Add id, scope and language to a tag."""
    kind = tag["S"]
    if kind == "/Note":
        seen[source] = seen.get(source, 0) + 1
        part = f"-{seen[source]}" if seen[source] > 1 else ""
        tag["ID"] = pydyf.String(source.get("id") + part)
    elif kind == "/TH" and "A" in tag:
        tag["A"]["Scope"] = SCOPES.get(source.get("scope", ""), "/Column")
    elif kind == "/Link" and not source.get("href"):
        tag["S"] = "/Span"  # what it would lead to has no address
    if lang := source.get("lang"):
        tag["Lang"] = pydyf.String(lang)


def _references(original: Any, pdf: Any) -> Any:
    """Return the references to the pages. WeasyPrint asks for each tag; pydyf builds the list anew each time."""
    count = len(pdf.pages["Kids"])
    kept = getattr(pdf, "_kept_references", (0, ()))
    if kept[0] != count:
        pdf._kept_references = kept = (count, original(pdf))  # noqa: SLF001
    return kept[1]
