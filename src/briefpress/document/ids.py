"""Ids: the author's checked, headings' made of their words, and one for every block that holds text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from slugify import slugify

from briefpress.document.desk import Desk
from briefpress.document.headings import LEVELS
from briefpress.xhtml import BLOCKS, is_call, text_of

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
class Ids:
    """The ids of one brief, each given once."""

    desk: Desk
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
                self.desk.error(
                    code, message, self.desk.span(element, f"#{name}", name), fix
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
            line = self.desk.place(self.taken[name])[0]
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
