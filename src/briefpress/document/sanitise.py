"""HTML text to a tree that holds nothing but what the allow-list names. It runs last, so `attr_list` goes through it.

nh3 reads the text as browsers do and writes it out in one normal form: lower case, every attribute quoted, comments
gone, `<`, `>` and `&` escaped. That form lacks only the slashes of empty elements to be XML: we need no second parser.
"""

from __future__ import annotations

import html
import re
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

import nh3

from briefpress.document.context import ParseContext
from briefpress.document.dialect import OUR_CLASSES
from briefpress.document.positions import CALLS, PLACE, PLACES
from briefpress.document.scanner import strip_unprintable
from briefpress.document.typography import direction
from briefpress.problems import Span
from briefpress.xhtml import FORBIDDEN

ALLOWED: dict[str, frozenset[str]] = {
    tag: frozenset(attributes.split())
    for tags, attributes in (
        ("p", "data"),  # `data` is ours to read: `figures` takes it off again
        (
            "div span br hr h1 h2 h3 h4 h5 h6 em strong b i u s mark small sub sup abbr cite dfn code kbd samp var",
            "",
        ),
        ("bdi bdo ruby rt rp wbr ul dl dt dd pre caption thead tbody tfoot tr", ""),
        ("a", "href"),
        ("img", "src alt data"),
        ("ol", "start reversed type"),
        ("li", "value"),
        ("q blockquote", "cite"),
        ("del ins", "cite datetime"),
        ("time", "datetime"),
        ("table", ""),
        ("th", "align colspan rowspan scope abbr headers"),
        ("td", "align colspan rowspan headers"),
    )
    for tag in tags.split()
}
EVERYWHERE = frozenset(("id", "class", "lang", "dir", "title"))
SCHEMES = frozenset(("http", "https", "mailto", "tel"))
# What these hold is code, not prose: it goes with them.
GONE = frozenset(
    "script style svg math iframe object template noscript textarea select title xmp noembed"  # noqa: SIM905 - it can be read
    " noframes plaintext video audio canvas embed".split()
)

# No `<` within a tag, so that a search never reads on past the next one; what this misses is taken out without a word.
_TAG = re.compile(r"""<(/?[A-Za-z][^\s/<>]*)((?:[^<>"']|"[^"<]*"|'[^'<]*')*)>""")
_ATTRIBUTE = re.compile(
    r"""([^\s=/>"']+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+)))?"""
)
_REFERENCE = re.compile(r"&#(?:[xX]([0-9A-Fa-f]{1,400})|([0-9]{1,400}));?")
_VOID = re.compile(r'<(br|hr|img|wbr)((?: [a-z]+="[^"]*")*)>')
_SCHEME = re.compile(r"\s*([A-Za-z][A-Za-z0-9+.-]*):")


@cache
def _cleaner() -> nh3.Cleaner:
    """Return the one cleaner: building it costs more than using it."""
    return nh3.Cleaner(
        tags=set(ALLOWED),
        attributes={
            "*": set(EVERYWHERE),
            **{tag: set(names) for tag, names in ALLOWED.items() if names},
        },
        clean_content_tags=set(GONE),
        url_schemes=set(SCHEMES),
        link_rel=None,
    )


def sanitise(
    text: str, context: ParseContext, where: Span | None = None
) -> Element | None:
    """Return a `<div>` with what is allowed of the HTML text, and say what was taken out.

    `where` is the place of text that has no marks. None when elements stand too deep in one another.
    """
    text = _fit(text, context, where)
    _tell_what_goes(text, context, where)
    kept = _cleaner().clean(text)
    if deep := _too_deep(kept, context.limits.nesting):
        message = (
            f"elements stand more than {context.limits.nesting} deep in one another"
        )
        context.error("D05", message, where or _near(deep, context))
        return None
    # In XML a carriage return in text comes back as a line feed, so an entity that makes one would not come back.
    xml = _VOID.sub(r"<\1\2/>", kept).replace("&nbsp;", "\xa0").replace("\r", " ")
    return ET.fromstring(f"<div>{FORBIDDEN.sub('', xml)}</div>")  # noqa: S314 - no DOCTYPE: nh3 wrote it


def _fit(text: str, context: ParseContext, where: Span | None) -> str:
    """Return the text without references to characters that cannot be printed: some of them are marks of ours."""

    def take_out(match: re.Match[str]) -> str:
        number = int(match[1], 16) if match[1] else int(match[2])
        # From U+0080 to U+009F HTML reads Windows-1252.
        if 0x80 <= number < 0xA0 or (
            number <= sys.maxunicode and strip_unprintable(chr(number))
        ):
            return match[0]
        message = f"a character that cannot be printed: {match[0][:20]}"
        context.warn("D01", message, where or _token(context, match[0], 0, 0, 1))
        return ""

    return _REFERENCE.sub(take_out, text) if "&#" in text else text


def _too_deep(text: str, limit: int) -> str:
    """Return the text up to the tag that goes too deep, or nothing. nh3's tags are all closed."""
    depth = 0
    for tag in re.finditer(r"<(/?)([a-z][a-z0-9]*)", text):
        depth += 0 if tag[2] in ("br", "hr", "img", "wbr") else -1 if tag[1] else 1
        if depth > limit:
            return text[: tag.end()]
    return ""


def _near(text: str, context: ParseContext) -> Span:
    """Return the place of the last mark in the text."""
    found = PLACES.findall(text)
    line, column = context.marks.places[ord(found[-1]) - PLACE] if found else (0, 0)
    return Span(context.brief.file, line, column)


def _tell_what_goes(text: str, context: ParseContext, where: Span | None) -> None:
    """Say which tags, attributes and addresses the allow-list has no place for."""
    seen: Counter[tuple[int, str]] = Counter()
    for at, code, token, message in _gone(text):
        tell = context.warn if code == "D04" else context.error
        if where is not None:
            tell(code, message, where)
            continue
        before, after = _last_place(text, at), PLACES.search(text, at)
        first = context.marks.places[ord(before) - PLACE][0] if before else 0
        # The next mark is that of the element itself: a list of attributes stands behind it, before the one after.
        later = PLACES.search(text, after.end()) if after else None
        last = context.marks.places[ord(later[0]) - PLACE][0] if later else 0
        near = context.marks.places[ord(after[0]) - PLACE][0] if after else 0
        seen[first, token] += 1
        tell(
            code, message, _token(context, token, first, last, seen[first, token], near)
        )


def _last_place(text: str, at: int) -> str:
    """Return the last mark before a place in the text, or nothing."""
    while (at := at - 4000) > -4000:
        if found := PLACES.findall(text[max(0, at) : at + 4000]):
            return str(found[-1])
    return ""


def _gone(text: str) -> Iterator[tuple[int, str, str, str]]:
    """Yield place in the text, code, what to look for in the source, and message."""
    if "<" not in text:
        return
    for tag in _TAG.finditer(text):
        name = tag[1].lower()
        if name.startswith("/"):
            continue
        if name not in ALLOWED:
            yield (
                tag.start(),
                "D04",
                f"<{tag[1]}",
                f"`<{PLACES.sub('', name)}>` has no place in a brief and was taken out",
            )
            continue
        if name == "img" and not re.search(r"\ssrc\s*=", tag[2], re.IGNORECASE):
            yield tag.start(), "F02", "<img", "a picture without a file"
        for attribute in _ATTRIBUTE.finditer(tag[2]):
            key = attribute[1].lower()
            value = html.unescape(attribute[2] or attribute[3] or attribute[4] or "")
            if key not in EVERYWHERE and key not in ALLOWED[name]:
                what = f"`{PLACES.sub('', key)}` on `<{name}>`"
                yield (
                    tag.start(),
                    "D04",
                    attribute[1],
                    f"{what} has no place in a brief and was taken out",
                )
            elif key in ("href", "src", "cite") and (bad := _refused(value)):
                yield (
                    tag.start(),
                    "F02" if name == "img" else "L03",
                    bad,
                    f"{bad!r} is not an address for a brief",
                )


def _refused(value: str) -> str:
    """Return what is wrong with an address: a scheme that nothing in an edition may lead to, a host that is none."""
    plain = CALLS.sub("", PLACES.sub("", re.sub(r"[\x00-\x20]", "", value)))
    scheme = _SCHEME.match(plain)
    if scheme and scheme[1].lower() not in SCHEMES:
        return f"{scheme[1]}:"
    try:
        parts = urlsplit(plain)
        good = parts.scheme not in ("http", "https") or (
            parts.hostname and parts.port != 0
        )
    except ValueError:
        good = False
    return "" if good else plain


def _token(
    context: ParseContext, token: str, first: int, last: int, nth: int, near: int = 0
) -> Span:
    """Return the nth place of a token between two lines of the brief; the nearest line when it is not there."""
    token = PLACES.sub("", token)
    rows = context.source.rows
    for number in range(first or min(rows), (last or max(rows)) + 1):
        for match in re.finditer(re.escape(token), rows.get(number, ""), re.IGNORECASE):
            nth -= 1
            if nth == 0:
                return Span(context.brief.file, number, match.start() + 1, len(token))
    return Span(context.brief.file, first or near)


_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*\Z")
_CLASS = re.compile(r"-?[A-Za-z_][\w-]*\Z")


def check_attributes(root: Element, context: ParseContext) -> None:
    """Check classes, languages and directions of a tree that holds nothing of ours yet."""
    for element in root.iter():
        if "class" in element.attrib:
            _check_classes(element, context)
        if "lang" in element.attrib:
            _check_language(element, context)
        if element.get("dir", "ltr").lower() not in ("ltr", "rtl", "auto"):
            del element.attrib["dir"]
        for key, value in list(element.attrib.items()):
            element.set(key, value.replace("\n", " ").strip())


def _check_classes(element: Element, context: ParseContext) -> None:
    """Keep the classes that are the theme's business."""
    classes = element.attrib.pop("class").split()
    code = element.tag == "code"
    for name in dict.fromkeys(classes):
        if name in OUR_CLASSES or (name.startswith("language-") and not code):
            where = context.span(element, f".{name}", name)
            context.warn(
                "D07",
                f"class {name!r} is one of ours and was taken off",
                where,
                "give it another name",
            )
    kept = [
        name
        for name in dict.fromkeys(classes)
        if name not in OUR_CLASSES and _CLASS.match(name)
    ]
    if kept:
        element.set("class", " ".join(kept))


def _check_language(element: Element, context: ParseContext) -> None:
    """Keep a language that is one, and say in which direction it runs."""
    tag = element.get("lang", "")
    if not _LANGUAGE.match(tag):
        context.warn(
            "D08",
            f"{tag!r} is no language",
            context.span(element, f"lang={tag}", tag),
            "write it as fa, ru or kk",
        )
        del element.attrib["lang"]
    elif "dir" not in element.attrib and direction(tag) != direction(
        context.brief.lang
    ):
        element.set("dir", direction(tag))
