"""The same documents with WeasyPrint's own `float: footnote`, to compare with ours."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element

import weasyprint
from rendering import FONTS, PAGE

from briefpress.editions.pdf.print_tree import PrintTree
from briefpress.editions.pdf.weasyprint import no_system_fonts
from briefpress.editions.pdf.weasyprint.pages import (
    BASE_URL,
    AssetFetcher,
    font_assets,
    font_face_rules,
    parse_page,
    weights_in,
)
from briefpress.model import Document

FLOAT = (
    ".fn{float:footnote}"
    ".fn::footnote-call,.fn::footnote-marker{content:none}"
)  # fmt: skip


def float_footnotes(document: Document, css: str) -> Any:
    """Return WeasyPrint's pages of a document, without our patches."""
    body = copy.deepcopy(document.body)
    _insert_notes(body, {note.calls[0]: note.body for note in document.notes})
    tree = PrintTree(body, Element("div"), Element("div"), {}, frozenset(), body)
    page = parse_page(PAGE, tree, {}, "en")
    with no_system_fonts():
        configuration = weasyprint.text.fonts.FontConfiguration()
    weights = weights_in(css)
    sheet = weasyprint.CSS(
        string=font_face_rules(FONTS, weights) + css + FLOAT,
        base_url=BASE_URL,
        url_fetcher=AssetFetcher(font_assets(FONTS, weights)),
        font_config=configuration,
    )
    return page.render(font_config=configuration, stylesheets=[sheet])


def _insert_notes(parent: Element, notes: Mapping[str, Element]) -> None:
    """Put each note behind its call as plain text: `float` allows nothing else."""
    for index in range(len(parent) - 1, -1, -1):
        call = parent[index]
        _insert_notes(call, notes)
        body = notes.get(call.get("id", ""))
        if body is not None:
            note = Element("span", {"class": "fn"})
            note.text = " ".join("".join(body.itertext()).split())
            note.tail, call.tail = call.tail, None
            parent.insert(index + 1, note)
