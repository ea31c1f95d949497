"""Repair of raw HTML that HTML parsers accept but EPUB does not.

Items outside lists, terms without definitions, blocks within phrases, parts of tables
in the wrong order, values that mean nothing: each is repaired, and reported once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from xml.etree.ElementTree import Element

from briefpress.document.context import ParseContext
from briefpress.xhtml import BLOCK_ELEMENTS, remove_children, text_of, unwrap

CODE = "D09"
_LISTS = frozenset(("ul", "ol"))
_TABLE_PARTS = ("caption", "thead", "tbody", "tfoot")
_PHRASES = frozenset(
    "em strong b i u s mark small sub sup abbr cite dfn q code kbd samp var bdi bdo span"  # noqa: SIM905 - shorter than a list
    " del ins time a ruby rt".split()
)
# Blocks that contain only phrases.
_PHRASE_HOLDERS = frozenset(("p", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "summary"))
# Blocks in which words beside other blocks get a paragraph.
_BLOCK_HOLDERS = frozenset(("div", "blockquote", "aside", "section", "details", "td"))
_INTEGER = re.compile(r"\s*[+-]?[0-9]{1,9}\s*\Z")
_DATE = re.compile(
    r"\s*(?:\d{4,}(?:-\d\d(?:-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?"
    r"(?:Z|[+-]\d\d:?\d\d)?)?)?)?|\d{4,}-W\d\d|\d\d:\d\d(?::\d\d)?)\s*\Z"
)
_SCOPES = ("row", "col", "rowgroup", "colgroup")
# Attributes that have only some values, by element.
_VALUES: dict[tuple[str, str], Callable[[str], bool]] = {
    ("ol", "start"): lambda value: bool(_INTEGER.match(value)),
    ("li", "value"): lambda value: bool(_INTEGER.match(value)),
    ("ol", "type"): lambda value: value in ("1", "a", "A", "i", "I"),
    ("th", "scope"): lambda value: value.lower() in _SCOPES,
    ("td", "scope"): lambda _: False,
    ("time", "datetime"): lambda value: bool(_DATE.match(value)),
    ("ins", "datetime"): lambda value: bool(_DATE.match(value)),
    ("del", "datetime"): lambda value: bool(_DATE.match(value)),
}


def repair_content(root: Element, context: ParseContext) -> None:
    """Repair a tree so that every element is where EPUB allows it."""
    for element in list(root.iter()):
        _check_values(element, context)
        repair = _REPAIRS.get(element.tag)
        if repair is not None:
            repair(element, context)
    _repair_strays(root, context)
    _lift_blocks_out_of_phrases(root, context)
    for element in [root, *root.iter()]:
        if element is root or element.tag in _BLOCK_HOLDERS:
            wrap_words(element, is_root=element is root)


def _report(context: ParseContext, message: str, element: Element, token: str) -> None:
    """Report a repair."""
    context.warn(CODE, message, element, token)


def _check_values(element: Element, context: ParseContext) -> None:
    """Remove attributes whose value is not one of those that they can have."""
    for key, value in list(element.attrib.items()):
        is_valid = _VALUES.get((element.tag, key))
        if is_valid is not None and not is_valid(value):
            message = (
                f"`{key}` of `<{element.tag}>` cannot be `{value}`, and was removed"
            )
            _report(context, message, element, key)
            del element.attrib[key]


def _repair_list(listing: Element, context: ParseContext) -> None:
    """Put what is in a list but in no item into items."""
    if _has_only(listing, ("li",)):
        return
    message = f"something in `<{listing.tag}>` is in no `<li>`, and was put into one"
    _report(context, message, listing, f"<{listing.tag}")
    items: list[Element] = []
    for part in _parts_of(listing):
        if part.tag == "li":
            items.append(part)
        elif part.tag in _LISTS and items:
            items[-1].append(part)
        else:
            items.append(_wrapped("li", [part]))
    listing.text = "\n"
    listing[:] = items


def _repair_definitions(listing: Element, context: ParseContext) -> None:
    """Make paragraphs of terms without definitions, and of definitions without terms."""
    parts = list(_parts_of(listing))
    valid = _terms_with_definitions(parts)
    if len(valid) == len(parts):
        return
    message = (
        "`<dl>` has a term without a definition, or the reverse; it is a paragraph"
    )
    _report(context, message, listing, "<dl")
    listing.tag = "div"
    children: list[Element] = []
    for part in parts:
        is_valid = part in valid
        if is_valid and children and children[-1].tag == "dl":
            children[-1].append(part)
        elif is_valid:
            children.append(_wrapped("dl", [part]))
        else:
            part.tag = "div" if part.tag in ("dt", "dd") else part.tag
            children.append(part)
    listing[:] = children


def _terms_with_definitions(parts: list[Element]) -> set[Element]:
    """Return the terms that definitions follow, and those definitions."""
    valid: set[Element] = set()
    terms: list[Element] = []
    for part in parts:
        if part.tag == "dt":
            if terms and terms[-1] in valid:
                terms = []
            terms.append(part)
        elif part.tag == "dd" and terms:
            valid.update((*terms, part))
        else:
            terms = []
    return valid


def _repair_table(table: Element, context: ParseContext) -> None:
    """Put the parts of a table into their order, with one caption, head and foot."""
    parts = [child for child in table if child.tag in _TABLE_PARTS]
    seen: set[str] = set()
    for part in parts:
        if part.tag in seen and part.tag in ("thead", "tfoot"):
            part.tag = "tbody"
        seen.add(part.tag)
    ordered = sorted(parts, key=lambda part: _TABLE_PARTS.index(part.tag))
    if ordered != list(table):
        _report(context, "the parts of `<table>` were put in order", table, "<table")
        table[:] = ordered
    captions = table.findall("caption")
    for extra in captions[1:]:
        captions[0].append(_wrapped("div", [extra]))
        table.remove(extra)
        extra.tag = "div"


def _repair_details(details: Element, context: ParseContext) -> None:
    """Put the summary first, and make one if there is none."""
    summaries = [child for child in details if child.tag == "summary"]
    first = details[0] if len(details) else None
    has_words_before = bool((details.text or "").strip())
    for extra in summaries[1:]:
        extra.tag = "p"
    if summaries and first is summaries[0] and not has_words_before:
        return
    summary = summaries[0] if summaries else Element("summary")
    if summaries:
        details.remove(summary)
    else:
        summary.text = context.language.words["note"]
        _report(context, "`<details>` has no `<summary>`", details, "<details")
    summary.tail = details.text
    details.text = "\n"
    details.insert(0, summary)


def _repair_figure(figure: Element, context: ParseContext) -> None:
    """Keep one caption in a figure."""
    captions = [child for child in figure if child.tag == "figcaption"]
    for extra in captions[1:]:
        _report(context, "`<figure>` has two captions", extra, "<figcaption")
        extra.tag = "div"


def _repair_direction(element: Element, context: ParseContext) -> None:
    """Make a span of a `<bdo>` without a direction."""
    if element.get("dir") not in ("ltr", "rtl"):
        _report(context, "`<bdo>` has no `dir`, and means nothing", element, "<bdo")
        element.tag = "span"


def _repair_time(element: Element, context: ParseContext) -> None:
    """Make a span of a `<time>` that says no time."""
    if "datetime" not in element.attrib and not _DATE.match(text_of(element)):
        _report(context, "`<time>` has no time that is valid", element, "<time")
        element.tag = "span"


def _repair_ruby(element: Element, context: ParseContext) -> None:
    """Make spans of a `<ruby>` without annotations."""
    if any(child.tag == "rt" for child in element):
        return
    _report(context, "`<ruby>` has no `<rt>`", element, "<ruby")
    for part in element.iter():
        if part.tag in ("ruby", "rp", "rt"):
            part.tag = "span"


_REPAIRS: dict[str, Callable[[Element, ParseContext], None]] = {
    "ul": _repair_list,
    "ol": _repair_list,
    "dl": _repair_definitions,
    "table": _repair_table,
    "details": _repair_details,
    "figure": _repair_figure,
    "bdo": _repair_direction,
    "time": _repair_time,
    "ruby": _repair_ruby,
}
# Where an element must be, and what holds it if it is elsewhere, or what it becomes.
_PARENTS = {
    "li": _LISTS,
    "dt": frozenset(("dl",)),
    "dd": frozenset(("dl",)),
    "figcaption": frozenset(("figure",)),
    "summary": frozenset(("details",)),
    "caption": frozenset(("table",)),
    "rt": frozenset(("ruby",)),
    "rp": frozenset(("ruby",)),
}
_STRAY_BECOMES = {"dt": "div", "dd": "div", "figcaption": "div", "summary": "p"}


def _repair_strays(root: Element, context: ParseContext) -> None:
    """Give stray items a list, and make other stray parts plain blocks or phrases."""
    for parent in list(root.iter()):
        strays = [
            child
            for child in parent
            if child.tag in _PARENTS and parent.tag not in _PARENTS[child.tag]
        ]
        if not strays:
            continue
        for stray in strays:
            message = f"`<{stray.tag}>` is not where it can be, and was repaired"
            _report(context, message, stray, f"<{stray.tag}")
            if stray.tag != "li":
                stray.tag = _STRAY_BECOMES.get(stray.tag, "span")
        _wrap_items(parent)


def _wrap_items(parent: Element) -> None:
    """Put each run of items that are in no list into a list."""
    if parent.tag in _LISTS:
        return
    children: list[Element] = []
    for child in list(parent):
        last = children[-1] if children else None
        is_after_item = last is not None and last.get("data-run") is not None
        if child.tag != "li":
            children.append(child)
        elif is_after_item and last is not None and not (last.tail or "").strip():
            last.append(child)
            last.tail, child.tail = child.tail, "\n"
        else:
            listing = _wrapped("ul", [child])
            listing.set("data-run", "")
            children.append(listing)
    for child in children:
        child.attrib.pop("data-run", None)
    parent[:] = children


def _lift_blocks_out_of_phrases(root: Element, context: ParseContext) -> None:
    """Remove phrases around blocks, and blocks in what has only phrases."""
    for parent in reversed(list(root.iter())):
        for child in list(parent):
            has_block = any(inner.tag in BLOCK_ELEMENTS for inner in child)
            if child.tag in _PHRASES and has_block:
                message = f"`<{child.tag}>` is around a block, and was removed"
                _report(context, message, child, f"<{child.tag}")
                _pad(child)
                unwrap(parent, child)
    for parent in list(root.iter()):
        if parent.tag not in _PHRASE_HOLDERS:
            continue
        while any(inner.tag in BLOCK_ELEMENTS for inner in parent):
            for child in list(parent):
                if child.tag in BLOCK_ELEMENTS:
                    message = f"`<{child.tag}>` cannot be in `<{parent.tag}>`"
                    _report(context, message, child, f"<{child.tag}")
                    child.tail = f" {child.tail or ''}"
                    unwrap(parent, child)


def _pad(element: Element) -> None:
    """Part the words of an element from those around it."""
    element.tail = f"\n{element.tail or ''}"


def wrap_words(element: Element, *, is_root: bool) -> None:
    """Put words beside blocks into paragraphs."""
    has_blocks = any(child.tag in BLOCK_ELEMENTS for child in element)
    if not has_blocks and not is_root:
        return
    empty = [child for child in element if child.tag == "p" and not _has_content(child)]
    remove_children(element, empty)
    has_words = bool((element.text or "").strip())
    has_words = has_words or any((child.tail or "").strip() for child in element)
    has_phrases = any(child.tag not in BLOCK_ELEMENTS for child in element)
    if not has_words and not has_phrases:
        return
    parts = list(_parts_of(element))
    element.text = "\n"
    element[:] = parts


def _parts_of(element: Element) -> Iterator[Element]:
    """Yield the blocks of an element. Phrases between them are in new paragraphs."""
    run = _new_run(element.text)
    for child in list(element):
        tail, child.tail = child.tail, "\n"
        if child.tag in BLOCK_ELEMENTS:
            if _has_content(run):
                yield run
            yield child
            run = _new_run(tail)
        else:
            child.tail = tail
            run.append(child)
    if _has_content(run):
        yield run


def _new_run(text: str | None) -> Element:
    """Return a paragraph for words."""
    run = Element("p")
    run.text = (text or "").lstrip()
    run.tail = "\n"
    return run


def _has_content(run: Element) -> bool:
    """Return whether a paragraph has words, a picture or an element with an id."""
    if text_of(run):
        return True
    return any(
        inner.tag in ("img", "wbr") or inner.get("id") or inner.get("name")
        for inner in run.iter()
    )


def _has_only(element: Element, tags: Iterable[str]) -> bool:
    """Return whether an element contains elements of these kinds and nothing else."""
    if (element.text or "").strip():
        return False
    return all(
        child.tag in tags and not (child.tail or "").strip() for child in element
    )


def _wrapped(tag: str, parts: list[Element]) -> Element:
    """Return an element around others, with the text after the last one behind it."""
    element = Element(tag)
    element.tail = parts[-1].tail
    parts[-1].tail = None
    element.extend(parts)
    return element
