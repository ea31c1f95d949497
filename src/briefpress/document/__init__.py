"""A brief's text to a Document: one neutral tree of XHTML elements, with notes, figures and headings beside it.

`parse.parse_document` is the way in, `store` keeps what came out, and `docs/markup.md` says what both sides may rely on.
Nothing here knows of pages, themes or media.
"""
