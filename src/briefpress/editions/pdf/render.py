"""A document and a theme to a PDF.

WeasyPrint is imported when a PDF is rendered, not before: a build with nothing to do
does not need it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import takewhile
from xml.etree.ElementTree import Element

from briefpress.editions.inputs import AssetFile
from briefpress.editions.links import with_addresses
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

PNG, SVG, JPEG = "image/png", "image/svg+xml", "image/jpeg"
MEDIA_TYPES = {"svg": SVG, "png": PNG}
TEMPLATE = "print.html.j2"
# Kinds of typefaces in drawings, to the theme's tokens.
DRAWING_TYPEFACES = {
    "sans": "type-furniture",
    "serif": "type-text",
    "mono": "type-mono",
}


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
    from briefpress.editions.pdf.audit import (
        audit_pages,
        defect_problems,
        missing_glyph_problems,
        undrawn_picture_problems,
    )
    from briefpress.editions.pdf.page_map import page_map
    from briefpress.editions.pdf.weasyprint.boxes import missing_characters, read_pages
    from briefpress.editions.pdf.weasyprint.pages import (
        BASE_URL,
        lay_out,
        parse_page,
        picture_failures,
        write_pdf,
    )

    theme = inputs.theme
    css = css_for(theme, "print", inputs.tokens)
    assets = {**_theme_images(theme), **inputs.assets}
    page = parse_page(_page_html(inputs), tree, assets, inputs.context.brief.lang)

    families = drawing_families({**theme.tokens, **inputs.tokens})
    attempt = repaired = 0
    while True:
        laid_out = lay_out(page, css, theme.fonts, families)
        placed = read_pages(laid_out.document, tree.notes)
        audited = audit_pages(placed, tree, laid_out.is_hidden)
        if not audited.defects or attempt == ATTEMPTS:
            break
        attempt += 1
        repaired += repair(tree, audited.defects, attempt)

    audit = Audit(
        pages=len(placed),
        words=document.words,
        notes=len(tree.notes),
        split=audited.split,
        repaired=repaired,
        errors=len(audited.defects),
    )
    if audited.defects:
        problems = defect_problems(audited.defects, tree, document)
        return PdfEdition(b"", PageMap(()), audit, problems)
    with picture_failures() as undrawn:
        pdf = write_pdf(laid_out.document, _metadata(inputs))
    missing = missing_characters(laid_out.document)
    problems = missing_glyph_problems(missing, tree)
    problems += undrawn_picture_problems(undrawn, tree, BASE_URL)
    return PdfEdition(b"" if problems else pdf, page_map(placed, tree), audit, problems)


def drawing_families(tokens: Mapping[str, str]) -> dict[str, str] | None:
    """Return the theme's typefaces for drawings, by kind; None if it names none."""
    families = {kind: tokens.get(name, "") for kind, name in DRAWING_TYPEFACES.items()}
    return families if all(families.values()) else None


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
