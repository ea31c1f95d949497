"""The version in every key: briefpress's own files, and all libraries that it uses."""

from __future__ import annotations

import os
import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from briefpress.engine.step import digest_of

PACKAGE = Path(__file__).parent.parent
CODE = (".py", ".toml", ".css", ".conf")
REQUIREMENT = re.compile(r"^Requires-Dist: ([\w.-]+)(?!.*\bextra\b)", re.MULTILINE)


def version() -> str:
    """Return a digest that changes when briefpress or a library that it uses changes.

    Then every edition is made again. The libraries are those that briefpress requires,
    and those that they require in turn.
    """
    libraries = required_libraries("briefpress")
    parts = [f"{name} {number}" for name, number in sorted(libraries.items())]
    parts += [
        f"{path.relative_to(PACKAGE).as_posix()} {digest_of(path.read_bytes())}"
        for path in code_files(PACKAGE)
    ]
    return digest_of("\n".join(parts).encode())


def required_libraries(root: str) -> dict[str, str]:
    """Return what a distribution requires, directly or not: names to versions."""
    found: dict[str, str] = {}
    queue = [root]
    while queue:
        name = re.sub(r"[-_.]+", "-", queue.pop()).lower()  # PEP 503
        if name in found:
            continue
        try:
            metadata = _headers(distribution(name))
        except PackageNotFoundError:  # for another system or Python
            continue
        found[name] = _version(metadata)
        queue += REQUIREMENT.findall(metadata)
    found.pop(root, None)
    return found


def _headers(library: Distribution) -> str:
    """Return the metadata without the description; parsing it all takes longer."""
    text = library.read_text("METADATA") or library.read_text("PKG-INFO") or ""
    return text.partition("\n\n")[0]


def _version(metadata: str) -> str:
    match = re.search(r"^Version: (.+)$", metadata, re.MULTILINE)
    return match[1] if match else ""


def code_files(package: Path) -> list[Path]:
    """Return the files that decide what briefpress makes, in a fixed order.

    Themes are not among them: a step reads the themes that it needs.
    """
    files = []
    for folder, folders, names in os.walk(package):
        folders[:] = sorted(set(folders) - {"__pycache__", "themes"})
        paths = [Path(folder, name) for name in sorted(names)]
        files += [path for path in paths if path.name.endswith(CODE)]
    return files
