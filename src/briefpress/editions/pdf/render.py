"""A document and a theme to a PDF.

WeasyPrint is imported when a PDF is rendered, not before: a build with nothing to do
does not need it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from html import unescape
from itertools import takewhile
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

from briefpress.editions.inputs import AssetFile
from briefpress.editions.links import with_addresses
from briefpress.editions.localisation import counter_style
from briefpress.editions.pdf.audit import Defect, lineage
from briefpress.editions.pdf.model import Audit, PdfEdition, PdfInputs, PdfMetadata
from briefpress.editions.pdf.print_tree import (
    CALL,
    MARK,
    MissingSlotError,
    PrintTree,
    build_print_tree,
)
from briefpress.editions.template_context import brief_context
from briefpress.model import Document, PageMap
from briefpress.problems import BriefpressError, Problem
from briefpress.theme.model import Theme
from briefpress.theme.styles import css_for
from briefpress.theme.templates import render_template, template_problem
from briefpress.xhtml import parents_of

if TYPE_CHECKING:
    from briefpress.editions.pdf.audit import AuditedPages
    from briefpress.editions.pdf.model import PlacedPage
    from briefpress.editions.pdf.weasyprint.pages import LaidOut
    from briefpress.theme.fonts import FontFace

PNG, SVG, JPEG = "image/png", "image/svg+xml", "image/jpeg"
MEDIA_TYPES = {"svg": SVG, "png": PNG}
TEMPLATE = "print.html.j2"


def render_pdf(inputs: PdfInputs) -> PdfEdition:
    """Return the PDF of a brief, or no PDF and the errors that prevent it.

    It may be called from any thread; one PDF is laid out at a time. Raises
    `BriefpressError` if a template of the theme cannot be rendered.
    """
    from briefpress.editions.pdf.audit import unknown_file_problem
    from briefpress.editions.pdf.weasyprint.pages import BASE_URL, UnknownFileError

    context = inputs.context
    address = context.links.get("html", "")
    document = with_addresses(inputs.document, context.addresses, address)
    tree = build_print_tree(document)
    try:
        return _typeset(inputs, document, tree)
    except UnknownFileError as error:
        return _refused(unknown_file_problem(error.url, tree, BASE_URL))
    except MissingSlotError as error:
        problem = template_problem(inputs.theme, TEMPLATE, "T06", str(error))
        raise BriefpressError(problem) from error
    except RecursionError:
        message = "elements are nested too deeply for a page"
        return _refused(Problem("D05", message))


def _typeset(inputs: PdfInputs, document: Document, tree: PrintTree) -> PdfEdition:
    """Return the PDF of a document whose print tree is not yet in the theme's page."""
    from briefpress.editions.pdf.audit import defect_problems, missing_font_problems
    from briefpress.editions.pdf.page_map import page_map
    from briefpress.editions.pdf.weasyprint.boxes import missing_characters
    from briefpress.editions.pdf.weasyprint.pages import parse_page, write_pdf
    from briefpress.theme.coverage import choose_faces, with_boxes

    theme = inputs.theme
    lang = inputs.context.brief.lang
    css = css_for(theme, "print", inputs.tokens)
    css = css.replace("counter(page)", f"counter(page, {counter_style(lang)})")
    tokens = {**theme.tokens, **inputs.tokens}
    assets = {
        name: with_theme_fonts(asset, theme, tokens)
        for name, asset in {**_theme_images(theme), **inputs.assets}.items()
    }
    html = _page_html(inputs)
    page = parse_page(html, tree, assets, lang)
    chosen = choose_faces(theme.fonts, _characters(html, css, tree, assets), lang)

    boxes = chosen.missing
    while True:
        faces = with_boxes(chosen.faces, boxes)
        pages = _lay_out_and_repair(page, css, faces, tree)
        defects = pages.audited.defects
        audit = Audit(
            pages=len(pages.placed),
            words=document.words,
            notes=len(tree.notes),
            split=pages.audited.split,
            repaired=pages.repaired,
            errors=len(defects),
        )
        if defects:
            problems = defect_problems(defects, tree, document)
            return PdfEdition(b"", PageMap(()), audit, problems)
        pdf = write_pdf(pages.laid_out.document, _metadata(inputs))
        # Letters that the layout has made: capitals, numbers of lists.
        unexpected = missing_characters(pages.laid_out.document) - boxes
        if not unexpected:
            break
        boxes |= unexpected
    problems = missing_font_problems(boxes, inputs.context, document, tree)
    return PdfEdition(pdf, page_map(pages.placed, tree), audit, problems)


@dataclass(frozen=True, slots=True)
class _Pages:
    """Pages that were laid out, in as many attempts as they needed."""

    laid_out: LaidOut
    placed: list[PlacedPage]
    audited: AuditedPages
    repaired: int


def _lay_out_and_repair(
    page: object, css: str, faces: Sequence[FontFace], tree: PrintTree
) -> _Pages:
    """Return the pages, laid out again as long as a repair may remove a defect."""
    from briefpress.editions.pdf.audit import audit_pages
    from briefpress.editions.pdf.weasyprint.boxes import read_pages
    from briefpress.editions.pdf.weasyprint.pages import lay_out

    attempt = repaired = 0
    while True:
        laid_out = lay_out(page, css, faces)
        placed = read_pages(laid_out.document, tree.notes)
        audited = audit_pages(placed, tree, laid_out.is_hidden)
        if not audited.defects or attempt == ATTEMPTS:
            return _Pages(laid_out, placed, audited, repaired)
        attempt += 1
        repaired += repair(tree, audited.defects, attempt)


# In an attribute, or in a declaration of a style sheet or a `style` attribute.
FONT_FAMILY = re.compile(
    r"""(?P<before>font-family\s*=\s*)(?P<value>"[^"]*"|'[^']*')"""
    r"""|(?P<name>font-family\s*:\s*)(?P<list>[^;}"<]+)"""
)
MONOSPACED = re.compile(r"mono|courier|consolas|menlo", re.IGNORECASE)
WITH_SERIFS = re.compile(r"(?<!sans-)serif|times|georgia|roman", re.IGNORECASE)


def with_theme_fonts(
    asset: AssetFile, theme: Theme, tokens: Mapping[str, str]
) -> AssetFile:
    """Return a drawing whose words are set in faces of the theme.

    Programs that draw charts name fonts of their machine, or only `sans-serif`.
    """
    if asset.media_type != SVG:
        return asset
    own = {face.family for face in theme.fonts}

    def with_theme_family(match: re.Match[str]) -> str:
        families = (match["value"] or match["list"]).strip("\"' ")
        first = families.split(",")[0].strip("\"' ")
        theme_families = tokens.get(_token_for(families), "")
        if first in own or not theme_families:
            return match[0]
        unquoted = theme_families.replace("'", "").replace('"', "")
        if match["before"]:
            return f'{match["before"]}"{unquoted}"'
        return match["name"] + unquoted

    try:
        text = asset.data.decode("utf-8")
    except UnicodeDecodeError:
        return asset
    data = FONT_FAMILY.sub(with_theme_family, text).encode()
    return replace(asset, data=data)


def _token_for(families: str) -> str:
    """Return the theme's token that stands for font families of another program."""
    if MONOSPACED.search(families):
        return "type-mono"
    return "type-text" if WITH_SERIFS.search(families) else "type-furniture"


def _characters(
    html: str, css: str, tree: PrintTree, assets: Mapping[str, AssetFile]
) -> frozenset[str]:
    """Return the characters that pages may show, and perhaps some more."""
    drawings = [
        asset.data.decode("utf-8", "ignore")
        for asset in assets.values()
        if asset.media_type == SVG
    ]
    texts = [html, css, *tree.root.itertext(), *drawings]
    return frozenset(unescape("".join(texts)))


def _refused(problem: Problem) -> PdfEdition:
    """Return an edition without a PDF, and the error that prevents it."""
    return PdfEdition(b"", PageMap(()), Audit(), (problem,))


def _page_html(inputs: PdfInputs) -> str:
    """Return the theme's page, with an empty slot for the body."""
    labels = inputs.theme.labels(inputs.context.brief.lang)
    data = brief_context(inputs.context, inputs.document, labels, medium="print")
    return render_template(inputs.theme, TEMPLATE, data)


def _metadata(inputs: PdfInputs) -> PdfMetadata:
    """Return the document information of a brief's PDF."""
    brief = inputs.context.brief
    return PdfMetadata(
        title=inputs.document.title,
        lang=brief.lang,
        date=brief.date,
        authors=tuple(author.name for author in brief.authors),
        keywords=brief.tags,
        identifier=brief.doi or inputs.context.links.get("html", ""),
    )


def _theme_images(theme: Theme) -> dict[str, AssetFile]:
    """Return the pictures of a theme, by their address in its style sheets."""
    images = {}
    for name, data in theme.images.items():
        suffix = name.rpartition(".")[2].lower()
        images[name] = AssetFile(data, MEDIA_TYPES.get(suffix, JPEG))
    return images


# Repair: what a second layout changes so that no word is lost. The first attempt takes
# from the blocks around a defect everything that drops or hides words: fixed heights,
# clipping, grids, columns, running elements, repeated table heads. The second attempt
# also begins a page before them.

ATTEMPTS = 2

PLAIN = (
    "height:auto!important;max-height:none!important;overflow:visible!important;"
    "position:static!important;float:none!important;columns:auto!important;"
    "visibility:visible!important;continue:auto!important;max-lines:none!important;"
)
PLAIN_BLOCK = "display:block!important;"
# WeasyPrint leaves a repeated head out where it has no room.
HEAD_ONCE = "display:table-row-group!important;"
NEW_PAGE = "break-before:page!important;"

# These keep their `display`.
PARTS_OF_TABLES_AND_LISTS = frozenset(
    ("table", "thead", "tbody", "tfoot", "tr", "td", "th", "caption", "li")
)
TEXT_LEVEL = ("a", "abbr", "b", "cite", "code", "em", "i", "q", "small", "span")
INLINE = frozenset((*TEXT_LEVEL, "strong", "sub", "sup", CALL, MARK))


def repair(tree: PrintTree, defects: Iterable[Defect], attempt: int) -> int:
    """Set the blocks around the defects plainly, in place; return their number."""
    parents = parents_of(tree.root)
    calls = {note: call for call, note in tree.notes.items()}
    elements = [_element_to_repair(defect, calls, parents) for defect in defects]
    changed = 0
    for element in dict.fromkeys(elements):
        blocks = _blocks_around(element, tree, parents)
        for block in blocks:
            _set_plainly(block)
        if blocks and attempt > 1:
            _add_style(blocks[-1], NEW_PAGE)
        changed += bool(blocks)
    return changed


def _element_to_repair(
    defect: Defect, calls: Mapping[Element, Element], parents: Mapping[Element, Element]
) -> Element:
    """Return the element with the defect; of a note, its call outside of all notes."""
    element = defect.element
    while defect.is_note and element in calls:
        call = calls[element]
        notes_around = [each for each in lineage(call, parents) if each in calls]
        element = notes_around[0] if notes_around else call
    return element


def _blocks_around(
    element: Element, tree: PrintTree, parents: Mapping[Element, Element]
) -> list[Element]:
    """Return the blocks around an element within the body, from the inside out."""
    outside = (tree.body, tree.root)
    around = takewhile(lambda each: each not in outside, lineage(element, parents))
    return [each for each in around if each.tag not in INLINE]


def _set_plainly(block: Element) -> None:
    """Take from a block what may drop or hide words."""
    if block.tag in PARTS_OF_TABLES_AND_LISTS:
        _add_style(block, PLAIN)
    else:
        _add_style(block, PLAIN + PLAIN_BLOCK)
    if block.tag == "table":
        for head in block.iter("thead"):
            _add_style(head, HEAD_ONCE)


def _add_style(element: Element, style: str) -> None:
    """Add declarations to an element, once."""
    before = element.get("style", "")
    if style not in before:
        element.set("style", before + style)
