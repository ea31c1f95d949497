"""The web page of a brief: one file that needs only its style sheet and its pictures."""

from __future__ import annotations

from dataclasses import dataclass

from briefpress.editions.inputs import BriefContext
from briefpress.editions.links import with_addresses
from briefpress.editions.page_breaks import mark_page_breaks
from briefpress.editions.template_context import brief_context
from briefpress.model import Document, PageMap
from briefpress.theme import Theme, render_template
from briefpress.xhtml import inner, to_html


@dataclass(frozen=True, slots=True)
class WebInputs:
    """All that a brief's web page depends on. Two equal values give the same bytes."""

    context: BriefContext
    document: Document
    theme: Theme
    page_map: PageMap | None = None


def render_web(inputs: WebInputs) -> bytes:
    """Return the page as HTML.

    With a page map, the body contains the page numbers of the PDF as anchors, so that
    "#page-3" means the same page in both.
    """
    document = with_addresses(inputs.document, inputs.context.addresses)
    if inputs.page_map is not None:
        mark_page_breaks(document.body, inputs.page_map)
    body = f'<div class="body">{inner(document.body, to_html)}</div>'
    template_data = brief_context(
        inputs.context,
        document,
        inputs.theme.labels(inputs.context.brief.lang),
        medium="screen",
        body=body,
        page_map=inputs.page_map,
    )
    return render_template(inputs.theme, "web.html.j2", template_data).encode()
