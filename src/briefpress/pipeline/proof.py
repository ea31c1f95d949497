"""Proofs: briefs as they are, with every problem marked at its place.

A proof is made of a draft, and of a brief with errors, by the functions that make its
editions. If these cannot show it, the lines of its file are listed instead.
"""

from __future__ import annotations

import datetime as dt
import os
import time
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from briefpress.document.files import ReadFile, project_reader
from briefpress.document.links import check_links
from briefpress.editions.marks import TypedText
from briefpress.engine.publish import OutputFolder, Published
from briefpress.engine.scheduler import Engine
from briefpress.engine.step import Result, Step
from briefpress.manuscript.briefs import (
    parse_brief,
    read_typed_text,
    salvage_brief,
    typed_text,
)
from briefpress.manuscript.relations import related
from briefpress.manuscript.revisions import read_earlier_texts
from briefpress.model import Brief, Places
from briefpress.pipeline import tasks
from briefpress.pipeline.build import (
    LOCK_TIMEOUT,
    Listener,
    read_project,
    run_with_engine,
)
from briefpress.pipeline.goals import Goals, check_names
from briefpress.pipeline.kept import KeptEditions
from briefpress.pipeline.project import Project
from briefpress.pipeline.request import BuildRequest
from briefpress.pipeline.results import (
    Files,
    template_pictures,
    web_asset_files,
    web_page_files,
)
from briefpress.pipeline.stages import (
    EditionStages,
    OutputState,
    make_documents,
)
from briefpress.pipeline.steps import (
    MadeDocument,
    ProofStepFactory,
    WebAssets,
    make_proof_step_factory,
    make_step_factory,
)
from briefpress.press import read_press
from briefpress.problems import Problem, in_order

FOLDER = "proof"  # beside build/, never in it
BEFORE = "@before"  # behind the slug of an earlier text
STEPS = ("document", "layout", "marks", "pdf", "page")  # behind `proof-`


@dataclass(frozen=True, slots=True)
class ProofReport:
    """What `make_proofs` made, and what it found."""

    proofs: Mapping[str, tuple[Problem, ...]]  # the problems of each brief, by slug
    problems: tuple[Problem, ...]  # of no brief, and of those that have no proof
    failed: tuple[str, ...]  # slugs of briefs of which no proof could be made
    new: tuple[str, ...]  # slugs of briefs that have no earlier text
    published: Published
    seconds: float = 0.0


def make_proofs(
    request: BuildRequest, against: str = "", on_event: Listener = lambda _: None
) -> ProofReport:
    """Make proofs of the requested briefs, or of all that a build would not publish.

    `against` is a revision of git or a file with the earlier text of one brief. Raises
    `BriefpressError` for names that do not exist, and if press.toml cannot be used.
    """
    start = time.monotonic()
    press, press_problems = read_press(request.project)
    read_file = project_reader(request.project, press.limits.picture_bytes)
    project, brief_problems = read_project(request, press, read_file)
    problems = (*press_problems, *brief_problems)
    unpublished = {*project.drafts, *project.held, *project.partly_read}
    known = {*project.known_slugs, *unpublished}
    check_names(request, project, known)

    def make(engine: Engine) -> ProofReport:
        run = _ProofRun(request, against, project, problems, read_file, engine)
        return run.make()

    report = run_with_engine(request, press, make, on_event)
    return replace(report, seconds=time.monotonic() - start)


def proof_date() -> dt.date:
    """Return the date of a proof: SOURCE_DATE_EPOCH, or today."""
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    if given.isdigit():
        return dt.datetime.fromtimestamp(int(given), dt.UTC).date()
    return dt.date.today()  # noqa: DTZ011 - the editor's own day


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A brief of which a proof is to be made."""

    brief: Brief
    typed: TypedText
    problems: tuple[Problem, ...]  # found so far
    is_salvaged: bool = False  # its front matter cannot be read
    before: Brief | None = None
    typed_before: tuple[str, ...] | None = None
    is_listing: bool = False  # its lines are listed, because they cannot be set

    @property
    def slug(self) -> str:
        """The slug of the brief."""
        return self.brief.slug


@dataclass(frozen=True, slots=True)
class _Proof:
    """The steps of a proof."""

    candidate: _Candidate
    document: MadeDocument
    problems: tuple[Problem, ...]
    marked: Step[tasks.MarkedProof]
    pdf: Step[tasks.ProofPdf]
    page: Step[tasks.WebPage]
    assets: WebAssets

    def steps(self) -> list[Step[object]]:
        """Return them as a list."""
        return [self.marked, self.pdf, self.page, *self.assets.all()]


@dataclass(frozen=True, slots=True)
class _ProofRun:
    """One call of `make_proofs`; only the engine changes."""

    request: BuildRequest
    against: str
    project: Project
    problems: tuple[Problem, ...]
    read_file: ReadFile
    engine: Engine

    def make(self) -> ProofReport:
        """Make and publish the proofs."""
        candidates = self._with_earlier_texts(map(self._candidate, self._slugs()))
        factory = make_proof_step_factory(self._project_of(candidates))
        proofs: dict[str, _Proof] = {}
        failed: list[str] = []
        problems = [each for each in self.problems if not each.brief]
        waiting = candidates
        while waiting:
            proofs |= self._attempt(waiting, factory)
            others = [each for each in waiting if each.slug not in proofs]
            waiting = []
            for candidate in others:
                found = self._found_in_steps(candidate.slug)
                simpler = self._simpler(candidate, found)
                if simpler is None:
                    failed.append(candidate.slug)
                    problems += found
                else:
                    waiting.append(simpler)
        published = self._publish(proofs, failed)
        new = [each.slug for each in candidates if self.against and not each.before]
        return ProofReport(
            proofs={slug: proofs[slug].problems for slug in sorted(proofs)},
            problems=(*problems, *published.problems),
            failed=tuple(failed),
            new=tuple(new),
            published=published,
        )

    def _slugs(self) -> list[str]:
        """Return the slugs of the briefs to proof, sorted."""
        if self.request.slugs:
            return sorted(set(self.request.slugs))
        project = self.project
        unpublished = {*project.drafts, *project.held}
        slugs = {*unpublished, *project.partly_read, *project.unreadable}
        return sorted(slugs | self._slugs_of_refused())

    def _slugs_of_refused(self) -> set[str]:
        """Return the slugs of the briefs of which a build would publish nothing."""
        request = replace(self.request, formats=("pdf",), publish=False)
        goals = Goals(tuple(self.project.briefs.values()), (), ())
        nothing = OutputState(frozenset(), frozenset(), frozenset(), has_shelf=False)
        factory = make_step_factory(self.project)
        kept = KeptEditions(request.project)
        stages, editions = EditionStages(
            request, self.project, goals, nothing, factory, self.engine, kept
        ).run(self.read_file)
        complete = {brief.slug for brief in stages.complete_briefs(editions)}
        return self.project.briefs.keys() - (complete - editions.kept.keys())

    def _candidate(self, slug: str) -> _Candidate:
        """Return a brief as far as it can be read, and what was found in it."""
        project, press = self.project, self.project.press
        problems = [each for each in self.problems if each.brief == slug]
        brief = project.find(slug)
        file = brief.file if brief else _file_of(problems)
        typed = read_typed_text(self.request.project, press, file)
        is_salvaged = brief is None
        if brief is None:
            brief = salvage_brief(file, slug, typed, press)
        theme = project.theme_of(brief)
        if theme not in project.themes:
            problems += self._problems_of_theme(theme)
            brief = replace(brief, theme=press.theme)
        rows = (*typed.split("\n")[: brief.line - 1], *brief.text.split("\n"))
        text = TypedText(rows, brief.line)
        return _Candidate(brief, text, tuple(problems), is_salvaged)

    def _problems_of_theme(self, theme: str) -> list[Problem]:
        """Return what is wrong with a theme that cannot be used."""
        folder = f"themes/{theme}/"
        found = []
        for problem in self.problems:
            if problem.brief or problem.span is None:
                continue
            if problem.span.file.startswith(folder):
                found.append(problem)
        return found

    def _with_earlier_texts(self, candidates: Iterable[_Candidate]) -> list[_Candidate]:
        """Return the candidates, each with its earlier text if there is one."""
        candidates = list(candidates)
        if not self.against:
            return candidates
        limit = self.project.press.limits.brief_bytes
        files = [each.brief.file for each in candidates]
        texts = read_earlier_texts(self.request.project, self.against, files, limit)
        compared = []
        for candidate in candidates:
            data = texts.get(candidate.brief.file)
            with_text = candidate if data is None else self._compared(candidate, data)
            compared.append(with_text)
        return compared

    def _compared(self, candidate: _Candidate, data: bytes) -> _Candidate:
        """Return a candidate with its earlier text."""
        press = self.project.press
        file = candidate.brief.file
        text = typed_text(data)
        before, _ = parse_brief(data, file, press)
        if before is None:
            before = salvage_brief(file, candidate.slug, text, press)
        if candidate.is_salvaged:  # there is nothing to compare these with
            before = replace(before, summary="", takeaways=())
        before = replace(
            before, slug=candidate.slug + BEFORE, lang=candidate.brief.lang
        )
        rows = tuple(text.split("\n")[: before.line - 1])
        return replace(candidate, before=before, typed_before=rows)

    def _project_of(self, candidates: Iterable[_Candidate]) -> Project:
        """Return the project with the briefs that are related to the candidates."""
        project = self.project
        others = [
            replace(each.brief, draft=True)
            for each in candidates
            if each.slug not in project.briefs
        ]
        of_all = related([*project.briefs.values(), *others])
        added = {brief.slug: of_all[brief.slug] for brief in others}
        return replace(project, related={**project.related, **added})

    def _attempt(
        self, candidates: Sequence[_Candidate], factory: ProofStepFactory
    ) -> dict[str, _Proof]:
        """Return the proofs that could be made, by slug."""
        earlier = [each.before for each in candidates if each.before is not None]
        briefs = [*(each.brief for each in candidates), *earlier]
        documents = make_documents(briefs, factory, self.engine, self.read_file)
        readable = [
            each
            for each in candidates
            if each.slug in documents and self._findings("document", each).is_readable
        ]
        self.engine.run(
            factory.layout(each.brief, documents[each.slug])
            for each in readable
            if not each.is_listing
        )
        proofs = {
            each.slug: self._proof(each, documents, factory)
            for each in readable
            if each.is_listing or self.engine.succeeded(f"proof-layout/{each.slug}")
        }
        steps = {step.name: step for proof in proofs.values() for step in proof.steps()}
        self.engine.run(steps.values())
        return {slug: proof for slug, proof in proofs.items() if self._is_made(proof)}

    def _proof(
        self,
        candidate: _Candidate,
        documents: Mapping[str, MadeDocument],
        factory: ProofStepFactory,
    ) -> _Proof:
        """Return the steps of a proof."""
        brief = candidate.brief
        made = documents[brief.slug]
        before = documents.get(brief.slug + BEFORE)
        problems = self._problems_of(candidate, documents)
        pages = 0
        if not candidate.is_listing:
            pages = self._findings("layout", candidate).pages
        labels = self.project.themes[self.project.theme_of(brief)].labels(brief.lang)
        settings = tasks.ProofSettings(
            date=proof_date(),
            typed=candidate.typed,
            problems=problems,
            gap_label=labels.get("missing_note", ""),
            is_readable=not candidate.is_listing,
            typed_before=candidate.typed_before,
            compared_with=self._name_of_earlier_text() if before else "",
            pages=pages,
        )
        marked = factory.marked(brief, settings, made, [before] if before else [])
        pdf = factory.proof_pdf(brief, made, marked)
        page = factory.proof_page(brief, made, marked, pdf)
        assets = factory.web_assets(brief)
        return _Proof(candidate, made, problems, marked, pdf, page, assets)

    def _name_of_earlier_text(self) -> str:
        """Return the name of the revision, or of the file without its folders."""
        path = Path(self.against)
        return path.name if path.is_file() else self.against

    def _findings(self, kind: str, candidate: _Candidate) -> tasks.Findings:
        """Return what was found in a candidate's document or on its pages."""
        result: Result[tasks.Findings] = Result(
            f"proof-{kind}/{candidate.slug}", "findings"
        )
        return self.engine.value(result, tasks.Findings)

    def _problems_of(
        self, candidate: _Candidate, documents: Mapping[str, MadeDocument]
    ) -> tuple[Problem, ...]:
        """Return every problem of a brief, with its place in the file."""
        made = documents[candidate.slug]
        ids_by_slug = {slug: document.ids for slug, document in documents.items()}
        found = [*candidate.problems, *check_links(made.links, ids_by_slug)]
        found += self._findings("document", candidate).problems
        if not candidate.is_listing:
            found += self._findings("layout", candidate).problems
        places: Places = {}
        if isinstance(made.positions, Result):
            places = self.engine.value(made.positions, tasks.Positions).places
        file = candidate.brief.file
        placed = [problem.placed(file, places) for problem in found]
        ordered = in_order(placed)
        return self.project.checks.apply(ordered)

    def _is_made(self, proof: _Proof) -> bool:
        """Return whether all files of a proof were made."""
        for step in proof.steps():
            if not self.engine.succeeded(step.name):
                return False
        pdf = proof.pdf.output(lambda made: made.pdf)
        digest = self.engine.digest(pdf)
        size = self.engine.store.size(digest)
        return size > 0

    def _found_in_steps(self, slug: str) -> tuple[Problem, ...]:
        """Return what was found in a brief, and why its proof could not be made."""
        found: list[Problem] = []
        for kind in STEPS:
            name = f"proof-{kind}/{slug}"
            outcome = self.engine.outcomes.get(name)
            if outcome is None:
                continue
            found += outcome.problems
            if "findings" in outcome.files:
                result: Result[tasks.Findings] = Result(name, "findings")
                found += self.engine.value(result, tasks.Findings).problems
        return tuple(found)

    def _simpler(
        self, candidate: _Candidate, found: Iterable[Problem]
    ) -> _Candidate | None:
        """Return a candidate that is easier to set, or None.

        It has the theme of the press if its own cannot be used; then nothing is
        compared; then its lines are listed.
        """
        theme = self.project.press.theme
        problems = (*candidate.problems, *found)
        simpler = replace(candidate, problems=problems)
        is_of_theme = any(each.code.startswith("T") for each in found)
        if is_of_theme and self.project.theme_of(candidate.brief) != theme:
            return replace(simpler, brief=replace(candidate.brief, theme=theme))
        if candidate.before is not None:
            return replace(simpler, before=None, typed_before=None)
        if candidate.is_listing:
            return None
        brief = replace(candidate.brief, text="", theme=theme)
        return replace(simpler, brief=brief, is_listing=True)

    def _publish(
        self, proofs: Mapping[str, _Proof], failed: Container[str]
    ) -> Published:
        """Put the proofs into their folder.

        Without slugs in the request, those that are not made any more are deleted.
        """
        files: Files = {}
        for slug, proof in proofs.items():
            files |= self._files(slug, proof)
        is_partial = bool(self.request.slugs)

        def may_delete(path: str) -> bool:
            slug = path.partition("/")[0].removesuffix(".pdf")
            return slug not in failed and (slug in proofs or not is_partial)

        folder = self.request.out or self.request.project / FOLDER
        if not files and not folder.is_dir():
            return Published()
        with OutputFolder(folder, seconds=LOCK_TIMEOUT) as out:
            return out.publish(files, self.engine.store, may_delete)

    def _files(self, slug: str, proof: _Proof) -> Files:
        """Return the files of a proof: path to digest. The web page has its own fonts."""
        engine = self.engine
        theme = self.project.themes[self.project.theme_of(proof.candidate.brief)]
        files = web_page_files(
            slug,
            engine.digest(proof.page.output(lambda made: made.html)),
            proof.document,
            template_pictures(theme, engine),
        )
        assets = web_asset_files(proof.assets, self.project, engine)
        files |= {f"{slug}/{path}": digest for path, digest in assets.items()}
        pdf = proof.pdf.output(lambda made: made.pdf)
        return {**files, f"{slug}.pdf": engine.digest(pdf)}


def _file_of(problems: Iterable[Problem]) -> str:
    """Return the file of a brief that cannot be read, from its problems."""
    spans = (problem.span for problem in problems)
    return next((span.file for span in spans if span), "")
