"""Caches for what WeasyPrint computes again and again: the same bytes in less time.

Each function here takes a function of WeasyPrint. It returns one that caches results
and calls the original for everything else. No rule of layout is written a second time.
Results are found by values, never by a style object, because WeasyPrint changes styles
during the layout of flex boxes and grids. `README.md` has what each saves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import itemgetter
from typing import Any

from weasyprint.css.computed_values import PHYSICAL_FUNCTIONS
from weasyprint.css.properties import INHERITED, INITIAL_NOT_COMPUTED, INITIAL_VALUES
from weasyprint.text import line_break

Function = Callable[..., Any]

TEXT_DECORATION = frozenset(
    name for name in INITIAL_VALUES if name.startswith("text_decoration_")
)
# Properties whose computed value depends on other properties.
DEPENDENT = TEXT_DECORATION | {"float", "display", "position", "page"}

FONT_PROPERTIES = (
    "font_family",
    "font_style",
    "font_stretch",
    "font_weight",
    "font_variant_ligatures",
    "font_variant_position",
    "font_variant_caps",
    "font_variant_numeric",
    "font_variant_alternates",
    "font_variant_east_asian",
    "font_feature_settings",
    "font_variation_settings",
    "font_language_override",
    "lang",
)
font_values = itemgetter(*FONT_PROPERTIES)
line_values = itemgetter("font_size", "line_height")
text_values = itemgetter(
    "font_size", "font_kerning", "direction", "text_decoration_line"
)

# Of pango-layout.h; WeasyPrint does not declare it.
COPY_DECLARATION = "PangoLayout *pango_layout_copy (PangoLayout *source);"
# Attributes of a `Layout` that belong to one text, not to its font.
OF_ONE_TEXT = frozenset(
    {"layout", "style", "justification_spacing", "max_width", "text"}
)

MOST_BOXES = 5000  # sets of box properties in the cache; a brief has some hundreds
SIDES = ("top", "right", "bottom", "left")
BORDERS = tuple(f"border_{side}_width" for side in SIDES)
LENGTHS = (
    *(f"margin_{side}" for side in SIDES),
    *(f"padding_{side}" for side in SIDES),
    *("width", "min_width", "max_width"),
    *("height", "min_height", "max_height"),
)
USED_VALUES = (*BORDERS, *LENGTHS)
box_values = itemgetter("border_collapse", "box_sizing", *USED_VALUES)


def missing_property(original: Function) -> Function:
    """Return `ComputedStyle.__missing__`, which finds a property's value.

    A value that is simply inherited or initial is found by one look-up.
    """
    logical_names = {
        (key, direction): name(block="ttb", inline=direction)
        for key, name in PHYSICAL_FUNCTIONS.items()
        for direction in ("ltr", "rtl")
    }

    def missing(style: Any, key: str) -> Any:
        parent = style.parent_style
        if parent is None or key in style.cascaded or key in DEPENDENT:
            return original(style, key)
        if key in PHYSICAL_FUNCTIONS:
            logical_name = logical_names[key, style["direction"]]
            if logical_name in style.cascaded:
                return original(style, key)
        if key in INHERITED or key not in INITIAL_VALUES:  # custom properties
            value = style[key] = parent[key]
            return value
        if key in INITIAL_NOT_COMPUTED:
            return original(style, key)
        value = style[key] = INITIAL_VALUES[key]
        return value

    return missing


def font_key(_: Function) -> Function:
    """Return `_font_style_cache_key`, which identifies fonts by values, not by text."""

    def key(style: Any, include_size: bool = False) -> Any:  # noqa: FBT001, FBT002
        values = font_values(style)
        if include_size:
            values += line_values(style)
        return _hashable(values)

    return key


def _hashable(values: tuple[Any, ...]) -> Any:
    """Return values as a key: as text if one is a list, as in the text of an SVG."""
    try:
        hash(values)
    except TypeError:
        return str(values)
    return values


def text_layout_setup(original: Function) -> Function:
    """Return `Layout.setup`, which prepares a piece of text for Pango.

    It copies the first layout of the same font, instead of making a Pango context and a
    font description for each piece of text.
    """
    ffi, pango = line_break.ffi, line_break.pango
    unref = line_break.gobject.g_object_unref
    ffi.cdef(COPY_DECLARATION, override=True)

    def copy(pango_layout: Any) -> Any:
        return ffi.gc(pango.pango_layout_copy(pango_layout), unref)

    def setup(layout: Any, style: Any) -> None:
        known = style.font_config.__dict__.setdefault("briefpress_layouts", {})
        key = _hashable(font_values(style) + text_values(style))
        if key in known:
            pango_layout, attributes = known[key]
            layout.__dict__.update(attributes, style=style, layout=copy(pango_layout))
            return
        original(layout, style)
        attributes = {
            name: value
            for name, value in vars(layout).items()
            if name not in OF_ONE_TEXT
        }
        known[key] = copy(layout.layout), attributes

    return setup


def next_siblings(_: Function) -> Function:
    """Return `ElementWrapper.iter_next_siblings`, used by selectors like `:has(+ ul)`.

    The original begins at the first sibling each time, which is quadratic.
    """

    def iter_next_siblings(element: Any) -> Iterator[Any]:
        parent = element.parent
        if parent is None:
            return iter(())
        # Each walk through the tree makes new wrappers, so this list is never outdated.
        siblings = parent.__dict__.get("briefpress_children")
        if siblings is None:
            siblings = parent.briefpress_children = list(parent.iter_children())
        return iter(siblings[element.index + 1 :])

    return iter_next_siblings


def used_lengths(original: Function) -> Function:
    """Return `resolve_percentages`, which gives a box its used lengths.

    Without percentages they depend on nothing but the style of the box.
    """
    known: dict[Any, dict[str, Any]] = {}

    def resolve(box: Any, containing_block: Any) -> None:
        values = box_values(box.style)
        try:
            lengths = known.get(values)
        except TypeError:  # a value is a function, like `calc()`
            original(box, containing_block)
            return
        if lengths is not None:
            box.__dict__.update(lengths)
            return
        original(box, containing_block)
        if _is_independent(values):
            if len(known) > MOST_BOXES:
                known.clear()
            known[values] = {name: box.__dict__[name] for name in USED_VALUES}

    return resolve


def _is_independent(values: tuple[Any, ...]) -> bool:
    """Whether lengths depend neither on the containing block nor on other borders."""
    collapse, *_ = values
    lengths = values[-len(LENGTHS) :]
    if collapse == "collapse":
        return False
    return all(
        length == "auto" or getattr(length, "unit", "") == "px" for length in lengths
    )
