"""Headings: from h2 down without a gap, and only in the flow, so that outline and contents hold together."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from slugify import slugify

from briefpress.document.blocks import keep_place
from briefpress.document.context import ParseContext
from briefpress.model import Figure, Heading
from briefpress.xhtml import BLOCKS, is_call, text_of

LEVELS = {f"h{level}": level for level in range(1, 7)}


def normalise_headings(root: Element, context: ParseContext) -> None:
    """Set the levels of the flow's headings, and make bold paragraphs of those within quotes, lists and boxes."""
    level = 1
    for heading in [child for child in root if child.tag in LEVELS]:
        if not text_of(heading):
            context.warn("H03", "a heading without words", context.span(heading))
            root.remove(heading)
            continue
        written = LEVELS[heading.tag]
        level = max(2, min(written, level + 1))
        if written == 1:
            context.warn(
                "H01",
                "the title is the only heading of the first level",
                context.span(heading),
                "begin it with `##`",
            )
        elif written != level:
            fix = f"begin it with `{'#' * level}`"
            context.warn(
                "H02",
                f"heading of level {written} below one of level {level - 1}",
                context.span(heading),
                fix,
            )
        heading.tag = f"h{level}"
    flow = set(root)
    _make_bold(
        [
            element
            for element in root.iter()
            if element.tag in LEVELS and element not in flow
        ],
        context,
    )


def demote_headings(root: Element, context: ParseContext) -> None:
    """Make bold paragraphs of all headings: a note is no part of the outline."""
    _make_bold([element for element in root.iter() if element.tag in LEVELS], context)


def _make_bold(headings: list[Element], context: ParseContext) -> None:
    """Turn headings into bold paragraphs, and say so."""
    for heading in headings:
        context.warn(
            "H04",
            "a heading within a note, a list, a quotation or a box",
            context.span(heading),
            "set it in **bold**",
        )
        strong = Element("strong")
        strong.text, strong[:] = heading.text, list(heading)
        heading.tag, heading.text, heading[:] = "p", None, [strong]
        keep_place(context, strong, heading, 0)


def figures_of(
    body: Element, ids: IdRegistry, context: ParseContext
) -> Iterable[Figure]:
    """Number figures and tables in the order of the body, and yield them."""
    counts = {"figure": 0, "table": 0}
    names = {"figure": context.language.figure, "table": context.language.table}
    for element in body.iter("figure"):
        kind, *rest = element.get("class", "").split()
        label = next(
            (
                e
                for e in element.iter("span")
                if e.get("class") == "label" and not e.text
            ),
            None,
        )
        number = 0
        if label is not None and rest[:1] != ["plain"]:
            counts[kind] += 1
            number = counts[kind]
            label.text = names[kind](number)
            ids.give(element, f"{kind}-{number}")
            headline = text_of(
                element[0][0], lambda e: is_call(e) or e.get("class") == "label"
            )
            yield Figure(kind, number, element.get("id", ""), headline)
        for data_table in element.iter("details"):
            ids.give(
                data_table, f"{element.get('id', '') or 'figure'}-data"
            ) if number else None
            data_table[0].text = (
                context.language.data(names[kind](number))
                if number
                else context.language.data("")
            )


def outline_of(body: Element) -> Iterable[Heading]:
    """Yield the headings of the flow."""
    for element in body:
        if element.tag in LEVELS:
            yield Heading(
                LEVELS[element.tag], element.get("id", ""), text_of(element, is_call)
            )


def words_in(tree: Element) -> int:
    """Return how many words a reader reads: data that must be opened are not among them."""
    return len(
        text_of(
            tree, lambda element: is_call(element) or element.tag == "details"
        ).split()
    )


_FORM = re.compile(r"[A-Za-z][A-Za-z0-9._-]*\Z")
_OURS = re.compile(
    r"(?:note|call|page)-.*|(?:b|figure-|table-)\d.*\Z"
    # What themes call their own parts of a page, around the body.
    r"|(?:title|notes(?:-heading)?|related|corrections|citation|contact|rights|takeaways|about-(?:authors|program)|summary"
    r"|cover-title|briefs|others|collections)\Z"
)
_NAMED = frozenset(
    ("blockquote", "figure")
)  # what has an id though it holds only other blocks


@dataclass(slots=True)
class IdRegistry:
    """The ids of one brief, each given once."""

    context: ParseContext
    taken: dict[str, Element] = field(default_factory=dict)

    def check(self, root: Element) -> None:
        """Keep the author's ids that are in form and free; say what is wrong with the others, and take them off."""
        for element in [
            element
            for element in root.iter()
            if "id" in element.attrib and not is_call(element)
        ]:
            name = element.get("id", "")
            wrong = self.fault(name)
            if wrong:
                code, message, fix = wrong
                self.context.error(
                    code, message, self.context.span(element, f"#{name}", name), fix
                )
                del element.attrib["id"]
            else:
                self.taken[name] = element

    def fault(self, name: str) -> tuple[str, str, str] | None:
        """Return what is wrong with an author's id."""
        if not _FORM.match(name):
            return (
                "I01",
                f"id {name!r} is not of Latin letters, digits and hyphens, a letter first",
                f"write {self.slug(name)!r}",
            )
        if _OURS.match(name):
            return (
                "I02",
                f"id {name!r} is of a kind that we give ourselves",
                f"write {self.slug(name)!r}",
            )
        if name in self.taken:
            line = self.context.place(self.taken[name])[0]
            return (
                "I03",
                f"id {name!r} is used twice",
                f"line {line} has the first; rename one" if line else "rename one",
            )
        return None

    def slug(self, words: str) -> str:
        """Return an id made of words that nobody has yet."""
        name = slugify(words, max_length=60, word_boundary=True) or "section"
        if not _FORM.match(name) or _OURS.match(name):
            name = f"s-{name}"
        free, count = name, 1
        while free in self.taken:
            count += 1
            free = f"{name}-{count}"
        return free

    def give(self, element: Element, name: str) -> None:
        """Give an element an id, unless it has one."""
        if "id" not in element.attrib:
            # Ids come first when an element is written: they are what people look for in a page's source.
            rest = dict(element.attrib)
            element.attrib.clear()
            element.attrib.update({"id": name, **rest})
            self.taken[name] = element

    def number(self, root: Element, prefix: str) -> None:
        """Give an id to headings, and a numbered one to every other block that holds text."""
        for heading in [element for element in root.iter() if element.tag in LEVELS]:
            self.give(heading, self.slug(text_of(heading, is_call)))
        count = 0
        for element in root.iter():
            if element is not root and (
                element.tag in _NAMED
                or "callout" in element.get("class", "").split()
                or holds_text(element)
            ):
                count += "id" not in element.attrib
                self.give(element, f"{prefix}{count}")
        _label(root)


def holds_text(element: Element) -> bool:
    """Whether the element is a block with words of its own, and not only with blocks that have some."""
    if element.tag not in BLOCKS:
        return False
    texts = [element.text, *(child.tail for child in element)]
    return any(text and text.strip() for text in texts) or any(
        child.tag not in BLOCKS and text_of(child) for child in element
    )


def _label(root: Element) -> None:
    """Let boxes and regions say which element names them."""
    for element in root.iter():
        classes = element.get("class", "").split()
        if "callout" in classes and len(element):
            element.set("aria-labelledby", element[0].get("id", ""))
        for region in [child for child in element if child.get("class") == "scroll"]:
            first = element[0]
            name = (
                first.get("id", "")
                if first.tag == "summary"
                else first[0].get("id", "")
                if len(first)
                else ""
            )
            if first is not region and name:
                region.set("aria-labelledby", name)
            else:
                region.set(
                    "aria-label",
                    text_of(next(region.iter("tr"), region), is_call)[:100],
                )
