"""The web page of a brief, and the style sheets and fonts of web pages.

A page needs only its style sheet and its pictures. Each face is published as one file
for each range of letters. The letters that most pages need are in one range, and other
scripts have their own: a browser loads only the ranges that a page uses (CSS Fonts 4,
`unicode-range`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from briefpress.editions.inputs import BriefContext
from briefpress.editions.links import with_addresses
from briefpress.editions.marks import is_mark, message_element
from briefpress.editions.page_breaks import mark_page_breaks
from briefpress.editions.proof import Proof, with_report
from briefpress.editions.template_context import brief_context
from briefpress.model import Document, PageMap
from briefpress.theme.fonts import FontFace, subset_font
from briefpress.theme.model import Theme
from briefpress.theme.styles import css_for, with_image_folder
from briefpress.theme.templates import render_template
from briefpress.xhtml import inner, mark_adjacent_calls, to_html


@dataclass(frozen=True, slots=True)
class WebInputs:
    """All that a brief's web page depends on. Two equal values give the same bytes."""

    context: BriefContext
    document: Document
    theme: Theme
    page_map: PageMap | None = None
    proof: Proof | None = None
    line_numbers: Mapping[str, int] = field(default_factory=dict)  # of the proof's PDF


def render_web(inputs: WebInputs) -> bytes:
    """Return the page as HTML.

    With a page map, the body contains the page numbers of the PDF as anchors, so that
    "#page-3" means the same page in both. A proof has the lines of its PDF, and a report.
    """
    document = with_addresses(inputs.document, inputs.context.addresses)
    for tree in (document.body, *(note.body for note in document.notes)):
        mark_adjacent_calls(tree)
        _number_lines(tree, inputs.line_numbers)
    if inputs.page_map is not None:
        mark_page_breaks(document.body, inputs.page_map)
    for tree in (document.body, *(note.body for note in document.notes)):
        _add_messages(tree)
    body = f'<div class="body">{inner(document.body, to_html)}</div>'
    template_data = brief_context(
        inputs.context,
        document,
        inputs.theme.labels(inputs.context.brief.lang),
        medium="screen",
        body=body,
        page_map=inputs.page_map,
    )
    page = render_template(inputs.theme, "web.html.j2", template_data)
    if inputs.proof is not None:
        page = page.replace("</head>", f"{NOT_INDEXED}\n</head>", 1)
        page = with_report(
            page, inputs.theme, inputs.context, document, inputs.proof, "screen"
        )
    return page.encode()


def _add_messages(tree: Element) -> None:
    """Put the message of each mark behind it. Style sheets move it to the margin."""
    for parent in list(tree.iter()):
        for mark in [child for child in parent if is_mark(child)]:
            message = message_element(mark, "span")
            message.set("aria-hidden", "true")  # the mark has it as its label
            message.tail, mark.tail = mark.tail, None
            parent.insert(list(parent).index(mark) + 1, message)


def _number_lines(tree: Element, numbers: Mapping[str, int]) -> None:
    """Give the blocks of a tree the number of their first line in print."""
    for element in tree.iter():
        number = numbers.get(element.get("id", ""))
        if number and element.tag in NUMBERED_BLOCKS:
            element.set("data-line", str(number))


NOT_INDEXED = '<meta name="robots" content="noindex">'
NUMBERED_BLOCKS = frozenset(("p", "h2", "h3", "h4", "h5", "h6", "li", "dt", "dd"))
UNICODE_RANGES = {
    "latin": (
        "U+0000-024F, U+1E00-1EFF, U+2000-206F, U+2070-209F, U+20A0-20CF, "
        "U+2100-214F, U+2190-21BB, U+2200-22FF"
    ),
    "cyrillic": "U+0400-052F",
    "greek": "U+0370-03FF",
    "arabic": "U+0600-06FF, U+0750-077F, U+08A0-08FF, U+FB50-FDFF, U+FE70-FEFF",
}


# A fallback is published for these only, if it is made for the language. For all other
# scripts readers' own fonts serve: a Chinese font has 15 MB.
FALLBACK_RANGES = {"arabic": "ar"}


@dataclass(frozen=True, slots=True)
class WebFontInputs:
    """A face at one weight, of which web fonts are made."""

    face: FontFace
    weight: str  # "400"


@dataclass(frozen=True, slots=True)
class WebFont:
    """The WOFF2 files of a face at one weight."""

    files: Mapping[str, bytes]  # by range; empty if the face has none of its letters


@dataclass(frozen=True, slots=True)
class StylesheetInputs:
    """All that the style sheet of a theme's web pages depends on."""

    theme: Theme
    tokens: Mapping[str, str]  # the program's own
    font_files: frozenset[str]  # names by `web_font_name` of files that are published


def web_font_name(face: FontFace, weight: str, unicode_range: str = "") -> str:
    """Return the file name of a web font, without suffix.

    It changes with the font, so that browsers do not keep an old one.
    """
    optical_size = f"-{face.opsz}" if face.opsz else ""
    name = f"{face.slug(weight)}{optical_size}-{face.digest[:8]}"
    return f"{name}-{unicode_range}" if unicode_range else name


def render_web_font(inputs: WebFontInputs) -> WebFont:
    """Return a face as WOFF2, one file for each range of letters."""
    data = inputs.face.data()
    files = {}
    for name, ranges in UNICODE_RANGES.items():
        if not _is_published(inputs.face, name):
            continue
        characters = characters_in(ranges)
        files[name] = subset_font(
            data, characters, inputs.weight, "woff2", inputs.face.opsz
        )
    return WebFont(files)


def _is_published(face: FontFace, unicode_range: str) -> bool:
    """Return whether web pages get a face's letters of a range."""
    return not face.fallback or FALLBACK_RANGES.get(unicode_range) in face.languages


def render_stylesheet(inputs: StylesheetInputs) -> bytes:
    """Return the style sheet of a theme's web pages, with the rules of its fonts."""
    theme = inputs.theme
    css = css_for(theme, "screen", inputs.tokens)
    return (
        _font_face_rules(inputs) + with_image_folder(css, theme, f"{theme.name}/")
    ).encode()


def characters_in(unicode_range: str) -> frozenset[str]:
    """Return the characters of a CSS `unicode-range`."""
    characters: set[str] = set()
    for interval in unicode_range.split(","):
        first, last = interval.strip().removeprefix("U+").split("-")
        characters.update(map(chr, range(int(first, 16), int(last, 16) + 1)))
    return frozenset(characters)


def _font_face_rules(inputs: StylesheetInputs) -> str:
    """Return an `@font-face` rule for each font file that is published."""
    rules = []
    for face in inputs.theme.fonts:
        for weight in face.weights:
            for name, ranges in UNICODE_RANGES.items():
                file = web_font_name(face, weight, name)
                if file in inputs.font_files:
                    rules.append(_font_face_rule(face, weight, file, ranges))
    return "".join(rules)


def _font_face_rule(face: FontFace, weight: str, file: str, ranges: str) -> str:
    """Return the `@font-face` rule of one file, as seen from the style sheet."""
    return (
        f'@font-face{{font-family:"{face.family}";font-style:{face.style};'
        f"font-weight:{weight};font-display:swap;"
        f'src:url("fonts/{file}.woff2") format("woff2");unicode-range:{ranges}}}\n'
    )
