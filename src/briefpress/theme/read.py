"""From theme folders to a `Theme`: the chain of parents, tokens merged key by key, files by name."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path

from briefpress.problems import BriefpressError, Problem, Span
from briefpress.schema import Node, odd_place, token_fault
from briefpress.theme.faces import read_faces
from briefpress.theme.level import IMAGE_BYTES, Level, Toml, words_of
from briefpress.theme.model import Theme
from briefpress.theme.styles import MEDIA, inline

SCALARS = frozenset({"name", "parent", "license", "description"})
IMAGES = (".svg", ".png", ".jpg", ".jpeg")
NAME = re.compile(r"[a-z0-9]+([-_][a-z0-9]+)*")


def theme_folders(project: Path) -> tuple[Path, ...]:
    """Return where themes are looked for: the project's own first, then those that briefpress carries.

    Raises `BriefpressError` when the project's are a link that leaves it.
    """
    if odd := odd_place(project, "themes"):
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


def _chain(name: str, folders: Sequence[Path]) -> list[tuple[Level, Toml]]:
    """Return the levels from the theme to the root of its parents, each with its theme.toml."""
    levels: list[tuple[Level, Toml]] = []
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


def _level(name: str, folders: Sequence[Path]) -> Level:
    """Return one theme folder. Raises `BriefpressError` with the nearest name where there is none."""
    for folder in folders:
        path = folder / name / "theme.toml"
        if is_name(name) and os.path.lexists(path):
            if odd := odd_place(folder, name):
                raise BriefpressError(replace(odd, span=Span(f"themes/{name}")))
            return Level(name, path.parent)
    known = theme_names(folders)
    near = get_close_matches(name, known, n=1)
    fix = f"`{near[0]}`" if near else f"one of: {', '.join(known)}" if known else ""
    raise BriefpressError(Problem("T01", f"there is no theme “{name}”", None, fix))


def _unknown(level: Level, toml: Toml) -> list[Problem]:
    """Return a problem for each key of theme.toml that means nothing."""
    node, source = toml
    out = []
    for key, item in node.value.items() if isinstance(node.value, dict) else ():
        if isinstance(item.value, dict) or key in SCALARS or key == "fonts":
            continue
        near = get_close_matches(key, SCALARS, n=1)
        line = source.place(item.key[0])[0]
        out.append(
            Problem(
                "T04",
                f"theme.toml has no key “{key}”",
                level.span(line),
                f"`{near[0]}`" if near else "",
            )
        )
    return out


def _tokens(level: Level, toml: Toml) -> Iterator[tuple[str, str]]:
    """Yield a level's tables as tokens: `[color] accent` is "color-accent". Raises for one that is no value."""
    node, source = toml
    tables = node.value.items() if isinstance(node.value, dict) else ()
    for name, item in _leaves(
        {key: item for key, item in tables if isinstance(item.value, dict)}, ""
    ):
        value = "" if isinstance(item.value, tuple | None) else str(item.value)
        if isinstance(item.value, tuple | None) or (wrong := token_fault(name, value)):
            message = (
                f"the token `{name}` {wrong if value else 'is a string or a number'}"
            )
            level.refuse(Problem("T08", message, source.span(*item.key)))
        yield name, value


def _strings(level: Level) -> Iterator[tuple[str, dict[str, str]]]:
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


def _style(levels: Sequence[Level], medium: str) -> str:
    """Return shared.css and the medium's sheet, each the nearest of the chain, imports taken in."""

    def find(name: str, start: int) -> tuple[str, int] | None:
        for index in range(start, len(levels)):
            text = levels[index].sheet(name)
            if text is not None:
                return text, index
        return None

    return "\n".join(inline(name, 0, find) for name in ("shared.css", f"{medium}.css"))


def _templates(levels: Sequence[Level]) -> dict[str, str]:
    """Return every template of the chain under "level:name"."""
    return {
        f"{level.name}:{name}": level.text("templates", name) or ""
        for level in levels
        for name in level.names("templates", (".j2",))
    }


def _images(levels: Sequence[Level]) -> dict[str, bytes]:
    """Return the pictures of the chain by name, the nearest first."""
    out: dict[str, bytes] = {}
    for level in levels:
        for name in level.names("images", IMAGES):
            out.setdefault(
                f"images/{name}", level.data("images", name, limit=IMAGE_BYTES) or b""
            )
    return out
