"""A build from beginning to end: read, make what changed, publish, report.

Each stage is computed from the values of the stages before it. While a build runs, only
its `Engine` changes.
"""

from __future__ import annotations

import os
import re
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import TypeVar

from briefpress.document.files import ReadFile, UnreadableFile, project_reader
from briefpress.engine.executor import LocalExecutor, StepExecutor, StepLimits
from briefpress.engine.pool import Pool
from briefpress.engine.publish import OutputFolder, Published
from briefpress.engine.scheduler import Engine, core_count
from briefpress.engine.snapshot import InputSnapshot
from briefpress.engine.step import Event, digest_of
from briefpress.engine.store import DamagedError, Store, delete_damaged
from briefpress.manuscript.briefs import read_manuscript
from briefpress.manuscript.record import read_record, write_record
from briefpress.model import Brief, Press
from briefpress.pipeline.differences import (
    Difference,
    differences_from_record,
    differences_of_folders,
)
from briefpress.pipeline.goals import check_names, choose_goals, is_requested
from briefpress.pipeline.kept import KeptEditions
from briefpress.pipeline.project import Manuscript, Project, make_project
from briefpress.pipeline.publication import day_of_build
from briefpress.pipeline.release import check_removed, record_release
from briefpress.pipeline.report import BuildReport
from briefpress.pipeline.request import BuildRequest, LastBuild
from briefpress.pipeline.results import (
    deletion_policy,
    editions_to_keep,
    make_report,
    publishable_files,
)
from briefpress.pipeline.stages import (
    Editions,
    EditionStages,
    link_problems,
    make_documents,
    outcome_problems,
    read_output_state,
    translation_problems,
)
from briefpress.pipeline.steps import make_step_factory
from briefpress.press import read_press
from briefpress.problems import BriefpressError, Problem, in_order

# What workers import before the first step, once for all that are forked.
# What the workers import before they start: to parse briefs, and to render them.
PARSING_MODULES = ("briefpress.document.parser", "briefpress.pipeline.tasks")
RENDERING_MODULES = (
    "briefpress.editions.pdf.weasyprint.pages",
    "jinja2",
    *PARSING_MODULES,
)
LOCK_TIMEOUT = 60.0  # seconds to wait for another build of the same output folder
ROUNDS = 3  # a damaged store costs one more
Listener = Callable[[Event], None]
T = TypeVar("T")


def build(request: BuildRequest, on_event: Listener = lambda _: None) -> BuildReport:
    """Make and publish what was requested, and report it.

    Raises `BriefpressError` if nothing can be built: no press.toml, an unknown name on
    the command line, a disk that does not take files.
    """
    report, _, _ = _build(request, on_event)
    return report


def release(
    request: BuildRequest,
    removed: tuple[str, ...] = (),
    on_event: Listener = lambda _: None,
) -> BuildReport:
    """Record in published.toml what is right, then build and publish it.

    `removed` are the slugs and keys of what goes without a trace. Nothing is published
    if this cannot be written. Raises `BriefpressError` as `build` does, and for names
    in `removed` that were not released.
    """
    record = read_record(request.project)
    check_removed(removed, record)
    _, project, built = _build(replace(request, publish=False), on_event)
    day = day_of_build(project.press, request.as_of)
    after = record_release(project, built, removed, day)
    if after != record:
        write_record(request.project, after)
    KeptEditions(request.project).forget(removed)
    return build(request, on_event)


def compare(request: BuildRequest, published: Path | None = None) -> list[Difference]:
    """Return what would change for readers.

    The press is compared with published.toml, or with a published folder. Raises
    `BriefpressError` as `build` does.
    """
    if published is not None:
        with tempfile.TemporaryDirectory(prefix="briefpress-") as folder:
            out = Path(folder)
            _build(replace(request, out=out), lambda _: None)
            return list(differences_of_folders(out, published))
    press, _ = read_press(request.project)
    read_file = project_reader(request.project, press.limits.picture_bytes)
    project, _ = read_project(request, press, read_file)
    return list(differences_from_record(project, KeptEditions(request.project)))


def _build(
    request: BuildRequest, on_event: Listener
) -> tuple[BuildReport, Project, list[str]]:
    """Build, and return the report, the project and the slugs of complete briefs.

    Those that stay as they were are not among them.
    """
    start = time.monotonic()
    packages = sysconfig.get_path("purelib")
    snapshot = InputSnapshot(request.input_paths(), lists=[packages])
    press, problems = read_press(request.project)
    read_file = _watched_reader(request, press, snapshot)
    project, more_problems = read_project(request, press, read_file)
    problems = (*problems, *more_problems)
    goals = choose_goals(request, project)
    before = read_output_state(request.out_folder)
    kept = KeptEditions(request.project)

    def make(engine: Engine) -> tuple[EditionStages, Editions, BuildReport]:
        factory = make_step_factory(project)
        stages = EditionStages(request, project, goals, before, factory, engine, kept)
        stages, editions = stages.run(read_file)
        published = _publish(request, stages, editions)
        if request.publish:
            kept.keep(editions_to_keep(stages, editions), engine.store)
        seconds = time.monotonic() - start
        report = make_report(stages, editions, published, problems, seconds)
        return stages, editions, report

    stages, editions, report = run_with_engine(request, press, make, on_event)
    failed = report.failed_briefs or report.skipped_books
    has_errors = any(problem.is_error for problem in report.problems)
    if request.publish and not failed and not has_errors:
        _write_receipt(request, snapshot, report, stages.project)
    built = [brief.slug for brief in stages.complete_briefs(editions)]
    return report, stages.project, [each for each in built if each not in editions.kept]


def run_with_engine(
    request: BuildRequest,
    press: Press,
    make: Callable[[Engine], T],
    on_event: Listener = lambda _: None,
) -> T:
    """Return what `make` makes with an engine; once more if the store was damaged.

    Raises `BriefpressError` if the store does not keep what is written to it.
    """
    store = Store(request.cache_folder)
    damage: DamagedError | None = None
    for _ in range(ROUNDS):
        if damage is not None:
            delete_damaged(store)
        try:
            with open_engine(request, press, store, on_event=on_event) as engine:
                return make(engine)
        except DamagedError as error:
            damage = error
    raise BriefpressError(_unusable_store(store)) from damage


def check(request: BuildRequest) -> tuple[list[Brief], tuple[Problem, ...]]:
    """Read and parse the briefs, and return them with every problem found.

    No page is set and nothing is published. Drafts are checked too. Raises
    `BriefpressError` if press.toml or its theme cannot be used.
    """
    press, problems = read_press(request.project)
    read_file = project_reader(request.project, press.limits.picture_bytes)
    project, more_problems = read_project(request, press, read_file)
    unpublished = {**project.drafts, **project.held}
    check_names(request, project, {*project.known_slugs, *unpublished})
    candidates = [*project.briefs.values(), *unpublished.values()]
    briefs = [brief for brief in candidates if request.includes(brief)]
    partial = [brief for brief in project.partial if request.includes(brief)]
    with (
        _store_for_check(request) as store,
        open_engine(request, press, store, modules=PARSING_MODULES) as engine,
    ):
        factory = make_step_factory(project)
        documents = make_documents([*briefs, *partial], factory, engine, read_file)
        by_slug = {brief.slug: brief for brief in briefs}
        found = outcome_problems(engine, by_slug)
        found += link_problems(engine, by_slug, documents)
        found += translation_problems(by_slug, documents)
    everything = project.checks.apply([*problems, *more_problems, *found])
    return briefs, tuple(
        problem
        for problem in everything
        if is_requested(problem.brief, request, project)
    )


def read_project(
    request: BuildRequest, press: Press, read_file: ReadFile
) -> tuple[Project, tuple[Problem, ...]]:
    """Return the project with its briefs, and what is wrong with them."""
    record = read_record(request.project)
    briefs, problems = read_manuscript(request.project, press)
    manuscript = Manuscript(briefs, problems, record)
    return make_project(request, press, manuscript, read_file)


@contextmanager
def open_engine(
    request: BuildRequest,
    press: Press,
    store: Store,
    *,
    modules: tuple[str, ...] = RENDERING_MODULES,
    on_event: Listener = lambda _: None,
) -> Iterator[Engine]:
    """Open an engine: with workers here, or with those of the cluster that is named.

    The workers import `modules` before they start.
    """
    limits = StepLimits(press.limits.seconds, press.limits.memory)
    with _executor(request, store, modules) as executor:
        engine = Engine(
            store, executor, version=version(), limits=limits, on_event=on_event
        )
        with engine:
            yield engine


@contextmanager
def _executor(
    request: BuildRequest, store: Store, modules: tuple[str, ...]
) -> Iterator[StepExecutor]:
    if not request.executor:
        pool = Pool(request.jobs or core_count(), modules)
        yield LocalExecutor(store, pool)
        return
    from briefpress.engine.remote import RemoteExecutor, open_cluster

    version_function = f"{version.__module__}:{version.__qualname__}"
    with open_cluster(request.executor) as (cluster, jobs):
        yield RemoteExecutor(
            store, request.jobs or jobs, modules, cluster, version_function
        )


@contextmanager
def _store_for_check(request: BuildRequest) -> Iterator[Store]:
    """Open the project's store if there is one. A check leaves no new folder behind."""
    if request.cache_folder.is_dir():
        yield Store(request.cache_folder)
        return
    with tempfile.TemporaryDirectory(prefix="briefpress-") as folder:
        yield Store(folder)


def _watched_reader(
    request: BuildRequest, press: Press, snapshot: InputSnapshot
) -> ReadFile:
    """Return the reader of the project's files.

    Files outside `briefs/` are added to the snapshot when they are first read.
    """
    read = project_reader(request.project, press.limits.picture_bytes)

    def read_file(path: str) -> bytes | UnreadableFile:
        if not path.startswith("briefs/"):
            snapshot.add([request.project / path])
        return read(path)

    return read_file


def _publish(
    request: BuildRequest, stages: EditionStages, editions: Editions
) -> Published:
    """Put the finished editions into the output folder."""
    if not request.publish:
        return Published()
    files = publishable_files(stages, editions)
    policy = deletion_policy(stages, editions)
    with OutputFolder(request.out_folder, seconds=LOCK_TIMEOUT) as out:
        return out.publish(files, stages.engine.store, policy.may_delete)


def _write_receipt(
    request: BuildRequest,
    snapshot: InputSnapshot,
    report: BuildReport,
    project: Project,
) -> None:
    """Record this build, so that the next one knows at once if nothing has changed."""
    request.receipt.parent.mkdir(parents=True, exist_ok=True)
    dates = [brief.date.isoformat() for brief in project.held.values()]
    last = LastBuild(
        warnings=[problem.to_json() for problem in in_order(report.problems)],
        states=list(report.states),
        next_date=min(dates, default=""),
        timezone=project.press.organisation.timezone,
    )
    snapshot.write_receipt(
        request.receipt, request.signature(), request.out_folder, last.to_json()
    )


def _unusable_store(store: Store) -> Problem:
    message = f"{store.folder} does not keep the files that are written to it"
    fix = "back up the files of this disk and check it, or name another folder with `--cache`"
    return Problem("B07", message, fix=fix)


PACKAGE = Path(__file__).parent.parent
CODE = (".py", ".toml", ".css", ".conf")
REQUIREMENT = re.compile(r"^Requires-Dist: ([\w.-]+)(?!.*\bextra\b)", re.MULTILINE)


def version() -> str:
    """Return a digest that changes when briefpress or a library that it uses changes.

    Then every edition is made again. The libraries are those that briefpress requires,
    and those that they require in turn.
    """
    libraries = required_libraries("briefpress")
    parts = [f"{name} {number}" for name, number in sorted(libraries.items())]
    parts += [
        f"{path.relative_to(PACKAGE).as_posix()} {digest_of(path.read_bytes())}"
        for path in code_files(PACKAGE)
    ]
    return digest_of("\n".join(parts).encode())


def required_libraries(root: str) -> dict[str, str]:
    """Return what a distribution requires, directly or not: names to versions."""
    found: dict[str, str] = {}
    queue = [root]
    while queue:
        name = re.sub(r"[-_.]+", "-", queue.pop()).lower()  # PEP 503
        if name in found:
            continue
        try:
            metadata = _headers(distribution(name))
        except PackageNotFoundError:  # for another system or Python
            continue
        found[name] = _version(metadata)
        queue += REQUIREMENT.findall(metadata)
    found.pop(root, None)
    return found


def _headers(library: Distribution) -> str:
    """Return the metadata without the description; parsing it all takes longer."""
    text = library.read_text("METADATA") or library.read_text("PKG-INFO") or ""
    return text.partition("\n\n")[0]


def _version(metadata: str) -> str:
    match = re.search(r"^Version: (.+)$", metadata, re.MULTILINE)
    return match[1] if match else ""


def code_files(package: Path) -> list[Path]:
    """Return the files that decide what briefpress makes, in a fixed order.

    Themes are not among them: a step reads the themes that it needs.
    """
    files = []
    for folder, folders, names in os.walk(package):
        folders[:] = sorted(set(folders) - {"__pycache__", "themes"})
        paths = [Path(folder, name) for name in sorted(names)]
        files += [path for path in paths if path.name.endswith(CODE)]
    return files
