"""Which tests run which blocks of code, recorded in an instrumented copy of the tree.

Every block of statements in a function begins with a call that notes the block's
number and the test that runs (`PYTEST_CURRENT_TEST`). The note is written to a file
at once, because workers of a build are forks that may be killed, and the command line
runs as a program of its own: coverage.py loses what they ran.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LOG = "BLOCKS_LOG"  # the environment variable with the path of the file
RECORDER = f'''\
"""Notes which test runs which block; see tests/mutants/blocks.py."""

import os

noted = set()
current = None


def hit(block):
    global current
    test = os.environ.get("PYTEST_CURRENT_TEST", "")
    if test != current:
        noted.clear()
        current = test
    if block in noted:
        return
    noted.add(block)
    log = os.environ.get("{LOG}")
    if log:
        out = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(out, f"{{block}}\\t{{test}}\\n".encode())
        os.close(out)
'''
PHASE = re.compile(r" \((setup|call|teardown)\)\Z")


@dataclass(frozen=True, slots=True)
class Block:
    """Statements that run one after the other, from one line to another."""

    file: str
    first: int
    last: int


class Instrumenter(ast.NodeTransformer):
    """Adds a call to the beginning of each block in functions, and lists the blocks."""

    def __init__(self, file: str, number: int) -> None:
        """Number the blocks of a file, beginning with `number`."""
        self.file = file
        self.number = number
        self.blocks: list[Block] = []
        self.in_function = False

    def generic_visit(self, node: ast.AST) -> ast.AST:
        """Instrument the blocks of a node and of the nodes within."""
        outside = self.in_function
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            self.in_function = True
        elif isinstance(node, ast.ClassDef):
            self.in_function = False
        if self.in_function:
            for name in ("body", "orelse", "finalbody"):
                statements = getattr(node, name, None)
                if isinstance(statements, list) and statements:
                    self._instrument(statements)
        super().generic_visit(node)
        self.in_function = outside
        return node

    def _instrument(self, statements: list[ast.stmt]) -> None:
        """Add the call to a block, behind its docstring if it has one."""
        index = self.number + len(self.blocks)
        last = statements[-1].end_lineno or statements[-1].lineno
        self.blocks.append(Block(self.file, _first_line(statements[0]), last))
        place = 1 if _is_text(statements[0]) else 0
        statements.insert(place, ast.parse(f"_hit_block({index})").body[0])


def _first_line(node: ast.stmt) -> int:
    """Return the line on which a statement begins, with its decorators."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(found.lineno for found in decorators)])


def _is_text(node: ast.stmt) -> bool:
    """Whether a statement is a docstring."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def instrument(copy: Path) -> list[Block]:
    """Instrument the program in a copy of the tree, and return all blocks."""
    source = copy / "src"
    blocks: list[Block] = []
    for path in sorted((source / "briefpress").rglob("*.py")):
        file = path.relative_to(copy).as_posix()
        tree = ast.parse(path.read_text("utf-8"))
        instrumenter = Instrumenter(file, len(blocks))
        instrumenter.visit(tree)
        blocks += instrumenter.blocks
        recorder = ast.parse("from _blocks import hit as _hit_block").body[0]
        tree.body.insert(_place_of_import(tree), recorder)
        text = ast.unparse(ast.fix_missing_locations(tree))
        path.write_text(text + "\n", "utf-8")
    (source / "_blocks.py").write_text(RECORDER, "utf-8")
    return blocks


def _place_of_import(tree: ast.Module) -> int:
    """Return the index behind the docstring and the imports from `__future__`."""
    place = 0
    for index, node in enumerate(tree.body):
        future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
        if future or (index == 0 and _is_text(node)):
            place = index + 1
    return place


def read_log(log: Path) -> dict[int, set[str]]:
    """Return the tests that ran each block, by the block's number."""
    found: dict[int, set[str]] = {}
    with log.open(encoding="utf-8") as lines:
        for line in lines:
            number, _, test = line.rstrip("\n").partition("\t")
            if test:
                found.setdefault(int(number), set()).add(PHASE.sub("", test))
    return found


class Coverage:
    """Which tests run a line."""

    def __init__(self, blocks: Sequence[Block], tests: Mapping[int, set[str]]) -> None:
        """Index the blocks by file."""
        self._by_file: dict[str, list[tuple[Block, set[str]]]] = {}
        for number, block in enumerate(blocks):
            ran = tests.get(number, set())
            self._by_file.setdefault(block.file, []).append((block, ran))

    def tests_of(self, file: str, line: int) -> set[str]:
        """Return the tests that run a line.

        For a line outside all functions, which runs when the module is imported,
        they are the tests that run anything in the file.
        """
        around = [pair for pair in self._by_file.get(file, ()) if _holds(pair[0], line)]
        if not around:
            return set().union(*(ran for _, ran in self._by_file.get(file, ())))
        _, ran = min(around, key=lambda pair: pair[0].last - pair[0].first)
        return ran


def _holds(block: Block, line: int) -> bool:
    return block.first <= line <= block.last
