"""What a run was asked for, as a value; and whether it was all done before."""

from __future__ import annotations

import json
import os
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from briefpress import __version__
from briefpress.engine.receipt import problems_if_current

FORMATS = ("html", "pdf", "epub")


@dataclass(frozen=True, slots=True)
class Order:
    """What to make of which briefs, and where everything lies."""

    project: Path
    out: Path
    cache: Path
    slugs: tuple[str, ...] = ()
    formats: tuple[str, ...] = FORMATS
    program: str = ""
    collection: str = ""
    jobs: int = 0  # 0: one for each core
    keep_going: bool = False
    epub_each: bool = (
        False  # a book of its own for each brief, beside those of the collections
    )
    publish: bool = True
    executor: str = ""  # "HOST:PORT" of a Dask scheduler whose workers perform the steps; the bytes are the same

    @classmethod
    def of(
        cls,
        project: Path,
        out: Path | None = None,
        cache: Path | None = None,
        **rest: Any,
    ) -> Order:
        """Return an order with the places that DESIGN promises where none were named."""
        jobs = rest.pop("jobs", None) or 0
        return cls(
            project,
            out or project / "build",
            cache or project / ".briefpress",
            jobs=jobs,
            **rest,
        )

    @property
    def whole(self) -> bool:
        """Whether everything was asked for: only then is what nothing makes any more removed."""
        return not (self.slugs or self.program or self.collection)

    def signature(self) -> dict[str, Any]:
        """Return what a receipt must agree on, beside the files, for the run to have been done before."""
        return {
            "briefpress": __version__,
            "slugs": self.slugs,
            "formats": self.formats,
            "program": self.program,
            "collection": self.collection,
            "keep_going": self.keep_going,
            "epub_each": self.epub_each,
            "epoch": os.environ.get("SOURCE_DATE_EPOCH", ""),
        }

    def receipt(self) -> str:
        """Return where the receipt of the last good build of this order lies."""
        places = [
            os.fsencode(self.project.absolute()),
            os.fsencode(self.out.absolute()),
        ]
        name = zlib.crc32(b"\0".join([*places, json.dumps(self.signature()).encode()]))
        return str(self.cache / "receipts" / f"{name:08x}")

    def watched(self) -> list[Path]:
        """Return everything that a build may read: the project's own files, themes and briefpress itself."""
        package = Path(__file__).parent.parent
        own = [self.project / name for name in ("press.toml", "briefs", "themes")]
        return [*own, package, package.parent.parent / "themes"]


def current(order: Order) -> list[dict[str, Any]] | None:
    """Return the warnings to tell again, as plain data, when all of the order was done before; otherwise None."""
    told = problems_if_current(
        order.receipt(), json.dumps(order.signature(), sort_keys=True)
    )
    return None if told is None else json.loads(told)
