"""A Document as bytes, and back: canonical JSON, with trees as XHTML. Nothing is unpickled."""

from __future__ import annotations

import json
from typing import Any
from xml.etree.ElementTree import Element

from briefpress.model import Asset, Document, Figure, Heading, Note
from briefpress.xhtml import parse_xhtml, to_xhtml

FORM = 1  # raise it when the shape changes


def dump(document: Document) -> bytes:
    """Return the document as JSON: keys sorted, no spaces, UTF-8."""
    data = {
        "form": FORM,
        "title": document.title,
        "subtitle": document.subtitle,
        "lang": document.lang,
        "body": to_xhtml(document.body),
        "summary": _text(document.summary),
        "takeaways": [to_xhtml(element) for element in document.takeaways],
        "outline": [
            [heading.level, heading.id, heading.text] for heading in document.outline
        ],
        "notes": [
            [note.label, note.number, to_xhtml(note.body), list(note.calls)]
            for note in document.notes
        ],
        "figures": [
            [figure.kind, figure.number, figure.id, figure.title]
            for figure in document.figures
        ],
        "assets": [[asset.src, asset.path, asset.media] for asset in document.assets],
        "words": document.words,
    }
    return json.dumps(
        data, ensure_ascii=False, sort_keys=True, separators=(",", ":")
    ).encode()


def load(data: bytes) -> Document:
    """Return the document that `dump` wrote. Raises `ValueError` on any other form."""
    found: dict[str, Any] = json.loads(data)
    if found.get("form") != FORM:
        raise ValueError("a document of another form")
    return Document(
        title=found["title"],
        subtitle=found["subtitle"],
        lang=found["lang"],
        body=parse_xhtml(found["body"]),
        summary=parse_xhtml(found["summary"]) if found["summary"] else None,
        takeaways=tuple(parse_xhtml(text) for text in found["takeaways"]),
        outline=tuple(Heading(*heading) for heading in found["outline"]),
        notes=tuple(
            Note(label, number, parse_xhtml(body), tuple(calls))
            for label, number, body, calls in found["notes"]
        ),
        figures=tuple(Figure(*figure) for figure in found["figures"]),
        assets=tuple(Asset(*asset) for asset in found["assets"]),
        words=found["words"],
    )


def _text(element: Element | None) -> str:
    """Return the tree's XHTML, or nothing."""
    return "" if element is None else to_xhtml(element)
