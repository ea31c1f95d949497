"""A document and a theme to a PDF.

WeasyPrint is imported when a PDF is rendered, not before: a build with nothing to do
does not need it.
"""

from __future__ import annotations

from briefpress.editions.inputs import AssetFile
from briefpress.editions.links import with_addresses
from briefpress.editions.pdf.model import Audit, PdfEdition, PdfInputs, PdfMetadata
from briefpress.editions.pdf.print_tree import (
    MissingSlotError,
    PrintTree,
    build_print_tree,
)
from briefpress.editions.template_context import brief_context
from briefpress.model import Document, PageMap
from briefpress.problems import BriefpressError, Problem
from briefpress.theme import Theme, css_for, render_template, template_problem

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
        return _refused(unknown_file_problem(str(error), tree, BASE_URL))
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
    )
    from briefpress.editions.pdf.page_map import page_map
    from briefpress.editions.pdf.repair import ATTEMPTS, repair
    from briefpress.editions.pdf.weasyprint.boxes import missing_characters, read_pages
    from briefpress.editions.pdf.weasyprint.pages import lay_out, parse_page, write_pdf

    theme = inputs.theme
    css = css_for(theme, "print", inputs.tokens)
    assets = {**_theme_images(theme), **inputs.assets}
    page = parse_page(_page_html(inputs), tree, assets, inputs.context.brief.lang)

    attempt = repaired = 0
    while True:
        laid_out = lay_out(page, css, theme.fonts)
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
    pdf = write_pdf(laid_out.document, _metadata(inputs))
    missing = missing_characters(laid_out.document)
    problems = missing_glyph_problems(missing, tree)
    return PdfEdition(b"" if problems else pdf, page_map(placed, tree), audit, problems)


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
