"""HTML to a tree that contains only what is allowed, where an EPUB allows it.

So attribute lists pass it too. nh3 parses the HTML as browsers do and writes a normal
form: lower case, every attribute quoted, no comments, `<`, `>` and `&` escaped. With a
slash in each empty element that is XML, so no second HTML parser is needed.

Raw HTML that HTML parsers accept but EPUB does not is repaired, and reported once: items
outside lists, terms without definitions, blocks within phrases, parts of tables in the
wrong order, values that mean nothing.
"""

from __future__ import annotations

import html
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from re import Match
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

import nh3

from briefpress.document.context import ParseContext, Position, strip_unprintable
from briefpress.document.dialect import OUR_CLASSES
from briefpress.document.token_tree import (
    AT,
    CALL,
    OUR_ATTRIBUTES,
    REMOVED_WITH_CONTENT,
)
from briefpress.languages import text_direction
from briefpress.problems import Span
from briefpress.xhtml import (
    BLOCK_ELEMENTS,
    FORBIDDEN_CHARACTERS,
    remove,
    remove_children,
    text_of,
    unwrap,
)

# Elements that are allowed, with the attributes of their own.
_ALLOWED = """
p: data
div span br hr h1 h2 h3 h4 h5 h6 em strong b i u s mark small sub sup abbr cite dfn:
code kbd samp var bdi bdo ruby rt rp wbr ul dl dt dd pre caption:
figure figcaption summary aside section:
details: open
table thead tbody tfoot tr:
a: href name
img: src alt data width
ol: start reversed type
li: value
q blockquote: cite
del ins: cite datetime
time: datetime
th: align colspan rowspan scope headers
td: align colspan rowspan headers
"""  # `data` is for `figures`, which removes it
ATTRIBUTES_OF_ALL = frozenset(("id", "class", "lang", "dir", "title"))
SCHEMES = frozenset(("http", "https", "mailto", "tel"))

# No `<` within a tag, so that a search never reads beyond the next tag. What this
# pattern does not find is removed without a message.
_TAG = re.compile(r"""<(/?[A-Za-z][^\s/<>]*)((?:[^<>"']|"[^"<]*"|'[^'<]*')*)>""")
_TAG_NAME = re.compile(r"<(/?[A-Za-z][^\s/<>]*)")
_ATTRIBUTE = re.compile(
    r"""([^\s=/>"']+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+)))?"""
)
_SRC = re.compile(r"\ssrc\s*=", re.IGNORECASE)
_CHARACTER_REFERENCE = re.compile(r"&#(?:[xX]([0-9A-Fa-f]{1,400})|([0-9]{1,400}));?")
_VOID_TAG = re.compile(r'<(br|hr|img|wbr)((?: [a-z-]+="[^"]*")*)>')
_ANY_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)")
_SCHEME = re.compile(r"\s*([A-Za-z][A-Za-z0-9+.-]*):")
_CONTROL_OR_SPACE = re.compile(r"[\x00-\x20]")
# Elements that are removed with their words on purpose, and those that contain HTML in
# drawings and formulas.
_HOLDERS_OF_WORDS = REMOVED_WITH_CONTENT | {"foreignobject", "annotation-xml"}
_LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*\Z")
_CLASS_NAME = re.compile(r"-?[A-Za-z_][\w-]*\Z")
_DIRECTIONS = ("ltr", "rtl", "auto")
_PLACE = re.compile(rf'{AT}="([0-9]+):([0-9]+)"')
_PLACE_LENGTH = 40
_SEARCH_STEP = 4000  # characters that are searched backwards at a time


def _parse_allowed(table: str) -> dict[str, frozenset[str]]:
    """Return the attributes of each allowed element."""
    allowed = {}
    for line in table.strip().splitlines():
        tags, _, attributes = line.partition(":")
        for tag in tags.split():
            allowed[tag] = frozenset(attributes.split())
    return allowed


ALLOWED = _parse_allowed(_ALLOWED)


@dataclass(frozen=True, slots=True)
class _Removal:
    """Something that is not allowed in HTML text."""

    index: int  # in the text
    code: str
    token: str  # what to look for in the brief
    message: str
    place: Position | None = None  # of the element, if it has one


def sanitise(
    text: str, context: ParseContext, where: Span | None = None
) -> Element | None:
    """Return a `<div>` with what is allowed in HTML text, and report what is removed.

    `where` is the span of text without marks. Returns None if elements are nested
    deeper than the limit.
    """
    text = _without_unprintable_references(text, context, where)
    _report_removals(text, context, where)
    clean = _cleaner().clean(_without_stray_foreign_tags(text))
    max_nesting = context.limits.nesting
    text_before = _text_before_deep_tag(clean, max_nesting)
    if text_before:
        message = f"elements are nested more than {max_nesting} deep"
        context.error("D05", message, where or _last_position(text_before, context))
        return None
    # XML reads a carriage return as a line feed, so a reference to one is a space.
    xml = _VOID_TAG.sub(r"<\1\2/>", clean).replace("&nbsp;", "\xa0").replace("\r", " ")
    xml = FORBIDDEN_CHARACTERS.sub("", xml)
    return ET.fromstring(f"<div>{xml}</div>")  # noqa: S314 - nh3 writes no DOCTYPE


def take_positions(root: Element) -> dict[Element, Position]:
    """Remove the places from a tree; return the position of each element with one."""
    positions: dict[Element, Position] = {}
    for element in root.iter():
        place = element.attrib.pop(AT, "")
        if place:
            line, _, column = place.partition(":")
            positions[element] = int(line), int(column)
    return positions


def check_attributes(root: Element, context: ParseContext) -> None:
    """Check classes, languages and directions in a tree without any of our own."""
    for element in root.iter():
        if not element.attrib:
            continue
        anchor = element.attrib.pop("name", "") if element.tag == "a" else ""
        if anchor:
            element.attrib.setdefault("id", anchor)
        if "class" in element.attrib:
            _check_classes(element, context)
        if "lang" in element.attrib:
            _check_language(element, context)
        if element.get("dir", "ltr").lower() not in _DIRECTIONS:
            del element.attrib["dir"]
        if _refused_part(element.get("href", "")):  # reported, but kept by nh3
            del element.attrib["href"]
        for key, value in element.attrib.items():
            element.set(key, value.replace("\n", " ").strip())


@cache
def _cleaner() -> nh3.Cleaner:
    """Return the one cleaner: to build it costs more than to use it."""
    attributes = {tag: set(names) for tag, names in ALLOWED.items() if names}
    attributes["*"] = {*ATTRIBUTES_OF_ALL, AT}
    attributes["img"].add(CALL)
    attributes["wbr"] = {CALL}
    return nh3.Cleaner(
        tags=set(ALLOWED),
        attributes=attributes,
        clean_content_tags=set(REMOVED_WITH_CONTENT),
        url_schemes=set(SCHEMES),
        link_rel=None,
    )


def _without_stray_foreign_tags(text: str) -> str:
    """Return the text without tags of SVG and MathML, such as `<filter>`.

    nh3 removes them with their words if no drawing or formula is around them. One that
    is around them is removed as a whole, with or without tags in it.
    """
    tags = set(_TAG_NAME.findall(text))
    if not any(_loses_words(_plain_name(tag)) for tag in tags):
        return text
    return _TAG.sub(
        lambda tag: "" if _loses_words(_plain_name(tag[1])) else tag[0], text
    )


def _plain_name(tag: str) -> str:
    """Return the name of a start or end tag: "/DIV" is "div"."""
    return tag.lower().removeprefix("/")


@lru_cache(maxsize=1000)
def _loses_words(name: str) -> bool:
    """Return whether nh3 removes an element with its words, although it need not."""
    if name in ALLOWED or name in _HOLDERS_OF_WORDS:
        return False
    return not _cleaner().clean(f"<{name}>words</{name}>")


def _without_unprintable_references(
    text: str, context: ParseContext, where: Span | None
) -> str:
    """Return the text without references to unprintable characters.

    Some of those are the private characters of our marks.
    """
    if "&#" not in text:
        return text

    def check_reference(match: Match[str]) -> str:
        hexadecimal, decimal = match[1], match[2]
        number = int(hexadecimal, 16) if hexadecimal else int(decimal)
        if _is_printable(number):
            return match[0]
        message = f"a character that cannot be printed: {match[0][:20]}"
        span = where or context.file_span()
        if where is None and not context.problems.is_full("D01"):
            source = context.source
            first = (source.first_line, 1)
            found = _find_token(context, match[0], first, source.last_line, nth=1)
            span = found or span
        context.warn("D01", message, span)
        return ""

    return _CHARACTER_REFERENCE.sub(check_reference, text)


def _is_printable(number: int) -> bool:
    """Return whether a character reference stands for a printable character."""
    is_windows_1252 = 0x80 <= number < 0xA0  # HTML reads these so
    if is_windows_1252:
        return True
    return number <= sys.maxunicode and bool(strip_unprintable(chr(number)))


def _text_before_deep_tag(text: str, limit: int) -> str:
    """Return the text up to the tag that is nested too deep; "" if there is none."""
    depth = 0
    for tag in _ANY_TAG.finditer(text):  # in nh3's text each element is closed
        is_end, name = tag[1], tag[2]
        if name in ("br", "hr", "img", "wbr"):
            continue
        depth += -1 if is_end else 1
        if depth > limit:
            return text[: tag.end()]
    return ""


def _last_position(text: str, context: ParseContext) -> Span:
    """Return the span of the last place in the text."""
    return context.source.span(*_place_before(text, len(text)))


def _place_before(text: str, index: int) -> Position:
    """Return the last place before an index of HTML text."""
    start = index
    while start > 0:
        start -= _SEARCH_STEP
        piece = text[max(0, start) : start + _SEARCH_STEP + _PLACE_LENGTH]
        places = [found for found in _PLACE.finditer(piece) if found.end() <= index]
        if places:
            return int(places[-1][1]), int(places[-1][2])
    return 0, 0


def _report_removals(text: str, context: ParseContext, where: Span | None) -> None:
    """Report the tags, attributes and addresses that are not allowed."""
    seen: Counter[tuple[Position, str]] = Counter()
    for removal in _removals(text):
        code = removal.code
        if where is not None:
            span = where
        elif context.problems.is_full(code):
            span = context.file_span()
        else:
            span = _span_of_removal(removal, text, context, seen)
        context.warn(code, removal.message, span)


def _span_of_removal(
    removal: _Removal,
    text: str,
    context: ParseContext,
    seen: Counter[tuple[Position, str]],
) -> Span:
    """Return the span in the brief of what is removed.

    The place of its element is in the tag itself. An element without one is in the
    block before it. `seen` counts equal tokens.
    """
    line, column = removal.place or _place_before(text, removal.index)
    token = removal.token
    place = (line, column)
    seen[place, token] += 1
    last = context.last_lines.get(line, line)
    span = _find_token(context, token, place, last, nth=seen[place, token])
    return span or context.source.span(line, column)


def _removals(text: str) -> Iterator[_Removal]:
    """Yield what is not allowed in HTML text."""
    if "<" not in text:
        return
    for tag in _TAG.finditer(text):
        name = tag[1].lower()
        if name.startswith("/"):
            continue
        if name not in ALLOWED:
            message = f"`<{name}>` is not allowed in a brief, and was removed"
            if name in REMOVED_WITH_CONTENT:
                message += " with its content"
            yield _Removal(tag.start(), "D04", f"<{tag[1]}", message, _place_of(tag))
            continue
        if name == "img" and not _SRC.search(tag[2]):
            message = "the picture has no file; a box is in its place"
            yield _Removal(tag.start(), "F01", "<img", message, _place_of(tag))
        yield from _attribute_removals(name, tag)


def _place_of(tag: Match[str]) -> Position | None:
    """Return the place that a tag has as an attribute."""
    place = _PLACE.search(tag[2])
    return (int(place[1]), int(place[2])) if place else None


def _attribute_removals(name: str, tag: Match[str]) -> Iterator[_Removal]:
    """Yield the attributes and addresses of a tag that are not allowed."""
    if tag[2].count("=") == 1 and AT in tag[2]:
        return  # only its place
    allowed = _allowed_attributes(name)
    index = tag.start()
    place = _place_of(tag)
    for attribute in _ATTRIBUTE.finditer(tag[2]):
        written_key, *values = attribute.groups()
        key = written_key.lower()
        if key not in allowed:
            where = f"`{key}` on `<{name}>`"
            message = f"{where} is not allowed in a brief, and was removed"
            yield _Removal(index, "D04", written_key, message, place)
        elif key in ("href", "src", "cite"):
            value = next(filter(None, values), "")
            refused = _refused_part(html.unescape(value))
            if refused:
                code = "F14" if name == "img" else "L03"
                message = f"the address `{refused}` is not allowed in a brief"
                assumed = "and was removed"
                if name == "img":
                    assumed = "so a box is in the place of the picture"
                message = f"{message}, {assumed}"
                yield _Removal(index, code, refused, message, place)


@cache
def _allowed_attributes(name: str) -> frozenset[str]:
    """Return the attributes that an element may have."""
    return frozenset(ATTRIBUTES_OF_ALL | ALLOWED[name] | OUR_ATTRIBUTES)


# The forbidden host code points of the URL Standard that `urlsplit` accepts.
_NOT_IN_HOST = re.compile(r"[%\\^|<>\x00-\x20]")


def _refused_part(address: str) -> str:
    """Return the part of an address that is not allowed: its scheme, or all of it."""
    plain = _CONTROL_OR_SPACE.sub("", address)
    scheme = _SCHEME.match(plain)
    if scheme and scheme[1].lower() not in SCHEMES:
        return f"{scheme[1]}:"
    if scheme and scheme[0] == plain:
        return plain  # `mailto:` to nobody
    try:
        parts = urlsplit(plain)
        is_web = parts.scheme in ("http", "https")
        host = parts.hostname or ""
        has_host = bool(host) and not _NOT_IN_HOST.search(host) and parts.port != 0
    except ValueError:
        return plain
    return plain if is_web and not has_host else ""


def _find_token(
    context: ParseContext, token: str, first: Position, last: int, nth: int
) -> Span | None:
    """Return the span of the nth token from a position to the end of a line."""
    pattern = re.compile(re.escape(token), re.IGNORECASE)
    line, column = first
    start = max(column - 1, 0)
    for number in range(line, last + 1):
        for match in pattern.finditer(context.source.row(number), start):
            nth -= 1
            if nth == 0:
                length = len(match[0])
                return context.source.span(number, match.start() + 1, length)
        start = 0
    return None


def _check_classes(element: Element, context: ParseContext) -> None:
    """Keep the classes that are for the theme."""
    names = dict.fromkeys(element.attrib.pop("class").split())
    kept = []
    for name in names:
        is_language = name.startswith("language-") and element.tag != "code"
        if name in OUR_CLASSES or is_language:
            message = f"the class `{name}` is reserved, and was removed"
            fix = "use another name"
            context.warn("D07", message, element, f".{name}", name, fix=fix)
        if name not in OUR_CLASSES and _CLASS_NAME.match(name):
            kept.append(name)
    if kept:
        element.set("class", " ".join(kept))


def _check_language(element: Element, context: ParseContext) -> None:
    """Keep a valid language, and set the direction of its script."""
    tag = element.get("lang", "")
    if not _LANGUAGE_TAG.match(tag):
        message = f"`{tag}` is not a language"
        fix = "write a language tag, such as fa, ru or az-Arab"
        context.warn("D08", message, element, f"lang={tag}", tag, fix=fix)
        del element.attrib["lang"]
        return
    direction = text_direction(tag)
    if "dir" not in element.attrib and direction != text_direction(context.brief.lang):
        element.set("dir", direction)


_REPAIR_CODE = "D09"
_LISTS = frozenset(("ul", "ol"))
_TABLE_PARTS = ("caption", "thead", "tbody", "tfoot")
_PHRASES = frozenset(
    "em strong b i u s mark small sub sup abbr cite dfn q code kbd samp var bdi bdo span"  # noqa: SIM905 - shorter than a list
    " del ins time a ruby rt rp".split()
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
_DAY = re.compile(
    r"\s*\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d))?\s*\Z"
)
_ADDRESS_PART = r"(?:[\w./?&=~+:@!$,;*()'-]|%[0-9A-Fa-f]{2})*"
_WEB_ADDRESS = re.compile(
    rf"https?://[\w.-]+(?::[0-9]{{1,5}})?(?:[/?]{_ADDRESS_PART})?(?:#{_ADDRESS_PART})?\Z",
    re.ASCII,
)
_RUBY_PARTS = {"rt": "t", "rp": "p"}  # all others are words: "w"
_RUBY = re.compile(r"(?:w+(?:t|ptp))+")
_SCOPES = ("row", "col", "rowgroup", "colgroup")
_BOOLEAN = ("open", "reversed")  # attributes whose value says nothing
# Attributes that have only some values, by element.
_VALUES: dict[tuple[str, str], Callable[[str], bool]] = {
    ("ol", "start"): lambda value: bool(_INTEGER.match(value)),
    ("li", "value"): lambda value: bool(_INTEGER.match(value)),
    ("ol", "type"): lambda value: value in ("1", "a", "A", "i", "I"),
    ("th", "scope"): lambda value: value.lower() in _SCOPES,
    ("td", "scope"): lambda _: False,
    ("time", "datetime"): lambda value: bool(_DATE.match(value)),
    ("ins", "datetime"): lambda value: bool(_DAY.match(value)),
    ("del", "datetime"): lambda value: bool(_DAY.match(value)),
    ("ins", "cite"): lambda value: bool(_WEB_ADDRESS.match(value)),
    ("del", "cite"): lambda value: bool(_WEB_ADDRESS.match(value)),
    ("q", "cite"): lambda value: bool(_WEB_ADDRESS.match(value)),
    ("blockquote", "cite"): lambda value: bool(_WEB_ADDRESS.match(value)),
}


def repair_content(root: Element, context: ParseContext) -> None:
    """Repair a tree so that every element is where EPUB allows it."""
    _lift_blocks_out_of_phrases(root, context)
    for element in list(root.iter()):
        _check_values(element, context)
        repair = _REPAIRS.get(element.tag)
        if repair is not None:
            repair(element, context)
    _repair_strays(root, context)
    for listing in root.iter("ul"):
        for item in listing:
            item.attrib.pop("value", None)
    for element in [root, *root.iter()]:
        if element is root or element.tag in _BLOCK_HOLDERS:
            wrap_words(element, is_root=element is root)
        elif element.tag == "figure":
            element[:] = list(_parts_of(element, _is_part_of_figure))
            element.text = "\n"


def _report_repair(
    context: ParseContext, message: str, element: Element, token: str
) -> None:
    """Report a repair."""
    context.warn(_REPAIR_CODE, message, element, token)


def _check_values(element: Element, context: ParseContext) -> None:
    """Remove attributes whose value is not one of those that they can have."""
    for key, value in list(element.attrib.items()):
        if key in _BOOLEAN:
            element.set(key, "")
        is_valid = _VALUES.get((element.tag, key))
        if is_valid is not None and not is_valid(value):
            message = (
                f"`{key}` of `<{element.tag}>` cannot be `{value}`, and was removed"
            )
            _report_repair(context, message, element, key)
            del element.attrib[key]


def _repair_list(listing: Element, context: ParseContext) -> None:
    """Put what is in a list but in no item into items."""
    if _has_only(listing, ("li",)):
        return
    message = f"something in `<{listing.tag}>` is in no `<li>`, and was put into one"
    _report_repair(context, message, listing, f"<{listing.tag}")
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
    if parts and len(valid) == len(parts):
        listing[:] = parts  # without empty phrases
        return
    message = (
        "`<dl>` has a term without a definition, or the reverse; it is a paragraph"
    )
    _report_repair(context, message, listing, "<dl")
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
    listing.text = "\n"
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
        _report_repair(
            context, "the parts of `<table>` were put in order", table, "<table"
        )
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
        remove(details, summary)
    else:
        summary.text = context.language.words["note"]
        _report_repair(context, "`<details>` has no `<summary>`", details, "<details")
    summary.tail = details.text
    details.text = "\n"
    details.insert(0, summary)


def _repair_figure(figure: Element, context: ParseContext) -> None:
    """Keep one caption in a figure."""
    captions = [child for child in figure if child.tag == "figcaption"]
    for extra in captions[1:]:
        _report_repair(context, "`<figure>` has two captions", extra, "<figcaption")
        extra.tag = "div"


def _repair_direction(element: Element, context: ParseContext) -> None:
    """Make a span of a `<bdo>` without a direction."""
    if element.get("dir") not in ("ltr", "rtl"):
        _report_repair(
            context, "`<bdo>` has no `dir`, and means nothing", element, "<bdo"
        )
        element.tag = "span"


def _repair_time(element: Element, context: ParseContext) -> None:
    """Make a span of a `<time>` that says no time."""
    if "datetime" not in element.attrib and not _DATE.match(text_of(element)):
        _report_repair(context, "`<time>` has no time that is valid", element, "<time")
        element.tag = "span"


def _has_annotations(ruby: Element) -> bool:
    """Return whether an annotation, with brackets or without, follows all words."""
    parts = "w" if (ruby.text or "").strip() else ""
    for child in ruby:
        parts += _RUBY_PARTS.get(child.tag, "w")
        if (child.tail or "").strip():
            parts += "w"
    return bool(_RUBY.fullmatch(parts))


def _repair_ruby(element: Element, context: ParseContext) -> None:
    """Make spans of a `<ruby>` without annotations."""
    if _has_annotations(element):
        return
    message = "`<ruby>` has words without `<rt>`, or the reverse"
    _report_repair(context, message, element, "<ruby")
    for part in element.iter():
        if part.tag in ("ruby", "rp", "rt"):
            part.tag = "span"


def _repair_term(element: Element, context: ParseContext) -> None:
    """Make spans of the terms within a term."""
    for inner in element.iter("dfn"):
        if inner is not element:
            _report_repair(context, "`<dfn>` cannot be in `<dfn>`", inner, "<dfn")
            inner.tag = "span"


_REPAIRS: dict[str, Callable[[Element, ParseContext], None]] = {
    "ul": _repair_list,
    "ol": _repair_list,
    "dl": _repair_definitions,
    "table": _repair_table,
    "details": _repair_details,
    "figure": _repair_figure,
    "bdo": _repair_direction,
    "dfn": _repair_term,
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
            _report_repair(context, message, stray, f"<{stray.tag}")
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
                _report_repair(context, message, child, f"<{child.tag}")
                _pad(child)
                unwrap(parent, child)
    for parent in list(root.iter()):
        if parent.tag not in _PHRASE_HOLDERS:
            continue
        while any(inner.tag in BLOCK_ELEMENTS for inner in parent):
            for child in list(parent):
                if child.tag in BLOCK_ELEMENTS:
                    message = f"`<{child.tag}>` cannot be in `<{parent.tag}>`"
                    _report_repair(context, message, child, f"<{child.tag}")
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


def _is_block(element: Element) -> bool:
    return element.tag in BLOCK_ELEMENTS


def _is_part_of_figure(element: Element) -> bool:
    """Return whether an element is a block or a picture, which may be a link."""
    is_picture = element.tag == "img" or (element.tag == "a" and not text_of(element))
    return is_picture or _is_block(element)


def _parts_of(
    element: Element, is_part: Callable[[Element], bool] = _is_block
) -> Iterator[Element]:
    """Yield the blocks of an element. Phrases between them are in new paragraphs."""
    run = _new_run(element.text)
    for child in list(element):
        tail, child.tail = child.tail, "\n"
        if is_part(child):
            if _has_content(run):
                yield run
            yield child
            run = _new_run(tail)
        elif child.tag == "br" and not _has_content(run):
            run = _new_run(tail)  # a break before words has no line to end
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
