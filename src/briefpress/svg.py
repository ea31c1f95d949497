"""The check of SVG files: they may draw shapes and text, and nothing else.

Pictures of briefs, logos, pictures of themes and covers all pass it. It reads elements
and attributes, so a word in a description is never taken for a script.
"""

from __future__ import annotations

import base64
import io
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from briefpress.css_urls import css_urls

MAX_BYTES = 2_000_000  # a path of half a million points takes a minute to draw
MAX_ELEMENTS = 200_000  # after every reference has been followed
MAX_DEPTH = 100  # elements within one another
MAX_SIDE = 100_000  # pixels

MAX_EMBEDDED_PIXELS = 60_000_000  # of all pictures in a drawing

SVG_NAMESPACE = "http://www.w3.org/2000/svg"
XML_NAMESPACE = "http://www.w3.org/XML/1998/namespace"
_XHTML = "http://www.w3.org/1999/xhtml"
# `svg_cleaner` removes some elements, but not these: they run or load something.
REFUSED_ELEMENTS = frozenset(
    "script iframe audio video handler listener discard include object embed".split()  # noqa: SIM905 - shorter than a list
)
_FORBIDDEN_ELEMENTS = REFUSED_ELEMENTS | {
    "foreignObject",
    "animate",
    "animateMotion",
    "animateTransform",
    "set",
}
# Attributes whose value is text or a name. CSS in them has no effect.
_TEXT_ATTRIBUTES = frozenset(
    "id class lang role title alt d points viewBox type systemLanguage".split()  # noqa: SIM905 - likewise
)
# CSS without any of these words loads nothing. An escape could hide one.
_MAY_LOAD = re.compile(r"\\|url|src|image|cross-fade|attr\(|@import", re.IGNORECASE)
_LOCAL_URL = re.compile(r"\burl\(\s*#([^\s()\"'\\]+)\s*\)", re.IGNORECASE)
_RASTER_FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
_RASTER_URL = re.compile(r"data:image/(?:png|jpe?g|gif|webp);base64,", re.IGNORECASE)
_NUMBER = re.compile(r"-?[0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?")
_LENGTH = re.compile(
    r"\s*([0-9]*\.?[0-9]+(?:e[+-]?[0-9]+)?)\s*(px|pt|pc|in|cm|mm)?\s*\Z", re.IGNORECASE
)
_PIXELS_PER_UNIT = {
    "": 1.0,
    "px": 1.0,
    "pt": 4 / 3,
    "pc": 16.0,
    "in": 96.0,
    "cm": 96 / 2.54,
    "mm": 96 / 25.4,
}
_REMOVE_ADDRESS = "remove that address from it"
_DRAWING = ""  # the key of what the drawing as a whole refers to


class SvgError(ValueError):
    """An SVG that must not be drawn.

    The message is a clause, "it contains <script>"; `fix` is what to do, or empty.
    """

    def __init__(self, clause: str, fix: str = "") -> None:
        """Keep the fix beside the clause."""
        super().__init__(clause)
        self.fix = fix


def handler_error(tag: str, key: str) -> SvgError:
    """Return the error of an attribute that runs a script."""
    return SvgError(
        f"its <{tag}> has the attribute {key}, which runs a script",
        f"remove {key} from it",
    )


def not_well_formed(error: Exception) -> SvgError:
    """Return the error of an SVG that cannot be parsed."""
    return SvgError(
        f"it is not well-formed XML: {error}",
        "save it again from the drawing program",
    )


def check_svg(data: bytes, *, embedded: bool = False) -> tuple[int, int] | None:
    """Return width and height in pixels; None if the SVG has no size.

    PNG, JPEG, GIF and WebP may be part of the file, as `data:` URLs. With `embedded`, SVG
    and fonts may be too: only for files that we write. Raises `SvgError` if the SVG does
    more than draw, or would take too long to draw.
    """
    checker = _SvgChecker(embedded)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = checker.start_element
    parser.EndElementHandler = checker.end_element
    parser.CharacterDataHandler = checker.text
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.ProcessingInstructionHandler = _refuse_style_sheet
    try:
        parser.Parse(data, True)  # noqa: FBT003 - expat takes no keyword
    except SvgError:
        raise
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise not_well_formed(error) from error
    _check_bytes(len(data) - checker.embedded_bytes)
    if checker.drawn_elements() > MAX_ELEMENTS:
        raise SvgError(f"it draws more than {MAX_ELEMENTS:,} elements")
    return _size(checker.root_attributes)


@dataclass(slots=True)
class _SvgChecker:
    """Checks an SVG while it is parsed, and counts what it draws."""

    embedded: bool
    root_attributes: dict[str, str] = field(default_factory=dict)
    element_count: int = 0
    open_tags: list[str] = field(default_factory=list)
    open_ids: list[str] = field(default_factory=list)  # "" for elements without an id
    open_markers: int = 0
    style_text: list[str] = field(default_factory=list)  # of the open <style>
    embedded_bytes: int = 0
    embedded_pixels: int = 0
    # By id: how many elements it contains, and which ids it refers to.
    contained: Counter[str] = field(default_factory=Counter)
    references: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def start_element(self, name: str, attributes: dict[str, str]) -> None:
        """Check an element and its attributes."""
        namespace, _, tag = name.rpartition(" ")
        if not self.element_count:
            _check_root(namespace, tag)
            self.root_attributes = attributes
        if tag in _FORBIDDEN_ELEMENTS or namespace == _XHTML:
            raise SvgError(f"it contains <{tag}>", f"remove <{tag}> from it")
        self.element_count += 1
        if tag == "marker":
            self.open_markers += 1
        self.contained.update(self._open_element_ids())
        for key, value in attributes.items():
            self._check_attribute(tag, key, value)
        self.open_tags.append(tag)
        self.open_ids.append(attributes.get("id", ""))
        self._check_complexity()

    def end_element(self, name: str) -> None:
        """Leave an element; check the style sheet that ends with it."""
        tag = name.rpartition(" ")[2]
        if tag == "marker":
            self.open_markers -= 1
        self.open_tags.pop()
        self.open_ids.pop()
        if tag == "style":
            self._add_references(self._css_references("".join(self.style_text)))
            self.style_text.clear()

    def text(self, data: str) -> None:
        """Keep the text of a style sheet. Other text has no effect."""
        if "style" in self.open_tags:
            self.style_text.append(data)

    def drawn_elements(self) -> int:
        """Return how many elements are drawn if every reference is followed."""
        counts: dict[str, int] = {}  # by id, with what it refers to
        open_ids: set[str] = set()

        def count(name: str, depth: int) -> int:
            if name in open_ids or depth > MAX_DEPTH:
                raise SvgError("one of its <use> elements contains itself")
            if name in counts:
                return counts[name]
            open_ids.add(name)
            total = 1 + self.contained[name]
            for other in self._referred(name):
                total += count(other, depth + 1)
            open_ids.discard(name)
            counts[name] = total
            return total

        total = self.element_count
        for name in self._referred(_DRAWING):
            total += count(name, 0)
        return total

    def _referred(self, name: str) -> list[str]:
        return self.references.get(name, [])

    def _open_element_ids(self) -> set[str]:
        """Return the ids of the open elements."""
        return {name for name in self.open_ids if name}

    def _check_complexity(self) -> None:
        is_deep = len(self.open_tags) > MAX_DEPTH
        if is_deep or self.element_count > MAX_ELEMENTS:
            raise SvgError(
                f"it has more than {MAX_ELEMENTS:,} elements, or more than {MAX_DEPTH}"
                " within one another"
            )

    def _check_attribute(self, tag: str, name: str, value: str) -> None:
        """Check one attribute."""
        namespace, _, key = name.rpartition(" ")
        if key.lower().startswith("on") and not namespace:
            raise handler_error(tag, key)
        if self.open_markers and key.startswith("marker-"):
            # Each of them would be drawn at each point of each other one.
            raise SvgError("a <marker> in it has markers itself")
        if key == "base" and namespace == XML_NAMESPACE:
            raise SvgError("it has the attribute xml:base", "remove xml:base from it")
        if key in ("href", "src"):
            self._check_address(tag, value.strip())
        elif _is_css(namespace, key, value):
            self._add_references(self._css_references(value))

    def _check_address(self, tag: str, address: str) -> None:
        """Check an address: it must be a part of the same file."""
        if address.startswith("#"):
            if tag == "use":
                self._add_references([address[1:]])
            return
        if tag == "a":
            raise SvgError("it contains a link", "put the link into the brief's text")
        raster = _RASTER_URL.match(address)
        is_allowed = self.embedded and address.startswith("data:image/")
        if not is_allowed and not (raster and tag == "image"):
            raise SvgError(f"it loads `{address[:60]}`", _REMOVE_ADDRESS)
        if raster:
            self.embedded_pixels += _pixels_of(address[raster.end() :])
        if self.embedded_pixels > MAX_EMBEDDED_PIXELS:
            limit = f"{MAX_EMBEDDED_PIXELS:,}"
            raise SvgError(f"the pictures in it have more than {limit} pixels")
        self.embedded_bytes += len(address)

    def _css_references(self, css: str) -> Iterator[str]:
        """Yield the ids that CSS refers to."""
        if not _MAY_LOAD.search(_LOCAL_URL.sub(" ", css)):
            yield from _LOCAL_URL.findall(css)
            return
        if "\\" in css:
            raise SvgError("its style has an escape, which could hide an address")
        import tinycss2  # few pictures need it

        values = tinycss2.parse_component_value_list(css, skip_comments=True)
        for found in css_urls(values):
            url = found.url.strip()
            if found.is_import:
                raise SvgError(f"its style imports `{url[:60]}`", _REMOVE_ADDRESS)
            if url.startswith("#"):
                yield url[1:]
            elif self.embedded and url.startswith("data:"):
                self.embedded_bytes += len(url)
            else:
                raise SvgError(f"its style loads `{url[:60]}`", _REMOVE_ADDRESS)

    def _add_references(self, names: Iterator[str] | list[str]) -> None:
        """Note that the open elements, and so the drawing, refer to these ids."""
        for name in names:
            for holder in {_DRAWING, *self._open_element_ids()}:
                self.references[holder].append(name)


def _pixels_of(base64_text: str) -> int:
    """Return the number of pixels of an embedded picture. Raises `SvgError`."""
    from PIL import Image

    try:
        data = base64.b64decode(base64_text.encode("ascii"))
        with Image.open(io.BytesIO(data), formats=_RASTER_FORMATS) as image:
            width, height = image.size
            if width * height <= MAX_EMBEDDED_PIXELS:
                image.load()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise SvgError("a picture in it is damaged", "embed it again") from error
    return int(width * height)


def _is_css(namespace: str, key: str, value: str) -> bool:
    """Return whether an attribute's value is read as CSS, and could load something."""
    if namespace or key in _TEXT_ATTRIBUTES or key.startswith(("aria-", "data-")):
        return False
    return key == "style" or "(" in value


def _check_root(namespace: str, tag: str) -> None:
    if (tag, namespace) != ("svg", SVG_NAMESPACE):
        raise SvgError(
            "it is not an SVG",
            f'its first element must be <svg xmlns="{SVG_NAMESPACE}">',
        )


def _check_bytes(size: int) -> None:
    if size > MAX_BYTES:
        raise SvgError(
            f"it has {size:,} bytes, and the limit is {MAX_BYTES:,}",
            "simplify its paths",
        )


def _refuse_doctype(*_: object) -> None:
    """Refuse a document type, which could declare entities."""
    raise SvgError("it has a DOCTYPE", "save it without the DOCTYPE")


def _refuse_style_sheet(target: str, _: str) -> None:
    """Refuse a style sheet in a file of its own."""
    if target == "xml-stylesheet":
        raise SvgError("it loads a style sheet", "put the style into the SVG")


def _size(attributes: dict[str, str]) -> tuple[int, int] | None:
    """Return the size that `width` and `height` state, or else the `viewBox`."""
    width = _pixels(attributes.get("width", ""))
    height = _pixels(attributes.get("height", ""))
    if not width or not height:
        box_width, box_height = _view_box_size(attributes.get("viewBox", ""))
        width, height = box_width or width, box_height or height
    if not (0 < width < MAX_SIDE and 0 < height < MAX_SIDE):
        return None
    return max(1, round(width)), max(1, round(height))


def _view_box_size(view_box: str) -> tuple[float, float]:
    """Return width and height of a `viewBox`; zeros if they are not valid."""
    numbers = [float(text) for text in _NUMBER.findall(view_box)]
    if len(numbers) != 4 or min(numbers[2:]) <= 0:
        return 0.0, 0.0
    return numbers[2], numbers[3]


def _pixels(length: str) -> float:
    """Return a length in pixels; 0 if it is relative or missing."""
    match = _LENGTH.match(length)
    if match is None:
        return 0.0
    unit = (match[2] or "").lower()
    return float(match[1]) * _PIXELS_PER_UNIT[unit]
