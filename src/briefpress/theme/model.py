"""The theme as a value: what every edition needs of it, with nothing left to look up on the disk but fonts."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache

from briefpress.theme.fonts import FontFace


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Theme:
    """A theme with all that it inherits, merged. It is equal to itself alone: compare what `dump` gives."""

    name: str
    chain: tuple[str, ...]  # the theme first, then its parent, to the root
    tokens: Mapping[
        str, str
    ]  # "color-accent" to "#8a1c2b"; `var(--color-accent)` in a style sheet
    styles: Mapping[
        str, str
    ]  # "print", "screen", "epub": shared.css and the medium's own, imports taken in
    templates: Mapping[str, str]  # "civic:brief.html.j2" to its source
    strings: Mapping[
        str, Mapping[str, str]
    ]  # language to the words that templates print
    fonts: tuple[FontFace, ...]
    images: Mapping[str, bytes] = field(
        default_factory=dict
    )  # "images/rule.svg" to its bytes

    def labels(self, lang: str) -> dict[str, str]:
        """Return the words of a language; what it lacks in English."""
        base = lang.partition("-")[0]
        return {
            **self.strings.get("en", {}),
            **self.strings.get(base, {}),
            **self.strings.get(lang, {}),
        }

    def images_named_in(self, *texts: str) -> dict[str, bytes]:
        """Return the pictures that style sheets or templates name."""
        return {
            name: data
            for name, data in self.images.items()
            if any(name in text for text in texts)
        }


def dump(theme: Theme, medium: str = "") -> bytes:
    """Return the theme as bytes that are the same for the same theme.

    With a `medium`, only that medium's style sheet is kept: a change to `epub.css` then leaves the PDFs alone.
    """
    data = {
        "name": theme.name,
        "chain": theme.chain,
        "tokens": dict(theme.tokens),
        "styles": {
            key: css for key, css in theme.styles.items() if not medium or key == medium
        },
        "templates": dict(theme.templates),
        "strings": {lang: dict(words) for lang, words in theme.strings.items()},
        "fonts": [asdict(face) for face in theme.fonts],
        "images": {
            name: base64.b64encode(image).decode()
            for name, image in theme.images.items()
        },
    }
    return json.dumps(data, ensure_ascii=False, sort_keys=True).encode()


@lru_cache(maxsize=16)
def load(data: bytes) -> Theme:
    """Return the theme that `dump` wrote; a warm worker reads each theme once."""
    raw = json.loads(data)
    return Theme(
        name=raw["name"],
        chain=tuple(raw["chain"]),
        tokens=raw["tokens"],
        styles=raw["styles"],
        templates=raw["templates"],
        strings=raw["strings"],
        fonts=tuple(FontFace(**face) for face in raw["fonts"]),
        images={name: base64.b64decode(image) for name, image in raw["images"].items()},
    )
