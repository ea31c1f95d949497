"""What WeasyPrint may read: bytes that the plan has read already, under one virtual base, and nothing else.

The base is an https address, so that relative addresses join; `.invalid` never resolves. It is the same on every
machine, so the PDF's bytes tell nothing of where they were made.
"""

from __future__ import annotations

from collections.abc import Mapping

from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

BASE = "https://press.invalid/"


class PlannedFetcher(URLFetcher):
    """A fetcher without a single handler: no file, no network, no `data:` but what `planned` holds."""

    def __init__(self, planned: Mapping[str, tuple[bytes, str]]) -> None:
        """Serve `planned`: a name under the base to its bytes and media type."""
        # No `super().__init__()`: it would install handlers for file, http, ftp and data.
        self.planned = planned
        self._fail_on_errors = True

    def fetch(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,  # noqa: ARG002 - WeasyPrint passes it
    ) -> URLFetcherResponse:
        """Return planned bytes; anything else stops the layout."""
        name = url.removeprefix(BASE)
        if name == url or name not in self.planned:
            raise FatalURLFetchingError(f"not part of this brief: {url[:100]}")
        data, media = self.planned[name]
        return URLFetcherResponse(url, data, {"Content-Type": media})
