"""Front matter as bytes, each brief's written once, though a dozen editions show it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from briefpress.model import Brief
from briefpress.pipeline.values import dump_brief


@dataclass(slots=True)
class Facts:
    """What editions say of a brief and of those that go with it."""

    written: dict[str, bytes] = field(default_factory=dict)

    def of(self, brief: Brief) -> bytes:
        """Return one brief's front matter."""
        if brief.slug not in self.written:
            self.written[brief.slug] = dump_brief(brief)
        return self.written[brief.slug]

    def listed(self, briefs: Iterable[Brief]) -> bytes:
        """Return that of several, as a list in JSON."""
        return b"[" + b",".join(map(self.of, briefs)) + b"]"
