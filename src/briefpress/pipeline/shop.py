"""What a build knows before it plans: the press and its briefs, what goes with what, and the themes they are set in."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from briefpress.document.images import SVG_MEDIA, PictureError, inspect_picture
from briefpress.manuscript import members, read_as_far, read_manuscript, related
from briefpress.model import Brief, Collection, Press, Program, Selection
from briefpress.pipeline.order import Order
from briefpress.press import read_press
from briefpress.problems import BriefpressError, Problem, Span
from briefpress.theme import Theme, read_theme, theme_folders


@dataclass(frozen=True, slots=True)
class Shop:
    """Everything that is to be set, and in what."""

    press: Press
    briefs: Mapping[str, Brief]  # those that can be published, newest first
    goes_with: Mapping[str, tuple[str, ...]]  # slug to slugs
    themes: Mapping[str, Theme]
    unread: frozenset[str]  # slugs of briefs whose front matter or theme is wrong
    drafts: Mapping[str, Brief]  # read and checked, and never published
    torn: tuple[
        Brief, ...
    ] = ()  # the unread as far as they can be read, for what is wrong in their text

    @property
    def known(self) -> frozenset[str]:
        """The slugs that links may name: what is published, and what will be again when it is mended."""
        return self.unread.union(self.briefs)

    def theme_of(self, brief: Brief) -> str:
        """Return the name of the theme of a brief: its own, its program's or the press's."""
        return _theme_of(brief, self.press)

    def theme_of_book(self, collection: Collection) -> str:
        """Return the name of the theme of a collection's book."""
        program = self.press.programs.get(collection.program)
        return (
            collection.theme or (program.theme if program else "") or self.press.theme
        )

    def alone(self, brief: Brief) -> Collection:
        """Return a brief as a collection of itself."""
        select, theme = Selection(briefs=(brief.slug,)), self.theme_of(brief)
        return Collection(
            brief.slug,
            brief.title,
            select,
            brief.program,
            theme=theme,
            language=brief.lang,
        )

    def tokens(self, program: str) -> dict[str, str]:
        """Return the tokens that a program overrides."""
        return (
            dict(self.press.programs[program].tokens)
            if program in self.press.programs
            else {}
        )

    def members(self, collection: Collection) -> tuple[Brief, ...]:
        """Return the briefs of a collection in reading order."""
        return members(collection, self.briefs.values())


def open_shop(order: Order) -> tuple[Shop, tuple[Problem, ...]]:
    """Read the project. Raises `BriefpressError` where there is no press to speak of."""
    press, problems = read_press(order.project)
    everything, found = read_manuscript(order.project, press)
    found = (*problems, *found)
    themes, wrong = _themes(order, press, everything)
    bad = {
        problem.brief
        for problem in (*found, *wrong)
        if problem.is_error and problem.brief
    }
    bad |= {brief.slug for brief in everything if _theme_of(brief, press) not in themes}
    briefs = {
        brief.slug: brief
        for brief in everything
        if not brief.draft and brief.slug not in bad
    }
    drafts = {brief.slug: brief for brief in everything if brief.draft}
    torn = tuple(_torn(order, press, everything, found, bad))
    return Shop(
        press, briefs, related(briefs.values()), themes, frozenset(bad), drafts, torn
    ), (*found, *wrong)


def _torn(
    order: Order,
    press: Press,
    everything: Iterable[Brief],
    found: Iterable[Problem],
    bad: Container[str],
) -> Iterator[Brief]:
    """Yield the briefs that cannot be set, as far as they can be read; of several with one slug, the first."""
    files = {p.span.file: None for p in found if p.is_error and p.brief and p.span}
    read = [
        *(brief for brief in everything if brief.slug in bad),
        *(read_as_far(order.project, press, f) for f in files),
    ]
    yield from {
        brief.slug: brief
        for brief in reversed(read)
        if brief is not None and not brief.draft
    }.values()


def _theme_of(brief: Brief, press: Press) -> str:
    program = press.programs.get(brief.program)
    return brief.theme or (program.theme if program else "") or press.theme


def _themes(
    order: Order, press: Press, briefs: Iterable[Brief]
) -> tuple[dict[str, Theme], list[Problem]]:
    """Return every theme that is asked for and good, and what is wrong with the others.

    A theme that is wrong costs what asks for it: a brief, a program's briefs, a collection's book. Raises
    `BriefpressError` for the press's own.
    """
    folders = theme_folders(order.project)
    asked = [(press.theme, Span("press.toml"), "")]
    parts: list[Program | Collection] = [
        *press.programs.values(),
        *press.collections.values(),
    ]
    asked += [(part.theme, Span("press.toml"), "") for part in parts]
    asked += [
        (b.theme, Span(b.file, *b.places.get("theme", (0, 0)), len(b.theme)), b.slug)
        for b in briefs
    ]
    themes: dict[str, Theme] = {}
    problems: list[Problem] = []
    for name, span, slug in dict.fromkeys(asked):
        if not name or name in themes:
            continue
        try:
            themes[name], found = _theme(name, folders, press)
        except BriefpressError as error:
            placed = [
                replace(p, span=p.span if p.code != "T01" else span, brief=slug)
                for p in error.problems
            ]
            if name == press.theme:
                raise BriefpressError(*placed) from error
            problems += placed
        else:
            problems += found
    return themes, problems


def _theme(
    name: str, folders: Sequence[Path], press: Press
) -> tuple[Theme, tuple[Problem, ...]]:
    """Return a theme and its warnings. Raises `BriefpressError` where something in it is wrong."""
    theme, found = read_theme(name, folders)
    found += tuple(_pictures(theme, press))
    if any(problem.is_error for problem in found):
        raise BriefpressError(*found)
    return theme, found


def _pictures(theme: Theme, press: Press) -> Iterator[Problem]:
    """Judge the pictures of a theme as those of a brief are judged."""
    for name, data in theme.images.items():
        where = Span(f"themes/{theme.name}/{name}")
        try:
            found = inspect_picture(data)
        except PictureError as error:
            yield Problem("F05", f"the theme's {name} cannot be set: {error}", where)
        else:
            pixels, limit = found.width * found.height, press.limits.picture_pixels
            if pixels > limit and found.media != SVG_MEDIA:
                yield Problem(
                    "F04",
                    f"the theme's {name} has {pixels:,} pixels, and {limit:,} is the limit",
                    where,
                )
