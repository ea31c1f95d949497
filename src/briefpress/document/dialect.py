"""The dialect of Markdown for briefs: its extensions as one table, and its limits.

`docs/markup.md` is the same table for authors. The grammar is that of `block_rules` and
`inline_rules`. Quotations, callouts, figures and tables are made from the tree that
Markdown returns.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from xml.etree.ElementTree import Element, ElementTree

from markdown import Markdown
from markdown.blockparser import BlockParser
from markdown.extensions import Extension
from markdown.util import Registry
from markdown_it import MarkdownIt
from markdown_it.token import Token

from briefpress.document.block_rules import (
    ParsedText,
    add_block_rules,
    add_pandoc_rules,
    parse_blocks,
)
from briefpress.document.context import ParseContext, SourceText, scan_source
from briefpress.document.inline_rules import Grammar, add_inline_rules
from briefpress.document.token_tree import TreeBuilder
from briefpress.problems import Span

__all__ = [
    "ALERTS",
    "CALLOUTS",
    "OTHER_CALLOUTS",
    "OUR_CLASSES",
    "PULL_QUOTE",
    "LimitError",
    "Markdown",
    "MarkdownReader",
    "check_size",
    "make_markdown",
]

# What may follow `> [!`. `pull` makes a pull quote, the others a callout.
CALLOUTS = (
    "note",
    "definition",
    "case",
    "question",
    "recommendation",
    "warning",
    "method",
)
PULL_QUOTE = "pull"
# GitHub's alerts that we do not have, and the callouts that they become.
ALERTS = {"tip": "note", "important": "note", "caution": "warning"}
# Kinds of Obsidian, Docusaurus and MyST, and the callouts that they become. Their names
# are their titles.
_AS_NOTE = """abstract summary tldr info todo hint success check done failure fail
missing bug example quote cite details seealso admonition"""
_AS_WARNING = "danger error attention"
_AS_QUESTION = "help faq"
OTHER_CALLOUTS = {
    **dict.fromkeys(_AS_NOTE.split(), "note"),
    **dict.fromkeys(_AS_WARNING.split(), "warning"),
    **dict.fromkeys(_AS_QUESTION.split(), "question"),
}

# Classes that we set. The classes of authors are for the theme.
_CLASSES_IN_FIGURES = """call label headline measure source picture data download scroll
unshown unshown-words unshown-address undescribed
figure table plain callout callout-title number left center right"""
OUR_CLASSES = frozenset((*_CLASSES_IN_FIGURES.split(), PULL_QUOTE, *CALLOUTS))

# Limits that keep Markdown from taking minutes.
MAX_PARAGRAPH = 20_000  # characters: some patterns take time by their square
MAX_PIECES = 30_000  # lines, table cells and tags, each of at least 0.1 ms
MAX_NESTING = 150  # levels of blocks that markdown-it reads; `check_size` has our limit
MAX_PHRASES = 60  # levels of phrases
# Characters between brackets and their ends, in all: Markdown looks for each end anew.
MAX_BRACKET_REACH = 3_000_000
_BRACKET = re.compile(r"[\[\]]|(?<=\])\(")
_NESTED = frozenset(("blockquote_open", "list_item_open", "div_open"))


class LimitError(Exception):
    """The brief exceeds a limit. The problem has been added before."""


class CommonMark(Extension):
    """The blocks and phrases of CommonMark and GitHub, and our own."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - the library's name
        """Replace the grammar of the library, and what only that grammar needs."""
        md.parser = _GrammarParser(md)
        md.preprocessors = Registry()
        md.inlinePatterns = Registry()
        md.treeprocessors = Registry()


class _GrammarParser(BlockParser):
    """Builds the tree from the tokens of markdown-it."""

    def parseDocument(self, lines: Iterable[str]) -> ElementTree:  # noqa: N802 - the library's name
        """Return the tree of a text, notes left out."""
        source = scan_source("", "\n".join(lines), first_line=1)
        grammar = make_grammar()
        parsed = parse_blocks(grammar, source.text)
        builder = TreeBuilder(self.md, grammar, source, parsed)
        return ElementTree(builder.build(parsed.tokens))


# The extensions, in the order in which Markdown registers them. They are classes, not
# names: a name would be looked up among the entry points of every installed package.
EXTENSIONS: tuple[Callable[[], Extension], ...] = (CommonMark,)


def make_markdown() -> Markdown:
    """Return a Markdown parser for one brief: it keeps the raw HTML of the brief."""
    extensions = [make_extension() for make_extension in EXTENSIONS]
    return Markdown(extensions=extensions, output_format="html")


@cache
def make_grammar() -> MarkdownIt:
    """Return the grammar of blocks and phrases."""
    options = {
        "html": True,
        "maxNesting": MAX_NESTING,
        "strikethrough_single_tilde": True,
    }
    grammar = Grammar("commonmark", options)
    grammar.enable(["table", "strikethrough"])
    add_block_rules(grammar)
    add_inline_rules(grammar)
    add_pandoc_rules(grammar)
    return grammar


class MarkdownReader:
    """Reads one brief: its text once, its blocks when they are needed."""

    def __init__(self, source: SourceText) -> None:
        """Read the blocks of a text."""
        self.markdown = make_markdown()
        grammar = make_grammar()
        self.parsed: ParsedText = parse_blocks(grammar, source.text)
        self.builder = TreeBuilder(self.markdown, grammar, source, self.parsed)

    def html_of(self, tokens: Iterable[Token]) -> str:
        """Return the HTML of the tokens of some blocks."""
        return self.serialise(self.builder.build(tokens))

    def html_of_phrases(self, text: str, line: int = 0, column: int = 1) -> str:
        """Return the HTML of a line of text, as a paragraph."""
        root = Element("div")
        root.append(self.builder.build_phrases(text, line, column))
        return self.serialise(root)

    def serialise(self, root: Element) -> str:
        """Return the content of a tree as HTML, with the raw HTML of the brief."""
        html = "".join([root.text or "", *map(self.markdown.serializer, root)])
        for postprocessor in self.markdown.postprocessors:
            html = postprocessor.run(html)
        return html.strip()


def check_size(reader: MarkdownReader, context: ParseContext) -> None:
    """Refuse a brief that would take too long. Raises `LimitError`."""
    parsed = reader.parsed
    tokens = [parsed.tokens, *(note.tokens for note in parsed.notes)]
    pieces = len(parsed.abbreviations)
    pieces += sum(_count_pieces(each) for each in tokens)
    if pieces > MAX_PIECES:
        message = (
            f"the brief has {pieces:,} lines, cells and tags, and the limit is"
            f" {MAX_PIECES:,}"
        )
        fix = "divide it into several briefs"
        context.error("D06", message, context.file_span(), fix=fix)
        raise LimitError
    reach = 0
    for each in tokens:
        _check_nesting(each, context)
        for token in each:
            reach += _check_paragraph(token, MAX_BRACKET_REACH - reach, context)


def _check_nesting(tokens: Sequence[Token], context: ParseContext) -> None:
    """Refuse lists and quotations that are nested too deep. Raises `LimitError`."""
    limit = context.limits.nesting
    depth = 0
    for token in tokens:
        if token.type in _NESTED:
            depth += 1
        elif token.nesting < 0 and token.type.replace("_close", "_open") in _NESTED:
            depth -= 1
        if depth > limit:
            message = (
                f"lists and quotations are nested {depth} deep, and the limit is"
                f" {limit}"
            )
            context.error("D05", message, _span_of(token, context))
            raise LimitError


def _span_of(token: Token, context: ParseContext) -> Span:
    """Return the span of the line in which a block begins."""
    line = token.map[0] if token.map else 0
    return context.source.span(context.source.first_line + line)


def _check_paragraph(token: Token, max_reach: int, context: ParseContext) -> int:
    """Return the reach of a paragraph's brackets. Raises `LimitError`."""
    if token.type not in ("inline", "html_block"):
        return 0
    text = token.content
    pieces = text.split("<") if token.type == "html_block" else [text]
    if not text.startswith("<!--") and max(map(len, pieces)) > MAX_PARAGRAPH:
        message = f"the paragraph has more than {MAX_PARAGRAPH:,} characters"
        span = _span_of(token, context)
        context.error("D06", message, span, fix="divide it with blank lines")
        raise LimitError
    reach = _bracket_reach(text)
    if reach > max_reach:
        message = "too many brackets are never closed"
        fix = r"write `\[` for a bracket that is text"
        context.error("D06", message, _span_of(token, context), fix=fix)
        raise LimitError
    return reach


def _count_pieces(tokens: Iterable[Token]) -> int:
    """Return the number of lines, table cells and tags."""
    count = 0
    for token in tokens:
        if token.type in ("inline", "html_block"):
            count += 1 + token.content.count("\n") + token.content.count("<")
    return count


def _bracket_reach(text: str) -> int:
    """Return the distances from opening brackets to their ends, added up.

    A bracket that is never closed reaches to the end of the text.
    """
    if "[" not in text:
        return 0
    open_brackets: list[int] = []
    reach = 0
    for match in _BRACKET.finditer(text):
        if match[0] == "[":
            open_brackets.append(match.start())
        elif match[0] == "]":
            reach += match.start() - open_brackets.pop() if open_brackets else 0
        else:
            end = text.find(")", match.end())
            reach += (end if end >= 0 else len(text)) - match.start()
    return reach + sum(len(text) - start for start in open_brackets)
