"""What made it: a digest of briefpress's own files and the versions of the libraries that editions pass through."""

from __future__ import annotations

import os
from importlib.metadata import version as installed
from pathlib import Path

from briefpress.engine.step import digest_of

PACKAGE = Path(__file__).parent.parent
LIBRARIES = (
    "babel",
    "EbookLib",
    "fonttools",
    "Jinja2",
    "Markdown",
    "nh3",
    "pillow",
    "pydyf",
    "tinycss2",
    "tinyhtml5",
    "weasyprint",
)
CODE = (".py", ".toml", ".css")


def version() -> str:
    """Return the digest: an edition is made again when the code or a library that made it has changed."""
    parts = [f"{name} {installed(name)}".encode() for name in LIBRARIES]
    for folder, folders, names in os.walk(PACKAGE):
        folders[:] = sorted(
            name for name in folders if name not in {"__pycache__", "themes"}
        )
        for name in sorted(names):
            if name.endswith(CODE):
                path = Path(folder, name)
                parts.append(
                    f"{path.relative_to(PACKAGE).as_posix()} {digest_of(path.read_bytes())}".encode()
                )
    return digest_of(b"\n".join(parts))
