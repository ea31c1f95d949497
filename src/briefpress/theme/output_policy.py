"""What a rendered template may hold: nothing that runs, nothing that is loaded from elsewhere, nothing enclosed.

Whoever designs a theme writes HTML that readers open: their machines are no more the theme's than ours. The page is
read here as it was written, and what is not plain HTML, in which browsers and parsers might differ, is refused too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from typing import Any

_ACTIVE = """script iframe frame frameset object embed applet base form input button portal fencedframe
audio video source track"""
_LOADS = """src srcset imagesrcset href xlink:href poster data background action formaction ping manifest lowsrc dynsrc
longdesc codebase classid archive profile to values from by"""
ACTIVE, LOADS = frozenset(_ACTIVE.split()), frozenset(_LOADS.split())
ONLY_NAMED = frozenset(
    (
        "canonical",
        "alternate",
        "license",
        "author",
        "cite-as",
        "describedby",
        "up",
        "related",
    )
)
META = frozenset(
    (
        "",
        "content-type",
        "content-language",
        "content-security-policy",
        "x-ua-compatible",
    )
)
LINK = re.compile(
    r"(?:https?|mailto|tel|brief):|(?![a-z][a-z0-9+.-]*:)(?!//)", re.IGNORECASE
)
OWN = re.compile(
    r"(?:data:image/[a-z0-9.+-]+[;,])|(?![a-z][a-z0-9+.-]*:)(?![/\\])", re.IGNORECASE
)
IGNORED = re.compile(
    r"[\x00-\x20\x7f-\x9f]"
)  # a browser reads `java\nscript:` as `javascript:`


def harm(html: str) -> Iterator[tuple[str, str]]:
    """Yield what must not be in a page, as a clause, and the word by which to find it in the template."""
    page = _Page()
    page.feed(html)
    page.close()
    yield from page.found


class _Page(HTMLParser):
    """Reads a page once."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.found: list[tuple[str, str]] = []
        self.inside = ""  # the element whose text is no HTML

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Judge an element and its attributes."""
        values = {name.lower(): value or "" for name, value in reversed(attrs)}
        self.inside = tag if tag in {"script", "style"} else ""
        if tag in ACTIVE and values.get("type") != "application/ld+json":
            self.found.append((f"has <{tag}>", f"<{tag}"))
        if tag == "meta" and values.get("http-equiv", "").strip().lower() not in META:
            self.found.append(
                ("sends its reader elsewhere, by <meta http-equiv>", "http-equiv")
            )
        if "attachment" in values.get("rel", "").lower().split():
            self.found.append(("encloses a file, by rel=attachment", "attachment"))
        for name, value in values.items():
            self.found += [(why, name) for why in _attribute(tag, name, value, values)]

    def handle_data(self, data: str) -> None:
        """Judge text: a `<` in it opened nothing here, and may open something for others."""
        if "<" in data:
            self.found.append(("has a `<` that opens nothing", "<"))
        if self.inside == "style":
            self.found += [
                (f"leads outside, to {address[:80]!r}", address)
                for _, address in outside(data)
            ]

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - the library's signature
        """Leave an element."""
        self.inside = ""

    def handle_comment(self, data: str) -> None:
        """Judge a comment: browsers once obeyed some, and end others early."""
        if "<" in data or ">" in data or data.startswith("-"):
            self.found.append(("has a tag in a comment", "<!--"))

    def handle_decl(self, decl: str) -> None:
        """Judge a declaration."""
        if (
            decl.split()[:2] not in (["DOCTYPE", "html"], ["doctype", "html"])
            or "[" in decl
        ):
            self.found.append((f"declares <!{decl[:40]}>", "<!"))

    def unknown_decl(self, data: str) -> None:
        """Refuse what is only for XML."""
        self.found.append((f"declares <![{data[:40]}]>", "<!["))

    def handle_pi(self, data: str) -> None:
        """Refuse an instruction."""
        self.found.append((f"has the instruction <?{data[:40]}>", "<?"))


def _attribute(
    tag: str, name: str, value: str, others: dict[str, str]
) -> Iterator[str]:
    """Yield what is wrong with one attribute."""
    address = IGNORED.sub("", value)
    if name.startswith("on") or name in {"srcdoc", "is"}:
        yield f"has the handler {name} on <{tag}>"
    elif name == "style":
        yield from (f"leads outside, to {where[:80]!r}" for _, where in outside(value))
    elif name in LOADS and not _may_lead(tag, name, address, others):
        yield f"leads outside, to {value[:80]!r}"


def _may_lead(tag: str, name: str, address: str, others: dict[str, str]) -> bool:
    """Whether an element may have the address: a link may lead anywhere that is a page, all else to what is ours."""
    if name == "href" and (
        tag in {"a", "area"}
        or (
            tag == "link"
            and ONLY_NAMED.issuperset(others.get("rel", "x").lower().split())
        )
    ):
        return bool(LINK.match(address))
    if name.endswith("srcset"):
        return (
            ":" not in address and not address.startswith("//") and ",/" not in address
        )
    return bool(OWN.match(address))


# What can load something has one of these words in it, or hides them behind an escape.
MAY = re.compile(r"\\|url|src|image|@import|@namespace", re.IGNORECASE)
OWN_URL = re.compile(
    r"#|(?:\.\./)*(?:images|fonts)/[\w.-]+\Z|data:(?:image/(?:png|jpeg|gif)|font/)",
    re.ASCII,
)
LOADING_FUNCTIONS = frozenset(
    ("url", "src", "image", "image-set", "-webkit-image-set", "cross-fade", "attr")
)
SHEET = re.compile(r"(?:parent:)?[\w-]+\.css\Z", re.ASCII)


def outside(css: str) -> Iterator[tuple[int, str]]:
    """Yield line and address of all that a sheet would load and that is not of its own theme."""
    if not MAY.search(css):
        return
    import tinycss2  # late: most sheets load nothing

    yield from _within(
        tinycss2.parse_component_value_list(css, skip_comments=True), own=False
    )


def _within(nodes: Iterable[Any], *, own: bool) -> Iterator[tuple[int, str]]:
    """Yield what is loaded among component values; `own` within a function whose strings are addresses."""
    importing = False
    for node in nodes:
        if node.type == "at-keyword":
            importing = node.lower_value == "import"
        elif importing and node.type in {"url", "string"}:
            if not SHEET.match(node.value):
                yield node.source_line, node.value
            importing = False
        elif importing and node.type == "function":
            yield from _imported(node)
            importing = False
        elif node.type == "url" or (own and node.type == "string"):
            if not OWN_URL.match(node.value):
                yield node.source_line, node.value
        elif node.type == "function":
            yield from _within(node.arguments, own=node.lower_name in LOADING_FUNCTIONS)
        elif node.type in {"{} block", "[] block", "() block"}:
            yield from _within(node.content, own=False)


def _imported(node: Any) -> Iterator[tuple[int, str]]:
    for inner in node.arguments:
        if inner.type == "string" and not SHEET.match(inner.value):
            yield inner.source_line, inner.value
