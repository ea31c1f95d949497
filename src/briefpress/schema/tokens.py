"""Tokens: values that are set into style sheets as they stand, so they must not end what they stand in."""

from __future__ import annotations

import re

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
# One string, or one run of what cannot end a declaration, a block, a style element or a comment, nor begin one.
PIECE = re.compile(
    r"""'[^'"\\<>\n\r\f]*' | "[^"\\<>\n\r\f]*" | [^'"\\<>{}\[\];@!()\x00-\x1f\x7f/]+ | /(?![*/]) | [()]""",
    re.VERBOSE,
)
LOADS = re.compile(
    r"\b(?:url|src|image|image-set|cross-fade|attr|element|expression)\s*\(",
    re.IGNORECASE,
)
LONGEST = 1000


def token_fault(name: str, value: str) -> str:
    """Return why a token cannot be set into a style sheet, as a clause; nothing where it can."""
    if not NAME.fullmatch(name):
        return "has a name that is not of small letters, digits and single hyphens"
    if len(value) > LONGEST:
        return f"is longer than {LONGEST:,} characters"
    if found := LOADS.search(value):
        return f"loads something: `{found[0]}`"
    depth = at = 0
    while at < len(value):
        piece = PIECE.match(value, at)
        if piece is None:
            return f"has `{value[at]}` where it would end the rule that it is set into"
        depth += {"(": 1, ")": -1}.get(piece[0], 0)
        if depth < 0:
            break
        at = piece.end()
    return "has parentheses that do not match" if depth else ""
