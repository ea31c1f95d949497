"""Where everything is published, and which of what lies there a build answers for."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from urllib.parse import unquote

from briefpress.engine.step import digest_of
from briefpress.pipeline.logos import SITE
from briefpress.pipeline.wardrobe import font_path, image_path
from briefpress.pipeline.work import Work
from briefpress.theme import Theme

SHELF = {"index.html": "html", "feed.xml": "atom", "opds.json": "opds"}
EMPTY = digest_of(b"")  # a face without letters of a range


def placed_files(work: Work) -> dict[str, str]:
    """Return what is to be published: path to digest."""
    files: dict[str, str] = {}
    shown = {name: _pictures(work, theme) for name, theme in work.shop.themes.items()}
    for brief in (brief for brief in work.briefs if work.whole(brief)):
        slug = brief.slug
        if "pdf" in work.order.formats:
            files[f"pdf/{slug}.pdf"] = work.outcomes[f"pdf/{slug}"].files["pdf"]
        if "html" in work.order.formats:
            files[f"html/{slug}/index.html"] = work.outcomes[f"web/{slug}"].files[
                "html"
            ]
            files |= {
                f"html/{slug}/{name}": digest
                for name, digest in shown[work.shop.theme_of(brief)].items()
            }
            files |= {
                f"html/{slug}/{unquote(src)}": digest
                for src, digest in work.shown[slug].files.items()
            }
    for key in (key for key in work.bound if work.good(f"epub/{key}")):
        files[f"epub/{key}.epub"] = work.outcomes[f"epub/{key}"].files["epub"]
        files[f"epub/{key}.png"] = work.outcomes[f"cover/{key}"].files["png"]
    if "html" in work.order.formats:
        files |= _wardrobe(work)
    if work.good("index"):
        files |= shown[work.shop.press.theme]
        files |= {
            path: work.outcomes["index"].files[name] for path, name in SHELF.items()
        }
    return files


def _pictures(work: Work, theme: Theme) -> dict[str, str]:
    """Return the pictures that the templates of a theme show: each page has them beside it."""
    return {
        name: work.graph.store.add(data)
        for name, data in theme.images_named_in(*theme.templates.values()).items()
    }


def _wardrobe(work: Work) -> dict[str, str]:
    """Return style sheets with their pictures, fonts and logos."""
    files: dict[str, str] = {}
    for (theme, program), path in work.css.items():
        if work.good(name := f"style/{theme}/{program}"):
            files[path] = work.outcomes[name].files["css"]
            found = work.shop.themes[theme]
            for image, data in found.images_named_in(found.styles["screen"]).items():
                files[image_path(theme, image)] = work.graph.store.add(data)
    for name, outcome in work.outcomes.items():
        if name.startswith("font/"):
            face = name.removeprefix("font/")
            files |= {
                font_path(face, part): digest
                for part, digest in outcome.files.items()
                if digest != EMPTY
            }
    files |= {
        f"{SITE}{name}": work.graph.store.add(data)
        for name, data in work.graph.logos.published().items()
    }
    return files


def governs(work: Work) -> Callable[[str], bool]:
    """Return what tells whether a published file is this build's to take away.

    A build of everything answers for everything of the formats that it makes, but for the briefs and books that
    are wrong today: what was published of them stays. A build of some briefs takes nothing away but theirs.
    """
    order = work.order
    wrong = {
        brief.slug for brief in work.briefs if not work.whole(brief)
    } | work.shop.unread
    left = wrong.union(work.held)
    if work.shop.unread:  # nobody knows which book an unread brief is of: one without any other is no less a book
        left |= work.shop.press.collections.keys() - work.bound.keys()
    ours = {brief.slug for brief in work.briefs}
    kinds = {"html": ("html", "assets", "images"), "pdf": ("pdf",), "epub": ("epub",)}
    tops = {top for kind in order.formats for top in kinds[kind]}

    def governed(path: str) -> bool:
        top, _, rest = path.partition("/")
        name = posixpath.splitext(rest.partition("/")[0])[0]
        if top not in tops or name in (left if top == "epub" else wrong):
            return False
        return order.whole or (name in ours and top in {"html", "pdf"})

    return governed
