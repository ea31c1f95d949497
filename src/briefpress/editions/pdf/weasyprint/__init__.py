"""The part of the PDF edition that depends on the inside of WeasyPrint.

Importing this package imports the library, without the fonts of the machine and
without the search for shared libraries.

WeasyPrint first tries the names that Pango and its companions have on Windows. For
each name that does not exist, cffi calls `ctypes.util.find_library`, which runs
ldconfig, gcc and ld: forty programs, and a third of the time of the import.
"""

from __future__ import annotations

import ctypes.util
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

VERSION = "70.0"  # the version that all of this was tested with

# The library that is loaded last: it depends on all others that WeasyPrint needs.
PANGO_FT2 = "libpangoft2-1.0.so.0"


@contextmanager
def no_system_fonts() -> Iterator[None]:
    """Make fontconfig read our empty configuration while this context lasts."""
    before = os.environ.get("FONTCONFIG_FILE")
    os.environ["FONTCONFIG_FILE"] = str(Path(__file__).with_name("fonts.conf"))
    try:
        with warnings.catch_warnings():
            # WeasyPrint warns that it finds no fonts, which is what we want.
            warnings.simplefilter("ignore")
            yield
    finally:
        os.environ.pop("FONTCONFIG_FILE")
        if before is not None:
            os.environ["FONTCONFIG_FILE"] = before


@contextmanager
def _no_library_search() -> Iterator[None]:
    """Make cffi load libraries by their exact name only, where those names exist."""
    find_library = ctypes.util.find_library
    if sys.platform == "linux":
        with suppress(OSError):
            ctypes.CDLL(PANGO_FT2)
            ctypes.util.find_library = lambda name: None  # noqa: ARG005
    try:
        yield
    finally:
        ctypes.util.find_library = find_library


with no_system_fonts(), _no_library_search():
    import weasyprint

if weasyprint.__version__ != VERSION:
    raise ImportError(
        f"briefpress needs WeasyPrint {VERSION}, this is {weasyprint.__version__}"
    )
