"""HTML to a tree that contains only what is allowed. It is the last step of reading.

So attribute lists pass it too. nh3 parses the HTML as browsers do and writes a normal
form: lower case, every attribute quoted, no comments, `<`, `>` and `&` escaped. With a
slash in each empty element that is XML, so no second HTML parser is needed.
"""

from __future__ import annotations

import html
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from re import Match
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

import nh3

from briefpress.document.context import ParseContext
from briefpress.document.dialect import OUR_CLASSES
from briefpress.document.positions import CALL_MARK, POSITION_MARK
from briefpress.document.scanner import strip_unprintable
from briefpress.languages import text_direction
from briefpress.problems import Span
from briefpress.xhtml import FORBIDDEN_CHARACTERS

# Elements that are allowed, with the attributes of their own.
_ALLOWED = """
p: data
div span br hr h1 h2 h3 h4 h5 h6 em strong b i u s mark small sub sup abbr cite dfn:
code kbd samp var bdi bdo ruby rt rp wbr ul dl dt dd pre caption:
table thead tbody tfoot tr:
a: href
img: src alt data width
ol: start reversed type
li: value
q blockquote: cite
del ins: cite datetime
time: datetime
th: align colspan rowspan scope abbr headers
td: align colspan rowspan headers
"""  # `data` is for `figures`, which removes it
ATTRIBUTES_OF_ALL = frozenset(("id", "class", "lang", "dir", "title"))
SCHEMES = frozenset(("http", "https", "mailto", "tel"))
# Elements that are removed with their content, which is code and not text.
_REMOVED_WITH_CONTENT = frozenset(
    "script style svg math iframe object template noscript textarea select title xmp"  # noqa: SIM905 - shorter than a list
    " noembed noframes plaintext video audio canvas embed".split()
)

# No `<` within a tag, so that a search never reads beyond the next tag. What this
# pattern does not find is removed without a message.
_TAG = re.compile(r"""<(/?[A-Za-z][^\s/<>]*)((?:[^<>"']|"[^"<]*"|'[^'<]*')*)>""")
_ATTRIBUTE = re.compile(
    r"""([^\s=/>"']+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+)))?"""
)
_SRC = re.compile(r"\ssrc\s*=", re.IGNORECASE)
_CHARACTER_REFERENCE = re.compile(r"&#(?:[xX]([0-9A-Fa-f]{1,400})|([0-9]{1,400}));?")
_VOID_TAG = re.compile(r'<(br|hr|img|wbr)((?: [a-z]+="[^"]*")*)>')
_ANY_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)")
_SCHEME = re.compile(r"\s*([A-Za-z][A-Za-z0-9+.-]*):")
_CONTROL_OR_SPACE = re.compile(r"[\x00-\x20]")
_LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*\Z")
_CLASS_NAME = re.compile(r"-?[A-Za-z_][\w-]*\Z")
_DIRECTIONS = ("ltr", "rtl", "auto")
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


def sanitise(
    text: str, context: ParseContext, where: Span | None = None
) -> Element | None:
    """Return a `<div>` with what is allowed in HTML text, and report what is removed.

    `where` is the span of text without marks. Returns None if elements are nested
    deeper than the limit.
    """
    text = _without_unprintable_references(text, context, where)
    _report_removals(text, context, where)
    clean = _cleaner().clean(text)
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


def check_attributes(root: Element, context: ParseContext) -> None:
    """Check classes, languages and directions in a tree without any of our own."""
    for element in root.iter():
        if not element.attrib:
            continue
        if "class" in element.attrib:
            _check_classes(element, context)
        if "lang" in element.attrib:
            _check_language(element, context)
        if element.get("dir", "ltr").lower() not in _DIRECTIONS:
            del element.attrib["dir"]
        for key, value in element.attrib.items():
            element.set(key, value.replace("\n", " ").strip())


@cache
def _cleaner() -> nh3.Cleaner:
    """Return the one cleaner: to build it costs more than to use it."""
    attributes = {tag: set(names) for tag, names in ALLOWED.items() if names}
    attributes["*"] = set(ATTRIBUTES_OF_ALL)
    return nh3.Cleaner(
        tags=set(ALLOWED),
        attributes=attributes,
        clean_content_tags=set(_REMOVED_WITH_CONTENT),
        url_schemes=set(SCHEMES),
        link_rel=None,
    )


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
            span = _find_token(context, match[0], first=0, last=0, nth=1)
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
    """Return the span of the last mark in the text."""
    marks = POSITION_MARK.findall(text)
    line, column = context.marks.position(marks[-1]) if marks else (0, 0)
    return Span(context.brief.file, line, column)


def _report_removals(text: str, context: ParseContext, where: Span | None) -> None:
    """Report the tags, attributes and addresses that are not allowed."""
    seen: Counter[tuple[int, str]] = Counter()
    for removal in _removals(text):
        code = removal.code
        report = context.warn if code == "D04" else context.error
        if where is not None:
            span = where
        elif context.problems.is_full(code):
            span = context.file_span()
        else:
            span = _span_of_removal(removal, text, context, seen)
        report(code, removal.message, span)


def _span_of_removal(
    removal: _Removal, text: str, context: ParseContext, seen: Counter[tuple[int, str]]
) -> Span:
    """Return the span in the brief of what is removed.

    The next mark is that of the element itself. A list of attributes is written after
    the element, before the mark that follows. `seen` counts equal tokens.
    """
    token = removal.token
    first = _line_of_mark_before(text, removal.index, context)
    element_mark = POSITION_MARK.search(text, removal.index)
    later_mark = None
    if element_mark:
        later_mark = POSITION_MARK.search(text, element_mark.end())
    last = context.marks.line(later_mark[0]) if later_mark else 0
    seen[first, token] += 1
    span = _find_token(context, token, first, last, nth=seen[first, token])
    if not span.line and element_mark:
        return Span(span.file, context.marks.line(element_mark[0]))
    return span


def _line_of_mark_before(text: str, index: int, context: ParseContext) -> int:
    """Return the line of the last mark before an index of the text, or 0."""
    start = index
    while start > 0:
        start -= _SEARCH_STEP
        piece = text[max(0, start) : start + _SEARCH_STEP]
        marks = POSITION_MARK.findall(piece)
        if marks:
            return context.marks.line(marks[-1])
    return 0


def _removals(text: str) -> Iterator[_Removal]:
    """Yield what is not allowed in HTML text."""
    if "<" not in text:
        return
    for tag in _TAG.finditer(text):
        name = tag[1].lower()
        if name.startswith("/"):
            continue
        if name not in ALLOWED:
            plain_name = POSITION_MARK.sub("", name)
            message = f"`<{plain_name}>` is not allowed in a brief, and was removed"
            yield _Removal(tag.start(), "D04", f"<{tag[1]}", message)
            continue
        if name == "img" and not _SRC.search(tag[2]):
            yield _Removal(tag.start(), "F02", "<img", "the picture has no file")
        yield from _attribute_removals(name, tag)


def _attribute_removals(name: str, tag: Match[str]) -> Iterator[_Removal]:
    """Yield the attributes and addresses of a tag that are not allowed."""
    allowed = ATTRIBUTES_OF_ALL | ALLOWED[name]
    index = tag.start()
    for attribute in _ATTRIBUTE.finditer(tag[2]):
        written_key, *values = attribute.groups()
        key = written_key.lower()
        if key not in allowed:
            plain_key = POSITION_MARK.sub("", key)
            where = f"`{plain_key}` on `<{name}>`"
            message = f"{where} is not allowed in a brief, and was removed"
            yield _Removal(index, "D04", written_key, message)
        elif key in ("href", "src", "cite"):
            value = next(filter(None, values), "")
            refused = _refused_part(html.unescape(value))
            if refused:
                code = "F02" if name == "img" else "L03"
                message = f"the address `{refused}` is not allowed in a brief"
                yield _Removal(index, code, refused, message)


def _refused_part(address: str) -> str:
    """Return the part of an address that is not allowed: its scheme, or all of it."""
    plain = _CONTROL_OR_SPACE.sub("", address)
    plain = CALL_MARK.sub("", POSITION_MARK.sub("", plain))
    scheme = _SCHEME.match(plain)
    if scheme and scheme[1].lower() not in SCHEMES:
        return f"{scheme[1]}:"
    try:
        parts = urlsplit(plain)
        is_web = parts.scheme in ("http", "https")
        has_host = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return plain
    return plain if is_web and not has_host else ""


def _find_token(
    context: ParseContext, token: str, first: int, last: int, nth: int
) -> Span:
    """Return the span of the nth token between two lines; the first line if not found.

    Line 0 stands for the beginning and the end of the brief.
    """
    file = context.brief.file
    rows = context.source.rows
    plain_token = POSITION_MARK.sub("", token)
    pattern = re.compile(re.escape(plain_token), re.IGNORECASE)
    start = first or context.source.first_line
    end = last or context.source.last_line
    for number in range(start, end + 1):
        row = rows.get(number, "")
        for match in pattern.finditer(row):
            nth -= 1
            if nth == 0:
                return Span(file, number, match.start() + 1, len(match[0]))
    return Span(file, first)


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
