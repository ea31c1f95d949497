"""The layers hold: a module imports only from the left, and each library is met in one place.

    problems css_urls < model xhtml svg schema languages < press theme engine < manuscript document
             < editions checks < shelf < pipeline < preview doctor < cli < __main__

Imports are read with `ast`, so one inside a function or under TYPE_CHECKING counts like any other.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "briefpress"

LAYERS = (
    ("problems", "css_urls"),
    ("model", "xhtml", "svg", "schema", "languages"),
    ("press", "theme", "engine"),
    ("manuscript", "document"),
    ("editions", "epub_check"),
    ("shelf",),
    ("pipeline",),
    ("preview", "doctor"),
    ("cli",),
    ("__main__",),
)
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
EDITIONS = frozenset(
    {"pdf", "web", "epub"}
)  # what else stands in editions/ is shared, and knows none of them

# Where a library may be met. Who replaces one looks here, and nowhere else.
FENCES = {
    "weasyprint": ("editions.pdf.weasyprint",),
    "pydyf": ("editions.pdf.weasyprint",),
    "ebooklib": ("editions.epub",),
    "markdown": ("document",),
    "nh3": ("document",),
    "jinja2": ("theme",),
    "yaml": ("schema",),
    "click": ("cli",),
    "rich": ("cli",),
    "cffi": ("doctor",),
}
IMPORTED_AS = {
    "pillow": "PIL",
    "resvg-py": "resvg_py",
    "pyyaml": "yaml",
    "python-slugify": "slugify",
    "fonttools": "fontTools",
}
BY_NAME = {"brotli"}  # fontTools asks for it by itself, to write woff2


@dataclass(frozen=True)
class Import:
    """One module named by another: `by` and `of` are dotted, without the package's own name where it is ours."""

    by: str
    of: str
    line: int


def imports_of(
    module: str, source: str, *, is_package: bool = False
) -> Iterator[Import]:
    """Return what a module of ours imports. `from a import b` may name a module or a thing in it, so both are given."""
    package = ["briefpress", *filter(None, module.split("."))]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield Import(module, name.name, node.lineno)
        elif isinstance(node, ast.ImportFrom):
            up = node.level - is_package
            base = package[: len(package) - up] if node.level else []
            whole = ".".join([*base, *filter(None, [node.module])])
            for name in node.names:
                yield Import(module, f"{whole}.{name.name}", node.lineno)


def modules() -> dict[str, str]:
    """Return every module of the program by its dotted name: "editions.pdf.render"; a package by its own."""
    found = {}
    for path in sorted(SOURCE.rglob("*.py")):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = (
            path.read_text("utf-8")
        )
    return found


def all_imports(sources: Mapping[str, str]) -> list[Import]:
    """Return what all modules import. A package is known by having modules below it."""
    packages = {name.rpartition(".")[0] for name in sources if name}
    return [
        found
        for name, text in sources.items()
        for found in imports_of(name, text, is_package=name in packages)
    ]


def breaches(sources: Mapping[str, str]) -> list[str]:
    """Return every import that breaks the law of the layers, with its place and the law."""
    return [
        f"{i.by}:{i.line} imports {i.of}: {law}"
        for i in all_imports(sources)
        if (law := _law(i))
    ]


def _law(found: Import) -> str:
    """Return the law that an import breaks, or nothing."""
    by, of = found.by.split("."), found.of.split(".")
    if of[0] != "briefpress":
        places = FENCES.get(of[0], ("",))
        inside = any(
            f"{found.by}.".startswith(f"{place}." if place else "") for place in places
        )
        return "" if inside else f"{of[0]} is met in {' and '.join(places)} alone"
    of = of[1:]
    if not of or of[0] not in LEVEL or of[0] == by[0]:
        return _law_of_editions(by, of)
    if by[0] not in LEVEL:
        return f"{by[0] or 'briefpress'} has no layer, and so imports none of ours"
    return (
        ""
        if LEVEL[of[0]] < LEVEL[by[0]]
        else f"{of[0]} stands beside or to the right of {by[0]}"
    )


def _law_of_editions(by: list[str], of: list[str]) -> str:
    """Return what is wrong with an import within editions/."""
    if by[:1] != ["editions"] or of[:1] != ["editions"] or len(of) < 2:
        return ""
    target = of[1]
    return (
        ""
        if target not in EDITIONS or by[1:2] == [target]
        else "editions never import each other"
    )


def test_every_module_imports_only_from_the_left() -> None:
    assert breaches(modules()) == []


def test_every_module_has_a_layer() -> None:
    assert {name.split(".")[0] for name in modules()} - {"", *LEVEL} == set()


def test_no_modules_import_one_another_in_a_ring() -> None:
    sources = modules()
    graph: dict[str, set[str]] = {name: set() for name in sources}
    for found in all_imports(sources):
        of = found.of.removeprefix("briefpress.")
        target = of if of in sources else of.rpartition(".")[0]
        if (
            found.of.startswith("briefpress.")
            and target in sources
            and target != found.by
        ):
            graph[found.by].add(target)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as ring:
        pytest.fail(" ← ".join(ring.args[1]))


def test_what_is_imported_is_declared_and_what_is_declared_is_imported() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    declared = {
        re.split(r"[^\w.-]", line)[0].lower() for line in project["dependencies"]
    }
    declared = {name for name in declared if not name.startswith("fontpkg-")} - BY_NAME
    imported = (
        {found.of.split(".")[0] for found in all_imports(modules())}
        - sys.stdlib_module_names
        - {"briefpress"}
    )
    assert imported == {IMPORTED_AS.get(name, name) for name in declared}


BROKEN = {
    "a neighbour": (
        "press",
        "from briefpress.theme import read_theme",
        "beside or to the right",
    ),
    "from the right": (
        "document.parse",
        "import briefpress.editions.web",
        "beside or to the right",
    ),
    "within a function": (
        "engine.run",
        "def run():\n    from briefpress.pipeline import Order",
        "beside or to the right",
    ),
    "for types only": (
        "xhtml",
        "if TYPE_CHECKING:\n    from briefpress.model import Note",
        "beside or to the right",
    ),
    "one dot": ("theme", "from . import cli", "beside or to the right"),
    "two dots": ("theme.read", "from ..engine import store", "beside or to the right"),
    "three dots": (
        "editions.pdf.render",
        "from ...pipeline.order import Order",
        "beside or to the right",
    ),
    "the whole package": (
        "model",
        "from briefpress import cli",
        "beside or to the right",
    ),
    "another edition": (
        "editions.epub.package",
        "from briefpress.editions.pdf import render_pdf",
        "each other",
    ),
    "another edition, by dots": (
        "editions.epub.navigation",
        "from ..web import render_web",
        "each other",
    ),
    "a shared module": (
        "editions.template_context",
        "from briefpress.editions.web import render_web",
        "each other",
    ),
    "a fenced library": (
        "editions.web",
        "import weasyprint",
        "editions.pdf.weasyprint alone",
    ),
    "a part of a fenced library": (
        "pipeline.values",
        "from ebooklib.epub import EpubBook",
        "editions.epub alone",
    ),
}


@pytest.mark.parametrize(
    ("module", "source", "law"), BROKEN.values(), ids=BROKEN.keys()
)
def test_a_broken_layer_is_refused(module: str, source: str, law: str) -> None:
    found = breaches({module: source})
    assert len(found) == 1
    assert law in found[0]


@pytest.mark.parametrize(
    ("module", "source"),
    [
        (
            "editions.epub.package",
            "from briefpress.editions.template_context import base_context\nfrom ebooklib import epub",
        ),
        (
            "editions.pdf.weasyprint.patches",
            "from briefpress.editions.pdf.model import Audit\nfrom .caches import CACHES\nimport weasyprint",
        ),
        (
            "cli.build",
            "from briefpress import __version__\nfrom briefpress.doctor import examine\nimport click",
        ),
        ("document", "from briefpress.problems import Problem\nimport markdown"),
    ],
)
def test_what_the_layers_allow_is_allowed(module: str, source: str) -> None:
    assert breaches({module: source}) == []
