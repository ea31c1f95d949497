"""Faults of the pages as an editor reads them: which note, what is wrong with it, and what may help."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urljoin
from xml.etree.ElementTree import Element

from briefpress.editions.pdf.fetcher import BASE
from briefpress.editions.pdf.guard import Fault
from briefpress.editions.pdf.setting import Setting
from briefpress.model import Document
from briefpress.problems import Problem

SAID = {
    "lost": ("P01", "is lost: no page shows it"),
    "missing": ("P01", "is not whole: words of it are on no page"),
    "twice": ("P01", "is printed twice, or not in one piece"),
    "clipped": ("P03", "is cut off by the edge of its place"),
    "overlap": ("P03", "lies over other text"),
    "before": ("P02", "stands on page {page}, before its call"),
    "late": ("P02", "begins on page {page}, after the page of its call"),
    "order": ("P02", "is out of order on page {page}"),
}


def refusals(
    faults: Sequence[Fault], setting: Setting, document: Document
) -> tuple[Problem, ...]:
    """Return an error for each note or block that no layout could set right."""
    labels = {note.id: note.label for note in document.notes}
    parents = {child: parent for parent in setting.body.iter() for child in parent}
    found: dict[tuple[str, str], Problem] = {}
    for fault in faults:
        code, said = SAID[fault.kind]
        about = _id(fault.element, parents)
        if fault.note:
            what, fix = (
                f'note "{labels.get(about, about)}" ',
                "call it from a plain paragraph, or call fewer notes there",
            )
        else:
            code = "P04" if code == "P01" else code
            what, fix = (
                "text ",
                "set this passage more plainly, or give the theme's box more room",
            )
        found.setdefault(
            (code, about),
            Problem(code, what + said.format(page=fault.page), about=about, fix=fix),
        )
    return tuple(found.values())


def unplanned(error: BaseException, setting: Setting) -> tuple[Problem, ...]:
    """Return the error of a layout that asked for a file which is not part of the brief."""
    asked = str(error)
    shown = [
        each
        for each in setting.body.iter("img")
        if urljoin(BASE, each.get("src", "")) in asked
    ]
    about = next(
        (
            _id(
                each,
                {child: parent for parent in setting.body.iter() for child in parent},
            )
            for each in shown
        ),
        "",
    )
    return (
        Problem(
            "P06", asked, about=about, fix="name a file of the brief or of the theme"
        ),
    )


def _id(element: Element | None, parents: dict[Element, Element]) -> str:
    """Return the nearest id: of the element, or of what holds it."""
    while element is not None and not element.get("id"):
        element = parents.get(element)
    return "" if element is None else element.get("id", "")
