"""Links: within the brief, to other briefs, to data, and to the world."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from briefpress.document.context import ParseContext
from briefpress.document.figures import read_asset
from briefpress.document.files import nearest, published_address
from briefpress.xhtml import is_call, parents_of, text_of, unwrap

_BRIEF = re.compile(r"(?:.*/)?(?!index\.md)([^/:]+?)(?:/index)?\.md\Z")
_UNSAFE = re.compile(r"[\s\"<>\\^`{|}]")


def resolve_links(
    root: Element, context: ParseContext, targets: Mapping[str, Element]
) -> None:
    """Check every link of a tree, and put what is neutral in place of what only this folder understands."""
    parents = parents_of(root)
    for link in [element for element in root.iter("a") if not is_call(element)]:
        address = link.get("href")
        if address is None:
            if "id" not in link.attrib:
                unwrap(parents[link], link)
                parents.update(parents_of(root))
            continue
        _set_link(link, address.strip(), context, targets)
        if not text_of(link) and next(link.iter("img"), None) is None:
            context.error(
                "L04",
                "a link without words",
                context.span(link, f"]({address}", address),
                "write them in the brackets",
            )


def _set_link(
    link: Element, address: str, context: ParseContext, targets: Mapping[str, Element]
) -> None:
    """Set one link."""
    if address.startswith("#"):
        _within(link, unquote(address[1:]), context, targets)
    elif re.match(r"(?:https?|mailto|tel):", address, re.IGNORECASE):
        link.set(
            "href",
            _UNSAFE.sub(
                lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode()),
                address,
            ),
        )
    elif "download" not in link.attrib:
        _beside(link, address, context)


def _within(
    link: Element, name: str, context: ParseContext, targets: Mapping[str, Element]
) -> None:
    """Check a link to a place in the brief; one without words takes those of the place."""
    if name not in targets:
        ours = re.compile(r"(?:b|call-|note-|page-)\d")
        near = nearest(
            name, sorted(target for target in targets if not ours.match(target))
        )
        fix = f"write #{near}" if near else "give the place an id: {: #name }"
        context.error(
            "L01",
            f"nothing in this brief has the id {name!r}",
            context.span(link, f"#{name}"),
            fix,
        )
        return
    link.set("href", f"#{name}")
    if not text_of(link):
        link.text = _name_of(targets[name])


def _name_of(target: Element) -> str:
    """Return what a place is called: "Figure 2", or a heading's words."""
    label = next(
        (element for element in target.iter("span") if element.get("class") == "label"),
        None,
    )
    if (
        target.tag == "figure"
        and label is not None
        and "plain" not in target.get("class", "").split()
    ):
        return text_of(label).replace(" ", "\N{NO-BREAK SPACE}")
    return text_of(target, is_call)[:80] if target.tag != "figure" else ""


def _beside(link: Element, address: str, context: ParseContext) -> None:
    """Set a link to another brief, or to a file of data."""
    path, _, fragment = address.partition("#")
    if path.lower().endswith(".csv"):
        if read_asset(path, link, context, what="file") is not None:
            link.set("href", published_address(context.brief.folder, path))
            link.set("download", path.rpartition("/")[2])
        return
    slug = _BRIEF.match(unquote(path))
    if not slug or slug[1] in (".", "..") or not slug[1].isprintable():
        fix = "link to a brief as other-brief.md, to data as a .csv file, to a page as https://…"
        context.error(
            "L05",
            f"{address!r} leads to nothing that a reader can open",
            context.span(link, address),
            fix,
        )
        return
    if context.slugs is not None and slug[1] not in context.slugs:
        near = nearest(slug[1], sorted(context.slugs))
        context.error(
            "L02",
            f"no brief is called {slug[1]!r}",
            context.span(link, address),
            f"write {near}.md" if near else "",
        )
    link.set("href", f"brief:{slug[1]}" + (f"#{fragment}" if fragment else ""))


def linked_briefs(root: Element) -> Iterator[tuple[str, str, str]]:
    """Yield each link to another brief: its slug, the id there or nothing, and the id of the block that holds the link.

    The document knows no other briefs, so that a new one does not make all the others new: whoever knows all of them
    checks the slugs.
    """
    block = ""
    for element in root.iter():
        block = element.get("id", block) if not is_call(element) else block
        if element.tag == "a" and element.get("href", "").startswith("brief:"):
            slug, _, fragment = element.get("href", "")[6:].partition("#")
            yield slug, fragment, block
