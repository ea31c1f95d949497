"""A brief's text to a Document: the order of the stages of this package.

    text → context: lines → block_rules, inline_rules: tokens → token_tree: HTML
         → sanitise: tree → blocks, figures, tables: tree
         → headings, notes, links, typography: Document

Parsing does not fail. It returns the Document of a brief with errors too, and what is
wrong. Only if a limit is exceeded is there no Document.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from markdown_it.token import Token

from briefpress.document.blocks import make_callouts
from briefpress.document.context import (
    ParseContext,
    Position,
    ProblemList,
    scan_source,
    strip_unprintable,
)
from briefpress.document.dialect import LimitError, MarkdownReader, check_size
from briefpress.document.figures import (
    make_figures,
    make_html_figures,
    make_tables,
    unlink_pictures,
)
from briefpress.document.files import LinkableBriefs, ReadFile
from briefpress.document.foreign_markup import (
    report_foreign_markup,
    report_foreign_markup_in_line,
)
from briefpress.document.headings import (
    IdRegistry,
    check_headers_of_cells,
    count_words,
    demote_headings,
    heading_words,
    normalise_headings,
    number_figures,
    outline_of,
    remove_repeated_title,
)
from briefpress.document.links import (
    isolate_addresses,
    isolate_left_to_right,
    link_emails,
    resolve_links,
)
from briefpress.document.notes import (
    NoteDefinition,
    NoteNumbering,
    insert_calls,
    move_calls_out_of_links,
    unique_definitions,
)
from briefpress.document.sanitise import (
    check_attributes,
    repair_content,
    sanitise,
    take_positions,
)
from briefpress.document.typography import (
    language_of,
    mark_abbreviations,
    smarten_text,
    smarten_tree,
)
from briefpress.languages import text_direction
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

# Everything in these is found at the position where they begin.
_POSITION_HOLDERS = frozenset(("tr", "figure"))


def parse_document(
    brief: Brief,
    read_file: ReadFile,
    limits: Limits | None = None,
    linkable: Mapping[str, str] | None = None,
    site: str = "",
    remarks: Mapping[str, str] | None = None,
) -> ParsedDocument:
    """Return the brief as a Document, the positions of its ids, and its problems.

    `read_file` returns the bytes of a file of the project, or why it cannot be read:
    nothing here touches the disk. `linkable` are the files of the briefs that can be
    linked to, with their slugs; without it links to briefs are not checked. `site` is
    the address of the press on the web, where addresses such as `/about/` begin.
    `remarks` says what links to a brief must be warned of, by slug.
    """
    limits = limits or Limits()
    problems = ProblemList(brief.file)
    size = len(brief.text.encode("utf-8", "replace"))
    if size > limits.brief_bytes:
        limit = limits.brief_bytes
        message = f"the brief has {size:,} bytes, and the limit is {limit:,}"
        problems.add(Problem("D06", message, Span(brief.file)))
        return ParsedDocument(None, {}, problems.of_brief(brief.slug))
    source = scan_source(brief.file, brief.text, brief.line)
    for problem in source.problems:
        problems.add(problem)
    reader = MarkdownReader(source)
    context = ParseContext(
        brief,
        read_file,
        limits,
        language_of(brief.lang),
        source,
        reader.builder.calls,
        reader.builder.last_lines,
        problems,
        LinkableBriefs.from_files(linkable, site, remarks)
        if linkable is not None
        else None,
    )
    try:
        document, positions = _Parser(context, reader).parse()
    except LimitError:
        return ParsedDocument(None, {}, problems.of_brief(brief.slug))
    return ParsedDocument(document, positions, problems.of_brief(brief.slug))


@dataclass(slots=True)
class _Parser:
    """Parses one brief."""

    context: ParseContext
    reader: MarkdownReader

    @property
    def is_right_to_left(self) -> bool:
        """Whether the language of the brief is read from right to left."""
        return text_direction(self.context.brief.lang) == "rtl"

    def parse(self) -> tuple[Document, Places]:
        """Return the document and the positions of its ids. Raises `LimitError`."""
        context = self.context
        brief = context.brief
        parsed = self.reader.parsed
        check_size(self.reader, context)
        definitions = unique_definitions(parsed.notes, context)
        body = self.parse_blocks(parsed.tokens, numbered=True)
        remove_repeated_title(body, context)
        headings = heading_words(body)
        normalise_headings(body, context)
        smarten_tree(body, brief.lang)
        inline_notes = self.reader.builder.inline_notes
        numbering = NoteNumbering(context, definitions, inline_notes, self.parse_note)
        notes = numbering.run(body)
        self.report_unclosed()
        figures = self.give_ids(body, notes, headings)
        summary = None
        if brief.summary.strip():
            summary = self.parse_front_matter_text(brief.summary, "summary")
        takeaways = [
            self.parse_front_matter_text(text, "takeaways") for text in brief.takeaways
        ]
        document = Document(
            title=_plain_text(brief.title, brief.lang),
            subtitle=_plain_text(brief.subtitle, brief.lang),
            lang=brief.lang,
            body=body,
            summary=summary,
            takeaways=tuple(takeaways),
            outline=tuple(outline_of(body)),
            notes=notes,
            figures=figures,
            assets=tuple(context.assets[src] for src in sorted(context.assets)),
            words=count_words(body) + sum(count_words(note.body) for note in notes),
        )
        spans = [numbering.spans[note.label] for note in notes]
        return document, _positions_of_ids(body, notes, spans, context)

    def parse_blocks(self, tokens: Iterable[Token], *, numbered: bool) -> Element:
        """Return the tree of blocks of Markdown, without numbers, ids and links.

        `numbered` is whether its figures and tables get numbers.
        """
        context = self.context
        root = self.sanitised(self.html_of(tokens))
        context.enter_tree(root)
        context.positions.update(take_positions(root))
        check_attributes(root, context)
        repair_content(root, context)
        insert_calls(root, context)
        link_emails(root)
        move_calls_out_of_links(root)
        make_callouts(root, context)
        make_html_figures(root)
        make_figures(root, context, self.parse_inline, numbered=numbered)
        make_tables(root, context, numbered=numbered)
        report_foreign_markup(root, context)
        mark_abbreviations(root, self.reader.parsed.abbreviations)
        if self.is_right_to_left:
            isolate_addresses(root)
        return root

    def parse_note(self, definition: NoteDefinition) -> Element:
        """Return the body of a note."""
        context = self.context
        body = self.parse_blocks(definition.tokens, numbered=False)
        demote_headings(body, context)
        smarten_tree(body, context.brief.lang)
        if self.is_right_to_left:
            for paragraph in body.iter("p"):
                isolate_left_to_right(paragraph)
        if not text_of(body) and next(body.iter("img"), None) is None:
            written = "^[]" if definition.is_inline else f"[^{definition.label}]"
            message = f"note {written} has no text"
            context.error("N07", message, definition.span)
        return body

    def parse_inline(self, text: str, where: Span) -> Element:
        """Return an element with the inline content of a line of Markdown."""
        context = self.context
        words = " ".join(text.split())
        html = self.reader.html_of_phrases(words, where.line, where.column)
        tree = self.sanitised(html, where)
        take_positions(tree)
        insert_calls(tree, context)
        unlink_pictures(tree, context)
        move_calls_out_of_links(tree)
        line = tree[0] if len(tree) else Element("p")
        line.tail = None
        return line

    def parse_front_matter_text(self, text: str, key: str) -> Element:
        """Return the `<div>` of a text of the front matter."""
        context = self.context
        span = context.front_matter_span(key)
        if "[^" in text:
            message = f"there is a note call in the {key}"
            context.error("N06", message, span, fix="call the note from the text")
        line = self.parse_inline(strip_unprintable(text), span)
        line.tag = "div"
        line.attrib.clear()
        for picture in list(line.iter("img")):
            message = f"there is a picture in the {key}, and it is left out"
            context.warn("F10", message, span, fix="put it into the text")
            picture.tag = "span"
            picture.attrib.clear()
        report_foreign_markup_in_line(line, text, span, context)
        mark_abbreviations(line, self.reader.parsed.abbreviations)
        smarten_tree(line, context.brief.lang)
        context.enter_tree(line)
        for element in line.iter():
            element.attrib.pop("id", None)
        resolve_links(line, context, IdRegistry(context))
        return line

    def html_of(self, tokens: Iterable[Token]) -> str:
        """Return the HTML of some blocks."""
        try:
            return self.reader.html_of(tokens)
        except RecursionError:  # markdown-it has no limit of its own for brackets
            message = "phrases are nested too deep"
            self.context.error("D05", message, self.context.file_span())
            raise LimitError from None

    def report_unclosed(self) -> None:
        """Report code and comments that have no end."""
        for markup, span in self.reader.builder.unclosed:
            if markup == "<!--":
                message, fix = "the comment is never closed", "close it with `-->`"
                self.context.error("D02", message, span, fix=fix)
            else:
                fix = f"close it with `{markup}`"
                message = "the code is never closed, and ends with the text"
                self.context.warn("D03", message, span, fix=fix)

    def sanitised(self, html: str, where: Span | None = None) -> Element:
        """Return the tree of what is allowed in HTML."""
        tree = sanitise(html, self.context, where)
        if tree is None:
            raise LimitError
        return tree

    def give_ids(
        self,
        body: Element,
        notes: Sequence[Note],
        headings: Iterable[tuple[Element, str]],
    ) -> tuple[Figure, ...]:
        """Give ids and numbers, resolve links, and return the figures and tables.

        `headings` are those of the body with the words that the author typed.
        """
        context = self.context
        ids = IdRegistry(context)
        trees = [body, *(note.body for note in notes)]
        for tree in trees:
            context.enter_tree(tree)
            ids.register(tree)
        figures = tuple(number_figures(body, ids, context))
        ids.give_ids(body, "b")
        for note in notes:
            ids.give_ids(note.body, f"{note.id}-b")
        ids.register_names(headings)
        ids.register_title(context.brief.title)
        for note in notes:
            ids.elements[note.id] = note.body
        for tree in trees:
            context.enter_tree(tree)
            check_headers_of_cells(tree, context)
            resolve_links(tree, context, ids)
        return figures


def _plain_text(text: str, lang: str) -> str:
    """Return a line of the front matter that has no markup."""
    return smarten_text(strip_unprintable(text), lang)


def _positions_of_ids(
    body: Element,
    notes: Sequence[Note],
    spans: Sequence[Span],
    context: ParseContext,
) -> Places:
    """Return the positions of all ids. An id whose line is not certain is left out."""
    positions: dict[str, Position] = {}
    for note, span in zip(notes, spans, strict=True):
        positions[note.id] = span.line, span.column
    for tree in (body, *(note.body for note in notes)):
        positions.update(_positions_in_tree(tree, context))
    return positions


def _positions_in_tree(
    root: Element, context: ParseContext
) -> Iterator[tuple[str, Position]]:
    """Yield the ids of a tree with their positions.

    An element without a position has that of its first child with one, or else that of
    its row or figure.
    """
    elements = list(root.iter())
    parents = parents_of(root)
    positions: dict[Element, Position] = {}
    for element in reversed(elements):
        position = context.positions.get(element)
        if position is None:
            inner = (positions[child] for child in element if child in positions)
            position = next(inner, None)
        if position is not None:
            positions[element] = position
    for element in elements:
        name = element.get("id")
        holder: Element | None = element
        while name and holder is not None:
            if holder in positions:
                yield name, positions[holder]
                break
            holder = _position_holder(parents.get(holder), parents)


def _position_holder(
    element: Element | None, parents: Mapping[Element, Element]
) -> Element | None:
    """Return the nearest row or figure, from this element upwards."""
    while element is not None and element.tag not in _POSITION_HOLDERS:
        element = parents.get(element)
    return element
