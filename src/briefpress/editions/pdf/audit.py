"""The audit: the boxes of every page are compared with the document before the PDF is written.

Every note once and whole; every word of it within its page, apart from the body and from other notes; begun on the
page of its call; in order; every word of the body once. Never by text extraction: what is clipped off a page is in
the text all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from unicodedata import name
from urllib.parse import urljoin
from xml.etree.ElementTree import Element

from briefpress.editions.pdf.print_tree import PrintTree
from briefpress.editions.pdf.weasyprint.footnote_layout import walk as walk_boxes
from briefpress.editions.pdf.weasyprint.pages import BASE_URL
from briefpress.model import Document
from briefpress.problems import Problem

# White space is the layout's; the soft hyphen and the zero-width characters leave no mark.
UNSEEN = dict.fromkeys(
    map(
        ord,
        " \t\n\r\f\v\u00a0\u2002\u2003\u2005\u2009\u200a\u202f\u00ad\u200b\u2060\ufeff",
    )
)


def marks(text: str) -> str:
    """Return the characters of a text that leave a mark, capitals and small letters alike: themes may use either."""
    return text.translate(UNSEEN).casefold()


@dataclass(slots=True)
class Strand:
    """The characters that stand in one element itself, and how far the pages have shown them."""

    element: Element
    note: Element | None  # the note that it stands in
    repeats: bool  # a table head comes again on every page of its table
    text: str
    shown: int = 0
    page: int = 0

    def show(self, text: str, hyphen: str, page: int) -> bool:
        """Count a printed text off; return whether it was what had to come."""
        said = marks(text)
        if self.repeats and self.shown == len(self.text):
            self.shown = 0
        self.page = page
        for form in (said, said.removesuffix(marks(hyphen))):
            if self.text.startswith(form, self.shown):
                self.shown += len(form)
                return True
        return False


def strands(root: Element, store: Element | None) -> dict[Element, Strand]:
    """Return the strands of a body; of those in the `store` of notes, each with its note."""
    found: dict[Element, Strand] = {}

    def gather(element: Element, note: Element | None, *, repeats: bool) -> None:
        note = element if element.get("class") == "fn" else note
        repeats = repeats or element.tag in ("thead", "tfoot")
        text = marks("".join(_own(element)))
        if text:
            found[element] = Strand(element, note, repeats, text)
        for child in element:
            if child is not store:
                gather(child, note, repeats=repeats)

    gather(root, None, repeats=False)
    if store is not None:
        gather(store, None, repeats=False)
    return found


def _own(element: Element) -> Iterator[str]:
    """Yield the texts that stand in an element itself, not in its children."""
    yield element.text or ""
    for child in element:
        yield child.tail or ""


NEAR = 1.0  # px: boxes of text are taller than their glyphs, and sums of lengths are floats

Clip = tuple[float, float, float, float]  # left, top, right, bottom


@dataclass(frozen=True, slots=True)
class Defect:
    """Something on the pages that may not be."""

    kind: str  # lost, missing, twice, clipped, overlap, before, late, order
    element: Element  # the note or the element of the body
    page: int
    note: bool


@dataclass(slots=True)
class Walk:
    """What a walk over the pages has seen."""

    strands: dict[Element, Strand]
    calls: dict[Element, int] = field(
        default_factory=dict
    )  # element of a call to the first page that shows it
    begun: dict[Element, tuple[int, int]] = field(
        default_factory=dict
    )  # note to page, and place at its foot
    pieces: dict[Element, list[int]] = field(
        default_factory=dict
    )  # note to the pages it stands on
    errors: list[Defect] = field(default_factory=list)

    def error(self, kind: str, strand: Strand, page: int) -> None:
        """Note a fault of a strand, or of the note in which it stands."""
        element = strand.element if strand.note is None else strand.note
        self.errors.append(Defect(kind, element, page, strand.note is not None))


def audit_pages(
    pages: list[Any], tree: PrintTree, is_hidden: Callable[[Element], bool]
) -> Walk:
    """Walk the boxes of laid-out pages and return what was seen, with every error.

    `is_hidden` tells what the theme leaves out of print, as it does with the data behind a chart. The words that the
    theme's own page puts around the body are held to the same.
    """
    walk = Walk(strands(tree.root, tree.store))
    for number, page in enumerate(pages, 1):
        _page(walk, page._page_box, number, tree)  # noqa: SLF001 - the only way to the boxes
    _complete(walk, tree, is_hidden)
    _in_place(walk, tree)
    walk.errors = list(dict.fromkeys(walk.errors))
    return walk


def _page(walk: Walk, page: Any, number: int, tree: PrintTree) -> None:
    """Walk a page: its flow, then its foot."""
    root, *others = page.children
    foot = next(
        (box for box in others if type(box).__name__ == "FootnoteAreaBox"), None
    )
    paper = (0.0, 0.0, page.margin_width(), page.margin_height())
    for text, clip in _texts(walk, root, paper, tree.notes, number):
        strand = walk.strands.get(text.element)
        if strand is None:
            continue
        if not strand.show(text.text, text.style["hyphenate_character"], number):
            walk.error("twice", strand, number)
        _where(walk, strand, text, clip, number)
        if foot is not None:
            _above(walk, strand, text, foot, number)
    if foot is not None:
        _foot(walk, page, foot, number, tree)


def _foot(walk: Walk, page: Any, foot: Any, number: int, tree: PrintTree) -> None:
    """Walk the foot of a page: each note within its own strip of it."""
    top = foot.content_box_y()
    bottom = page.content_box_y() + page.height
    for place, box in enumerate(foot.children):
        note = box.element
        if note is tree.sign:
            continue
        walk.begun.setdefault(note, (number, place))
        walk.pieces.setdefault(note, []).append(number)
        strip = (
            0.0,
            max(top, box.position_y),
            page.margin_width(),
            min(bottom, box.position_y + box.margin_height()),
        )
        if box.position_y < top - NEAR:
            walk.errors.append(Defect("overlap", note, number, note=True))
        top = strip[3]
        for text, clip in _texts(walk, box, strip, tree.notes, number):
            strand = walk.strands.get(text.element)
            if strand is None:
                continue
            if strand.note is not note or not strand.show(
                text.text, text.style["hyphenate_character"], number
            ):
                walk.error("twice", strand, number)
            _where(walk, strand, text, clip, number)


def _where(walk: Walk, strand: Strand, text: Any, clip: Clip, number: int) -> None:
    """See that a text stands where it is seen: its letters, not the leading about them."""
    left, top, right, bottom = clip
    base = text.position_y + text.baseline
    across = (
        left - NEAR <= text.position_x and text.position_x + text.width <= right + NEAR
    )
    if not (
        across and base - text.baseline / 2 >= top - NEAR and base <= bottom + NEAR
    ):
        walk.error("clipped", strand, number)


def _above(walk: Walk, strand: Strand, text: Any, foot: Any, number: int) -> None:
    """See that a text of the body ends above the foot, or stands beside it."""
    left = foot.border_box_x()
    beside = (
        text.position_x >= left + foot.border_width()
        or text.position_x + text.width <= left
    )
    if text.position_y + text.baseline > foot.border_box_y() + NEAR and not beside:
        walk.error("overlap", strand, number)


def _texts(
    walk: Walk, box: Any, clip: Clip, notes: dict[Element, Element], number: int
) -> Iterator[tuple[Any, Clip]]:
    """Yield the texts that a box shows, each with what clips it; generated content is nobody's word."""
    box = getattr(box, "_box", box)
    if hasattr(box, "text"):
        if (
            box.element is not None
            and not box.element_tag.endswith(GENERATED)
            and box.style["visibility"] == "visible"
        ):
            yield box, clip
        return
    if box.element in notes:
        walk.calls.setdefault(box.element, number)
    if box.style["overflow"] != "visible" and box.element_tag not in PAGE:
        x, y = box.padding_box_x(), box.padding_box_y()
        right, bottom = x + box.padding_width(), y + box.padding_height()
        clip = (
            max(clip[0], x),
            max(clip[1], y),
            min(clip[2], right),
            min(clip[3], bottom),
        )
    for child in box.children:
        yield from _texts(walk, child, clip, notes, number)


GENERATED = ("::before", "::after", "::marker")
PAGE = ("html", "body")  # their overflow is the page's


def _complete(
    walk: Walk, tree: PrintTree, is_hidden: Callable[[Element], bool]
) -> None:
    """See that every word was shown: what is not there at all, and is not left out on purpose, is lost."""
    short = [
        strand for strand in walk.strands.values() if strand.shown != len(strand.text)
    ]
    parents = (
        {child: parent for parent in tree.root.iter() for child in parent}
        if short
        else {}
    )
    for strand in short:
        if strand.note is not None:
            kind = "missing" if strand.note in walk.begun else "lost"
            walk.error(kind, strand, strand.page)
        elif not any(is_hidden(each) for each in lineage(strand.element, parents)):
            walk.error("missing", strand, strand.page)


def _in_place(walk: Walk, tree: PrintTree) -> None:
    """See that every note begins on the page of its call, and in order, and goes on without a gap."""
    last = (0, 0)
    for call, note in tree.notes.items():
        if note not in walk.begun or call not in walk.calls:
            if note in walk.begun:
                walk.errors.append(
                    Defect("before", note, walk.begun[note][0], note=True)
                )
            continue
        page, _ = begun = walk.begun[note]
        called = walk.calls[call]
        if page != called:
            walk.errors.append(
                Defect("before" if page < called else "late", note, page, note=True)
            )
        if call not in tree.nested:
            if begun < last:
                walk.errors.append(Defect("order", note, page, note=True))
            last = max(last, begun)
        pages = walk.pieces[note]
        if pages != list(range(pages[0], pages[0] + len(pages))):
            walk.errors.append(Defect("twice", note, page, note=True))


def lineage(
    element: Element | None, parents: dict[Element, Element]
) -> Iterator[Element]:
    """Yield an element and all that hold it."""
    while element is not None:
        yield element
        element = parents.get(element)


SAID = {
    "lost": ("P01", "is lost: no page shows it"),
    "missing": ("P01", "is not whole: words of it are on no page"),
    "twice": ("P01", "is printed twice, or not in one piece"),
    "clipped": ("P03", "is cut off by the edge of its place"),
    "overlap": ("P03", "lies over other text"),
    "before": ("P02", "stands on page {page}, before its call"),
    "late": ("P02", "begins on page {page}, after the page of its call"),
    "order": ("P02", "is out of order on page {page}"),
}


def error_problems(
    errors: Sequence[Defect], tree: PrintTree, document: Document
) -> tuple[Problem, ...]:
    """Return an error for each note or block that no layout could set right."""
    labels = {note.id: note.label for note in document.notes}
    parents = {child: parent for parent in tree.body.iter() for child in parent}
    found: dict[tuple[str, str], Problem] = {}
    for error in errors:
        code, said = SAID[error.kind]
        about = _id(error.element, parents)
        if error.note:
            what, fix = (
                f'note "{labels.get(about, about)}" ',
                "call it from a plain paragraph, or call fewer notes there",
            )
        else:
            code = "P04" if code == "P01" else code
            what, fix = (
                "text ",
                "set this passage more plainly, or give the theme's box more room",
            )
        found.setdefault(
            (code, about),
            Problem(code, what + said.format(page=error.page), about=about, fix=fix),
        )
    return tuple(found.values())


def unknown_file_problem(error: BaseException, tree: PrintTree) -> Problem:
    """Return the problem of a layout that needed a file that is not in the edition."""
    message = str(error)
    parents = {child: parent for parent in tree.body.iter() for child in parent}
    about = ""
    for image in tree.body.iter("img"):
        if urljoin(BASE_URL, image.get("src", "")) in message:
            about = _id(image, parents)
            break
    fix = "name a file of the brief or of the theme"
    return Problem("P06", message, about=about, fix=fix)


def _id(element: Element | None, parents: dict[Element, Element]) -> str:
    """Return the nearest id: of the element, or of what holds it."""
    while element is not None and not element.get("id"):
        element = parents.get(element)
    return "" if element is None else element.get("id", "")


def missing_glyphs(rendered: Any, body: Element) -> tuple[Problem, ...]:
    """Return an error for each character that a written document could not set, and where it stands first."""
    wanted = {chr(code) for font in rendered.fonts.values() for code in font.missing}
    if not wanted:
        return ()
    parents = {child: parent for parent in body.iter() for child in parent}
    places: dict[str, str] = {}
    for page in rendered.pages:
        for box in walk_boxes(page._page_box):  # noqa: SLF001 - the only way to the boxes
            for character in wanted.intersection(getattr(box, "text", "")):
                places.setdefault(character, _place(box.element, parents))
    return tuple(
        Problem(
            "P05",
            f'no font of the theme has "{character}" (U+{ord(character):04X}, {name(character, "unnamed").lower()})',
            about=places.get(character, ""),
            fix="write it otherwise, or give the theme a font that has it",
        )
        for character in sorted(wanted)
    )


def _place(element: Element | None, parents: dict[Element, Element]) -> str:
    """Return the id of what holds an element: the note, where it is one's."""
    nearest = ""
    while element is not None:
        if element.get("class") == "fn":
            return element.get("id", "")
        nearest = nearest or element.get("id", "")
        element = parents.get(element)
    return nearest
