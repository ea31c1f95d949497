"""The same briefs by WeasyPrint as it comes: what the mends are measured against, in words lost and in seconds."""

from __future__ import annotations

import copy
from typing import Any
from xml.etree.ElementTree import Element

import weasyprint
from press_room import FONTS, PAGE

from briefpress.editions.pdf.fonts import font_assets, font_face_rules, weights_in
from briefpress.editions.pdf.print_tree import PrintTree
from briefpress.editions.pdf.weasyprint import no_system_fonts
from briefpress.editions.pdf.weasyprint.pages import BASE_URL, AssetFetcher, parse_page
from briefpress.model import Document

FLOAT = ".fn{float:footnote}.fn::footnote-call,.fn::footnote-marker{content:none}"


def plain(document: Document, css: str) -> Any:
    """Return the pages of a document with `float: footnote`, without our patches."""
    body = copy.deepcopy(document.body)
    notes = {note.calls[0]: note.body for note in document.notes}
    _place(body, notes)
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


def _place(parent: Element, notes: dict[str, Element]) -> None:
    """Put each note behind its call, as one run of text: that is all that plain footnotes are good for."""
    for index in range(len(parent) - 1, -1, -1):
        call = parent[index]
        _place(call, notes)
        if call.get("id") in notes:
            note = Element("span", {"class": "fn"})
            note.text = " ".join("".join(notes[call.get("id", "")].itertext()).split())
            note.tail, call.tail = call.tail, None
            parent.insert(index + 1, note)
