"""Code, quotations and callouts: what Markdown's own blocks become."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

from briefpress.document.desk import Desk
from briefpress.document.dialect import CALLOUTS, PULL
from briefpress.document.files import nearest
from briefpress.document.lines import (
    is_source,
    joined,
    keep_place,
    lines_of,
    without_dash,
)
from briefpress.document.marks import CODES
from briefpress.document.script import APART
from briefpress.xhtml import remove, replace

_KIND = re.compile(r"\s*\[!([^\]\n]*)\][ ]*")
_HOLDS_BLOCKS = frozenset(("div", "li", "dd", "blockquote", "td", "th"))


def put_code(root: Element, desk: Desk) -> None:
    """Put each piece of fenced code where its placeholder stands."""
    for element in list(root.iter()):
        for key, value in element.attrib.items():
            element.set(key, CODES.sub("", value))
        texts = [element.text, *(child.tail for child in element)]
        if any(text and CODES.search(text) for text in texts):
            _put_code_in(element, desk)
    for parent in list(root.iter()):
        for child in list(parent):
            if (
                child.tag == "p"
                and len(child) == 1
                and child[0].tag == "pre"
                and not (child.text or "").strip()
            ):
                pre, tail = child[0], child.tail
                replace(parent, child, pre)
                pre.tail = tail


def _put_code_in(element: Element, desk: Desk) -> None:
    """Replace the placeholders in the element's own texts."""
    alone = (
        element.tag == "p"
        and not len(element)
        and bool(CODES.fullmatch((element.text or "").strip()))
    )
    children: list[Element] = []
    for child in (None, *element):
        text = (element.text if child is None else child.tail) or ""
        first, *rest = CODES.split(text)
        if child is None:
            element.text = first
        else:
            child.tail = first
            children.append(child)
        for number, piece in zip(rest[::2], rest[1::2], strict=True):
            code = _code(int(number), desk, block=alone or element.tag in _HOLDS_BLOCKS)
            code.tail = piece
            children.append(code)
    element[:] = children


def _code(number: int, desk: Desk, *, block: bool) -> Element:
    """Return a piece of code as a block, or as a phrase where no block may stand."""
    found = desk.script.codes[number]
    code = Element(
        "code", {"class": f"language-{found.language}"} if found.language else {}
    )
    code.text = found.text
    if not block:
        return code
    pre = Element("pre")
    pre.append(code)
    desk.places[pre] = found.line, 1
    return pre


def set_quotes(root: Element, desk: Desk) -> None:
    """Give quotations their sources, and make callouts of those that begin with `[!kind]`."""
    for parent in list(root.iter()):
        for child in [child for child in parent if (child.text or "").strip() == APART]:
            remove(parent, child)
    for quote in list(root.iter("blockquote")):
        first = next(iter(quote), None)
        kind = (
            _KIND.match(first.text or "")
            if first is not None and first.tag == "p"
            else None
        )
        if first is not None and kind:
            _set_kind(quote, first, kind, desk)
        if quote.tag == "blockquote":
            _set_source(quote, desk)


def _set_kind(quote: Element, first: Element, kind: re.Match[str], desk: Desk) -> None:
    """Make a callout or a pull quote."""
    name = kind[1].strip().lower()
    if name not in (*CALLOUTS, PULL):
        near = nearest(name, [*CALLOUTS, PULL])
        known = ", ".join((*CALLOUTS, PULL))
        fix = f"write [!{near}]" if near else f"the kinds are {known}"
        desk.error(
            "C01",
            f"unknown kind of callout [!{kind[1]}]",
            desk.span(first, f"[!{kind[1]}]"),
            fix,
        )
        name = CALLOUTS[0]
    first.text = (first.text or "")[kind.end() :]
    title_first = first.text[:1] != "\n" and bool(first.text or len(first))
    if name == PULL:
        quote.set("class", f"{PULL} {quote.get('class', '')}".strip())
        _replace_first(
            quote, first, lines_of(first), desk, index=0 if title_first else 1
        )
        return
    lines = lines_of(first)
    title = lines.pop(0) if title_first and lines else Element("p")
    if not len(title) and not title.text:
        title.text = desk.language.words[name]
    title.set("class", "callout-title")
    keep_place(desk, title, first, 0)
    quote.tag = "div"
    quote.set("class", f"callout {name} {quote.get('class', '')}".strip())
    quote.set("role", "note")
    _replace_first(quote, first, lines, desk, index=1)
    title.tail = "\n"
    quote.insert(0, title)


def _replace_first(
    quote: Element, first: Element, lines: list[Element], desk: Desk, *, index: int
) -> None:
    """Put what is left of the first paragraph in its place: `index` lines below it."""
    if first in desk.places:
        desk.places[quote] = desk.places[first]
    body = joined(lines)
    if lines:
        body.attrib.update(first.attrib)
        keep_place(desk, body, first, index)
    replace(quote, first, *([body] if lines else []))


def _set_source(quote: Element, desk: Desk) -> None:
    """Make a footer of the last line that begins with a dash."""
    last = quote[-1] if len(quote) else None
    if last is None or last.tag != "p":
        return
    attributes = dict(last.attrib)
    lines = lines_of(last)
    footer = (
        joined([without_dash(lines.pop())], "footer")
        if lines and is_source(lines[-1])
        else None
    )
    body = joined(lines)
    body.attrib.update(attributes)
    body.tail = "\n"
    if last in desk.places:
        desk.places[body] = desk.places[last]
    parts = [body] if lines else []
    if footer is not None:
        footer.set("class", "source")
        keep_place(desk, footer, last, len(lines))
        footer.tail = "\n"
        parts.append(footer)
    quote[-1:] = parts
