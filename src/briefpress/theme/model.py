"""The theme as a value: all that an edition needs of it, except the font files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from briefpress.languages import fallback_tags
from briefpress.theme.fonts import FontFace

Texts: TypeAlias = Mapping[str, str]
PROOF = "proof"  # the style sheet of what only proofs show, in print and on screen


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Theme:
    """A theme, merged with everything that it inherits.

    A theme is equal only to itself, so that caches can use it as a key: its mappings
    cannot be hashed.
    """

    name: str
    chain: tuple[str, ...]  # the theme, its parent, and so on up to the root
    tokens: Texts  # "color-accent" to "#8a1c2b"
    styles: Texts  # medium ("print", "screen", "epub") or "proof" to style sheet
    templates: Texts  # "civic:brief.html.j2" to its source
    strings: Mapping[str, Texts]  # language to labels by name
    fonts: tuple[FontFace, ...]
    images: Mapping[str, bytes] = field(default_factory=dict)  # by "images/rule.svg"
    image_files: Texts = field(default_factory=dict)  # where each was read

    def labels(self, language: str) -> dict[str, str]:
        """Return the words that templates print, in a language.

        Words that the language lacks come from its fallback tags, then from English.
        """
        english = self.strings.get("en", {})
        labels = dict(english)
        tags = fallback_tags(language)
        for tag in reversed(tags):
            own = self.strings.get(tag, {})
            labels.update(own)
        return labels

    def images_named_in(self, *texts: str) -> dict[str, bytes]:
        """Return the theme's images whose names occur in style sheets or templates."""
        images = self.images
        text = "\n".join(texts)
        named = [name for name in images if name in text]
        return {name: images[name] for name in named}


def for_medium(theme: Theme, medium: str) -> Theme:
    """Return the theme with the style sheet of one medium only.

    A change to `epub.css` then leaves the PDFs unchanged.
    """
    css = theme.styles[medium]
    return replace(
        theme,
        styles={medium: css},
        image_files={},
    )


def for_proofs(theme: Theme, medium: str) -> Theme:
    """Return the theme for one medium, with the style sheet of proofs after its own."""
    css = theme.styles[medium]
    proof = theme.styles.get(PROOF, "")
    return replace(theme, styles={medium: f"{css}\n{proof}"}, image_files={})
