"""A document and a theme to a PDF.

WeasyPrint is imported when a PDF is rendered, not before: a build with nothing to do
does not need it.
"""

from __future__ import annotations

from typing import Any

from briefpress.editions.inputs import AssetFile
from briefpress.editions.links import with_addresses
from briefpress.editions.pdf.model import Audit, PdfEdition, PdfInputs, PdfMetadata
from briefpress.editions.pdf.print_tree import PrintTree, build_print_tree
from briefpress.editions.template_context import brief_context
from briefpress.model import Document, PageMap
from briefpress.problems import Problem
from briefpress.theme import Theme, css_for, render_template

PNG, SVG, JPEG = "image/png", "image/svg+xml", "image/jpeg"
MEDIA_TYPES = {"svg": SVG, "png": PNG}


def render_pdf(inputs: PdfInputs) -> PdfEdition:
    """Return the PDF of a brief, or no PDF and the errors that prevent it.

    Raises `BriefpressError` if a template of the theme cannot be rendered.
    """
    from briefpress.editions.pdf.audit import unknown_file_problem
    from briefpress.editions.pdf.weasyprint.pages import UnknownFileError, parse_page

    context = inputs.context
    document = with_addresses(
        inputs.document, context.addresses, context.links.get("html", "")
    )
    tree = build_print_tree(document)
    metadata = _metadata(inputs)
    css = css_for(inputs.theme, "print", inputs.tokens)
    assets = {**_theme_images(inputs.theme), **inputs.assets}
    try:
        page = parse_page(_page_html(inputs), tree, assets, metadata.lang)
        return _typeset(page, tree, document, css, inputs.theme, metadata)
    except UnknownFileError as error:
        return _refused((unknown_file_problem(error, tree),))
    except RecursionError:
        return _refused(
            (Problem("D05", "elements stand too deep in one another for a page"),)
        )


def _page_html(inputs: PdfInputs) -> str:
    """Return the theme's page, with an empty slot for the body."""
    labels = inputs.theme.labels(inputs.context.brief.lang)
    data = brief_context(inputs.context, inputs.document, labels, medium="print")
    return render_template(inputs.theme, "print.html.j2", data)


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


def _typeset(
    page: Any,
    tree: PrintTree,
    document: Document,
    css: str,
    theme: Theme,
    metadata: PdfMetadata,
) -> PdfEdition:
    """Return the PDF of a page that contains its body."""
    from briefpress.editions.pdf.audit import (
        audit_pages,
        error_problems,
        missing_glyphs,
    )
    from briefpress.editions.pdf.page_map import page_map
    from briefpress.editions.pdf.repair import ROUNDS, repair
    from briefpress.editions.pdf.weasyprint.pages import lay_out, write_pdf

    laid_out = lay_out(page, tree, css, theme.fonts)
    seen = audit_pages(laid_out.pages, tree, laid_out.is_hidden)
    repaired = 0
    for attempt in range(1, ROUNDS + 1):
        if not seen.errors:
            break
        repaired += repair(tree, seen.errors, attempt)
        laid_out = lay_out(page, tree, css, theme.fonts)
        seen = audit_pages(laid_out.pages, tree, laid_out.is_hidden)
    audit = Audit(
        pages=len(laid_out.pages),
        words=document.words,
        notes=len(tree.notes),
        split=sum(len(pages) > 1 for pages in seen.pieces.values()),
        repaired=repaired,
        errors=len(seen.errors),
    )
    if seen.errors:
        return _refused(error_problems(seen.errors, tree, document), audit)
    data = write_pdf(laid_out.document, metadata)
    missing = missing_glyphs(laid_out.document, tree.body)
    pdf = b"" if missing else data
    return PdfEdition(pdf, page_map(laid_out.pages, tree), audit, missing)


def _refused(problems: tuple[Problem, ...], audit: Audit | None = None) -> PdfEdition:
    """Return an edition without a PDF, and the errors that prevent it."""
    return PdfEdition(b"", PageMap(()), audit or Audit(), problems)
