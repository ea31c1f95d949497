"""What a build makes, in what order: documents, pages, and what leads from one brief to another."""

from __future__ import annotations

from briefpress.engine.step import Step
from briefpress.model import Brief, Collection
from briefpress.pipeline.documents import make_documents
from briefpress.pipeline.wardrobe import dress, sheet_path
from briefpress.pipeline.work import Work


def produce(work: Work) -> None:
    """Make every step: documents, PDFs, and then what leads to other briefs and must know which are right."""
    members = [brief for book in work.books for brief in work.shop.members(book)]
    everyone = list({brief.slug: brief for brief in [*work.briefs, *members]}.values())
    shown = make_documents([*everyone, *work.torn], work.graph, work.look, work.run)
    work.shown = {
        brief.slug: shown[brief.slug] for brief in everyone if brief.slug in shown
    }
    steps = [
        work.graph.pdf(brief, work.shown[brief.slug])
        for brief in everyone
        if brief.slug in work.shown
    ]
    if "html" in work.order.formats:
        work.css, dressing = dress(work.shop, work.graph, work.briefs)
        steps += dressing
    work.run(steps)
    wrong = {
        brief.slug for brief in everyone if not work.good(f"pdf/{brief.slug}")
    } | work.shop.unread
    pages = work.order.out / "html"
    work.graph.broken = frozenset(
        slug for slug in wrong if not (pages / slug / "index.html").is_file()
    )
    held = (
        book.key
        for book in work.books
        if not _may_be_bound(work, book, _right(work, book))
    )
    work.graph.unbound = frozenset(key for key in held if not is_there(work, key))
    _bind(work, _web(work))
    work.run(_shelf(work))


def _shelf(work: Work) -> list[Step]:
    """Return the step of the shelf, which lists pages and books: it comes with the pages, and follows the books."""
    out, formats = work.order.out, work.order.formats
    pages = "html" in formats
    if not work.order.whole or not (
        pages or ("epub" in formats and (out / "index.html").is_file())
    ):
        return []
    right = (brief for brief in work.briefs if work.whole(brief))
    shown = [
        brief
        for brief in right
        if pages or (out / "html" / brief.slug / "index.html").is_file()
    ]
    return [
        work.graph.index(
            shown, _on_the_shelf(work), sheet_path(work.shop, work.shop.press.theme, "")
        )
    ]


def _on_the_shelf(work: Work) -> dict[str, list[Brief]]:
    """Return the books that there are: those that were bound, and of those that were not the ones of before."""
    books = work.shop.press.collections
    left = work.held if "epub" in work.order.formats else books
    there = {key for key in left if is_there(work, key)}
    found = {
        key: work.bound.get(key) or list(work.shop.members(books[key]))
        for key in books
        if key in work.bound or key in there
    }
    return {key: inside for key, inside in found.items() if inside}


def is_there(work: Work, key: str) -> bool:
    """Whether a book was published before."""
    return (work.order.out / "epub" / f"{key}.epub").is_file()


def _right(work: Work, book: Collection) -> list[Brief]:
    """Return the briefs of a book that could be set."""
    return [
        brief for brief in work.shop.members(book) if work.good(f"pdf/{brief.slug}")
    ]


def _web(work: Work) -> list[Step]:
    """Return the steps of the web pages."""
    if "html" not in work.order.formats:
        return []
    right = [brief for brief in work.briefs if work.good(f"pdf/{brief.slug}")]
    return [
        work.graph.web(
            b, work.shown[b.slug], work.css[work.shop.theme_of(b), b.program]
        )
        for b in right
    ]


def _bind(work: Work, beside: list[Step]) -> None:
    """Bind the books whose briefs are all right, and with `--keep-going` the others without those that are wrong.

    `beside` are steps to be made at the same time.
    """
    turn = {book.key: _right(work, book) for book in work.books}
    books = {book.key: book for book in work.books}
    while turn or beside:
        whole = {
            key: right
            for key, right in turn.items()
            if _may_be_bound(work, books[key], right)
        }
        work.held += [key for key in turn if key not in whole]
        work.run(
            [
                *beside,
                *(
                    step
                    for key, right in whole.items()
                    for step in _book(work, books[key], right)
                ),
            ]
        )
        work.bound |= {
            key: right for key, right in whole.items() if work.good(f"epub/{key}")
        }
        left = {
            key: [b for b in right if work.good(f"chapter/{key}/{b.slug}")]
            for key, right in whole.items()
        }
        turn = {key: right for key, right in left.items() if key not in work.bound}
        work.held += [key for key, right in turn.items() if right == whole[key]]
        turn, beside = (
            {key: right for key, right in turn.items() if right != whole[key]},
            [],
        )


def _may_be_bound(work: Work, book: Collection, right: list[Brief]) -> bool:
    """Whether a book may be bound of these briefs: a book is whole, or it is asked for as it is."""
    dressed = work.shop.theme_of_book(book) in work.shop.themes
    return (
        dressed
        and bool(right)
        and (work.order.keep_going or len(right) == len(work.shop.members(book)))
    )


def _book(work: Work, book: Collection, briefs: list[Brief]) -> list[Step]:
    """Return the steps of a book with these briefs in it."""
    inside = {brief.slug for brief in briefs}
    chapters = [
        work.graph.chapter(book, brief, work.shown[brief.slug], inside)
        for brief in briefs
    ]
    return [*chapters, *work.graph.book(book, briefs)]
