"""Old addresses that lead to new ones: pages for readers, and lists for web servers."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from urllib.parse import urlsplit

NGINX, APACHE, NETLIFY = "redirects.nginx.conf", "redirects.apache.conf", "_redirects"
LISTS = (NGINX, APACHE, NETLIFY)


@dataclass(frozen=True, slots=True)
class Redirect:
    """An old address and the new one, from the top of the site: "html/rent/"."""

    old: str
    new: str
    title: str  # of the brief
    lang: str


def render_redirects(redirects: Iterable[Redirect], site: str) -> dict[str, bytes]:
    """Return the files that lead readers on, by path; none if nothing has moved.

    A page leads on by itself, with a canonical link (RFC 6596). PDFs and books cannot:
    the lists are for nginx, Apache, and the hosts that read `_redirects`. `site` is the
    address of the press on the web.
    """
    redirects = sorted(redirects, key=lambda each: each.old)
    if not redirects:
        return {}
    top = urlsplit(site).path.rstrip("/")
    pairs = [
        (f"{top}/{old}", f"{top}/{each.new}")
        for each in redirects
        for old in _spellings(each.old)
    ]
    files = {
        f"{each.old}index.html": _page(each, site)
        for each in redirects
        if each.old.endswith("/")
    }
    nginx = [f"location = {old} {{ return 301 {new}; }}" for old, new in pairs]
    apache = [f"RedirectMatch 301 ^{_literal(old)}$ {new}" for old, new in pairs]
    netlify = [f"{old} {new} 301" for old, new in pairs]
    for name, lines in ((NGINX, nginx), (APACHE, apache), (NETLIFY, netlify)):
        files[name] = "\n".join([*lines, ""]).encode()
    return files


def _spellings(old: str) -> Iterator[str]:
    """Yield how an address can be written: a page also with the name of its file."""
    yield old
    if old.endswith("/"):
        yield f"{old}index.html"


def _literal(path: str) -> str:
    """Return a path as a regular expression. Slugs have no other special character."""
    return path.replace(".", r"\.")


def _page(redirect: Redirect, site: str) -> bytes:
    """Return the page at the old address."""
    relative = posixpath.relpath(redirect.new, redirect.old) + "/"
    canonical = f"{site.rstrip('/')}/{redirect.new}" if site else relative
    title = escape(redirect.title)
    return f"""\
<!DOCTYPE html>
<html lang="{escape(redirect.lang)}">
<head>
<meta charset="utf-8">
<title>{title}</title>
<link rel="canonical" href="{escape(canonical)}">
<meta http-equiv="refresh" content="0; url={relative}">
</head>
<body>
<p><a href="{relative}">{title}</a></p>
</body>
</html>
""".encode()
