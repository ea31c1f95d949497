"""Markup that would be printed as plain text: of other programs, or unfinished.

What was escaped with a backslash, and code, is meant as it is.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from xml.etree.ElementTree import Element

from briefpress.document.context import ParseContext
from briefpress.problems import Span
from briefpress.xhtml import is_call

CODE = "D10"
MAX_TOKEN = 60  # characters of a piece that a message quotes
_FIRST_SIGNS = r"[{:!?^\[\]$\\<&%|#*_~=`@+]|^[-(ie]"  # what any markup begins with
_TAG = re.compile(r"</?[A-Za-z][A-Za-z0-9-]*")
# A figure of a statistical table with the stars of its significance.
_SIGNIFICANT = re.compile(r"\s*[-−+(]?\d[\d.,]*[)%]?\*{1,3}\s*")
_CODE_ELEMENTS = frozenset(("code", "pre", "kbd", "samp", "var"))


@dataclass(frozen=True, slots=True)
class Markup:
    """A kind of markup: what it is, how it is recognised, and what works instead."""

    name: str
    pattern: str
    fix: str


@cache
def markup_kinds() -> tuple[Markup, ...]:
    """Return the kinds of `foreign_markup.toml`."""
    file = resources.files("briefpress.document").joinpath("foreign_markup.toml")
    tables = tomllib.loads(file.read_text("utf-8"))["kind"]
    return tuple(Markup(**table) for table in tables)


@cache
def _any_markup() -> re.Pattern[str]:
    """Return a pattern of all kinds. The group `k3` is that of the fourth."""
    groups = [
        f"(?P<k{number}>{kind.pattern})" for number, kind in enumerate(markup_kinds())
    ]
    return re.compile(f"(?={_FIRST_SIGNS})(?:{'|'.join(groups)})", re.MULTILINE)


def report_foreign_markup(root: Element, context: ParseContext) -> None:
    """Warn of each piece of markup among the words of a tree."""
    for element, text in _texts_in(root):
        if _SIGNIFICANT.fullmatch(text):
            continue
        for match in _any_markup().finditer(text):
            _report(match, element, context)


def report_foreign_markup_in_line(
    root: Element, typed: str, span: Span, context: ParseContext
) -> None:
    """Warn of the markup in a line of the front matter; `typed` is its source."""
    for _, text in _texts_in(root):
        for match in _any_markup().finditer(text):
            before, found, _ = typed.partition(_token_of(match))
            if found and not before.endswith("\\"):
                _warn(match, span, context)


def _texts_in(root: Element) -> Iterator[tuple[Element, str]]:
    """Yield the texts that are no code, with the element that is nearest before each."""
    stack = [root]
    while stack:
        element = stack.pop()
        if element.text:
            yield element, element.text
        for child in element:
            if child.tail:
                yield child, child.tail
        stack += [
            child
            for child in element
            if child.tag not in _CODE_ELEMENTS and not is_call(child)
        ]


def _report(match: re.Match[str], element: Element, context: ParseContext) -> None:
    """Warn of one piece, unless its signs were escaped."""
    if context.problems.is_full(CODE, _words(_kind_of(match))):
        _warn(match, context.file_span(), context)  # only counted
        return
    span = context.find_token(element, _token_of(match))
    if span is None:
        return
    row = context.source.row(span.line)
    is_escaped = row[: span.column - 1].endswith("\\")
    if not is_escaped and not _has_escaped(_token_of(match), row):
        _warn(match, span, context)


@lru_cache(maxsize=64)
def _has_escaped(token: str, row: str) -> bool:
    """Return whether a row has the token with a backslash before one of its signs."""
    signs = "".join(rf"\\?{re.escape(sign)}" for sign in token)
    return any(len(found) > len(token) for found in re.findall(signs, row))


def _first_line(match: re.Match[str]) -> str:
    """Return the first line of a piece."""
    written = match[0].strip()
    return written.partition("\n")[0]


def _token_of(match: re.Match[str]) -> str:
    """Return what to look for in the brief: of a tag only its name.

    The values of its attributes may be written in another way: `&amp;` for `&`.
    """
    written = _first_line(match)
    tag = _TAG.match(written)
    return tag[0] if tag else written


def _kind_of(match: re.Match[str]) -> Markup:
    return markup_kinds()[int((match.lastgroup or "k0")[1:])]


def _words(kind: Markup) -> str:
    """Return what a message says of every piece of a kind."""
    return f" is printed as typed: {kind.name}"


def _warn(match: re.Match[str], span: Span, context: ParseContext) -> None:
    kind = _kind_of(match)
    token = _first_line(match)
    shown = token if len(token) <= MAX_TOKEN else f"{token[:MAX_TOKEN]}…"
    message = f"`{shown}`{_words(kind)}"
    context.warn(CODE, message, span, fix=kind.fix)
