"""The PDF of a brief: footnotes on the page of their call, and an audit of each page."""

from briefpress.editions.pdf.model import Audit, PdfEdition, PdfInputs
from briefpress.editions.pdf.render import render_pdf

__all__ = ["Audit", "PdfEdition", "PdfInputs", "render_pdf"]
