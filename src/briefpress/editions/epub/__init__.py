"""EPUB: each brief as a chapter (`chapter.py`), the book of a collection (`book.py`).

The modules are imported one by one, so that a chapter does not load EbookLib.
"""
