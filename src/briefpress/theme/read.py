"""From theme folders to a `Theme`: tokens merged key by key, files replaced by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TypeAlias

from briefpress.problems import BriefpressError, Problem, Span
from briefpress.schema.formats import check_token
from briefpress.schema.source import Node, Source
from briefpress.schema.suggest import suggest_fix
from briefpress.theme.folder import (
    IMAGE_BYTES,
    ThemeFolder,
    Toml,
    find_theme,
    is_theme_name,
    refuse,
)
from briefpress.theme.fonts import (
    FontFace,
    check_face,
    font_digest,
    font_files,
    is_installed,
)
from briefpress.theme.model import PROOF, Theme
from briefpress.theme.styles import (
    MAX_VALUE,
    MEDIA,
    FoundSheet,
    merge_imports,
    oversized_token,
)

# Keys of theme.toml that are not tables. Every table holds tokens.
KEYS = (
    "name",
    "parent",
    "license",
    "description",
    "fonts",
)
FACE_KEYS = frozenset(
    {
        "family",
        "package",
        "file",
        "weight",
        "style",
        "opsz",
        "fallback",
        "languages",
    }
)
IMAGE_SUFFIXES = (
    ".svg",
    ".png",
    ".jpg",
    ".jpeg",
)

# The theme first, then its parent, and so on up to the root; each with its theme.toml.
Chain: TypeAlias = Sequence[tuple[ThemeFolder, Toml]]
Strings: TypeAlias = dict[str, dict[str, str]]  # language to labels by name
Items: TypeAlias = Mapping[str, Node]  # the items of a table
Problems: TypeAlias = tuple[Problem, ...]
Levels: TypeAlias = Sequence[ThemeFolder]  # the folders of a chain


@dataclass(frozen=True, slots=True)
class _Token:
    """A token, and where it was defined."""

    value: str
    span: Span


def read_theme(name: str, folders: Sequence[Path]) -> tuple[Theme, Problems]:
    """Return a theme with everything that it inherits, and its problems.

    Raises `BriefpressError` if the theme cannot be used: there is none of that name,
    its parents form a circle, or a file of it is not what it should be.
    """
    chain = _read_chain(name, folders)
    levels = [folder for folder, _ in chain]
    problems: list[Problem] = []
    tokens: dict[str, _Token] = {}
    strings: Strings = {}
    for folder, toml in reversed(chain):
        problems += _unknown_keys(toml)
        tokens |= _read_tokens(toml)
        for language, labels in _read_strings(folder).items():
            known = strings.setdefault(language, {})
            known.update(labels)
    values = _token_values(tokens)
    styles = _read_styles(levels)
    faces = _read_faces(chain, problems)
    images = {}
    image_files = {}
    for file, folder in _find_images(levels).items():
        images[file] = folder.read_bytes(file, IMAGE_BYTES) or b""
        image_files[file] = folder.span(file).file
    theme = Theme(
        name=name,
        chain=tuple(folder.name for folder in levels),
        tokens=values,
        styles=styles,
        templates=_read_templates(levels),
        strings=strings,
        fonts=_used_faces(faces, values, styles),
        images=images,
        image_files=image_files,
    )
    return theme, tuple(problems)


def _read_chain(name: str, folders: Sequence[Path]) -> Chain:
    """Return the theme and its parents, the theme first."""
    chain: list[tuple[ThemeFolder, Toml]] = []
    while name:
        folder = find_theme(name, folders)
        names = [below.name for below, _ in chain]
        if folder.name in names:
            last_folder, _ = chain[-1]
            path = " → ".join([*names, name])
            message = f"the themes inherit from one another in a circle: {path}"
            span = last_folder.span()
            problem = Problem("T02", message, span)
            raise BriefpressError(problem)
        toml = folder.read_toml("theme.toml")
        chain.append((folder, toml))
        name = _parent_of(toml)
    return chain


def _parent_of(toml: Toml) -> str:
    """Return the name of a theme's parent, or ""."""
    root, source = toml
    items = _items(root)
    parent = items.get("parent")
    if parent is None:
        return ""
    name = parent.value
    if not isinstance(name, str) or not is_theme_name(name):
        form = "lowercase letters, digits, hyphens"
        message = f"`parent` must be the name of a theme: {form}"
        span = source.span(*parent.at)
        refuse(message, span)
    return name


def _unknown_keys(toml: Toml) -> Iterator[Problem]:
    """Yield a problem for each key of theme.toml that means nothing."""
    root, source = toml
    for key, node in _items(root).items():
        is_table = isinstance(node.value, dict)
        if is_table or key in KEYS:
            continue
        start, _ = node.key_at
        yield Problem(
            code="T04",
            message=f"theme.toml has no key `{key}`",
            span=_line_span(source, start),
            fix=suggest_fix(key, KEYS),
        )


def _read_tokens(toml: Toml) -> dict[str, _Token]:
    """Return the tokens of one theme.toml: `[color] accent` is "color-accent"."""
    root, source = toml
    tables = _tables(root)
    tokens = {}
    for name, node in _values_in(tables, ""):
        span = source.span(*node.key_at)
        if isinstance(node.value, tuple | None):
            refuse(f"the token `{name}` must be a string or a number", span)
        value = str(node.value)
        fault = check_token(name, value)
        if fault:
            refuse(f"the token `{name}` {fault}", span)
        tokens[name] = _Token(value, span)
    return tokens


def _tables(root: Node) -> dict[str, Node]:
    """Return the items of a TOML file that are tables."""
    items = _items(root).items()
    return {key: node for key, node in items if isinstance(node.value, dict)}


def _values_in(tables: Items, prefix: str) -> Iterator[tuple[str, Node]]:
    """Yield the values of nested tables, each with its keys joined by hyphens."""
    for key, node in tables.items():
        name = prefix + key
        if isinstance(node.value, dict):
            yield from _values_in(node.value, f"{name}-")
        else:
            yield name, node


def _token_values(tokens: Mapping[str, _Token]) -> dict[str, str]:
    """Return the merged tokens as strings. Raises T09 if one grows too long."""
    values = {name: token.value for name, token in tokens.items()}
    name = oversized_token(values)
    if name:
        message = (
            f"the token `{name}` is longer than {MAX_VALUE:,} characters "
            "when the tokens in it are replaced"
        )
        token = tokens[name]
        problem = Problem("T09", message, token.span)
        raise BriefpressError(problem)
    return values


def _read_strings(folder: ThemeFolder) -> Strings:
    """Return the labels of one strings.toml, by language."""
    root, source = folder.read_toml("strings.toml")
    strings: Strings = {}
    for language, table in _items(root).items():
        message = f"`[{language}]` must be a table of labels, each a string"
        if not isinstance(table.value, dict):
            span = source.span(*table.at)
            refuse(message, span)
        labels = {}
        for name, node in table.value.items():
            if not isinstance(node.value, str):
                span = source.span(*node.at)
                refuse(message, span)
            labels[name] = node.value
        strings[language] = labels
    return strings


def _read_styles(levels: Levels) -> dict[str, str]:
    """Return shared.css and the medium's own sheet, for each medium; and proof.css.

    Each is the nearest of the chain.
    """

    @cache
    def read(level: int, name: str) -> Source | None:
        folder = levels[level]
        return folder.read_style_sheet(name)

    def find(name: str, start: int) -> FoundSheet | None:
        for level in range(start, len(levels)):
            source = read(level, name)
            if source is not None:
                return source, level
        return None

    shared = merge_imports("shared.css", find)
    styles = {}
    for medium in MEDIA:
        own = merge_imports(f"{medium}.css", find)
        styles[medium] = f"{shared}\n{own}"
    styles[PROOF] = merge_imports(f"{PROOF}.css", find)
    return styles


def _read_faces(chain: Chain, problems: list[Problem]) -> tuple[FontFace, ...]:
    """Return the faces of the chain; those that are not installed become problems.

    A face replaces its parent's face of the same family, weight and style.
    """
    faces: dict[tuple[str, str, str], FontFace] = {}
    for _, toml in chain:
        for table, span in _font_tables(toml):
            face = _read_face(table, span)
            problem = _missing_font(face, span)
            if problem:
                problems.append(problem)
                continue
            digest = _digest_of(face, span)
            face = replace(face, digest=digest)
            key = (face.family, face.weight, face.style)
            faces.setdefault(key, face)
    return tuple(faces.values())


def _font_tables(toml: Toml) -> Iterator[tuple[Node, Span]]:
    """Yield the tables of `[[fonts]]`, each with its line."""
    root, source = toml
    items = _items(root)
    fonts = items.get("fonts")
    if fonts is None:
        return
    tables = fonts.value
    if not isinstance(tables, tuple):
        tables = (fonts,)
    fonts_start, _ = fonts.key_at
    for table in tables:
        start, _ = table.at
        yield table, _line_span(source, start or fonts_start)


def _read_face(table: Node, span: Span) -> FontFace:
    """Return the face that a table of `[[fonts]]` describes."""
    fields = {
        "weight": "400",
        "style": "normal",
    }
    for key, node in _items(table).items():
        is_scalar = not isinstance(node.value, dict | tuple | None)
        if is_scalar and key in FACE_KEYS:
            fields[key] = str(node.value)
    message = check_face(fields)
    if message:
        refuse(message, span)
    return FontFace(
        fields["family"],
        fields["weight"],
        fields["style"],
        fields["package"],
        fields["file"],
        opsz=fields.get("opsz", ""),
        fallback=fields.get("fallback") == "True",
        languages=tuple(fields.get("languages", "").split()),
    )


def _missing_font(face: FontFace, span: Span) -> Problem | None:
    """Return a problem if the package of a face, or the file in it, is missing."""
    if not is_installed(face.package):
        source = f"{face.package}, {face.file}"
        return Problem(
            code="T05",
            message=f"the font `{face.family}` is not installed: {source}",
            span=span,
            fix=f"run `pip install {face.package}`",
        )
    files = font_files(face.package)
    if face.file in files:
        return None
    return Problem(
        code="T05",
        message=f"the package {face.package} has no font file `{face.file}`",
        span=span,
        fix=suggest_fix(face.file, files),
    )


def _digest_of(face: FontFace, span: Span) -> str:
    """Return the digest of a font file. Raises T05 if the file is damaged."""
    try:
        return font_digest(face.package, face.file)
    except ValueError as error:
        problem = Problem(
            code="T05",
            message=f"the font `{face.family}` is damaged: {error}",
            span=span,
            fix=f"install {face.package} again",
        )
        raise BriefpressError(problem) from error


def _used_faces(
    faces: Sequence[FontFace],
    tokens: Mapping[str, str],
    styles: Mapping[str, str],
) -> tuple[FontFace, ...]:
    """Return the fallbacks, and the faces that tokens or style sheets name."""
    texts = [*tokens.values(), *styles.values()]
    css = "\n".join(texts)
    used = [face for face in faces if face.fallback or face.family in css]
    return tuple(used)


def _read_templates(levels: Levels) -> dict[str, str]:
    """Return every template of the chain, by "level:name"."""
    templates = {}
    for folder in levels:
        for name in folder.file_names("templates", (".j2",)):
            key = f"{folder.name}:{name}"
            text = folder.read_text(f"templates/{name}")
            templates[key] = text or ""
    return templates


def _find_images(levels: Levels) -> dict[str, ThemeFolder]:
    """Return the nearest folder of the chain for each image, by the image's name."""
    found: dict[str, ThemeFolder] = {}
    for folder in levels:
        names = folder.file_names("images", IMAGE_SUFFIXES)
        for name in names:
            found.setdefault(f"images/{name}", folder)
    return found


def _items(node: Node) -> Items:
    """Return the items of a table; none if the node is not a table."""
    if isinstance(node.value, dict):
        return node.value
    return {}


def _line_span(source: Source, offset: int) -> Span:
    """Return the line of a character, without the column."""
    line, _ = source.place(offset)
    return Span(source.file, line)
