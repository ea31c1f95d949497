"""Trees of XHTML elements: HTML5 text to a tree, a tree to XHTML or HTML, and the few moves that editions make on one.

Elements are `xml.etree` ones without a namespace; only SVG and MathML keep theirs, as `{namespace}tag`.
Nothing recurses, so a deep tree is no danger.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

SVG = "http://www.w3.org/2000/svg"
MATHML = "http://www.w3.org/1998/Math/MathML"
PREFIXES = {
    "http://www.w3.org/1999/xlink": "xlink",
    "http://www.w3.org/XML/1998/namespace": "xml",
    "http://www.idpf.org/2007/ops": "epub",
}
VOID = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "source",
        "track",
        "wbr",
    ]
)
RAW = frozenset(("script", "style"))  # HTML reads these as text: no escapes
BLOCKS = frozenset(
    "address article aside blockquote caption dd details div dl dt fieldset figcaption"  # noqa: SIM905 - likewise
    " figure footer h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section"
    " summary table tbody td tfoot th thead tr ul".split()
)
# What XML 1.0 cannot hold, lone surrogates among it.
FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_QNAME = re.compile(r"\{([^}]*)\}(.*)")


def parse_page(html: str) -> Element:
    """Return the `<html>` element of a page, as the HTML5 algorithm reads it, without comments."""
    import tinyhtml5  # 20 ms, and only the editions that read a template's page need it

    page = tinyhtml5.parse(FORBIDDEN.sub("", html), namespace_html_elements=False)
    root: Element = page.getroot() if hasattr(page, "getroot") else page
    for parent in list(root.iter()):
        for child in [
            child for child in parent if callable(child.tag)
        ]:  # a comment's tag is a function
            remove(parent, child)
    return root


def parse_fragment(html: str) -> Element:
    """Return a `<div>` that holds what the HTML5 algorithm makes of a piece of a page's body."""
    body = parse_page(
        f"<!doctype html><html><head></head><body>{html}</body></html>"
    ).find("body")
    div = Element("div")
    if body is not None:
        div.text, div[:] = body.text, list(body)
    return div


def parse_xhtml(text: str) -> Element:
    """Return the tree that `to_xhtml` wrote. Raises `ParseError` on anything that is not well-formed."""
    return ET.fromstring(text)  # noqa: S314 - our own text: no DOCTYPE ever comes out of `to_xhtml`


def to_xhtml(element: Element) -> str:
    """Return the tree as XML: `<br/>`, quoted attributes, SVG and MathML with their `xmlns`. The tail is left out."""
    return "".join(_written(element, xml=True, declare=_declarations(element)))


def to_html(element: Element) -> str:
    """Return the tree as HTML5: `<br>`, SVG without prefixes. The tail is left out."""
    return "".join(_written(element, xml=False))


def inner(element: Element, write: Callable[[Element], str] = to_xhtml) -> str:
    """Return what stands inside the element, without its own tags."""
    out = [escape(element.text or "")]
    for child in element:
        out += [write(child), escape(child.tail or "")]
    return "".join(out)


def escape(text: str) -> str:
    """Return text as it stands between tags."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _declarations(root: Element) -> str:
    """Return the `xmlns:…` that the attributes of the tree need, for its outermost tag."""
    used = {
        _name(key).partition(":")[0]
        for element in root.iter()
        for key in element.attrib
        if ":" in key
    }
    prefixes = [
        (prefix, space)
        for space, prefix in PREFIXES.items()
        if prefix in used and prefix != "xml"
    ]
    return "".join(f' xmlns:{prefix}="{space}"' for prefix, space in prefixes)


def _written(element: Element, *, xml: bool, declare: str = "") -> Iterator[str]:
    """Yield the pieces of the tree's text, walking with a stack of our own."""
    stack: list[tuple[Element, str] | str] = [(element, "")]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            yield item
            continue
        node, outer = item
        space, tag = _split(node.tag)
        attributes = [
            f' {_name(k)}="{_quoted(v)}"'
            for k, v in node.attrib.items()
            if not _is_declaration(k)
        ]
        xmlns = f' xmlns="{space}"' if space != outer and (xml or space) else ""
        opening = f"<{tag}{xmlns}{declare}{''.join(attributes)}"
        declare = ""
        if not len(node) and not node.text and (tag in VOID if not space else True):
            yield opening + ("/>" if xml or space else ">")
            continue
        yield opening + ">"
        raw = not xml and tag in RAW
        yield (node.text or "") if raw else escape(node.text or "")
        stack.append(f"</{tag}>")
        for child in reversed(node):
            stack += [escape(child.tail or ""), (child, space)]


def _split(tag: str) -> tuple[str, str]:
    """Return namespace and local name."""
    match = _QNAME.match(tag)
    return (match[1], match[2]) if match else ("", tag)


def _is_declaration(key: str) -> bool:
    """Whether the attribute is an `xmlns`, as HTML parsers leave it: we write our own."""
    return key == "xmlns" or key.startswith(
        ("xmlns:", "{http://www.w3.org/2000/xmlns/}")
    )


def _name(key: str) -> str:
    """Return an attribute's name as text has it: `xlink:href`, `epub:type`, `viewBox`."""
    space, name = _split(key)
    return f"{PREFIXES[space]}:{name}" if space in PREFIXES else name


def _quoted(value: str) -> str:
    """Return an attribute's value as it stands between double quotes."""
    return (
        escape(value)
        .replace('"', "&quot;")
        .replace("\n", "&#10;")
        .replace("\t", "&#9;")
        .replace("\r", "&#13;")
    )


def text_of(element: Element, skip: Callable[[Element], bool] = lambda _: False) -> str:
    """Return the text with white space collapsed; elements for which `skip` is true are left out, not their tails."""
    out: list[str] = []
    stack: list[Element | str] = [element]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            out.append(item)
        elif not skip(item):
            out.append(item.text or "")
            for child in reversed(item):
                stack += [child.tail or "", child]
    return " ".join("".join(out).split())


def is_call(element: Element) -> bool:
    """Whether the element is a note call: what outlines and running heads leave out."""
    return element.tag == "a" and element.get("class") == "call"


def parents_of(root: Element) -> dict[Element, Element]:
    """Return each element's parent."""
    return {child: parent for parent in root.iter() for child in parent}


def by_id(root: Element) -> dict[str, Element]:
    """Return the elements that have an id."""
    return {name: element for element in root.iter() if (name := element.get("id"))}


def remove(parent: Element, child: Element) -> None:
    """Take the child out and leave the text behind it where it stood."""
    index = list(parent).index(child)
    _add_text(parent, index, child.tail)
    child.tail = None
    del parent[index]


def replace(parent: Element, child: Element, *new: Element) -> None:
    """Put the new elements where the child stood, and the text behind it behind them."""
    index = list(parent).index(child)
    tail, child.tail = child.tail, None
    parent[index : index + 1] = new
    _add_text(parent, index + len(new), tail)


def unwrap(parent: Element, child: Element) -> None:
    """Take the child's tags away and leave what it holds."""
    index, inside = list(parent).index(child), list(child)
    tail, child.tail = child.tail, None
    del parent[index]
    _add_text(parent, index, child.text)
    parent[index:index] = inside
    _add_text(parent, index + len(inside), tail)


def _add_text(parent: Element, index: int, text: str | None) -> None:
    """Add text before the child at this index."""
    if not text:
        return
    if index == 0:
        parent.text = (parent.text or "") + text
    else:
        before = parent[index - 1]
        before.tail = (before.tail or "") + text
