"""A brief's text to a Document: the street that this package is.

    text ─scan→ lines ─marks→ text ─Markdown→ HTML ─sanitise→ tree
         ─blocks, figures, tables→ tree ─notes, ids, links→ Document

Parsing never fails. It returns what it could make and all that is wrong; there is no document only where a limit is
broken.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

from briefpress.document.abbreviations import set_abbreviations
from briefpress.document.blocks import put_code, set_quotes
from briefpress.document.classes import check_attributes
from briefpress.document.contents import figures_of, outline_of, words_in
from briefpress.document.desk import Desk
from briefpress.document.dialect import Markdown, dialect
from briefpress.document.figures import set_figures
from briefpress.document.files import Look
from briefpress.document.headings import demote_headings, set_headings
from briefpress.document.ids import Ids
from briefpress.document.languages import language
from briefpress.document.limits import LimitError, check_size
from briefpress.document.links import set_links
from briefpress.document.marks import Marks, calm, take_places
from briefpress.document.notes import Numbering, definitions, leave_links, place_calls
from briefpress.document.places import places_of
from briefpress.document.sanitise import clean
from briefpress.document.scan import fit, scan
from briefpress.document.script import Definition, Line
from briefpress.document.tables import set_tables
from briefpress.document.telling import told
from briefpress.document.typography import set_text, set_type
from briefpress.model import Brief, Document, Figure, Limits, Note, Places
from briefpress.problems import Problem, Span
from briefpress.xhtml import text_of


def parse_document(
    brief: Brief,
    look: Look,
    limits: Limits | None = None,
    slugs: Collection[str] | None = None,
) -> tuple[Document | None, Places, tuple[Problem, ...]]:
    """Return the brief as a Document, the places of its ids in the file, and what is wrong.

    `look` gives the bytes of a file of the project, or says why not: nothing here touches the disk. `slugs` are the
    briefs that may be linked to; without them such links are not checked.
    """
    limits = limits or Limits()
    size = len(brief.text.encode("utf-8", "replace"))
    if size > limits.brief_bytes:
        message = (
            f"the brief has {size:,} bytes, and {limits.brief_bytes:,} is the limit"
        )
        return None, {}, told([Problem("D06", message, Span(brief.file))], brief)
    script = scan(brief.file, brief.text, brief.line, limits.nesting)
    desk = Desk(brief, look, limits, language(brief.lang), script, Marks(script), slugs)
    desk.problems += script.problems
    try:
        document, places = _Parse(desk, dialect()).run()
    except LimitError:
        return None, {}, told(desk.problems, brief)
    return document, places, told(desk.problems, brief)


@dataclass(slots=True)
class _Parse:
    """One brief on its way to a Document."""

    desk: Desk
    md: Markdown

    def run(self) -> tuple[Document, Places]:
        """Return the document and the places of its ids."""
        desk, brief = self.desk, self.desk.brief
        check_size(desk)
        written = definitions(desk)
        body = self.tree(desk.script.flow)
        set_headings(body, desk)
        set_type(body, brief.lang)
        notes = Numbering(desk, written, self.note).run(body)
        figures = self.number(body, notes)
        summary = (
            self.phrases(brief.summary, "summary") if brief.summary.strip() else None
        )
        takeaways = tuple(self.phrases(text, "takeaways") for text in brief.takeaways)
        return Document(
            title=set_text(fit(brief.title), brief.lang),
            subtitle=set_text(fit(brief.subtitle), brief.lang),
            lang=brief.lang,
            body=body,
            summary=summary,
            takeaways=takeaways,
            outline=tuple(outline_of(body)),
            notes=notes,
            figures=figures,
            assets=tuple(sorted(desk.assets.values(), key=lambda asset: asset.src)),
            words=sum(
                words_in(tree) for tree in (body, *(note.body for note in notes))
            ),
        ), places_of(body, notes, written, desk)

    def tree(self, lines: Iterable[Line], *, note: bool = False) -> Element:
        """Return the tree that lines of Markdown make: everything but numbers, ids and links."""
        desk = self.desk
        root = self.cleaned(self.html(desk.marks.text(lines)))
        desk.root = root
        desk.places.update(take_places(root, desk.marks))
        check_attributes(root, desk)
        put_code(root, desk)
        place_calls(root, desk)
        leave_links(root)
        set_quotes(root, desk)
        set_figures(root, desk, lambda text: self.inline(text, None), numbered=not note)
        set_tables(root, desk, numbered=not note)
        set_abbreviations(root, desk.script.abbreviations)
        return root

    def note(self, definition: Definition) -> Element:
        """Return the body of a note."""
        body = self.tree(definition.lines, note=True)
        demote_headings(body, self.desk)
        set_type(body, self.desk.brief.lang)
        if not text_of(body) and next(body.iter("img"), None) is None:
            self.desk.error(
                "N07", f"note [^{definition.label}] says nothing", definition.span
            )
        return body

    def html(self, text: str) -> str:
        """Return what Markdown makes of a text."""
        try:
            return str(self.md.convert(text))
        except (
            RecursionError
        ):  # what `measure` could not foresee; the library has no limit of its own
            self.desk.error(
                "D05",
                "phrases stand too deep in one another",
                Span(self.desk.brief.file),
            )
            raise LimitError from None

    def cleaned(self, html: str, where: Span | None = None) -> Element:
        """Return the tree of what is allowed in HTML."""
        tree = clean(html, self.desk, where)
        if tree is None:
            raise LimitError
        return tree

    def inline(self, text: str, where: Span | None) -> Element:
        """Return an element that holds a line of Markdown: phrases, and no blocks, whatever it begins with."""
        root = Element("div")
        SubElement(root, "p").text = calm(" ".join(text.split()))
        for processor in self.md.treeprocessors:
            root = processor.run(root) or root
        html = self.md.serializer(root)
        for post in self.md.postprocessors:
            html = post.run(html)
        tree = self.cleaned(html, where or Span(self.desk.brief.file))
        take_places(tree, self.desk.marks)
        place_calls(tree, self.desk)
        leave_links(tree)
        line = tree[0][0] if len(tree) and len(tree[0]) else Element("p")
        line.tail = None
        return line

    def phrases(self, text: str, key: str) -> Element:
        """Return the `<div>` of a text of the front matter."""
        desk, where = self.desk, self.desk.field(key)
        if "[^" in text:
            desk.error(
                "N06", f"a note call in the {key}", where, "call the note from the text"
            )
        line = self.inline(fit(text), where)
        line.tag = "div"
        line.attrib.clear()
        for picture in list(line.iter("img")):
            desk.error("F10", f"a picture in the {key}", where, "set it in the text")
            picture.tag = "span"
            picture.attrib.clear()
        set_abbreviations(line, desk.script.abbreviations)
        set_type(line, desk.brief.lang)
        desk.root = line
        for element in line.iter():
            element.attrib.pop("id", None)
        set_links(line, desk, {})
        return line

    def number(self, body: Element, notes: tuple[Note, ...]) -> tuple[Figure, ...]:
        """Give ids and numbers, check links, and return the figures and tables."""
        ids = Ids(self.desk)
        trees = [(body, "b"), *((note.body, f"{note.id}-b") for note in notes)]
        for tree, _ in trees:
            self.desk.root = tree
            ids.check(tree)
        figures = tuple(figures_of(body, ids, self.desk))
        for tree, prefix in trees:
            ids.number(tree, prefix)
        targets = {**ids.taken, **{note.id: note.body for note in notes}}
        for tree, _ in trees:
            self.desk.root = tree
            set_links(tree, self.desk, targets)
        return figures
