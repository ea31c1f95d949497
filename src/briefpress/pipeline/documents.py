"""Documents first: they tell which files the editions show, and so what all later steps read."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from briefpress.document import parse_document
from briefpress.document.files import PathError, ReadFile, resolve_path
from briefpress.engine.outcome import Outcome
from briefpress.engine.step import Step
from briefpress.engine.store import Store
from briefpress.model import Brief
from briefpress.pipeline.graph import Graph
from briefpress.pipeline.shop import Shop
from briefpress.pipeline.shown import Shown
from briefpress.problems import Problem

# What may be the name of a file: link targets, references, `data=`. It may say too much, for what is not there
# is passed over, and too little: the document asks for the rest, and is made once more.
NAMES = re.compile(
    r"""\]\(\s{0,9}<?([^)\s>]{1,500})|\b(?:src|href|data)\s{0,9}=\s{0,9}["']?([^"'\s}>]{1,500})"""
    r"""|^ {0,3}\[(?!\^)[^\]\n]{1,200}\]:\s{0,9}<?([^\s>]{1,500})""",
    re.MULTILINE,
)
# No part of either pattern is without a bound: they read the text of strangers in the build's own process, which has
# no deadline.
LINKED = re.compile(r"(?<![A-Za-z0-9_-])([A-Za-z0-9_-]{1,100})(?:/index)?\.md\b")


@dataclass(slots=True)
class Manuscript:
    """One brief on its way to a document: the files that it names, by digest, as they were read into the store."""

    brief: Brief
    files: dict[str, str] = field(default_factory=dict)
    absent: dict[str, dict[str, Any]] = field(default_factory=dict)

    def look_up(
        self, paths: Iterable[str], look: ReadFile, store: Store, *, keep_absent: bool
    ) -> None:
        """Read what stands at the paths."""
        for path in paths:
            found = look(path)
            if isinstance(found, bytes):
                self.files[path] = store.add(found)
            elif keep_absent:
                self.absent[path] = asdict(found)


def make_documents(
    briefs: Iterable[Brief],
    graph: Graph,
    look: ReadFile,
    run: Callable[[Iterable[Step]], Mapping[str, Outcome]],
) -> dict[str, Shown]:
    """Make the documents; return what each shows. A brief without one has its problems in the outcomes of `run`."""
    turn = {brief.slug: Manuscript(brief) for brief in briefs}
    for manuscript in turn.values():
        manuscript.look_up(
            _named(manuscript.brief), look, graph.store, keep_absent=False
        )
    shown: dict[str, Shown] = {}
    while turn:
        outcomes = run([_step(graph, manuscript) for manuscript in turn.values()])
        again: dict[str, Manuscript] = {}
        for slug, manuscript in turn.items():
            files = outcomes[f"document/{slug}"].files
            if "asked" in files:
                manuscript.look_up(
                    json.loads(graph.store.read(files["asked"])),
                    look,
                    graph.store,
                    keep_absent=True,
                )
                again[slug] = manuscript
            elif "about" in files:
                shown[slug] = _shown(
                    json.loads(graph.store.read(files["about"])), manuscript.files
                )
        turn = again
    return shown


def parse_here(brief: Brief, look: ReadFile, shop: Shop) -> Iterable[Problem]:
    """Parse a brief in this process, for its problems alone."""
    linked = set(LINKED.findall(brief.text)) & shop.known
    parsed = parse_document(brief, look, shop.press.limits, frozenset(linked))
    return (problem.placed(brief.file, parsed.positions) for problem in parsed.problems)


def _step(graph: Graph, manuscript: Manuscript) -> Step:
    linked = set(LINKED.findall(manuscript.brief.text)) & graph.shop.known
    return graph.document(manuscript.brief, manuscript.files, manuscript.absent, linked)


def _named(brief: Brief) -> set[str]:
    """Return the paths that the text may name."""
    paths = set()
    for found in NAMES.findall(brief.text):
        name = next(filter(None, found), "").partition("#")[0]
        if name and not name.endswith(".md"):
            try:
                paths.add(resolve_path(brief.folder, name))
            except PathError:
                continue
    return paths


def _shown(about: Mapping[str, Any], files: Mapping[str, str]) -> Shown:
    media = {asset["src"]: asset["media"] for asset in about["assets"]}
    return Shown(
        media,
        {asset["src"]: files[asset["path"]] for asset in about["assets"]},
        tuple(about["links"]),
    )
