"""Documents come first: they say which files the editions show, and so what they read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from briefpress.document.files import (
    PathError,
    ReadFile,
    UnreadableFile,
    briefs_named_in,
    resolve_path,
)
from briefpress.engine.scheduler import Engine
from briefpress.engine.step import Step
from briefpress.engine.store import Store
from briefpress.model import Brief
from briefpress.pipeline.steps import MadeDocument, StepFactory
from briefpress.pipeline.tasks import DocumentResult, DocumentSummary, UnreadPaths

# Where a text can name a file: link targets, references, `data=`. What is found here
# and does not exist is ignored. What is not found here is asked for by the document's
# step, which then runs once more. All repetitions are bounded, since these patterns
# read untrusted text in the build's own process, which has no deadline.
FILE_NAMES = re.compile(
    r"""\]\(\s{0,9}<?([^)\s>]{1,500})"""
    r"""|\b(?:src|href|data)\s{0,9}=\s{0,9}["']?([^"'\s}>]{1,500})"""
    r"""|^ {0,3}\[(?!\^)[^\]\n]{1,200}\]:\s{0,9}<?([^\s>]{1,500})""",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class _Manuscript:
    """A brief and the files that it names, as they were read into the store."""

    brief: Brief
    files: Mapping[str, str]  # path to digest
    absent: Mapping[str, UnreadableFile]  # path to why it cannot be read


def make_documents(
    briefs: Iterable[Brief], factory: StepFactory, engine: Engine, read_file: ReadFile
) -> dict[str, MadeDocument]:
    """Run the steps that make the documents of briefs, and return the documents by slug.

    `read_file` reads the project's files. A brief that has no document has its problems in
    the outcomes of the engine.
    """
    waiting = [_read_named_files(brief, read_file, engine.store) for brief in briefs]
    documents: dict[str, MadeDocument] = {}
    linkable = factory.project.linkable_files
    while waiting:
        steps = [
            _document_step(manuscript, factory, linkable) for manuscript in waiting
        ]
        engine.run(steps)
        again: list[_Manuscript] = []
        for manuscript, step in zip(waiting, steps, strict=True):
            if not engine.succeeded(step.name):
                continue
            unread = engine.value(step.output(lambda made: made.unread), UnreadPaths)
            if unread.paths:
                again.append(
                    _read_more(manuscript, unread.paths, read_file, engine.store)
                )
            else:
                slug = manuscript.brief.slug
                documents[slug] = _made_document(manuscript, step, engine)
        waiting = again
    return documents


def _read_named_files(brief: Brief, read_file: ReadFile, store: Store) -> _Manuscript:
    """Read the files that the text names into the store."""
    files = {}
    for path in sorted(_named_paths(brief)):
        found = read_file(path)
        if isinstance(found, bytes):
            files[path] = store.add(found)
    return _Manuscript(brief, files, {})


def _read_more(
    manuscript: _Manuscript, paths: Iterable[str], read_file: ReadFile, store: Store
) -> _Manuscript:
    """Read the files that the document's step asked for."""
    files, absent = dict(manuscript.files), dict(manuscript.absent)
    for path in paths:
        found = read_file(path)
        if isinstance(found, bytes):
            files[path] = store.add(found)
        else:
            absent[path] = found
    return replace(manuscript, files=files, absent=absent)


def _document_step(
    manuscript: _Manuscript, factory: StepFactory, linkable_files: Mapping[str, str]
) -> Step[DocumentResult]:
    brief = manuscript.brief
    linkable = briefs_named_in(brief.text, linkable_files)
    return factory.document(brief, manuscript.files, manuscript.absent, linkable)


def _made_document(
    manuscript: _Manuscript, step: Step[DocumentResult], engine: Engine
) -> MadeDocument:
    summary = engine.value(step.output(lambda made: made.summary), DocumentSummary)
    files, media_types = {}, {}
    for asset in summary.assets:
        files[asset.src] = manuscript.files[asset.path]
        media_types[asset.src] = asset.media
    document = step.output(lambda made: made.document)
    return MadeDocument(document, files, media_types, summary.links, summary.ids)


def _named_paths(brief: Brief) -> set[str]:
    """Return the paths, from the top of the project, that the text may name."""
    paths = set()
    for groups in FILE_NAMES.findall(brief.text):
        address = "".join(groups).partition("#")[0]  # only one group matches
        if not address or address.endswith(".md"):
            continue
        try:
            paths.add(resolve_path(brief.folder, address))
        except PathError:
            continue
    return paths
