"""The grammar of blocks: what markdown-it reads line by line, with our own rules.

CommonMark comes from markdown-it, definition lists from its plugins. The rules here are
those of notes, abbreviations, and tables that keep every cell.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.ruler import Ruler
from markdown_it.rules_block import StateBlock
from markdown_it.token import Token
from mdit_py_plugins.deflist import deflist_plugin

from briefpress.document.inline_rules import ATTRIBUTES, call_label

BlockRule = Callable[[StateBlock, int, int, bool], bool]

_NOTE = re.compile(r"\[\^([^\]\n]+)\]:[ \t]*")
_ATTRIBUTE_LINE = re.compile(rf"({ATTRIBUTES})[ \t]*\Z")
_ABBREVIATION = re.compile(r"\*\[([^\]\n]+)\][ ]?:[ \t]*(.*)")
_TABLE_RULE = re.compile(r"\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*\Z")
_CELL_END = re.compile(r"(?:[^|]|(?<=\\)\|)*")
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
    # Where Pandoc's divs end, by the indent and end of the block around them; the ends
    # of blocks in which no framed table is closed.
    div_ends: dict[tuple[int, int], dict[int, int | None]] = field(default_factory=dict)
    unclosed_frames: set[int] = field(default_factory=set)
    # What markdown-it passes between its rules.
    env: dict[str, object] = field(default_factory=dict)


def add_block_rules(grammar: MarkdownIt) -> None:
    """Add our rules to a grammar."""
    ruler = grammar.block.ruler
    ruler.at("table", _table, {"alt": ["paragraph", "reference"]})
    ruler.before("reference", "note", _note, {"alt": INTERRUPTING})
    ruler.before("note", "abbreviation", _abbreviation, {"alt": INTERRUPTING})
    ruler.before("note", "attributes", _attribute_line)
    deflist_plugin(grammar)
    ruler.at("deflist", _without_captions(ruler), {"alt": INTERRUPTING[:3]})


def parse_blocks(grammar: MarkdownIt, text: str) -> ParsedText:
    """Return the blocks of a text. Their phrases are not read yet."""
    parsed = ParsedText()
    parsed.env["parsed"] = parsed
    grammar.block.parse(text, grammar, parsed.env, parsed.tokens)
    parsed.env["labels"] = {call_label(note.label) for note in parsed.notes}
    return parsed


def line_text(state: StateBlock, line: int) -> str:
    """Return a line without its indent and the marks of the blocks around it."""
    start = state.bMarks[line] + state.tShift[line]
    return state.src[start : state.eMarks[line]]


def column_of(state: StateBlock, index: int) -> int:
    """Return the column of a character, from 1."""
    return index - state.src.rfind("\n", 0, index)


def parsed_text(state: StateBlock) -> ParsedText:
    """Return what has been read so far."""
    parsed: ParsedText = state.env["parsed"]
    return parsed


def _note(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001
    """Read the definition of a note: its first line, and the lines that are indented."""
    if state.is_code_block(start):
        return False
    text = line_text(state, start)
    match = _NOTE.match(text) if text.startswith("[^") else None
    label = match[1].strip() if match else ""
    if match is None or not label:
        return False
    if silent:
        return True
    begin = state.bMarks[start] + state.tShift[start]
    first_token = len(state.tokens)
    _read_indented(state, start, end, begin + match.end())
    tokens = state.tokens[first_token:]
    del state.tokens[first_token:]
    markup = f"[^{match[1]}]"
    column = column_of(state, begin)
    parsed_text(state).notes.append(NoteTokens(label, start, column, markup, tokens))
    return True


def _read_indented(state: StateBlock, start: int, end: int, content: int) -> None:
    """Read a block whose content begins at an index and goes on indented by four."""
    old = state.bMarks[start], state.tShift[start], state.sCount[start]
    old_parent, old_tight = state.parentType, state.tight
    text_start = min(state.skipSpaces(content), state.eMarks[start])
    state.bMarks[start] = content
    state.tShift[start] = text_start - content
    state.blkIndent += 4
    state.sCount[start] = state.blkIndent
    state.parentType = "note"
    state.md.block.tokenize(state, start, end)
    if state.line <= start:
        state.line = start + 1
    state.parentType, state.tight = old_parent, old_tight
    state.blkIndent -= 4
    state.bMarks[start], state.tShift[start], state.sCount[start] = old


def _abbreviation(state: StateBlock, start: int, _: int, silent: bool) -> bool:  # noqa: FBT001
    """Read the meaning of an abbreviation, `*[SCO]: Shanghai …`."""
    if state.is_code_block(start):
        return False
    text = line_text(state, start)
    match = _ABBREVIATION.match(text) if text.startswith("*[") else None
    if match is None:
        return False
    if not silent:
        parsed_text(state).abbreviations[match[1].strip()] = match[2].strip()
        state.line = start + 1
    return True


def _attribute_line(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001
    """Read a line of attributes: of the block that follows, or else of the last one."""
    if silent or state.is_code_block(start):
        return False
    match = _ATTRIBUTE_LINE.match(line_text(state, start))
    if match is None or not match[1].startswith("{:"):
        return False
    token = state.push("attributes", "", 0)
    token.content = match[1]
    token.meta["of_next"] = start + 1 < end and not state.isEmpty(start + 1)
    state.line = start + 1
    return True


def _table(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001
    """Read a table of GitHub's kind. A row keeps cells beyond those of the head."""
    if start + 2 > end or state.sCount[start + 1] < state.blkIndent:
        return False
    if state.is_code_block(start) or state.is_code_block(start + 1):
        return False
    alignments = _alignments(line_text(state, start), line_text(state, start + 1))
    if alignments and not silent:
        _push_table(state, start, end, alignments)
    return bool(alignments)


def _alignments(head: str, rule: str) -> list[str]:
    """Return the alignments of a table's columns; none if the lines begin no table."""
    if "-" not in rule or "|" not in head or not _TABLE_RULE.match(rule):
        return []
    alignments = [_alignment(text) for _, text in _cells(rule)]
    return alignments if len(_cells(head)) == len(alignments) else []


def _push_table(state: StateBlock, start: int, end: int, alignments: list[str]) -> None:
    """Add the tokens of a table that begins on a line."""
    old_parent, state.parentType = state.parentType, "table"
    lines = [start, start + 2]
    state.push("table_open", "table", 1).map = lines
    state.push("thead_open", "thead", 1)
    _push_row(state, start, "th", alignments)
    state.push("thead_close", "thead", -1)
    line = start + 2
    while line < end and _continues_table(state, line, end):
        if line == start + 2:
            state.push("tbody_open", "tbody", 1)
        _push_row(state, line, "td", alignments)
        line += 1
    if line > start + 2:
        state.push("tbody_close", "tbody", -1)
    state.push("table_close", "table", -1)
    lines[1] = line
    state.parentType = old_parent
    state.line = line


def _continues_table(state: StateBlock, line: int, end: int) -> bool:
    """Return whether a line is a row of the table above it."""
    if state.sCount[line] < state.blkIndent or state.is_code_block(line):
        return False
    text = line_text(state, line)
    if not text.strip() or _ATTRIBUTE_LINE.match(text):
        return False
    if text.startswith(": ") and "|" not in text:
        return False  # a caption
    terminators = state.md.block.ruler.getRules("blockquote")
    silent = True
    return not any(ends(state, line, end, silent) for ends in terminators)


def _push_row(state: StateBlock, line: int, tag: str, alignments: list[str]) -> None:
    """Add the tokens of a row."""
    state.push("tr_open", "tr", 1).map = [line, line + 1]
    begin = state.bMarks[line] + state.tShift[line]
    cells = _cells(line_text(state, line))
    missing = len(alignments) - len(cells)
    cells += [(0, "")] * missing
    for index, (offset, text) in enumerate(cells):
        token = state.push(f"{tag}_open", tag, 1)
        alignment = alignments[index] if index < len(alignments) else ""
        if alignment:
            token.attrs = {"align": alignment}
        content = state.push("inline", "", 0)
        content.content = text.replace(r"\|", "|").strip()
        content.map = [line, line + 1]
        indent = len(text) - len(text.lstrip())
        content.meta["column"] = column_of(state, begin + offset + indent)
        state.push(f"{tag}_close", tag, -1)
    state.push("tr_close", "tr", -1)


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
    if line + 4 > end or not state.isEmpty(line) or not state.isEmpty(line + 2):
        return False
    if not line_text(state, line + 1).startswith((": ", ":\t")):
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
        cells.append((index, text[index:end]))
        index = end + 1
    return cells


def _alignment(rule: str) -> str:
    """Return the alignment that the colons of a column's rule mean."""
    text = rule.strip()
    if text.endswith(":"):
        return "center" if text.startswith(":") else "right"
    return "left" if text.startswith(":") else ""
