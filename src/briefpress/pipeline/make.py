"""The build: read everything, set what changed, publish what is right, tell the rest."""

from __future__ import annotations

import json
import sysconfig
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path

from briefpress.document.files import ReadFile, UnreadableFile, project_reader
from briefpress.engine.outcome import Event
from briefpress.engine.publish import OutputFolder, Published
from briefpress.engine.run import Engine
from briefpress.engine.snapshot import InputSnapshot
from briefpress.engine.store import DamagedError, Store, delete_damaged
from briefpress.model import Brief
from briefpress.model import Collection as Bound
from briefpress.pipeline.account import account, asked_for
from briefpress.pipeline.documents import parse_here
from briefpress.pipeline.graph import Graph
from briefpress.pipeline.logos import read_logos
from briefpress.pipeline.order import Order
from briefpress.pipeline.place import governs, placed_files
from briefpress.pipeline.production import produce
from briefpress.pipeline.report import BuildReport
from briefpress.pipeline.shop import Shop, open_shop
from briefpress.pipeline.version import version
from briefpress.pipeline.work import Work
from briefpress.problems import BriefpressError, Problem, Span, in_order

PRELOAD = (
    "briefpress.editions.pdf.weasyprint",
    "jinja2",
    "briefpress.document.parser",
    "briefpress.pipeline.steps",
)
VERSION = "briefpress.pipeline.version:version"  # what workers elsewhere must agree on
WAIT = 60.0  # seconds for another build to let go of the folder
ROUNDS = 3  # a store that was damaged costs one more


def make(
    order: Order, on_event: Callable[[Event], None] = lambda _: None
) -> BuildReport:
    """Make and publish what was ordered. Raises `BriefpressError` where there is nothing to speak of."""
    start = time.monotonic()
    watch = InputSnapshot(order.watched(), lists=[sysconfig.get_path("purelib")])
    shop, problems = open_shop(order)
    briefs, books = _chosen(order, shop)
    torn = [brief for brief in shop.torn if _wanted(brief, order)]
    look = _watched(order, shop.press.limits.picture_bytes, watch)
    logos, wrong = read_logos(shop.press, look)
    limits, store = shop.press.limits, Store(order.cache)
    for left in reversed(range(ROUNDS)):
        graph = Graph(
            shop, store, version(), limits.seconds, limits.memory, logos=logos
        )
        try:
            with _engine(order, store, on_event) as engine:
                work = Work(order, shop, graph, engine, look, briefs, books, torn)
                produce(work)
                published = _publish(work) if order.publish else Published()
            report = account(
                work, published, (*problems, *wrong), time.monotonic() - start
            )
            break
        except DamagedError as error:
            if not left:
                raise BriefpressError(_lost(store)) from error
            delete_damaged(store)
    if order.publish and not (
        report.failed_briefs
        or report.skipped_books
        or any(problem.is_error for problem in report.problems)
    ):
        _leave_receipt(order, watch, report)
    return report


def _watched(order: Order, limit: int, watch: InputSnapshot) -> ReadFile:
    """Return the reader of the project's files, which has those watched that lie where nobody would expect them."""
    read = project_reader(order.project, limit)

    def look(path: str) -> bytes | UnreadableFile:
        if not path.startswith("briefs/"):
            watch.add([order.project / path])
        return read(path)

    return look


@contextmanager
def _engine(
    order: Order, store: Store, on_event: Callable[[Event], None]
) -> Iterator[Engine]:
    """Open the engine: with workers here, or with those of the cluster that the order names."""
    if not order.executor:
        with Engine(store, order.jobs, preload=PRELOAD, on_event=on_event) as engine:
            yield engine
        return
    from briefpress.engine.cluster import cluster

    with cluster(order.executor) as (executor, ahead):
        jobs = order.jobs or ahead
        with Engine(
            store,
            jobs,
            preload=PRELOAD,
            on_event=on_event,
            executor=executor,
            version=VERSION,
        ) as engine:
            yield engine


def _leave_receipt(order: Order, watch: InputSnapshot, report: BuildReport) -> None:
    """Let the next build of this order know in a moment that there is nothing to do."""
    Path(order.receipt()).parent.mkdir(parents=True, exist_ok=True)
    told = json.dumps([problem.to_json() for problem in in_order(report.problems)])
    watch.write_receipt(
        order.receipt(), json.dumps(order.signature(), sort_keys=True), order.out, told
    )


def check_project(order: Order) -> tuple[list[Brief], tuple[Problem, ...]]:
    """Read everything and parse it, without setting a page; return the briefs and every problem."""
    shop, problems = open_shop(order)
    briefs = [
        brief
        for brief in (*shop.briefs.values(), *shop.drafts.values())
        if _wanted(brief, order)
    ]
    torn = [brief for brief in shop.torn if _wanted(brief, order)]
    _refuse_unknown(order, shop, {*shop.known, *shop.drafts})
    look = project_reader(order.project, shop.press.limits.picture_bytes)
    found = (
        problem
        for brief in (*briefs, *torn)
        for problem in parse_here(brief, look, shop)
    )
    _, wrong = read_logos(shop.press, look)
    return briefs, asked_for(order, (*problems, *wrong, *found))


def _chosen(order: Order, shop: Shop) -> tuple[list[Brief], list[Bound]]:
    """Return the briefs to set and the books to bind. Raises `BriefpressError` for a name that is nobody's."""
    press = shop.press
    _refuse_unknown(order, shop, shop.known)
    briefs = [brief for brief in shop.briefs.values() if _wanted(brief, order)]
    if order.collection:
        briefs = [
            brief
            for brief in shop.members(press.collections[order.collection])
            if brief in briefs
        ]
    if "epub" not in order.formats:
        return briefs, []
    asked = order.collection or order.program
    books = [c for c in press.collections.values() if not asked or c.key == asked]
    slugs = {brief.slug for brief in briefs}
    books = [
        c
        for c in books
        if not slugs.isdisjoint(member.slug for member in shop.members(c))
    ]
    return briefs, [*books, *(shop.alone(brief) for brief in briefs if order.epub_each)]


def _wanted(brief: Brief, order: Order) -> bool:
    """Whether a brief was asked for."""
    return (not order.slugs or brief.slug in order.slugs) and (
        not order.program or brief.program == order.program
    )


def _refuse_unknown(order: Order, shop: Shop, known: Collection[str]) -> None:
    """Raise for a name on the command line that is nobody's, and for a draft that cannot be built."""
    press = shop.press
    wrong = [
        *(
            _unknown("brief", slug, known)
            for slug in order.slugs
            if slug not in {*known, *shop.drafts}
        ),
        *(
            _draft(shop.drafts[slug])
            for slug in order.slugs
            if slug in shop.drafts and slug not in known
        ),
        *(
            _unknown("program", key, press.programs)
            for key in [order.program]
            if key and key not in press.programs
        ),
        *(
            _unknown("collection", k, press.collections)
            for k in [order.collection]
            if k and k not in press.collections
        ),
    ]
    if wrong:
        raise BriefpressError(*wrong)


def _unknown(what: str, name: str, known: Collection[str]) -> Problem:
    near = get_close_matches(name, sorted(known), n=1)
    fix = f"`{near[0]}`" if near else "`briefpress list` shows what there is"
    return Problem("A01", f"no {what} is called `{name}`", fix=fix)


def _draft(brief: Brief) -> Problem:
    span = Span(brief.file, *brief.places.get("draft", (0, 0)))
    return Problem(
        "A02",
        f"`{brief.slug}` is a draft, and drafts are not published",
        span,
        "take `draft: true` out",
    )


def _publish(work: Work) -> Published:
    """Put what is right where readers find it."""
    with OutputFolder(work.order.out, seconds=WAIT) as out:
        return out.publish(placed_files(work), work.graph.store, governs(work))


def _lost(store: Store) -> Problem:
    fix = (
        "the disk itself fails: save what is on it, and name another folder by --cache"
    )
    return Problem("B07", f"{store.folder} does not keep what it is given", fix=fix)
