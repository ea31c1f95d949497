"""The printed edition: a Document and a theme to pages with true footnotes, each page proved before it is written."""

from briefpress.editions.pdf.render import render_pdf
from briefpress.editions.pdf.value import Assets, Audit, Particulars, Pdf

__all__ = ["Assets", "Audit", "Particulars", "Pdf", "render_pdf"]
