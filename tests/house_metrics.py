"""Counts that show how easy a source folder is to read: `house_metrics.py SRC`.

    modules         all .py files
    imported once   modules that exactly one other module imports
    nodes           AST nodes per line of code
    statement       AST nodes per statement, which no setting of lines changes
    branches        branches (cyclomatic complexity) per 100 lines of code
    length          lines per function: mean and median

A line of code is a line that carries a token other than a comment, a line end or a
docstring. `tests/test_house.py` compares the counts with their limits.
"""

from __future__ import annotations

import argparse
import ast
import io
import sys
import tokenize
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median

NOT_CODE = frozenset(
    {
        tokenize.COMMENT,
        tokenize.NL,
        tokenize.NEWLINE,
        tokenize.INDENT,
        tokenize.DEDENT,
        tokenize.ENDMARKER,
    }
)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
BRANCHES = (
    *FUNCTIONS,
    ast.If,
    ast.For,
    ast.AsyncFor,
    ast.While,
    ast.IfExp,
    ast.ExceptHandler,
)


@dataclass(frozen=True, slots=True)
class Module:
    """One source file."""

    name: str  # dotted, with the package: "briefpress.editions.web"
    text: str
    tree: ast.Module


@dataclass(frozen=True, slots=True)
class Counts:
    """What was counted in some modules."""

    modules: int
    imported_once: int
    nodes: int
    code_lines: int
    statements: int
    branches: int
    function_lengths: tuple[int, ...]

    @property
    def nodes_per_line(self) -> float:
        """AST nodes per line of code."""
        return self.nodes / max(1, self.code_lines)

    @property
    def nodes_per_statement(self) -> float:
        """AST nodes per statement."""
        return self.nodes / max(1, self.statements)

    @property
    def branches_per_100_lines(self) -> float:
        """Branches per 100 lines of code."""
        return 100 * self.branches / max(1, self.code_lines)

    @property
    def mean_length(self) -> float:
        """The mean length of a function in lines."""
        return mean(self.function_lengths or [0])

    @property
    def median_length(self) -> float:
        """The median length of a function in lines."""
        return median(self.function_lengths or [0])


def read_modules(source: Path) -> list[Module]:
    """Return the modules of the one package in a source folder."""
    modules = []
    for path in sorted(source.rglob("*.py")):
        parts = path.relative_to(source).with_suffix("").parts
        if parts[-1] == "__init__":
            parts = parts[:-1]
        text = path.read_text("utf-8")
        modules.append(Module(".".join(parts), text, ast.parse(text)))
    return modules


def count(module: Module, *, imported_once: bool) -> Counts:
    """Return the counts of one module."""
    return Counts(
        modules=1,
        imported_once=int(imported_once),
        nodes=count_nodes(module.tree),
        code_lines=len(code_lines(module)),
        statements=count_statements(module.tree),
        branches=count_branches(module.tree),
        function_lengths=tuple(function_lengths(module.tree)),
    )


def total(counts: Iterable[Counts]) -> Counts:
    """Return the counts of several modules together."""
    counts = list(counts)
    lengths = (length for each in counts for length in each.function_lengths)
    return Counts(
        modules=sum(each.modules for each in counts),
        imported_once=sum(each.imported_once for each in counts),
        nodes=sum(each.nodes for each in counts),
        code_lines=sum(each.code_lines for each in counts),
        statements=sum(each.statements for each in counts),
        branches=sum(each.branches for each in counts),
        function_lengths=tuple(lengths),
    )


def count_by_package(source: Path) -> dict[str, Counts]:
    """Return the counts of each package and top-level module, and of all as "all"."""
    modules = read_modules(source)
    once = modules_imported_once(modules)
    groups: dict[str, list[Counts]] = {}
    for module in modules:
        counted = count(module, imported_once=module.name in once)
        groups.setdefault(_package(module.name), []).append(counted)
    counts = {name: total(group) for name, group in sorted(groups.items())}
    return {**counts, "all": total(counts.values())}


def _package(name: str) -> str:
    """Return the package of a module for the table: "pdf" has one for itself."""
    parts = name.split(".")[1:]
    if parts[:1] == ["editions"]:
        return ".".join(parts[:2])
    return parts[0] if parts else "briefpress"


def count_nodes(tree: ast.AST) -> int:
    """Return how many nodes the syntax tree has."""
    return sum(1 for _ in ast.walk(tree))


def count_statements(tree: ast.AST) -> int:
    """Return how many statements the syntax tree has."""
    return sum(isinstance(node, ast.stmt) for node in ast.walk(tree))


def count_branches(tree: ast.AST) -> int:
    """Return the cyclomatic complexity of all functions together."""
    return sum(_branches_of(node) for node in ast.walk(tree))


def _branches_of(node: ast.AST) -> int:
    """Return how many branches one node adds."""
    if isinstance(node, BRANCHES):
        return 1
    if isinstance(node, ast.comprehension):
        return 1 + len(node.ifs)
    if isinstance(node, ast.BoolOp):
        return len(node.values) - 1
    return 0


def function_lengths(tree: ast.AST) -> Iterator[int]:
    """Yield the length in lines of each function, from `def` to its last line."""
    for node in ast.walk(tree):
        if isinstance(node, FUNCTIONS):
            yield (node.end_lineno or node.lineno) - node.lineno + 1


def code_lines(module: Module) -> set[int]:
    """Return the numbers of the lines that carry code."""
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(module.text).readline):
        if token.type not in NOT_CODE:
            lines.update(range(token.start[0], token.end[0] + 1))
    return lines - set(_docstring_lines(module.tree))


def _docstring_lines(tree: ast.AST) -> Iterator[int]:
    """Yield the numbers of the lines of docstrings."""
    for node in ast.walk(tree):
        if not isinstance(node, (ast.Module, ast.ClassDef, *FUNCTIONS)):
            continue
        first = node.body[0] if node.body else None
        if not isinstance(first, ast.Expr) or not isinstance(first.value, ast.Constant):
            continue
        if isinstance(first.value.value, str):
            yield from range(first.lineno, (first.end_lineno or first.lineno) + 1)


def modules_imported_once(modules: Iterable[Module]) -> set[str]:
    """Return the modules that exactly one other module imports.

    `from package import name` imports the module `name` if there is one, and
    otherwise the package.
    """
    modules = list(modules)
    names = {module.name for module in modules}
    importers: dict[str, set[str]] = {name: set() for name in names}
    for module in modules:
        for target in _imported(module.tree, names):
            if target != module.name:
                importers[target].add(module.name)
    return {name for name, found in importers.items() if len(found) == 1}


def _imported(tree: ast.AST, names: set[str]) -> Iterator[str]:
    """Yield those of these modules that a tree imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in names)
        elif isinstance(node, ast.ImportFrom) and node.module in names:
            for alias in node.names:
                submodule = f"{node.module}.{alias.name}"
                yield submodule if submodule in names else str(node.module)


def table(counts: Mapping[str, Counts]) -> str:
    """Return the counts as lines of text."""
    head = ["", "modules", "imported once", "lines", "nodes", "statement"]
    head += ["branches", "mean", "median"]
    form = "{:<27}{:>8}{:>15}{:>7}{:>7}{:>11}{:>10}{:>6}{:>8}"
    lines = [form.format(*head)]
    for name, found in counts.items():
        averages = (
            f"{found.nodes_per_line:.2f}",
            f"{found.nodes_per_statement:.1f}",
            f"{found.branches_per_100_lines:.1f}",
            f"{found.mean_length:.1f}",
            f"{found.median_length:.0f}",
        )
        counted = (found.modules, found.imported_once, found.code_lines)
        lines.append(form.format(name, *counted, *averages))
    return "\n".join(lines) + "\n"


def main(folder: str) -> None:
    """Print the counts of a source folder, a line for each package."""
    sys.stdout.write(table(count_by_package(Path(folder))))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", help="the folder that contains the package: src")
    main(parser.parse_args().folder)
