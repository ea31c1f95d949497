"""A brief's page for the `weasyprint` command: our theme's HTML and CSS as two files.

Each note follows its call, and `float: footnote` moves it to the foot of the page.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from pathlib import Path
from xml.etree.ElementTree import Element

from briefpress.document.files import project_reader
from briefpress.document.parser import parse_document
from briefpress.editions.inputs import BriefContext
from briefpress.editions.template_context import BODY_SLOT, brief_context
from briefpress.manuscript.briefs import read_manuscript
from briefpress.model import Document
from briefpress.press import read_press
from briefpress.theme.folder import theme_folders
from briefpress.theme.model import Theme
from briefpress.theme.read import read_theme
from briefpress.theme.styles import css_for
from briefpress.theme.templates import render_template
from briefpress.xhtml import inner

FLOAT = """
.fn { float: footnote }
::footnote-call, ::footnote-marker { content: none }
"""


def write_page(project: Path, slug: str, folder: Path) -> None:
    """Write a brief's `page.html` and `page.css`, with pictures and fonts, to a folder."""
    press, _ = read_press(project)
    brief = next(
        brief for brief in read_manuscript(project, press)[0] if brief.slug == slug
    )
    parsed = parse_document(
        brief,
        project_reader(project, press.limits.picture_bytes),
        press.limits,
        {brief.file: slug},
    )
    document = parsed.document
    if document is None:
        raise ValueError(slug)
    theme, _ = read_theme(brief.theme or press.theme, theme_folders(project))
    words = theme.labels(brief.lang)
    links = {"css": "", "root": "", "pdf": "", "epub": "", "html": ""}
    context = brief_context(
        BriefContext(press, brief, links=links), document, words, medium="print"
    )
    page = render_template(theme, "print.html.j2", context)
    if BODY_SLOT not in page:
        raise ValueError(page)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "page.html").write_text(
        page.replace(BODY_SLOT, f'<div class="body">{_body(document)}</div>'), "utf-8"
    )
    write_css(theme, folder)
    for asset in document.assets:
        (folder / asset.src).write_bytes((project / asset.path).read_bytes())


def write_css(theme: Theme, folder: Path) -> None:
    """Write a theme's style sheet for print, and its fonts, for another program."""
    faces = []
    folder.mkdir(parents=True, exist_ok=True)
    for face in theme.fonts:
        (folder / f"{face.digest}.ttf").write_bytes(face.data())
        faces.append(
            f'@font-face {{ font-family: "{face.family}"; font-weight: {face.weight}; font-style: {face.style}; '
            f'src: url("{face.digest}.ttf") }}\n'
        )
    (folder / "page.css").write_text(
        "".join(faces) + css_for(theme, "print") + FLOAT, "utf-8"
    )


def _body(document: Document) -> str:
    """Return the body as HTML, with each note after its first call."""
    body = copy.deepcopy(document.body)
    notes = {note.calls[0]: note.body for note in document.notes if note.calls}
    _insert_notes(body, notes)
    return inner(body)


def _insert_notes(parent: Element, notes: dict[str, Element]) -> None:
    """Insert each note after its call, as a span: a paragraph cannot contain another."""
    for child in list(parent):
        _insert_notes(child, notes)
        note = notes.get(child.get("id", "")) if child.get("class") == "call" else None
        if note is not None:
            span = Element(
                "span", {"class": "fn", "id": child.get("href", "#").removeprefix("#")}
            )
            span.text = f"{child.text} "
            _move_content(note, span)
            span.tail, child.tail = child.tail, None
            parent.insert(list(parent).index(child) + 1, span)


def _move_content(note: Iterable[Element], span: Element) -> None:
    """Move the content of a note's paragraphs into a span."""
    for block in note:
        if len(span):
            span[-1].tail = (span[-1].tail or "") + (block.text or "")
        else:
            span.text = (span.text or "") + (block.text or "")
        span.extend(list(block))
