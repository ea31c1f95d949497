"""The one date that is written into a book."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable

from briefpress.model import Brief


def epoch(briefs: Iterable[Brief]) -> int:
    """Return the date of a book in seconds: SOURCE_DATE_EPOCH, or its newest brief's; never the clock."""
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    if given.isdigit():
        return int(given)
    newest = max(brief.date for brief in briefs)
    return int(
        dt.datetime(newest.year, newest.month, newest.day, tzinfo=dt.UTC).timestamp()
    )
