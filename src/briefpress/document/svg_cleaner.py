"""SVG files of other programs: what is unsafe or cannot be drawn is removed or replaced.

Drawing programs add a DOCTYPE, data of their own, HTML labels, links and fonts. None of
it is needed to draw. What would run or load something is not removed but refused:
`check_svg` sees every result.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass, field
from re import Match
from xml.etree.ElementTree import Element, SubElement, TreeBuilder
from xml.parsers import expat

from briefpress.svg import (
    MAX_DEPTH,
    MAX_ELEMENTS,
    MAX_SIDE,
    REFUSED_ELEMENTS,
    SVG_NAMESPACE,
    XML_NAMESPACE,
    SvgError,
    check_svg,
    handler_error,
    not_well_formed,
)
from briefpress.xhtml import remove_children, to_xhtml

_SVG = f"{{{SVG_NAMESPACE}}}"
_XLINK, _XML = "{http://www.w3.org/1999/xlink}", f"{{{XML_NAMESPACE}}}"
_W3C_DTD = re.compile(r"https?://www\.w3\.org/[\w./-]{0,100}\Z")
# Illustrator declares short names of namespaces as entities.
_NAMESPACE = re.compile(r"[\w.:/#~-]{1,100}\Z", re.ASCII)
MAX_ENTITIES, MAX_ENTITY_USES = 40, 200
_SAFE_LINK = re.compile(r"\s*(https?:|mailto:|tel:|#|[^:]*\Z)", re.IGNORECASE)
_LINK_ATTRIBUTES = ("href", "target", "rel", "download", "type")
ANIMATIONS = frozenset(("animate", "animateMotion", "animateTransform", "set"))
_UNSAFE_TARGET = re.compile(r"\s*(?:on|(?:\w+:)?href)", re.IGNORECASE)
_FONT_FACE = re.compile(
    r"@font-face\s*\{(?:[^{}\"']|\"[^\"]*\"|'[^']*')*\}", re.IGNORECASE
)
_OUTSIDE_URL = re.compile(r"url\(\s*+[\"']?+\s*+(?!data:)", re.IGNORECASE)
# `font: italic bold 10px/1.2 Arial`; WeasyPrint reads only size and family.
_FONT = re.compile(
    r"(?<![\w-])font\s*:\s*(?P<style>(?:(?:[a-z]+|[1-9]00)\s+){0,4})"
    r"(?P<size>[\d.]+(?:px|pt|em|rem|mm|%)?)(?:\s*/\s*[\w.%]+)?\s+"
    r"(?P<family>[^;{}]+)",
    re.IGNORECASE,
)
_FONT_WEIGHT = re.compile(r"bold|[1-9]00\Z")

# HTML labels.
_LINE_ENDS = frozenset("br div dd dt h1 h2 h3 h4 h5 h6 li p pre tr".split())  # noqa: SIM905 - shorter than a list
_FONT_SIZE = re.compile(r"font-size:\s*([\d.]+)(?:px)?\s*(?:;|\Z)")
_COLOR = re.compile(r"(?<![\w-])color:\s*(#[0-9a-fA-F]{3,8}|rgb\([\d,. ]+\)|[a-z]+)")
_AT_START = re.compile(r"text-align:\s*(?:left|start)|justify-content:[\w -]*start")
DEFAULT_FONT_SIZE = 16.0
LETTER_WIDTH = 0.52  # of the font size, on average
LINE_HEIGHT = 1.2
LONGEST_LINE = 1000


@dataclass(frozen=True, slots=True)
class CleanSvg:
    """An SVG that is safe, and what readers may miss in it."""

    data: bytes  # the same object as before, if nothing was changed
    size: tuple[int, int] | None
    losses: tuple[str, ...]  # clauses: "its links were removed"


def clean_svg(data: bytes) -> CleanSvg:
    """Return an SVG that draws shapes, text and embedded pictures, and nothing else.

    Raises `SvgError` if it runs or loads something, or would take too long to draw.
    """
    reader = _SvgReader(data)
    root = reader.read()
    cleaner = _Cleaner()
    if root.tag == f"{_SVG}svg":  # `check_svg` refuses any other
        cleaner.clean(root)
    if reader.has_doctype or cleaner.is_changed:
        data = to_xhtml(root).encode()
    size = check_svg(data)
    return CleanSvg(data, size, tuple(dict.fromkeys(cleaner.losses)))


@dataclass(slots=True)
class _SvgReader:
    """Reads an SVG into a tree; it refuses entities and what is too deep or too large."""

    data: bytes
    has_doctype: bool = False
    entities: int = 0
    elements: int = 0
    depth: int = 0
    builder: TreeBuilder = field(default_factory=TreeBuilder)

    def read(self) -> Element:
        """Return the root. Raises `SvgError`."""
        parser = expat.ParserCreate(namespace_separator="}")
        parser.buffer_text = True
        parser.ordered_attributes = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self.builder.data
        parser.StartDoctypeDeclHandler = self._doctype
        parser.EntityDeclHandler = self._entity
        parser.ProcessingInstructionHandler = self._instruction
        try:
            parser.Parse(self.data, True)  # noqa: FBT003 - expat takes no keyword
        except SvgError:
            raise
        except (expat.ExpatError, LookupError, ValueError) as error:
            raise not_well_formed(error) from error
        return self.builder.close()

    def _start(self, name: str, attributes: list[str]) -> None:
        self.elements += 1
        self.depth += 1
        if self.elements > MAX_ELEMENTS or self.depth > MAX_DEPTH:
            raise SvgError(
                f"it has more than {MAX_ELEMENTS:,} elements, or more than {MAX_DEPTH}"
                " within one another"
            )
        keys = map(_qualified, attributes[::2])
        self.builder.start(
            _qualified(name), dict(zip(keys, attributes[1::2], strict=True))
        )

    def _end(self, name: str) -> None:
        self.depth -= 1
        self.builder.end(_qualified(name))

    def _doctype(self, _name: str, system_id: str | None, *_: object) -> None:
        """Leave a DOCTYPE out. It is never loaded, but one elsewhere is suspicious."""
        self.has_doctype = True
        if system_id and not _W3C_DTD.match(system_id):
            raise SvgError(
                "its DOCTYPE has an address outside of www.w3.org", "remove its DOCTYPE"
            )

    def _entity(
        self,
        name: str,
        is_parameter: object,
        value: str | None,
        *_: object,
    ) -> None:
        """Accept a short name for a namespace; refuse any other entity."""
        self.entities += 1
        is_namespace = bool(_NAMESPACE.match(value or ""))
        uses = self.data.count(f"&{name};".encode())
        is_plain = b"\0" not in self.data[:100]  # in UTF-16 uses cannot be counted
        is_small = self.entities <= MAX_ENTITIES and uses <= MAX_ENTITY_USES
        if is_parameter or not (is_namespace and is_plain and is_small):
            raise SvgError(
                "its DOCTYPE declares entities", "save it as a plain SVG, without them"
            )

    def _instruction(self, target: str, _: str) -> None:
        if target == "xml-stylesheet":
            raise SvgError("it loads a style sheet", "put the style into the SVG")


def _qualified(name: str) -> str:
    """Return a name of expat as ElementTree writes it: `{namespace}tag`."""
    return f"{{{name}" if "}" in name else name


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]


@dataclass(slots=True)
class _Cleaner:
    """Removes and replaces parts of a drawing, in place."""

    is_changed: bool = False
    losses: list[str] = field(default_factory=list)

    def clean(self, element: Element) -> None:
        """Clean an element and all that it contains; its depth is limited."""
        self._clean_attributes(element)
        name = _local_name(element.tag)
        if name == "switch":
            self._resolve_switch(element)
        elif name == "foreignObject":
            self._replace_label(element)
        elif name == "style":
            self._clean_style_sheet(element)
        self._remove(element, filter(self._is_useless, element))
        for child in element:
            if _local_name(child.tag) == "a":
                self._unlink(element, child)
            self.clean(child)

    def _remove(self, parent: Element, children: Iterable[Element]) -> None:
        removed = list(children)
        if removed:
            remove_children(parent, removed)
            self.is_changed = True

    def _is_useless(self, element: Element) -> bool:
        """Return whether an element draws nothing, or nothing that stays."""
        name = _local_name(element.tag)
        if name in REFUSED_ELEMENTS:
            return False
        if name in ANIMATIONS:
            _check_animation(element, name)
            self.losses.append("it does not move")
            return True
        return name == "metadata" or not element.tag.startswith(_SVG)

    def _clean_attributes(self, element: Element) -> None:
        """Remove attributes of other programs; write fonts so that all can read them."""
        for key in list(element.attrib):
            if _is_foreign(key):
                del element.attrib[key]
                self.is_changed = True
        style = element.get("style", "")
        if "font" in element.attrib:
            style = f"font:{element.attrib.pop('font')};{style}"
        expanded = _FONT.sub(_font_declarations, style)
        if expanded != element.get("style", ""):
            element.set("style", expanded)
            self.is_changed = True

    def _clean_style_sheet(self, element: Element) -> None:
        """Remove fonts from a style sheet: print and e-books cannot use them."""
        css = "".join(element.itertext())
        if "\\" in css:
            return  # `check_svg` refuses it
        cleaned = _FONT_FACE.sub(self._without_embedded_font, css)
        cleaned = _FONT.sub(_font_declarations, cleaned)
        if cleaned != css:
            element[:] = []
            element.text = cleaned
            self.is_changed = True

    def _without_embedded_font(self, rule: Match[str]) -> str:
        """Return nothing for a font in the file; `check_svg` refuses any other."""
        if _OUTSIDE_URL.search(rule[0]):
            return rule[0]
        self.losses.append("its own fonts are replaced")
        return ""

    def _resolve_switch(self, switch: Element) -> None:
        """Keep the one child of a `<switch>` that every program can draw."""
        drawn = [child for child in switch if child.tag.startswith(_SVG)]
        plain = [child for child in drawn if child.tag != f"{_SVG}foreignObject"]
        in_any_language = [child for child in plain if not child.get("systemLanguage")]
        chosen = next(iter(in_any_language or plain or drawn), None)
        _refuse_scripts(switch)
        self._remove(switch, [child for child in switch if child is not chosen])
        switch.tag = f"{_SVG}g"
        self.is_changed = True

    def _replace_label(self, label: Element) -> None:
        """Replace an HTML label with its words, as text of the drawing."""
        _refuse_scripts(label)
        text = _label_text(label)
        label.tag, label.attrib, label.text = text.tag, dict(text.attrib), None
        label[:] = list(text)
        self.is_changed = True
        if len(text):
            self.losses.append("its HTML labels are set as plain text")

    def _unlink(self, parent: Element, link: Element) -> None:
        """Make a group of a link, unless it leads to a script."""
        address = link.get("href") or link.get(f"{_XLINK}href") or ""
        if not _SAFE_LINK.match(address):
            raise SvgError("it contains a link", "put the link into the brief's text")
        is_in_text = _local_name(parent.tag) in ("text", "tspan", "textPath")
        link.tag = f"{_SVG}tspan" if is_in_text else f"{_SVG}g"
        for key in list(link.attrib):
            if key in _LINK_ATTRIBUTES or key.startswith(_XLINK):
                del link.attrib[key]
        self.is_changed = True
        if address:
            self.losses.append("its links were removed")


def _refuse_scripts(element: Element) -> None:
    """Raise `SvgError` if something that is removed contains what would run."""
    for inner in element.iter():
        name = _local_name(inner.tag)
        if name in REFUSED_ELEMENTS:
            raise SvgError(f"it contains <{name}>", f"remove <{name}> from it")
        for key in inner.attrib:
            if key.lower().startswith("on"):
                raise handler_error(name, key)


def _check_animation(element: Element, name: str) -> None:
    """Raise `SvgError` if a movement changes a link or a handler: that is an attack."""
    changes_link = _UNSAFE_TARGET.match(element.get("attributeName", ""))
    if changes_link or _local_name(element.tag) != name:
        raise SvgError(f"it contains <{name}>", f"remove <{name}> from it")


def _is_foreign(key: str) -> bool:
    """Return whether an attribute belongs to another program."""
    return key.startswith("{") and not key.startswith((_XLINK, _XML))


def _local_name(name: str) -> str:
    return name.rpartition("}")[2]


def _font_declarations(match: Match[str]) -> str:
    """Return `font: bold 10px Arial` as declarations of their own."""
    words = match["style"].lower().split()
    declarations = []
    for word in words:
        if word in ("italic", "oblique"):
            declarations.append(f"font-style:{word}")
        elif _FONT_WEIGHT.match(word):
            declarations.append(f"font-weight:{word}")
    declarations.append(f"font-size:{match['size']}")
    declarations.append(f"font-family:{match['family'].strip()}")
    return ";".join(declarations)


def _label_text(label: Element) -> Element:
    """Return the words of an HTML label as `<text>`, in lines within its box."""
    styles = ";".join(inner.get("style", "") for inner in label.iter())
    font_size = _number(_found(_FONT_SIZE, styles)) or DEFAULT_FONT_SIZE
    x, y = _number(label.get("x")), _number(label.get("y"))
    width, height = _number(label.get("width")), _number(label.get("height"))
    columns = max(1, int(width / font_size / LETTER_WIDTH)) if width else LONGEST_LINE
    lines: list[str] = []
    for line in _lines_of_html(label):
        lines += textwrap.wrap(line, columns, break_long_words=False)
    is_centred = bool(width) and not _AT_START.search(styles)
    text = Element(f"{_SVG}text", {"stroke": "none"})
    text.set("fill", _found(_COLOR, styles) or "currentColor")
    text.set("text-anchor", "middle" if is_centred else "start")
    if _FONT_SIZE.search(styles):
        text.set("font-size", f"{font_size:g}")
    left = x + width / 2 if is_centred else x
    line_height = font_size * LINE_HEIGHT
    first = y + (height - line_height * (len(lines) - 1)) / 2 + font_size * 0.35
    for number, line in enumerate(lines):
        place = {"x": f"{left:g}", "y": f"{first + number * line_height:g}"}
        SubElement(text, f"{_SVG}tspan", place).text = line
    return text


def _lines_of_html(label: Element) -> list[str]:
    """Return the lines of an HTML label, with white space collapsed."""
    pieces: list[str] = []

    def read(element: Element) -> None:
        name = _local_name(element.tag).lower()
        if name == "style":
            return
        ends_line = name in _LINE_ENDS
        pieces.append("\n" if ends_line else "")
        pieces.append(_collapsed(element.text))
        for child in element:
            read(child)
            pieces.append(_collapsed(child.tail))
        pieces.append("\n" if ends_line else "")

    read(label)
    lines = [" ".join(line.split()) for line in "".join(pieces).split("\n")]
    return [line for line in lines if line]


def _collapsed(text: str | None) -> str:
    return re.sub(r"\s+", " ", text or "")


def _found(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return match[1] if match else ""


def _number(text: str | None) -> float:
    """Return a length without unit, or 0."""
    try:
        number = float(text or 0)
    except ValueError:
        return 0.0
    return number if abs(number) < MAX_SIDE else 0.0
