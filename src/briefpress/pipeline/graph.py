"""Briefs to steps: what each edition reads, and so when it has to be made again."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import asdict, dataclass, field

from briefpress.editions.web_assets import UNICODE_RANGES, web_font_name
from briefpress.engine.step import JSON, Output, Source, Step
from briefpress.engine.store import Store
from briefpress.model import Brief, Collection
from briefpress.pipeline.epoch import epoch
from briefpress.pipeline.facts import Facts
from briefpress.pipeline.logos import NO_LOGOS, SITE, Logos
from briefpress.pipeline.shop import Shop
from briefpress.pipeline.shown import Shown
from briefpress.pipeline.steps import FILE, LOGO
from briefpress.pipeline.values import dump_press, slim
from briefpress.theme import dump

STEPS = "briefpress.pipeline.steps:"
SHARED = "briefpress.pipeline.shared:"
UP = "../../"  # from html/<slug>/ to the folder that is served


@dataclass(slots=True)
class Graph:
    """Makes steps. Values that many steps read go into the store once."""

    shop: Shop
    store: Store
    version: str
    seconds: float
    memory: int
    broken: frozenset[str] = (
        frozenset()
    )  # briefs that nobody can read today: pages and books do not lead there
    unbound: frozenset[str] = (
        frozenset()
    )  # books that are held back and never were: no page leads there
    logos: Logos = NO_LOGOS
    sources: dict[object, Source] = field(default_factory=dict)
    facts: Facts = field(default_factory=Facts)

    def document(
        self,
        brief: Brief,
        files: Mapping[str, str],
        absent: Mapping[str, JSON],
        slugs: Iterable[str],
    ) -> Step:
        """Return the step that makes a brief's document. `files` (digests), `absent`: what is at the paths it names."""
        inputs = {
            "brief": self._brief(brief),
            "text": self._add(brief.text.encode("utf-8", "surrogatepass")),
        }
        inputs |= {FILE + path: Source(digest) for path, digest in files.items()}
        settings: dict[str, JSON] = {
            "file": brief.file,
            "line": brief.line,
            "places": {key: list(place) for key, place in brief.places.items()},
            "slugs": sorted(slugs),
            "absent": dict(absent),
            "limits": asdict(self.shop.press.limits),
        }
        return self._step(
            f"document/{brief.slug}", STEPS + "document", inputs, settings, brief.slug
        )

    def pdf(self, brief: Brief, shown: Shown) -> Step:
        """Return the step that sets a brief's PDF."""
        inputs = self._edition(brief, self.shop.theme_of(brief), "print", shown.files)
        settings = self._settings(brief, "print", shown) | {
            "addresses": self._web_addresses(brief, shown)
        }
        return self._step(
            f"pdf/{brief.slug}", STEPS + "pdf", inputs, settings, brief.slug
        )

    def web(self, brief: Brief, shown: Shown, css: str) -> Step:
        """Return the step that makes a brief's web page, with the page marks of its PDF."""
        inputs = self._edition(brief, self.shop.theme_of(brief), "screen", {})
        inputs["pagemap"] = Output(f"pdf/{brief.slug}", "pagemap")
        book = (
            f"{UP}epub/{brief.program}.epub"
            if brief.program and brief.program not in self.unbound
            else ""
        )
        links = {
            "css": f"{UP}{css}",
            "root": f"{UP}index.html",
            "pdf": f"{UP}pdf/{brief.slug}.pdf",
            "epub": book,
        }
        near = {
            slug: f"../{slug}/index.html" for slug in self._neighbours(brief, shown)
        }
        logos = self.logos.settings([brief.program], f"{UP}{SITE}")
        settings: dict[str, JSON] = {"links": links, "addresses": near, "logos": logos}
        return self._step(
            f"web/{brief.slug}", STEPS + "web", inputs, settings, brief.slug
        )

    def chapter(
        self, collection: Collection, brief: Brief, shown: Shown, inside: Container[str]
    ) -> Step:
        """Return the step that makes a brief's chapter in a collection's book; `inside` are the slugs in that book."""
        inputs = self._edition(
            brief, self.shop.theme_of_book(collection), "epub", shown.files
        )
        inputs["pagemap"] = Output(f"pdf/{brief.slug}", "pagemap")
        outside = self._web_addresses(brief, shown)
        near = {
            slug: f"{slug}.xhtml" if slug in inside else url
            for slug, url in outside.items()
        }
        settings = self._settings(brief, "epub", shown) | {
            "addresses": near,
            "pixels": self.shop.press.limits.picture_pixels,
        }
        name = f"chapter/{collection.key}/{brief.slug}"
        return self._step(name, STEPS + "chapter", inputs, settings, brief.slug)

    def book(self, collection: Collection, briefs: Iterable[Brief]) -> list[Step]:
        """Return the steps that bind a collection's EPUB: its letters, fonts and cover, and the book."""
        briefs, key = tuple(briefs), collection.key
        theme = self._theme(self.shop.theme_of_book(collection), "epub")
        chapters, entered = (
            self._chapters(key, briefs, "chapter"),
            self._chapters(key, briefs, "entry"),
        )
        press = self._press({collection.program, *(brief.program for brief in briefs)})
        shared: dict[str, Source | Output] = {
            "theme": theme,
            "press": press,
            **self._logos(collection.program),
        }
        made: dict[str, JSON] = {
            "collection": asdict(collection),
            "tokens": self.shop.tokens(collection.program),
        }
        made["logos"] = self.logos.settings([collection.program])
        contents: dict[str, JSON] = {"chapters": [brief.slug for brief in briefs]}
        letters, entries = (
            Output(f"gather/{key}", "letters"),
            Output(f"gather/{key}", "entries"),
        )
        fonts, cover = Output(f"fonts/{key}", "fonts"), Output(f"cover/{key}", "png")
        bound = {**shared, **chapters, "fonts": fonts, "cover": cover}
        return [
            self._step(
                f"gather/{key}", SHARED + "gather", shared | entered, made | contents
            ),
            self._step(
                f"fonts/{key}",
                SHARED + "fonts",
                {"theme": theme, "letters": letters},
                {},
            ),
            self._step(
                f"cover/{key}",
                SHARED + "cover",
                {**shared, "entries": entries, "fonts": fonts},
                made,
            ),
            self._step(
                f"epub/{key}",
                SHARED + "book",
                bound,
                made | contents | {"epoch": epoch(briefs)},
            ),
        ]

    def _chapters(
        self, key: str, briefs: Iterable[Brief], file: str
    ) -> dict[str, Source | Output]:
        """Return what the steps of a collection's chapters make of that name."""
        return {
            f"chapter:{brief.slug}": Output(f"chapter/{key}/{brief.slug}", file)
            for brief in briefs
        }

    def index(
        self, briefs: Iterable[Brief], books: Mapping[str, Iterable[Brief]], css: str
    ) -> Step:
        """Return the step that makes the shelf of these briefs and books."""
        inputs: dict[str, Source | Output] = {
            "theme": self._theme(self.shop.press.theme, "screen"),
            "press": self._add(dump_press(self.shop.press)),
            "briefs": self._add(self.facts.listed(briefs)),
            "bound": self._add(
                self.facts.listed(
                    {b.slug: b for inside in books.values() for b in inside}.values()
                )
            ),
        }
        bound: dict[str, JSON] = {
            key: [brief.slug for brief in inside] for key, inside in books.items()
        }
        logos = self.logos.settings(self.shop.press.programs, SITE)
        return self._step(
            "index",
            SHARED + "index",
            inputs,
            {"books": bound, "css": css, "logos": logos},
        )

    def style(self, theme: str, program: str) -> Step:
        """Return the step that makes the style sheet of a theme's web pages in a program's colours."""
        files = {
            f"{font.name.removeprefix('font/')}-{name}": Output(font.name, name)
            for font in self.fonts(theme)
            for name in UNICODE_RANGES
        }
        inputs: dict[str, Source | Output] = {
            "theme": self._theme(theme, "screen"),
            **files,
        }
        return self._step(
            f"style/{theme}/{program}",
            SHARED + "style",
            inputs,
            {"tokens": self.shop.tokens(program)},
        )

    def fonts(self, theme: str) -> list[Step]:
        """Return the steps that make the web fonts of a theme."""
        return [
            self._step(
                f"font/{web_font_name(face, weight)}",
                SHARED + "font",
                {},
                {"face": asdict(face), "weight": weight},
            )
            for face in self.shop.themes[theme].fonts
            for weight in face.weights
        ]

    def _edition(
        self, brief: Brief, theme: str, medium: str, files: Mapping[str, str]
    ) -> dict[str, Source | Output]:
        """Return what every edition of a brief reads."""
        near = [
            self.shop.briefs[slug]
            for slug in self.shop.goes_with[brief.slug]
            if slug not in self.broken
        ]
        return {
            "brief": self._brief(brief),
            "document": Output(f"document/{brief.slug}", "document"),
            "theme": self._theme(theme, medium),
            "press": self._press({brief.program, *(other.program for other in near)}),
            "related": self._add(self.facts.listed(near)),
            **{FILE + name: Source(digest) for name, digest in files.items()},
            **(self._logos(brief.program) if medium != "screen" else {}),
        }

    def _logos(self, program: str) -> dict[str, Source | Output]:
        """Return the logos that an edition carries within it; web pages lead to those that lie beside them."""
        return {
            LOGO + path: self._add(data)
            for path, data in self.logos.files([program]).items()
        }

    def _settings(self, brief: Brief, medium: str, shown: Shown) -> dict[str, JSON]:
        """Return the settings that print and EPUB share."""
        return {
            "medium": medium,
            "tokens": self.shop.tokens(brief.program),
            "links": {"html": self._url(brief.slug)},
            "logos": self.logos.settings([brief.program]),
            "assets": dict(shown.media),
        }

    def _neighbours(self, brief: Brief, shown: Shown) -> list[str]:
        """Return the published briefs that a brief links to or goes with."""
        return sorted(
            {*shown.links, *self.shop.goes_with[brief.slug]}
            & self.shop.known - self.broken
        )

    def _web_addresses(self, brief: Brief, shown: Shown) -> dict[str, str]:
        """Return the web pages of a brief's neighbours, for editions that leave the site."""
        return {slug: self._url(slug) for slug in self._neighbours(brief, shown)}

    def _url(self, slug: str) -> str:
        """Return the canonical address of a brief's page; empty where the press has no address."""
        root = self.shop.press.organisation.url.rstrip("/")
        return f"{root}/html/{slug}/" if root else ""

    def _step(
        self,
        name: str,
        run: str,
        inputs: Mapping[str, Source | Output],
        settings: Mapping[str, JSON],
        owner: str = "",
    ) -> Step:
        return Step(
            name, run, inputs, settings, self.version, owner, self.seconds, self.memory
        )

    def _brief(self, brief: Brief) -> Source:
        return self._once(("brief", brief.slug), lambda: self.facts.of(brief))

    def _theme(self, name: str, medium: str) -> Source:
        return self._once(
            ("theme", name, medium), lambda: dump(self.shop.themes[name], medium)
        )

    def _press(self, programs: Iterable[str]) -> Source:
        kept = frozenset(programs)
        return self._once(
            ("press", kept), lambda: dump_press(slim(self.shop.press, kept))
        )

    def _once(self, key: object, make: Callable[[], bytes]) -> Source:
        if key not in self.sources:
            self.sources[key] = self._add(make())
        return self.sources[key]

    def _add(self, data: bytes) -> Source:
        return Source(self.store.add(data))
