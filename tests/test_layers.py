"""The packages are in layers, and each library is imported by one package only.

    problems css_urls < model xhtml svg schema languages < press theme engine
    < manuscript document < editions epub_check < shelf redirects < pipeline < preview doctor
    < cli < __main__

A module imports only from layers to its left. Imports are read with `ast`, so one in
a function or under TYPE_CHECKING counts like any other.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
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
    ("shelf", "redirects"),
    ("pipeline",),
    ("preview", "doctor"),
    ("cli",),
    ("__main__",),
)
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
# The other modules of editions/ are shared by all editions and import none of these.
EDITIONS = frozenset({"pdf", "web", "epub"})

# The packages that may import a library. To replace the library, change only these.
FENCES = {
    "weasyprint": "editions.pdf.weasyprint",
    "pydyf": "editions.pdf.weasyprint",
    "ebooklib": "editions.epub",
    "markdown": "document",
    "markdown_it": "document",
    "mdit_py_plugins": "document",
    "nh3": "document",
    "jinja2": "theme",
    "yaml": "schema",
    "click": "cli",
    "rich": "cli",
    "cffi": "doctor",
}
IMPORTED_AS = {
    "markdown-it-py": "markdown_it",
    "mdit-py-plugins": "mdit_py_plugins",
    "pillow": "PIL",
    "resvg-py": "resvg_py",
    "pyyaml": "yaml",
    "python-slugify": "slugify",
    "fonttools": "fontTools",
}
IMPORTED_BY_A_LIBRARY = {"brotli"}  # fontTools needs it to write woff2


@dataclass(frozen=True)
class Import:
    """A module imports another. Names are dotted; ours are without "briefpress."."""

    importer: str
    target: str  # with "briefpress." if it is ours
    line: int


def imports_of(
    module: str, source: str, *, is_package: bool = False
) -> Iterator[Import]:
    """Yield what a module imports.

    `from a import b` gives "a.b", which may be a module or a name in the module a.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield Import(module, name.name, node.lineno)
        elif isinstance(node, ast.ImportFrom):
            origin = _origin(module, node, is_package=is_package)
            for name in node.names:
                yield Import(module, f"{origin}.{name.name}", node.lineno)


def _origin(module: str, node: ast.ImportFrom, *, is_package: bool) -> str:
    """Return the module after `from`, without dots in front."""
    if not node.level:
        return node.module or ""
    parents = f"briefpress.{module}".split(".")
    levels_up = node.level - is_package
    base = parents[: len(parents) - levels_up]
    return ".".join([*base, *filter(None, [node.module])])


def read_sources() -> dict[str, str]:
    """Return the text of each module by its name: "editions.pdf.render"."""
    sources = {}
    for path in sorted(SOURCE.rglob("*.py")):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        if parts[-1] == "__init__":
            parts = parts[:-1]
        sources[".".join(parts)] = path.read_text("utf-8")
    return sources


def all_imports(sources: Mapping[str, str]) -> list[Import]:
    """Return what all modules import. A package is a module with others below it."""
    packages = {name.rpartition(".")[0] for name in sources if name}
    return [
        found
        for name, text in sources.items()
        for found in imports_of(name, text, is_package=name in packages)
    ]


def violations(imports: Sequence[Import]) -> list[str]:
    """Return the imports that are not allowed, each with its place and the rule."""
    rules = [(found, broken_rule(found)) for found in imports]
    return [
        f"{found.importer}:{found.line} imports {found.target}: {rule}"
        for found, rule in rules
        if rule
    ]


def broken_rule(found: Import) -> str:
    """Return the rule that an import breaks, or "" if it is allowed."""
    importer, target = found.importer.split("."), found.target.split(".")
    if target[0] != "briefpress":
        return _broken_fence(found.importer, target[0])
    target = target[1:]
    is_in_a_layer = bool(target) and target[0] in LEVEL
    if not is_in_a_layer or target[0] == importer[0]:
        return _broken_rule_of_editions(importer, target)
    if importer[0] not in LEVEL:
        return f"{importer[0] or 'briefpress'} has no layer, so it imports none of ours"
    if LEVEL[target[0]] < LEVEL[importer[0]]:
        return ""
    return f"{target[0]} is in the layer of {importer[0]} or to the right of it"


def _broken_fence(importer: str, library: str) -> str:
    """Return the rule for an import of a library, or "" if it is allowed."""
    package = FENCES.get(library, "")
    if not package or f"{importer}.".startswith(f"{package}."):
        return ""
    return f"only {package} imports {library}"


def _broken_rule_of_editions(importer: list[str], target: list[str]) -> str:
    """Return the rule for an import inside editions/, or "" if it is allowed."""
    if importer[:1] != ["editions"] or target[:1] != ["editions"] or len(target) < 2:
        return ""
    if target[1] not in EDITIONS or importer[1:2] == [target[1]]:
        return ""
    return "editions never import each other"


@pytest.fixture(scope="module")
def sources() -> dict[str, str]:
    return read_sources()


@pytest.fixture(scope="module")
def imports(sources: dict[str, str]) -> list[Import]:
    return all_imports(sources)


def test_every_module_imports_only_from_layers_to_its_left(
    imports: list[Import],
) -> None:
    assert violations(imports) == []


def test_every_module_has_a_layer(sources: dict[str, str]) -> None:
    assert {name.split(".")[0] for name in sources} - {"", *LEVEL} == set()


def test_imports_have_no_circle(sources: dict[str, str], imports: list[Import]) -> None:
    graph: dict[str, set[str]] = {name: set() for name in sources}
    for found in imports:
        if not found.target.startswith("briefpress."):
            continue
        name = found.target.removeprefix("briefpress.")
        module = name if name in sources else name.rpartition(".")[0]
        if module in sources and module != found.importer:
            graph[found.importer].add(module)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as circle:
        pytest.fail(" ← ".join(circle.args[1]))


def test_the_libraries_that_are_imported_are_those_that_are_declared(
    imports: list[Import],
) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    names = {re.split(r"[^\w.-]", line)[0].lower() for line in project["dependencies"]}
    libraries = {name for name in names if not name.startswith("fontpkg-")}
    declared = {
        IMPORTED_AS.get(name, name) for name in libraries - IMPORTED_BY_A_LIBRARY
    }
    imported = {found.target.split(".")[0] for found in imports}
    assert imported - sys.stdlib_module_names - {"briefpress"} == declared


NOT_TO_THE_LEFT = "or to the right of it"
NOT_ALLOWED = {
    "from its own layer": (
        "press",
        "from briefpress.theme import read_theme",
        NOT_TO_THE_LEFT,
    ),
    "from the right": (
        "document.parse",
        "import briefpress.editions.web",
        NOT_TO_THE_LEFT,
    ),
    "in a function": (
        "engine.run",
        "def run():\n    from briefpress.pipeline import Order",
        NOT_TO_THE_LEFT,
    ),
    "for types only": (
        "xhtml",
        "if TYPE_CHECKING:\n    from briefpress.model import Note",
        NOT_TO_THE_LEFT,
    ),
    "one dot": ("theme", "from . import cli", NOT_TO_THE_LEFT),
    "two dots": ("theme.read", "from ..engine import store", NOT_TO_THE_LEFT),
    "three dots": (
        "editions.pdf.render",
        "from ...pipeline.order import Order",
        NOT_TO_THE_LEFT,
    ),
    "the package": (
        "model",
        "from briefpress import cli",
        NOT_TO_THE_LEFT,
    ),
    "another edition": (
        "editions.epub.package",
        "from briefpress.editions.pdf import render_pdf",
        "editions never import each other",
    ),
    "another edition, by dots": (
        "editions.epub.navigation",
        "from ..web import render_web",
        "editions never import each other",
    ),
    "a shared module": (
        "editions.template_context",
        "from briefpress.editions.web import render_web",
        "editions never import each other",
    ),
    "a library": (
        "editions.web",
        "import weasyprint",
        "only editions.pdf.weasyprint imports weasyprint",
    ),
    "a part of a library": (
        "pipeline.steps",
        "from ebooklib.epub import EpubBook",
        "only editions.epub imports ebooklib",
    ),
}


@pytest.mark.parametrize(
    ("module", "source", "rule"), NOT_ALLOWED.values(), ids=NOT_ALLOWED.keys()
)
def test_an_import_that_is_not_allowed_is_found(
    module: str, source: str, rule: str
) -> None:
    found = violations(all_imports({module: source}))
    assert len(found) == 1
    assert rule in found[0]


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
def test_other_imports_are_allowed(module: str, source: str) -> None:
    assert violations(all_imports({module: source})) == []
