"""The grammar of phrases: what markdown-it reads within a line of text.

CommonMark and GitHub's extensions come from markdown-it. The rules here are those of
note calls, inline notes, spans with attributes, sub- and superscripts, marked words,
and the code of other programs, which is not changed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from types import SimpleNamespace

from markdown_it import MarkdownIt, helpers
from markdown_it.common.utils import isValidEntityCode
from markdown_it.rules_inline import StateInline, html_inline, image, link

InlineRule = Callable[[StateInline, bool], bool]

# Where the rule for plain words stops, so that the other rules can look.
_TERMINATORS = re.compile(
    r"[\n!&*<=\[\\\]^_`{~]|(?<![A-Za-z])(?:https?|ftp)://|(?<![^\s*_~(])www\."
)
_ADDRESS_START = re.compile(r"(?:https?|ftp)://|www\.")
# A host has no `_` in its last two parts, and one that follows `www.` has a dot.
_HOST = re.compile(
    r"(?:[\w-]+\.)*?[^\W_-][^\W_]*(?:-+[^\W_]+)*(?:\.[^\W_]+(?:-+[^\W_]+)*)?(?![\w-])"
)
_NOT_IN_ADDRESS = re.compile(r"[\s<]|\[\^")
_AFTER_ADDRESS = frozenset("?!.,:*_~'\"”»’")
_BRACKETS = {")": "(", "]": "["}
_ENTITY_AT_END = re.compile(r"&[A-Za-z]+;\Z")
_REFERENCE = re.compile(r"&#([xX][0-9A-Fa-f]{1,6}|[0-9]{1,7});")
_CALL = re.compile(r"\[\^([^\[\]\n]{1,200})\]")
_SUBSCRIPT = re.compile(r"~([^\s~]{1,100})~(?!~)")
_SUPERSCRIPT = re.compile(r"\^((?:[^\s^\\\[]|\\[^\s]){1,100})\^(?!\^)")
_MARK = re.compile(
    r"==(?=[^\s=])((?:[^=\n]|=(?!=)|\n(?!\n)){1,1000})(?<=[^\s=])==(?!=)"
)
# Shortcodes of Hugo, tags and variables of Liquid and Jinja.
FOREIGN_CODE = re.compile(
    r"\{\{[<%].{0,1000}?[>%]\}\}|\{%.{0,1000}?%\}|\{\{.{0,1000}?\}\}", re.DOTALL
)
# A list of attributes. Every part of one without a colon is a class, id or value.
_ATTRIBUTE = (
    r"""[.][^\s{}"'=]+|[#][^\s{}"']+|[\w:-]+=(?:"[^"\n]*"|'[^'\n]*'|[^\s{}"']+)"""
)
ATTRIBUTES = rf"\{{:(?![ ]*toc[ ]*\}})[^{{}}\n]*\}}|\{{[ ]*(?:{_ATTRIBUTE}|-)(?:[ \n]+(?:{_ATTRIBUTE}))*[ ]*\}}"
_ATTRIBUTES = re.compile(ATTRIBUTES)


class Grammar(MarkdownIt):
    """markdown-it, which does not change addresses; `sanitise` checks them."""

    def validateLink(self, url: str) -> bool:  # noqa: ARG002, N802 - the library's name
        """Return true: what is refused is reported later."""
        return True

    def normalizeLink(self, url: str) -> str:  # noqa: N802 - likewise
        """Return the address."""
        return url

    def normalizeLinkText(self, link: str) -> str:  # noqa: N802 - likewise
        """Return the address."""
        return link


def add_inline_rules(grammar: MarkdownIt) -> None:
    """Add our rules to a grammar."""
    grammar.inline.terminator_re = _TERMINATORS
    grammar.helpers = SimpleNamespace(  # type: ignore[assignment]  # a module in the stubs
        parseLinkDestination=helpers.parseLinkDestination,
        parseLinkLabel=_parse_link_label,
        parseLinkTitle=helpers.parseLinkTitle,
    )
    ruler = grammar.inline.ruler
    ruler.before("backticks", "foreign", _foreign_code)
    ruler.before("entity", "unprintable", _unprintable_reference)
    ruler.before("strikethrough", "subscript", _subscript)
    ruler.before("link", "call", _with_position(_call))
    ruler.at("link", _with_position(link))
    ruler.after("link", "span", _with_position(_span))
    ruler.at("image", _with_position(image))
    ruler.at("html_inline", _with_position(html_inline))
    ruler.after("image", "inline_note", _with_position(_inline_note))
    ruler.after("inline_note", "superscript", _superscript)
    ruler.after("superscript", "mark", _mark)
    ruler.push("attributes", _attributes)
    ruler.push("address", _bare_address)


def _unprintable_reference(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - the library's form
    """Keep a reference to a character that cannot be printed; `sanitise` reports it."""
    match = _REFERENCE.match(state.src, state.pos)
    if match is None or _is_printable(match[1]):
        return False
    if not silent:
        token = state.push("html_text", "", 0)
        token.content = match[0]
    state.pos = match.end()
    return True


def _is_printable(written: str) -> bool:
    """Return whether the number of a reference stands for a printable character."""
    is_hexadecimal = written[0] in "xX"
    number = int(written[1:], 16) if is_hexadecimal else int(written)
    return isValidEntityCode(number)


def call_label(label: str) -> str:
    """Return the label of a note as it is compared: without case and extra spaces."""
    return " ".join(label.split()).casefold()


def _with_position(rule: InlineRule) -> InlineRule:
    """Return the rule, which also notes where in the text its first token begins."""

    def positioned(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's signature
        start, first = state.pos, len(state.tokens)
        if not rule(state, silent):
            return False
        for token in state.tokens[first : first + 2]:
            if token.type != "text":
                token.meta["at"] = start
                break
        return True

    return positioned


def _call(state: StateInline, silent: bool) -> bool:  # noqa: FBT001
    """Read a note call, `[^label]`."""
    if not state.src.startswith("[^", state.pos):
        return False
    match = _CALL.match(state.src, state.pos, state.posMax)
    label = match[1].strip() if match else ""
    if match is None or not label:
        return False
    is_link = state.src.startswith("(", match.end())
    if is_link and call_label(label) not in state.env["labels"]:
        return False
    if not silent:
        token = state.push("call", "wbr", 0)
        token.content = label
        token.markup = match[0]
    state.pos = match.end()
    return True


def _inline_note(state: StateInline, silent: bool) -> bool:  # noqa: FBT001
    """Read a note that is written where it is called, `^[words]`."""
    start = state.pos
    if not state.src.startswith("^[", start):
        return False
    end = _parse_link_label(state, start + 1)
    if end < 0 or not state.src[start + 2 : end].strip():
        return False
    if not silent:
        token = state.push("inline_note", "wbr", 0)
        token.content = state.src[start + 2 : end]
        token.markup = "^["
    state.pos = end + 1
    return True


def _span(state: StateInline, silent: bool) -> bool:  # noqa: FBT001
    """Read words in brackets with a list of attributes, `[words]{.class}`."""
    start = state.pos
    if state.src[start] != "[":
        return False
    end = _parse_link_label(state, start)
    if end < 0 or not _ATTRIBUTES.match(state.src, end + 1, state.posMax):
        return False
    if silent:
        match = _ATTRIBUTES.match(state.src, end + 1, state.posMax)
        state.pos = match.end() if match else end + 1
    else:
        _push_element(state, "span", range(start + 1, end), end + 1)
    return True


def _attributes(state: StateInline, silent: bool) -> bool:  # noqa: FBT001
    """Read a list of attributes that directly follows a phrase."""
    if state.src[state.pos] != "{" or state.pending or not state.tokens:
        return False
    match = _ATTRIBUTES.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    if not silent:
        content = match[0].replace("\n", " ")
        state.push("attributes", "", 0).content = content
    state.pos = match.end()
    return True


def _foreign_code(state: StateInline, silent: bool) -> bool:  # noqa: FBT001
    """Read code of Hugo or Liquid as words."""
    if not state.src.startswith(("{{", "{%"), state.pos):
        return False
    match = FOREIGN_CODE.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    if not silent:
        state.append_pending(match[0])
    state.pos = match.end()
    return True


def _subscript(state: StateInline, silent: bool) -> bool:  # noqa: FBT001
    """Read `~2~` as a subscript if it is tight to a word. Elsewhere `~` strikes."""
    before = state.src[state.pos - 1] if state.pos else ""
    if state.src[state.pos] != "~" or not (before.isalnum() or before in ("]", ")")):
        return False
    return _read_phrase(state, _SUBSCRIPT, "sub", silent=silent)


def _superscript(state: StateInline, silent: bool) -> bool:  # noqa: FBT001
    """Read `^2^` as a superscript. Two signs mean nothing here."""
    if state.src[state.pos] != "^" or state.src.endswith("^", 0, state.pos):
        return False
    return _read_phrase(state, _SUPERSCRIPT, "sup", silent=silent)


def _mark(state: StateInline, silent: bool) -> bool:  # noqa: FBT001
    """Read `==words==` as marked words."""
    if state.src[state.pos] != "=":
        return False
    if _read_phrase(state, _MARK, "mark", silent=silent):
        return True
    end = state.pos
    while end < state.posMax and state.src[end] == "=":
        end += 1
    if not silent:
        state.append_pending(state.src[state.pos : end])
    state.pos = end
    return True


def _read_phrase(
    state: StateInline, pattern: re.Pattern[str], tag: str, *, silent: bool
) -> bool:
    """Read an element whose content is the first group of a pattern."""
    match = pattern.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    if silent:
        state.pos = match.end()
    else:
        _push_element(state, tag, range(*match.span(1)), match.end())
    return True


def _push_element(state: StateInline, tag: str, content: range, end: int) -> None:
    """Add an element with the tokens of its content, and continue at `end`."""
    old_max = state.posMax
    state.pos, state.posMax = content.start, content.stop
    state.push(f"{tag}_open", tag, 1)
    state.md.inline.tokenize(state)
    state.push(f"{tag}_close", tag, -1)
    state.pos, state.posMax = end, old_max


def _bare_address(state: StateInline, silent: bool) -> bool:  # noqa: FBT001
    """Read an address that is typed without brackets, as GitHub does."""
    if silent or state.linkLevel > 0:
        return False
    start = _ADDRESS_START.match(state.src, state.pos, state.posMax)
    if start is None or not _HOST.match(state.src, start.end(), state.posMax):
        return False
    address = _address_at(state.src[state.pos : state.posMax])
    is_www = start[0] == "www."
    token = state.push("link_open", "a", 1)
    token.attrs = {"href": f"http://{address}" if is_www else address}
    state.push("text", "", 0).content = address
    state.push("link_close", "a", -1)
    state.pos += len(address)
    return True


def _address_at(text: str) -> str:
    """Return the address at the start of a text, without punctuation at its end."""
    end = _NOT_IN_ADDRESS.search(text)
    address = text[: end.start()] if end else text
    while address:
        last = address[-1]
        entity = _ENTITY_AT_END.search(address) if last == ";" else None
        if entity:
            address = address[: entity.start()]
        elif (
            last in _AFTER_ADDRESS
            or last == ";"
            or address.count(last) > address.count(_BRACKETS.get(last, last))
        ):
            address = address[:-1]
        else:
            break
    return address


def _parse_link_label(
    state: StateInline,
    start: int,
    disableNested: bool = False,  # noqa: FBT001, FBT002, N803 - markdown-it's signature
) -> int:
    """Return where the bracket at `start` ends, or -1.

    It is markdown-it's function, but a link may contain note calls and spans.
    """
    old_position = state.pos
    state.pos = start + 1
    level = 1
    end = -1
    while state.pos < state.posMax:
        if state.src[state.pos] == "]":
            level -= 1
            if level == 0:
                end = state.pos
                break
        begin = state.pos
        state.md.inline.skipToken(state)
        if state.src[begin] != "[":
            continue
        if begin == state.pos - 1:
            level += 1
        elif disableNested and not _may_be_in_link(state.src, begin, state.pos):
            break
    state.pos = old_position
    return end


def _may_be_in_link(text: str, start: int, end: int) -> bool:
    """Return whether what stands in brackets is not a link itself."""
    return text.startswith("[^", start) or text.startswith("}", end - 1)
