"""The audit: the pages are compared with the document before the PDF is written.

Every note must be there once, complete, within its page and apart from other text. It
must begin on the page of its call, and in order. Every word of the body must be there
once. The text of the PDF is no proof: words that the edge of a page cuts off are still
in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import StrEnum
from typing import TypeAlias
from urllib.parse import unquote, urljoin
from xml.etree.ElementTree import Element

from briefpress.editions.inputs import BriefContext
from briefpress.editions.pdf.model import (
    PlacedArea,
    PlacedPage,
    PlacedText,
    Rectangle,
)
from briefpress.editions.pdf.print_tree import PrintTree
from briefpress.model import Document
from briefpress.problems import Problem, Severity, count_of
from briefpress.theme.added_fonts import MissingScript, missing_scripts
from briefpress.xhtml import own_texts, parents_of

Parents: TypeAlias = Mapping[Element, Element]
IsHidden: TypeAlias = Callable[[Element], bool]

LEAST_DOTS = 150  # per inch
TOLERANCE = 1.0  # px: a text is taller than its letters, and lengths are floats

# White space belongs to the layout. The soft hyphen and zero-width characters are not
# visible.
WHITE_SPACE = " \t\n\r\f\v\u00a0\u2002\u2003\u2005\u2009\u200a\u202f"
NOT_VISIBLE = WHITE_SPACE + "\u00ad\u200b\u2060\ufeff"
INVISIBLE = dict.fromkeys(map(ord, NOT_VISIBLE))


class Kind(StrEnum):
    """What is wrong with a note or a text on the pages."""

    LOST = "lost"
    INCOMPLETE = "incomplete"
    REPEATED = "repeated"
    CLIPPED = "clipped"
    OVERLAPPING = "overlapping"
    TOO_EARLY = "too early"
    TOO_LATE = "too late"
    OUT_OF_ORDER = "out of order"


# For each kind the code of the problem, and the end of its message.
MESSAGES = {
    Kind.LOST: ("P01", "is lost: no page shows it"),
    Kind.INCOMPLETE: ("P01", "is incomplete: some words of it are on no page"),
    Kind.REPEATED: ("P01", "is printed twice, or is interrupted by other text"),
    Kind.CLIPPED: ("P03", "is cut off by the edge of its box"),
    Kind.OVERLAPPING: ("P03", "overlaps other text"),
    Kind.TOO_EARLY: ("P02", "is on page {page}, before its call"),
    Kind.TOO_LATE: ("P02", "begins on page {page}, after the page of its call"),
    Kind.OUT_OF_ORDER: ("P02", "is out of order on page {page}"),
}


@dataclass(frozen=True, slots=True)
class Defect:
    """Something on the pages that must not be published."""

    kind: Kind
    element: Element  # the note, or the element of the body
    page: int
    is_note: bool


@dataclass(frozen=True, slots=True)
class AuditedPages:
    """The defects on the pages, and how many notes continue on a later page."""

    defects: tuple[Defect, ...]
    split: int


@dataclass(slots=True)
class ExpectedText:
    """The visible characters of an element, and how many of them pages have shown."""

    element: Element
    note: Element | None  # the note that contains the element
    repeats: bool  # the head of a table is repeated on every page of the table
    characters: str
    shown: int = 0
    page: int = 0  # the last page that shows some of it

    @property
    def is_complete(self) -> bool:
        """Whether the pages have shown all characters."""
        return self.shown == len(self.characters)

    def show(self, text: PlacedText, page: int) -> bool:
        """Count a text off; return whether it is what had to come next."""
        self.page = page
        if self.repeats and self.is_complete:
            self.shown = 0
        characters = visible_characters(text.text)
        hyphen = visible_characters(text.hyphen)
        without_hyphen = characters.removesuffix(hyphen)
        for form in (characters, without_hyphen):
            if self.characters.startswith(form, self.shown):
                self.shown += len(form)
                return True
        return False


def visible_characters(text: str) -> str:
    """Return the visible characters of a text in lower case: a theme may capitalise."""
    visible = text.translate(INVISIBLE)
    return visible.casefold()


def expected_texts(root: Element, store: Element) -> dict[Element, ExpectedText]:
    """Return the texts of all elements that have any, in the body and in the notes."""
    found: dict[Element, ExpectedText] = {}

    def visit(element: Element, note: Element | None, *, repeats: bool) -> None:
        if element.get("class") == "fn":
            note = element
        repeats = repeats or element.tag in ("thead", "tfoot")
        text = "".join(own_texts(element))
        characters = visible_characters(text)
        if characters:
            found[element] = ExpectedText(element, note, repeats, characters)
        for child in element:
            if child is not store:
                visit(child, note, repeats=repeats)

    visit(root, None, repeats=False)
    visit(store, None, repeats=False)
    return found


def audit_pages(
    pages: Iterable[PlacedPage],
    tree: PrintTree,
    is_hidden: IsHidden,
) -> AuditedPages:
    """Return what is wrong on the pages.

    `is_hidden` is true for elements that the theme leaves out of print, like the data
    behind a chart. Words that the theme's page adds around the body are audited too.
    """
    auditor = _Auditor(tree)
    for page in pages:
        auditor.read(page)
    auditor.check_completeness(is_hidden)
    auditor.check_places()
    defects = dict.fromkeys(auditor.defects)
    note_pages = auditor.note_pages.values()
    continued = [pages for pages in note_pages if len(pages) > 1]
    return AuditedPages(tuple(defects), len(continued))


class _Auditor:
    """Reads pages in order, then judges what it has read."""

    def __init__(self, tree: PrintTree) -> None:
        self.tree = tree
        self.expected = expected_texts(tree.root, tree.store)
        self.call_pages: dict[Element, int] = {}  # the first page that shows a call
        # Where a note begins: page, and index in its footnote area.
        self.beginnings: dict[Element, tuple[int, int]] = {}
        self.note_pages: dict[Element, list[int]] = {}
        self.defects: list[Defect] = []

    def read(self, page: PlacedPage) -> None:
        """Read the text of a page, then its footnote area."""
        number = page.number
        area = page.area
        for call in page.calls:
            self.call_pages.setdefault(call, number)
        paper = Rectangle(0.0, 0.0, page.width, page.height)
        for text in page.texts:
            expected = self._expected_for(text)
            if expected is None:
                continue
            if not expected.show(text, number):
                self._add(Kind.REPEATED, expected, number)
            if not _is_within(text, paper):
                self._add(Kind.CLIPPED, expected, number)
            if area is not None and _overlaps(text, area):
                self._add(Kind.OVERLAPPING, expected, number)
        if area is not None:
            self._read_area(page, area)

    def _read_area(self, page: PlacedPage, area: PlacedArea) -> None:
        """Read the notes of a page: each must be in a strip of its own."""
        top = area.content_top
        number = page.number
        for index, note in enumerate(area.notes):
            element = note.element
            if element is self.tree.sign:
                continue
            self.beginnings.setdefault(element, (number, index))
            pages = self.note_pages.setdefault(element, [])
            pages.append(number)
            if note.top < top - TOLERANCE:
                self._add_for_note(Kind.OVERLAPPING, element, number)
            bottom = min(page.bottom, note.bottom)
            strip = Rectangle(
                left=0.0,
                top=max(top, note.top),
                right=page.width,
                bottom=bottom,
            )
            for text in note.texts:
                self._read_note_text(text, element, strip, number)
            top = bottom

    def _read_note_text(
        self,
        text: PlacedText,
        note: Element,
        strip: Rectangle,
        page: int,
    ) -> None:
        """Read a text in the strip of a note."""
        expected = self._expected_for(text)
        if expected is None:
            return
        belongs = expected.note is note
        if not belongs or not expected.show(text, page):
            self._add(Kind.REPEATED, expected, page)
        if not _is_within(text, strip):
            self._add(Kind.CLIPPED, expected, page)

    def _expected_for(self, text: PlacedText) -> ExpectedText | None:
        """Return what is expected of a text; None if it is invisible or not audited."""
        if not text.is_visible:
            return None
        return self.expected.get(text.element)

    def check_completeness(self, is_hidden: IsHidden) -> None:
        """Find the texts that no page shows, or not to their end."""
        texts = self.expected.values()
        missing = [expected for expected in texts if not expected.is_complete]
        parents = parents_of(self.tree.root) if missing else {}
        for expected in missing:
            kind = Kind.INCOMPLETE
            if expected.note is None:
                around = lineage(expected.element, parents)
                if any(map(is_hidden, around)):
                    continue
            elif expected.note not in self.beginnings:
                kind = Kind.LOST
            self._add(kind, expected, expected.page)

    def check_places(self) -> None:
        """Find the notes that are not on the page of their call, or not in order."""
        last = (0, 0)
        for call, note in self.tree.notes.items():
            beginning = self.beginnings.get(note)
            if beginning is None:
                continue
            page, _ = beginning
            call_page = self.call_pages.get(call)
            if call_page is None or page < call_page:
                self._add_for_note(Kind.TOO_EARLY, note, page)
            elif page > call_page:
                self._add_for_note(Kind.TOO_LATE, note, page)
            if call_page is None:
                continue
            if call not in self.tree.nested:
                if beginning < last:
                    self._add_for_note(Kind.OUT_OF_ORDER, note, page)
                last = max(last, beginning)
            pages = self.note_pages[note]
            without_gap = range(page, page + len(pages))
            if pages != list(without_gap):
                self._add_for_note(Kind.REPEATED, note, page)

    def _add(self, kind: Kind, expected: ExpectedText, page: int) -> None:
        """Add a defect of a text: of its note if it is in one."""
        if expected.note is not None:
            self._add_for_note(kind, expected.note, page)
            return
        defect = Defect(kind, expected.element, page, is_note=False)
        self.defects.append(defect)

    def _add_for_note(self, kind: Kind, note: Element, page: int) -> None:
        """Add a defect of a note."""
        defect = Defect(kind, note, page, is_note=True)
        self.defects.append(defect)


def _is_within(text: PlacedText, place: Rectangle) -> bool:
    """Whether the letters of a text are seen in full; its leading does not matter."""
    visible = place.intersection(text.clip)
    if text.left < visible.left - TOLERANCE:
        return False
    if text.right > visible.right + TOLERANCE:
        return False
    top_of_letters = text.baseline - text.ascent / 2
    if top_of_letters < visible.top - TOLERANCE:
        return False
    return text.baseline <= visible.bottom + TOLERANCE


def _overlaps(text: PlacedText, area: PlacedArea) -> bool:
    """Whether a text of the body reaches into the footnote area, not beside it."""
    if text.left >= area.right:
        return False
    if text.right <= area.left:
        return False
    return text.baseline > area.top + TOLERANCE


def lineage(element: Element | None, parents: Parents) -> Iterator[Element]:
    """Yield an element and all that contain it, from the inside out."""
    while element is not None:
        yield element
        element = parents.get(element)


def defect_problems(
    defects: Iterable[Defect],
    tree: PrintTree,
    document: Document,
) -> tuple[Problem, ...]:
    """Return an error for each note or block with a defect that was not repaired."""
    labels = {note.id: note.label for note in document.notes}
    parents = parents_of(tree.body)
    found: dict[tuple[str, str], Problem] = {}
    for defect in defects:
        code, predicate = MESSAGES[defect.kind]
        about = _nearest_id(defect.element, parents)
        if defect.is_note:
            label = labels.get(about, about)
            subject = f'note "{label}"'
            fix = "call it from a plain paragraph, or call fewer notes there"
        else:
            code = "P04" if code == "P01" else code
            subject = "text"
            fix = "simplify this passage, or make the box larger in the theme"
        predicate = predicate.format(page=defect.page)
        message = f"{subject} {predicate}"
        key = (code, about)
        problem = Problem(code, message, about=about, fix=fix)
        found.setdefault(key, problem)
    return tuple(found.values())


def undrawn_picture_problems(
    urls: Iterable[str], tree: PrintTree, base: str
) -> tuple[Problem, ...]:
    """Return an error for each picture that WeasyPrint could not draw."""
    return tuple(
        Problem(
            "P07",
            f"picture `{unquote(url.removeprefix(base))[:100]}` cannot be drawn",
            about=_place_of_picture(url, tree, base),
            fix="save it as PNG, or as a simpler SVG",
        )
        for url in dict.fromkeys(urls)
    )


def enlarged_picture_warnings(
    pictures: Iterable[tuple[Element, int]], tree: PrintTree
) -> tuple[Problem, ...]:
    """Return a warning for each picture of the body with too few dots per inch."""
    parents = parents_of(tree.body)
    return tuple(
        Problem(
            "P09",
            f"picture `{unquote(picture.get('src', ''))}` is enlarged to {dots} dots per"
            " inch in print",
            about=_nearest_id(picture, parents),
            fix="use a larger picture, or state a smaller width",
            severity=Severity.WARNING,
        )
        for picture, dots in pictures
        if picture in parents and dots < LEAST_DOTS
    )


def _place_of_picture(url: str, tree: PrintTree, base: str) -> str:
    """Return the nearest id to a picture of the body, or ""."""
    for image in tree.body.iter("img"):
        address = urljoin(base, image.get("src", ""))
        if unquote(address) == unquote(url):
            return _nearest_id(image, parents_of(tree.body))
    return ""


def unknown_file_problem(url: str, tree: PrintTree, base: str) -> Problem:
    """Return the error of a page that names a file which is not part of the edition.

    `base` is the address that relative addresses are joined to.
    """
    about = _place_of_picture(url, tree, base)
    name = url.removeprefix(base)
    excerpt = name[:100]
    return Problem(
        code="P06",
        message=f"not part of this brief: {excerpt}",
        about=about,
        fix="use a file of the brief or of the theme",
    )


NAMED = 5  # characters that a message names
MOST_PLACES = 20  # the others are only counted


def missing_font_problems(
    boxes: frozenset[str], context: BriefContext, document: Document, tree: PrintTree
) -> tuple[Problem, ...]:
    """Return a warning for each script of the brief that no font has.

    The characters that only related briefs have are no fault of this one.
    """
    if not boxes:
        return ()
    texts = [*tree.body.itertext(), *_strings(context.press)]
    texts += [document.title, document.subtitle, *_strings(context.brief)]
    own = [character for character in "".join(texts) if character in boxes]
    parents = parents_of(tree.body)
    problems = []
    for missing in missing_scripts(own, document.lang):
        places = _places_of(missing.characters, tree, parents)
        problem = Problem(
            "P05",
            _missing_font_message(missing),
            fix=_missing_font_fix(missing.font),
            severity=Severity.WARNING,
        )
        problems += [replace(problem, about=place) for place in places[:MOST_PLACES]]
        if len(places) > MOST_PLACES:
            last = problems.pop()
            problems.append(replace(last, count=len(places) - MOST_PLACES + 1))
    return tuple(problems)


def _missing_font_message(missing: MissingScript) -> str:
    """Return "12 characters of the script Han have no font: 能, 源, …"."""
    characters = missing.characters
    is_one = len(characters) == 1
    noun = "sign" if missing.script == "Common" else "character"
    of_script = "" if missing.script == "Common" else f" of the script {missing.script}"
    named = ", ".join(characters[:NAMED])
    more = ", …" if len(characters) > NAMED else ""
    verb, printed = ("has", "it is printed as a box")
    if not is_one:
        verb, printed = ("have", "they are printed as boxes")
    subject = f"{count_of(len(characters), noun)}{of_script}"
    return f"{subject} {verb} no font: {named}{more}; {printed}"


def _missing_font_fix(font: str) -> str:
    """Return how to get a font that has the characters."""
    if font:
        setting = f'`fallback = ["{font}"]` under `[fonts]` in press.toml'
        return f"run `briefpress fonts add {font}`, and set {setting}"
    return "use other characters, or add a font to the theme that has them"


def _places_of(
    characters: Iterable[str], tree: PrintTree, parents: Parents
) -> list[str]:
    """Return the ids of the notes and blocks that show one of the characters."""
    wanted = set(characters)
    places = [
        _note_or_nearest_id(element, parents)
        for element in tree.body.iter()
        if not wanted.isdisjoint("".join(own_texts(element)))
    ]
    return list(dict.fromkeys(places)) or [""]


def _strings(value: object) -> Iterator[str]:
    """Yield every text in a value of the model."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from _strings(tuple(value.values()))
    elif isinstance(value, tuple):
        for item in value:
            yield from _strings(item)
    elif is_dataclass(value):
        yield from _strings(tuple(getattr(value, each.name) for each in fields(value)))


def _nearest_id(element: Element | None, parents: Parents) -> str:
    """Return the id of an element, or of the nearest one around it that has an id."""
    for each in lineage(element, parents):
        element_id = each.get("id")
        if element_id:
            return element_id
    return ""


def _note_or_nearest_id(element: Element | None, parents: Parents) -> str:
    """Return the id of the note around an element; outside of notes, the nearest id."""
    for each in lineage(element, parents):
        if each.get("class") == "fn":
            return each.get("id", "")
    return _nearest_id(element, parents)
