"""Blocks that Markdown does not know: sources of quotations, callouts, pull quotes.

Figures and tables use the functions for the lines of a paragraph too.
"""

from __future__ import annotations

import re
from re import Match
from xml.etree.ElementTree import Element

from briefpress.document.context import ParseContext
from briefpress.document.dialect import (
    ALERTS,
    CALLOUTS,
    OTHER_CALLOUTS,
    PULL_QUOTE,
)
from briefpress.xhtml import replace

_DASH = re.compile(
    r"""
    \s* (?: [—–] | -- )
    (?:
        \s+ (?=\S)
        | \s* \Z
    )
    """,
    re.VERBOSE,
)
_WORD = re.compile(r"\w+")
# Obsidian folds a callout with a sign after its kind.
_CALLOUT_START = re.compile(
    r"""
    \s* \[! ([^\]\n]*) \]
    (?: [+-] (?= \s | \Z ) )?
    [ ]*
    """,
    re.VERBOSE,
)
_COMPARED_WORDS = 3  # of a line, to recognise it in the brief


def lines_of(paragraph: Element) -> list[Element]:
    """Return the lines of a paragraph that have content, each as a `<p>`.

    An element that continues on the next line is not divided. A `<br>` is the end of
    its line.
    """
    lines = [Element("p")]
    _append_text(lines, paragraph.text)
    for child in list(paragraph):
        tail = child.tail
        child.tail = None
        lines[-1].append(child)
        _append_text(lines, tail)
    for line in lines:
        _strip_line(line)
    return [line for line in lines if len(line) or line.text]


def joined(lines: list[Element], tag: str = "p", **attributes: str) -> Element:
    """Return an element that contains the lines, one after another.

    Lines stay lines where the author broke them.
    """
    element = Element(tag, attributes)
    for index, line in enumerate(lines):
        if index:
            _append_to(element, "\n")
        _append_to(element, line.text or "")
        element.extend(line)
    _remove_last_break(element)
    return element


def is_source(line: Element) -> bool:
    """Return whether a line begins with a dash, like the source of a quotation."""
    return bool(_DASH.match(line.text or ""))


def without_break(line: Element) -> Element:
    """Remove the `<br>` at the end of a line, and return the line."""
    _remove_last_break(line)
    return line


def without_dash(line: Element) -> Element:
    """Remove the dash of a source, and return the line."""
    line.text = _DASH.sub("", line.text or "", count=1)
    return line


def copy_position(
    line: Element, paragraph: Element, index: int, context: ParseContext
) -> None:
    """Give a line its position, `index` lines below that of its paragraph.

    It gets none if the brief has other words there.
    """
    if paragraph not in context.positions:
        return
    number, column = context.positions[paragraph]
    if index == 0:
        context.positions[line] = number, column
        return
    number += index
    row = context.source.row(number)
    words = _WORD.findall(line.text or "")[:_COMPARED_WORDS]
    if words and all(word in row for word in words):
        indent = len(row) - len(row.lstrip("> "))
        context.positions[line] = number, indent + 1


def make_callouts(root: Element, context: ParseContext) -> None:
    """Make callouts of quotations that begin with `[!kind]`; mark other sources."""
    for quotation in list(root.iter("blockquote")):
        first = quotation[0] if len(quotation) else None
        start = None
        if first is not None and first.tag == "p":
            start = _CALLOUT_START.match(first.text or "")
        if first is not None and start:
            _make_callout(quotation, first, start, context)
        if quotation.tag == "blockquote":
            _mark_source(quotation, context)


def _append_text(lines: list[Element], text: str | None) -> None:
    """Append text to the last line. Each line break in it begins another line."""
    first, *others = (text or "").split("\n")
    _append_to(lines[-1], first)
    for piece in others:
        line = Element("p")
        line.text = piece
        lines.append(line)


def _append_to(element: Element, text: str) -> None:
    """Append text to the content of an element."""
    if len(element):
        last = element[-1]
        last.tail = (last.tail or "") + text
    else:
        element.text = (element.text or "") + text


def _strip_line(line: Element) -> None:
    """Remove spaces at both ends of a line."""
    line.text = (line.text or "").lstrip()
    if len(line):
        last = line[-1]
        last.tail = (last.tail or "").rstrip()
    else:
        line.text = line.text.rstrip()


def _remove_last_break(line: Element) -> None:
    """Remove a `<br>` at the end of a line."""
    if not len(line):
        return
    last = line[-1]
    if last.tag == "br" and not last.tail:
        line.remove(last)
        _strip_line(line)


def _make_callout(
    quotation: Element, first: Element, start: Match[str], context: ParseContext
) -> None:
    """Make a callout or a pull quote of a quotation with the paragraph `first`."""
    word, kind = _kind_of_callout(first, start, context)
    text = (first.text or "")[start.end() :]
    first.text = text
    has_content = bool(text) or len(first) > 0
    has_title = has_content and not text.startswith("\n")
    lines = lines_of(first)
    if kind == PULL_QUOTE:
        _add_classes(quotation, PULL_QUOTE)
        index = 0 if has_title else 1
        _replace_first_paragraph(quotation, first, lines, index, context)
        return
    title = Element("p")
    if has_title and lines:
        title = without_break(lines.pop(0))
    is_empty = not len(title) and not title.text
    if is_empty:
        name = word[:1].upper() + word[1:]
        title.text = context.language.words.get(word, name)
    title.set("class", "callout-title")
    title.tail = "\n"
    copy_position(title, first, 0, context)
    quotation.tag = "div"
    _add_classes(quotation, f"callout {kind}")
    quotation.set("role", "note")
    _replace_first_paragraph(quotation, first, lines, 1, context)
    quotation.insert(0, title)


def _add_classes(element: Element, names: str) -> None:
    """Put classes before those of the author."""
    old_classes = element.get("class", "")
    classes = f"{names} {old_classes}"
    element.set("class", classes.strip())


def _kind_of_callout(
    first: Element, start: Match[str], context: ParseContext
) -> tuple[str, str]:
    """Return what a callout is called, and its kind.

    An unknown one is the kind of a similar name, or else a note.
    """
    written = start[1].strip()
    word = written.lower()
    if word in (*CALLOUTS, PULL_QUOTE):
        return word, word
    if word in ALERTS:
        return word, ALERTS[word]
    if word in OTHER_CALLOUTS:
        return word, OTHER_CALLOUTS[word]
    kinds = (*CALLOUTS, *ALERTS, PULL_QUOTE)
    near = context.closest("C01", word, kinds)
    listed = ", ".join(kinds)
    fix = f"write `[!{near}]`" if near else f"use one of {listed}"
    token = f"[!{start[1]}]"
    taken = near or CALLOUTS[0]
    message = f"unknown kind of callout `{token}`: `{taken}` is taken"
    context.warn("C01", message, first, token, fix=fix)
    return near or written, ALERTS.get(taken, taken)


def _replace_first_paragraph(
    quotation: Element,
    first: Element,
    lines: list[Element],
    index: int,
    context: ParseContext,
) -> None:
    """Replace a callout's first paragraph with the lines that are left of it.

    `index` is how many lines they are below its position.
    """
    if first in context.positions:
        context.positions[quotation] = context.positions[first]
    body = joined(lines)
    if not lines:
        replace(quotation, first)
        return
    body.attrib.update(first.attrib)
    copy_position(body, first, index, context)
    replace(quotation, first, body)


def _mark_source(quotation: Element, context: ParseContext) -> None:
    """Make a footer of the last line of a quotation, if it begins with a dash."""
    last = quotation[-1] if len(quotation) else None
    if last is None or last.tag != "p":
        return
    attributes = dict(last.attrib)
    lines = lines_of(last)
    footer = None
    if lines and is_source(lines[-1]):
        source = without_dash(lines.pop())
        footer = joined([source], "footer")
    body = joined(lines)
    body.attrib.update(attributes)
    body.tail = "\n"
    if last in context.positions:
        context.positions[body] = context.positions[last]
    parts = [body] if lines else []
    if footer is not None:
        footer.set("class", "source")
        copy_position(footer, last, len(lines), context)
        footer.tail = "\n"
        parts.append(footer)
    quotation[-1:] = parts
