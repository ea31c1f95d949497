"""Trees of XHTML elements: parse HTML, write XHTML or HTML, read and change a tree.

Elements are `xml.etree` elements without a namespace. Only SVG and MathML keep theirs,
as `{namespace}tag`. No function recurses, so a deeply nested tree is safe.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from re import Match, Pattern
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

SVG = "http://www.w3.org/2000/svg"
MATHML = "http://www.w3.org/1998/Math/MathML"
PREFIXES = {
    "http://www.w3.org/1999/xlink": "xlink",
    "http://www.w3.org/XML/1998/namespace": "xml",
    "http://www.idpf.org/2007/ops": "epub",
}
VOID_ELEMENTS = frozenset(
    "area base br col embed hr img input link meta source track wbr".split()  # noqa: SIM905 - shorter than a list
)
# HTML parsers read the content of these as text, so nothing in it is escaped.
RAW_TEXT_ELEMENTS = frozenset(("script", "style"))
BLOCK_ELEMENTS = frozenset(
    "address article aside blockquote caption dd details div dl dt fieldset"  # noqa: SIM905 - likewise
    " figcaption figure footer h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre"
    " section summary table tbody td tfoot th thead tr ul".split()
)
# Characters that XML 1.0 cannot contain, with lone surrogates among them.
FORBIDDEN_CHARACTERS = re.compile(
    "[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)

_XMLNS = "{http://www.w3.org/2000/xmlns/}"


def parse_page(html: str) -> Element:
    """Return the `<html>` element of a page, without comments, as HTML5 parses it."""
    import tinyhtml5  # 20 ms, and only editions with templates need it

    text = FORBIDDEN_CHARACTERS.sub("", html)
    page = tinyhtml5.parse(text, namespace_html_elements=False)
    root: Element = page.getroot() if hasattr(page, "getroot") else page
    elements = list(root.iter())
    for parent in elements:
        children = list(parent)
        for child in children:
            if callable(child.tag):  # the tag of a comment is a function
                remove(parent, child)
    return root


def parse_fragment(html: str) -> Element:
    """Return a `<div>` with the content of a page's body, as HTML5 parses it."""
    page = parse_page(f"<!doctype html><html><head></head><body>{html}</body></html>")
    div = Element("div")
    body = page.find("body")
    if body is not None:
        div.text = body.text
        div.extend(body)
    return div


def parse_xhtml(text: str) -> Element:
    """Return the tree that `to_xhtml` wrote. Raises `ParseError` on other text."""
    return ET.fromstring(text)  # noqa: S314 - `to_xhtml` writes no DOCTYPE


def to_xhtml(element: Element) -> str:
    """Return the tree as XML, without the tail of its root.

    Empty elements are `<br/>`; SVG and MathML have their `xmlns`.
    """
    declarations = _prefix_declarations(element)
    pieces = _markup(element, xml=True, declarations=declarations)
    return "".join(pieces)


def to_html(element: Element) -> str:
    """Return the tree as HTML5, without the tail of its root: `<br>`, plain `<svg>`."""
    pieces = _markup(element, xml=False)
    return "".join(pieces)


def inner(element: Element, write: Callable[[Element], str] = to_xhtml) -> str:
    """Return the content of the element as text, without its own tags."""
    text = element.text or ""
    pieces = [escape(text)]
    for child in element:
        text_after = child.tail or ""
        pieces.append(write(child))
        pieces.append(escape(text_after))
    return "".join(pieces)


def escape(text: str) -> str:
    """Return text as it is written between tags."""
    text = text.replace("&", "&amp;")
    text = text.replace("<", "&lt;")
    return text.replace(">", "&gt;")


def text_of(element: Element, skip: Callable[[Element], bool] = lambda _: False) -> str:
    """Return the element's text with white space collapsed.

    Elements for which `skip` is true are left out, but not the text after them.
    """
    pieces: list[str] = []
    stack: list[Element | str] = [element]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            pieces.append(item)
            continue
        if skip(item):
            continue
        pieces.append(item.text or "")
        for child in reversed(item):
            stack.append(child.tail or "")
            stack.append(child)
    text = "".join(pieces)
    return " ".join(text.split())


def own_texts(element: Element) -> Iterator[str]:
    """Yield the pieces of text in the element itself, not those in its children."""
    yield element.text or ""
    for child in element:
        yield child.tail or ""


def local_name(element: Element) -> str:
    """Return the element's name without its namespace."""
    _, name = _split_name(element.tag)
    return name


def is_call(element: Element) -> bool:
    """Return whether the element is a note call, which outlines leave out."""
    if element.tag != "a":
        return False
    return element.get("class") == "call"


def mark_adjacent_calls(root: Element) -> None:
    """Mark each note call that directly follows another, so that styles part them."""
    for parent in root.iter():
        before: Element | None = None
        for child in parent:
            is_near = before is not None and is_call(before) and not before.tail
            if is_near and is_call(child):
                child.set("data-adjacent", "")
            before = child


def parents_of(root: Element) -> dict[Element, Element]:
    """Return the parent of each element."""
    parents = {}
    for parent in root.iter():
        for child in parent:
            parents[child] = parent
    return parents


def elements_by_id(root: Element) -> dict[str, Element]:
    """Return the elements that have an id."""
    elements = {}
    for element in root.iter():
        element_id = element.get("id")
        if element_id:
            elements[element_id] = element
    return elements


def remove(parent: Element, child: Element) -> None:
    """Remove the child, and keep the text after it."""
    index = list(parent).index(child)
    _add_text(parent, index, child.tail)
    child.tail = None
    del parent[index]


def remove_children(parent: Element, children: Iterable[Element]) -> None:
    """Remove some children, and keep the texts after them. It is fast for many."""
    removed = set(children)
    siblings = list(parent)
    parent[:] = []
    for child in siblings:
        if child in removed:
            _add_text(parent, len(parent), child.tail)
            child.tail = None
        else:
            parent.append(child)


def replace(parent: Element, child: Element, *new: Element) -> None:
    """Replace the child with new elements. The text after it follows the last one."""
    index = list(parent).index(child)
    tail = child.tail
    child.tail = None
    del parent[index]
    parent[index:index] = new
    end = index + len(new)
    _add_text(parent, end, tail)


def unwrap(parent: Element, child: Element) -> None:
    """Replace the child with its content."""
    index = list(parent).index(child)
    content = list(child)
    tail = child.tail
    child.tail = None
    del parent[index]
    _add_text(parent, index, child.text)
    parent[index:index] = content
    end = index + len(content)
    _add_text(parent, end, tail)


def replace_matches(
    element: Element, pattern: Pattern[str], make: Callable[[Match[str]], Element]
) -> None:
    """Replace each match in the element's own texts with the element `make` returns."""
    texts = own_texts(element)
    has_match = any(map(pattern.search, texts))
    if not has_match:
        return
    children: list[Element] = []
    element.text = _replace_in_text(element.text, pattern, make, children)
    for child in list(element):
        children.append(child)
        child.tail = _replace_in_text(child.tail, pattern, make, children)
    element[:] = children


def _replace_in_text(
    text: str | None,
    pattern: Pattern[str],
    make: Callable[[Match[str]], Element],
    children: list[Element],
) -> str | None:
    """Append an element for each match; return the text before the first one."""
    if not text:
        return text
    start = 0
    before = text
    last: Element | None = None
    for match in pattern.finditer(text):
        between = text[start : match.start()]
        if last is None:
            before = between
        else:
            last.tail = between
        last = make(match)
        children.append(last)
        start = match.end()
    if last is not None:
        last.tail = text[start:]
    return before


def _add_text(parent: Element, index: int, text: str | None) -> None:
    """Add text before the child at this index."""
    if not text:
        return
    if index == 0:
        text_before = parent.text or ""
        parent.text = text_before + text
        return
    sibling = parent[index - 1]
    text_before = sibling.tail or ""
    sibling.tail = text_before + text


def _markup(element: Element, *, xml: bool, declarations: str = "") -> Iterator[str]:
    """Yield the pieces of the tree's markup. `declarations` are for its first tag."""
    stack: list[tuple[Element, str] | str] = [(element, "")]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            yield item
            continue
        node, outer_namespace = item
        namespace, tag = _split_name(node.tag)
        is_xml = xml or bool(namespace)
        opening = f"<{tag}"
        if namespace != outer_namespace and is_xml:
            opening += f' xmlns="{namespace}"'
        opening += declarations
        opening += _attributes(node)
        declarations = ""
        text = node.text or ""
        has_content = bool(text) or len(node) > 0
        can_be_empty = bool(namespace) or tag in VOID_ELEMENTS
        if can_be_empty and not has_content:
            yield opening
            yield "/>" if is_xml else ">"
            continue
        yield opening
        yield ">"
        if xml or tag not in RAW_TEXT_ELEMENTS:
            text = escape(text)
        if tag == "pre" and not is_xml and text.startswith("\n"):
            text = f"\n{text}"  # HTML parsers leave out the first line end
        yield text
        stack.append(f"</{tag}>")
        for child in reversed(node):
            stack.append(escape(child.tail or ""))
            stack.append((child, namespace))


def _attributes(element: Element) -> str:
    """Return the attributes as they are written in a tag."""
    attributes = ""
    for key, value in element.attrib.items():
        if _is_declaration(key):
            continue
        name = _attribute_name(key)
        escaped = _escape_attribute(value)
        attributes += f' {name}="{escaped}"'
    return attributes


def _prefix_declarations(root: Element) -> str:
    """Return the `xmlns:…` that attributes in the tree need, for its first tag."""
    keys: set[str] = set()
    for element in root.iter():
        keys.update(element.attrib)
    used_prefixes = set()
    for key in keys:
        name = _attribute_name(key)
        prefix, colon, _ = name.partition(":")
        if colon:
            used_prefixes.add(prefix)
    used_prefixes.discard("xml")  # XML declares it
    declarations = ""
    for namespace, prefix in PREFIXES.items():
        if prefix in used_prefixes:
            declarations += f' xmlns:{prefix}="{namespace}"'
    return declarations


def _split_name(tag: str) -> tuple[str, str]:
    """Return namespace and local name."""
    start, brace, name = tag.partition("}")
    if not brace or not start.startswith("{"):
        return "", tag
    namespace = start.removeprefix("{")
    return namespace, name


def _is_declaration(key: str) -> bool:
    """Return whether an attribute is an `xmlns` of the HTML parser: we write our own."""
    return key == "xmlns" or key.startswith(("xmlns:", _XMLNS))


def _attribute_name(key: str) -> str:
    """Return an attribute's name as it is written: `xlink:href`, `viewBox`."""
    namespace, name = _split_name(key)
    prefix = PREFIXES.get(namespace)
    if prefix is None:
        return name
    return f"{prefix}:{name}"


def _escape_attribute(value: str) -> str:
    """Return an attribute's value as it is written between double quotes."""
    text = escape(value)
    text = text.replace('"', "&quot;")
    text = text.replace("\n", "&#10;")
    text = text.replace("\t", "&#9;")
    return text.replace("\r", "&#13;")
