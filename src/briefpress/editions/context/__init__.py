"""What templates are handed: press, brief, document, book and shelf as plain data, with dates and lists in words.

Only str, int, bool, list and dict: a template comes from outside, and an object would give it a way in. The values
that `HTML` names hold HTML; templates print those with `| safe`, and everything else escaped. `docs/designer.md` lists
every name, and a test holds the list to what is made here.
"""

from briefpress.editions.context.base import base_context, entry, program_data
from briefpress.editions.context.books import collection_context, shelf_context
from briefpress.editions.context.brief import SLOT, brief_context
from briefpress.editions.context.wording import (
    date_in_words,
    direction,
    lines,
    list_in_words,
    short_title,
)

HTML = ("body", "brief.summary", "brief.takeaways[]", "notes[].html")

__all__ = [
    "HTML",
    "SLOT",
    "base_context",
    "brief_context",
    "collection_context",
    "date_in_words",
    "direction",
    "entry",
    "lines",
    "list_in_words",
    "program_data",
    "shelf_context",
    "short_title",
]
