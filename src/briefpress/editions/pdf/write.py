"""The PDF's bytes: tags, metadata, and nothing of the clock or the machine."""

from __future__ import annotations

import hashlib
from typing import Any

from briefpress.editions.pdf.setting import Setting
from briefpress.editions.pdf.value import Particulars

VARIANT = "pdf/ua-1"


def write(document: Any, setting: Setting, particulars: Particulars) -> bytes:
    """Return a laid-out document as PDF/UA-1, the same bytes for the same pages."""
    del setting
    metadata = document.metadata
    metadata.title, metadata.lang = particulars.title, particulars.lang
    metadata.authors, metadata.keywords = list(particulars.authors), list(particulars.keywords)
    metadata.description, metadata.generator = particulars.description or None, "briefpress"
    metadata.created = metadata.modified = particulars.date.isoformat()
    identifier = hashlib.md5(repr(particulars).encode(), usedforsecurity=False).digest()
    data: bytes = document.write_pdf(pdf_variant=VARIANT, pdf_identifier=identifier)
    return data
