"""briefpress: policy briefs from Markdown to web page, print PDF with true footnotes, and EPUB."""

__version__ = "0.1.0"
