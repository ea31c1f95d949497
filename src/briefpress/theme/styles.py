"""Style sheets of themes: imports are merged, tokens become properties or values."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, TypeAlias

from briefpress.css_urls import BLOCKS
from briefpress.problems import BriefpressError, Problem, Span
from briefpress.schema.source import Source
from briefpress.theme.model import Theme
from briefpress.theme.output_policy import (
    MAX_NESTING,
    TooComplexError,
    parse_css,
)

MEDIA = ("print", "screen", "epub")
# An import is a line of its own. It names "parent:print.css" or "extra.css".
IMPORT = re.compile(r"""^@import\s+(?:url\()?["']([^"'\n]+)["']\)?\s*;""", re.MULTILINE)
# The lookbehind lets a match start at the first "../" only, which keeps it linear.
IMAGE = re.compile(r"(?<!\.\./)(?:\.\./)*(images/[\w.-]+)", re.ASCII)
VAR = re.compile(r"var\(\s*--([\w-]+)", re.ASCII | re.IGNORECASE)

MAX_IMPORTS = 200  # of one style sheet, with the imports of its imports
MAX_SHEET = 4_000_000  # characters of a style sheet with its imports
MAX_CHAIN = 20  # how many tokens may name one another in a row
MAX_VALUE = 10_000  # characters of a token with the tokens that it names
MAX_INSERTED = 2_000_000  # characters that replace `var()` in one style sheet

FoundSheet: TypeAlias = tuple[Source, int]  # a style sheet and its level in the chain
# Returns the first style sheet of a name from a level of the chain on.
FindSheet: TypeAlias = Callable[[str, int], FoundSheet | None]


def merge_imports(name: str, find: FindSheet) -> str:
    """Return a style sheet in which each `@import` is replaced by that sheet.

    "parent:" means the next level of the chain. An import that is not found, or that
    would contain itself, is left as it is. Raises `BriefpressError` if the sheet grows
    too far: two sheets that import a third one twice double at each level.
    """
    import_count = 0
    length = 0

    def expand(name: str, level: int, including: frozenset[tuple[str, int]]) -> str:
        nonlocal length
        found = find(name, level)
        if found is None:
            return ""
        source, level = found
        length += len(source.text)
        if length > MAX_SHEET:
            _refuse_sheet(f"has more than {MAX_SHEET:,} characters", source, 0)
        including |= {(name, level)}

        def imported(match: re.Match[str]) -> str:
            nonlocal import_count
            import_count += 1
            if import_count > MAX_IMPORTS:
                message = f"imports more than {MAX_IMPORTS} others"
                _refuse_sheet(message, source, match.start())
            target = match[1].removeprefix("parent:")
            start = level + 1 if target != match[1] else 0
            there = find(target, start)
            if there is None:
                return match[0]
            _, its_level = there
            if (target, its_level) in including:
                return match[0]
            return expand(target, start, including)

        return IMPORT.sub(imported, source.text)

    return expand(name, 0, frozenset())


def _refuse_sheet(message: str, source: Source, offset: int) -> None:
    """Raise T09 at a place in a style sheet."""
    span = Span(source.file)
    if offset:
        span = source.span(offset, offset)
    text = f"the style sheet, with its imports, {message}"
    raise BriefpressError(Problem("T09", text, span))


def oversized_token(tokens: Mapping[str, str]) -> str:
    """Return a token that grows too long when the tokens in it are replaced, or "".

    Ten tokens of `var(--a) var(--a)`, each naming the next, would be a thousand times
    as long as the last one.
    """
    references = {name: VAR.findall(value) for name, value in tokens.items()}
    lengths = {name: len(value) for name, value in tokens.items()}
    for _ in range(MAX_CHAIN):
        longer = {}
        for name, value in tokens.items():
            length = len(value)
            for other in references[name]:
                length += lengths.get(other, 0)
            if length > MAX_VALUE:
                return name
            longer[name] = length
        if longer == lengths:
            break
        lengths = longer
    return ""


def css_for(theme: Theme, medium: str, tokens: Mapping[str, str] | None = None) -> str:
    """Return a medium's style sheet with its tokens.

    `tokens` replace the theme's, key by key: a program's colours. On screen they are
    custom properties on `:root`, so that dark mode can change them. In print and EPUB
    each `var()` is replaced by its value, because old reading systems know no `var()`.

    Raises `BriefpressError` if the values grow too far.
    """
    merged = {**theme.tokens, **(tokens or {})}
    sorted_tokens = tuple(sorted(merged.items()))
    css = theme.styles.get(medium, "")
    if medium == "screen":
        properties = ";".join(f"--{name}:{value}" for name, value in sorted_tokens)
        return f":root{{{properties}}}\n{css}"
    try:
        return _replace_vars(css, sorted_tokens)
    except TooComplexError as error:
        message = f"the {medium} style sheet of the theme `{theme.name}` {error}"
        span = Span(f"themes/{theme.name}/css/{medium}.css")
        raise BriefpressError(Problem("T09", message, span)) from error


def with_image_folder(css: str, theme: Theme, folder: str) -> str:
    """Return a style sheet whose images of the theme are in a folder.

    `folder` is seen from the style sheet: "../images/rule.svg" becomes
    "civic/images/rule.svg" for the folder "civic/".
    """

    def address(match: re.Match[str]) -> str:
        name = match[1]
        if name in theme.images:
            return folder + name
        return match[0]

    return IMAGE.sub(address, css)


def style_sheet_names(
    sheets: Iterable[tuple[str, str]],
) -> dict[tuple[str, str], str]:
    """Return the file name of each style sheet, given theme and program.

    The program is "" for a sheet without a program's tokens. The sheet of the program
    `a` in the theme `plain` is "plain-a.css", and that of the theme `plain-a` too. Then
    the program's sheet is "plain.a.css": neither theme nor program has a dot in its
    name.
    """
    names = {}
    for theme, program in sheets:
        stem = f"{theme}-{program}" if program else theme
        names[theme, program] = f"{stem}.css"
    uses = Counter(names.values())
    for (theme, program), name in names.items():
        if program and uses[name] > 1:
            names[theme, program] = f"{theme}.{program}.css"
    return names


@lru_cache(maxsize=32)
def _replace_vars(css: str, tokens: tuple[tuple[str, str], ...]) -> str:
    """Return the style sheet with each `var()` replaced.

    The result is cached, because all briefs of a program have the same sheet.
    """
    import tinycss2  # late: a build with nothing to do needs no CSS

    replacer = _VarReplacer(dict(tokens))
    replaced = replacer.replace(parse_css(css), chain=0, nesting=0)
    return str(tinycss2.serialize(replaced))


class _VarReplacer:
    """Replaces each `var()` of one style sheet, and limits what is inserted."""

    def __init__(self, tokens: Mapping[str, str]) -> None:
        self.tokens = tokens
        self.inserted = 0  # characters

    def replace(self, values: Iterable[Any], *, chain: int, nesting: int) -> list[Any]:
        """Return component values in which each `var()` is replaced.

        `chain` counts the tokens that led here, one naming the next.
        """
        if nesting > MAX_NESTING:
            raise TooComplexError(f"is nested more than {MAX_NESTING} deep")
        replaced: list[Any] = []
        for value in values:
            if value.type == "function":
                if value.lower_name == "var" and chain < MAX_CHAIN:
                    replaced += self.value_of(value, chain=chain, nesting=nesting)
                    continue
                value.arguments = self.replace(
                    value.arguments, chain=chain, nesting=nesting + 1
                )
            elif value.type in BLOCKS:
                value.content = self.replace(
                    value.content, chain=chain, nesting=nesting + 1
                )
            replaced.append(value)
        return replaced

    def value_of(self, var: Any, *, chain: int, nesting: int) -> list[Any]:
        """Return the values that `var(--name, fallback)` stands for.

        Without a token and a fallback, it is the `var()` itself.
        """
        name, fallback = _parse_var(var)
        text = self.tokens.get(name, fallback)
        if text is None:
            return [var]
        self.inserted += len(text)
        if self.inserted > MAX_INSERTED:
            message = f"grows by more than {MAX_INSERTED:,} characters through var()"
            raise TooComplexError(message)
        values = parse_css(text)
        return self.replace(values, chain=chain + 1, nesting=nesting + 1)


def _parse_var(var: Any) -> tuple[str, str | None]:
    """Return the token's name and the fallback of a `var()`; None for no fallback."""
    import tinycss2

    name = ""
    for position, argument in enumerate(var.arguments):
        if argument.type == "ident" and not name:
            name = argument.value.removeprefix("--")
        if argument == ",":
            rest = var.arguments[position + 1 :]
            return name, tinycss2.serialize(rest).strip()
    return name, None
