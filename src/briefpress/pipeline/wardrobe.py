"""What web pages wear: a style sheet for each theme and program, and the fonts that it names."""

from __future__ import annotations

from collections.abc import Iterable

from briefpress.engine.step import Step
from briefpress.model import Brief
from briefpress.pipeline.graph import Graph
from briefpress.pipeline.shop import Shop

FOLDER = "assets"


def dress(
    shop: Shop, graph: Graph, briefs: Iterable[Brief]
) -> tuple[dict[tuple[str, str], str], list[Step]]:
    """Return where the style sheet of every theme and program lies, and the steps that make sheets and fonts."""
    worn = {
        (shop.press.theme, ""),
        *((shop.theme_of(brief), brief.program) for brief in briefs),
    }
    sheets = {key: sheet_path(shop, *key) for key in sorted(worn)}
    steps = {path: graph.style(*key) for key, path in sheets.items()}
    fonts = {
        step.name: step for theme, _ in sorted(worn) for step in graph.fonts(theme)
    }
    return sheets, [*fonts.values(), *steps.values()]


def font_path(face: str, name: str) -> str:
    """Return where a range of a face is published."""
    return f"{FOLDER}/fonts/{face}-{name}.woff2"


def image_path(theme: str, name: str) -> str:
    """Return where a picture of a theme's style sheet is published."""
    return f"{FOLDER}/{theme}/{name}"


def sheet_path(shop: Shop, theme: str, program: str) -> str:
    """Return where a style sheet is published: programs without colours of their own share one."""
    return (
        f"{FOLDER}/{theme}-{program}.css"
        if shop.tokens(program)
        else f"{FOLDER}/{theme}.css"
    )
