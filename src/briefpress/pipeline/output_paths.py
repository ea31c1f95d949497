"""Where everything is published, and what a build may delete from there."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from briefpress.engine.scheduler import Engine
from briefpress.engine.step import Step
from briefpress.model import Brief
from briefpress.pipeline import tasks
from briefpress.pipeline.project import LOGOS_ON_SITE, Project
from briefpress.pipeline.request import BuildRequest
from briefpress.pipeline.steps import MadeDocument, StepFactory
from briefpress.theme import Theme

# The top folders of each format; PDFs have a rule of their own.
FOLDERS = {"html": ("html", "assets", "images"), "pdf": (), "epub": ("epub",)}


@dataclass(frozen=True, slots=True)
class WebAssets:
    """The steps of the style sheets and fonts that web pages use."""

    sheets: Mapping[tuple[str, str], Step[tasks.StyleSheet]]  # by theme and program
    paths: Mapping[tuple[str, str], str]  # where the sheets are published
    fonts: Mapping[str, Step[tasks.WebFontFiles]]  # by file name

    def all(self) -> list[Step[object]]:
        """Return them as a list."""
        return [*self.fonts.values(), *self.sheets.values()]


def web_asset_steps(factory: StepFactory, briefs: Iterable[Brief]) -> WebAssets:
    """Return the steps for the pages of these briefs and for the index page."""
    project = factory.project
    used = {(project.theme_of(brief), brief.program) for brief in briefs}
    used.add((project.press.theme, ""))
    fonts = {}
    for theme in sorted({theme for theme, _ in used}):
        fonts.update(factory.web_fonts(theme))
    sheets = {
        (theme, program): factory.style_sheet(theme, program)
        for theme, program in sorted(used)
    }
    paths = {sheet: factory.style_sheet_path(*sheet) for sheet in sheets}
    return WebAssets(sheets, paths, fonts)


def web_asset_files(
    assets: WebAssets, project: Project, engine: Engine
) -> dict[str, str]:
    """Return style sheets with their pictures, fonts and logos: path to digest."""
    files: dict[str, str] = {}
    for (theme, program), sheet in assets.sheets.items():
        if not engine.succeeded(sheet.name):
            continue
        path = assets.paths[theme, program]
        files[path] = engine.digest(sheet.output(lambda made: made.css))
        css = project.themes[theme].styles["screen"]
        for name, data in project.themes[theme].images_named_in(css).items():
            files[f"assets/{theme}/{name}"] = engine.store.add(data)
    for name, font in assets.fonts.items():
        if engine.succeeded(font.name):
            files |= _font_files(name, engine.outcomes[font.name].files)
    for logo in project.logos.values():
        files[LOGOS_ON_SITE + logo.name] = engine.store.add(logo.data)
    return files


def _font_files(name: str, made: Mapping[str, str]) -> dict[str, str]:
    """Return where the files of a web font are published: path to digest."""
    files = {}
    for field, digest in made.items():
        if field.startswith("files["):
            letters = field.removeprefix("files[").removesuffix("]")
            files[f"assets/fonts/{name}-{letters}.woff2"] = digest
    return files


def web_page_files(
    slug: str, html: str, document: MadeDocument, pictures: Mapping[str, str]
) -> dict[str, str]:
    """Return a web page and the files beside it: path to digest.

    `pictures` are those that the theme's templates show.
    """
    folder = f"html/{slug}"
    files = {f"{folder}/index.html": html}
    for name, digest in pictures.items():
        files[f"{folder}/{name}"] = digest
    for name, digest in document.files.items():
        files[f"{folder}/{unquote(name)}"] = digest
    return files


def template_pictures(theme: Theme, engine: Engine) -> dict[str, str]:
    """Return the pictures that a theme's templates show: name to digest."""
    pictures = theme.images_named_in(*theme.templates.values())
    return {name: engine.store.add(data) for name, data in pictures.items()}


@dataclass(frozen=True, slots=True)
class DeletionPolicy:
    """What a build may delete among the files that earlier builds published."""

    request: BuildRequest
    requested: frozenset[str]  # slugs that this build was asked for
    existing: frozenset[str]  # slugs of all briefs that can be published
    failed: frozenset[str]  # slugs whose files stay, because they cannot be made now
    skipped_books: frozenset[str]  # keys of books that stay, for the same reason
    web_pages: frozenset[str]  # slugs that have a web page now

    def may_delete(self, path: str) -> bool:
        """Return whether this build may delete a file that it does not make.

        A full build deletes outdated files of the formats that it makes. A build of
        some briefs deletes only what belongs to these. The PDF of a brief that no
        longer exists is deleted together with the web page that links to it.
        """
        folder, _, rest = path.partition("/")
        name = posixpath.splitext(rest.partition("/")[0])[0]
        if folder == "pdf":
            return self._may_delete_pdf(name)
        if folder not in self._folders() or name in self._kept(folder):
            return False
        if self.request.is_full_build:
            return True
        return name in self.requested and folder == "html"

    def _may_delete_pdf(self, slug: str) -> bool:
        formats = self.request.formats
        if slug in self.failed:
            return False
        if not self.request.is_full_build:
            return slug in self.requested and "pdf" in formats
        if "html" in formats:
            return "pdf" in formats or slug not in self.existing
        return "pdf" in formats and slug not in self.web_pages

    def _folders(self) -> set[str]:
        formats = self.request.formats
        return {folder for name in formats for folder in FOLDERS[name]}

    def _kept(self, folder: str) -> frozenset[str]:
        return self.skipped_books if folder == "epub" else self.failed
