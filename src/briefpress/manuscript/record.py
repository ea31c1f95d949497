"""published.toml: what has been released. Only `briefpress release` writes it.

It is kept with the sources, so that a build anywhere knows which addresses, identifiers
and dates readers already have.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from hashlib import sha256
from pathlib import Path

from briefpress.model import Brief, Collection
from briefpress.problems import BriefpressError, Problem, Span
from briefpress.schema.files import read_file
from briefpress.schema.formats import check_slug
from briefpress.schema.schema import Schema, parse_table, schema_of, value_positions
from briefpress.schema.source import SourceProblems, decode
from briefpress.schema.toml import parse_toml

FILE = "published.toml"
MAX_BYTES = 10_000_000  # 20,000 briefs
RESTORE = "restore the file, for example with `git checkout published.toml`"
HEAD = """\
# What has been released. `briefpress release` writes this file; keep it with the briefs.
"""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where a brief's editions are, from the top of the site."""

    page: str  # "html/rents/"
    pdf: str  # "pdf/rents.pdf"
    epub: str  # "epub/rents.epub", of the brief alone


@dataclass(frozen=True, slots=True)
class ReleasedBrief:
    """A brief as it was released."""

    key: str  # its slug
    identifier: str  # a URN that stays
    released: dt.date  # for the first time
    digest: str  # of what readers got; see `digest_of_brief`
    addresses: Addresses
    withdrawn: dt.date | None = None
    earlier: tuple[Addresses, ...] = ()  # which lead to the present ones

    @property
    def slugs(self) -> tuple[str, ...]:
        """The slugs that it has and had."""
        earlier = [_slug_of(each) for each in self.earlier]
        return tuple(dict.fromkeys([self.key, *earlier]))


@dataclass(frozen=True, slots=True)
class ReleasedCollection:
    """A collection as it was released."""

    key: str
    identifier: str  # a URN that stays
    changed: dt.date  # when its briefs last changed
    briefs: tuple[str, ...] = ()  # slugs, in reading order


@dataclass(frozen=True, slots=True)
class Record:
    """What has been released."""

    briefs: Mapping[str, ReleasedBrief] = field(default_factory=dict)  # by slug
    collections: Mapping[str, ReleasedCollection] = field(default_factory=dict)
    # Line and column of every value: "briefs.rents".
    places: Mapping[str, tuple[int, int]] = field(default_factory=dict, compare=False)

    def find(self, brief: Brief) -> ReleasedBrief | None:
        """Return what was released of a brief, also under one of its aliases."""
        for slug in (brief.slug, *brief.aliases):
            if slug in self.briefs:
                return self.briefs[slug]
        return None

    def find_collection(self, collection: Collection) -> ReleasedCollection | None:
        """Return what was released of a collection, also under an earlier key."""
        for key in (collection.key, *collection.formerly):
            if key in self.collections:
                return self.collections[key]
        return None

    def span(self, kind: str, key: str) -> Span:
        """Return where a brief or collection stands in the file."""
        line, column = self.places.get(f"{kind}.{key}", (0, 0))
        return Span(FILE, line, column)


def addresses_of(slug: str) -> Addresses:
    """Return where the editions of a brief are published."""
    return Addresses(f"html/{slug}/", f"pdf/{slug}.pdf", f"epub/{slug}.epub")


def digest_of_brief(brief: Brief) -> str:
    """Return the SHA-256 of what readers get of a brief: its text and front matter.

    Spaces at the ends of lines, and the order of keys, change nothing.
    """
    values = {
        "title": brief.title,
        "subtitle": brief.subtitle,
        "date": brief.date.isoformat(),
        "lang": brief.lang,
        "authors": [author.name for author in brief.authors],
        "summary": brief.summary,
        "takeaways": brief.takeaways,
        "doi": brief.doi,
        "number": brief.number,
        "text": [line.rstrip() for line in brief.text.strip().splitlines()],
    }
    written = json.dumps(values, ensure_ascii=False, sort_keys=True)
    return sha256(written.encode("utf-8", "surrogatepass")).hexdigest()


def read_record(project: Path) -> Record:
    """Return what published.toml says; nothing if there is no such file.

    Raises `BriefpressError` for a damaged one: what has been released is then unknown,
    and a build could remove it.
    """
    if not (project / FILE).exists():
        return Record()
    data, found = read_file(project, FILE, MAX_BYTES)
    if found:
        raise BriefpressError(*found)
    return parse_record(data)


def parse_record(data: bytes) -> Record:
    """Return the record that the bytes of a published.toml describe."""
    source, found = decode(data, FILE, MAX_BYTES)
    if source is None or found:
        raise BriefpressError(*found)
    problems = SourceProblems(source)
    root = parse_toml(source, problems)
    if root is None:
        raise BriefpressError(*problems.found)
    values = parse_table(root, _schema(), problems)
    if problems.found:
        with_fixes = [
            problem if problem.fix else replace(problem, fix=RESTORE)
            for problem in problems.found
        ]
        raise BriefpressError(*with_fixes)
    record = Record(**values, places=value_positions(root, source))
    wrong = [*_wrong_addresses(record), *_repeated_addresses(record)]
    if wrong:
        raise BriefpressError(*wrong)
    return record


@cache
def _schema() -> Schema:
    tables = {
        "briefs": schema_of(ReleasedBrief, "key"),
        "collections": schema_of(ReleasedCollection, "key"),
    }
    return schema_of(Record, "places", tables=tables)


def _wrong_addresses(record: Record) -> Iterator[Problem]:
    """Yield a problem for each brief with addresses that no brief can have."""
    for key, brief in record.briefs.items():
        for addresses in (brief.addresses, *brief.earlier):
            slug = _slug_of(addresses)
            message, _ = check_slug(slug)
            if message or addresses != addresses_of(slug):
                message = f"`{key}` has addresses that briefpress does not give"
                span = record.span("briefs", key)
                yield Problem("S06", message, span, RESTORE)
                break


def _repeated_addresses(record: Record) -> Iterator[Problem]:
    """Yield a problem for each brief with the page of another."""
    owners: dict[str, str] = {}
    for key, brief in record.briefs.items():
        for addresses in (brief.addresses, *brief.earlier):
            other = owners.setdefault(addresses.page, key)
            if other != key:
                message = f"`{key}` and `{other}` have the same page, {addresses.page}"
                span = record.span("briefs", key)
                yield Problem("S06", message, span, RESTORE)


def record_text(record: Record) -> str:
    """Return the text of published.toml: the same record gives the same text."""
    blocks = [HEAD]
    for key, brief in sorted(record.briefs.items()):
        blocks.append("\n".join([f"[briefs.{key}]", *_brief_lines(brief), ""]))
    for key, collection in sorted(record.collections.items()):
        lines = [f"[collections.{key}]", *_collection_lines(collection), ""]
        blocks.append("\n".join(lines))
    return "\n".join(blocks)


def write_record(project: Path, record: Record) -> None:
    """Write published.toml: readers see the old file or the new one."""
    file = project / FILE
    new = project / f".{FILE}.{os.getpid()}"
    new.write_text(record_text(record), "utf-8")
    new.replace(file)


def _brief_lines(brief: ReleasedBrief) -> Iterator[str]:
    yield f"identifier = {_string(brief.identifier)}"
    yield f"released = {brief.released.isoformat()}"
    if brief.withdrawn is not None:
        yield f"withdrawn = {brief.withdrawn.isoformat()}"
    yield f"digest = {_string(brief.digest)}"
    yield f"addresses = {_inline_table(brief.addresses)}"
    if brief.earlier:
        yield "earlier = ["
        yield from (f"  {_inline_table(each)}," for each in brief.earlier)
        yield "]"


def _collection_lines(collection: ReleasedCollection) -> Iterator[str]:
    yield f"identifier = {_string(collection.identifier)}"
    yield f"changed = {collection.changed.isoformat()}"
    yield "briefs = ["
    yield from (f"  {_string(slug)}," for slug in collection.briefs)
    yield "]"


def _inline_table(addresses: Addresses) -> str:
    values = {
        "page": addresses.page,
        "pdf": addresses.pdf,
        "epub": addresses.epub,
    }
    written = ", ".join(f"{key} = {_string(value)}" for key, value in values.items())
    return f"{{ {written} }}"


def _string(text: str) -> str:
    """Return a basic string of TOML. Those of JSON have the same escapes."""
    return json.dumps(text, ensure_ascii=False)


def _slug_of(addresses: Addresses) -> str:
    """Return the slug that a brief had at these addresses."""
    return addresses.epub.removeprefix("epub/").removesuffix(".epub")
