"""Style sheets of themes: imports are merged, tokens become properties or values."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
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

MEDIA = (
    "print",
    "screen",
    "epub",
)
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

Tokens: TypeAlias = Mapping[str, str]
SheetKey: TypeAlias = tuple[str, str]  # theme and program
FoundSheet: TypeAlias = tuple[Source, int]  # a style sheet and its level in the chain
SheetLevel: TypeAlias = tuple[str, int]  # a style sheet's name and its level
TokenItems: TypeAlias = tuple[tuple[str, str], ...]  # in a form that can be a key
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

    def expand(name: str, level: int, including: frozenset[SheetLevel]) -> str:
        nonlocal length
        found = find(name, level)
        if found is None:
            return ""
        source, level = found
        length += len(source.text)
        if length > MAX_SHEET:
            message = f"has more than {MAX_SHEET:,} characters"
            _refuse_sheet(message, source, 0)
        sheet = (name, level)
        including |= {sheet}

        def imported(match: re.Match[str]) -> str:
            nonlocal import_count
            import_count += 1
            if import_count > MAX_IMPORTS:
                message = f"imports more than {MAX_IMPORTS} others"
                _refuse_sheet(message, source, match.start())
            address = match[1]
            target = address.removeprefix("parent:")
            start = 0
            if target != address:
                start = level + 1
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
    problem = Problem("T09", text, span)
    raise BriefpressError(problem)


def oversized_token(tokens: Tokens) -> str:
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
            return ""
        lengths = longer
    return ""


def css_for(theme: Theme, medium: str, tokens: Tokens | None = None) -> str:
    """Return a medium's style sheet with its tokens.

    `tokens` replace the theme's, key by key: a program's colours. On screen they are
    custom properties on `:root`, so that dark mode can change them. In print and EPUB
    each `var()` is replaced by its value, because old reading systems know no `var()`.

    Raises `BriefpressError` if the values grow too far.
    """
    merged = dict(theme.tokens)
    if tokens:
        merged.update(tokens)
    sorted_tokens = tuple(sorted(merged.items()))
    css = theme.styles.get(medium, "")
    if medium == "screen":
        properties = _root_rule(sorted_tokens)
        return f"{properties}\n{css}"
    try:
        return _replace_vars(css, sorted_tokens)
    except TooComplexError as error:
        name = theme.name
        message = f"the {medium} style sheet of the theme `{name}` {error}"
        span = Span(f"themes/{name}/css/{medium}.css")
        problem = Problem("T09", message, span)
        raise BriefpressError(problem) from error


def _root_rule(tokens: TokenItems) -> str:
    """Return a rule that makes each token a custom property."""
    declarations = []
    for name, value in tokens:
        declaration = f"--{name}:{value}"
        declarations.append(declaration)
    properties = ";".join(declarations)
    return f":root{{{properties}}}"


def with_fallback_families(
    theme: Theme, tokens: Mapping[str, str], families: Iterable[str]
) -> dict[str, str]:
    """Return tokens in which lists of the theme's families name fallbacks too.

    A fallback stands after the last family of the theme, before those of the reader.
    """
    own = {face.family for face in theme.fonts}
    quoted = [f"'{family}'" for family in dict.fromkeys(families)]
    changed = dict(tokens)
    for name, value in {**theme.tokens, **tokens}.items():
        names = [part.strip() for part in value.split(",")]
        places = [at for at, part in enumerate(names, 1) if part.strip("'\"") in own]
        more = [family for family in quoted if family not in names]
        if more and places:
            last = places[-1]
            changed[name] = ", ".join([*names[:last], *more, *names[last:]])
    return changed


def with_image_folder(css: str, theme: Theme, folder: str) -> str:
    """Return a style sheet whose images of the theme are in a folder.

    `folder` is seen from the style sheet: "../images/rule.svg" becomes
    "civic/images/rule.svg" for the folder "civic/".
    """
    images = theme.images

    def address(match: re.Match[str]) -> str:
        name = match[1]
        if name in images:
            return folder + name
        return match[0]

    return IMAGE.sub(address, css)


def style_sheet_names(sheets: Iterable[SheetKey]) -> dict[SheetKey, str]:
    """Return the file name of each style sheet, given theme and program.

    The program is "" for a sheet without a program's tokens. The sheet of the program
    `a` in the theme `plain` is "plain-a.css", and that of the theme `plain-a` too. Then
    the program's sheet is "plain.a.css": neither theme nor program has a dot in its
    name.
    """
    names = {}
    for key in sheets:
        theme, program = key
        stem = theme
        if program:
            stem = f"{theme}-{program}"
        names[key] = f"{stem}.css"
    uses = Counter(names.values())
    for key, name in names.items():
        theme, program = key
        is_taken = uses[name] > 1
        if program and is_taken:
            names[key] = f"{theme}.{program}.css"
    return names


@lru_cache(maxsize=32)
def _replace_vars(css: str, tokens: TokenItems) -> str:
    """Return the style sheet with each `var()` replaced.

    The result is cached, because all briefs of a program have the same sheet.
    """
    import tinycss2  # late: a build with nothing to do needs no CSS

    values = parse_css(css)
    replacer = _VarReplacer(dict(tokens))
    top = _Depth()
    replaced = replacer.replace(values, top)
    text: str = tinycss2.serialize(replaced)
    return text


@dataclass(frozen=True, slots=True)
class _Depth:
    """How deep a component value is."""

    tokens: int = 0  # that led here, one naming the next
    blocks: int = 0  # and functions around it, in the sheet and in tokens

    def in_block(self) -> _Depth:
        """Return the depth of what a block or a function contains."""
        return _Depth(self.tokens, self.blocks + 1)

    def in_token(self) -> _Depth:
        """Return the depth of what a token in place of a `var()` contains."""
        return _Depth(self.tokens + 1, self.blocks + 1)


class _VarReplacer:
    """Replaces each `var()` of one style sheet, and limits what is inserted."""

    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens
        self.inserted = 0  # characters

    def replace(self, values: Iterable[Any], depth: _Depth) -> list[Any]:
        """Return component values in which each `var()` is replaced."""
        if depth.blocks > MAX_NESTING:
            message = f"is nested more than {MAX_NESTING} deep"
            raise TooComplexError(message)
        inside = depth.in_block()
        replaced: list[Any] = []
        for value in values:
            kind = value.type
            if kind == "function":
                is_var = value.lower_name == "var"
                if is_var and depth.tokens < MAX_CHAIN:
                    replaced += self.value_of(value, depth)
                    continue
                value.arguments = self.replace(value.arguments, inside)
            elif kind in BLOCKS:
                value.content = self.replace(value.content, inside)
            replaced.append(value)
        return replaced

    def value_of(self, var: Any, depth: _Depth) -> list[Any]:
        """Return the values that `var(--name, fallback)` stands for.

        Without a token and a fallback, it is the `var()` itself.
        """
        name, fallback = _parse_var(var)
        text = self.tokens.get(name, fallback)
        if text is None:
            return [var]
        self.inserted += len(text)
        if self.inserted > MAX_INSERTED:
            limit = f"{MAX_INSERTED:,} characters"
            message = f"grows by more than {limit} through var()"
            raise TooComplexError(message)
        values = parse_css(text)
        inside = depth.in_token()
        return self.replace(values, inside)


def _parse_var(var: Any) -> tuple[str, str | None]:
    """Return the token's name and the fallback of a `var()`; None for no fallback."""
    import tinycss2

    name = ""
    arguments = var.arguments
    for position, argument in enumerate(arguments, 1):
        if argument.type == "ident" and not name:
            name = argument.value.removeprefix("--")
        if argument == ",":
            rest = arguments[position:]
            fallback = tinycss2.serialize(rest)
            return name, fallback.strip()
    return name, None
