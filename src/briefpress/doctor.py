"""What the machine has and lacks, each with its cure: what `briefpress doctor` says.

It must be able to speak on a machine where WeasyPrint cannot even be imported, so it imports nothing of ours and
opens the libraries as WeasyPrint would: by the same names, through the same door.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

NEEDED_PYTHON = (3, 11)
NEEDED_PANGO = (1, 44)
NEEDED_MEMORY = 1 << 30
NEEDED_ROOM = 200 << 20

# By what names each is opened, as in WeasyPrint's text/ffi.py; and what carries them, as in setup/system.sh.
LIBRARIES = {
    "GObject": ("libgobject-2.0.so.0", "libgobject-2.0.0.dylib", "gobject-2.0"),
    "Pango": ("libpango-1.0.so.0", "libpango-1.0.dylib", "pango-1.0"),
    "PangoFT2": ("libpangoft2-1.0.so.0", "libpangoft2-1.0.dylib", "pangoft2-1.0"),
    "HarfBuzz": ("libharfbuzz.so.0", "libharfbuzz.0.dylib", "harfbuzz"),
    "HarfBuzz-Subset": (
        "libharfbuzz-subset.so.0",
        "libharfbuzz-subset.0.dylib",
        "harfbuzz-subset",
    ),
    "Fontconfig": ("libfontconfig.so.1", "libfontconfig.1.dylib", "fontconfig"),
}
APT_PANGO = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
PACKAGES = {
    "pango": {"apt-get": APT_PANGO, "dnf": "pango harfbuzz", "brew": "pango"},
    "java": {
        "apt-get": "default-jdk-headless libjaxb-java",
        "dnf": "java-latest-openjdk-devel jaxb-runtime",
        "brew": "openjdk",
    },
    "node": {"apt-get": "nodejs npm", "dnf": "nodejs npm", "brew": "node"},
    "chromium": {"apt-get": "chromium", "dnf": "chromium", "brew": "--cask chromium"},
}
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")
INSTALL_AGAIN = "`make setup`, or install briefpress again"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. The press cannot do without what is `needed`; the rest is for tests or speed."""

    subject: str
    ok: bool
    detail: str  # what was found, or what lacks
    cure: str = ""
    needed: bool = True

    def to_json(self) -> dict[str, Any]:
        """Return plain data, for `--json`."""
        return asdict(self)

    def __str__(self) -> str:
        """Return the finding for the terminal, its cure on a line of its own."""
        mark = "ok" if self.ok else "LACKS" if self.needed else "without"
        cure = "" if self.ok else f"\n{'':9}cure: {self.cure}"
        return f"{mark:8} {self.subject}: {self.detail}{cure}"


def examine(project: Path = Path()) -> tuple[Finding, ...]:
    """Return what the machine and the project's folder have and lack."""
    return (
        _python(),
        _pango(),
        _engine(),
        _fonts(),
        _folder(project),
        _cores(),
        _memory(),
        _epubcheck(),
        _node(),
        _chromium(),
    )


def status(findings: Iterable[Finding]) -> int:
    """Return the exit status: 3 when something lacks that the press cannot do without."""
    return 3 if any(finding.needed and not finding.ok for finding in findings) else 0


def line_to_type(what: str) -> str:
    """Return the line that installs it: for this machine's package manager, or for each where none is known."""
    managers = [manager for manager in PACKAGES[what] if shutil.which(manager)][
        :1
    ] or list(PACKAGES[what])
    return ", or ".join(
        f"`{'' if m == 'brew' else 'sudo '}{m} install {PACKAGES[what][m]}`"
        for m in managers
    )


def _python() -> Finding:
    found = f"{platform.python_version()}, {sys.executable}"
    return Finding(
        "Python",
        sys.version_info >= NEEDED_PYTHON,
        found,
        f"Python {_dotted(NEEDED_PYTHON)} or newer",
    )


def _pango() -> Finding:
    """Return whether Pango and its kin can be opened, and whether Pango is new enough."""
    from cffi import FFI

    ffi: Any = FFI()
    ffi.cdef("const char *pango_version_string(void);")
    opened = {subject: _open(ffi, names) for subject, names in LIBRARIES.items()}
    lacking = [subject for subject, library in opened.items() if library is None]
    cure = line_to_type("pango")
    if lacking:
        return Finding(
            "Pango", ok=False, detail=f"cannot open {', '.join(lacking)}", cure=cure
        )
    version = bytes(ffi.string(opened["Pango"].pango_version_string())).decode()
    new_enough = tuple(int(part) for part in version.split(".")[:2]) >= NEEDED_PANGO
    return Finding(
        "Pango",
        new_enough,
        f"{version}, and its kin" if new_enough else f"{version} is too old",
        cure,
    )


def _open(ffi: Any, names: Iterable[str]) -> Any:
    """Return the library that one of the names opens, or None. cffi looks for a bare name as the linker would."""
    for name in names:
        with suppress(OSError):
            return ffi.dlopen(name)
    return None


def _engine() -> Finding:
    """Return whether WeasyPrint is the version that is pinned, and so the one that our mends were proved on."""
    wanted = _requirements().get("weasyprint", "")
    found = _version("weasyprint")
    ok = bool(found) and wanted in {"", f"=={found}"}
    return Finding(
        "WeasyPrint",
        ok,
        found or "not installed",
        f"{INSTALL_AGAIN}: it must be {wanted.lstrip('=')}",
    )


def _fonts() -> Finding:
    """Return whether the packages that carry the themes' fonts are there."""
    packages = sorted(name for name in _requirements() if name.startswith("fontpkg-"))
    lacking = [name for name in packages if not _version(name)]
    found = ", ".join(
        f"{name.removeprefix('fontpkg-')} {_version(name)}" for name in packages
    )
    return Finding(
        "Fonts",
        not lacking,
        f"without {', '.join(lacking)}" if lacking else found,
        INSTALL_AGAIN,
    )


def _folder(project: Path) -> Finding:
    """Return whether build/ and .briefpress/ can be written where the project is."""
    for path in (project / "build", project / ".briefpress"):
        place = next(p for p in (path, *path.absolute().parents) if p.exists())
        if not (place.is_dir() and os.access(place, os.W_OK | os.X_OK)):
            return Finding(
                "Folder",
                ok=False,
                detail=f"{place} cannot be written",
                cure=f"`chmod u+rwx {place}`",
            )
    room = shutil.disk_usage(place).free
    return Finding(
        "Folder",
        room > NEEDED_ROOM,
        f"writable, {room >> 20:,} MiB free",
        "free some room on the disk",
    )


def _cores() -> Finding:
    count = (
        len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count() or 1
    )
    return Finding(
        "Cores", ok=True, detail=f"{count}, so {count} steps at a time", needed=False
    )


def _memory() -> Finding:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    cure = "one step at a time: `briefpress build --jobs 1`"
    return Finding(
        "Memory", total >= NEEDED_MEMORY, f"{total >> 20:,} MiB", cure, needed=False
    )


def _epubcheck() -> Finding:
    """Return whether the tests can run epubcheck, by a program that Java compiles as it goes."""
    java = _first_line(
        "javac", "-version"
    )  # run, not only found: macOS has one that says that there is none
    if not java:
        return Finding(
            "Java",
            ok=False,
            detail="none, for epubcheck in the tests",
            cure=line_to_type("java"),
            needed=False,
        )
    check = _version("epubcheck")
    found = f"{java}; epubcheck {check}" if check else f"{java}; no epubcheck"
    return Finding("Java", bool(check), found, "`make test` installs it", needed=False)


def _node() -> Finding:
    """Return whether the tests can open books in reading systems, which are Node's."""
    found = _first_line("node", "--version") if shutil.which("npm") else ""
    detail = found or "none, for the reading systems of the tests"
    return Finding("Node", bool(found), detail, line_to_type("node"), needed=False)


def _chromium() -> Finding:
    name = next((name for name in CHROMIUMS if shutil.which(name)), "")
    cure = line_to_type("chromium")
    return Finding(
        "Chromium",
        bool(name),
        name or "none, to look at web pages in the tests",
        cure,
        needed=False,
    )


def _first_line(*command: str) -> str:
    """Return the first line that a program says, or nothing when it cannot be run or fails."""
    try:
        said = subprocess.run(
            command, capture_output=True, text=True, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return (said.stdout or said.stderr).partition("\n")[0]


def _requirements() -> dict[str, str]:
    """Return the packages that briefpress needs, each with its range: "weasyprint" to "==70.0"."""
    split = (
        re.match(r"([\w.-]+)\s*([^;]*)(;?)", line)
        for line in metadata.requires("briefpress") or ()
    )
    return {
        found[1].lower(): found[2].strip() for found in split if found and not found[3]
    }


def _version(package: str) -> str:
    """Return the version of an installed package, or nothing."""
    with suppress(metadata.PackageNotFoundError):
        return metadata.version(package)
    return ""


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
