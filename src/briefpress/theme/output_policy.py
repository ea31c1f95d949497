"""What a rendered page and a style sheet of a theme may contain.

Themes come from outside, and readers open the pages. So a page may not run anything,
load anything that the theme does not ship, or attach a file. `page_violations` reads
the page as it is written, and also rejects what browsers and parsers might read
differently.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any, TypeAlias

from briefpress.css_urls import children_of, css_urls

_ACTIVE_ELEMENTS = """script iframe frame frameset object embed applet base form input
button portal fencedframe audio video source track"""
ACTIVE_ELEMENTS = frozenset(_ACTIVE_ELEMENTS.split())
_LOADING_ATTRIBUTES = """src srcset imagesrcset href xlink:href poster data background
action formaction ping manifest lowsrc dynsrc longdesc codebase classid archive profile
to values from by"""
LOADING_ATTRIBUTES = frozenset(_LOADING_ATTRIBUTES.split())
# Values of `rel` on <link> that name an address and load nothing.
_LINK_TYPES = "canonical alternate license author cite-as describedby up related"
LINK_TYPES = frozenset(_LINK_TYPES.split())
# Values of `http-equiv` on <meta> that do nothing; "refresh" would redirect the reader.
_HTTP_EQUIV = "content-type content-language content-security-policy x-ua-compatible"
HTTP_EQUIV = frozenset({"", *_HTTP_EQUIV.split()})

# Where a link may lead: to the web, to another brief, or to a relative address.
LINK_ADDRESS = re.compile(
    r"(?:https?|mailto|tel|brief):|(?![a-z][a-z0-9+.-]*:)(?!//)", re.IGNORECASE
)
# What a page may load: an image inside the page, or a relative address.
OWN_ADDRESS = re.compile(
    r"(?:data:image/[a-z0-9.+-]+[;,])|(?![a-z][a-z0-9+.-]*:)(?![/\\])", re.IGNORECASE
)
# Browsers ignore these in addresses: they read `java\nscript:` as `javascript:`.
IGNORED_IN_ADDRESSES = re.compile(r"[\x00-\x20\x7f-\x9f]")

# A style sheet without any of these words loads nothing. An escape could hide one.
MAY_LOAD = re.compile(r"\\|url|src|image|@import|@namespace", re.IGNORECASE)
# What a style sheet may load: its own images and fonts, or a picture inside the sheet.
OWN_URL = re.compile(
    r"#|(?:\.\./)*(?:images|fonts)/[\w.-]+\Z|data:(?:image/(?:png|jpeg|gif)|font/)",
    re.ASCII,
)
STYLE_SHEET = re.compile(r"(?:parent:)?[\w-]+\.css\Z", re.ASCII)
# Attributes that contain a script or a page, or name one of the page's own elements.
SCRIPT_ATTRIBUTES = frozenset({"srcdoc", "is"})
HTML_DECLARATIONS = frozenset({"DOCTYPE html", "doctype html"})
MAX_NESTING = 100  # blocks and functions of a style sheet within one another


@dataclass(frozen=True, slots=True)
class Violation:
    """Something that a page must not contain."""

    clause: str  # what is wrong, to follow "the page"
    word: str  # occurs in the line of the template that is wrong


class TooComplexError(ValueError):
    """A style sheet grows or nests too far. The message follows "the style sheet"."""

    def __init__(self, message: str, line: int = 0) -> None:
        """Keep the line, or 0 if it is not known."""
        super().__init__(message)
        self.line = line


def page_violations(html: str) -> list[Violation]:
    """Return everything that a page must not contain, in the order of the page."""
    checker = _PageChecker()
    checker.feed(html)
    checker.close()
    return checker.violations


AttributeList: TypeAlias = list[tuple[str, str | None]]  # as HTMLParser has them
Attributes: TypeAlias = dict[str, str]  # by lower-case name


class _PageChecker(HTMLParser):
    """Collects the violations of one page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.violations: list[Violation] = []
        self.in_style = False

    def handle_starttag(self, tag: str, attrs: AttributeList) -> None:
        """Check an element and its attributes."""
        # If an attribute is repeated, the first one counts (HTML,
        # "duplicate-attribute").
        attributes = {}
        for name, value in reversed(attrs):
            key = name.lower()
            attributes[key] = value or ""
        self.in_style = tag == "style"
        self._check_element(tag, attributes)
        for name, value in attributes.items():
            found = _attribute_violations(tag, name, value, attributes)
            self.violations.extend(found)

    def _check_element(self, tag: str, attributes: Attributes) -> None:
        """Report an element that runs something, redirects or attaches a file."""
        media = attributes.get("type")
        is_data = media == "application/ld+json"
        if tag in ACTIVE_ELEMENTS and not is_data:
            self._report(f"contains <{tag}>", f"<{tag}")
        http_equiv = attributes.get("http-equiv", "")
        directive = http_equiv.strip().lower()
        if tag == "meta" and directive not in HTTP_EQUIV:
            self._report("redirects readers with `<meta http-equiv>`", "http-equiv")
        rel = attributes.get("rel", "")
        link_types = rel.lower().split()
        if "attachment" in link_types:
            self._report("attaches a file with rel=attachment", "attachment")

    def handle_data(self, data: str) -> None:
        """Check text. A `<` starts no tag here, but might for another parser."""
        if "<" in data:
            self._report("contains a `<` that starts no tag", "<")
        if self.in_style:
            found = _style_violations(data)
            self.violations.extend(found)

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - the library's signature
        """Leave an element."""
        self.in_style = False

    def handle_comment(self, data: str) -> None:
        """Check a comment. Old browsers obeyed some, and others end them earlier."""
        if "<" in data or ">" in data or data.startswith("-"):
            self._report("contains a tag in a comment", "<!--")

    def handle_decl(self, decl: str) -> None:
        """Reject declarations other than `<!DOCTYPE html>`."""
        words = decl.split()
        start = " ".join(words[:2])
        is_html = start in HTML_DECLARATIONS
        if not is_html or "[" in decl:
            excerpt = decl[:40]
            self._report(f"contains the declaration <!{excerpt}>", "<!")

    def unknown_decl(self, data: str) -> None:
        """Reject CDATA sections, which only XML has."""
        excerpt = data[:40]
        self._report(f"contains the section <![{excerpt}]>", "<![")

    def handle_pi(self, data: str) -> None:
        """Reject processing instructions."""
        excerpt = data[:40]
        self._report(f"contains the instruction <?{excerpt}>", "<?")

    def _report(self, clause: str, word: str) -> None:
        violation = Violation(clause, word)
        self.violations.append(violation)


def _attribute_violations(
    tag: str,
    name: str,
    value: str,
    attributes: Attributes,
) -> Iterator[Violation]:
    """Yield what is wrong with one attribute of an element."""
    address = IGNORED_IN_ADDRESSES.sub("", value)
    excerpt = value[:80]
    if name.startswith("on") or name in SCRIPT_ATTRIBUTES:
        clause = f"has the attribute {name} on <{tag}>, which can run a script"
        yield Violation(clause, name)
    elif name == "style":
        for violation in _style_violations(value):
            yield Violation(violation.clause, name)
    elif name == "href" and _is_link(tag, attributes):
        if not LINK_ADDRESS.match(address):
            clause = f"links to `{excerpt}`, which is not a page"
            yield Violation(clause, name)
    elif name in LOADING_ATTRIBUTES and not _may_load(name, address):
        clause = f"loads `{excerpt}` from outside the theme"
        yield Violation(clause, name)


def _is_link(tag: str, attributes: Attributes) -> bool:
    """Return whether the `href` of an element names an address and loads nothing."""
    if tag == "link":
        rel = attributes.get("rel", "stylesheet")
        link_types = rel.lower().split()
        return LINK_TYPES.issuperset(link_types)
    return tag in {"a", "area"}


def _may_load(name: str, address: str) -> bool:
    """Return whether an attribute names only what is published with the page."""
    if not name.endswith("srcset"):
        return OWN_ADDRESS.match(address) is not None
    if ":" in address or address.startswith("//"):
        return False
    return ",/" not in address


def _style_violations(css: str) -> Iterator[Violation]:
    """Yield what is wrong with a style sheet that is part of a page."""
    try:
        for _, url in outside_urls(css):
            excerpt = url[:80]
            clause = f"loads `{excerpt}` from outside the theme"
            yield Violation(clause, url)
    except TooComplexError as error:
        clause = f"has a style sheet that {error}"
        yield Violation(clause, "style")


def parse_css(css: str) -> list[Any]:
    """Return a style sheet as component values.

    Raises `TooComplexError` if blocks are nested too deep: functions that walk the
    values call themselves at each level.
    """
    import tinycss2  # late: a build with nothing to do needs no CSS

    values: list[Any] = tinycss2.parse_component_value_list(css)
    level = values
    for _ in range(MAX_NESTING):
        inner: list[Any] = []
        for value in level:
            inner += children_of(value)
        if not inner:
            return values
        level = inner
    first = level[0]
    message = f"is nested more than {MAX_NESTING} deep"
    raise TooComplexError(message, first.source_line)


def outside_urls(css: str) -> Iterator[tuple[int, str]]:
    """Yield line and address of everything that a style sheet loads from elsewhere.

    A style sheet may load what its theme ships. Raises `TooComplexError`.
    """
    if not MAY_LOAD.search(css):
        return
    values = parse_css(css)
    for found in css_urls(values):
        allowed = OWN_URL
        if found.is_import:
            allowed = STYLE_SHEET
        if not allowed.match(found.url):
            yield found.line, found.url
