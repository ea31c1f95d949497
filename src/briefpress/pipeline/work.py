"""One build under way, as a value that its parts hand on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from briefpress.document.files import ReadFile
from briefpress.engine.outcome import Outcome
from briefpress.engine.run import Engine
from briefpress.engine.step import Step
from briefpress.model import Brief, Collection
from briefpress.pipeline.graph import Graph
from briefpress.pipeline.order import Order
from briefpress.pipeline.shop import Shop
from briefpress.pipeline.shown import Shown


@dataclass(slots=True)
class Work:
    """One build under way: what was ordered, and what has come of it."""

    order: Order
    shop: Shop
    graph: Graph
    engine: Engine
    look: ReadFile  # into the project's files
    briefs: list[Brief]  # to be set
    books: list[Collection]  # to be bound
    torn: list[Brief]  # not to be set, but to be looked through
    shown: dict[str, Shown] = field(default_factory=dict)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    bound: dict[str, list[Brief]] = field(
        default_factory=dict
    )  # books to what is in them
    held: list[str] = field(default_factory=list)  # books that are left as they were
    css: dict[tuple[str, str], str] = field(
        default_factory=dict
    )  # theme and program to the style sheet's path

    def run(self, steps: Iterable[Step]) -> Mapping[str, Outcome]:
        """Make steps, and keep what became of them."""
        made = self.engine.make(steps)
        self.outcomes |= made
        return made

    def good(self, *names: str) -> bool:
        """Whether steps have made their files."""
        return all(name in self.outcomes and self.outcomes[name].good for name in names)

    def whole(self, brief: Brief) -> bool:
        """Whether all that was ordered of a brief is right: it is published with every edition, or not at all."""
        kinds = ["pdf", *(["web"] if "html" in self.order.formats else [])]
        return brief.slug in self.shown and self.good(
            *(f"{kind}/{brief.slug}" for kind in kinds)
        )
