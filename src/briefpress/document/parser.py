"""A brief's text to a Document: the street that this package is.

    text ─scan→ lines ─marks→ text ─Markdown→ HTML ─sanitise→ tree
         ─blocks, figures, tables→ tree ─notes, ids, links→ Document

Parsing never fails. It returns what it could make and all that is wrong; there is no document only where a limit is
broken.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

from briefpress.document.blocks import insert_code, make_callouts
from briefpress.document.context import ParseContext, publishable_problems
from briefpress.document.dialect import LimitError, Markdown, check_size, dialect
from briefpress.document.figures import make_figures, make_tables
from briefpress.document.files import ReadFile
from briefpress.document.headings import (
    IdRegistry,
    demote_headings,
    figures_of,
    normalise_headings,
    outline_of,
    words_in,
)
from briefpress.document.links import resolve_links
from briefpress.document.notes import (
    NoteNumbering,
    insert_calls,
    move_calls_out_of_links,
    unique_definitions,
)
from briefpress.document.positions import PositionMarks, escape_stray_lt, take_positions
from briefpress.document.sanitise import check_attributes, sanitise
from briefpress.document.scanner import (
    NoteDefinition,
    SourceLine,
    scan_source,
    strip_unprintable,
)
from briefpress.document.typography import (
    language,
    mark_abbreviations,
    smarten_text,
    smarten_tree,
)
from briefpress.model import (
    Brief,
    Document,
    Figure,
    Limits,
    Note,
    ParsedDocument,
    Places,
)
from briefpress.problems import Problem, Span
from briefpress.xhtml import parents_of, text_of


def parse_document(
    brief: Brief,
    read_file: ReadFile,
    limits: Limits | None = None,
    slugs: Collection[str] | None = None,
) -> ParsedDocument:
    """Return the brief as a Document, the positions of its ids, and its problems.

    `read_file` returns the bytes of a file of the project, or why it cannot be read:
    nothing here touches the disk. `slugs` are the briefs that can be linked to; without
    them such links are not checked.
    """
    limits = limits or Limits()
    size = len(brief.text.encode("utf-8", "replace"))
    if size > limits.brief_bytes:
        limit = limits.brief_bytes
        message = f"the brief has {size:,} bytes, and {limit:,} is the limit"
        problem = Problem("D06", message, Span(brief.file))
        return ParsedDocument(None, {}, publishable_problems([problem], brief))
    source = scan_source(brief.file, brief.text, brief.line, limits.nesting)
    context = ParseContext(
        brief,
        read_file,
        limits,
        language(brief.lang),
        source,
        PositionMarks(source),
        slugs,
    )
    context.problems += source.problems
    try:
        document, positions = _Parse(context, dialect()).run()
    except LimitError:
        return ParsedDocument(None, {}, publishable_problems(context.problems, brief))
    problems = publishable_problems(context.problems, brief)
    return ParsedDocument(document, positions, problems)


@dataclass(slots=True)
class _Parse:
    """One brief on its way to a Document."""

    context: ParseContext
    md: Markdown

    def run(self) -> tuple[Document, Places]:
        """Return the document and the places of its ids."""
        context, brief = self.context, self.context.brief
        check_size(context)
        written = unique_definitions(context)
        body = self.tree(context.source.flow)
        normalise_headings(body, context)
        smarten_tree(body, brief.lang)
        notes = NoteNumbering(context, written, self.note).run(body)
        figures = self.number(body, notes)
        summary = (
            self.phrases(brief.summary, "summary") if brief.summary.strip() else None
        )
        takeaways = tuple(self.phrases(text, "takeaways") for text in brief.takeaways)
        return Document(
            title=smarten_text(strip_unprintable(brief.title), brief.lang),
            subtitle=smarten_text(strip_unprintable(brief.subtitle), brief.lang),
            lang=brief.lang,
            body=body,
            summary=summary,
            takeaways=takeaways,
            outline=tuple(outline_of(body)),
            notes=notes,
            figures=figures,
            assets=tuple(sorted(context.assets.values(), key=lambda asset: asset.src)),
            words=sum(
                words_in(tree) for tree in (body, *(note.body for note in notes))
            ),
        ), positions_of(body, notes, written, context)

    def tree(self, lines: Iterable[SourceLine], *, note: bool = False) -> Element:
        """Return the tree that lines of Markdown make: everything but numbers, ids and links."""
        context = self.context
        root = self.cleaned(self.html(context.marks.text(lines)))
        context.root = root
        context.places.update(take_positions(root, context.marks))
        check_attributes(root, context)
        insert_code(root, context)
        insert_calls(root, context)
        move_calls_out_of_links(root)
        make_callouts(root, context)
        make_figures(
            root, context, lambda text: self.inline(text, None), numbered=not note
        )
        make_tables(root, context, numbered=not note)
        mark_abbreviations(root, context.source.abbreviations)
        return root

    def note(self, definition: NoteDefinition) -> Element:
        """Return the body of a note."""
        body = self.tree(definition.lines, note=True)
        demote_headings(body, self.context)
        smarten_tree(body, self.context.brief.lang)
        if not text_of(body) and next(body.iter("img"), None) is None:
            self.context.error(
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
            self.context.error(
                "D05",
                "phrases stand too deep in one another",
                Span(self.context.brief.file),
            )
            raise LimitError from None

    def cleaned(self, html: str, where: Span | None = None) -> Element:
        """Return the tree of what is allowed in HTML."""
        tree = sanitise(html, self.context, where)
        if tree is None:
            raise LimitError
        return tree

    def inline(self, text: str, where: Span | None) -> Element:
        """Return an element that holds a line of Markdown: phrases, and no blocks, whatever it begins with."""
        root = Element("div")
        SubElement(root, "p").text = escape_stray_lt(" ".join(text.split()))
        for processor in self.md.treeprocessors:
            root = processor.run(root) or root
        html = self.md.serializer(root)
        for post in self.md.postprocessors:
            html = post.run(html)
        tree = self.cleaned(html, where or Span(self.context.brief.file))
        take_positions(tree, self.context.marks)
        insert_calls(tree, self.context)
        move_calls_out_of_links(tree)
        line = tree[0][0] if len(tree) and len(tree[0]) else Element("p")
        line.tail = None
        return line

    def phrases(self, text: str, key: str) -> Element:
        """Return the `<div>` of a text of the front matter."""
        context, where = self.context, self.context.field(key)
        if "[^" in text:
            context.error(
                "N06", f"a note call in the {key}", where, "call the note from the text"
            )
        line = self.inline(strip_unprintable(text), where)
        line.tag = "div"
        line.attrib.clear()
        for picture in list(line.iter("img")):
            context.error("F10", f"a picture in the {key}", where, "set it in the text")
            picture.tag = "span"
            picture.attrib.clear()
        mark_abbreviations(line, context.source.abbreviations)
        smarten_tree(line, context.brief.lang)
        context.root = line
        for element in line.iter():
            element.attrib.pop("id", None)
        resolve_links(line, context, {})
        return line

    def number(self, body: Element, notes: tuple[Note, ...]) -> tuple[Figure, ...]:
        """Give ids and numbers, check links, and return the figures and tables."""
        ids = IdRegistry(self.context)
        trees = [(body, "b"), *((note.body, f"{note.id}-b") for note in notes)]
        for tree, _ in trees:
            self.context.root = tree
            ids.check(tree)
        figures = tuple(figures_of(body, ids, self.context))
        for tree, prefix in trees:
            ids.number(tree, prefix)
        targets = {**ids.taken, **{note.id: note.body for note in notes}}
        for tree, _ in trees:
            self.context.root = tree
            resolve_links(tree, self.context, targets)
        return figures


_WHOLE = frozenset(("tr", "figure"))  # what stands in these is found where they begin


def positions_of(
    body: Element,
    notes: Sequence[Note],
    written: Mapping[str, NoteDefinition],
    context: ParseContext,
) -> Places:
    """Return the places of all ids. An id whose line is not sure is left out."""
    places = {
        note.id: (written[note.label].span.line, written[note.label].span.column)
        for note in notes
    }
    for tree in (body, *(note.body for note in notes)):
        places.update(_in_tree(tree, context))
    return places


def _in_tree(
    root: Element, context: ParseContext
) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield the ids of one tree with their places: their own, or else their first descendant's, or their row's."""
    order, parents = list(root.iter()), parents_of(root)
    found: dict[Element, tuple[int, int]] = {}
    for element in reversed(order):
        place = context.places.get(element) or next(
            (found[child] for child in element if child in found), None
        )
        if place is not None and place[0]:
            found[element] = place
    for element in order:
        above: Element | None = element
        while above is not None and above not in found:
            above = parents.get(above)
            above = _whole(above, parents)
        if above is not None and element.get("id"):
            yield element.get("id", ""), found[above]


def _whole(
    element: Element | None, parents: Mapping[Element, Element]
) -> Element | None:
    """Return the nearest element, from this one up, whose place is good for all that stands in it."""
    while element is not None and element.tag not in _WHOLE:
        element = parents.get(element)
    return element
