"""Files that a brief shows or offers: their paths, their addresses, and reading them."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, unquote

from briefpress.schema.suggest import closest_name

_PICTURE_SUFFIXES = frozenset((".svg", ".png", ".jpg", ".jpeg", ".gif", ".webp"))
_MAX_GUESSES = 20  # names of missing briefs for which a similar one is looked for
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
# The file of a brief, `slug.md` or `slug/index.md`, in any folder.
_BRIEF_FILE = re.compile(r"(?:.*/)?(?!index\.md)([^/:]+?)(?:/index)?\.md\Z")
# How a text may name the file of a brief. Each match begins where a word begins, and
# is bounded: the build's own process reads texts with them, and has no deadline.
_NAMED_FILES = (
    re.compile(r"(?<![\w-])([\w-]{1,100})(?:/index)?\.md\b"),
    re.compile(
        r"""(?<![^\s/\\()<>\[\]"'=])([^\s/\\()<>\[\]"'=]{1,300})(?:/index)?\.md\b"""
    ),
    re.compile(r"(?<=<)([^<>\n]{1,300})(?:/index)?\.md\b"),
)


@dataclass(frozen=True, slots=True)
class UnreadableFile:
    """Why a file cannot be read, and the most similar name that can."""

    # "missing", "unreadable", "outside" the project, "special" (a pipe, …) or "large"
    reason: str
    near: str = ""
    size: int = 0  # bytes, of a file that is too large


# A path, relative to the project, to the bytes of the file.
ReadFile = Callable[[str], bytes | UnreadableFile]


class PathError(ValueError):
    """The address in a brief does not name a file of the project."""


class WebAddressError(PathError):
    """The address in a brief is elsewhere: `https://…`, `//…`, `data:…`."""


def resolve_path(folder: str, address: str) -> str:
    """Return the path, relative to the project, of an address in a brief's folder.

    Raises `PathError` if it leaves the project or is no path. Only the text is checked:
    `project_reader` checks links on the disk.
    """
    path = unquote(address)
    if _SCHEME.match(path) or path.startswith("//"):
        raise WebAddressError("nothing is downloaded")
    if path.startswith("/") or "\\" in path or not path.isprintable():
        raise PathError(
            "its path must begin in the brief's folder, and have forward slashes"
        )
    parts = [part for part in folder.split("/") if part]
    for part in path.split("/"):
        if part == "..":
            if not parts:
                raise PathError("it is outside the project")
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    if not path or not parts or path.endswith("/"):
        raise PathError("it must be a file, not a folder")
    return "/".join(parts)


def published_address(folder: str, address: str) -> str:
    """Return the address of a file in every edition: beside the page, or below it.

    An address such as `../shared/map.svg` would lead to the folder of another page.
    """
    if {"", ".", ".."}.isdisjoint(unquote(address).split("/")):
        return address
    path = resolve_path(folder, address)
    inside_folder = path.removeprefix(f"{folder}/")
    return quote(inside_folder if inside_folder != path else f"_/{path}")


@dataclass(frozen=True, slots=True)
class LinkableBriefs:
    """The briefs that links may name, by file and by slug."""

    slugs_by_file: Mapping[str, str]  # by path, relative to the project
    slugs: frozenset[str]
    slugs_by_name: Mapping[str, str]  # by the name of the file, if only one has it
    site: str = ""  # the address of the press on the web
    # What a link to a brief must be warned of, by slug: "is held until 1 June 2027".
    remarks: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_files(
        cls,
        slugs_by_file: Mapping[str, str],
        site: str = "",
        remarks: Mapping[str, str] | None = None,
    ) -> LinkableBriefs:
        """Return the briefs of a mapping from files to slugs."""
        by_name: dict[str, str] = {}
        ambiguous: set[str] = set()
        for path, slug in slugs_by_file.items():
            name = name_of_brief_file(path)
            if name in by_name:
                ambiguous.add(name)
            by_name[name] = slug
        for name in ambiguous:
            del by_name[name]
        slugs = frozenset(slugs_by_file.values())
        return cls(slugs_by_file, slugs, by_name, site, remarks or {})

    def slug_of(self, file: str, name: str) -> str:
        """Return the slug of the brief with this file, slug or file name, or "".

        A brief can have another slug than the name of its file.
        """
        if file in self.slugs_by_file:
            return self.slugs_by_file[file]
        if name in self.slugs:
            return name
        return self.slugs_by_name.get(name, "")


def name_of_brief_file(path: str) -> str:
    """Return "rents" for `rents.md` and for `rents/index.md`; "" for other files."""
    match = _BRIEF_FILE.match(path)
    return match[1] if match else ""


def briefs_named_in(text: str, slugs_by_file: Mapping[str, str]) -> dict[str, str]:
    """Return the briefs that a text may link to, by file, and those it may mean.

    It may return more of them than there are links. A document depends on no others,
    so a new brief does not change all documents.
    """
    names = _named_files(text)
    file_names = {path: name_of_brief_file(path) for path in slugs_by_file}
    known = {*slugs_by_file.values(), *file_names.values()}
    for name in sorted(names - known)[:_MAX_GUESSES]:
        names.add(closest_name(name, known))
    return {
        path: slug
        for path, slug in slugs_by_file.items()
        if slug in names or file_names[path] in names
    }


def remarks_for(text: str, remarks: Mapping[str, str]) -> dict[str, str]:
    """Return the remarks on briefs that a text may link to, by slug."""
    if not remarks:
        return {}
    names = _named_files(text)
    return {slug: remark for slug, remark in remarks.items() if slug in names}


def _named_files(text: str) -> set[str]:
    """Return the names of Markdown files that a text may link to, without suffix."""
    names = set()
    for pattern in _NAMED_FILES:
        for written in pattern.findall(text):
            path = unquote(written).removesuffix("/index")
            names.add(path.rpartition("/")[2])
    return names


def project_reader(project: Path, max_bytes: int) -> ReadFile:
    """Return a function that reads the files of a project, and nothing outside it.

    It follows a link only if its target is in the project. It opens no pipe, device or
    folder, and reads no file of more than `max_bytes`.
    """
    root = project.resolve()

    def read_file(path: str) -> bytes | UnreadableFile:
        try:
            target = (root / path).resolve(strict=True)
        except (OSError, RuntimeError, ValueError):
            return UnreadableFile("missing", _closest_file(root / path, root))
        if not target.is_relative_to(root):
            return UnreadableFile("outside")
        return _read_regular_file(target, max_bytes)

    return read_file


def mapping_reader(files: Mapping[str, bytes]) -> ReadFile:
    """Return a function that reads files that are in memory, by path."""

    def read_file(path: str) -> bytes | UnreadableFile:
        if path in files:
            return files[path]
        near = _closest_of_kind(path, sorted(files))
        return UnreadableFile("missing", near.rpartition("/")[2])

    return read_file


def _read_regular_file(path: Path, max_bytes: int) -> bytes | UnreadableFile:
    """Read a regular file.

    It is opened before it is checked, so that nothing can replace it in between.
    """
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        handle = os.open(path, flags)
    except PermissionError:
        return UnreadableFile("unreadable")
    except OSError:
        return UnreadableFile("special")
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode):
        os.close(handle)
        return UnreadableFile("special")
    with os.fdopen(handle, "rb") as file:
        if status.st_size > max_bytes:
            return UnreadableFile("large", size=status.st_size)
        data = file.read(max_bytes + 1)
    if len(data) > max_bytes:
        return UnreadableFile("large", size=len(data))
    return data


def _closest_file(path: Path, root: Path) -> str:
    """Return the name in the same folder that is most similar to a missing one."""
    try:
        if not path.parent.resolve().is_relative_to(root):
            return ""
        names = [entry.name for entry in os.scandir(path.parent)]
    except (OSError, RuntimeError, ValueError):
        return ""
    visible = sorted(name for name in names if not name.startswith("."))
    return _closest_of_kind(path.name, visible)


def _closest_of_kind(name: str, names: Iterable[str]) -> str:
    """Return the most similar name of the same kind of file.

    A picture `cost.svg` that is missing is not the data `cost.csv`.
    """
    kind = _kind(name)
    return closest_name(name, [other for other in names if _kind(other) == kind])


def _kind(name: str) -> str:
    """Return "picture", or the suffix of other files."""
    suffix = os.path.splitext(name)[1].lower()  # noqa: PTH122 - a name, not a path
    return "picture" if suffix in _PICTURE_SUFFIXES else suffix
