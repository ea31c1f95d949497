"""What a run was asked for, and whether an earlier run already did all of it.

This module imports little, so that a build with nothing to do ends at once.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from briefpress import __version__
from briefpress.engine.receipt import problems_if_current

if TYPE_CHECKING:
    from briefpress.model import Brief

FORMATS = ("html", "pdf", "epub")


@dataclass(frozen=True, slots=True)
class BuildRequest:
    """What to make of which briefs, and the folders to use."""

    project: Path
    out: Path | None = None  # where to publish; None: build/ in the project
    cache: Path | None = None  # None: .briefpress/ in the project
    slugs: tuple[str, ...] = ()
    formats: tuple[str, ...] = FORMATS
    program: str = ""
    collection: str = ""
    jobs: int | None = None  # steps at a time; None: one for each core
    keep_going: bool = False  # make a book without the briefs that failed
    is_strict: bool = False  # warnings are errors
    epub_each: bool = False  # a book of each brief, in addition to the collections
    publish: bool = True
    as_of: dt.date | None = (
        None  # the day that decides which briefs are due; None: today
    )
    executor: str = ""  # "HOST:PORT" of a Dask scheduler; the bytes are the same

    @property
    def out_folder(self) -> Path:
        """The folder that readers are served from."""
        return self.out or self.project / "build"

    @property
    def cache_folder(self) -> Path:
        """The folder of the store."""
        return self.cache or self.project / ".briefpress"

    @property
    def is_full_build(self) -> bool:
        """Whether all briefs were asked for: only then are outdated files removed."""
        return not (self.slugs or self.program or self.collection)

    @property
    def receipt(self) -> Path:
        """The receipt of the last good build of this request."""
        folders = [self.project.absolute(), self.out_folder.absolute()]
        places = [os.fsencode(folder) for folder in folders]
        name = zlib.crc32(b"\0".join([*places, self.signature().encode()]))
        return self.cache_folder / "receipts" / f"{name:08x}"

    def includes(self, brief: Brief) -> bool:
        """Return whether a brief was asked for by slug and program."""
        if self.slugs and brief.slug not in self.slugs:
            return False
        return not self.program or brief.program == self.program

    def signature(self) -> str:
        """Return what a receipt must agree with, besides the files, as JSON."""
        values = {
            "briefpress": __version__,
            "slugs": self.slugs,
            "formats": self.formats,
            "program": self.program,
            "collection": self.collection,
            "keep_going": self.keep_going,
            "strict": self.is_strict,
            "epub_each": self.epub_each,
            "as_of": self.as_of.isoformat() if self.as_of else "",
            "epoch": os.environ.get("SOURCE_DATE_EPOCH", ""),
        }
        return json.dumps(values, sort_keys=True)

    def input_paths(self) -> list[Path]:
        """Return everything that a build can read: the project and briefpress itself."""
        package = Path(__file__).parent.parent
        names = (
            "press.toml",
            "published.toml",
            "briefs",
            "themes",
            "fonts",
            "fonts.lock",
        )
        own = [self.project / name for name in names]
        return [*own, package, package.parent.parent / "themes"]


@dataclass(frozen=True, slots=True)
class LastBuild:
    """What a build with nothing to do says again."""

    warnings: list[dict[str, object]]
    states: list[str]  # lines about briefs that are held or not released
    next_date: str  # in ISO 8601, on which the first held brief is due; or ""
    timezone: str  # in which it is due at midnight

    def to_json(self) -> str:
        """Return the text that a receipt keeps."""
        return json.dumps(
            [self.warnings, self.states, self.next_date, self.timezone],
            sort_keys=True,
        )

    def is_current(self, request: BuildRequest) -> bool:
        """Return whether no other brief is due since then."""
        if not self.next_date or request.as_of is not None:
            return True
        if os.environ.get("SOURCE_DATE_EPOCH"):
            return True  # part of the signature
        from zoneinfo import ZoneInfo

        today = dt.datetime.now(ZoneInfo(self.timezone)).date()
        return today.isoformat() < self.next_date


def last_build(request: BuildRequest) -> LastBuild | None:
    """Return what the last build said, if a build would find nothing to do."""
    text = problems_if_current(str(request.receipt), request.signature())
    if text is None:
        return None
    last = LastBuild(*json.loads(text))
    return last if last.is_current(request) else None
