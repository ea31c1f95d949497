"""Fonts that a project adds to those of its themes: `fonts/` and `fonts.lock`.

`briefpress fonts add` downloads them, `[fonts] fallback` in press.toml names those that
are used. The lock file has the digest of each file, so a project gives the same bytes
on every machine, or an error.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
import subprocess
import tarfile
import tempfile
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from briefpress.languages import language_rank
from briefpress.problems import BriefpressError, Problem, Span
from briefpress.schema.files import read_file
from briefpress.schema.suggest import suggest_fix
from briefpress.theme.fonts import FACE_FORMS, FontFace, check_tables
from briefpress.theme.model import Theme

FOLDER = "fonts"
LOCK = "fonts.lock"
LICENSE = "LICENSE"
LOCK_BYTES = 200_000
FONT_BYTES = 60_000_000
DOWNLOAD_SECONDS = 600
LOCK_HEAD = (
    "# Written by `briefpress fonts add`. Keep it, and fonts/, with the briefs.\n"
)
FONT_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
KANA = frozenset({"Hira", "Kana"})
FILE_NAME = re.compile(r"[\w-][\w.-]*\.(ttf|otf|woff2)", re.ASCII)


@dataclass(frozen=True, slots=True)
class LockedFont:
    """What fonts.lock says of one font."""

    name: str
    family: str
    languages: tuple[str, ...]
    package: str
    version: str
    files: Mapping[str, tuple[str, str]]  # name to weight and SHA-256


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


def read_added_fonts(
    project: Path, names: Iterable[str], span: Span
) -> tuple[FontFace, ...]:
    """Return the faces of the fonts that press.toml names, with their bytes.

    `span` is the place of the names. Raises `BriefpressError` if one of the fonts is
    not there, or is not what the lock file says.
    """
    names = tuple(dict.fromkeys(names))
    locked = read_lock(project) if names else {}
    not_locked = [name for name in names if name not in locked]
    problems = [_not_added(name, span) for name in not_locked]
    if problems:
        raise BriefpressError(*problems)
    faces: list[FontFace] = []
    for name in names:
        faces += _read_faces(project, locked[name])
    return tuple(faces)


def _not_added(name: str, span: Span) -> Problem:
    """Return the error of a font that is named and not in the lock file."""
    if name in catalogue():
        message = f"the font `{name}` is not in this project"
        fix = f"run `briefpress fonts add {name}`"
        return Problem("T05", message, span, fix)
    message = unknown_font(name)
    fix = suggest_fix(name, list(catalogue()))
    return Problem("T05", message, span, fix)


def unknown_font(name: str) -> str:
    """Return the message for a name that no font has, with those that there are."""
    known = ", ".join(catalogue())
    return f"there is no font `{name}`: the fonts are {known}"


def read_lock(project: Path) -> dict[str, LockedFont]:
    """Return the fonts of fonts.lock by name; none if there is no such file.

    Raises `BriefpressError` if it is damaged.
    """
    if not (project / LOCK).exists():
        return {}
    data, problems = read_file(project, LOCK, LOCK_BYTES)
    if problems:
        raise BriefpressError(*problems)
    try:
        tables = tomllib.loads(data.decode("utf-8"))
        return {name: _locked_font(name, table) for name, table in tables.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        fix = "restore it, or delete it and run `briefpress fonts add` again"
        message = f"{LOCK} cannot be read: {error}"
        problem = Problem("T05", message, Span(LOCK), fix)
        raise BriefpressError(problem) from error


def _locked_font(name: str, table: Mapping[str, Any]) -> LockedFont:
    """Return a font of the lock file. Raises `ValueError` for a wrong value."""
    family = str(table["family"])
    family_form, *_ = FACE_FORMS["family"]
    weight_form, *_ = FACE_FORMS["weight"]
    files: dict[str, tuple[str, str]] = {}
    for file, entry in table["files"].items():
        weight = str(entry["weight"])
        digest = str(entry["sha256"])
        files[file] = (weight, digest)
    _check_form(family, family_form)
    for weight, _ in files.values():
        _check_form(weight, weight_form)
    for file in files:
        _check_form(file, FILE_NAME.pattern)
    _check_form(name, FONT_NAME.pattern)
    languages = tuple(map(str, table["languages"]))
    package = str(table["package"])
    version = str(table["version"])
    return LockedFont(name, family, languages, package, version, files)


def _check_form(text: str, form: str) -> None:
    """Check that a pattern matches all of a text. Raises `ValueError`."""
    if not re.fullmatch(form, text):
        raise ValueError(f"{text!r} is not allowed")


def _read_faces(project: Path, font: LockedFont) -> list[FontFace]:
    """Return the faces of one font, its files verified."""
    license_data, _ = read_file(project, f"{FOLDER}/{font.name}/{LICENSE}", LOCK_BYTES)
    faces = []
    for file, (weight, digest) in font.files.items():
        path = f"{FOLDER}/{font.name}/{file}"
        data, problems = read_file(project, path, FONT_BYTES)
        fix = f"run `briefpress fonts add {font.name}`"
        if problems:
            missing = [_as_missing(problem, fix) for problem in problems]
            raise BriefpressError(*missing)
        if hashlib.sha256(data).hexdigest() != digest:
            message = f"`{path}` is not the file that {LOCK} names"
            problem = Problem("T05", message, Span(path), fix)
            raise BriefpressError(problem)
        face = FontFace(
            font.family,
            weight,
            "normal",
            font.name,
            file,
            digest,
            fallback=True,
            languages=font.languages,
            license=license_data.decode("utf-8", "replace"),
            content=_as_opentype(data, path),
        )
        faces.append(face)
    return faces


def _as_missing(problem: Problem, fix: str) -> Problem:
    return replace(problem, code="T05", fix=fix)


def _as_opentype(data: bytes, path: str) -> bytes:
    """Return a font file without the compression of WOFF2. Raises T05 if damaged."""
    from fontTools.ttLib import TTFont, TTLibError

    try:
        if data[:4] == b"wOF2":
            font = TTFont(io.BytesIO(data), recalcTimestamp=False, recalcBBoxes=False)
            font.flavor = None
            out = io.BytesIO()
            font.save(out)
            data = out.getvalue()
        check_tables(data)
    except (ValueError, TTLibError) as error:
        message = f"`{path}` is damaged: {error}"
        problem = Problem("T05", message, Span(path))
        raise BriefpressError(problem) from error
    return data


def with_added_fonts(theme: Theme, faces: Iterable[FontFace]) -> Theme:
    """Return the theme with faces of the project before its own fallbacks."""
    main_faces = [face for face in theme.fonts if not face.fallback]
    fallbacks = [face for face in theme.fonts if face.fallback]
    return replace(theme, fonts=(*main_faces, *faces, *fallbacks))


def with_font_files(theme: Theme, files: Mapping[str, bytes]) -> Theme:
    """Return the theme with the bytes of added fonts, which are by digest.

    A step reads them separately from the theme: many steps share one theme.
    """
    if not files:
        return theme
    fonts = []
    for face in theme.fonts:
        content = files.get(face.digest)
        read_face = face if content is None else replace(face, content=content)
        fonts.append(read_face)
    return replace(theme, fonts=tuple(fonts))


# Adding fonts: the only use of the network, and only in `briefpress fonts add`.


class DownloadError(Exception):
    """A font cannot be downloaded, or is not what the catalogue says."""


def add_font(project: Path, font: CatalogueFont) -> bool:
    """Download a font into the project and lock it; return whether it was not there.

    Raises `DownloadError`.
    """
    folder = project / FOLDER / font.name
    is_new = not all(
        _has_digest(folder / file.name, file.digest) for file in font.files
    )
    if is_new:
        archive = download_package(font.package, font.version)
        _write_font(folder, font, archive)
    locked = read_lock(project)
    locked[font.name] = _lock_of(font)
    write_lock(project, locked)
    return is_new


def download_package(package: str, version: str) -> bytes:
    """Return the archive of an npm package. Raises `DownloadError`."""
    npm = shutil.which("npm")
    if npm is None:
        raise DownloadError(
            "fonts are downloaded with npm, which is not installed: install Node.js, "
            f"or copy {FOLDER}/ and {LOCK} from a machine that has them"
        )
    with tempfile.TemporaryDirectory() as folder:
        command = [npm, "pack", "--silent", "--pack-destination", folder]
        try:
            result = subprocess.run(
                [*command, f"{package}@{version}"],
                capture_output=True,
                text=True,
                timeout=DOWNLOAD_SECONDS,
                check=False,
                cwd=folder,
            )
        except subprocess.TimeoutExpired as error:
            message = f"{package} was not downloaded in {DOWNLOAD_SECONDS} seconds"
            raise DownloadError(message) from error
        archives = list(Path(folder).glob("*.tgz"))
        if result.returncode or not archives:
            reason = _reason(result.stderr or result.stdout)
            message = f"{package} {version} cannot be downloaded: {reason}"
            raise DownloadError(message)
        return archives[0].read_bytes()


def _reason(output: str) -> str:
    """Return the first line in which npm says what is wrong."""
    lines = [line.removeprefix("npm ERR!").strip() for line in output.splitlines()]
    lines = [line.removeprefix("npm error").strip() for line in lines]
    return next(filter(None, lines), "is this machine connected to the internet?")


def _write_font(folder: Path, font: CatalogueFont, archive: bytes) -> None:
    """Write the files of a font, and its licence, out of an archive of npm."""
    files: dict[str, bytes] = {}
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
        for file in font.files:
            data = _read_member(tar, file.path)
            if hashlib.sha256(data).hexdigest() != file.digest:
                message = f"{file.path} of {font.package} is not the expected file"
                raise DownloadError(f"{message}: its SHA-256 differs")
            files[file.name] = data
        files[LICENSE] = _read_member(tar, font.license)
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        new = folder / f"{name}.new"
        new.write_bytes(data)
        new.replace(folder / name)


def _read_member(tar: tarfile.TarFile, path: str) -> bytes:
    """Return a file of an npm archive. Raises `DownloadError` without it."""
    try:
        member = tar.extractfile(f"package/{path}")
    except KeyError:
        member = None
    if member is None:
        raise DownloadError(f"the package has no file {path}")
    return member.read()


def _has_digest(path: Path, digest: str) -> bool:
    """Return whether a file is there and has a SHA-256."""
    if not path.is_file():
        return False
    found = hashlib.sha256(path.read_bytes())
    return found.hexdigest() == digest


def _lock_of(font: CatalogueFont) -> LockedFont:
    """Return what the lock file says of a font of the catalogue."""
    files = {file.name: (file.weight, file.digest) for file in font.files}
    return LockedFont(
        name=font.name,
        family=font.family,
        languages=font.languages,
        package=font.package,
        version=font.version,
        files=files,
    )


def write_lock(project: Path, fonts: Mapping[str, LockedFont]) -> None:
    """Write fonts.lock: the same text for the same fonts."""
    tables = [_lock_table(fonts[name]) for name in sorted(fonts)]
    text = "\n".join([LOCK_HEAD, *tables])
    (project / LOCK).write_text(text, "utf-8")


def _lock_table(font: LockedFont) -> str:
    """Return one table of the lock file."""
    values = {
        "family": font.family,
        "languages": list(font.languages),
        "package": font.package,
        "version": font.version,
    }
    lines = [f"[{font.name}]"]
    lines += [f"{key} = {json.dumps(value)}" for key, value in values.items()]
    lines.append(f"[{font.name}.files]")
    for file, (weight, digest) in font.files.items():
        lines.append(f'"{file}" = {{ weight = "{weight}", sha256 = "{digest}" }}')
    return "\n".join(lines) + "\n"
