"""The fonts that can be added to a project by name, and which one a character needs."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from briefpress.languages import fallback_tags

KANA = frozenset({"Hira", "Kana"})


@dataclass(frozen=True, slots=True)
class CatalogueFile:
    """One file of a font in its package."""

    weight: str  # "400", or "100 900" for a variable file
    path: str  # in the package
    digest: str  # SHA-256

    @property
    def name(self) -> str:
        """The name of the file in the project."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class CatalogueFont:
    """A font of `font_catalogue.toml`, which explains the fields."""

    name: str
    title: str
    family: str
    languages: tuple[str, ...]
    scripts: frozenset[str]
    blocks: frozenset[str]
    package: str
    version: str
    license: str
    files: tuple[CatalogueFile, ...]
    characters: str = ""


@dataclass(frozen=True, slots=True)
class MissingScript:
    """The characters of a text that no font has and that one font would bring."""

    script: str  # "Han"
    font: str  # its name in the catalogue, or "" if none is known
    characters: tuple[str, ...]


@cache
def catalogue() -> Mapping[str, CatalogueFont]:
    """Return the fonts that can be added, by name."""
    path = Path(__file__).with_name("font_catalogue.toml")
    fonts = {}
    for name, table in tomllib.loads(path.read_text("utf-8")).items():
        table["files"] = tuple(CatalogueFile(*file) for file in table["files"])
        table["languages"] = tuple(table["languages"])
        table["scripts"] = frozenset(table["scripts"])
        table["blocks"] = frozenset(table["blocks"])
        fonts[name] = CatalogueFont(name=name, **table)
    return fonts


def missing_scripts(characters: Iterable[str], lang: str) -> list[MissingScript]:
    """Return the characters by the font that they need, in the order of the text.

    Chinese and Japanese punctuation belongs to no script, and goes with the characters
    around it: one text in one language needs one font.
    """
    characters = list(dict.fromkeys(characters))
    preferred = _preferred_fonts(characters, lang)
    groups: dict[str, list[str]] = {}
    for character in characters:
        font = _font_for(character, preferred)
        key = font.name if font else _script_name(character)
        groups.setdefault(key, []).append(character)
    return [
        MissingScript(
            _main_script(group), key if key in catalogue() else "", tuple(group)
        )
        for key, group in groups.items()
    ]


def language_rank(languages: Iterable[str], lang: str) -> int:
    """Return how well a font's languages fit a language: 0 is best."""
    tags = [tag.lower() for tag in fallback_tags(lang)]
    ranks = [tags.index(language) for language in languages if language in tags]
    return min(ranks, default=len(tags))


def _preferred_fonts(characters: Iterable[str], lang: str) -> list[CatalogueFont]:
    """Return the catalogue, those fonts first that fit the language of the text."""
    fonts = list(catalogue().values())
    if not KANA.isdisjoint(map(_script, characters)) and not lang.startswith("zh"):
        lang = "ja"
    return sorted(fonts, key=lambda font: language_rank(font.languages, lang))


def _font_for(character: str, fonts: Iterable[CatalogueFont]) -> CatalogueFont | None:
    """Return the first font that is suggested for a character."""
    from fontTools.unicodedata import block, script_extension

    scripts = script_extension(character)
    block_name = block(character)
    found = None
    for font in fonts:
        if character in font.characters:
            return font
        in_block = block_name in font.blocks
        if found is None and (in_block or not font.scripts.isdisjoint(scripts)):
            found = font
    return found


def _script(character: str) -> str:
    """Return the script of a character: "Hani"."""
    from fontTools.unicodedata import script

    return str(script(character))


def _script_name(character: str) -> str:
    """Return the name of a character's script: "Han"."""
    from fontTools.unicodedata import script_name

    return str(script_name(_script(character))).replace("_", " ")


def _main_script(characters: Iterable[str]) -> str:
    """Return the name of the script that most of the characters have.

    "Common" are the characters that belong to no script.
    """
    names = Counter(map(_script_name, characters))
    for name, _ in names.most_common():
        if name not in {"Common", "Inherited", "Unknown"}:
            return name
    return "Common"
