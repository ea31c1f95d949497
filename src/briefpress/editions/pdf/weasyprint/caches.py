"""What WeasyPrint 70.0 works out again and again, and we remember: the same bytes for less of the processor.

Names of its are bound to ours while one of our pages is laid out or written, as in `mends`, and given back:

- `ComputedStyle.__missing__`: a value that is plainly inherited or initial is one look-up away.
- `Layout.setup`: one Pango context and one font description for each font, not for each piece of text.
- `line_break._font_style_cache_key`: the values are the key, and need not be spelt out as text.
- `ElementWrapper.iter_next_siblings`: it began at the first sibling, for each of them anew; a theme that asks what
  follows a paragraph (`:has(+ ul)`) paid by the square of the paragraphs.
- `percent.resolve_percentages`, wherever it was imported to: the used values of a box without percentages hang on
  nothing but its style.

What is remembered is found by values and never by the style that they stood in, for WeasyPrint changes styles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from operator import itemgetter
from typing import Any

import weasyprint.layout
from cssselect2 import ElementWrapper
from weasyprint.css import ComputedStyle
from weasyprint.css.computed_values import PHYSICAL_FUNCTIONS
from weasyprint.css.properties import INHERITED, INITIAL_NOT_COMPUTED, INITIAL_VALUES
from weasyprint.layout import percent
from weasyprint.text import line_break

MOST = 5000  # sets of values that are remembered: a brief has some hundreds
OWN_WAYS = frozenset(
    {"float", "display", "position", "page"}
)  # properties that hang on others
COPY = "PangoLayout *pango_layout_copy (PangoLayout *source);"  # of pango-layout.h, which WeasyPrint does not declare
FONT = itemgetter(
    *(
        "font_family",
        "font_style",
        "font_stretch",
        "font_weight",
        "font_variant_ligatures",
        "font_variant_position",
    ),
    *(
        "font_variant_caps",
        "font_variant_numeric",
        "font_variant_alternates",
        "font_variant_east_asian",
    ),
    *(
        "font_feature_settings",
        "font_variation_settings",
        "font_language_override",
        "lang",
    ),
)
LINE = itemgetter("font_size", "line_height")
SET = itemgetter("font_size", "font_kerning", "direction", "text_decoration_line")
OF_ONE_TEXT = frozenset(
    {"layout", "style", "justification_spacing", "max_width", "text"}
)
SIDES = ("top", "right", "bottom", "left")
LENGTHS = (
    *(f"{kind}_{side}" for kind in ("margin", "padding") for side in SIDES),
    *(
        f"{least}{axis}"
        for axis in ("width", "height")
        for least in ("", "min_", "max_")
    ),
)
USED = (*(f"border_{side}_width" for side in SIDES), *LENGTHS)
BOX = itemgetter("border_collapse", "box_sizing", *USED)


@cache
def quick() -> Mapping[tuple[Any, str], Any]:
    """Return names of WeasyPrint's, each with the module or class that it stands in, and what stands for it here."""
    original, name = percent.resolve_percentages, "resolve_percentages"
    resolve = partial(_resolve_percentages, original, {})
    users = [
        user
        for user in vars(weasyprint.layout).values()
        if getattr(user, name, None) is original
    ]
    return {
        (ComputedStyle, "__missing__"): _missing(ComputedStyle.__missing__),
        (line_break.Layout, "setup"): _setup(line_break.Layout.setup),
        (line_break, "_font_style_cache_key"): _font_key,
        (ElementWrapper, "iter_next_siblings"): _next_siblings,
        **{(user, name): resolve for user in users},
    }


def _next_siblings(element: Any) -> Iterator[Any]:
    """Return the siblings that follow an element."""
    parent = element.parent
    if parent is None:
        return iter(())
    if (
        "family" not in parent.__dict__
    ):  # of this pass through the tree: every pass wraps elements anew
        parent.family = list(parent.iter_children())
    return iter(parent.family[element.index + 1 :])


def _missing(original: Callable[[Any, str], Any]) -> Callable[[Any, str], Any]:
    """Return how a computed style finds a value that it has not yet."""
    logical = {
        (key, direction): name(block="ttb", inline=direction)
        for key, name in PHYSICAL_FUNCTIONS.items()
        for direction in ("ltr", "rtl")
    }

    def missing(style: Any, key: str) -> Any:
        cascaded, parent = style.cascaded, style.parent_style
        if (
            parent is None
            or key in cascaded
            or key in OWN_WAYS
            or key[:16] == "text_decoration_"
        ):
            return original(style, key)
        if key in PHYSICAL_FUNCTIONS and logical[key, style["direction"]] in cascaded:
            return original(style, key)
        if key in INHERITED or key[:2] == "__":
            value = style[key] = parent[key]
            return value
        if key in INITIAL_NOT_COMPUTED:
            return original(style, key)
        value = style[key] = INITIAL_VALUES[key]
        return value

    return missing


def _font_key(style: Any, include_size: bool = False) -> Any:  # noqa: FBT001, FBT002 - WeasyPrint calls it so
    """Return what tells one font from another."""
    return _key(style, LINE(style) if include_size else ())


def _key(style: Any, more: tuple[Any, ...]) -> Any:
    """Return the values by which a font is found again; spelt out where one is a set or a list, as in pictures."""
    key = (*FONT(style), *more)
    try:
        hash(key)
    except TypeError:
        return str(key)
    return key


def _setup(original: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    """Return how a piece of text is made ready for Pango: as a copy of the first piece in the same font."""
    ffi, pango, unref = (
        line_break.ffi,
        line_break.pango,
        line_break.gobject.g_object_unref,
    )
    ffi.cdef(COPY, override=True)

    def copied(layout: Any) -> Any:
        return ffi.gc(pango.pango_layout_copy(layout), unref)

    def setup(layout: Any, style: Any) -> None:
        known = style.font_config.__dict__.setdefault("pieces", {})
        font = _key(style, SET(style))
        if font in known:
            empty, rest = known[font]
            layout.__dict__.update(rest, style=style, layout=copied(empty))
        else:
            original(layout, style)
            known[font] = (
                copied(layout.layout),
                {k: v for k, v in vars(layout).items() if k not in OF_ONE_TEXT},
            )

    return setup


def _resolve_percentages(
    original: Callable[[Any, Any], None],
    known: dict[Any, Any],
    box: Any,
    containing_block: Any,
) -> None:
    """Give a box its used values."""
    values = BOX(box.style)
    try:
        used = known.get(values)
    except TypeError:  # a value is a function of CSS
        original(box, containing_block)
        return
    if used is not None:
        box.__dict__.update(used)
        return
    original(box, containing_block)
    if values[0] != "collapse" and all(
        value == "auto" or getattr(value, "unit", "") == "px"
        for value in values[-len(LENGTHS) :]
    ):
        if len(known) > MOST:
            known.clear()
        known[values] = {name: box.__dict__[name] for name in USED}
