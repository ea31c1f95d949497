"""Draw mutants: places in the code, each with one change by an operator of Cosmic Ray.

Cosmic Ray has up to eleven changes for one place, so mutants drawn from all changes
would mostly be arithmetic that fails at once. Here every place has the same chance,
and one of its changes is chosen. Annotations are left out because they never run.

The order is that of digests of the seed, the file and the line, so a mutant stays in
the sample as long as its line does.
"""

from __future__ import annotations

import ast
import hashlib
import random
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cosmic_ray.ast import get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.provider import OperatorProvider

SEED = 20261127  # fixed before the tests were written
PACKAGES = ("document", "manuscript", "schema", "theme", "editions")
NEEDS_NAMES = {"VariableReplacer", "VariableInserter"}  # no change without arguments


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change in one file."""

    file: str
    line: int
    operator: str
    occurrence: int  # of what the operator changes, from 0
    before: str  # the line, without the space around it
    after: str

    def __str__(self) -> str:
        """The place, the line and what it becomes."""
        where = f"{self.file}:{self.line} {self.operator}"
        return f"{where}\n  - {self.before}\n  + {self.after}"

    def code(self, original: str) -> str:
        """Return the code of the file with the change."""
        return _mutated(original, self.operator, self.occurrence)


@dataclass(frozen=True, slots=True)
class Change:
    """What an operator may change: where, and which occurrence it is."""

    operator: str
    occurrence: int
    line: int
    column: int
    code: str  # the line with those around it

    @property
    def family(self) -> str:
        """The operator without what it replaces by what."""
        return self.operator.partition("_")[0]

    @property
    def place(self) -> tuple[int, int, str]:
        """The place; the operators of one family have the same."""
        return self.line, self.column, self.family


def draw(root: Path, count: int, seed: int = SEED) -> list[Mutant]:
    """Return mutants of the packages: places in random order, one change for each."""
    places: list[tuple[str, Path, list[Change]]] = []
    for file in source_files(root):
        name = file.relative_to(root).as_posix()
        for place in places_in(file):
            rank = _rank(seed, name, place[0])
            places.append((rank, file, place))
    mutants: list[Mutant] = []
    # Equal lines in equal surroundings have one rank, and the first is first.
    places.sort(key=lambda place: (place[0], place[1], place[2][0].line))
    for rank, file, changes in places:
        if len(mutants) == count:
            break
        random.Random(rank).shuffle(changes)  # noqa: S311 - repeatable, not secret
        mutant = _mutant(root, file, changes)
        if mutant:
            mutants.append(mutant)
    return mutants


def _rank(seed: int, file: str, change: Change) -> str:
    """Return the place's rank in the draw; changes elsewhere do not change it."""
    parts = (str(seed), file, change.code, str(change.column), change.family)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def source_files(root: Path) -> list[Path]:
    """Return the files of the packages."""
    package = root / "src" / "briefpress"
    return [
        path for name in PACKAGES for path in sorted((package / name).rglob("*.py"))
    ]


def places_in(file: Path) -> list[list[Change]]:
    """Return the places of a file, each with all its changes."""
    code = file.read_text("utf-8")
    never_run = list(_annotations(ast.parse(code)))
    places: dict[tuple[int, int, str], list[Change]] = {}
    for change in _changes(code):
        if not any(
            first <= (change.line, change.column) < last for first, last in never_run
        ):
            places.setdefault(change.place, []).append(change)
    return [places[place] for place in sorted(places)]


def _changes(code: str) -> Iterator[Change]:
    """Yield all changes that the operators know."""
    nodes = list(_nodes(get_ast(code)))
    lines = ["", *code.split("\n")]
    provider = OperatorProvider()
    for name in provider:
        if name in NEEDS_NAMES:
            continue
        operator = provider[name]()
        found = (place for node in nodes for place in operator.mutation_positions(node))
        for occurrence, (start, _) in enumerate(found):
            line, column = start
            around = "\n".join(lines[line - 1 : line + 2])
            yield Change(name, occurrence, line, column, around)


def _nodes(node: Any) -> Iterator[Any]:
    """Yield the nodes of Cosmic Ray's tree in its order."""
    yield node
    for child in getattr(node, "children", ()):
        yield from _nodes(child)


def _annotations(
    tree: ast.Module,
) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Yield from where to where annotations reach."""
    for node in ast.walk(tree):
        for name in ("annotation", "returns"):
            found = getattr(node, name, None)
            if isinstance(found, ast.expr):
                last = (found.end_lineno or 0, found.end_col_offset or 0)
                yield (found.lineno, found.col_offset), last


def _mutant(root: Path, file: Path, changes: Sequence[Change]) -> Mutant | None:
    """Return the first of these changes that makes other code, or None."""
    original = file.read_text("utf-8")
    for change in changes:
        code = _mutated(original, change.operator, change.occurrence)
        if _is_other_code(original, code, change.operator):
            before, after = _changed_lines(original, code)
            return Mutant(
                file=file.relative_to(root).as_posix(),
                line=change.line,
                operator=change.operator,
                occurrence=change.occurrence,
                before=before,
                after=after,
            )
    return None


def _mutated(code: str, operator: str, occurrence: int) -> str:
    """Return the code with one change; the same code if there is nothing to change."""
    changed = mutate_code(code, OperatorProvider()[operator](), occurrence)
    return code if changed is None else str(changed)


def _is_other_code(original: str, code: str, operator: str) -> bool:
    """Whether a change makes a program, and another one.

    Cosmic Ray takes the star of `def f(*, key)` and of `{**mapping}` for arithmetic.
    """
    try:
        with warnings.catch_warnings(action="error"):
            before, after = ast.parse(original), ast.parse(code)
            compile(code, "mutant", "exec")  # `is` with a literal is a warning
    except (SyntaxError, SyntaxWarning):
        return False
    if "BinaryOperator" in operator:
        return _operators(before) != _operators(after)
    return ast.dump(before) != ast.dump(after)


def _operators(tree: ast.Module) -> list[str]:
    """Return the arithmetic operators of a program in order."""
    nodes: Iterable[ast.AST] = ast.walk(tree)
    return [type(node.op).__name__ for node in nodes if isinstance(node, ast.BinOp)]


def _changed_lines(original: str, code: str) -> tuple[str, str]:
    """Return the first line that changed, before and after."""
    pairs = zip(original.split("\n"), code.split("\n"), strict=False)
    for before, after in pairs:
        if before != after:
            return before.strip(), after.strip()
    return "", ""
