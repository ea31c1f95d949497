"""From theme folders to a `Theme`: the chain of parents, tokens merged key by key, files by name."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from briefpress.problems import BriefpressError, Problem, Span
from briefpress.theme.fonts import FontFace, font_digest
from briefpress.theme.model import Theme
from briefpress.theme.styles import MEDIA, inline

SCALARS = frozenset({"name", "parent", "license", "description"})
FACE = frozenset({"family", "package", "file", "weight", "style"})
IMAGES = (".svg", ".png", ".jpg", ".jpeg")


@dataclass(frozen=True, slots=True)
class _Level:
    """One theme folder, read but not yet merged."""

    name: str
    folder: Path
    data: Mapping[str, Any]

    def file(self, *parts: str) -> str | None:
        """Return a text file of the folder, or None where it has none of that name."""
        path = self.folder.joinpath(*parts)
        return path.read_text("utf-8") if path.is_file() and _inside(path, self.folder) else None

    def span(self, line: int = 0) -> Span:
        """Return the place that problems of this level name."""
        return Span(f"themes/{self.name}/theme.toml", line)


def theme_folders(project: Path) -> tuple[Path, ...]:
    """Return where themes are looked for: the project's own first, then those that briefpress carries."""
    package = Path(__file__).parent.parent
    carried = package / "themes"
    return (project / "themes", carried if carried.is_dir() else package.parent.parent / "themes")


def read_theme(name: str, folders: Sequence[Path]) -> tuple[Theme, tuple[Problem, ...]]:
    """Return a theme with all that it inherits, and what is wrong in it.

    Raises `BriefpressError` where there is no such theme, or its parents form a circle.
    """
    levels = _chain(name, folders)
    problems: list[Problem] = []
    tokens: dict[str, str] = {}
    strings: dict[str, dict[str, str]] = {}
    for level in reversed(levels):
        problems += _unknown(level)
        tokens |= _tokens(level.data)
        for lang, words in _toml(level, "strings.toml").items():
            strings.setdefault(lang, {}).update({key: str(word) for key, word in words.items()})
    styles = {medium: _style(levels, medium) for medium in MEDIA}
    said = "\n".join([*tokens.values(), *styles.values()])
    fonts = tuple(face for face in _fonts(levels, problems) if face.family in said)
    theme = Theme(
        name=name,
        chain=tuple(level.name for level in levels),
        tokens=tokens,
        styles=styles,
        templates=_templates(levels),
        strings=strings,
        fonts=fonts,
        images=_images(levels),
    )
    return theme, tuple(problems)


def _chain(name: str, folders: Sequence[Path]) -> list[_Level]:
    """Return the levels from the theme to the root of its parents."""
    levels: list[_Level] = []
    while name:
        level = _level(name, folders)
        if any(level.name == above.name for above in levels):
            path = " → ".join([*(above.name for above in levels), name])
            raise BriefpressError(
                Problem("T02", f"the themes inherit from one another in a circle: {path}", levels[-1].span())
            )
        levels.append(level)
        name = str(level.data.get("parent", ""))
    return levels


def _level(name: str, folders: Sequence[Path]) -> _Level:
    """Return one theme folder. Raises `BriefpressError` with the nearest name where there is none."""
    for folder in folders:
        path = folder / name / "theme.toml"
        if path.is_file() and _inside(path, folder):
            level = _Level(name, path.parent, {})
            return _Level(name, path.parent, _toml(level, "theme.toml"))
    known = sorted({path.parent.name for folder in folders for path in folder.glob("*/theme.toml")})
    near = get_close_matches(name, known, n=1)
    fix = f"`{near[0]}`" if near else f"one of: {', '.join(known)}" if known else ""
    raise BriefpressError(Problem("T01", f"there is no theme “{name}”", None, fix))


def _inside(path: Path, folder: Path) -> bool:
    """Whether a path, its links followed, stays inside the folder: a theme reads nothing else."""
    return path.resolve().is_relative_to(folder.resolve())


def _toml(level: _Level, name: str) -> dict[str, Any]:
    """Return a TOML file of the level, empty where it has none. Raises `BriefpressError` with its line."""
    text = level.file(name) or ""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = str(error).rpartition("(at line ")[2].partition(",")[0]
        line = int(place) if place.isdigit() else 0
        message = str(error).partition(" (at ")[0].lower()
        span = Span(f"themes/{level.name}/{name}", line)
        raise BriefpressError(Problem("T03", f"this is not TOML: {message}", span)) from error


def _unknown(level: _Level) -> list[Problem]:
    """Return a problem for each key of theme.toml that means nothing."""
    out = []
    for key, value in level.data.items():
        if isinstance(value, dict) or key in SCALARS or key == "fonts":
            continue
        near = get_close_matches(key, SCALARS, n=1)
        out.append(Problem("T04", f"theme.toml has no key “{key}”", level.span(), f"`{near[0]}`" if near else ""))
    return out


def _tokens(data: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Return a level's tables as tokens: `[color] accent` is "color-accent"."""
    out: dict[str, str] = {}
    for key, value in data.items():
        if isinstance(value, dict):
            out |= _tokens(value, f"{prefix}{key}-")
        elif prefix:
            out[prefix + key] = str(value)
    return out


def _fonts(levels: Sequence[_Level], problems: list[Problem]) -> tuple[FontFace, ...]:
    """Return the faces of the chain, those that no sheet asks for among them.

    A level's face stands before its parent's of the same family, weight and style.
    """
    faces: dict[tuple[str, str, str], FontFace] = {}
    for level in levels:
        for raw in level.data.get("fonts", ()):
            face = FontFace(**{"weight": "400", "style": "normal"} | {k: str(v) for k, v in raw.items() if k in FACE})
            key = (face.family, face.weight, face.style)
            try:
                digest = font_digest(face.package, face.file)
            except FileNotFoundError:
                message = f"the font “{face.family}” is not installed: {face.package}, {face.file}"
                problems.append(Problem("T05", message, level.span(), f"`pip install {face.package}`"))
                continue
            faces.setdefault(key, FontFace(face.family, face.weight, face.style, face.package, face.file, digest))
    return tuple(faces.values())


def _style(levels: Sequence[_Level], medium: str) -> str:
    """Return shared.css and the medium's sheet, each the nearest of the chain, imports taken in."""

    def find(name: str, start: int) -> tuple[str, int] | None:
        for index in range(start, len(levels)):
            text = levels[index].file("css", name)
            if text is not None:
                return text, index
        return None

    return "\n".join(inline(name, 0, find) for name in ("shared.css", f"{medium}.css"))


def _templates(levels: Sequence[_Level]) -> dict[str, str]:
    """Return every template of the chain under "level:name"."""
    return {
        f"{level.name}:{path.name}": path.read_text("utf-8")
        for level in levels
        for path in sorted((level.folder / "templates").glob("*.j2"))
        if _inside(path, level.folder)
    }


def _images(levels: Sequence[_Level]) -> dict[str, bytes]:
    """Return the pictures of the chain by name, the nearest first."""
    out: dict[str, bytes] = {}
    for level in levels:
        for path in sorted((level.folder / "images").glob("*")):
            if path.suffix.lower() in IMAGES and _inside(path, level.folder):
                out.setdefault(f"images/{path.name}", path.read_bytes())
    return out
