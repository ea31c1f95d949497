"""Random HTML within Markdown, as people and programs write it: unclosed, nested, odd."""

from __future__ import annotations

from random import Random

ELEMENTS = (
    *("p", "div", "span", "ul", "ol", "li", "dl", "dt", "dd", "section", "article"),
    *("table", "caption", "thead", "tbody", "tfoot", "tr", "td", "th", "colgroup"),
    *("figure", "figcaption", "picture", "video", "audio", "details", "summary"),
    *("a", "sup", "sub", "ruby", "rt", "rp", "mark", "abbr", "cite", "q", "ins", "del"),
    *("small", "time", "kbd", "var", "samp", "dfn", "bdi", "bdo", "data", "address"),
    *(
        "blockquote",
        "pre",
        "code",
        "em",
        "strong",
        "b",
        "i",
        "u",
        "s",
        "h1",
        "h2",
        "h4",
    ),
    *("center", "font", "big", "tt", "strike", "nobr", "svg", "math", "form", "button"),
    *(
        "label",
        "select",
        "option",
        "textarea",
        "fieldset",
        "legend",
        "iframe",
        "object",
    ),
    *("header", "footer", "main", "nav", "aside", "hgroup", "noscript", "template"),
    *("map", "meter", "progress", "output", "dialog", "menu", "custom-element"),
)
VOID_ELEMENTS = ("img", "br", "hr", "wbr", "input", "col", "source", "track", "area")
ODD_VALUES = (
    *("", "a", "0", "-1", "5", "1e9", "99999999999", "a b", "1st", "x", "x", "#x", "é"),
    *("xx-yyy-", "en", "rtl", "foo", "50%", "red", "javascript:x", "a.svg", "b.md"),
    *("https://e.org/a b", "https://e.org/[1]", "https://e.org/%zz", "https://", "//e"),
    *("https://e.org:99999/", "https://e.org\\a", "mailto:a b@e.org", "%", "{", "a\nb"),
    *("&quot;", "&amp;", "&lt;", "&#0;", "&nosuch;", "2024-01-01", "note-1", "_top"),
)
ATTRIBUTES = (
    *("id", "class", "lang", "dir", "title", "style", "width", "height", "align"),
    *("href", "src", "alt", "name", "start", "type", "value", "reversed", "colspan"),
    *("rowspan", "scope", "headers", "cite", "datetime", "role", "aria-label", "open"),
    *("border", "cellpadding", "valign", "bgcolor", "onclick", "data-x", "hidden"),
    *("target", "rel", "for", "xml:lang", "epub:type", "tabindex", "srcset", "loading"),
)
MARKDOWN = (
    *("*emphasis*", "**strong**", "`code`", "[link](https://e.org)", "![a](a.svg)"),
    *("\n\n", "\n\n", "\n", "\n- item\n", "\n\n> quotation\n\n", "[^1]", "^[inline]"),
    *(
        "\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n",
        "\n\n## Heading\n\n",
        "a < b",
        "&nbsp;",
    ),
    *("\n\n    code\n\n", "\n\n```\ncode\n```\n\n", "H~2~O", "x^2^", "~~old~~", "\\"),
)
PLACES = (
    "{}",
    "Words {} words.",
    "- item {}\n- item",
    "> {}",
    "| a | b |\n|---|---|\n| {} | 2 |",
    "## Heading {}",
    "[A link {} ends](https://e.org/x)",
    "Words.[^n]\n\n[^n]: Note {} ends.",
    "1. one\n\n   {}\n\n2. two",
    "Term\n: {}",
)
MOST_PIECES = 12  # of one fragment
ONE_LINE_PLACES = PLACES[4:7]


def random_brief_text(seed: int) -> str:
    """Return the Markdown of a brief with one random fragment of HTML."""
    random = Random(seed)  # noqa: S311 - reproducible
    fragment = _fragment(random)
    place = random.choice(PLACES)
    if place in ONE_LINE_PLACES:
        fragment = fragment.replace("\n", " ")
    called = "\n\n[^1]: A note.\n" if "[^1]" in fragment else "\n"
    return f"Begin.\n\n{place.format(fragment)}\n\nThe end.{called}"


def _fragment(random: Random) -> str:
    """Return tags, words and Markdown in any order; some tags match."""
    pieces: list[str] = []
    opened: list[str] = []
    for number in range(random.randint(1, MOST_PIECES)):
        choice = random.random()
        if choice < 0.4:
            name = random.choice(ELEMENTS)
            opened.append(name)
            pieces.append(f"<{name}{_attributes(random)}>")
        elif choice < 0.6 and opened:
            pieces.append(f"</{opened.pop()}>")
        elif choice < 0.65:
            pieces.append(f"</{random.choice(ELEMENTS)}>")
        elif choice < 0.75:
            pieces.append(f"<{random.choice(VOID_ELEMENTS)}{_attributes(random)}>")
        elif choice < 0.85:
            pieces.append(random.choice(MARKDOWN))
        else:
            pieces.append(f" word{number} ")
    if random.random() < 0.5:
        pieces += [f"</{name}>" for name in reversed(opened)]
    return "".join(pieces)


def _attributes(random: Random) -> str:
    """Return up to three attributes with odd values."""
    written = ""
    for _ in range(random.choice((0, 0, 1, 1, 2, 3))):
        name, value = random.choice(ATTRIBUTES), random.choice(ODD_VALUES)
        quote = random.choice(("'", '"', '"', '"'))
        written += f" {name}={quote}{value}{quote}"
    return written
