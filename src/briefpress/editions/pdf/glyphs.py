"""Characters that no font of the theme has: WeasyPrint prints an empty box and says so in a log. We say where."""

from __future__ import annotations

from typing import Any
from unicodedata import name
from xml.etree.ElementTree import Element

from briefpress.editions.pdf.pieces import walk
from briefpress.problems import Problem


def missing_glyphs(rendered: Any, body: Element) -> tuple[Problem, ...]:
    """Return an error for each character that a written document could not set, and where it stands first."""
    wanted = {chr(code) for font in rendered.fonts.values() for code in font.missing}
    if not wanted:
        return ()
    parents = {child: parent for parent in body.iter() for child in parent}
    places: dict[str, str] = {}
    for page in rendered.pages:
        for box in walk(page._page_box):  # noqa: SLF001 - the only way to the boxes
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
