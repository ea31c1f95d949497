"""From theme folders to a `Theme`: the chain of parents, tokens merged key by key, files by name."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path

from briefpress.problems import BriefpressError, Problem, Span
from briefpress.schema import Node, check_path, check_token
from briefpress.theme.folder import IMAGE_BYTES, ThemeFolder, Toml, words_of
from briefpress.theme.fonts import FontFace, face_fault, font_digest
from briefpress.theme.model import Theme
from briefpress.theme.styles import MEDIA, inline

SCALARS = frozenset({"name", "parent", "license", "description"})
IMAGES = (".svg", ".png", ".jpg", ".jpeg")
NAME = re.compile(r"[a-z0-9]+([-_][a-z0-9]+)*")


def theme_folders(project: Path) -> tuple[Path, ...]:
    """Return where themes are looked for: the project's own first, then those that briefpress carries.

    Raises `BriefpressError` when the project's are a link that leaves it.
    """
    if odd := check_path(project, "themes"):
        raise BriefpressError(odd)
    package = Path(__file__).parent.parent
    carried = package / "themes"
    return (
        project / "themes",
        carried if carried.is_dir() else package.parent.parent / "themes",
    )


def is_name(name: str) -> bool:
    """Return whether a word can name a theme."""
    return NAME.fullmatch(name) is not None


def theme_names(folders: Sequence[Path]) -> list[str]:
    """Return the names of all themes that the folders have."""
    return sorted(
        {
            p.parent.name
            for folder in folders
            for p in folder.glob("*/theme.toml")
            if is_name(p.parent.name)
        }
    )


def read_theme(name: str, folders: Sequence[Path]) -> tuple[Theme, tuple[Problem, ...]]:
    """Return a theme with all that it inherits, and what is wrong in it.

    Raises `BriefpressError` where there is no such theme, its parents form a circle, or a file of it is no file, no
    text, or leads outside.
    """
    levels = _chain(name, folders)
    problems: list[Problem] = []
    tokens: dict[str, str] = {}
    strings: dict[str, dict[str, str]] = {}
    for level, toml in reversed(levels):
        problems += _unknown(level, toml)
        tokens |= dict(_tokens(level, toml))
        for lang, words in _strings(level):
            strings.setdefault(lang, {}).update(words)
    chain = [level for level, _ in levels]
    styles = {medium: _style(chain, medium) for medium in MEDIA}
    said = "\n".join([*tokens.values(), *styles.values()])
    fonts = tuple(face for face in read_faces(levels, problems) if face.family in said)
    theme = Theme(
        name=name,
        chain=tuple(level.name for level in chain),
        tokens=tokens,
        styles=styles,
        templates=_templates(chain),
        strings=strings,
        fonts=fonts,
        images=_images(chain),
    )
    return theme, tuple(problems)


def _chain(name: str, folders: Sequence[Path]) -> list[tuple[ThemeFolder, Toml]]:
    """Return the levels from the theme to the root of its parents, each with its theme.toml."""
    levels: list[tuple[ThemeFolder, Toml]] = []
    while name:
        level = _level(name, folders)
        names = [above.name for above, _ in levels]
        if level.name in names:
            path = " → ".join([*names, name])
            raise BriefpressError(
                Problem(
                    "T02",
                    f"the themes inherit from one another in a circle: {path}",
                    levels[-1][0].span(),
                )
            )
        toml = level.toml("theme.toml")
        levels.append((level, toml))
        name = _parent(toml)
    return levels


def _parent(toml: Toml) -> str:
    """Return the name of a theme's parent, or nothing. Raises `BriefpressError` for what is no name."""
    node, source = toml
    parent = node.value.get("parent") if isinstance(node.value, dict) else None
    if parent is None:
        return ""
    if not isinstance(parent.value, str) or not is_name(parent.value):
        message = "`parent` is the name of a theme: small letters, digits and hyphens"
        raise BriefpressError(Problem("T08", message, source.span(*parent.at)))
    return parent.value


def _level(name: str, folders: Sequence[Path]) -> ThemeFolder:
    """Return one theme folder. Raises `BriefpressError` with the nearest name where there is none."""
    for folder in folders:
        path = folder / name / "theme.toml"
        if is_name(name) and os.path.lexists(path):
            if odd := check_path(folder, name):
                raise BriefpressError(replace(odd, span=Span(f"themes/{name}")))
            return ThemeFolder(name, path.parent)
    known = theme_names(folders)
    near = get_close_matches(name, known, n=1)
    fix = f"`{near[0]}`" if near else f"one of: {', '.join(known)}" if known else ""
    raise BriefpressError(Problem("T01", f"there is no theme “{name}”", None, fix))


def _unknown(level: ThemeFolder, toml: Toml) -> list[Problem]:
    """Return a problem for each key of theme.toml that means nothing."""
    node, source = toml
    out = []
    for key, item in node.value.items() if isinstance(node.value, dict) else ():
        if isinstance(item.value, dict) or key in SCALARS or key == "fonts":
            continue
        near = get_close_matches(key, SCALARS, n=1)
        line = source.place(item.key_at[0])[0]
        out.append(
            Problem(
                "T04",
                f"theme.toml has no key “{key}”",
                level.span(line),
                f"`{near[0]}`" if near else "",
            )
        )
    return out


def _tokens(level: ThemeFolder, toml: Toml) -> Iterator[tuple[str, str]]:
    """Yield a level's tables as tokens: `[color] accent` is "color-accent". Raises for one that is no value."""
    node, source = toml
    tables = node.value.items() if isinstance(node.value, dict) else ()
    for name, item in _leaves(
        {key: item for key, item in tables if isinstance(item.value, dict)}, ""
    ):
        value = "" if isinstance(item.value, tuple | None) else str(item.value)
        if isinstance(item.value, tuple | None) or (wrong := check_token(name, value)):
            message = (
                f"the token `{name}` {wrong if value else 'is a string or a number'}"
            )
            level.refuse(Problem("T08", message, source.span(*item.key_at)))
        yield name, value


def _strings(level: ThemeFolder) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield each language of strings.toml with its words. Raises `BriefpressError` for what is no table of words."""
    node, source = level.toml("strings.toml")
    for lang, item in node.value.items() if isinstance(node.value, dict) else ():
        inner = item.value.values() if isinstance(item.value, dict) else (item,)
        wrong = next(
            (word for word in inner if not isinstance(word.value, str)), None
        ) or (None if isinstance(item.value, dict) else item)
        if wrong is not None:
            level.refuse(
                Problem(
                    "T08",
                    f"`[{lang}]` is a table of words, each a string",
                    source.span(*wrong.at),
                )
            )
        yield lang, words_of(item)


def _leaves(tables: Mapping[str, Node], prefix: str) -> Iterator[tuple[str, Node]]:
    for key, item in tables.items():
        if isinstance(item.value, dict):
            yield from _leaves(item.value, f"{prefix}{key}-")
        else:
            yield prefix + key, item


def _style(levels: Sequence[ThemeFolder], medium: str) -> str:
    """Return shared.css and the medium's sheet, each the nearest of the chain, imports taken in."""

    def find(name: str, start: int) -> tuple[str, int] | None:
        for index in range(start, len(levels)):
            text = levels[index].sheet(name)
            if text is not None:
                return text, index
        return None

    return "\n".join(inline(name, 0, find) for name in ("shared.css", f"{medium}.css"))


def _templates(levels: Sequence[ThemeFolder]) -> dict[str, str]:
    """Return every template of the chain under "level:name"."""
    return {
        f"{level.name}:{name}": level.text("templates", name) or ""
        for level in levels
        for name in level.names("templates", (".j2",))
    }


def _images(levels: Sequence[ThemeFolder]) -> dict[str, bytes]:
    """Return the pictures of the chain by name, the nearest first."""
    out: dict[str, bytes] = {}
    for level in levels:
        for name in level.names("images", IMAGES):
            out.setdefault(
                f"images/{name}", level.data("images", name, limit=IMAGE_BYTES) or b""
            )
    return out


FACE = frozenset({"family", "package", "file", "weight", "style", "opsz"})


def read_faces(
    levels: Sequence[tuple[ThemeFolder, Toml]], problems: list[Problem]
) -> tuple[FontFace, ...]:
    """Return the faces of the chain, those that no sheet asks for among them.

    A level's face stands before its parent's of the same family, weight and style.
    """
    faces: dict[tuple[str, str, str], FontFace] = {}
    for level, (node, source) in levels:
        listed = node.value.get("fonts") if isinstance(node.value, dict) else None
        if listed is None:
            continue
        for item in listed.value if isinstance(listed.value, tuple) else (listed,):
            raw = {
                key: word
                for key, word in words_of(item).items()
                if key in FACE and isinstance(word, str)
            }
            line = source.place(item.at[0] or listed.key_at[0])[0]
            if wrong := face_fault(raw):
                level.refuse(Problem("T08", f"a font {wrong}", level.span(line)))
            face = FontFace(**{"weight": "400", "style": "normal"} | raw)
            try:
                digest = font_digest(face.package, face.file)
            except FileNotFoundError:
                message = f"the font “{face.family}” is not installed: {face.package}, {face.file}"
                problems.append(
                    Problem(
                        "T05",
                        message,
                        level.span(line),
                        f"`pip install {face.package}`",
                    )
                )
                continue
            except ValueError as error:
                message = f"the font “{face.family}” is damaged: {error}"
                level.refuse(
                    Problem(
                        "T05", message, level.span(line), "install the package again"
                    )
                )
            faces.setdefault(
                (face.family, face.weight, face.style), replace(face, digest=digest)
            )
    return tuple(faces.values())
