"""A project as read from disk: the press, its briefs, their themes and logos."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from briefpress.document.files import ReadFile, UnreadableFile
from briefpress.document.images import (
    SUFFIXES,
    SVG,
    Picture,
    PictureError,
    inspect_picture,
)
from briefpress.engine.step import digest_of
from briefpress.manuscript.briefs import read_partial_brief
from briefpress.manuscript.relations import members, related
from briefpress.model import Brief, Collection, Limits, Logo, Press, Program, Selection
from briefpress.pipeline.request import BuildRequest
from briefpress.press import FILE
from briefpress.problems import BriefpressError, Problem, Span
from briefpress.theme.folder import theme_folders
from briefpress.theme.model import Theme
from briefpress.theme.read import read_theme

LOGOS_INSIDE = "logos/"  # the folder of the logos within a PDF and a book
LOGOS_ON_SITE = "assets/logos/"  # and on the web, from the top of the output


@dataclass(frozen=True, slots=True)
class LogoFile:
    """A logo as it was read. Its name changes with it, so no browser keeps an old one."""

    name: str
    data: bytes
    picture: Picture


@dataclass(frozen=True, slots=True)
class Project:
    """Everything that can be published, and what it is set with."""

    press: Press
    briefs: Mapping[str, Brief]  # those that can be published, by slug, newest first
    related: Mapping[str, tuple[str, ...]]  # slug to slugs
    themes: Mapping[str, Theme]
    unreadable: frozenset[str]  # slugs of briefs whose front matter or theme is wrong
    drafts: Mapping[str, Brief]  # read and checked, never published
    # The briefs with errors as far as they can be read, by slug, drafts included.
    partly_read: Mapping[str, Brief] = field(default_factory=dict)
    logos: Mapping[str, LogoFile] = field(default_factory=dict)  # by path

    @property
    def known_slugs(self) -> frozenset[str]:
        """The slugs that links may name: published now, or again once it is fixed."""
        return self.unreadable.union(self.briefs)

    @property
    def linkable_files(self) -> dict[str, str]:
        """The files of the briefs that links may name, with their slugs."""
        missing = self.known_slugs - self.briefs.keys()
        files = {f"briefs/{slug}.md": slug for slug in missing}
        return files | {brief.file: brief.slug for brief in self.briefs.values()}

    def find(self, slug: str) -> Brief | None:
        """Return the brief with this slug, as far as it can be read."""
        published = self.briefs.get(slug)
        return published or self.drafts.get(slug) or self.partly_read.get(slug)

    @property
    def partial(self) -> tuple[Brief, ...]:
        """The briefs that only an error keeps from being published."""
        return tuple(brief for brief in self.partly_read.values() if not brief.draft)

    def theme_of(self, brief: Brief) -> str:
        """Return a brief's theme: its own, else its program's, else the press's."""
        return _theme_name(brief.theme, brief.program, self.press)

    def theme_of_book(self, collection: Collection) -> str:
        """Return a book's theme: its own, else its program's, else the press's."""
        return _theme_name(collection.theme, collection.program, self.press)

    def single_brief_collection(self, brief: Brief) -> Collection:
        """Return a collection of this brief alone."""
        return Collection(
            brief.slug,
            brief.title,
            Selection(briefs=(brief.slug,)),
            brief.program,
            theme=self.theme_of(brief),
            language=brief.lang,
        )

    def tokens(self, program: str) -> Mapping[str, str]:
        """Return the theme tokens that a program overrides."""
        if program in self.press.programs:
            return self.press.programs[program].tokens
        return {}

    def members(self, collection: Collection) -> tuple[Brief, ...]:
        """Return the briefs of a collection in reading order."""
        return members(collection, self.briefs.values())

    def logos_of(self, programs: Iterable[str]) -> dict[str, LogoFile]:
        """Return the organisation's logo and those of programs, by path."""
        known = self.press.programs
        of_programs = [known[key].logo for key in programs if key in known]
        paths = [self.press.organisation.logo, *of_programs]
        return {path: self.logos[path] for path in paths if path in self.logos}

    def press_for(
        self, programs: Iterable[str], logo_programs: Iterable[str], logo_folder: str
    ) -> Press:
        """Return what one edition prints of the press.

        The rest is left out, so that it can change without making the edition again.
        """
        wanted = set(programs)
        kept = {key: self.press.programs[key] for key in self.press.programs}
        kept = {key: kept[key] for key in sorted(wanted & kept.keys())}
        return Press(
            self.press.organisation,
            theme="",
            language=self.press.language,
            programs=kept,
            logos=self.logo_addresses(logo_programs, logo_folder),
        )

    def logo_addresses(self, programs: Iterable[str], folder: str) -> dict[str, Logo]:
        """Return the logos with their addresses in an edition that has such a folder."""
        addresses = {}
        for path, file in self.logos_of(programs).items():
            picture = file.picture
            addresses[path] = Logo(folder + file.name, picture.width, picture.height)
        return addresses


def make_project(
    request: BuildRequest,
    press: Press,
    briefs: Sequence[Brief],
    brief_problems: Iterable[Problem],
    read_file: ReadFile,
) -> tuple[Project, tuple[Problem, ...]]:
    """Return the project, and what is wrong with its briefs, themes and logos.

    `briefs` are those without errors, `brief_problems` what was found in all of them.
    `read_file` reads the project's files. Raises `BriefpressError` if the press's own
    theme cannot be used.
    """
    themes, theme_problems = _read_themes(request.project, press, briefs)
    logos, logo_problems = read_logos(press, read_file)
    problems = (*brief_problems, *theme_problems, *logo_problems)
    unreadable = _unreadable(problems, press, briefs, themes)
    published = {
        brief.slug: brief
        for brief in briefs
        if not brief.draft and brief.slug not in unreadable
    }
    project = Project(
        press,
        published,
        related(published.values()),
        themes,
        unreadable,
        drafts={brief.slug: brief for brief in briefs if brief.draft},
        partly_read=_partly_read_briefs(
            request.project, press, briefs, problems, unreadable
        ),
        logos=logos,
    )
    return project, problems


def _theme_name(own: str, program: str, press: Press) -> str:
    """Return the theme that applies: the most specific one that is named."""
    of_program = press.programs[program].theme if program in press.programs else ""
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
        if _theme_name(brief.theme, brief.program, press) not in themes:
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
    files = dict.fromkeys(
        problem.span.file
        for problem in problems
        if problem.is_error and problem.brief and problem.span
    )
    for file in files:
        brief = read_partial_brief(folder, press, file)
        if brief is not None:
            found.append(brief)
    return {brief.slug: brief for brief in reversed(found)}


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
        if not use.name or use.name in themes:
            continue
        try:
            themes[use.name], found = _read_theme(use.name, folders, press)
        except BriefpressError as error:
            placed = [use.place(problem) for problem in error.problems]
            if use.name == press.theme:
                raise BriefpressError(*placed) from error
            problems += placed
        else:
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
        span = self.span if problem.code == "T01" else problem.span
        return replace(problem, span=span, brief=self.slug)


def _theme_uses(press: Press, briefs: Iterable[Brief]) -> list[_ThemeUse]:
    """Return where themes are named, each once, the press's own first."""
    parts: list[Program | Collection] = [
        *press.programs.values(),
        *press.collections.values(),
    ]
    uses = [_ThemeUse(press.theme, Span(FILE))]
    uses += [_ThemeUse(part.theme, Span(FILE)) for part in parts]
    for brief in briefs:
        line, column = brief.places.get("theme", (0, 0))
        span = Span(brief.file, line, column, len(brief.theme))
        uses.append(_ThemeUse(brief.theme, span, brief.slug))
    return list(dict.fromkeys(uses))


def _read_theme(
    name: str, folders: Sequence[Path], press: Press
) -> tuple[Theme, tuple[Problem, ...]]:
    """Return a theme and its warnings. Raises `BriefpressError` if it has an error."""
    theme, problems = read_theme(name, folders)
    problems += tuple(_check_theme_pictures(theme, press.limits))
    if any(problem.is_error for problem in problems):
        raise BriefpressError(*problems)
    return theme, problems


def _check_theme_pictures(theme: Theme, limits: Limits) -> Iterator[Problem]:
    """Yield what is wrong with a theme's pictures, by the rules for those of briefs."""
    for name, data in theme.images.items():
        span = Span(theme.image_files[name])
        try:
            picture = inspect_picture(data)
        except PictureError as error:
            message = f"the theme's {name} cannot be set: {error}"
            yield Problem("F05", message, span)
            continue
        pixels, limit = picture.width * picture.height, limits.picture_pixels
        if pixels > limit and picture.media != SVG:
            message = (
                f"the theme's {name} has {pixels:,} pixels, and {limit:,} is the limit"
            )
            yield Problem("F04", message, span)


def read_logos(
    press: Press, read_file: ReadFile
) -> tuple[dict[str, LogoFile], tuple[Problem, ...]]:
    """Return the logos that press.toml names, by path, and what is wrong with others.

    Editions are made without those that cannot be used.
    """
    logos: dict[str, LogoFile] = {}
    problems = []
    for key, path in _logo_paths(press).items():
        span = Span(FILE, *press.places.get(key, (0, 0)), len(path) + 2)
        found = read_file(path)
        if isinstance(found, UnreadableFile):
            problems.append(_absent_logo(path, found, span))
            continue
        logo = _check_logo(path, found, press.limits, span)
        if isinstance(logo, Problem):
            problems.append(logo)
        else:
            logos[path] = logo
    return logos, tuple(problems)


def _logo_paths(press: Press) -> dict[str, str]:
    """Return the paths of the logos by the key in press.toml."""
    paths = {"organisation.logo": press.organisation.logo}
    for key, program in press.programs.items():
        paths[f"programs.{key}.logo"] = program.logo
    return {key: path for key, path in paths.items() if path}


def _check_logo(
    path: str, data: bytes, limits: Limits, span: Span
) -> LogoFile | Problem:
    """Return a logo, or why it cannot be used."""
    try:
        picture = inspect_picture(data)
    except PictureError as error:
        message = f"the logo {path!r} cannot be set: {error}"
        return Problem("F05", message, span, "save it as SVG, PNG or JPEG")
    if picture.width * picture.height > limits.picture_pixels:
        size = f"{picture.width:,} by {picture.height:,} pixels"
        message = f"the logo {path!r} has {size}"
        return Problem("F04", message, span, "save it smaller")
    return LogoFile(_logo_name(path, data, picture), data, picture)


def _logo_name(path: str, data: bytes, picture: Picture) -> str:
    """Return the published name: ASCII letters and digits of its own, and a digest."""
    letters = [
        char if char.isascii() and char.isalnum() else "-"
        for char in PurePosixPath(path).stem
    ]
    stem = "".join(letters).strip("-")
    digest = digest_of(data)[:8]
    suffix = SUFFIXES[picture.media][0]
    return f"{stem}-{digest}{suffix}" if stem else f"{digest}{suffix}"


def _absent_logo(path: str, absent: UnreadableFile, span: Span) -> Problem:
    """Return why a logo cannot be read."""
    if absent.reason == "missing":
        fix = ""
        if absent.near:
            near = str(PurePosixPath(path).with_name(absent.near))
            fix = f"write {near!r}"
        return Problem("F01", f"there is no file {path!r}", span, fix)
    if absent.reason == "large":
        message = f"the logo {path!r} has {absent.size:,} bytes"
        return Problem("F04", message, span, "save it smaller")
    if absent.reason == "outside":
        message = f"the logo {path!r} is outside the project"
        return Problem("F02", message, span)
    return Problem("F02", f"the logo {path!r} is not a plain file", span)
