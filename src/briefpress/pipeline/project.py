"""A project as read from disk: the press, its briefs, their themes and logos."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import TypeAlias

from briefpress.document.files import ReadFile, UnreadableFile
from briefpress.document.images import (
    SUFFIXES,
    SVG,
    Picture,
    PictureError,
    inspect_picture,
)
from briefpress.engine.step import digest_of
from briefpress.manuscript.briefs import files_with_errors, read_partial_brief
from briefpress.manuscript.record import Record, ReleasedBrief
from briefpress.manuscript.relations import members, newest_first, related
from briefpress.model import Brief, Collection, Limits, Logo, Press, Selection
from briefpress.pipeline.publication import (
    check_aliases,
    check_unique,
    choose_published,
    collection_is_lost,
    day_of_build,
    lost_collections,
    with_recorded,
)
from briefpress.pipeline.request import BuildRequest
from briefpress.press import FILE, localised
from briefpress.problems import BriefpressError, CheckSettings, Problem, Span
from briefpress.theme.added_fonts import read_added_fonts, with_added_fonts
from briefpress.theme.folder import theme_folders
from briefpress.theme.model import Theme
from briefpress.theme.read import read_theme

Problems: TypeAlias = tuple[Problem, ...]
BriefsBySlug: TypeAlias = Mapping[str, Brief]

LOGOS_INSIDE = "logos/"  # the folder of the logos within a PDF and a book
LOGOS_ON_SITE = "assets/logos/"  # and on the web, from the top of the output


@dataclass(frozen=True, slots=True)
class LogoFile:
    """The bytes of a logo. Its name changes with them, so browsers load the new one."""

    name: str
    data: bytes
    picture: Picture


Logos: TypeAlias = dict[str, LogoFile]  # by path in the project


@dataclass(frozen=True, slots=True)
class Project:
    """Everything that can be published, and what it is set with."""

    press: Press
    briefs: BriefsBySlug  # those that can be published, newest first
    related: Mapping[str, tuple[str, ...]]  # slug to slugs
    themes: Mapping[str, Theme]
    unreadable: frozenset[str]  # slugs of briefs whose front matter or theme is wrong
    drafts: BriefsBySlug  # read and checked, never published
    held: BriefsBySlug = field(default_factory=dict)  # until their dates
    record: Record = field(default_factory=Record)  # what has been released
    # What was released and has no source to be published from, by slug.
    staying: Mapping[str, ReleasedBrief] = field(default_factory=dict)
    lost_books: frozenset[str] = frozenset()  # released, and of no collection any more
    # The briefs with errors as far as they can be read, drafts included.
    partly_read: BriefsBySlug = field(default_factory=dict)
    logos: Logos = field(default_factory=dict)
    checks: CheckSettings = field(default_factory=CheckSettings)

    @property
    def known_slugs(self) -> frozenset[str]:
        """The slugs that links may name: published now, or again once it is fixed."""
        return self.unreadable.union(self.briefs, self.staying)

    @property
    def linkable_files(self) -> dict[str, str]:
        """The files of the briefs that links may name, with their slugs."""
        files = {}
        for slug in self.known_slugs - self.briefs.keys():
            file = f"briefs/{slug}.md"
            files[file] = slug
        for brief in self.briefs.values():
            for old in self.earlier_slugs(brief):
                files[f"briefs/{old}.md"] = brief.slug
        for brief in self.briefs.values():
            files[brief.file] = brief.slug
        return files

    def earlier_slugs(self, brief: Brief) -> tuple[str, ...]:
        """Return the slugs that a brief had, and no other brief has."""
        out = self.record.find(brief)
        slugs = dict.fromkeys([*brief.aliases, *(out.slugs if out else ())])
        return tuple(slug for slug in slugs if slug not in self.known_slugs)

    @property
    def link_remarks(self) -> dict[str, str]:
        """What a link to a brief must be warned of, by slug."""
        remarks = {
            slug: "is a draft" for slug in self.drafts if slug not in self.staying
        }
        for slug, brief in self.held.items():
            if slug not in self.staying:
                remarks[slug] = f"is held until {brief.date}"
        for slug, brief in self.briefs.items():
            if brief.withdrawn is not None:
                remarks[slug] = f"was withdrawn on {brief.withdrawn.date}"
            for old in self.earlier_slugs(brief):
                remarks[old] = f"is called `{slug}` now; the link leads there"
        return remarks

    def with_kept(self, kept: Iterable[Brief]) -> Project:
        """Return the project with briefs as they were last published."""
        by_slug = dict(self.briefs)
        for brief in kept:
            out = self.staying.get(brief.slug) or self.record.briefs.get(brief.slug)
            identifier = out.identifier if out else brief.identifier
            by_slug[brief.slug] = replace(brief, identifier=identifier)
        briefs = _by_slug(sorted(by_slug.values(), key=newest_first))
        return replace(self, briefs=briefs, related=related(briefs.values()))

    def find(self, slug: str) -> Brief | None:
        """Return the brief with this slug, as far as it can be read."""
        for briefs in (self.briefs, self.drafts, self.held, self.partly_read):
            if slug in briefs:
                return briefs[slug]
        return None

    @property
    def partial(self) -> tuple[Brief, ...]:
        """The briefs that only an error keeps from being published."""
        briefs = self.partly_read.values()
        return tuple(brief for brief in briefs if not brief.draft)

    def theme_of(self, brief: Brief) -> str:
        """Return a brief's theme: its own, else its program's, else the press's.

        A brief that stays although its theme has errors has that of the press.
        """
        name = _theme_name(brief.theme, brief.program, self.press)
        is_usable = name in self.themes or brief.slug not in self.staying
        return name if is_usable else self.press.theme

    def theme_of_book(self, collection: Collection) -> str:
        """Return a book's theme: its own, else its program's, else the press's."""
        return _theme_name(collection.theme, collection.program, self.press)

    def single_brief_collection(self, brief: Brief) -> Collection:
        """Return a collection of this brief alone."""
        selection = Selection(briefs=(brief.slug,))
        return Collection(
            key=brief.slug,
            title=brief.title,
            select=selection,
            program=brief.program,
            theme=self.theme_of(brief),
            language=brief.lang,
        )

    def tokens(self, program: str) -> Mapping[str, str]:
        """Return the theme tokens that a program overrides."""
        programs = self.press.programs
        if program not in programs:
            return {}
        return programs[program].tokens

    def members(self, collection: Collection) -> tuple[Brief, ...]:
        """Return the briefs of a collection in reading order."""
        return members(collection, self.briefs.values())

    def logos_of(self, programs: Iterable[str]) -> Logos:
        """Return the organisation's logo and those of programs, by path."""
        known = self.press.programs
        organisation = self.press.organisation
        paths = [organisation.logo]
        for key in programs:
            if key in known:
                program = known[key]
                paths.append(program.logo)
        usable = [path for path in paths if path in self.logos]
        return {path: self.logos[path] for path in usable}

    def press_for(
        self,
        programs: Iterable[str],
        logo_programs: Iterable[str],
        logo_folder: str,
        lang: str = "",
    ) -> Press:
        """Return what one edition prints of the press, in its language.

        The rest is left out, so that it can change without making the edition again.
        """
        press = self.press
        known = press.programs
        wanted = known.keys() & set(programs)
        lang = lang or press.language
        kept = {key: localised(known[key], lang) for key in sorted(wanted)}
        logos = self.logo_addresses(logo_programs, logo_folder)
        return Press(
            organisation=localised(press.organisation, lang),
            theme="",
            language=press.language,
            programs=kept,
            logos=logos,
        )

    def logo_addresses(self, programs: Iterable[str], folder: str) -> dict[str, Logo]:
        """Return the logos with their addresses in an edition that has such a folder."""
        addresses = {}
        for path, file in self.logos_of(programs).items():
            picture = file.picture
            addresses[path] = Logo(
                src=folder + file.name,
                width=picture.width,
                height=picture.height,
            )
        return addresses


@dataclass(frozen=True, slots=True)
class Manuscript:
    """The briefs of a project, and what of them is out."""

    briefs: Sequence[Brief]  # those without errors
    problems: Sequence[Problem]  # of all briefs
    record: Record = field(default_factory=Record)  # what has been released


def make_project(
    request: BuildRequest, press: Press, manuscript: Manuscript, read_file: ReadFile
) -> tuple[Project, tuple[Problem, ...]]:
    """Return the project, and what is wrong with its briefs, themes and logos.

    `read_file` reads the project's files. Raises `BriefpressError` if the press's own
    theme cannot be used.
    """
    record = manuscript.record
    press = with_recorded(press, record)
    briefs = manuscript.briefs
    brief_problems = [
        *manuscript.problems,
        *check_aliases(briefs),
        *check_unique(briefs, record),
    ]
    themes, theme_problems = _read_themes(request.project, press, briefs)
    line, column = press.places.get("fonts.fallback", (0, 0))
    span = Span(FILE, line, column)
    added = read_added_fonts(request.project, press.fonts.fallback, span)
    themes = {name: with_added_fonts(theme, added) for name, theme in themes.items()}
    logos, logo_problems = read_logos(press, read_file)
    checks = CheckSettings(press.checks, request.is_strict)
    problems = checks.apply([*brief_problems, *theme_problems, *logo_problems])
    unreadable = _unreadable(problems, press, briefs, themes)
    readable = [brief for brief in briefs if brief.slug not in unreadable]
    partly_read = _partly_read_briefs(
        folder=request.project,
        press=press,
        briefs=briefs,
        problems=problems,
        unreadable=unreadable,
    )
    with_errors = {slug: partly_read.get(slug) for slug in unreadable}
    day = day_of_build(press, request.as_of)
    candidates = [brief for brief in briefs if brief in readable or brief.draft]
    publication = choose_published(candidates, with_errors, record, day)
    published = _by_slug(publication.published)
    present = [*published.values(), *(brief for brief in partly_read.values())]
    lost = () if publication.staying else lost_collections(press, record, present)
    found = [*publication.problems]
    found += [collection_is_lost(out, press, record) for out in lost]
    problems = (*problems, *checks.apply(found))
    project = Project(
        press=press,
        briefs=published,
        related=related(published.values()),
        themes=themes,
        unreadable=unreadable,
        drafts=_by_slug(publication.drafts),
        held=_by_slug(publication.held),
        record=record,
        staying=publication.staying,
        lost_books=frozenset(out.key for out in lost),
        partly_read=partly_read,
        logos=logos,
        checks=checks,
    )
    return project, problems


def _by_slug(briefs: Iterable[Brief]) -> dict[str, Brief]:
    """Return the briefs by slug; of two with one slug, the last."""
    return {brief.slug: brief for brief in briefs}


def _theme_name(own: str, program: str, press: Press) -> str:
    """Return the theme that applies: the most specific one that is named."""
    of_program = ""
    if program in press.programs:
        of_program = press.programs[program].theme
    return own or of_program or press.theme


def _unreadable(
    problems: Iterable[Problem],
    press: Press,
    briefs: Iterable[Brief],
    themes: Container[str],
) -> frozenset[str]:
    """Return the slugs of the briefs that have an error, or no theme to be set in."""
    slugs = {problem.brief for problem in problems if problem.is_error}
    slugs.discard("")
    for brief in briefs:
        theme = _theme_name(brief.theme, brief.program, press)
        if theme not in themes:
            slugs.add(brief.slug)
    return frozenset(slugs)


def _partly_read_briefs(
    folder: Path,
    press: Press,
    briefs: Iterable[Brief],
    problems: Iterable[Problem],
    unreadable: Container[str],
) -> dict[str, Brief]:
    """Return the briefs with errors, as far as they can be read; the first of a slug."""
    found = [brief for brief in briefs if brief.slug in unreadable]
    for file in files_with_errors(problems):
        brief = read_partial_brief(folder, press, file)
        if brief is not None:
            found.append(brief)
    found.reverse()
    return _by_slug(found)


def _read_themes(
    folder: Path, press: Press, briefs: Iterable[Brief]
) -> tuple[dict[str, Theme], list[Problem]]:
    """Return every theme that is used and has no error, and the problems of all.

    An error in a theme stops only what uses it: a brief, a program's briefs, a
    collection's book. Raises `BriefpressError` for the press's own theme.
    """
    folders = theme_folders(folder)
    themes: dict[str, Theme] = {}
    problems: list[Problem] = []
    for use in _theme_uses(press, briefs):
        name = use.name
        if not name or name in themes:
            continue
        try:
            theme, found = _read_theme(name, folders, press)
        except BriefpressError as error:
            placed = [use.place(problem) for problem in error.problems]
            if name == press.theme:
                raise BriefpressError(*placed) from error
            problems += placed
        else:
            themes[name] = theme
            problems += found
    return themes, problems


@dataclass(frozen=True, slots=True)
class _ThemeUse:
    """A place that names a theme."""

    name: str
    span: Span
    slug: str = ""  # of the brief that names it

    def place(self, problem: Problem) -> Problem:
        """Return a problem of the theme with the brief that it stops.

        T01, no such theme, is about the place that names it.
        """
        span = problem.span
        if problem.code == "T01":
            span = self.span
        return replace(problem, span=span, brief=self.slug)


def _theme_uses(press: Press, briefs: Iterable[Brief]) -> list[_ThemeUse]:
    """Return where themes are named, each once, the press's own first."""
    file = Span(FILE)
    uses = [_ThemeUse(press.theme, file)]
    for program in press.programs.values():
        use = _ThemeUse(program.theme, file)
        uses.append(use)
    for collection in press.collections.values():
        use = _ThemeUse(collection.theme, file)
        uses.append(use)
    for brief in briefs:
        line, column = brief.places.get("theme", (0, 0))
        length = len(brief.theme)
        span = Span(brief.file, line, column, length)
        use = _ThemeUse(brief.theme, span, brief.slug)
        uses.append(use)
    return list(dict.fromkeys(uses))


def _read_theme(
    name: str, folders: Sequence[Path], press: Press
) -> tuple[Theme, Problems]:
    """Return a theme and its warnings. Raises `BriefpressError` if it has an error."""
    theme, problems = read_theme(name, folders)
    of_pictures = _check_theme_pictures(theme, press.limits)
    problems = (*problems, *of_pictures)
    if any(problem.is_error for problem in problems):
        raise BriefpressError(*problems)
    return theme, problems


def _check_theme_pictures(theme: Theme, limits: Limits) -> Iterator[Problem]:
    """Yield what is wrong with a theme's pictures, by the rules for those of briefs."""
    limit = limits.picture_pixels
    for name, data in theme.images.items():
        file = theme.image_files[name]
        span = Span(file)
        try:
            picture = inspect_picture(data, as_it_is=True)
        except PictureError as error:
            message = f"the theme's picture `{name}` cannot be used: {error}"
            yield Problem("F05", message, span)
            continue
        pixels = picture.width * picture.height
        if pixels > limit and picture.media != SVG:
            size = f"{pixels:,} pixels, and {limit:,} is the limit"
            message = f"the theme's {name} has {size}"
            yield Problem("F04", message, span)


def read_logos(press: Press, read_file: ReadFile) -> tuple[Logos, Problems]:
    """Return the logos that press.toml names, by path, and what is wrong with others.

    Editions are made without those that cannot be used.
    """
    logos: Logos = {}
    problems = []
    for key, path in _logo_paths(press).items():
        line, column = press.places.get(key, (0, 0))
        length = len(path) + 2  # with its quotation marks
        span = Span(FILE, line, column, length)
        logo = _read_logo(path, read_file, press.limits, span)
        if isinstance(logo, Problem):
            problems.append(logo)
        else:
            logos[path] = logo
    return logos, tuple(problems)


def _read_logo(
    path: str,
    read_file: ReadFile,
    limits: Limits,
    span: Span,
) -> LogoFile | Problem:
    """Return a logo, or why it cannot be used."""
    found = read_file(path)
    if isinstance(found, UnreadableFile):
        return _absent_logo(path, found, span)
    return _check_logo(path, found, limits, span)


def _logo_paths(press: Press) -> dict[str, str]:
    """Return the paths of the logos by the key in press.toml."""
    paths = {}
    if press.organisation.logo:
        paths["organisation.logo"] = press.organisation.logo
    for name, program in press.programs.items():
        if program.logo:
            key = f"programs.{name}.logo"
            paths[key] = program.logo
    return paths


def _check_logo(
    path: str,
    data: bytes,
    limits: Limits,
    span: Span,
) -> LogoFile | Problem:
    """Return a logo, or why it cannot be used."""
    try:
        picture = inspect_picture(data)
    except PictureError as error:
        return Problem(
            code="F05",
            message=f"the logo `{path}` cannot be used: {error}",
            span=span,
            fix="save it as SVG, PNG or JPEG",
        )
    width = picture.width
    height = picture.height
    if width * height > limits.picture_pixels:
        return Problem(
            code="F04",
            message=f"the logo `{path}` has {width:,} by {height:,} pixels",
            span=span,
            fix="reduce its size",
        )
    published = picture.converted or data
    name = _logo_name(path, published, picture)
    return LogoFile(name, published, picture)


def _logo_name(path: str, data: bytes, picture: Picture) -> str:
    """Return the published name: ASCII letters and digits of its own, and a digest."""
    stem = PurePosixPath(path).stem
    letters = [char if char.isascii() and char.isalnum() else "-" for char in stem]
    readable = "".join(letters).strip("-")
    digest = digest_of(data)
    short_digest = digest[:8]
    suffixes = SUFFIXES[picture.media]
    name = f"{short_digest}{suffixes[0]}"
    return f"{readable}-{name}" if readable else name


def _absent_logo(path: str, absent: UnreadableFile, span: Span) -> Problem:
    """Return why a logo cannot be read."""
    if absent.reason == "missing":
        return Problem(
            code="F01",
            message=f"the logo `{path}` does not exist",
            span=span,
            fix=_nearest_name_fix(path, absent.near),
        )
    if absent.reason == "large":
        return Problem(
            code="F04",
            message=f"the logo `{path}` has {absent.size:,} bytes",
            span=span,
            fix="reduce its size",
        )
    if absent.reason == "outside":
        message = f"the logo `{path}` is outside the project"
        return Problem("F02", message, span)
    message = f"the logo `{path}` is not a plain file"
    return Problem("F02", message, span)


def _nearest_name_fix(path: str, near: str) -> str:
    """Return how to fix a path if a file has nearly that name, or ""."""
    if not near:
        return ""
    nearest = PurePosixPath(path).with_name(near)
    return f"write `{nearest}`"
