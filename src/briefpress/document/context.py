"""What the parse of one brief keeps beside the tree: where elements come from, what is wrong, what is shown."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from xml.etree.ElementTree import Element

from briefpress.document.files import ReadFile
from briefpress.document.positions import PositionMarks
from briefpress.document.scanner import SourceText
from briefpress.document.typography import Language
from briefpress.model import Asset, Brief, Limits
from briefpress.problems import Problem, Severity, Span
from briefpress.xhtml import parents_of

MAX_LOOKUPS = (
    300  # places that are looked for: each costs a walk, and nobody reads more problems
)
_WIDE = frozenset(
    ("ul", "ol", "dl", "blockquote", "table", "tbody", "thead")
)  # too much for one place


@dataclass(slots=True)
class ParseContext:
    """One brief on the desk."""

    brief: Brief
    read_file: ReadFile
    limits: Limits
    language: Language
    source: SourceText
    marks: PositionMarks
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
        if self.asked > MAX_LOOKUPS:
            return Span(self.brief.file)
        line, column = self.place(element)
        last = self.marks.until(line) if line else 0
        for token in filter(None, tokens):
            for number in range(
                line or min(self.source.rows), (last or max(self.source.rows)) + 1
            ):
                start = self.source.rows[number].find(
                    token, column - 1 if number == line and column else 0
                )
                if start >= 0 and (line or self._once(token)):
                    return Span(self.brief.file, number, start + 1, len(token))
        return Span(self.brief.file, line, column)

    def _once(self, token: str) -> bool:
        """Whether the token stands only once in the brief, so that there is no doubt which is meant."""
        return sum(row.count(token) for row in self.source.rows.values()) == 1

    def field(self, key: str) -> Span:
        """Return the place of a key of the front matter."""
        line, column = self.brief.places.get(key, (0, 0))
        return Span(self.brief.file, line, column, len(key) if column else 1)


def _is_box(element: Element) -> bool:
    """Whether the element is a `div` that holds many blocks; the frames that we put around one are none."""
    return element.tag == "div" and element.get("class") not in ("picture", "scroll")


MAX_PER_CODE = 50  # problems of one code; who has more has one cause


def publishable_problems(
    problems: Iterable[Problem], brief: Brief
) -> tuple[Problem, ...]:
    """Return the problems by place, with the brief's slug, and of each code no more than a person reads."""
    problems, out = list(problems), list[Problem]()
    for code in sorted({problem.code for problem in problems}):
        found = sorted(
            {p for p in problems if p.code == code},
            key=lambda p: (p.span or Span(""), p.message),
        )
        out += found[:MAX_PER_CODE]
        if found[MAX_PER_CODE:]:
            severe = any(problem.is_error for problem in found[MAX_PER_CODE:])
            severity = Severity.ERROR if severe else Severity.WARNING
            out.append(
                Problem(
                    code,
                    f"{len(found) - MAX_PER_CODE:,} more of this kind",
                    Span(brief.file),
                    severity=severity,
                )
            )
    return tuple(
        replace(p, brief=brief.slug)
        for p in sorted(out, key=lambda p: (p.span or Span(""), p.code, p.message))
    )
