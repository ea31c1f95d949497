"""The last good edition of each released brief, for as long as its source is broken.

They are in `.released/` of the project, which neither `cache gc` nor `make clean`
removes. A clone does not have them: the first good build there makes them.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from briefpress.document.links import BriefLink
from briefpress.engine import codec
from briefpress.engine.disk import disk_errors_as_problems, write_new
from briefpress.engine.store import DamagedError, Store
from briefpress.model import Brief

FOLDER = ".released"


@dataclass(frozen=True, slots=True)
class KeptBrief:
    """A brief as it was last published. The other files are named by their digests."""

    brief: Brief
    document: str
    page_map: str
    pdf: str
    files: Mapping[str, str]  # what the document shows: name to digest
    media_types: Mapping[str, str]  # of these files, by name
    links: tuple[BriefLink, ...]  # to other briefs
    ids: frozenset[str]  # that links from other briefs can name

    @property
    def digests(self) -> frozenset[str]:
        """Everything that belongs to it."""
        return frozenset({self.document, self.page_map, self.pdf, *self.files.values()})


class KeptEditions:
    """The folder of the last good editions. If the disk refuses a file, B07 is raised."""

    def __init__(self, project: Path) -> None:
        """Name the folder. It is created with the first edition."""
        self.folder = project / FOLDER
        self._store = Store(self.folder)

    def find(self, slug: str) -> KeptBrief | None:
        """Return the last good edition of a brief, or None if it is not here."""
        try:
            digest = self._name_file(slug).read_text("ascii")
            kept = codec.decode(KeptBrief, self._store.read(digest))
        except (OSError, DamagedError, ValueError, KeyError, TypeError):
            return None
        sizes = [self._store.size(each) for each in kept.digests]
        return None if min(sizes) < 0 else kept

    def copy_to(self, store: Store, kept: KeptBrief) -> None:
        """Add the files of an edition to the store of a build."""
        for digest in kept.digests:
            if store.size(digest) < 0:
                store.add(self._store.read(digest))

    def keep(self, editions: Iterable[KeptBrief], store: Store) -> None:
        """Keep these editions, whose files are in the store of a build."""
        for kept in editions:
            for digest in kept.digests:
                if self._store.size(digest) < 0:
                    self._store.add(store.read(digest))
            self._name(kept.brief.slug, self._store.add(codec.encode(kept)))
        self._delete_unused()

    def forget(self, slugs: Iterable[str]) -> None:
        """Remove the editions of briefs that are not published any more."""
        for slug in slugs:
            self._name_file(slug).unlink(missing_ok=True)
        self._delete_unused()

    def _name_file(self, slug: str) -> Path:
        return self.folder / "briefs" / slug

    def _name(self, slug: str, digest: str) -> None:
        """Let a name lead to an edition, and delete what it led to before."""
        file = self._name_file(slug)
        with contextlib.suppress(OSError):
            if file.read_text("ascii") == digest:
                return
        with disk_errors_as_problems(str(self.folder)):
            file.parent.mkdir(parents=True, exist_ok=True)
            new = file.with_name(f".{slug}.{os.getpid()}")
            write_new(str(new), digest.encode())
            new.replace(file)

    def _delete_unused(self) -> None:
        """Delete the files that belong to no edition."""
        used: set[str] = set()
        for file in self._name_file("").glob("[!.]*"):
            used.add(file.read_text("ascii"))
            kept = self.find(file.name)
            if kept is not None:
                used |= kept.digests
        for entry in self._store.entries("objects"):
            if entry.name not in used and entry.is_file():
                Path(entry.path).unlink(missing_ok=True)
