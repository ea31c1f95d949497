"""WeasyPrint, imported where it first may be: without the fonts of the machine, and without looking for libraries.

It tries the names that Pango and its kin have on Windows before those of Linux. For each that is not there cffi asks
`ctypes.util.find_library`, which runs ldconfig, gcc and ld: forty programs, and a third of the time of the import.
"""

from __future__ import annotations

import ctypes.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from briefpress.editions.pdf.fonts import no_system_fonts

LAST = "libpangoft2-1.0.so.0"  # where it opens by its name, so do all that WeasyPrint needs: it is made of them


@contextmanager
def _by_name() -> Iterator[None]:
    """Have libraries opened by the names that they are asked for, where they have those names."""
    search = ctypes.util.find_library
    if sys.platform == "linux":
        with suppress(OSError):
            ctypes.CDLL(LAST)
            ctypes.util.find_library = lambda name: None  # noqa: ARG005 - it is called by this name
    try:
        yield
    finally:
        ctypes.util.find_library = search


with no_system_fonts(), _by_name():
    import weasyprint

__all__ = ["weasyprint"]
