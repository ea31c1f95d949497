"""The grammar of blocks: what markdown-it reads line by line, with our own rules.

CommonMark comes from markdown-it, definition lists from its plugins. The rules here are
those of notes, abbreviations, lines of attributes and tables that keep every cell; and
of Pandoc's blocks: fenced divs, line blocks, lists numbered by letters, example lists,
and tables drawn with spaces or as a grid.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, pairwise, repeat
from string import ascii_lowercase

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType, Ruler
from markdown_it.rules_block import StateBlock, list_block
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.deflist import deflist_plugin

from briefpress.document.inline_rules import ATTRIBUTES, call_label

BlockRule = Callable[[StateBlock, int, int, bool], bool]

ReadBlock = Callable[[StateBlock, int, int], bool]

_NOTE = re.compile(
    r"""
    \[\^ ([^\]\n]+) \]  # the label
    [ \N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}]? :  # a space in French
    [ \t]*
    """,
    re.VERBOSE,
)
_ATTRIBUTE_LINE = re.compile(rf"({ATTRIBUTES})[ \t]*\Z")
_ABBREVIATION = re.compile(
    r"""
    \*\[ ([^\]\n]+) \]  # the abbreviation
    [ ]?:[ \t]*
    (.*)  # its meaning
    """,
    re.VERBOSE,
)
_TABLE_RULE = re.compile(
    r"""
    \|?
    [ \t]* :?-+:? [ \t]*  # the first column
    (?: \| [ \t]* :?-+:? [ \t]* )*
    \|?
    [ \t]* \Z
    """,
    re.VERBOSE,
)
_CELL_END = re.compile(r"(?:[^|]|(?<=\\)\|)*")
DivEnds = dict[int, int | None]  # the last lines of divs, by their first
INTERRUPTING = ["paragraph", "reference", "blockquote", "list"]


@dataclass(frozen=True, slots=True)
class NoteTokens:
    """A note as markdown-it read it. `line` is an index of the text's lines."""

    label: str
    line: int
    column: int
    markup: str  # "[^label]"
    tokens: list[Token]


@dataclass(slots=True)
class ParsedText:
    """What markdown-it read of a text."""

    tokens: list[Token] = field(default_factory=list)
    notes: list[NoteTokens] = field(default_factory=list)
    abbreviations: dict[str, str] = field(default_factory=dict)
    examples: dict[str, int] = field(default_factory=dict)  # numbers by label; "": last
    # The ends of Pandoc's divs, by the indent and end of the block around them.
    div_ends: dict[tuple[int, int], DivEnds] = field(default_factory=dict)
    # The ends of blocks in which no framed table is closed.
    unclosed_frames: set[int] = field(default_factory=set)
    # What markdown-it passes between its rules.
    env: dict[str, object] = field(default_factory=dict)


def add_block_rules(grammar: MarkdownIt) -> None:
    """Add our rules to a grammar."""
    ruler = grammar.block.ruler
    interrupting: RuleOptionsType = {"alt": INTERRUPTING}
    ruler.at("table", _table, {"alt": ["paragraph", "reference"]})
    ruler.before("reference", "note", _note, interrupting)
    ruler.before("note", "abbreviation", _abbreviation, interrupting)
    ruler.before("note", "attributes", _never_silent(_attribute_line))
    deflist_plugin(grammar)
    definition_list = _without_captions(ruler)
    ruler.at("deflist", definition_list, {"alt": INTERRUPTING[:3]})


def parse_blocks(grammar: MarkdownIt, text: str) -> ParsedText:
    """Return the blocks of a text. Their phrases are not read yet."""
    parsed = ParsedText()
    parsed.env["parsed"] = parsed
    grammar.block.parse(text, grammar, parsed.env, parsed.tokens)
    labels = {call_label(note.label) for note in parsed.notes}
    parsed.env["labels"] = labels
    return parsed


def content_start(state: StateBlock, line: int) -> int:
    """Return the index at which a line begins, after its indent and the marks."""
    return state.bMarks[line] + state.tShift[line]


def line_text(state: StateBlock, line: int) -> str:
    """Return a line without its indent and the marks of the blocks around it."""
    start = state.bMarks[line] + state.tShift[line]
    end = state.eMarks[line]
    return state.src[start:end]


def _indent_of(text: str) -> int:
    """Return how many spaces a text begins with."""
    return len(text) - len(text.lstrip())


def column_of(state: StateBlock, index: int) -> int:
    """Return the column of a character, from 1."""
    line_end = state.src.rfind("\n", 0, index)
    return index - line_end


def parsed_text(state: StateBlock) -> ParsedText:
    """Return what has been read so far."""
    parsed: ParsedText = state.env["parsed"]
    return parsed


def _never_silent(read: ReadBlock) -> BlockRule:
    """Return a rule that ends no paragraph, and does not apply to indented code."""

    def rule(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001
        if silent or state.is_code_block(start):
            return False
        return read(state, start, end)

    return rule


def _open_tag(state: StateBlock, tag: str) -> Token:
    """Add the token that opens an element, and return it."""
    return state.push(f"{tag}_open", tag, 1)


def _close_tag(state: StateBlock, tag: str) -> None:
    """Add the token that closes an element."""
    state.push(f"{tag}_close", tag, -1)


def _push_words(state: StateBlock, text: str, start: int, end: int) -> Token:
    """Add the token of the words of a block, and return it."""
    token = state.push("inline", "", 0)
    token.content = text
    token.map = [start, end]
    return token


def _note(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001
    """Read the definition of a note: its first line, and the lines that are indented."""
    if state.is_code_block(start):
        return False
    match = _NOTE.match(line_text(state, start))
    if match is None:
        return False
    written = match[1]
    label = written.strip()
    if silent or not label:
        return bool(label)
    begin = content_start(state, start)
    first_token = len(state.tokens)
    _read_indented(state, start, end, begin + match.end())
    tokens = state.tokens[first_token:]
    del state.tokens[first_token:]
    column = column_of(state, begin)
    note = NoteTokens(label, start, column, f"[^{written}]", tokens)
    parsed_text(state).notes.append(note)
    return True


def _read_indented(state: StateBlock, start: int, end: int, content: int) -> None:
    """Read a block whose content begins at an index and goes on indented by four."""
    old_mark = state.bMarks[start]
    old_shift = state.tShift[start]
    old_indent = state.sCount[start]
    old_parent = state.parentType
    old_tight = state.tight
    first_word = state.skipSpaces(content)
    text_start = min(first_word, state.eMarks[start])
    state.bMarks[start] = content
    state.tShift[start] = text_start - content
    state.blkIndent += 4
    state.sCount[start] = state.blkIndent
    state.parentType = "note"
    state.md.block.tokenize(state, start, end)
    if state.line <= start:
        state.line = start + 1
    state.parentType = old_parent
    state.tight = old_tight
    state.blkIndent -= 4
    state.bMarks[start] = old_mark
    state.tShift[start] = old_shift
    state.sCount[start] = old_indent


def _abbreviation(state: StateBlock, start: int, _: int, silent: bool) -> bool:  # noqa: FBT001
    """Read the meaning of an abbreviation, `*[SCO]: Shanghai …`."""
    if state.is_code_block(start):
        return False
    match = _ABBREVIATION.match(line_text(state, start))
    if match is None:
        return False
    if silent:
        return True
    short = match[1].strip()
    meaning = match[2].strip()
    parsed_text(state).abbreviations[short] = meaning
    state.line = start + 1
    return True


def _attribute_line(state: StateBlock, start: int, end: int) -> bool:
    """Read a line of attributes: of the block that follows, or else of the last one."""
    match = _ATTRIBUTE_LINE.match(line_text(state, start))
    if match is None:
        return False
    attributes = match[1]
    if not attributes.startswith("{:"):
        return False
    next_line = start + 1
    token = state.push("attributes", "", 0)
    token.content = attributes
    token.meta["of_next"] = next_line < end and not state.isEmpty(next_line)
    state.line = next_line
    return True


def _table(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001
    """Read a table of GitHub's kind. A row keeps cells beyond those of the head."""
    rule_line = start + 1
    if rule_line >= end or state.sCount[rule_line] < state.blkIndent:
        return False
    if state.is_code_block(start) or state.is_code_block(rule_line):
        return False
    head = line_text(state, start)
    rule = line_text(state, rule_line)
    alignments = _alignments(head, rule)
    if not alignments:
        return False
    if not silent:
        _push_table(state, start, end, alignments)
    return True


def _alignments(head: str, rule: str) -> list[str]:
    """Return the alignments of a table's columns; none if the lines begin no table."""
    if "-" not in rule or "|" not in head:
        return []
    if not _TABLE_RULE.match(rule):
        return []
    alignments = [_alignment(text) for _, text in _cells(rule)]
    count = len(_cells(head))
    return alignments if count == len(alignments) else []


def _push_table(state: StateBlock, start: int, end: int, alignments: list[str]) -> None:
    """Add the tokens of a table that begins on a line."""
    old_parent = state.parentType
    state.parentType = "table"
    table = _open_tag(state, "table")
    _open_tag(state, "thead")
    _push_row(state, start, "th", alignments)
    _close_tag(state, "thead")
    first = start + 2
    line = first
    while line < end and _continues_table(state, line, end):
        if line == first:
            _open_tag(state, "tbody")
        _push_row(state, line, "td", alignments)
        line += 1
    if line > first:
        _close_tag(state, "tbody")
    _close_tag(state, "table")
    table.map = [start, line]
    state.parentType = old_parent
    state.line = line


def _continues_table(state: StateBlock, line: int, end: int) -> bool:
    """Return whether a line is a row of the table above it."""
    if state.sCount[line] < state.blkIndent:
        return False
    if state.is_code_block(line):
        return False
    text = line_text(state, line)
    if not text.strip() or _ATTRIBUTE_LINE.match(text):
        return False
    is_caption = text.startswith(": ") and "|" not in text
    if is_caption:
        return False
    terminators = state.md.block.ruler.getRules("blockquote")
    silent = True
    return not any(ends(state, line, end, silent) for ends in terminators)


def _push_row(state: StateBlock, line: int, tag: str, alignments: list[str]) -> None:
    """Add the tokens of a row."""
    row = _open_tag(state, "tr")
    row.map = [line, line + 1]
    begin = content_start(state, line)
    cells = _cells(line_text(state, line))
    missing = len(alignments) - len(cells)
    cells += [(0, "")] * missing
    alignments_of_cells = chain(alignments, repeat(""))
    for (offset, text), alignment in zip(cells, alignments_of_cells, strict=False):
        _open_cell(state, tag, alignment)
        words = text.replace(r"\|", "|").strip()
        token = _push_words(state, words, line, line + 1)
        index = begin + offset + _indent_of(text)
        token.meta["column"] = column_of(state, index)
        _close_tag(state, tag)
    _close_tag(state, "tr")


def _open_cell(state: StateBlock, tag: str, alignment: str) -> None:
    """Add the token that opens a cell of a table."""
    token = _open_tag(state, tag)
    if alignment:
        token.attrs = {"align": alignment}


def _without_captions(ruler: Ruler[BlockRule]) -> BlockRule:
    """Return the rule of definition lists, without paragraphs before a table's caption."""
    [define] = [rule.fn for rule in ruler.__rules__ if rule.name == "deflist"]

    def define_terms(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001
        if not silent and _is_caption_below(state, start + 1, end):
            return False
        return define(state, start, end, silent)

    return define_terms


def _is_caption_below(state: StateBlock, line: int, end: int) -> bool:
    """Return whether a blank line, a caption and a table follow."""
    if line + 4 > end:
        return False
    if not state.isEmpty(line) or not state.isEmpty(line + 2):
        return False
    caption = line_text(state, line + 1)
    if not caption.startswith((": ", ":\t")):
        return False
    return _table(state, line + 3, end, silent=True)


def _cells(row: str) -> list[tuple[int, str]]:
    """Return the cells of a row, each with the index at which it begins."""
    text = row.rstrip()
    cells = []
    index = 1 if text.startswith("|") else 0
    while index < len(text):
        match = _CELL_END.match(text, index)
        end = match.end() if match else len(text)
        cell = text[index:end]
        cells.append((index, cell))
        index = end + 1
    return cells


def _alignment(rule: str) -> str:
    """Return the alignment that the colons of a column's rule mean."""
    text = rule.strip()
    begins = text.startswith(":")
    ends = text.endswith(":")
    if begins and ends:
        return "center"
    if ends:
        return "right"
    return "left" if begins else ""


MAX_LIST_CHANGES = 500  # each copies the text
MAX_LETTERED_LINES = 400  # in which the items of a list are looked for
_DIV = re.compile(
    rf"""
    :{{3,}}
    [ \t]* (?P<name> {ATTRIBUTES} | \{{?[A-Za-z][\w-]*\}}? )?
    (?:
        [ \t]* :*
        | [ \t]* \[ (?P<bracketed> .+ ) \]
        | [ \t]+ (?P<title> [^\s:] .* )
    )
    [ \t]* \Z
    """,
    re.VERBOSE,
)
# An option of MyST, such as `:class: wide`, below the first line of a box.
_OPTION = re.compile(r":[A-Za-z][\w-]*:(?:[ \t]|\Z)")
_ATX_HEADING = re.compile(r"#{1,6}[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*\Z")
_END_OF_DIV = re.compile(r":{3,}[ \t]*\Z")
_BRACED_NAME = re.compile(r"\{[A-Za-z][\w-]*\}\Z")
_FENCE = re.compile(r"(`{3,}|~{3,})")
_CALLOUT_CLASS = re.compile(
    r"""
    (?:callout-)?
    (
        note
        | tip
        | important
        | caution
        | warning
        | definition
        | case
        | question
        | recommendation
        | method
        # Of Docusaurus, VuePress and MyST.
        | info
        | danger
        | details
        | hint
        | attention
        | error
        | seealso
        | admonition
    )
    \Z
    """,
    re.VERBOSE,
)
_CLASSES = re.compile(r"\.([\w-]+)")
_VERSE = re.compile(r"\|(?:[ ]+(.*))?\Z")
_LETTER = re.compile(
    r"""
    ( [a-z] | [ivx]{2,6} )
    ( [.)] )
    [ \t]+ \S
    """,
    re.VERBOSE,
)
_EXAMPLE = re.compile(
    r"""
    \(@ ([\w-]{0,7}) \)  # the label
    [ \t]+ \S
    """,
    re.VERBOSE,
)
_EXAMPLE_CALL = re.compile(r"\(@([\w-]{1,7})\)")
_LETTERS = tuple(ascii_lowercase)
_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii")
_DASHES = re.compile(r"-+(?:[ ]+-+)*[ ]*\Z")
_GROUP = re.compile(r"-+")
_GRID = re.compile(r"\+(?:[:=-]+\+)+[ ]*\Z")


@dataclass(frozen=True, slots=True)
class _Opening:
    """The first line of a div."""

    name: str  # its class, or its list of attributes
    kind: str  # of callout, or ""
    title: str  # of a callout, or ""


def add_pandoc_rules(grammar: MarkdownIt) -> None:
    """Add Pandoc's blocks to a grammar."""
    ruler = grammar.block.ruler
    ruler.before("fence", "div", _fenced_div, {"alt": INTERRUPTING})
    ruler.after("table", "grid_table", _never_silent(_grid_table))
    ruler.after("grid_table", "spaced_table", _never_silent(_spaced_table))
    ruler.before("list", "letters", _never_silent(_letter_list))
    ruler.before("list", "examples", _example_list, {"alt": ["list"]})
    ruler.before("note", "verse", _never_silent(_line_block))
    inline = grammar.inline
    inline.ruler.before("link", "example_call", _example_call)
    terminators = inline.terminator_re.pattern
    inline.terminator_re = re.compile(rf"{terminators}|\(@")


def _fenced_div(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001
    """Read `::: name` up to its `:::`. A name of a callout makes a callout."""
    if state.is_code_block(start):
        return False
    opening = _opening_of_div(line_text(state, start))
    if silent or opening is None:
        return opening is not None
    last = _end_of_div(state, start, end)
    if last is None:
        return False
    _push_div(state, opening, start, last)
    return True


def _opening_of_div(line: str) -> _Opening | None:
    """Return what a line opens, if it opens a div.

    Only a callout may have a title, or its name in braces, as in MyST.
    """
    match = _DIV.match(line)
    if match is None or not match["name"]:
        return None
    name = match["name"]
    is_list = name.startswith("{") and not _BRACED_NAME.match(name)
    kind = _kind_of_callout(name, is_list=is_list)
    title = match["title"] or match["bracketed"] or ""
    is_plain = name[0] != "{" and name[-1] != "}"
    if kind or is_list or (is_plain and not title):
        return _Opening(name, kind, title)
    return None


def _end_of_div(state: StateBlock, start: int, end: int) -> int | None:
    """Return the line that closes a div, if there is one."""
    block = (state.blkIndent, end)
    ends = parsed_text(state).div_ends.setdefault(block, {})
    if start not in ends:
        found = _ends_of_divs(state, start, end)
        ends.update(found)
    return ends[start]


def _ends_of_divs(state: StateBlock, start: int, end: int) -> DivEnds:
    """Return the line that closes each div from a line on. Code is skipped."""
    ends: DivEnds = {}
    open_lines: list[int] = []
    fence = ""
    for line in range(start, end):
        text = line_text(state, line)
        code = _FENCE.match(text)
        if code and code[1].startswith(fence):
            fence = "" if fence else code[1]
        if fence:
            continue
        if _opening_of_div(text):
            ends[line] = None
            open_lines.append(line)
        elif open_lines and _END_OF_DIV.match(text):
            opening = open_lines.pop()
            ends[opening] = line
    ends.setdefault(start, None)
    return ends


def _push_div(state: StateBlock, opening: _Opening, start: int, last: int) -> None:
    """Add the tokens of a div, or of a callout as `> [!note]` has them."""
    tag = "blockquote" if opening.kind else "div"
    token = _open_tag(state, tag)
    token.map = [start, last + 1]
    first = start + 1
    if opening.kind:
        first = _push_title(state, opening, start, last)
    elif opening.name.startswith("{"):
        token.meta["attributes"] = opening.name
    else:
        token.attrs = {"class": opening.name}
    old_parent = state.parentType
    old_end = state.lineMax
    state.parentType = "div"
    state.lineMax = last
    state.md.block.tokenize(state, first, last)
    state.parentType = old_parent
    state.lineMax = old_end
    state.line = last + 1
    _close_tag(state, tag)


def _push_title(state: StateBlock, opening: _Opening, start: int, last: int) -> int:
    """Add the title of a callout, and return the line that follows it.

    Without a title a heading at its start is the title, as in Quarto.
    """
    line = start + 1
    while line < last and _OPTION.match(line_text(state, line)):
        line += 1
    title, title_line = opening.title, start
    after = line
    while line < last and state.isEmpty(line):
        line += 1
    heading = _ATX_HEADING.match(line_text(state, line)) if line < last else None
    if heading and not title:
        title, title_line = heading[1], line
        after = line + 1
    words = f"[!{opening.kind}] {title}".rstrip()
    _push_paragraph(state, words, title_line, title_line + 1)
    return after


def _kind_of_callout(name: str, *, is_list: bool) -> str:
    """Return the kind of callout that a div's name or attributes mean, or ""."""
    if name == "callout":  # of the Carpentries
        return "note"
    classes = _CLASSES.findall(name) if is_list else [name.strip("{}")]
    for each in classes:
        match = _CALLOUT_CLASS.match(each)
        if match:
            return match[1]
    return ""


def _push_paragraph(state: StateBlock, text: str, start: int, end: int) -> None:
    """Add the tokens of a paragraph."""
    paragraph = state.push("paragraph_open", "p", 1)
    paragraph.map = [start, end]
    _push_words(state, text, start, end)
    state.push("paragraph_close", "p", -1)


def _line_block(state: StateBlock, start: int, end: int) -> bool:
    """Read lines that begin with `| `: each stays a line, with its indent."""
    line = start
    verses: list[str] = []
    while line < end and not state.isEmpty(line):
        text = line_text(state, line)
        match = _VERSE.match(text)
        if match is None or "|" in (match[1] or ""):
            return False
        words = text[2:].rstrip()
        indent = "\N{NO-BREAK SPACE}" * _indent_of(words)
        verses.append(indent + words.lstrip())
        line += 1
    if not any(verses):
        return False
    state.line = line
    _push_paragraph(state, "\\\n".join(verses), start, line)
    return True


def _letter_list(state: StateBlock, start: int, end: int) -> bool:
    """Read a list numbered `a.`, `b.` or `i.`, `ii.`. One item alone is text."""
    match = _LETTER.match(line_text(state, start))
    if match is None:
        return False
    first, sign = match.groups()
    if first not in {"a", "i"}:
        return False
    sequence = _ROMAN if first == "i" else _LETTERS
    items = _lettered_lines(state, start, end, sequence, sign)
    if len(items) < 2:
        return False
    for index, line in enumerate(items):
        length = len(sequence[index])
        digits = str(index + 1).zfill(length)
        _replace_marker(state, line, digits[-length:])
    return _push_list(state, start, end, "type", first)


def _push_list(
    state: StateBlock, start: int, end: int, attribute: str, value: str | int
) -> bool:
    """Add the tokens of a list with an attribute. Return whether there is a list."""
    token_index = len(state.tokens)
    if not list_block(state, start, end, silent=False):
        return False
    opening = state.tokens[token_index]
    opening.attrs[attribute] = value
    return True


def _lettered_lines(
    state: StateBlock, start: int, end: int, sequence: Sequence[str], sign: str
) -> list[int]:
    """Return the lines of the items that follow one another in a sequence."""
    lines: list[int] = []
    indent = state.sCount[start]
    stop = min(end, start + MAX_LETTERED_LINES)
    for line in range(start, stop):
        if len(lines) == len(sequence):
            break
        if state.isEmpty(line) or state.sCount[line] > indent:
            continue
        number = sequence[len(lines)]
        markers = (f"{number}{sign} ", f"{number}{sign}\t")
        text = line_text(state, line)
        if text.startswith(markers):
            lines.append(line)
        elif state.isEmpty(line - 1):
            break
    return lines


def _replace_marker(state: StateBlock, line: int, digits: str) -> None:
    """Write digits for the marker of an item, which has the same length."""
    begin = content_start(state, line)
    end = begin + len(digits)
    before = state.src[:begin]
    after = state.src[end:]
    state.src = f"{before}{digits}{after}"


def _example_list(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001
    """Read examples `(@)` or `(@label)`, which are numbered through the text."""
    if state.is_code_block(start):
        return False
    match = _EXAMPLE.match(line_text(state, start))
    if match is None:
        return False
    if silent:
        return True
    examples = parsed_text(state).examples
    number = examples.get("", 0)
    first_number = number + 1
    for line, label in _examples(state, start, end):
        if number >= MAX_LIST_CHANGES:
            break
        number += 1
        examples[""] = number
        if label:
            examples[label] = number
        length = len(label) + 2
        digits = str(number).zfill(length)
        _replace_marker(state, line, digits)
    return _push_list(state, start, end, "start", first_number)


def _examples(state: StateBlock, start: int, end: int) -> Iterator[tuple[int, str]]:
    """Yield the lines on which the examples of a list begin, with their labels."""
    indent = state.sCount[start]
    for line in range(start, end):
        match = _EXAMPLE.match(line_text(state, line))
        if match and state.sCount[line] == indent:
            yield line, match[1]
            continue
        continues = state.isEmpty(line) or state.sCount[line] > indent
        if not continues:
            return


def _example_call(state: StateInline, silent: bool) -> bool:  # noqa: FBT001
    """Read `(@label)` in a text as the number of that example."""
    match = _EXAMPLE_CALL.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    number = state.env["parsed"].examples.get(match[1])
    if number is None:
        return False
    if not silent:
        state.append_pending(f"({number})")
    state.pos = match.end()
    return True


@dataclass(frozen=True, slots=True)
class _Cell:
    """A cell: its lines, and where they are."""

    lines: Sequence[str]
    line: int
    column: int  # from 0, in the line without its indent


def _spaced_table(state: StateBlock, start: int, end: int) -> bool:
    """Read a table of which the columns are marked by groups of dashes."""
    if start + 2 >= end:
        return False
    first = _full_text(state, start)
    has_frame = bool(_DASHES.match(first.strip()))
    if has_frame:
        last = _end_of_frame(state, start, end)
    elif _is_column_rule(_full_text(state, start + 1)):
        last = _next_blank(state, start, end)
    else:
        return False
    if last is None:
        return False
    return _push_spaced(state, start, last, has_frame=has_frame)


def _next_blank(state: StateBlock, start: int, end: int) -> int:
    """Return the next line that is blank, or the end."""
    line = start
    while line < end and not state.isEmpty(line):
        line += 1
    return line


def _end_of_frame(state: StateBlock, start: int, end: int) -> int | None:
    """Return the line of dashes that closes a table which begins with one."""
    unclosed = parsed_text(state).unclosed_frames
    if end in unclosed:
        return None
    for line in range(start + 2, end):
        next_line = line + 1
        is_last = next_line >= end or state.isEmpty(next_line)
        if is_last and _DASHES.match(line_text(state, line)):
            return line
    unclosed.add(end)
    return None


def _push_spaced(state: StateBlock, start: int, last: int, *, has_frame: bool) -> bool:
    """Add the tokens of a table of lines; the frame is a rule above and below."""
    rule = _first_column_rule(state, start, last)
    if rule is None:
        return False
    dashes = _full_text(state, rule)
    groups = [match.span() for match in _GROUP.finditer(dashes)]
    starts = [begin for begin, _ in groups]
    starts[0] = 0
    body = range(rule + 1, last)
    is_multiline = has_frame and any(state.isEmpty(line) for line in body)
    rows = _rows_of(state, body, starts, is_multiline=is_multiline)
    if not rows:
        return False
    head = range(start + has_frame, rule)
    head_rows = [_row(state, head, starts)] if head else []
    first_row, *_ = head_rows + rows
    cells_and_dashes = zip(first_row, groups, strict=True)
    alignments = [_alignment_over(cell, span) for cell, span in cells_and_dashes]
    state.line = last + has_frame
    _push_cells(state, start, head_rows, rows, alignments)
    return True


def _first_column_rule(state: StateBlock, start: int, end: int) -> int | None:
    """Return the first line that marks columns by groups of dashes, if there is one."""
    for line in range(start, end):
        if _is_column_rule(_full_text(state, line)):
            return line
    return None


def _is_column_rule(text: str) -> bool:
    """Return whether a line has several groups of dashes, not all of one dash."""
    stripped = text.strip()
    if " " not in stripped or "--" not in stripped:
        return False
    return bool(_DASHES.match(stripped))


def _full_text(state: StateBlock, line: int) -> str:
    """Return a line with its indent in the block."""
    text = state.getLines(line, line + 1, state.blkIndent, keepLastLF=False)
    return text.expandtabs(4)


def _rows_of(
    state: StateBlock, lines: range, starts: Sequence[int], *, is_multiline: bool
) -> list[list[_Cell]]:
    """Return the rows of some lines: blank lines part those of a multiline table."""
    groups: list[list[int]] = [[]]
    for line in lines:
        if state.isEmpty(line):
            groups.append([])
        elif is_multiline:
            groups[-1].append(line)
        else:
            groups.append([line])
    return [_row(state, group, starts) for group in groups if group]


def _row(state: StateBlock, lines: Sequence[int], starts: Sequence[int]) -> list[_Cell]:
    """Return the cells of the lines of one row."""
    texts = [_full_text(state, line) for line in lines]
    stops = [*starts[1:], None]
    cells = []
    for start, stop in zip(starts, stops, strict=True):
        column = slice(start, stop)
        pieces = [text[column].rstrip() for text in texts]
        cell = _Cell(pieces, lines[0], start)
        cells.append(cell)
    return cells


def _alignment_over(cell: _Cell, group: tuple[int, int]) -> str:
    """Return the alignment of a head's words over their dashes."""
    first_dash, end_of_dashes = group
    text = cell.lines[0].rstrip()
    begin = cell.column + _indent_of(text)
    end = cell.column + len(text)
    is_left = begin <= first_dash
    is_right = end >= end_of_dashes
    if is_left and is_right:
        return ""
    if is_left:
        return "left"
    return "right" if is_right else "center"


def _grid_table(state: StateBlock, start: int, end: int) -> bool:
    """Read a table drawn with `+---+` and `|`. Cells contain any blocks."""
    if not _is_border(state, start):
        return False
    last = start
    while last < end and line_text(state, last).startswith(("+", "|")):
        last += 1
    borders = [line for line in range(start, last) if _is_border(state, line)]
    if borders[-1] != last - 1:
        return False
    rule = _full_text(state, start).strip()
    edges = [index for index, sign in enumerate(rule) if sign == "+"]
    rows = []
    for above, below in pairwise(borders):
        lines = range(above + 1, below)
        rows.append(_grid_row(state, lines, edges))
    if not rows or not all(rows):
        return False
    count = _count_head_rows(state, borders)
    aligning = line_text(state, borders[count])
    alignments = [_alignment(aligning[a + 1 : b]) for a, b in pairwise(edges)]
    state.line = last
    _push_cells(state, start, rows[:count], rows[count:], alignments)
    return True


def _is_border(state: StateBlock, line: int) -> bool:
    """Return whether a line parts two rows of a grid."""
    return bool(_GRID.match(line_text(state, line)))


def _count_head_rows(state: StateBlock, borders: Sequence[int]) -> int:
    """Return how many rows are above the border of `=` that ends the head."""
    for count, line in enumerate(borders):
        if "=" in line_text(state, line):
            return count
    return 0


def _grid_row(state: StateBlock, lines: range, edges: Sequence[int]) -> list[_Cell]:
    """Return the cells of the lines of a row; none if a bar is not where it should be."""
    texts = [line_text(state, line).rstrip() for line in lines]
    if not all(_has_bars(text, edges) for text in texts):
        return []
    cells = []
    for left, right in pairwise(edges):
        column = slice(left + 1, right)
        pieces = [text[column].rstrip() for text in texts]
        cell = _Cell(pieces, lines[0], left + 1)
        cells.append(cell)
    return cells


def _has_bars(text: str, edges: Sequence[int]) -> bool:
    """Return whether a line of a grid has a bar or a corner at each edge."""
    if len(text) <= edges[-1]:
        return False
    return all(text[edge] in "|+" for edge in edges)


def _push_cells(
    state: StateBlock,
    start: int,
    head: list[list[_Cell]],
    body: list[list[_Cell]],
    alignments: Sequence[str],
) -> None:
    """Add the tokens of a table, which ends at the current line of the state."""
    table = _open_tag(state, "table")
    table.map = [start, state.line]
    _push_part(state, "thead", "th", head, alignments)
    _push_part(state, "tbody", "td", body, alignments)
    _close_tag(state, "table")


def _push_part(
    state: StateBlock,
    part: str,
    tag: str,
    rows: list[list[_Cell]],
    alignments: Sequence[str],
) -> None:
    """Add the tokens of the head or the body of a table, if it has rows."""
    if not rows:
        return
    _open_tag(state, part)
    for row in rows:
        _open_tag(state, "tr")
        for cell, alignment in zip(row, alignments, strict=True):
            _open_cell(state, tag, alignment)
            _push_cell_content(state, cell)
            _close_tag(state, tag)
        _close_tag(state, "tr")
    _close_tag(state, part)


def _push_cell_content(state: StateBlock, cell: _Cell) -> None:
    """Add the blocks of a cell. A paragraph alone is words without a paragraph."""
    indents = [_indent_of(text) for text in cell.lines if text.strip()]
    indent = min(indents, default=0)
    lines = [text[indent:] for text in cell.lines]
    tokens = _tokens_of_cell(state, lines)
    for token in tokens:
        if token.map:
            token.map = [number + cell.line for number in token.map]
    is_short = len(tokens) == 3 and tokens[0].type == "paragraph_open"
    if is_short:
        opening, words, closing = tokens
        opening.hidden = True
        closing.hidden = True
        begin = content_start(state, cell.line)
        first_column = column_of(state, begin)
        words.meta["column"] = first_column + cell.column + indent
    state.tokens += tokens


def _tokens_of_cell(state: StateBlock, lines: Iterable[str]) -> list[Token]:
    """Return the tokens of the lines of a cell, which are read as a text of its own."""
    parsed = parsed_text(state)
    outer_ends = parsed.div_ends
    outer_frames = parsed.unclosed_frames
    parsed.div_ends = {}
    parsed.unclosed_frames = set()
    tokens: list[Token] = []
    text = "\n".join([*lines, ""])
    state.md.block.parse(text, state.md, state.env, tokens)
    parsed.div_ends = outer_ends
    parsed.unclosed_frames = outer_frames
    return tokens
