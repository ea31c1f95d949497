"""An SVG, checked before anything draws it: it may hold shapes and words, and lead nowhere."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from xml.parsers import expat

BYTES = 2_000_000  # a path of half a million points takes a minute to draw
MANY, DEEP = (
    200_000,
    100,
)  # elements, and elements in one another, after `use` has been followed
_SVG = "http://www.w3.org/2000/svg"
_FORBIDDEN = frozenset(
    (
        "script",
        "foreignObject",
        "iframe",
        "audio",
        "video",
        "animate",
        "animateMotion",
        "animateTransform",
        "set",
    )
) | {"handler", "listener", "discard", "include"}
_URL = re.compile(
    r"url\(\s*[\"']?\s*([^)\"']*)|@import|\b(?:src|image(?:-set)?)\(", re.IGNORECASE
)
_LENGTH = re.compile(
    r"\s*([0-9]*\.?[0-9]+(?:e[+-]?[0-9]+)?)\s*(px|pt|pc|in|cm|mm)?\s*\Z", re.IGNORECASE
)
_PIXELS = {
    "": 1.0,
    "px": 1.0,
    "pt": 4 / 3,
    "pc": 16.0,
    "in": 96.0,
    "cm": 96 / 2.54,
    "mm": 96 / 25.4,
}


class SvgError(ValueError):
    """What is wrong with the SVG, as a clause: "its SVG holds a script"."""


@dataclass(slots=True)
class _Check:
    """What is gathered while the file is read once."""

    markers: int = 0  # that are open
    open: list[str] = field(
        default_factory=list
    )  # ids, or nothing, of the elements that are open
    size: dict[str, int] = field(
        default_factory=lambda: defaultdict(int)
    )  # elements inside each id
    uses: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    root: dict[str, str] = field(default_factory=dict)
    count: int = 0
    style: bool = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Check an element and what its attributes lead to."""
        space, _, tag = name.rpartition(" ")
        if self.count == 0 and (tag, space) != ("svg", _SVG):
            raise SvgError(
                "it is not an SVG: its first element is no svg with the SVG namespace"
            )
        if tag in _FORBIDDEN or space == "http://www.w3.org/1999/xhtml":
            raise SvgError(f"its SVG holds <{tag}>")
        if self.count == 0:
            self.root = attributes
        self.count += 1
        self.markers += tag == "marker"
        self.style = tag == "style"
        for holder in set(filter(None, ["", *self.open])):
            self.size[holder] += 1
        for key, value in attributes.items():
            self.attribute(tag, key.rpartition(" ")[2].rpartition(":")[2], value)
        self.open.append(attributes.get("id", ""))
        if len(self.open) > DEEP or self.count > MANY:
            raise SvgError(
                f"its SVG holds more than {MANY:,} elements, or more than {DEEP} in one another"
            )

    def attribute(self, tag: str, key: str, value: str) -> None:
        """Check one attribute."""
        if key.lower().startswith("on"):
            raise SvgError(f"its SVG has the handler {key}")
        if self.markers and key.startswith(
            "marker-"
        ):  # each would be drawn at each point of each
            raise SvgError("its SVG has markers on markers")
        if key == "base":
            raise SvgError("its SVG has another base")
        if key == "href":
            if not value.strip().startswith("#") and tag != "a":
                raise SvgError(f"its SVG leads outside, to {value[:60]!r}")
            if tag == "a" and not value.strip().startswith("#"):
                raise SvgError("its SVG holds a link: put it in the text")
            for holder in {"", *self.open} if tag == "use" else ():
                self.uses[holder].append(value.strip()[1:])
        for name in self.urls(value, escapes=key == "style" or "(" in value):
            for holder in {"", *self.open}:
                self.uses[holder].append(name)

    def urls(self, text: str, *, escapes: bool) -> list[str]:
        """Check what a style leads to, and return the ids that it names. `escapes`: it is CSS, which may hide words."""
        if escapes and "\\" in text:
            raise SvgError(
                "its SVG has a style with an escape, which may hide an address"
            )
        found = []
        for match in _URL.finditer(text):
            if not (match[1] or "").strip().startswith("#"):
                raise SvgError("its SVG leads outside, in a style")
            found.append(match[1].strip()[1:])
        return found

    def end(self, name: str) -> None:
        """Leave an element."""
        self.markers -= name.rpartition(" ")[2] == "marker"
        self.open.pop()
        self.style = False

    def text(self, data: str) -> None:
        """Check a style sheet."""
        if self.style:
            self.urls(data, escapes=True)

    def expanded(self) -> int:
        """Return how many elements are drawn once every `use` has been followed."""
        known: dict[str, int] = {}
        busy: set[str] = set()

        def cost(holder: str, depth: int) -> int:
            if holder in busy or depth > DEEP:
                raise SvgError("its SVG uses itself")
            if holder not in known:
                busy.add(holder)
                known[holder] = (
                    1
                    + self.size.get(holder, 0)
                    + sum(cost(name, depth + 1) for name in self.uses.get(holder, ()))
                )
                busy.discard(holder)
            return known[holder]

        return self.count + sum(cost(name, 0) for name in self.uses.get("", ()))


def svg_size(data: bytes) -> tuple[int, int]:
    """Return width and height in pixels. Raises `SvgError` for what must not be drawn."""
    if len(data) > BYTES:
        raise SvgError(
            f"its SVG has {len(data):,} bytes, and {BYTES:,} is the limit: simplify its paths"
        )
    check = _Check()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True  # so that a style sheet comes in one piece
    parser.StartElementHandler = check.start
    parser.EndElementHandler = check.end
    parser.CharacterDataHandler = check.text
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.ProcessingInstructionHandler = _refuse_instruction
    try:
        parser.Parse(data, True)  # noqa: FBT003 - expat's only form
    except (expat.ExpatError, LookupError, ValueError) as error:
        if isinstance(error, SvgError):
            raise
        raise SvgError(f"its SVG is not well-formed: {error}") from error
    if check.expanded() > MANY:
        raise SvgError(f"its SVG draws more than {MANY:,} elements")
    return _size(check.root)


def _refuse_doctype(*_: object) -> None:
    """Refuse a document type: entities come with it."""
    raise SvgError("its SVG has a DOCTYPE: save it without one")


def _refuse_instruction(target: str, _: str) -> None:
    """Refuse a style sheet from elsewhere."""
    if target == "xml-stylesheet":
        raise SvgError("its SVG takes a style sheet from outside")


def _size(root: dict[str, str]) -> tuple[int, int]:
    """Return the size that `width` and `height` give, or else the viewBox."""
    box = [
        float(n)
        for n in re.findall(
            r"-?[0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?", root.get("viewBox", "")
        )
    ]
    sides = [_pixels(root.get(side, "")) for side in ("width", "height")]
    if len(box) == 4 and box[2] > 0 and box[3] > 0 and not all(sides):
        sides = [box[2], box[3]]
    if not all(0 < side < 100_000 for side in sides):
        raise SvgError("its SVG says no size: give it a viewBox")
    return max(1, round(sides[0])), max(1, round(sides[1]))


def _pixels(length: str) -> float:
    """Return a length in pixels, 0 when it says none."""
    match = _LENGTH.match(length)
    return float(match[1]) * _PIXELS[(match[2] or "").lower()] if match else 0.0
