"""What the parse of one brief keeps beside the tree: where elements come from, what is wrong, what is shown."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from briefpress.document.files import Look
from briefpress.document.languages import Language
from briefpress.document.marks import Marks
from briefpress.document.script import Script
from briefpress.model import Asset, Brief, Limits
from briefpress.problems import Problem, Severity, Span
from briefpress.xhtml import parents_of

MANY = (
    300  # places that are looked for: each costs a walk, and nobody reads more problems
)
_WIDE = frozenset(
    ("ul", "ol", "dl", "blockquote", "table", "tbody", "thead")
)  # too much for one place


@dataclass(slots=True)
class Desk:
    """One brief on the desk."""

    brief: Brief
    look: Look
    limits: Limits
    language: Language
    script: Script
    marks: Marks
    slugs: Collection[str] | None = (
        None  # of the briefs that may be linked to; None when nobody knows
    )
    places: dict[Element, tuple[int, int]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    assets: dict[str, Asset] = field(default_factory=dict)
    root: Element | None = None  # of the tree that is being worked on
    parents: dict[Element, Element] = field(
        default_factory=dict
    )  # as they were when somebody last asked
    asked: int = 0  # how often a place was looked for

    def error(self, code: str, message: str, where: Span, fix: str = "") -> None:
        """Note down what keeps the brief from being published."""
        self.problems.append(Problem(code, message, where, fix))

    def warn(self, code: str, message: str, where: Span, fix: str = "") -> None:
        """Note down what had better be mended."""
        self.problems.append(Problem(code, message, where, fix, Severity.WARNING))

    def place(self, element: Element) -> tuple[int, int]:
        """Return where the element stands in the file; line 0 when we cannot be sure.

        An element without a mark of its own has its first descendant's, a cell its row's, a phrase its block's.
        """
        above: Element | None = element
        if element not in self.parents and self.root is not None:
            self.parents = parents_of(self.root)
        while above is not None and above.tag not in _WIDE and not _is_box(above):
            for inside in above.iter():
                if inside in self.places:
                    return self.places[inside]
            above = self.parents.get(above)
        return next(
            (self.places[inside] for inside in element.iter() if inside in self.places),
            (0, 0),
        )

    def span(self, element: Element, *tokens: str) -> Span:
        """Return the place of the first of the tokens within the element's lines, or else the element's own place."""
        self.asked += 1
        if self.asked > MANY:
            return Span(self.brief.file)
        line, column = self.place(element)
        last = self.marks.until(line) if line else 0
        for token in filter(None, tokens):
            for number in range(
                line or min(self.script.rows), (last or max(self.script.rows)) + 1
            ):
                start = self.script.rows[number].find(
                    token, column - 1 if number == line and column else 0
                )
                if start >= 0 and (line or self._once(token)):
                    return Span(self.brief.file, number, start + 1, len(token))
        return Span(self.brief.file, line, column)

    def _once(self, token: str) -> bool:
        """Whether the token stands only once in the brief, so that there is no doubt which is meant."""
        return sum(row.count(token) for row in self.script.rows.values()) == 1

    def field(self, key: str) -> Span:
        """Return the place of a key of the front matter."""
        line, column = self.brief.places.get(key, (0, 0))
        return Span(self.brief.file, line, column, len(key) if column else 1)


def _is_box(element: Element) -> bool:
    """Whether the element is a `div` that holds many blocks; the frames that we put around one are none."""
    return element.tag == "div" and element.get("class") not in ("picture", "scroll")
