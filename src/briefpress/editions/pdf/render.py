"""A document and a theme to a PDF.

WeasyPrint is imported when a PDF is rendered, not before: a build with nothing to do
does not need it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from html import unescape
from itertools import takewhile
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element

from briefpress.editions.inputs import AssetFile
from briefpress.editions.links import with_addresses
from briefpress.editions.localisation import counter_style
from briefpress.editions.pdf.audit import Defect, lineage
from briefpress.editions.pdf.model import (
    Audit,
    KeptBlock,
    PdfEdition,
    PdfInputs,
    PdfMetadata,
    WideTable,
)
from briefpress.editions.pdf.print_tree import (
    CALL,
    MARK,
    MissingSlotError,
    PrintTree,
    build_print_tree,
)
from briefpress.editions.proof import REPORT, with_report
from briefpress.editions.template_context import brief_context
from briefpress.model import Document, PageMap
from briefpress.problems import BriefpressError, Problem, Severity
from briefpress.theme.model import Theme
from briefpress.theme.styles import css_for
from briefpress.theme.templates import render_template, template_problem
from briefpress.xhtml import parents_of, remove_children

if TYPE_CHECKING:
    from briefpress.editions.pdf.audit import AuditedPages
    from briefpress.editions.pdf.model import PlacedPage
    from briefpress.editions.pdf.weasyprint.pages import LaidOut
    from briefpress.theme.fonts import FontFace

PNG, SVG, JPEG = "image/png", "image/svg+xml", "image/jpeg"
EMPTY_PICTURE = b'<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'
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

    A proof shows the pages in spite of such errors. It may be called from any thread;
    one PDF is laid out at a time. Raises `BriefpressError` if a template of the theme
    cannot be rendered.
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
        problem = unknown_file_problem(error.url, tree, BASE_URL)
        if inputs.proof is None or error.name in inputs.assets:
            return _refused(problem)
        assets = {**inputs.assets, error.name: AssetFile(EMPTY_PICTURE, SVG)}
        edition = render_pdf(replace(inputs, assets=assets))
        return replace(edition, problems=(problem, *edition.problems))
    except MissingSlotError as error:
        problem = template_problem(inputs.theme, TEMPLATE, "T06", str(error))
        raise BriefpressError(problem) from error
    except RecursionError:
        message = "elements are nested too deeply for a page"
        return _refused(Problem("D05", message))


def _typeset(inputs: PdfInputs, document: Document, tree: PrintTree) -> PdfEdition:
    """Return the PDF of a document whose print tree is not yet in the theme's page."""
    from briefpress.editions.pdf.audit import (
        defect_problems,
        enlarged_picture_warnings,
        missing_font_problems,
        undrawn_picture_problems,
    )
    from briefpress.editions.pdf.page_map import page_map
    from briefpress.editions.pdf.weasyprint.boxes import (
        enlarged_pictures,
        missing_characters,
    )
    from briefpress.editions.pdf.weasyprint.overlay import add_overlay
    from briefpress.editions.pdf.weasyprint.pages import (
        BASE_URL,
        parse_page,
        picture_failures,
        write_pdf,
    )
    from briefpress.theme.coverage import choose_faces, with_boxes

    theme = inputs.theme
    lang = inputs.context.brief.lang
    tokens = {**theme.tokens, **inputs.tokens}
    css = css_for(theme, "print", inputs.tokens) + landscape_rule(tokens)
    css = css.replace("counter(page)", f"counter(page, {counter_style(lang)})")
    assets = {**_theme_images(theme), **inputs.assets}
    html = _page_html(inputs, document)
    page = parse_page(html, tree, assets, lang)
    chosen = choose_faces(theme.fonts, _characters(html, css, tree, assets), lang)
    families = drawing_families(tokens)

    boxes = chosen.missing
    while True:
        faces = with_boxes(chosen.faces, boxes)
        pages = _lay_out_and_repair(page, css, faces, tree, families)
        defects = pages.audited.defects
        audit = Audit(
            pages=len(pages.placed),
            words=document.words,
            notes=len(tree.notes),
            split=pages.audited.split,
            repaired=pages.repaired,
            errors=len(defects),
        )
        refusals = defect_problems(defects, tree, document)
        if refusals and inputs.proof is None:
            return PdfEdition(b"", PageMap(()), audit, refusals)
        laid_out = pages.laid_out.document
        line_numbers = {}
        if inputs.proof is not None:
            line_numbers = add_overlay(pages.laid_out, pages.placed, tree, css, faces)
        with picture_failures() as undrawn:
            pdf = write_pdf(laid_out, _metadata(inputs))
        # Letters that the layout has made: capitals, numbers of lists.
        unexpected = missing_characters(laid_out) - boxes
        if not unexpected:
            break
        boxes |= unexpected
    errors = undrawn_picture_problems(undrawn, tree, BASE_URL)
    problems = (
        *refusals,
        *errors,
        *missing_font_problems(boxes, inputs.context, document, tree),
        *pages.warnings,
        *enlarged_picture_warnings(enlarged_pictures(laid_out), tree),
    )
    starts = page_map(_pages_before_report(pages.placed, tree), tree)
    if errors and inputs.proof is None:
        pdf = b""
    return PdfEdition(pdf, starts, audit, problems, line_numbers)


def _pages_before_report(
    pages: Sequence[PlacedPage], tree: PrintTree
) -> Sequence[PlacedPage]:
    """Return the pages of a proof without those of its report; all if it has none."""
    report = next((each for each in tree.root if each.get("id") == REPORT), None)
    if report is None:
        return pages
    inside = set(report.iter())
    return list(
        takewhile(
            lambda page: not any(text.element in inside for text in page.texts), pages
        )
    )


@dataclass(frozen=True, slots=True)
class _Pages:
    """Pages that were laid out, in as many attempts as they needed."""

    laid_out: LaidOut
    placed: list[PlacedPage]
    audited: AuditedPages
    repaired: int
    warnings: tuple[Problem, ...]


def _lay_out_and_repair(
    page: object,
    css: str,
    faces: Sequence[FontFace],
    tree: PrintTree,
    families: Mapping[str, str] | None,
) -> _Pages:
    """Return the pages, laid out again as long as a repair may remove a defect."""
    from briefpress.editions.pdf.audit import audit_pages
    from briefpress.editions.pdf.weasyprint.boxes import read_pages

    warnings: tuple[Problem, ...] = ()
    attempt = repaired = 0
    while True:
        laid_out, found = _lay_out_fitted(page, tree, css, faces, families)
        warnings += found
        placed = read_pages(laid_out.document, tree.notes)
        audited = audit_pages(placed, tree, laid_out.is_hidden)
        if not audited.defects or attempt == ATTEMPTS:
            return _Pages(laid_out, placed, audited, repaired, warnings)
        attempt += 1
        repaired += repair(tree, audited.defects, attempt)


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


def drawing_families(tokens: Mapping[str, str]) -> dict[str, str] | None:
    """Return the theme's typefaces for drawings, by kind; None if it names none."""
    families = {kind: tokens.get(name, "") for kind, name in DRAWING_TYPEFACES.items()}
    return families if all(families.values()) else None


def _refused(problem: Problem) -> PdfEdition:
    """Return an edition without a PDF, and the error that prevents it."""
    return PdfEdition(b"", PageMap(()), Audit(), (problem,))


def _page_html(inputs: PdfInputs, document: Document) -> str:
    """Return the theme's page, with an empty slot for the body."""
    labels = inputs.theme.labels(inputs.context.brief.lang)
    data = brief_context(inputs.context, inputs.document, labels, medium="print")
    page = render_template(inputs.theme, TEMPLATE, data)
    if inputs.proof is None:
        return page
    return with_report(
        page, inputs.theme, inputs.context, document, inputs.proof, "print"
    )


def _metadata(inputs: PdfInputs) -> PdfMetadata:
    """Return the document information of a brief's PDF."""
    brief = inputs.context.brief
    proof = inputs.proof
    return PdfMetadata(
        title=inputs.document.title,
        lang=brief.lang,
        date=brief.date if proof is None else proof.date,
        authors=tuple(author.name for author in brief.authors),
        keywords=brief.tags,
        identifier=brief.doi or inputs.context.links.get("html", ""),
        modified=brief.modified if brief.modified != brief.date else None,
    )


def _theme_images(theme: Theme) -> dict[str, AssetFile]:
    """Return the pictures of a theme, by their address in its style sheets."""
    images = {}
    for name, data in theme.images.items():
        suffix = name.rpartition(".")[2].lower()
        images[name] = AssetFile(data, MEDIA_TYPES.get(suffix, JPEG))
    return images


# Fitting: wide tables get smaller type, then a page in landscape, and are split at last.
# Blocks that should be kept on one page are broken if they are too tall.

MAX_LAYOUTS = 6  # of a document; each further one costs as much as the first
SMALLER_TYPE = 1.1  # a table so much too wide needs the smallest type at once
LANDSCAPE, SMALL_LANDSCAPE, LAST_STEP = 3, 4, 5
LANDSCAPE_MARGIN = "20mm"
LARGEST_GAP = 0.3  # of a page, that a kept block may leave empty before it
NEAR_TOP = 60.0  # px
MAY_BREAK = "break-inside:auto!important;"
# Names of paper, or two lengths.
PAPER_NAME = re.compile(r"[A-Za-z][\w-]*\Z")
LENGTHS = re.compile(r"(\S+)\s+(\S+)\Z")


def landscape_rule(tokens: Mapping[str, str]) -> str:
    """Return the rule of landscape pages for wide tables; "" without a page size."""
    size = tokens.get("page-size", "").strip()
    turned = ""
    if PAPER_NAME.match(size):
        turned = f"{size} landscape"
    elif lengths := LENGTHS.match(size):
        turned = f"{lengths[2]} {lengths[1]}"
    if not turned:
        return ""
    return f"@page fn-wide{{size:{turned};margin:{LANDSCAPE_MARGIN}}}"


def _lay_out_fitted(
    page: Any, tree: PrintTree, css: str, fonts: Sequence[FontFace], families: Any
) -> tuple[LaidOut, tuple[Problem, ...]]:
    """Return the page laid out so that everything has room, and warnings."""
    from briefpress.editions.pdf.weasyprint.boxes import (
        kept_blocks,
        page_gaps,
        wide_tables,
    )
    from briefpress.editions.pdf.weasyprint.pages import lay_out

    heads = [*tree.root.iter("thead"), *tree.root.iter("tfoot")]
    repeated = {row for head in heads for row in head.iter()}
    warnings: list[Problem] = []
    for _ in range(MAX_LAYOUTS - 1):
        try:
            laid_out = lay_out(page, css, fonts, families)
        except AssertionError:
            # WeasyPrint fails at a grid with a row as tall as a page.
            if not _break_end_matter(tree):
                raise
            continue
        wide = wide_tables(laid_out.document)
        for table in wide:
            warnings += _fit_table(table, tree)
        kept = kept_blocks(laid_out.document)
        gaps = page_gaps(laid_out.document)
        tall = _too_tall(kept, gaps, repeated)
        changed = [element for element in tall if _let_break(element)]
        if not wide and not changed:
            return laid_out, tuple(warnings)
    return lay_out(page, css, fonts, families), tuple(warnings)


def _fit_table(table: WideTable, tree: PrintTree) -> list[Problem]:
    """Take the next step for a table that is too wide; warn if it is split."""
    element = table.element
    step = int(element.get("data-fit", "0")) + 1
    if step == 1 and table.width > table.available * SMALLER_TYPE:
        step = 2
    figure = _figure_of(element, tree)
    if step >= LANDSCAPE and figure is not None:
        figure.set("data-wide", "")
    if step in (LANDSCAPE, SMALL_LANDSCAPE) and figure is None:
        step = LAST_STEP
    parts = _split_columns(table) if step == LAST_STEP else []
    if len(parts) > 1:
        element.set("data-fit", str(SMALL_LANDSCAPE if figure is not None else 2))
        warning = _split_warning(element)
        _split_table(element, parts, parents_of(tree.root)[element])
        return [warning]
    element.set("data-fit", str(min(step, LAST_STEP)))
    return []


def _figure_of(table: Element, tree: PrintTree) -> Element | None:
    """Return the figure of a table, if it can be on a page of its own."""
    for figure in tree.body.findall("figure"):
        if table in set(figure.iter("table")):
            return figure
    return None


def _split_columns(table: WideTable) -> list[list[int]]:
    """Return the columns of each part of a table; the first column is in each.

    A table with cells that span others, or with tables in its cells, is not split.
    """
    cells = table.element.iter()
    has_spans = any(cell.get("colspan") or cell.get("rowspan") for cell in cells)
    lengths = {len(row) for row in table.element.iter("tr")}
    if has_spans or lengths != {len(table.columns)}:
        return []
    parts: list[list[int]] = []
    room = 0.0
    for number, width in enumerate(table.columns[1:], 1):
        if not parts or width > room:
            parts.append([0])
            room = table.available - table.columns[0]
        parts[-1].append(number)
        room -= width
    return parts


def _split_table(
    table: Element, parts: Sequence[Sequence[int]], parent: Element
) -> None:
    """Replace a table by tables with some of its columns each."""
    cells_of_rows = [list(row) for row in table.iter("tr")]
    for row in table.iter("tr"):
        row[:] = []
    tables = [table, *(_without_ids(table) for _ in parts[1:])]
    for part, columns in zip(tables, parts, strict=True):
        for row, cells in zip(part.iter("tr"), cells_of_rows, strict=True):
            first = cells[0] if part is table else _without_ids(cells[0])
            row[:] = [first, *(cells[number] for number in columns[1:])]
    index = list(parent).index(table)
    parent[index + 1 : index + 1] = tables[1:]


def _without_ids(element: Element) -> Element:
    """Return a copy without ids and without note calls, to be shown again."""
    copy = deepcopy(element)
    for parent in list(copy.iter()):
        parent.attrib.pop("id", None)
        calls = [child for child in parent if child.tag == CALL]
        remove_children(parent, calls)
    return copy


def _split_warning(table: Element) -> Problem:
    """Return the warning of a table that is printed in parts."""
    ids = [name for each in table.iter() if (name := each.get("id"))]
    return Problem(
        code="P08",
        message="the table is too wide for a page, and is printed in parts",
        about=ids[0] if ids else "",
        fix="use fewer columns, or exchange rows and columns",
        severity=Severity.WARNING,
    )


def _too_tall(
    blocks: Mapping[Element, Sequence[KeptBlock]],
    gaps: Sequence[float],
    repeated: Collection[Element],
) -> list[Element]:
    """Return the blocks that cannot be kept on a page, or leave too much empty."""
    highest: dict[int, float] = {}
    for parts in blocks.values():
        page, top, _ = parts[0]
        highest[page] = min(top, highest.get(page, top))
    found = []
    for element, parts in blocks.items():
        page, top, _ = parts[0]
        begins_page = page > 1 and top - highest[page] < NEAR_TOP
        leaves_gap = begins_page and gaps[page - 2] > LARGEST_GAP
        has_picture = next(element.iter("img"), None) is not None
        is_too_tall = len(parts) > 1 or (leaves_gap and not has_picture)
        if is_too_tall and element not in repeated:
            found.append(element)
    return found


def _let_break(element: Element) -> bool:
    """Let a block be broken over pages; return whether that is new."""
    style = element.get("style", "")
    _add_style(element, MAY_BREAK)
    return element.get("style") != style


def _break_end_matter(tree: PrintTree) -> bool:
    """Set what follows the body plainly; return whether that is new."""
    parents = parents_of(tree.root)
    changed = False
    for around in lineage(tree.body, parents):
        parent = parents.get(around)
        siblings = list(parent) if parent is not None else []
        for block in siblings[siblings.index(around) + 1 :] if siblings else ():
            for inner in block.iter():
                if inner.tag not in INLINE and _let_break(inner):
                    _set_plainly(inner)
                    changed = True
    return changed


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
