"""The grammar of blocks: what markdown-it reads line by line, with our own rules.

CommonMark comes from markdown-it, definition lists from its plugins. The rules here are
those of notes, abbreviations, lines of attributes and tables that keep every cell; and
of Pandoc's blocks: fenced divs, line blocks, lists numbered by letters, example lists,
and tables drawn with spaces or as a grid.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.ruler import Ruler
from markdown_it.rules_block import StateBlock, list_block
from markdown_it.rules_inline import StateInline
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


MAX_LIST_CHANGES = 500  # each copies the text
_DIV = re.compile(rf":{{3,}}[ \t]*({ATTRIBUTES}|[A-Za-z][\w-]*)?[ \t]*:*[ \t]*\Z")
_FENCE = re.compile(r"(`{3,}|~{3,})")
_CALLOUT_CLASS = re.compile(
    r"(?:callout-)?(note|tip|important|caution|warning|definition|case|question"
    r"|recommendation|method)\Z"
)
_CLASSES = re.compile(r"\.([\w-]+)")
_VERSE = re.compile(r"\|(?:[ ]+(.*))?\Z")
_LETTER = re.compile(r"([a-z]|[ivx]{2,6})([.)])[ \t]+\S")
_EXAMPLE = re.compile(r"\(@([\w-]{0,7})\)[ \t]+\S")
_EXAMPLE_CALL = re.compile(r"\(@([\w-]{1,7})\)")
_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii")
_DASHES = re.compile(r"-+(?:[ ]+-+)*[ ]*\Z")
_GROUP = re.compile(r"-+")
_GRID = re.compile(r"\+(?:[:=-]+\+)+[ ]*\Z")


def add_pandoc_rules(grammar: MarkdownIt) -> None:
    """Add Pandoc's blocks to a grammar."""
    ruler = grammar.block.ruler
    ruler.before("fence", "div", _fenced_div, {"alt": INTERRUPTING})
    ruler.after("table", "grid_table", _grid_table)
    ruler.after("grid_table", "spaced_table", _spaced_table)
    ruler.before("list", "letters", _letter_list)
    ruler.before("list", "examples", _example_list, {"alt": ["list"]})
    ruler.before("note", "verse", _line_block)
    grammar.inline.ruler.before("link", "example_call", _example_call)
    grammar.inline.terminator_re = re.compile(
        rf"{grammar.inline.terminator_re.pattern}|\(@"
    )


def _fenced_div(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001
    """Read `::: name` up to its `:::`. A name of a callout makes a callout."""
    match = _DIV.match(line_text(state, start))
    if match is None or not match[1] or state.is_code_block(start):
        return False
    if silent:
        return True
    last = _end_of_div(state, start, end)
    if last is None:
        return False
    _push_div(state, match[1], start, last)
    return True


def _end_of_div(state: StateBlock, start: int, end: int) -> int | None:
    """Return the line that closes a div, if there is one."""
    ends = parsed_text(state).div_ends.setdefault((state.blkIndent, end), {})
    if start not in ends:
        ends.update(_ends_of_divs(state, start, end))
    return ends[start]


def _ends_of_divs(state: StateBlock, start: int, end: int) -> dict[int, int | None]:
    """Return the line that closes each div from a line on. Code is skipped."""
    ends: dict[int, int | None] = {}
    open_lines: list[int] = []
    fence = ""
    for line in range(start, end):
        text = line_text(state, line)
        code = _FENCE.match(text)
        if code and (not fence or code[1].startswith(fence)):
            fence = "" if fence else code[1]
        div = None if fence else _DIV.match(text)
        if div and div[1]:
            ends[line] = None
            open_lines.append(line)
        elif div and open_lines:
            ends[open_lines.pop()] = line
    ends.setdefault(start, None)
    return ends


def _push_div(state: StateBlock, name: str, start: int, last: int) -> None:
    """Add the tokens of a div, or of a callout as `> [!note]` has them."""
    classes = _CLASSES.findall(name) if name.startswith("{") else [name]
    kinds = [found[1] for found in map(_CALLOUT_CLASS.match, classes) if found]
    tag = "blockquote" if kinds else "div"
    token = state.push(f"{tag}_open", tag, 1)
    token.map = [start, last + 1]
    if kinds:
        _push_paragraph(state, f"[!{kinds[0]}]", start, start + 1)
    elif name.startswith("{"):
        token.meta["attributes"] = name
    else:
        token.attrs = {"class": name}
    old_parent, old_max = state.parentType, state.lineMax
    state.parentType, state.lineMax = "div", last
    state.md.block.tokenize(state, start + 1, last)
    state.parentType, state.lineMax = old_parent, old_max
    state.line = last + 1
    state.push(f"{tag}_close", tag, -1)


def _push_paragraph(state: StateBlock, text: str, start: int, end: int) -> None:
    """Add the tokens of a paragraph."""
    state.push("paragraph_open", "p", 1).map = [start, end]
    token = state.push("inline", "", 0)
    token.content = text
    token.map = [start, end]
    state.push("paragraph_close", "p", -1)


def _line_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001
    """Read lines that begin with `| `: each stays a line, with its indent."""
    if silent or state.is_code_block(start):
        return False
    line = start
    verses: list[str] = []
    while line < end and not state.isEmpty(line):
        text = line_text(state, line)
        match = _VERSE.match(text)
        if match is None or "|" in (match[1] or ""):
            break
        words = text[2:].rstrip()
        indent = len(words) - len(words.lstrip())
        verses.append("\N{NO-BREAK SPACE}" * indent + words.lstrip())
        line += 1
    if not any(verses) or (line < end and not state.isEmpty(line)):
        return False
    state.line = line
    _push_paragraph(state, "\\\n".join(verses), start, line)
    return True


def _letter_list(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001
    """Read a list numbered `a.`, `b.` or `i.`, `ii.`. One item alone is text."""
    if silent or state.is_code_block(start):
        return False
    first = _LETTER.match(line_text(state, start))
    if first is None or first[1] not in ("a", "i"):
        return False
    sequence = _ROMAN if first[1] == "i" else tuple("abcdefghijklmnopqrstuvwxyz")
    items = _lettered_lines(state, start, end, sequence, first[2])
    if len(items) < 2:
        return False
    for number, line in enumerate(items, 1):
        length = len(sequence[number - 1])
        _replace_marker(state, line, f"{number:0{length}}"[-length:])
    token_index = len(state.tokens)
    if not list_block(state, start, end, silent):
        return False
    state.tokens[token_index].attrs["type"] = first[1]
    return True


def _lettered_lines(
    state: StateBlock, start: int, end: int, sequence: Sequence[str], sign: str
) -> list[int]:
    """Return the lines of the items that follow one another in a sequence."""
    lines: list[int] = []
    indent = state.sCount[start]
    for line in range(start, min(end, start + 400)):
        if len(lines) == len(sequence):
            break
        if state.isEmpty(line) or state.sCount[line] > indent:
            continue
        marker = f"{sequence[len(lines)]}{sign}"
        text = line_text(state, line)
        if text.startswith(marker) and text[len(marker) :][:1] in (" ", "\t"):
            lines.append(line)
        elif state.isEmpty(line - 1):
            break
    return lines


def _replace_marker(state: StateBlock, line: int, digits: str) -> None:
    """Write digits for the marker of an item, which has the same length."""
    begin = state.bMarks[line] + state.tShift[line]
    state.src = state.src[:begin] + digits + state.src[begin + len(digits) :]


def _example_list(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001
    """Read examples `(@)` or `(@label)`, which are numbered through the text."""
    if state.is_code_block(start):
        return False
    first = _EXAMPLE.match(line_text(state, start))
    if first is None or silent:
        return first is not None
    examples = parsed_text(state).examples
    number = examples.get("", 0) + 1
    indent = state.sCount[start]
    for line in range(start, end):
        match = _EXAMPLE.match(line_text(state, line))
        if match is None or state.sCount[line] != indent:
            if state.isEmpty(line) or state.sCount[line] > indent:
                continue
            break
        if examples.get("", 0) >= MAX_LIST_CHANGES:
            break
        examples[""] = examples.get("", 0) + 1
        if match[1]:
            examples[match[1]] = examples[""]
        length = len(match[1]) + 2
        _replace_marker(state, line, f"{examples['']:0{length}}")
    token_index = len(state.tokens)
    if not list_block(state, start, end, silent):
        return False
    state.tokens[token_index].attrs["start"] = number
    return True


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

    lines: tuple[str, ...]
    line: int
    column: int  # from 0, in the line without its indent


def _spaced_table(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001
    """Read a table of which the columns are marked by groups of dashes."""
    if silent or state.is_code_block(start) or start + 2 >= end:
        return False
    first = _full_text(state, start)
    is_rule = bool(_DASHES.match(first.strip()))
    if not is_rule and not _is_column_rule(_full_text(state, start + 1)):
        return False
    last = (
        _end_of_frame(state, start, end) if is_rule else _next_blank(state, start, end)
    )
    if last is None:
        return False
    return _push_spaced(state, start, last, has_frame=is_rule)


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
        is_last = line + 1 >= end or state.isEmpty(line + 1)
        if is_last and _DASHES.match(line_text(state, line)):
            return line
    unclosed.add(end)
    return None


def _push_spaced(state: StateBlock, start: int, last: int, *, has_frame: bool) -> bool:
    """Add the tokens of a table of lines; the frame is a rule above and below."""
    lines = range(start, last)
    rules = [line for line in lines if _is_column_rule(_full_text(state, line))]
    if not rules:
        return False
    rule = rules[0]
    groups = [match.span() for match in _GROUP.finditer(_full_text(state, rule))]
    starts = [0, *(span[0] for span in groups[1:])]
    head = range(start + has_frame, rule)
    body = range(rule + 1, last)
    is_multiline = has_frame and any(state.isEmpty(line) for line in body)
    rows = _rows_of(state, body, starts, is_multiline=is_multiline)
    head_rows = [_row(state, list(head), starts)] if head else []
    if not rows:
        return False
    first_row = head_rows[0] if head_rows else rows[0]
    alignments = [
        _alignment_over(cell, span)
        for cell, span in zip(first_row, groups, strict=True)
    ]
    state.line = last + has_frame
    _push_cells(state, (start, state.line), head_rows, rows, alignments)
    return True


def _is_column_rule(text: str) -> bool:
    """Return whether a line has several groups of dashes, not all of one dash."""
    stripped = text.strip()
    return bool(_DASHES.match(stripped)) and " " in stripped and "--" in stripped


def _full_text(state: StateBlock, line: int) -> str:
    """Return a line with its indent in the block."""
    return state.getLines(line, line + 1, state.blkIndent, False).expandtabs(4)  # noqa: FBT003 - markdown-it's signature


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


def _row(state: StateBlock, lines: list[int], starts: Sequence[int]) -> list[_Cell]:
    """Return the cells of the lines of one row."""
    texts = [_full_text(state, line) for line in lines]
    cells = []
    for index, start in enumerate(starts):
        stop = starts[index + 1] if index + 1 < len(starts) else None
        pieces = tuple(text[start:stop].rstrip() for text in texts)
        cells.append(_Cell(pieces, lines[0], start))
    return cells


def _alignment_over(cell: _Cell, group: tuple[int, int]) -> str:
    """Return the alignment of a head's words over their dashes."""
    text = cell.lines[0].rstrip()
    begin = cell.column + len(text) - len(text.lstrip())
    is_left = begin <= group[0]
    is_right = cell.column + len(text) >= group[1]
    if is_left == is_right:
        return "" if is_left else "center"
    return "left" if is_left else "right"


def _grid_table(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001
    """Read a table drawn with `+---+` and `|`. Cells contain any blocks."""
    if silent or state.is_code_block(start):
        return False
    if not _GRID.match(line_text(state, start)):
        return False
    last = start
    while last < end and line_text(state, last).startswith(("+", "|")):
        last += 1
    borders = [line for line in range(start, last) if _is_border(state, line)]
    rule = _full_text(state, start).strip()
    edges = [index for index, sign in enumerate(rule) if sign == "+"]
    rows = [
        _grid_row(state, range(first + 1, second), edges)
        for first, second in pairwise(borders)
    ]
    if not rows or borders[-1] != last - 1 or not all(rows):
        return False
    heads = [n for n, line in enumerate(borders) if "=" in line_text(state, line)]
    count = heads[0] if heads and heads[0] > 0 else 0
    aligning = line_text(state, borders[count])
    alignments = [
        _grid_alignment(aligning[first + 1 : second])
        for first, second in pairwise(edges)
    ]
    state.line = last
    _push_cells(state, (start, last), rows[:count], rows[count:], alignments)
    return True


def _is_border(state: StateBlock, line: int) -> bool:
    """Return whether a line parts two rows of a grid."""
    return bool(_GRID.match(line_text(state, line)))


def _grid_row(state: StateBlock, lines: range, edges: Sequence[int]) -> list[_Cell]:
    """Return the cells of the lines of a row; none if a bar is not where it should be."""
    texts = [line_text(state, line).rstrip() for line in lines]
    for text in texts:
        if len(text) <= edges[-1] or any(text[edge] not in "|+" for edge in edges):
            return []
    cells = []
    for first, second in pairwise(edges):
        pieces = tuple(text[first + 1 : second].rstrip() for text in texts)
        cells.append(_Cell(pieces, lines[0], first + 1))
    return cells


def _grid_alignment(rule: str) -> str:
    """Return the alignment that the colons of a border mean."""
    if rule.endswith(":"):
        return "center" if rule.startswith(":") else "right"
    return "left" if rule.startswith(":") else ""


def _push_cells(
    state: StateBlock,
    lines: tuple[int, int],
    head: list[list[_Cell]],
    body: list[list[_Cell]],
    alignments: Sequence[str],
) -> None:
    """Add the tokens of a table."""
    state.push("table_open", "table", 1).map = list(lines)
    for part, tag, rows in (("thead", "th", head), ("tbody", "td", body)):
        if not rows:
            continue
        state.push(f"{part}_open", part, 1)
        for row in rows:
            state.push("tr_open", "tr", 1)
            for cell, alignment in zip(row, alignments, strict=True):
                token = state.push(f"{tag}_open", tag, 1)
                token.attrs = {"align": alignment} if alignment else {}
                _push_cell_content(state, cell)
                state.push(f"{tag}_close", tag, -1)
            state.push("tr_close", "tr", -1)
        state.push(f"{part}_close", part, -1)
    state.push("table_close", "table", -1)


def _push_cell_content(state: StateBlock, cell: _Cell) -> None:
    """Add the blocks of a cell. A paragraph alone is words without a paragraph."""
    indents = [len(text) - len(text.lstrip()) for text in cell.lines if text.strip()]
    indent = min(indents, default=0)
    text = "\n".join([text[indent:] for text in cell.lines])
    tokens: list[Token] = []
    parsed = parsed_text(state)
    outer = parsed.div_ends, parsed.unclosed_frames
    parsed.div_ends, parsed.unclosed_frames = {}, set()
    state.md.block.parse(f"{text}\n", state.md, state.env, tokens)
    parsed.div_ends, parsed.unclosed_frames = outer
    is_short = len(tokens) == 3 and tokens[0].type == "paragraph_open"
    begin = state.bMarks[cell.line] + state.tShift[cell.line]
    column = column_of(state, begin) + cell.column + indent
    for token in tokens:
        token.hidden = token.hidden or (is_short and token.nesting != 0)
        if token.map:
            token.map = [number + cell.line for number in token.map]
        if is_short and token.type == "inline":
            token.meta["column"] = column
    state.tokens += tokens
