"""The tokens of markdown-it to a tree of elements, each with its place in the brief.

An element's place is its attribute `data-at`, which survives serialising and cleaning.
A note call is `<wbr data-call="3">`. Authors cannot write these attributes.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from xml.etree.ElementTree import Element, SubElement

from markdown import Markdown
from markdown.extensions.attr_list import get_attrs_and_remainder, sanitize_name
from markdown.util import AMP_SUBSTITUTE
from markdown_it import MarkdownIt
from markdown_it.common.utils import unescapeAll
from markdown_it.token import Token

from briefpress.document.block_rules import NoteTokens, ParsedText
from briefpress.document.context import Call, SourceText
from briefpress.document.inline_rules import ATTRIBUTES, FOREIGN_CODE
from briefpress.problems import Span
from briefpress.xhtml import BLOCK_ELEMENTS, VOID_ELEMENTS

AT = "data-at"
CALL = "data-call"
OUR_ATTRIBUTES = frozenset((AT, CALL))

# HTML elements of which the words directly inside are read as Markdown.
LIVE_ELEMENTS = frozenset(
    "figure figcaption details summary div aside td th section center".split()  # noqa: SIM905 - shorter than a list
)
# Elements that are removed with their content, which is code and not text. HTML parsers
# take everything up to the end tag; without one, the tag is printed as typed.
REMOVED_WITH_CONTENT = frozenset(
    "script style svg math iframe object template noscript textarea select title xmp"  # noqa: SIM905 - likewise
    " noembed noframes plaintext video audio canvas".split()
)
_NOT_LIVE = frozenset(("pre", "code", "kbd", "samp", "var", *REMOVED_WITH_CONTENT))
_HTML_BLOCKS = BLOCK_ELEMENTS | {"center", "fieldset", "form", "iframe", "legend"}

_ATTRIBUTE_VALUE = r"""
    \s* = \s*
    (?: "[^"]*" | '[^']*' | [^\s"'<>=`]+ )
"""
_TAG = rf"""
    < (?P<end>/?) (?P<name>[A-Za-z][A-Za-z0-9-]*)
    (?P<rest>
        (?: \s+ [^\s"'<>=/]+ (?:{_ATTRIBUTE_VALUE})? )*
        \s* /?
    )
    >
"""
_HTML = rf"""
    <!-- .*? -->
    | <[!?] [^<>]* >
    | {_TAG}
"""
_HTML_PIECE = re.compile(_HTML, re.DOTALL | re.VERBOSE)
_AUTHORS_OWN = re.compile(
    rf"""
    \s (?:{AT}|{CALL}) (?= [\s=/>] | \Z )
    (?:{_ATTRIBUTE_VALUE})?
    """,
    re.IGNORECASE | re.VERBOSE,
)
_PIECE_START = re.compile(rf"{FOREIGN_CODE.pattern}|<", re.DOTALL)
_RAW_PIECE = re.compile(
    rf"""
    \[\^ (?P<label>[^\[\]\n]{{1,200}}) \]
    | < (?P<address> https?://[^\s<>]+ ) >
    | {_HTML}
    """,
    re.DOTALL | re.VERBOSE,
)
_LANGUAGE = re.compile(r"[\w#+-][\w#+.-]*")
# An id of Google Docs: `#heading=h.x1y2`. The library would read a key and its value.
_ID_WITH_EQUALS = re.compile(r"""(?<!\S)[#]([^\s"']*=[^\s"']*)""")
_LIST_AT_END = re.compile(rf"\n[ \t]*({ATTRIBUTES})[ \t]*\Z")
_LIST_AFTER_SPACE = re.compile(rf"[ \t]+(?:#+[ \t]+)?({ATTRIBUTES})[ \t]*\Z")
_CAPTION = re.compile(r"(?:Table)?:[ ]+[^\n]*\Z")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_ONE_LINE = frozenset((*_HEADINGS, "dt", "td", "th"))
_TASK = re.compile(r"\[([ xX])\](?:[ \t]+(?=\S)|[ \t]*\Z)")
_CHECKED = "\N{BALLOT BOX WITH CHECK}"
BALLOTS = {" ": "\N{BALLOT BOX}", "x": _CHECKED, "X": _CHECKED}


@dataclass(slots=True)
class TreeBuilder:
    """Builds trees from the tokens of one text."""

    markdown: Markdown
    grammar: MarkdownIt
    source: SourceText
    parsed: ParsedText
    calls: list[Call] = field(default_factory=list)
    inline_notes: dict[str, NoteTokens] = field(default_factory=dict)  # by label
    last_lines: dict[int, int] = field(default_factory=dict)  # of a block, by its lines
    # The marks of code and comments that have no end.
    unclosed: list[tuple[str, Span]] = field(default_factory=list)
    begins_item: bool = False  # whether the next block is the first of a list item
    next_attributes: str = ""  # of the next block
    _last_ends: dict[str, int] = field(default_factory=dict)  # lines, by name of a tag
    _text_alone: str = ""  # a line that is read by itself, such as the summary

    def build(self, tokens: Iterable[Token]) -> Element:
        """Return a `<div>` with the elements of a list of tokens."""
        root = Element("div")
        stack = [root]
        for token in tokens:
            parent = stack[-1]
            if token.hidden:
                continue
            if token.nesting > 0:
                element = self.open_block(token, parent)
                stack.append(element)
            elif token.nesting < 0:
                self.close_block(stack.pop())
            elif token.type == "inline":
                self.add_text_block(token, parent)
            else:
                self.add_leaf(token, parent)
        return root

    def build_phrases(self, text: str, line: int, column: int) -> Element:
        """Return a `<p>` with the phrases of a line, which is after a position."""
        paragraph = Element("p")
        locator = _Locator(self.source, line, [text], column)
        first = len(self.calls)
        self._text_alone = text.lower()
        self.add_phrases(self.phrases_of(text), paragraph, locator)
        self._text_alone = ""
        place = f"{line}:{column}"
        for index in range(first, len(self.calls)):
            call = self.calls[index]
            line, column = self.find_near(place, call.markup)
            self.calls[index] = replace(call, line=line, column=column)
            place = f"{line}:{column + 1}"
        return paragraph

    def phrases_of(self, text: str) -> list[Token]:
        """Return the tokens of the phrases of a text."""
        tokens: list[Token] = []
        self.grammar.inline.parse(text, self.grammar, self.parsed.env, tokens)
        return tokens

    def open_block(self, token: Token, parent: Element) -> Element:
        """Add the element of a token that opens a block."""
        attributes = {name: str(value) for name, value in token.attrs.items()}
        element = SubElement(parent, token.tag, attributes)
        element.tail = "\n"
        _set_attributes(element, token.meta.get("attributes", ""))
        _set_attributes(element, self.next_attributes)
        self.next_attributes = ""
        if element.get("start") == "1":
            del element.attrib["start"]
        if token.tag != "p":
            self.begins_item = token.tag == "li"
        return element

    def add_attributes(self, token: Token, parent: Element) -> None:
        """Give a line of attributes to the block before it, or to the next one."""
        if token.meta["of_next"] or not len(parent):
            self.next_attributes = token.content
        else:
            _set_attributes(parent[-1], token.content)

    def close_block(self, element: Element) -> None:
        """End a block."""
        if element.tag == "dd":
            _unwrap_only_paragraph(element)
        if element.text or not len(element):
            return
        first = element[0]
        if first.tag in BLOCK_ELEMENTS:
            element.text = "\n"

    def add_text_block(self, token: Token, parent: Element) -> None:
        """Add the phrases of a block, and its attributes."""
        text, attributes = _split_attributes(token.content, parent.tag)
        task = _TASK.match(text) if self.begins_item else None
        self.begins_item = False
        self.note_lines(token)
        first_line = self.first_line_of(token)
        column = token.meta.get("column", 0)
        locator = _Locator(self.source, first_line, text.split("\n"), column)
        if text and AT not in parent.attrib:
            parent.set(AT, locator.place(0))
        if task:  # spaces for the box keep the places of what follows
            box_length = task.end()
            text = " " * box_length + text[box_length:]
        self.add_phrases(self.phrases_of(text), parent, locator)
        if task:
            ballot = BALLOTS[task[1]]
            words = (parent.text or "").lstrip()
            parent.text = f"{ballot} {words}" if text.strip() else ballot
        for written in attributes:
            _set_attributes(parent, written)

    def first_line_of(self, token: Token) -> int:
        """Return the number of the line in which a block begins."""
        index = token.map[0] if token.map else 0
        return self.source.first_line + index

    def note_lines(self, token: Token) -> None:
        """Remember the last line of a block, for each of its lines."""
        if not token.map:
            return
        begin, end = token.map
        first_line = self.source.first_line
        last_line = first_line + end - 1
        for index in range(begin, end):
            self.last_lines[first_line + index] = last_line

    def add_leaf(self, token: Token, parent: Element) -> None:
        """Add a block without phrases: code, a rule, or raw HTML."""
        if token.type == "hr":
            rule = SubElement(parent, "hr")
            rule.tail = "\n"
            return
        if token.type == "attributes":
            self.add_attributes(token, parent)
            return
        self.note_lines(token)
        first_line = self.first_line_of(token)
        if token.type == "html_block":
            self.add_html_block(token.content, first_line, parent)
        else:
            self.add_code(token, first_line, parent)

    def add_code(self, token: Token, line: int, parent: Element) -> None:
        """Add a block of code."""
        content = token.content
        pre = SubElement(parent, "pre")
        code = SubElement(pre, "code")
        pre.tail = "\n"
        row = self.source.row(line)
        indent = len(row) - len(row.lstrip(" \t>"))
        pre.set(AT, f"{line}:{indent + 1}")
        if token.type == "fence":
            language = _LANGUAGE.search(unescapeAll(token.info))
            if language:
                name = language[0].lower()
                code.set("class", f"language-{name}")
            if not _has_closing_fence(token):
                self.report_unclosed(token.markup, line)
            content = content.removesuffix("\n")
        code.text = _protected(content)

    def report_unclosed(self, mark: str, line: int) -> None:
        """Remember a mark in a line that has no end."""
        row = self.source.row(line)
        column = row.find(mark) + 1
        span = self.source.span(line, column, len(mark))
        self.unclosed.append((mark, span))

    def add_phrases(
        self,
        tokens: Iterable[Token],
        parent: Element,
        locator: _Locator,
        *,
        is_block: bool = True,
    ) -> None:
        """Add the elements of the tokens of phrases.

        If they are all of a block, the raw HTML in it ends with it; a link always does.
        """
        stack = [parent]
        open_tags: list[str] = []
        for token in tokens:
            element = stack[-1]
            if token.type == "html_inline":
                _follow_tag(token.content, open_tags)
            if token.nesting > 0:
                opened = _open_phrase(token, element, locator)
                stack.append(opened)
            elif token.nesting < 0:
                stack.pop()
            else:
                self.add_phrase(token, element, locator)
        # HTML parsers would open an element without an end again in every later block.
        for name in reversed(open_tags):
            if is_block or name == "a":
                self.add_html(f"</{name}>", parent)

    def add_phrase(self, token: Token, parent: Element, locator: _Locator) -> None:
        """Add words, a break, code or attributes."""
        if "at" in token.meta:
            place = locator.place(token.meta["at"])
            self.add_object(token, parent, place)
            return
        match token.type:
            case "text" | "text_special":
                _append_text(parent, _protected(token.content))
            case "softbreak":
                _append_text(parent, "\n")
            case "hardbreak":
                line_break = SubElement(parent, "br")
                line_break.tail = "\n"
            case "code_inline":
                code = SubElement(parent, "code")
                code.text = _protected(token.content)
            case "html_text":
                escaped = token.content.replace("<", "&lt;")
                self.add_html(escaped, parent)
            case "attributes":
                _add_phrase_attributes(token.content, parent)

    def add_object(self, token: Token, parent: Element, place: str) -> None:
        """Add what has a place of its own: a picture, a call or a tag."""
        if token.type == "image":
            self.add_picture(token, parent, place)
        elif token.type == "html_inline":
            self.add_inline_tag(token.content, parent, place)
        else:
            self.add_call(token, parent, place)

    def add_picture(self, token: Token, parent: Element, place: str) -> None:
        """Add a picture. Its alternative text is the words of its brackets."""
        picture = SubElement(parent, "img")
        source = str(token.attrs.get("src", ""))
        picture.set("src", _protected(source))
        words = token.children or ()
        picture.set("alt", _protected(_words(words)))
        if "title" in token.attrs:
            title = str(token.attrs["title"])
            picture.set("title", _protected(title))
        picture.set(AT, place)
        for call in _calls_in(words):
            line, column = self.find_near(place, call.markup)
            number = self.number_call(call.content, call.markup, line, column)
            picture.set(CALL, number)

    def find_near(self, place: str, token: str) -> tuple[int, int]:
        """Return the position of a token that follows a place, or the place."""
        line, column = _position(place)
        row = self.source.row(line)
        index = row.find(token, column - 1)
        if index < 0:
            return line, column
        return line, index + 1

    def add_call(self, token: Token, parent: Element, place: str) -> None:
        """Add a note call. An inline note gets a label that no other note has."""
        line, column = _position(place)
        label = token.content
        if token.type == "inline_note":
            label = f"{len(self.inline_notes) + 1} (inline)"
            index = line - self.source.first_line
            tokens = _inline_note_tokens(token.content, index)
            note = NoteTokens(label, index, column, "^[", tokens)
            self.inline_notes[label] = note
        number = self.number_call(label, token.markup, line, column)
        SubElement(parent, "wbr", {CALL: number})

    def number_call(self, label: str, markup: str, line: int, column: int) -> str:
        """Remember a note call, and return its number."""
        number = len(self.calls)
        call = Call(label, markup, line, column)
        self.calls.append(call)
        return str(number)

    def add_inline_tag(self, tag: str, parent: Element, place: str) -> None:
        """Add a tag of raw HTML that stands in a line of text."""
        match = _HTML_PIECE.fullmatch(tag)
        if match is None or not match["name"]:
            return  # a comment or an instruction
        line, _ = _position(place)
        if self.swallows_text(match, line):
            _append_text(parent, _protected(tag))
            return
        html = _with_place(match, place)
        self.add_html(html, parent)

    def add_html(self, html: str, parent: Element) -> None:
        """Add raw HTML, which Markdown's stash keeps until the end."""
        placeholder = self.markdown.htmlStash.store(html)
        _append_text(parent, placeholder)

    def swallows_text(self, tag: re.Match[str], line: int) -> bool:
        """Return whether a tag would take the rest of the brief as its content."""
        name = tag["name"].lower()
        if tag["end"] or name not in REMOVED_WITH_CONTENT:
            return False
        if tag["rest"].endswith("/"):
            return False
        if self._text_alone:
            return f"</{name}" not in self._text_alone
        if name not in self._last_ends:
            self._last_ends[name] = self.last_line_with(f"</{name}")
        return self._last_ends[name] < line

    def last_line_with(self, end_tag: str) -> int:
        """Return the number of the last line with an end tag; -1 without one."""
        last = -1
        for line, text in enumerate(self.source.lines, self.source.first_line):
            if end_tag in text.lower():
                last = line
        return last

    def add_html_block(self, html: str, line: int, parent: Element) -> None:
        """Add a block of raw HTML, with the Markdown that is directly in its elements."""
        is_comment = html.lstrip().startswith("<!--")
        if is_comment and "-->" not in html:
            self.report_unclosed("<!--", line)
            return
        stash = self.markdown.htmlStash
        before = stash.html_counter
        block = _HtmlBlock(self, parent, line)
        block.add(html.removesuffix("\n"))
        if stash.html_counter > before:
            _append_text(parent, "\n")


@dataclass(slots=True)
class _Locator:
    """Finds the place in the brief of a character of a block's text."""

    source: SourceText
    first_line: int
    lines: list[str]
    column: int = 0  # of the first character, if it is known
    starts: list[int] = field(default_factory=list)

    def place(self, index: int) -> str:
        """Return "line:column" of a character."""
        if not self.starts:
            self._find_starts()
        number = _last_at_or_before(self.starts, index)
        line = self.first_line + number
        inner = index - self.starts[number]
        if number == 0 and self.column:
            return f"{line}:{self.column + inner}"
        text = self.lines[number]
        indent = len(text) - len(text.lstrip())
        row = self.source.row(line)
        row_start = _find_line(row, text.strip())
        row_index = max(row_start + inner - indent, 0)
        row_index = min(row_index, len(row))
        return f"{line}:{row_index + 1}"

    def _find_starts(self) -> None:
        """Find at which index each line begins."""
        start = 0
        for text in self.lines:
            self.starts.append(start)
            start += len(text) + 1


class _HtmlBlock:
    """A block of raw HTML: its tags pass, the words in some elements are Markdown."""

    def __init__(self, builder: TreeBuilder, parent: Element, line: int) -> None:
        self.builder = builder
        self.parent = parent
        self.line = line
        self.open_names: list[str] = []
        self.words = ""  # words and tags of phrases that wait
        self.words_line = line

    def add(self, html: str) -> None:
        """Add the tags and the words of the block."""
        index = 0
        for match in _pieces_of(html):
            self.add_words(html[index : match.start()])
            self.add_piece(match, html)
            self.line += match[0].count("\n")
            index = match.end()
        self.add_words(html[index:])
        self.end_words()

    def add_piece(self, match: re.Match[str], html: str) -> None:
        """Add a tag, or leave out a comment."""
        if match.re is FOREIGN_CODE:
            self.words += match[0]
            return
        if not match["name"]:
            return
        name = match["name"].lower()
        if self.builder.swallows_text(match, self.line):
            self.add_words(f"&lt;{match[0][1:]}")
            self.line -= match[0].count("\n")  # the caller counts them too
        elif name in _HTML_BLOCKS or name in _NOT_LIVE:
            self.end_words()
            place = self.place_of(match, html)
            tag = _with_place(match, place)
            self.builder.add_html(tag, self.parent)
            _follow_element(match, self.open_names)
        else:
            self.words += match[0]

    def add_words(self, text: str) -> None:
        """Add words to those that wait."""
        if not self.words:
            self.words_line = self.line
        self.words += text
        self.line += text.count("\n")

    def end_words(self) -> None:
        """Add the words that wait: as Markdown, or as they are."""
        text = self.words
        self.words = ""
        if not text.strip():
            if text and len(self.parent):
                self.builder.add_html(text, self.parent)
            return
        tokens = self.tokens_of(text)
        locator = _Locator(self.builder.source, self.words_line, text.split("\n"))
        parent = self.parent
        if not self.open_names and _is_balanced(tokens):
            begin = len(text) - len(text.lstrip())
            place = locator.place(begin)
            parent = SubElement(self.parent, "p", {AT: place})
        self.builder.add_phrases(tokens, parent, locator, is_block=False)

    def tokens_of(self, text: str) -> list[Token]:
        """Return the tokens of words, as the elements around them allow."""
        is_code = not _NOT_LIVE.isdisjoint(self.open_names)
        if is_code:
            return [_html_text(text)]
        if self.open_names and self.open_names[-1] in LIVE_ELEMENTS:
            return self.builder.phrases_of(text)
        return list(_raw_tokens(text))

    def place_of(self, match: re.Match[str], html: str) -> str:
        """Return the place of a tag."""
        tag_start = match.start()
        line_start = html.rfind("\n", 0, tag_start) + 1
        text, _, _ = html[line_start:].partition("\n")
        row = self.builder.source.row(self.line)
        column = _find_line(row, text) + tag_start - line_start + 1
        return f"{self.line}:{column}"


def _position(place: str) -> tuple[int, int]:
    """Return the line and the column of a place."""
    line, _, column = place.partition(":")
    return int(line), int(column)


def _unwrap_only_paragraph(element: Element) -> None:
    """Put the phrases of a paragraph that is all of the element into the element."""
    if len(element) != 1 or element[0].tag != "p":
        return
    paragraph = element[0]
    if (element.text or "").strip() or (paragraph.tail or "").strip():
        return  # raw HTML
    element.attrib.update(paragraph.attrib)
    element.text = paragraph.text
    element[:] = list(paragraph)


def _has_closing_fence(token: Token) -> bool:
    """Return whether a block of code has both of its fences."""
    first, end = token.map or (0, 0)
    lines_of_code = token.content.count("\n")
    return end - first - lines_of_code >= 2


def _open_phrase(token: Token, parent: Element, locator: _Locator) -> Element:
    """Add the element of a token that opens a phrase, and return it."""
    attributes = {}
    for name, value in token.attrs.items():
        attributes[name] = _protected(str(value))
    element = SubElement(parent, token.tag, attributes)
    if "at" in token.meta:
        place = locator.place(token.meta["at"])
        element.set(AT, place)
    return element


def _add_phrase_attributes(written: str, parent: Element) -> None:
    """Set the attributes of the phrase before them; without one they are words."""
    last = parent[-1] if len(parent) else None
    if last is None or last.tail or last.tag == "wbr":
        _append_text(parent, _protected(written))
    else:
        _set_attributes(last, written)


def _inline_note_tokens(text: str, line: int) -> list[Token]:
    """Return the tokens of a paragraph with the text of an inline note."""
    words = Token("inline", "", 0)
    words.content = text
    words.map = [line, line + 1]
    return [
        Token("paragraph_open", "p", 1),
        words,
        Token("paragraph_close", "p", -1),
    ]


def _pieces_of(html: str) -> Iterator[re.Match[str]]:
    """Yield the tags, comments and foreign code of HTML, in order."""
    index = 0
    while True:
        start = _PIECE_START.search(html, index)
        if start is None:
            return
        index = start.end()
        is_tag = start[0] == "<"
        pattern = _HTML_PIECE if is_tag else FOREIGN_CODE
        match = pattern.match(html, start.start())
        if match is None:
            continue
        yield match
        index = match.end()


def _raw_tokens(text: str) -> Iterator[Token]:
    """Yield words of raw HTML as tokens: only calls and tags are read in them."""
    index = 0
    for match in _RAW_PIECE.finditer(text):
        before = text[index : match.start()]
        yield _html_text(before)
        index = match.end()
        address = match["address"]
        if address:
            yield Token("link_open", "a", 1, attrs={"href": address})
            yield Token("text", "", 0, content=address)
            yield Token("link_close", "a", -1)
            continue
        if match["label"]:
            label = match["label"].strip()
            token = Token("call", "wbr", 0, content=label, markup=match[0])
        else:
            token = Token("html_inline", "", 0, content=match[0])
        token.meta["at"] = match.start()
        yield token
    yield _html_text(text[index:])


def _html_text(text: str) -> Token:
    """Return the token of words of raw HTML."""
    return Token("html_text", "", 0, content=text)


def _follow_tag(tag: str, open_tags: list[str]) -> None:
    """Add the name of a tag to those that are open, or remove it."""
    match = _HTML_PIECE.fullmatch(tag)
    if match and match["name"]:
        _follow_element(match, open_tags)


def _follow_element(tag: re.Match[str], open_names: list[str]) -> None:
    """Add the name of an element to those that are open, or remove it at its end."""
    name = tag["name"].lower()
    if not tag["end"]:
        if not _is_closed(tag):
            open_names.append(name)
        return
    if name in open_names:
        while open_names.pop() != name:
            pass


def _is_balanced(tokens: Iterable[Token]) -> bool:
    """Return whether each tag among phrases of raw HTML has its end there."""
    open_tags: list[str] = []
    for token in tokens:
        if token.type != "html_inline":
            continue
        before = len(open_tags)
        _follow_tag(token.content, open_tags)
        if token.content.startswith("</") and len(open_tags) == before:
            return False
    return not open_tags


def _is_closed(tag: re.Match[str]) -> bool:
    """Return whether an element ends with its first tag."""
    name = tag["name"].lower()
    return name in VOID_ELEMENTS or tag["rest"].endswith("/")


def _words(tokens: Iterable[Token]) -> str:
    """Return the words of phrases without their markup, as for an `alt`."""
    pieces = []
    for token in tokens:
        if token.children:
            inner = _words(token.children)
            pieces.append(inner)
        elif token.type in ("softbreak", "hardbreak"):
            pieces.append(" ")
        elif token.type in ("text", "text_special", "code_inline"):
            pieces.append(token.content)
    return "".join(pieces)


def _calls_in(tokens: Iterable[Token]) -> Iterator[Token]:
    """Yield the note calls among tokens."""
    for token in tokens:
        if token.type == "call":
            yield token


def _split_attributes(text: str, tag: str) -> tuple[str, list[str]]:
    """Return the text of a block, and the lists of attributes at its end.

    A block of kramdown may end with its own list, and those of the blocks around it.
    """
    attributes: list[str] = []
    if not text.endswith("}"):
        return text, attributes
    is_one_line = tag in _ONE_LINE or bool(_CAPTION.match(text))
    if is_one_line:
        match = _LIST_AFTER_SPACE.search(text)
        return (text[: match.start()].rstrip(), [match[1]]) if match else (text, [])
    while text.endswith("}"):
        line_end = max(text.rfind("\n", 0, text.rfind("{") + 1), 0)
        match = _LIST_AT_END.search(text, line_end)
        if match is None:
            break
        text = text[: match.start()].rstrip()
        attributes.append(match[1])
    return text, attributes


def _set_attributes(element: Element, written: str) -> None:
    """Set the attributes of a list such as `{: #water .wide lang=fr }`."""
    if not written:
        return
    inside = written[1:-1].removeprefix(":")
    inside = _ID_WITH_EQUALS.sub(r'id="\1"', inside)
    pairs, _ = get_attrs_and_remainder(inside)
    for key, value in pairs:
        name = sanitize_name(key)
        if name.lower() in OUR_ATTRIBUTES or not name:
            continue
        if key == ".":
            old_classes = element.get("class", "")
            classes = f"{old_classes} {value}".strip()
            element.set("class", _protected(classes))
        else:
            element.set(name, _protected(value or ""))


def _with_place(tag: re.Match[str], place: str) -> str:
    """Return a tag of raw HTML with its place, and without our own attributes."""
    if tag["end"]:
        return tag[0]
    name = tag["name"]
    rest = _AUTHORS_OWN.sub("", tag["rest"]).replace("<", "&lt;")
    if rest.endswith("/") and name.lower() not in VOID_ELEMENTS:
        return f'<{name} {AT}="{place}"{rest[:-1]}></{name}>'
    return f'<{name} {AT}="{place}"{rest}>'


def _protected(text: str) -> str:
    """Return text in which no `&` begins a character reference."""
    if "&" not in text:
        return text
    return text.replace("&", f"{AMP_SUBSTITUTE}amp;")


def _append_text(parent: Element, text: str) -> None:
    """Append text to the content of an element."""
    if len(parent):
        last = parent[-1]
        last.tail = (last.tail or "") + text
    else:
        parent.text = (parent.text or "") + text


def _last_at_or_before(starts: list[int], index: int) -> int:
    """Return which of the sorted starts is the last one that is not after an index."""
    number = bisect_right(starts, index) - 1
    return max(number, 0)


def _find_line(row: str, text: str) -> int:
    """Return the index in a row at which a text begins, most often at its end."""
    whole = row.rstrip()
    if whole.endswith(text):
        return len(whole) - len(text)
    return max(row.find(text), 0)
