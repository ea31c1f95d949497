"""Code, quotations and callouts: what Markdown's own blocks become."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

from briefpress.document.context import ParseContext
from briefpress.document.dialect import CALLOUTS, PULL
from briefpress.document.files import nearest
from briefpress.document.positions import CODES
from briefpress.document.scanner import APART
from briefpress.xhtml import remove, replace

_DASH = re.compile(r"\s*(?:[—–]|--)\s+(?=\S)|\s*(?:[—–]|--)\s*\Z")


def lines_of(paragraph: Element) -> list[Element]:
    """Return the lines of a paragraph, each as a `<p>` of its own. Phrases that run over a line end are not cut."""
    lines = [Element("p")]

    def add(text: str | None) -> None:
        for index, piece in enumerate((text or "").split("\n")):
            if index:
                lines.append(Element("p"))
            line = lines[-1]
            if len(line):
                line[-1].tail = (line[-1].tail or "") + piece
            else:
                line.text = (line.text or "") + piece

    add(paragraph.text)
    for child in list(paragraph):
        tail, child.tail = child.tail, None
        lines[-1].append(child)
        add(tail)
    for line in lines:
        _trim(line)
    return [line for line in lines if len(line) or line.text]


def _trim(line: Element) -> None:
    """Take the break and the spaces off the end of a line, and the spaces off its beginning."""
    line.text = (line.text or "").lstrip()
    if len(line) and line[-1].tag == "br" and not (line[-1].tail or "").strip():
        del line[-1]
    if len(line):
        line[-1].tail = (line[-1].tail or "").rstrip()
    else:
        line.text = line.text.rstrip()


def joined(lines: list[Element], tag: str = "p", **attributes: str) -> Element:
    """Return an element that holds the lines, one behind the other."""
    whole = Element(tag, attributes)
    for index, line in enumerate(lines):
        before = "\n" if index else ""
        if len(whole):
            whole[-1].tail = (whole[-1].tail or "") + before + (line.text or "")
        else:
            whole.text = (whole.text or "") + before + (line.text or "")
        whole.extend(line)
    return whole


def is_source(line: Element) -> bool:
    """Whether the line begins with a dash: the source of a quotation, a figure or a table."""
    return bool(_DASH.match(line.text or ""))


def without_dash(line: Element) -> Element:
    """Take the dash off a source."""
    line.text = _DASH.sub("", line.text or "", count=1)
    return line


def keep_place(
    context: ParseContext, line: Element, paragraph: Element, index: int
) -> None:
    """Give a line its place: `index` lines below the paragraph's, if what stands there agrees."""
    if paragraph not in context.places:
        return
    number, column = context.places[paragraph]
    words = re.findall(r"\w+", line.text or "")[:3]
    row = context.source.rows.get(number + index, "")
    if index == 0:
        context.places[line] = number, column
    elif words and all(word in row for word in words):
        context.places[line] = number + index, len(row) - len(row.lstrip("> ")) + 1


_KIND = re.compile(r"\s*\[!([^\]\n]*)\][ ]*")
_HOLDS_BLOCKS = frozenset(("div", "li", "dd", "blockquote", "td", "th"))


def insert_code(root: Element, context: ParseContext) -> None:
    """Put each piece of fenced code where its placeholder stands."""
    for element in list(root.iter()):
        for key, value in element.attrib.items():
            element.set(key, CODES.sub("", value))
        texts = [element.text, *(child.tail for child in element)]
        if any(text and CODES.search(text) for text in texts):
            _put_code_in(element, context)
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


def _put_code_in(element: Element, context: ParseContext) -> None:
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
            code = _code(
                int(number), context, block=alone or element.tag in _HOLDS_BLOCKS
            )
            code.tail = piece
            children.append(code)
    element[:] = children


def _code(number: int, context: ParseContext, *, block: bool) -> Element:
    """Return a piece of code as a block, or as a phrase where no block may stand."""
    found = context.source.codes[number]
    code = Element(
        "code", {"class": f"language-{found.language}"} if found.language else {}
    )
    code.text = found.text
    if not block:
        return code
    pre = Element("pre")
    pre.append(code)
    context.places[pre] = found.line, 1
    return pre


def make_callouts(root: Element, context: ParseContext) -> None:
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
            _set_kind(quote, first, kind, context)
        if quote.tag == "blockquote":
            _set_source(quote, context)


def _set_kind(
    quote: Element, first: Element, kind: re.Match[str], context: ParseContext
) -> None:
    """Make a callout or a pull quote."""
    name = kind[1].strip().lower()
    if name not in (*CALLOUTS, PULL):
        near = nearest(name, [*CALLOUTS, PULL])
        known = ", ".join((*CALLOUTS, PULL))
        fix = f"write [!{near}]" if near else f"the kinds are {known}"
        context.error(
            "C01",
            f"unknown kind of callout [!{kind[1]}]",
            context.span(first, f"[!{kind[1]}]"),
            fix,
        )
        name = CALLOUTS[0]
    first.text = (first.text or "")[kind.end() :]
    title_first = first.text[:1] != "\n" and bool(first.text or len(first))
    if name == PULL:
        quote.set("class", f"{PULL} {quote.get('class', '')}".strip())
        _replace_first(
            quote, first, lines_of(first), context, index=0 if title_first else 1
        )
        return
    lines = lines_of(first)
    title = lines.pop(0) if title_first and lines else Element("p")
    if not len(title) and not title.text:
        title.text = context.language.words[name]
    title.set("class", "callout-title")
    keep_place(context, title, first, 0)
    quote.tag = "div"
    quote.set("class", f"callout {name} {quote.get('class', '')}".strip())
    quote.set("role", "note")
    _replace_first(quote, first, lines, context, index=1)
    title.tail = "\n"
    quote.insert(0, title)


def _replace_first(
    quote: Element,
    first: Element,
    lines: list[Element],
    context: ParseContext,
    *,
    index: int,
) -> None:
    """Put what is left of the first paragraph in its place: `index` lines below it."""
    if first in context.places:
        context.places[quote] = context.places[first]
    body = joined(lines)
    if lines:
        body.attrib.update(first.attrib)
        keep_place(context, body, first, index)
    replace(quote, first, *([body] if lines else []))


def _set_source(quote: Element, context: ParseContext) -> None:
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
    if last in context.places:
        context.places[body] = context.places[last]
    parts = [body] if lines else []
    if footer is not None:
        footer.set("class", "source")
        keep_place(context, footer, last, len(lines))
        footer.tail = "\n"
        parts.append(footer)
    quote[-1:] = parts
