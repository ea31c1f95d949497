"""What a proof shows besides its document: a report, and who reads what of it where.

The report is a part of the page in every edition: the problems by the numbers of their
marks, the lines of the file in which some of them are, and the list of notes.
"""

from __future__ import annotations

import datetime as dt
from copy import deepcopy
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

from briefpress.editions.inputs import BriefContext
from briefpress.editions.localisation import (
    date_in_words,
    fill_phrase,
    number_in_digits,
)
from briefpress.editions.marks import Mark, is_mark
from briefpress.editions.template_context import Medium, Words, base_context
from briefpress.model import Document
from briefpress.theme.model import Theme
from briefpress.theme.templates import render_template
from briefpress.xhtml import inner, is_call, remove_children, to_html

TEMPLATE = "proof.html.j2"
REPORT = "proof-report"  # the id of the report in the page


@dataclass(frozen=True, slots=True)
class Proof:
    """What a proof shows besides its document."""

    date: dt.date  # on which it is made
    pages: int = 0  # of the brief alone
    marks: tuple[Mark, ...] = ()
    listing: Element | None = None  # lines of the brief's file, with marks in them
    compared_with: str = ""  # the name of the earlier text


def with_report(
    page: str,
    theme: Theme,
    context: BriefContext,
    document: Document,
    proof: Proof,
    medium: Medium,
) -> str:
    """Return the HTML of a page with the report of a proof at its end."""
    words = theme.labels(context.brief.lang)
    data = report_data(context, document, proof, words, medium)
    report = render_template(theme, TEMPLATE, data)
    before, end, after = page.rpartition("</body>")
    return f"{before}{report}{end}{after}"


def report_data(
    context: BriefContext,
    document: Document,
    proof: Proof,
    words: Words,
    medium: Medium,
) -> dict[str, Any]:
    """Return what `proof.html.j2` receives."""
    lang = context.brief.lang
    date = date_in_words(proof.date, lang)
    listing = "" if proof.listing is None else to_html(proof.listing)
    compared = ""
    if proof.compared_with:
        compared = fill_phrase(words, "compared", proof.compared_with)
    return base_context(context.press, lang, words, context.links) | {
        "medium": medium,
        "proof": {
            "stamp": fill_phrase(words, "proof", date),
            "counts": _counts(document, proof, words, lang),
            "compared": compared,
            "problems": [_problem_data(mark) for mark in proof.marks],
            "listing": listing,
            "notes": [
                {"number": note.number, "label": note.label, "html": _text(note.body)}
                for note in document.notes
            ],
        },
    }


def _counts(
    document: Document, proof: Proof, words: Words, lang: str
) -> list[dict[str, str]]:
    """Return what is counted, each number with its name."""
    numbers = {
        "pages": proof.pages,
        "words": document.words,
        "notes": len(document.notes),
        "problems": len(proof.marks),
    }
    return [
        {"name": words.get(key, key), "number": number_in_digits(number, lang)}
        for key, number in numbers.items()
        if number or key != "pages"
    ]


def _problem_data(mark: Mark) -> dict[str, Any]:
    """Return a problem with its place in the brief's file."""
    problem = mark.problem
    return {
        "number": mark.number,
        "id": f"proof-problem-{mark.number}",
        "mark": mark.id if mark.is_placed else "",
        "severity": str(problem.severity),
        "code": problem.code,
        "message": problem.message,
        "fix": problem.fix,
        "place": str(problem.span or ""),
    }


def _text(note: Element) -> str:
    """Return the blocks of a note as HTML, without ids, calls and marks."""
    copy = deepcopy(note)
    for element in copy.iter():
        if not element.tag.startswith("{"):  # parts of a drawing refer to one another
            element.attrib.pop("id", None)
        left_out = [child for child in element if is_call(child) or is_mark(child)]
        remove_children(element, left_out)
    return inner(copy, to_html)
