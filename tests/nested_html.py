"""Random HTML in which elements are nested as people nest them, mostly.

Each word is unique, so that a lost one is noticed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

PHRASES = tuple(
    "span a sup sub ruby rt rp mark abbr cite q ins del small time kbd var code b i u s"  # noqa: SIM905 - shorter than a list
    " em strong samp dfn bdi bdo font big tt label button".split()
)
BLOCKS = tuple(
    "p div ul ol li dl dt dd table caption colgroup thead tbody tfoot tr td th figure"  # noqa: SIM905 - likewise
    " figcaption details summary blockquote pre h1 h2 h3 h4 h5 h6 section aside article"
    " header footer nav main address center fieldset legend form".split()
)
VOID = ("br", "hr", "img", "col", "input", "wbr")
FOREIGN = (
    '<svg viewBox="0 0 4 3"><text>{}</text></svg>',
    "<math><mi>{}</mi></math>",
    '<iframe src="https://example.org/">{}</iframe>',
    '<video src="a.mp4" controls><p>{}</p></video>',
    "<audio controls>{}</audio>",
    '<picture><source srcset="b.webp"><img src="a.svg" alt="A line"></picture>{}',
    "<select><option>{}</option></select>",
    "<textarea>{}</textarea>",
    "<script>{}</script>",
    "<!-- {} -->",
    "<filter>{}</filter>",
)
ADDRESSES = (
    "",
    " ",
    "#",
    "#a",
    "#no where",
    "https://example.org/a b",
    "https://example.org/[a](b)",
    "https://[::1]/a",
    "https://[bad/",
    "https://example.org:bad/",
    "https://example.org/100%",
    "https://example.org/%zz?a=[1]&b={2}#c#d",
    "https://example.org\\a\\b",
    "https:example.org",
    "//example.org/a",
    "http://",
    "HTTPS://EXAMPLE.ORG",
    "https://exämple.org/ö?ü",
    "https://exa mple.org/",
    "https://example.org/|^`",
    "mailto:",
    "mailto:a b@example.org",
    "tel:+1 (2) 3",
    "javascript:x",
    "data:text/html,x",
    "file:///etc/x",
    "a.svg",
    "../a%20b.md",
    "a b.md#c d",
    "C:\\a.md",
    "/about/",
    "?a=1",
)
VALUES = {
    "id": ("a", "a", "b1", "1a", "a b", "", " ", "ä", "note-1", "title", "a:b", "-"),
    "name": ("a", "b c", ""),
    "class": ("a", "call", "figure", "1", "a b a", "", "note", "data"),
    "lang": ("fr", "xx-yyy-", "fa", "", "en_US", "x", "de-DE-1996", "english"),
    "dir": ("foo", "rtl", "RTL", "", "auto"),
    "title": ("a", "", 'a "b" <c>'),
    "style": ("color: red",),
    "width": ("10", "50%", "a", "-1", ""),
    "height": ("10", "auto"),
    "align": ("left", "CENTER", "foo", ""),
    "start": ("a", "3", "-1", "", "1.5", "99999999999"),
    "type": ("a", "I", "foo", "", "1"),
    "value": ("3", "x", ""),
    "reversed": ("", "reversed", "x"),
    "open": ("", "open", "x"),
    "colspan": ("0", "2", "-1", "a", "", "5000", " 2 "),
    "rowspan": ("0", "3", "-1", "a", "70000", "1.5"),
    "span": ("0", "2", "a"),
    "scope": ("row", "COL", "foo", ""),
    "headers": ("a", "a b", "none", ""),
    "datetime": ("2024-01-02", "2024", "24-1-1", "yesterday", "", "2024-13-45", "P1D"),
    "cite": ADDRESSES,
    "href": ADDRESSES,
    "src": ("a.svg", "", "none.png", "a b.svg", "https://example.org/a.png", "[a].svg"),
    "alt": ("A line", "", 'a "b" <c>'),
    "xml:lang": ("fr",),
    "aria-label": ("a",),
    "role": ("doc-footnote", "foo"),
    "onclick": ("x()",),
    "epub:type": ("footnote",),
    "data-at": ("1:1",),
}
# The attributes that people usually write on an element.
USUAL = {
    "a": ("href", "name", "id"),
    "ol": ("start", "type", "reversed"),
    "li": ("value",),
    "td": ("colspan", "rowspan", "headers", "scope", "align"),
    "th": ("colspan", "rowspan", "headers", "scope", "align"),
    "img": ("src", "alt", "width", "align"),
    "time": ("datetime",),
    "ins": ("datetime", "cite"),
    "del": ("datetime", "cite"),
    "q": ("cite",),
    "blockquote": ("cite",),
    "bdo": ("dir",),
    "col": ("span",),
    "colgroup": ("span",),
    "details": ("open",),
}
# What people usually put into an element.
CHILDREN = {
    "ul": ("li", "li", "li", "ul", "ol", "p"),
    "ol": ("li", "li", "li", "ul", "ol", "div"),
    "dl": ("dt", "dd", "dt", "dd", "div", "p", "dl"),
    "table": ("caption", "thead", "tbody", "tfoot", "tr", "tr", "td", "colgroup", "p"),
    "colgroup": ("col",),
    "thead": ("tr", "tr", "td"),
    "tbody": ("tr", "tr", "th"),
    "tfoot": ("tr", "tr", "td"),
    "tr": ("td", "td", "th", "p"),
    "figure": ("img", "figcaption", "table", "p", "figure", "blockquote"),
    "details": ("summary", "p", "ul", "details", "summary"),
    "ruby": ("rt", "rt", "rp", "span"),
}
# The lines after the first are indented by the second string; without it, it is one line.
PLACES = (
    ("{}\n", ""),
    ("{}\n", ""),
    ("{}\n", ""),
    ("Here {} is it.\n", ""),
    ("- {}\n- last\n", "  "),
    ("1. {}\n\n   more\n", "   "),
    ("> {}\n", "> "),
    ("> [!case] Head\n> {}\n", "> "),
    ("Called.[^1]\n\n[^1]: {}\n", "    "),
    ("| a | b |\n|---|---|\n| {} | c |\n", None),
    ("## Head {}\n", None),
    ("A [link {}](https://example.org) here.\n", None),
    ("*Some {} phrase*\n", None),
    ("Term\n:   {}\n", "    "),
    ("Note.^[In it {} is more.]\n", None),
    ("Table: Head {}\n\n| a | b |\n|---|---|\n| 1 | c |\n", None),
    ("<div>\n\n{}\n\n</div>\n", ""),
    ("![A line](a.svg)\n: Caption {}\n", None),
)
MARKDOWN = (
    "*{}*",
    "`{}`",
    "**{}",
    "\n\n{}\n\n",
    "\n- {}\n",
    "\n> {}\n",
    "[{}](#a)",
    "![A line](a.svg) {}\n",
)


@dataclass
class Writer:
    """Writes one random fragment."""

    random: Random
    words: int = 0

    def word(self) -> str:
        """Return the next word."""
        first, second = divmod(self.words, 26)
        self.words += 1
        return f"W{chr(97 + first % 26)}{chr(97 + second)}"

    def content(self, tag: str, depth: int) -> str:
        """Return what is in an element: words, Markdown, elements."""
        count = self.random.choice((0, 1, 2, 2, 3, 4))
        pieces = [self.piece(tag, depth) for _ in range(count)]
        return self.random.choice(("", "", " ", "\n", "\n", "\n\n")).join(pieces)

    def piece(self, tag: str, depth: int) -> str:
        """Return a word, some Markdown, or an element that is in an element."""
        kind = self.random.random()
        if depth <= 0 or kind < 0.25:
            return self.word()
        if kind < 0.35:
            return self.random.choice(MARKDOWN).format(self.word())
        if kind < 0.4:
            return self.random.choice(FOREIGN).format(self.word())
        if tag in CHILDREN and kind < 0.9:
            return self.element(self.random.choice(CHILDREN[tag]), depth)
        names = self.random.choice((PHRASES, BLOCKS, (*PHRASES, *BLOCKS, *VOID)))
        return self.element(self.random.choice(names), depth)

    def element(self, tag: str, depth: int) -> str:
        """Return an element. Some have the wrong end tag, or none."""
        start = f"<{tag}{''.join(self.attributes(tag))}>"
        if tag in VOID:
            return start
        inside = self.content(tag, depth - 1)
        end = tag
        if self.random.random() < 0.1:
            end = self.random.choice(("", "b", "p", "div", "li", "table"))
        return f"{start}{inside}</{end}>" if end else f"{start}{inside}"

    def attributes(self, tag: str) -> Iterator[str]:
        """Yield attributes, each after a space."""
        while self.random.random() < 0.35:
            usual = USUAL.get(tag, ())
            names = usual if usual and self.random.random() < 0.7 else tuple(VALUES)
            name = self.random.choice(names)
            value = self.random.choice(VALUES[name]).replace('"', "&quot;")
            yield f' {name}="{value}"'


def random_fragment(seed: int) -> tuple[str, str]:
    """Return a fragment of HTML, and a brief that contains it."""
    random = Random(seed)  # noqa: S311 - reproducible
    writer = Writer(random)
    names = (*PHRASES, *BLOCKS)
    elements = [
        writer.element(random.choice(names), 4) for _ in range(random.randint(1, 3))
    ]
    fragment = random.choice((" ", "\n", "\n\n")).join(elements)
    form, indent = random.choice(PLACES)
    if indent is None:
        fragment = " ".join(fragment.split())
        return fragment, form.format(fragment)
    return fragment, form.format(fragment.replace("\n", f"\n{indent}"))
