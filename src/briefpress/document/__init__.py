"""Markdown to a Document: a tree of XHTML elements, with notes and figures as values.

`parser.parse_document` makes the document, and `docs/markup.md` says what authors can
rely on. Nothing here knows of pages, themes or media.
"""
