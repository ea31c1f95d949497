"""The functions of WeasyPrint that we replace or depend on have not changed.

`tests/golden/weasyprint/functions.txt` has a digest of the source of each. After an
upgrade, a test names those that changed. Read them, repair what depends on them
(`editions/pdf/weasyprint/README.md`), then write the digests with `--golden`.
"""

from __future__ import annotations

import ctypes.util
import hashlib
import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

import pytest

from briefpress.editions.pdf import weasyprint
from briefpress.editions.pdf.weasyprint import VERSION
from briefpress.editions.pdf.weasyprint.patches import PATCHES

pytestmark = pytest.mark.slow

RECORDED = Path(__file__).parent / "golden" / "weasyprint" / "functions.txt"

# Called by us, or calling what we replace.
DEPENDED_ON = """
cssselect2.tree:ElementWrapper
pydyf:PDF
weasyprint:HTML
weasyprint.css:AnonymousStyle
weasyprint.css:ComputedStyle
weasyprint.css.counters:CounterStyle
weasyprint.document:Document._build_layout_context
weasyprint.document:Document._render
weasyprint.document:DocumentMetadata
weasyprint.formatting_structure.boxes:AtomicInlineLevelBox
weasyprint.formatting_structure.boxes:BlockContainerBox
weasyprint.formatting_structure.boxes:Box
weasyprint.formatting_structure.boxes:FootnoteAreaBox
weasyprint.formatting_structure.boxes:InlineBox
weasyprint.formatting_structure.boxes:LineBox
weasyprint.formatting_structure.boxes:MarginBox
weasyprint.formatting_structure.boxes:PageBox
weasyprint.formatting_structure.boxes:ParentBox
weasyprint.formatting_structure.boxes:ReplacedBox
weasyprint.formatting_structure.boxes:TableBox
weasyprint.formatting_structure.boxes:TextBox
weasyprint.formatting_structure.build:build_formatting_structure
weasyprint.layout:LayoutContext
weasyprint.layout:initialize_page_maker
weasyprint.layout:layout_document
weasyprint.layout.absolute:AbsolutePlaceholder
weasyprint.layout.block:_break_line
weasyprint.layout.block:_linebox_layout
weasyprint.layout.block:block_container_layout
weasyprint.layout.block:block_level_layout
weasyprint.layout.block:block_level_width
weasyprint.layout.block:remove_placeholders
weasyprint.layout.page:remake_page
weasyprint.layout.percent:adjust_box_sizing
weasyprint.layout.percent:percentage
weasyprint.layout.percent:resolve_one_percentage
weasyprint.pdf:generate_pdf
weasyprint.pdf.stream:Stream
weasyprint.pdf.tags:add_tags
weasyprint.text.fonts:FontConfiguration
weasyprint.text.line_break:Layout
weasyprint.text.line_break:character_ratio
weasyprint.text.line_break:strut
weasyprint.urls:FatalURLFetchingError
weasyprint.urls:URLFetcher
weasyprint.urls:URLFetcherResponse
"""


def digest(value: Any) -> str:
    """Return a digest of the source of a function, class, property or table."""
    function: Any = value.fget if isinstance(value, property) else value
    if isinstance(value, dict):
        source = "".join(f"{key} {digest(value[key])}" for key in sorted(value))
    else:
        source = inspect.getsource(function)
    return hashlib.sha256(source.encode()).hexdigest()[:16]


def digests() -> dict[str, str]:
    """Return the digests of what is installed, by name."""
    values = {name: resolve_name(name) for name in DEPENDED_ON.split()}
    for patch in PATCHES:
        values[f"{patch.target} (replaced)"] = vars(patch.owner)[patch.name]
    return {name: digest(values[name]) for name in sorted(values)}


def changed(recorded: str) -> list[str]:
    """Return the names whose source is not the recorded one."""
    lines = [line.rpartition(" ") for line in recorded.splitlines()[1:]]
    before = {name: value for name, _, value in lines}
    now = digests()
    names = sorted(before.keys() | now.keys())
    return [name for name in names if before.get(name) != now.get(name)]


def test_digests_are_recorded(golden: Callable[[Path, str], None]) -> None:
    lines = [f"WeasyPrint {VERSION}"]
    lines += [f"{name} {value}" for name, value in digests().items()]
    golden(RECORDED, "\n".join(lines) + "\n")


def test_no_function_has_changed() -> None:
    assert changed(RECORDED.read_text("utf-8")) == []


def test_a_changed_function_is_named() -> None:
    recorded = RECORDED.read_text("utf-8")
    name = "weasyprint.layout.block:_linebox_layout"
    line = next(each for each in recorded.splitlines() if each.startswith(name))
    assert changed(recorded.replace(line, f"{name} 0123456789abcdef")) == [name]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems need the search")
def test_libraries_are_loaded_without_starting_a_compiler() -> None:
    """`find_library` runs ldconfig and gcc to find a file, which costs a second."""
    with weasyprint._no_library_search():  # noqa: SLF001 - it ran at the import
        assert ctypes.util.find_library("pango-1.0") is None
    assert ctypes.util.find_library.__module__ == "ctypes.util"
