"""A book before it is bound."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from briefpress.editions.chapter import Chapter
from briefpress.model import Author, Collection, Press
from briefpress.theme import Theme


@dataclass(frozen=True, slots=True)
class Book:
    """What an EPUB is made of: chapters in reading order, with the folios that the book is to have."""

    press: Press
    collection: Collection
    chapters: tuple[Chapter, ...]
    theme: Theme
    tokens: Mapping[str, str] = field(default_factory=dict)  # the program's own
    pictures: Mapping[str, bytes] = field(
        default_factory=dict
    )  # of its own pages, beside the theme's: the logo

    @property
    def lang(self) -> str:
        """The language of the pages around the chapters."""
        return self.collection.language or self.press.language

    @property
    def address(self) -> str:
        """The address of the site; empty when the press has none."""
        return self.press.organisation.url.rstrip("/")

    @property
    def identifier(self) -> str:
        """The same for the same collection, whatever changes in it."""
        home = self.address or f"urn:briefpress:{self.press.organisation.name}"
        return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{home}/epub/{self.collection.key}.epub')}"

    @property
    def newest(self) -> dt.date | None:
        """The date of the newest brief."""
        return max((chapter.date for chapter in self.chapters), default=None)

    @property
    def authors(self) -> tuple[Author, ...]:
        """Everybody who signs a brief, once, in the order of the book."""
        return tuple(
            {
                author.name: author
                for chapter in self.chapters
                for author in chapter.authors
            }.values()
        )

    @property
    def description(self) -> str:
        """What the collection, or else its program, says of itself."""
        program = self.press.programs.get(self.collection.program)
        return self.collection.description or (program.description if program else "")

    @property
    def has_pages(self) -> bool:
        """Whether printed pages are marked."""
        return any(chapter.pages for chapter in self.chapters)

    @property
    def words(self) -> Mapping[str, str]:
        """The theme's words in the language of the book."""
        return self.theme.labels(self.lang)
