"""The chapter as a value, and as bytes in the store."""

from __future__ import annotations

import base64
import datetime as dt
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from briefpress.model import Author, Brief, Heading

MARK = re.compile(rb'id="page-([^"]*)" role="doc-pagebreak" aria-label="\1"')


@dataclass(frozen=True, slots=True)
class Resource:
    """A file of the book beside its chapters: a picture, a font, a style sheet."""

    href: str  # within the book's folder
    media: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Chapter:
    """A finished chapter. `href` is its place in the book's folder: "briefs/rent-limits.xhtml"."""

    slug: str
    href: str
    title: str
    date: dt.date
    subtitle: str = ""
    lang: str = ""
    dir: str = ""
    authors: tuple[Author, ...] = ()
    program: str = ""
    tags: tuple[str, ...] = ()
    series: str = ""
    doi: str = ""
    summary: str = ""  # plain text
    data: bytes = b""
    properties: tuple[str, ...] = ()  # of the manifest: "mathml", "svg"
    features: tuple[
        str, ...
    ] = ()  # what accessibility metadata is computed from: "pictures", "notes", "table", …
    headings: tuple[Heading, ...] = ()
    pages: tuple[
        str, ...
    ] = ()  # folios, in order; each is marked by the id "page-<folio>"
    pictures: tuple[Resource, ...] = ()
    characters: str = ""  # each once, in order: what the fonts must have

    def as_brief(self) -> Brief:
        """Return the brief as lists show it: what templates of a book are handed."""
        named = {
            name: getattr(self, name)
            for name in ("subtitle", "authors", "program", "tags", "series", "doi")
        }
        return Brief(self.slug, "", self.title, self.date, self.lang, "", 0, **named)


def relabel(chapter: Chapter, folios: Mapping[str, str] | Sequence[str]) -> Chapter:
    """Return the chapter with other folios on its page marks: in a collection a brief does not begin at page 1.

    `folios` are the new ones in the order of the old, or old to new. The chapter's file is not parsed again.
    """
    new = (
        dict(folios)
        if isinstance(folios, Mapping)
        else dict(zip(chapter.pages, folios, strict=True))
    )

    def renamed(match: re.Match[bytes]) -> bytes:
        folio = new[match[1].decode()].encode()
        return b'id="page-%b" role="doc-pagebreak" aria-label="%b"' % (folio, folio)

    pages = tuple(new[folio] for folio in chapter.pages)
    return replace(chapter, data=MARK.sub(renamed, chapter.data), pages=pages)


def dump(chapter: Chapter) -> bytes:
    """Return the chapter as bytes that are the same for the same chapter."""
    data = asdict(chapter) | {
        "date": chapter.date.isoformat(),
        "data": chapter.data.decode(),
    }
    for picture in data["pictures"]:
        picture["data"] = base64.b64encode(picture["data"]).decode()
    return json.dumps(data, ensure_ascii=False, sort_keys=True).encode()


def load(data: bytes) -> Chapter:
    """Return the chapter that `dump` wrote."""
    raw = json.loads(data)
    return Chapter(
        **raw
        | {
            "date": dt.date.fromisoformat(raw["date"]),
            "data": raw["data"].encode(),
            "authors": tuple(Author(**author) for author in raw["authors"]),
            "headings": tuple(Heading(**heading) for heading in raw["headings"]),
            "pictures": tuple(
                Resource(p["href"], p["media"], base64.b64decode(p["data"]))
                for p in raw["pictures"]
            ),
            **{
                key: tuple(raw[key])
                for key in ("tags", "properties", "features", "pages")
            },
        }
    )
