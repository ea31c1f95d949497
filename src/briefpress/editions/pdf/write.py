"""The PDF's bytes: tags, metadata, and nothing of the clock or the machine."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from briefpress.editions.pdf.binding import bound
from briefpress.editions.pdf.quick import quick
from briefpress.editions.pdf.tags import tagged
from briefpress.editions.pdf.value import Particulars

VARIANT = "pdf/ua-1"


def write(document: Any, particulars: Particulars) -> bytes:
    """Return a laid-out document as PDF/UA-1, the same bytes for the same pages."""
    metadata = document.metadata
    metadata.title, metadata.lang = particulars.title, particulars.lang
    metadata.authors, metadata.keywords = (
        list(particulars.authors),
        list(particulars.keywords),
    )
    metadata.description, metadata.generator = (
        particulars.description or None,
        "briefpress",
    )
    metadata.created = metadata.modified = particulars.date.isoformat()
    metadata.attachments = []  # a theme's page may not enclose files: they carry the clock
    identifier = hashlib.md5(repr(particulars).encode(), usedforsecurity=False).digest()
    with bound(quick()), tagged(document.pages), clock_at(particulars.date):
        data: bytes = document.write_pdf(pdf_variant=VARIANT, pdf_identifier=identifier)
    return data


@contextmanager
def clock_at(date: dt.date) -> Iterator[None]:
    """Set the clock that fontTools reads: it writes the time of day into every instance of a variable font."""
    before = os.environ.get("SOURCE_DATE_EPOCH")
    midnight = dt.datetime.combine(date, dt.time(), dt.UTC)
    os.environ["SOURCE_DATE_EPOCH"] = str(max(0, int(midnight.timestamp())))
    try:
        yield
    finally:
        os.environ.pop("SOURCE_DATE_EPOCH")
        if before is not None:
            os.environ["SOURCE_DATE_EPOCH"] = before
